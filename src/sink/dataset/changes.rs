//! Which windows a publication replaces, keeps and refuses, and which files they fall into. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::merge::Origin;
use super::paths::PartitionKey;
use super::window::{StoredWindow, overlapping};
use crate::model::{MatrixShape, Window};

/// A window that a run offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishedWindow {
    /// The window.
    pub window: Window,
    /// Whether it was settled.
    pub is_final: bool,
}

/// The table after a publication, by file and window.
pub(super) struct Changes<'s> {
    pub(super) shares: BTreeMap<PartitionKey, Vec<(Window, Origin<'s>)>>,
    pub(super) published: Vec<PublishedWindow>,
    pub(super) kept: Vec<Window>,
    pub(super) refused: Vec<RefusedWindow>,
}

/// A window that lies inside a longer stored one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusedWindow {
    /// The window that was offered.
    pub window: Window,
    /// The stored one, which stays.
    pub stored: Window,
}

/// A window that was published before, with rows that others than its file know.
#[derive(Debug, Clone)]
pub struct RestoredWindow {
    /// The window.
    pub window: Window,
    /// The matrix that it was published with.
    pub shape: Arc<MatrixShape>,
    /// Whether every row is final.
    pub is_final: bool,
}

/// The rules of "Publishing". Offered windows must not overlap each other.
pub(super) fn plan<'s>(
    stored: &'s BTreeMap<Window, StoredWindow>,
    offered: &[PublishedWindow],
    restored: &[RestoredWindow],
    key_of: impl Fn(Window) -> PartitionKey,
) -> Changes<'s> {
    let mut table: BTreeMap<Window, Origin<'s>> =
        stored.iter().map(|(window, stored)| (*window, Origin::Kept(stored))).collect();
    let (mut published, mut kept, mut inside) = (Vec::new(), Vec::new(), Vec::new());
    for offer in offered {
        let longer = |(other, _): &(&Window, _)| other.contains(offer.window) && **other != offer.window;
        match stored.get(&offer.window) {
            Some(same) if same.is_final && !offer.is_final => kept.push(offer.window),
            None if overlapping(stored, offer.window).any(|entry| longer(&entry)) => inside.push(*offer),
            Some(_) | None => published.push(*offer),
        }
    }
    for offer in &published {
        let replaced: Vec<_> = overlapping(stored, offer.window).map(|(window, _)| *window).collect();
        for window in &replaced {
            table.remove(window);
        }
    }
    // A longer window that gives way to another one of this run protects nothing inside it any more.
    let mut refused = Vec::new();
    for offer in inside {
        let holder = overlapping(&table, offer.window).next().map(|(window, _)| *window);
        match holder {
            Some(stored) => refused.push(RefusedWindow { window: offer.window, stored }),
            None => published.push(offer),
        }
    }
    published.sort_by_key(|offer| offer.window);
    for offer in &published {
        let origin = stored.get(&offer.window).map_or(Origin::New, Origin::Refreshed);
        table.insert(offer.window, origin);
    }
    // What comes back gives way to whatever stands by now.
    for restored in restored.iter().map(|restored| restored.window) {
        let same = stored.get(&restored).filter(|_| matches!(table.get(&restored), Some(Origin::Kept(_))));
        if same.is_some() || overlapping(&table, restored).next().is_none() {
            table.insert(restored, same.map_or(Origin::New, Origin::Rebuilt));
        }
    }
    let mut shares: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (window, origin) in table {
        shares.entry(key_of(window)).or_default().push((window, origin));
    }
    Changes { shares, published, kept, refused }
}

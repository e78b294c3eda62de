//! Which of nested findings is told: a silence of everything is not repeated for each country, nor a country's for each
//! of its channels; and where one channel or country is silent while the others work, it is told and not the whole.

use std::collections::BTreeMap;

use super::super::key::Key;
use super::super::series::real_len;
use super::track::{Silent, Track};

/// A finding that lies in another to this part is told by it.
const MOSTLY: f64 = 0.5;
/// A part loses more than the whole where it loses this many times as much: both are estimates.
const MORE: f64 = 1.1;
/// What is left of a place works where this part of what was to be expected came, of so many attempts or more.
const WORKS: (f64, f64) = (0.5, 5.0);

/// The findings to be told; they come the coarsest first.
pub(super) fn told(found: &[Silent], tracks: &BTreeMap<Key, Track>, least: f64, below: f64) -> Vec<Silent> {
    let mut told: Vec<Silent> = Vec::new();
    for silent in found {
        let around: Vec<&Silent> = told.iter().filter(|other| other.part.contains(silent.part)).collect();
        if overlap(silent, &around) >= MOSTLY {
            continue;
        }
        let finer: Vec<&Silent> = found.iter().filter(|other| is_next(silent.part, other.part)).collect();
        let crossing: Vec<Key> = told.iter().filter_map(|other| crossed(silent, other)).collect();
        let is_left = crossing.is_empty()
            || left(silent, &crossing, tracks)
                .is_none_or(|(seen, expected)| expected >= least && seen < below * expected);
        let works = [0, 1, 2].into_iter().any(|dimension| {
            let of_dimension = finer.iter().filter(|other| axis(silent.part, other.part) == dimension);
            let parts: Vec<Key> =
                of_dimension.filter(|other| overlap(silent, &[other]) >= MOSTLY).map(|other| other.part).collect();
            !parts.is_empty()
                && left(silent, &parts, tracks)
                    .is_some_and(|(seen, expected)| expected >= WORKS.1 && seen >= WORKS.0 * expected)
        });
        // A part that lost more than the whole is what fell away, for longer than the whole seemed to.
        let lost = |silent: &Silent| silent.expected - silent.seen;
        let is_part = found.iter().any(|other| {
            other.part != silent.part
                && silent.part.contains(other.part)
                && overlap(silent, &[other]) >= MOSTLY
                && lost(other) > MORE * lost(silent)
        });
        if is_left && !works && !is_part {
            told.push(silent.clone());
        }
    }
    told
}

/// How much of a finding lies in the time of others.
fn overlap(silent: &Silent, others: &[&Silent]) -> f64 {
    let inside = silent.slots.clone().filter(|slot| others.iter().any(|other| other.slots.contains(slot)));
    real_len(inside.count()) / real_len(silent.slots.len())
}

const fn depth(part: Key) -> u8 {
    part.service.is_some() as u8 + part.country.is_some() as u8 + part.channel.is_some() as u8
}

/// Whether a part is one of those that another is cut into by one dimension.
fn is_next(whole: Key, part: Key) -> bool {
    whole.contains(part) && depth(part) == depth(whole) + 1
}

/// The dimension that cuts a part out of a whole.
const fn axis(whole: Key, part: Key) -> u8 {
    if whole.channel.is_none() && part.channel.is_some() {
        0
    } else if whole.country.is_none() && part.country.is_some() {
        1
    } else {
        2
    }
}

/// What two findings share of which neither lies in the other.
fn crossed(silent: &Silent, other: &Silent) -> Option<Key> {
    let is_apart = !other.part.contains(silent.part) && !silent.part.contains(other.part);
    silent.part.meet(other.part).filter(|_| is_apart && overlap(silent, &[other]) > 0.0)
}

/// What was seen and expected of a place in a finding's time, without some of its parts; `None` where it is not known.
fn left(silent: &Silent, parts: &[Key], tracks: &BTreeMap<Key, Track>) -> Option<(f64, f64)> {
    let mut left = tracks.get(&silent.part)?.sums(silent.slots.clone());
    // A part without a track had too few attempts to matter.
    for track in parts.iter().filter_map(|part| tracks.get(part)) {
        let (seen, expected) = track.sums(silent.slots.clone());
        left = (left.0 - seen, left.1 - expected);
    }
    Some((left.0.max(0.0), left.1.max(0.0)))
}

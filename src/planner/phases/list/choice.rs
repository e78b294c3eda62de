//! Whether pages take fewer requests than questions.

use std::ops::Range;

use super::margins::{Sums, sum_of};
use crate::model::{Channel, Country, Counts, PAGE_SIZE};
use crate::planner::estimate::{KeptList, Load};
use crate::planner::index::CountryIndex;
use crate::planner::knowledge::Knowledge;
use crate::planner::listed::{DIFFERS, WindowSums, lacks, reaches};
use crate::planner::phases::DAY;
use crate::planner::{Freshness, Pages};

/// How long what the list lacks is remembered.
pub(super) const REMEMBERED: i64 = 7 * DAY;
/// Requests for the windows that are read first: were they in vain, they should be few.
const FIRST: i64 = 24;

impl Knowledge {
    /// Whether settled windows may be listed at all.
    pub(in crate::planner::phases) fn may_list_settled(&self) -> bool {
        match self.terms.pages {
            Pages::Never => false,
            Pages::WhereTheyReach => true,
            Pages::WhereFewer => self.evidence.notes.within(DIFFERS, REMEMBERED).is_none(),
        }
    }

    /// Whether they are, whatever earlier runs read of them.
    pub(in crate::planner::phases) fn lists_settled(&self) -> bool {
        let windows = self.windows_to_list();
        self.may_list_settled() && !windows.is_empty() && is_worth_listing(self, &windows, &Sums::new())
    }

    /// Settled windows that the list reaches and that nothing else tells.
    pub(in crate::planner::phases) fn windows_to_list(&self) -> Vec<usize> {
        let is_wanted = |window: &usize| self.is_live_window(*window) && !self.is_recalled(*window);
        self.windows_in_doubt().filter(is_wanted).filter(|&window| self.is_in_reach(window)).collect()
    }

    pub(in crate::planner::phases) fn is_in_reach(&self, window: usize) -> bool {
        reaches(self.layout.matrix().windows()[window], self.now())
    }

    /// Leaves channels to questions that an earlier run saw the list lack.
    pub(in crate::planner::phases) fn remember_what_the_list_lacks(&mut self) {
        if self.layout.matrix().shape().channels.is_some() && self.terms.freshness == Freshness::Reuse {
            let notes = &self.evidence.notes;
            let lacked = Channel::ALL.into_iter().filter(|&it| notes.within(&lacks(it), REMEMBERED).is_some());
            self.listed.without.extend(lacked);
        }
    }

    /// Attempts to be expected in a window: those of the settled range, spread evenly.
    fn attempts_expected(&self, window: usize) -> Option<f64> {
        let (whole, counts) = self.settled_whole?;
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let rate = counts.attempts() as f64 / whole.range.length().as_secs_f64();
        Some(rate * self.layout.matrix().windows()[window].length().as_secs_f64())
    }
}

/// The windows that are read first, from the first open one on.
pub(super) fn first_windows(known: &Knowledge, open: &[usize]) -> Vec<usize> {
    let mut first: Vec<usize> = Vec::new();
    let mut attempts = 0.0;
    for &window in open {
        attempts += known.attempts_expected(window).unwrap_or(0.0);
        #[expect(clippy::cast_possible_truncation, reason = "an estimate")]
        let pages = attempts as i64 / i64::from(PAGE_SIZE) + 1;
        let totals = i64::try_from(first.len() + 1).unwrap_or(i64::MAX);
        let follows = first.last().is_none_or(|last| last + 1 == window);
        if !first.is_empty() && (pages + totals > FIRST || !follows) {
            break;
        }
        first.push(window);
    }
    first
}

/// Whether windows are better listed than asked for: those that are to be read, and those that earlier runs read. Unknown
/// attempts speak against pages.
pub(super) fn is_worth_listing(known: &Knowledge, unread: &[usize], kept: &Sums) -> bool {
    if known.terms.pages == Pages::WhereTheyReach {
        return true;
    }
    let to_read = unread.iter().map(|&window| known.attempts_expected(window)).sum::<Option<f64>>();
    let Some(to_read) = to_read else { return false };
    let (shape, without, windows) = (known.layout.matrix().shape(), &known.listed.without, unread.len() + kept.len());
    let kept = kept_list(known, kept);
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let (count, groups) = (windows as f64, known.layout.group_count() as f64);
    let attempts = (to_read + kept.attempts) / count;
    let asked = Load::prior(shape, attempts).questions(windows) * groups;
    // What is left to questions is asked for either way, and taken off each window.
    let of = |&channel: &Channel| count + share_asked(known, channel, attempts, windows);
    Load::listed(shape, windows, to_read, kept) + without.iter().map(of).sum::<f64>() < asked
}

fn kept_list(known: &Knowledge, kept: &Sums) -> KeptList {
    let counted = |country: Option<Country>| sum_of(kept.values(), |it, _| country.is_none() || it == country);
    let may_be_any = kept.values().any(WindowSums::has_homeless);
    let has_some = |&country: &CountryIndex| may_be_any || counted(known.layout.country(country)) != Counts::ZERO;
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let attempts = counted(None).attempts() as f64;
    KeptList { attempts, countries: known.layout.countries().filter(has_some).count() }
}

/// The questions for a channel alone.
fn share_asked(known: &Knowledge, channel: Channel, attempts: f64, windows: usize) -> f64 {
    let shape = known.layout.matrix().shape();
    let alone = crate::model::MatrixShape { channels: Some(vec![channel]), ..shape.clone() };
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let groups = known.layout.group_count() as f64;
    Load::prior(&alone, attempts * Load::usual_share(channel)).questions(windows) * groups
}

/// Whether a stretch of windows that grow is read rather than asked for cell by cell.
pub(super) fn is_fewer_than_cells(known: &Knowledge, windows: &Range<usize>, attempts: Counts) -> bool {
    let open = windows.clone().flat_map(|window| {
        known
            .layout
            .lanes()
            .flat_map(move |lane| known.layout.countries().map(move |it| known.layout.cell(window, it, lane)))
    });
    let open = open.filter(|&cell| !known.store.is_known(cell)).count();
    let pages = attempts.attempts() / i64::from(PAGE_SIZE) + 1;
    known.terms.pages == Pages::WhereTheyReach || pages < i64::try_from(open).unwrap_or(i64::MAX)
}

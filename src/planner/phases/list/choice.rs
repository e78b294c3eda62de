//! Whether pages take fewer requests than questions.

use std::ops::Range;

use crate::model::{Channel, Counts, PAGE_SIZE};
use crate::planner::estimate::Load;
use crate::planner::knowledge::Knowledge;
use crate::planner::listed::{DIFFERS, lacks, reaches};
use crate::planner::phases::DAY;
use crate::planner::{Freshness, Pages};

/// How long what the list lacks is remembered.
pub(super) const REMEMBERED: i64 = 7 * DAY;
/// Requests for the windows that are read first: were they in vain, they should be few.
const FIRST: i64 = 24;

impl Knowledge {
    /// Whether the settled windows of this run are read page by page, as far as the list reaches.
    pub(in crate::planner::phases) fn lists_settled(&self) -> bool {
        let windows = self.windows_to_list();
        match self.terms.pages {
            Pages::Never => false,
            Pages::WhereTheyReach => !windows.is_empty(),
            Pages::WhereFewer => {
                let differs = self.evidence.notes.within(DIFFERS, REMEMBERED).is_some();
                !windows.is_empty() && !differs && is_fewer(self, &windows)
            }
        }
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

/// Whether what is left of the windows is better read than asked for.
pub(super) fn is_worth_going_on(known: &Knowledge, open: &[usize]) -> bool {
    known.terms.pages == Pages::WhereTheyReach || is_fewer(known, open)
}

/// Whether pages and their margins are fewer requests than a drill-down of these windows. Unknown attempts speak against
/// pages.
fn is_fewer(known: &Knowledge, windows: &[usize]) -> bool {
    let attempts = windows.iter().map(|&window| known.attempts_expected(window)).sum::<Option<f64>>();
    let Some(attempts) = attempts else { return false };
    let (shape, without) = (known.layout.matrix().shape(), &known.listed.without);
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let (count, groups) = (windows.len() as f64, known.layout.group_count() as f64);
    let asked = Load::prior(shape, attempts / count).questions(windows.len()) * groups;
    // What is left to questions is asked for either way, and taken off each window.
    let of = |&channel: &Channel| count + share_asked(known, channel, attempts / count, windows.len());
    Load::listed(shape, windows.len(), attempts) + without.iter().map(of).sum::<f64>() < asked
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

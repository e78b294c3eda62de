//! What comes back for segments: sums of windows, or why there are none. Nothing is decided here, as segments come back in
//! any order.

use std::collections::BTreeMap;

use crate::model::{AnswerSource, ListOutcome, Segment, Tally, Window};
use crate::planner::Pages;
use crate::planner::knowledge::Knowledge;
use crate::planner::listed::WindowSums;

impl Knowledge {
    /// Cells and totals of windows that are not known.
    pub(super) fn open_nodes(&self, windows: &[usize]) -> u64 {
        let nodes = windows.iter().flat_map(|&window| self.layout.nodes_of_window(window));
        nodes.filter(|&node| !self.store.is_known(node)).count() as u64
    }

    /// Leaves the list alone from here on, and says why: of segments without pages nothing else is told.
    pub(super) fn withdraw_list(&mut self, reason: &str) {
        self.listed.failed.clear();
        self.evidence.warnings.push(format!("the list is not used: {reason}; Summary was asked instead"));
        self.terms.pages = Pages::Never;
    }

    /// Says which segments got no pages, once for each reason; their windows are asked for.
    pub(super) fn tell_of_failed_segments(&mut self) {
        let mut ranges: BTreeMap<String, Vec<Window>> = BTreeMap::new();
        for (range, reason) in std::mem::take(&mut self.listed.failed) {
            ranges.entry(reason).or_default().push(range);
        }
        for (reason, ranges) in ranges {
            let more = match ranges.len() - 1 {
                0 => String::new(),
                more => format!(" and {more} more ranges"),
            };
            let told = format!("the list gave no pages of {}{more}, which are asked for instead: {reason}", ranges[0]);
            self.evidence.warnings.push(told);
        }
    }

    /// Counts a segment's attempts into the windows that it holds.
    pub(super) fn take_listed(
        &mut self,
        segment: &Segment,
        outcome: ListOutcome,
        sums: &mut BTreeMap<usize, WindowSums>,
    ) {
        let reads = segment.reuse.may_ask();
        self.progress.done += if reads { segment.pages() } else { 0 };
        let Tally { rows, answer } = match outcome {
            ListOutcome::Listed(tally) => tally,
            ListOutcome::NotRecorded => return,
            ListOutcome::Failed(failure) => {
                self.listed.failed.insert(segment.range, failure.message);
                return;
            }
        };
        self.evidence.see_time(&answer);
        if answer.source == AnswerSource::ThisRun {
            self.listed.attempts += u64::try_from(answer.counts.attempts()).unwrap_or(0);
        }
        let windows = self.layout.matrix().windows();
        let (from, to) = (
            windows.partition_point(|window| window.end() <= segment.range.start()),
            windows.partition_point(|window| window.start() < segment.range.end()),
        );
        let mut found: BTreeMap<usize, WindowSums> =
            (from..to).map(|window| (window, WindowSums::none(&self.layout, answer))).collect();
        for row in &rows {
            let window = windows.partition_point(|window| window.end() <= row.slot);
            let counted = found.get_mut(&window).and_then(|sums| sums.add(&self.layout, row));
            if counted.is_none() {
                let reason = "it holds attempts outside what was asked for, or more than can be counted".to_owned();
                self.listed.failed.insert(segment.range, reason);
                return;
            }
        }
        sums.append(&mut found);
    }
}

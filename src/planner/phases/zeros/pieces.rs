//! Pieces and zeros against what they are asked again; series whose inference was wrong are asked cell by cell.

use std::collections::BTreeSet;

use super::{Series, Zeros, ZerosStep};
use crate::model::{Answer, Counts, Round, Slice};
use crate::planner::identities::Subject;
use crate::planner::knowledge::Knowledge;
use crate::planner::layout::{Node, Place};

impl Zeros {
    /// What came back for a proof; windows whose proof has no answer are kept back.
    fn proof(&self, known: &mut Knowledge, slice: &Slice) -> Option<Answer> {
        let answer = self.inquiry.answer(slice, Round::Proof);
        if answer.is_none() {
            let reason = format!("{slice}, asked once more to prove it, got no answer");
            let windows = known.layout.matrix().windows();
            let within: Vec<usize> =
                known.windows_in_doubt().filter(|&window| slice.range.contains(windows[window])).collect();
            for window in within {
                known.evidence.lack(window, &reason);
            }
        }
        answer
    }

    /// Holds what came back for pieces and zeros against what was known.
    pub(super) fn settle_pieces(&mut self, known: &mut Knowledge) {
        let mut wrong = BTreeSet::new();
        for (slice, pieces) in std::mem::take(&mut self.together) {
            let Some(answer) = self.proof(known, &slice) else { continue };
            known.evidence.counts.sums_checked += 1;
            let window = known.layout.place(pieces[0]).window().unwrap_or_default();
            if known.sum(&slice, window..window + 1) == Some(answer.counts) {
                known.evidence.grounds.add_repetition(pieces);
            } else {
                wrong.extend(known.series_within(&slice));
            }
        }
        for node in std::mem::take(&mut self.pieces) {
            let slice = known.layout.slice(node);
            let Some(answer) = self.proof(known, &slice) else { continue };
            known.evidence.counts.sums_checked += 1;
            if known.store.counts(node) != Some(answer.counts)
                && let Place::Cell { country, lane, .. } = known.layout.place(node)
            {
                wrong.insert((country, lane));
            }
            known.evidence.grounds.add_repetition([node]);
            known.store.forget(node);
            known.store.answer(&known.layout, node, Round::Proof, &answer);
        }
        for slice in std::mem::take(&mut self.silent) {
            let Some(answer) = self.proof(known, &slice) else { continue };
            known.evidence.counts.totals_repeated += 1;
            if answer.counts == Counts::ZERO {
                let cells = known.cells_within(&slice);
                known.evidence.grounds.add_repetition(cells);
            } else {
                wrong.extend(known.series_within(&slice));
            }
        }
        self.ask_series(known, &wrong);
    }

    /// Series whose inference was wrong are asked cell by cell, then summed up.
    fn ask_series(&mut self, known: &mut Knowledge, wrong: &BTreeSet<Series>) {
        self.step = ZerosStep::Series;
        for &(country, lane) in wrong {
            let Some(windows) = known.stretch_in_doubt() else { continue };
            for window in windows.clone() {
                let node = known.layout.cell(window, country, lane);
                self.afresh.ask(known, &mut self.inquiry, node);
            }
            if windows.len() > 1
                && let Some(range) = known.layout.hull(windows.clone())
            {
                self.sums.push((known.layout.slice_of(range, Some(country), lane), windows));
            }
        }
    }
}

impl Knowledge {
    /// The series that a slice with a country holds.
    pub(super) fn series_within(&self, slice: &Slice) -> Vec<Series> {
        let Some(country) = self.layout.country_index(slice.country) else { return Vec::new() };
        self.lanes_within(slice).into_iter().map(|lane| (country, lane)).collect()
    }

    /// The cells that a slice with a country holds, in the windows in doubt.
    fn cells_within(&self, slice: &Slice) -> Vec<Node> {
        let windows = self.layout.matrix().windows();
        let within = self.windows_in_doubt().filter(|&window| slice.range.contains(windows[window]));
        let series = self.series_within(slice);
        within
            .flat_map(|window| series.iter().map(move |&(country, lane)| self.layout.cell(window, country, lane)))
            .collect()
    }

    /// Holds all windows back that were asked afresh together, where a country in one of them exceeds its whole by now.
    pub(super) fn hold_where_parts_exceed(&mut self, nodes: &[Node]) {
        let windows: BTreeSet<usize> = nodes.iter().filter_map(|&node| self.layout.place(node).window()).collect();
        let fails = |window: usize| Subject::countries(&self.layout, window).any(|subject| self.fails(subject));
        let wrong = windows.iter().find(|&&window| fails(window));
        let Some(range) = wrong.map(|&window| self.layout.matrix().windows()[window]) else { return };
        let reason = format!("asked once more, countries hold more attempts together than all of them in {range}");
        for window in windows {
            self.evidence.hold(window, &reason);
        }
    }
}

//! Proofs of what the cells say (V4, R4): no attempt vanishes into the remainder.
//!
//! A sum of windows is held against the country's answer for all of them, asked after the cells: in all channels at once
//! where those are all there are, else by channel. Pieces that were inferred are asked themselves where a remainder could
//! hide a fault, and zeros that rest on one answer are asked once more. A sum that differs is narrowed down to windows;
//! only these are asked afresh, once, and held back if they still differ.

use std::collections::{BTreeMap, BTreeSet};

use super::bisection::{Bisection, Fault};
use super::hidden::Hidden;
use super::stage::Stage;
use super::{Phase, Turn};
use crate::model::{Answer, Counts, Round, Slice};
use crate::planner::evidence::{Inquiry, Withheld, change};
use crate::planner::identities::Subject;
use crate::planner::index::{CountryIndex, Group, Lane};
use crate::planner::knowledge::Knowledge;
use crate::planner::layout::{Node, Place};

/// What is asked next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Pieces that were inferred, and zeros.
    Pieces,
    /// Series whose inference was wrong, cell by cell.
    Series,
    Sums,
    Halves,
    Afresh,
    Confirmation,
    Over,
}

/// A country in a lane.
type Series = (CountryIndex, Lane);

/// A sum to be checked: filters, and the windows it covers.
type Sum = (Slice, std::ops::Range<usize>);

/// The phase.
#[derive(Debug)]
pub(super) struct Zeros {
    step: Step,
    inquiry: Inquiry,
    pieces: Vec<Node>,
    /// A country in a window in all channels, and its pieces that were inferred.
    together: Vec<(Slice, Vec<Node>)>,
    /// Answers of nothing that are asked once more.
    silent: Vec<Slice>,
    sums: Vec<Sum>,
    bisection: Bisection,
    faults: Vec<Fault>,
    afresh: Vec<Node>,
}

impl Zeros {
    pub(super) fn new(known: &mut Knowledge) -> Self {
        let mut phase = Self {
            step: Step::Pieces,
            inquiry: Inquiry::default(),
            pieces: Vec::new(),
            together: Vec::new(),
            silent: Vec::new(),
            sums: Vec::new(),
            bisection: Bisection::new(Round::Proof),
            faults: Vec::new(),
            afresh: Vec::new(),
        };
        if known.layout.splits_countries() && known.range_in_doubt().is_some() {
            phase.plan(known);
        }
        phase
    }

    /// Chooses what proves the cells from the fewest questions.
    fn plan(&mut self, known: &mut Knowledge) {
        let hidden = Hidden::new(known);
        let mut places: BTreeMap<(usize, CountryIndex, Group), Vec<Node>> = BTreeMap::new();
        for node in known.pieces.iter().copied().filter(|&node| hidden.may_hide_piece(node)) {
            if let Place::Cell { window, country, lane } = known.layout.place(node) {
                places.entry((window, country, known.layout.group_of(lane))).or_default().push(node);
            }
        }
        for pieces in places.into_values() {
            let together = Slice { channel: None, ..known.layout.slice(pieces[0]) };
            // A country's channels prove each other in one question, unless some were inferred from its answer.
            let is_sum = pieces.len() > 1 && known.layout.has_all_channels() && !known.told.contains_key(&together);
            if is_sum {
                self.inquiry.put(together, Round::Proof);
                self.together.push((together, pieces));
            } else {
                for node in pieces {
                    self.inquiry.put(known.layout.slice(node), Round::Proof);
                    self.pieces.push(node);
                }
            }
        }
        self.silent = known.zero_answers.iter().copied().filter(|slice| hidden.may_hide(slice)).collect();
        for zero in &self.silent {
            self.inquiry.put(*zero, Round::Proof);
        }
        let loose: Vec<Node> = hidden.loose_zeros();
        self.sums = sums(known, &loose);
        let is_cheaper = loose.len() < self.sums.len() && !known.sums_all_cells();
        if (is_cheaper || self.sums.is_empty()) && !loose.is_empty() {
            self.sums.clear();
            for node in loose {
                let slice = known.layout.slice(node);
                self.silent.push(slice);
                self.inquiry.put(slice, Round::Proof);
            }
        }
        known.progress.planned += self.inquiry.len() + self.sums.len() as u64;
    }

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
    fn settle_pieces(&mut self, known: &mut Knowledge) {
        let mut wrong = BTreeSet::new();
        for (slice, pieces) in std::mem::take(&mut self.together) {
            let Some(answer) = self.proof(known, &slice) else { continue };
            known.evidence.counts.sums_checked += 1;
            let window = known.layout.place(pieces[0]).window().unwrap_or_default();
            if known.sum(&slice, window..window + 1) != Some(answer.counts) {
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
            known.store.forget(node);
            known.store.answer(&known.layout, node, Round::Proof, &answer);
        }
        for slice in std::mem::take(&mut self.silent) {
            let Some(answer) = self.proof(known, &slice) else { continue };
            known.evidence.counts.totals_repeated += 1;
            if answer.counts != Counts::ZERO {
                wrong.extend(known.series_within(&slice));
            }
        }
        self.ask_series(known, &wrong);
    }

    /// Series whose inference was wrong are asked cell by cell, then summed up.
    fn ask_series(&mut self, known: &mut Knowledge, wrong: &BTreeSet<Series>) {
        self.step = Step::Series;
        for &(country, lane) in wrong {
            let Some(windows) = known.stretch_in_doubt() else { continue };
            for window in windows.clone() {
                let node = known.layout.cell(window, country, lane);
                if !known.store.was_asked_again(node) {
                    self.afresh.push(node);
                    known.store.mark_asked_again(node);
                    self.inquiry.put(known.layout.slice(node), Round::Again);
                }
            }
            if windows.len() > 1
                && let Some(range) = known.layout.hull(windows.clone())
            {
                self.sums.push((known.layout.slice_of(range, Some(country), lane), windows));
            }
        }
    }

    fn take_afresh(&mut self, known: &mut Knowledge) {
        known.take_afresh(&std::mem::take(&mut self.afresh), &self.inquiry);
    }

    fn ask_sums(&mut self, known: &Knowledge) {
        self.step = Step::Sums;
        for (filters, windows) in &self.sums {
            if let Some(range) = known.layout.hull(windows.clone()) {
                self.inquiry.put(Slice { range, ..*filters }, Round::Proof);
            }
        }
    }

    fn settle_sums(&mut self, known: &mut Knowledge) -> Turn {
        let mut differing = Vec::new();
        let (mut full, mut blank) = (0, 0);
        for (filters, windows) in std::mem::take(&mut self.sums) {
            let Some(range) = known.layout.hull(windows.clone()) else { continue };
            let slice = Slice { range, ..filters };
            let Some(answer) = self.inquiry.answer(&slice, Round::Proof) else {
                let reason = format!("the sum that proves {slice} could not be asked");
                windows.for_each(|window| known.evidence.lack(window, &reason));
                continue;
            };
            let Some(sum) = known.sum(&slice, windows.clone()) else { continue };
            known.evidence.counts.sums_checked += 1;
            if let Some(before) = known.told.get(&slice).copied().filter(|before| !before.may_become(answer.counts)) {
                let reason = format!("{}: attempts do not go away", change(&slice, before, answer.counts));
                windows.clone().for_each(|window| known.evidence.hold(window, &reason));
            }
            full += usize::from(sum != Counts::ZERO);
            blank += usize::from(sum != Counts::ZERO && answer.counts == Counts::ZERO);
            if let Some(country) = known.layout.country_index(slice.country).filter(|_| slice.channel.is_none()) {
                known.country_totals.insert((slice.service, slice.prefix, country), answer.counts);
            }
            if sum != answer.counts {
                differing.push((filters, windows, answer.counts));
            }
        }
        if full > 1 && blank == full {
            known.evidence.withhold(Withheld::Unsure(
                "the API shows nothing for any country now, though it did a while ago: run again later".to_owned(),
            ));
            return Turn::To(Stage::Controls);
        }
        for (filters, windows, told) in differing {
            self.bisection.begin(known, filters, windows, told);
        }
        self.step = Step::Halves;
        Turn::More
    }

    fn ask_faults_afresh(&mut self, known: &mut Knowledge) {
        self.faults = std::mem::take(&mut self.bisection.faults);
        self.step = Step::Afresh;
        for fault in &self.faults {
            for (country, lane) in known.series_within(&fault.slice) {
                let node = known.layout.cell(fault.window, country, lane);
                if !known.store.was_asked_again(node) {
                    self.afresh.push(node);
                    known.store.mark_asked_again(node);
                    self.inquiry.put(known.layout.slice(node), Round::Again);
                }
            }
        }
    }

    fn settle_faults(&mut self, known: &mut Knowledge) {
        for Fault { window, slice, told } in std::mem::take(&mut self.faults) {
            let sum = known.sum(&slice, window..window + 1);
            if sum == Some(told) {
                continue;
            }
            let found = sum.map_or("what is known of them".to_owned(), |sum| format!("{} attempts", sum.attempts()));
            known.evidence.hold(
                window,
                &format!("R4: {slice} holds {} attempts, but its cells add up to {found}", told.attempts()),
            );
        }
        self.bisection.confirm(known);
        self.step = Step::Confirmation;
    }
}

/// The sums to check besides what the drill was told.
fn sums(known: &Knowledge, loose: &[Node]) -> Vec<Sum> {
    let layout = &known.layout;
    let Some(windows) = known.stretch_in_doubt() else { return Vec::new() };
    let is_single = windows.len() == 1;
    let wanted: BTreeSet<Series> = loose
        .iter()
        .filter_map(|&node| match layout.place(node) {
            Place::Cell { country, lane, .. } => Some((country, lane)),
            _ => None,
        })
        .collect();
    let Some(range) = layout.hull(windows.clone()) else { return Vec::new() };
    let shape = layout.matrix().shape();
    let sums_all = known.sums_all_cells();
    let mut found = BTreeSet::new();
    let mut sums = Vec::new();
    for country in layout.countries().filter(|&country| !known.is_refused(country)) {
        for lane in layout.lanes().filter(|&lane| !known.is_refused_in(country, lane)) {
            let is_wanted = wanted.contains(&(country, lane)) || sums_all;
            let single = layout.slice_of(range, Some(country), lane);
            let slice = if layout.has_all_channels() { Slice { channel: None, ..single } } else { single };
            // With one window a country's channel is its own cell.
            if !is_wanted || (is_single && slice.channel.is_some() == shape.channels.is_some()) {
                continue;
            }
            if found.insert((slice.service, slice.country, slice.channel, slice.prefix)) {
                sums.extend(known.stretches(&slice, windows.clone()).into_iter().map(|windows| (slice, windows)));
            }
        }
    }
    sums
}

impl Knowledge {
    /// Holds all windows back that were asked afresh together, where a country in one of them exceeds its whole by now.
    fn hold_where_parts_exceed(&mut self, nodes: &[Node]) {
        let windows: BTreeSet<usize> = nodes.iter().filter_map(|&node| self.layout.place(node).window()).collect();
        let fails = |window: usize| Subject::countries(&self.layout, window).any(|subject| self.fails(subject));
        let wrong = windows.iter().find(|&&window| fails(window));
        let Some(range) = wrong.map(|&window| self.layout.matrix().windows()[window]) else { return };
        let reason = format!("asked once more, countries hold more attempts together than all of them in {range}");
        for window in windows {
            self.evidence.hold(window, &reason);
        }
    }

    /// The series that a slice with a country holds.
    fn series_within(&self, slice: &Slice) -> Vec<Series> {
        let Some(country) = self.layout.country_index(slice.country) else { return Vec::new() };
        self.lanes_within(slice).into_iter().map(|lane| (country, lane)).collect()
    }

    /// Whether every country's windows are summed up: where cells were asked one by one, what one of them lacks could
    /// hide in the remainder. One window alone is its own sum.
    pub(super) fn sums_all_cells(&self) -> bool {
        let mut windows = self.windows_in_doubt();
        let is_many = self.windows_in_doubt().nth(1).is_some();
        is_many && windows.any(|window| !self.is_found_by_drill(window))
    }
}

impl Phase for Zeros {
    fn inquiry(&mut self) -> Option<&mut Inquiry> {
        Some(match self.step {
            Step::Halves | Step::Confirmation => &mut self.bisection.inquiry,
            _ => &mut self.inquiry,
        })
    }

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        match self.step {
            Step::Pieces => self.settle_pieces(known),
            Step::Series => {
                let nodes = self.afresh.clone();
                self.take_afresh(known);
                known.hold_where_parts_exceed(&nodes);
                self.ask_sums(known);
            }
            Step::Sums => return self.settle_sums(known),
            Step::Halves => {
                if self.bisection.advance(known) {
                    return Turn::More;
                }
                self.ask_faults_afresh(known);
            }
            Step::Afresh => {
                self.take_afresh(known);
                self.settle_faults(known);
            }
            Step::Confirmation => {
                self.bisection.settle_confirmation(known);
                self.step = Step::Over;
            }
            Step::Over => return Turn::Over,
        }
        Turn::More
    }
}

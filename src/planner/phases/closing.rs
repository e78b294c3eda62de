//! Last of all, totals are asked once more (V5): each service and channel over the settled range, then the whole. They
//! must be what they were; what changed is narrowed down to windows, which are asked afresh once.

use super::afresh::Afresh;
use super::bisection::{Bisection, Fault};
use super::stage::Stage;
use super::{Phase, Turn};
use crate::model::{Counts, Filter, Round, Slice};
use crate::planner::evidence::{Inquiry, Rule, Withheld, change, notes};
use crate::planner::index::Lane;
use crate::planner::knowledge::Knowledge;
use crate::planner::layout::Node;
use crate::planner::retention::WindowStatus;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ClosingStep {
    Totals,
    Whole,
    Halves,
    Afresh,
    Confirmation,
    Over,
}

/// The phase.
#[derive(Debug)]
pub(super) struct Closing {
    step: ClosingStep,
    inquiry: Inquiry,
    /// Each total, and what it was.
    totals: Vec<(Slice, Counts)>,
    bisection: Bisection,
    /// Each with what was known of it before it was asked afresh.
    faults: Vec<(Fault, Option<Counts>)>,
    afresh: Afresh,
}

impl Closing {
    pub(super) fn new(known: &mut Knowledge) -> Self {
        let totals = known.totals_to_close();
        let mut inquiry = Inquiry::default();
        for (slice, _) in &totals {
            inquiry.put(*slice, Round::Closing);
        }
        known.progress.planned += inquiry.len() + 1;
        Self {
            step: ClosingStep::Totals,
            inquiry,
            totals,
            bisection: Bisection::new(Round::Closing),
            faults: Vec::new(),
            afresh: Afresh::default(),
        }
    }

    fn ask_whole(&mut self, known: &Knowledge) {
        self.step = ClosingStep::Whole;
        if let Some((whole, counts)) = known.settled_whole {
            // Where nothing is split a total is the whole.
            if self.totals.iter().all(|(slice, _)| *slice != whole) {
                self.totals.push((whole, counts));
            }
            self.inquiry.put(whole, Round::Closing);
        }
        if let Some(whole) = known.growing_slice() {
            self.inquiry.put(whole, Round::Closing);
        }
    }

    fn settle_totals(&mut self, known: &mut Knowledge) -> Turn {
        self.step = ClosingStep::Halves;
        known.settle_growing(|slice| self.inquiry.answer(slice, Round::Closing));
        if let Some((whole, before)) = known.settled_whole
            && !known.grown.is_empty()
            && self.inquiry.answer(&whole, Round::Closing).is_some_and(|answer| answer.counts == before)
        {
            known.evidence.withhold(Withheld::Unsure(
                "a cell grew while the account as a whole did not: a filter may have ceased to be heeded".to_owned(),
            ));
            return Turn::To(Stage::Controls);
        }
        let has_fallen = known.settled_whole.is_some_and(|(whole, before)| {
            self.inquiry.answer(&whole, Round::Closing).is_some_and(|now| !before.may_become(now.counts))
        });
        if let Some(reason) = self.exceeding(known) {
            known.evidence.withhold(Withheld::Unsure(reason));
            return Turn::To(Stage::Controls);
        }
        let (mut full, mut blank) = (0, 0);
        let mut differing = Vec::new();
        for (slice, before) in std::mem::take(&mut self.totals) {
            let Some(answer) = self.inquiry.answer(&slice, Round::Closing) else {
                let reason = format!("{slice} could not be asked once more at the end of the run");
                known.windows_in_doubt().for_each(|window| known.evidence.lack(window, &reason));
                continue;
            };
            known.evidence.counts.totals_repeated += 1;
            full += usize::from(before != Counts::ZERO);
            blank += usize::from(before != Counts::ZERO && answer.counts == Counts::ZERO);
            if before != answer.counts {
                differing.push((slice, before, answer));
            }
        }
        if full > 0 && full == blank {
            known.evidence.withhold(Withheld::Unsure(
                "the API shows nothing any more, though it did when the run began: run again later".to_owned(),
            ));
            return Turn::To(Stage::Controls);
        }
        known.evidence.has_moved |= !differing.is_empty();
        for (slice, before, answer) in differing {
            let Some(windows) = known.stretch_in_doubt() else { continue };
            if before == Counts::ZERO && known.is_empty[windows.start] {
                known.evidence.withhold(Withheld::Unsure(format!(
                    "the API showed no attempts in {} when the run began, and {} at its end: run again",
                    slice.range,
                    answer.counts.attempts()
                )));
                return Turn::To(Stage::Controls);
            }
            let grew = before.may_become(answer.counts);
            let told = change(&slice, before, answer.counts);
            if let Some(node) = known.layout.node(&slice) {
                known.store.answer(&known.layout, node, Round::Closing, &answer);
            }
            match known.sum(&slice, windows.clone()) {
                // Its parts tell the same as its end. Where the whole fell as well, attempts are gone; else it was the
                // first answer that was wrong.
                Some(sum) if sum == answer.counts => {
                    if has_fallen {
                        windows.for_each(|window| known.evidence.hold(window, &told));
                    }
                }
                Some(_) => self.bisection.begin(known, slice, windows, answer.counts),
                None if grew => {}
                None => windows.for_each(|window| known.evidence.hold(window, &told)),
            }
            if grew {
                known.evidence.warnings.push(format!("{told}: attempts came late on settled ground"));
            }
        }
        Turn::More
    }

    /// Disjoint lanes that hold more together than everything does, asked after them (V3).
    fn exceeding(&self, known: &Knowledge) -> Option<String> {
        let (whole, _) = known.settled_whole?;
        let all = self.inquiry.answer(&whole, Round::Closing)?.counts.attempts();
        let parts = self.totals.iter().filter(|(slice, _)| *slice != whole);
        let held = parts.filter_map(|(slice, _)| Some(self.inquiry.answer(slice, Round::Closing)?.counts.attempts()));
        let sum: i64 = held.sum();
        let shape = known.layout.matrix().shape();
        let split = [(Filter::Service, shape.services.is_some()), (Filter::Channel, shape.channels.is_some())];
        let names: Vec<&str> =
            split.into_iter().filter(|(_, is_split)| *is_split).map(|(filter, _)| filter.parameter()).collect();
        (sum > all && known.evidence.heeds(Rule::V3)).then(|| {
            format!(
                "{} seems to be ignored: its values hold {sum} attempts together, more than all of {} with its {all}",
                names.join(" or "),
                whole.range
            )
        })
    }

    fn ask_faults_afresh(&mut self, known: &mut Knowledge) {
        let faults = std::mem::take(&mut self.bisection.faults).into_iter();
        self.faults = faults.map(|fault| (fault, known.sum(&fault.slice, fault.window..fault.window + 1))).collect();
        let grown = std::mem::take(&mut known.grown).into_iter();
        let faults = self.faults.iter().map(|(fault, _)| (fault.window, known.lanes_within(&fault.slice)));
        let all: Vec<Lane> = known.layout.lanes().collect();
        let windows: Vec<_> = faults.chain(grown.map(|window| (window, all.clone()))).collect();
        self.step = ClosingStep::Afresh;
        for (window, lanes) in windows {
            for lane in lanes {
                let cells = known.countries_of(lane).map(|country| known.layout.cell(window, country, lane));
                let nodes: Vec<Node> = cells.chain([known.layout.window_total(window, lane)]).collect();
                for node in nodes {
                    self.afresh.ask(known, &mut self.inquiry, node);
                }
            }
        }
    }

    fn settle_faults(&mut self, known: &mut Knowledge) {
        self.afresh.take(known, &self.inquiry);
        for (Fault { window, slice, stated }, before) in std::mem::take(&mut self.faults) {
            let sum = known.sum(&slice, window..window + 1);
            let is_back = sum.is_some() && sum == before;
            let has_fallen = before.is_none_or(|before| !before.may_become(stated));
            if !is_back && (sum != Some(stated) || has_fallen) {
                let before = before.map_or(0, Counts::attempts);
                let reason = format!(
                    "{slice} held {before} attempts, and at the end of the run {}: what was counted once is gone, or \
                     it changes while it is asked",
                    stated.attempts()
                );
                known.evidence.hold(window, &reason);
            }
        }
        self.bisection.confirm(known);
        self.step = ClosingStep::Confirmation;
    }
}

impl Phase for Closing {
    fn inquiry(&mut self) -> Option<&mut Inquiry> {
        Some(match self.step {
            ClosingStep::Halves | ClosingStep::Confirmation => &mut self.bisection.inquiry,
            _ => &mut self.inquiry,
        })
    }

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        match self.step {
            ClosingStep::Totals => self.ask_whole(known),
            ClosingStep::Whole => return self.settle_totals(known),
            ClosingStep::Halves => {
                if !self.bisection.advance(known) {
                    self.ask_faults_afresh(known);
                }
            }
            ClosingStep::Afresh => {
                self.settle_faults(known);
                known.evidence.notes.add(notes::TOTAL, 1);
            }
            ClosingStep::Confirmation => {
                self.bisection.settle_confirmation(known);
                self.step = ClosingStep::Over;
            }
            ClosingStep::Over => return Turn::Over,
        }
        Turn::More
    }
}

impl Knowledge {
    /// Each service and channel over the settled range, without prefix, with what it was; none where nothing was asked.
    fn totals_to_close(&self) -> Vec<(Slice, Counts)> {
        let Some(windows) = self.stretch_in_doubt().filter(|windows| !self.is_empty[windows.start]) else {
            return Vec::new();
        };
        if self.layout.matrix().shape().prefixes.is_some() {
            return self.margins.clone();
        }
        let Some(range) = self.layout.hull(windows) else { return Vec::new() };
        let total = |lane: Lane| {
            let node = self.layout.range_total(lane);
            // What it was first, before anything was asked again.
            let first = self.store.before(node).or_else(|| self.store.counts(node))?;
            Some((self.layout.slice_of(range, None, lane), first))
        };
        self.layout.lanes().filter_map(total).collect()
    }

    /// The whole of the growing windows.
    fn growing_slice(&self) -> Option<Slice> {
        self.growing_whole?;
        let growing = self.layout.provisional_windows();
        let ends = growing.clone().find(|&window| self.status[window] == WindowStatus::Future).unwrap_or(growing.end);
        self.layout.hull(growing.start..ends).map(Slice::whole)
    }

    /// Growing windows whose whole was nothing before, and holds something now, have grown: their rows say less.
    fn settle_growing(&mut self, answer: impl Fn(&Slice) -> Option<crate::model::Answer>) {
        let Some((before, slice)) = self.growing_whole.zip(self.growing_slice()) else { return };
        let Some(after) = answer(&slice) else { return };
        if !before.may_become(after.counts) && self.evidence.heeds(Rule::V11) {
            let reason = format!("{}: attempts do not go away", change(&slice, before, after.counts));
            self.layout.provisional_windows().for_each(|window| self.evidence.hold(window, &reason));
        } else if before == Counts::ZERO && after.counts != Counts::ZERO {
            self.evidence
                .warnings
                .push(format!("{slice} has grown from nothing to {} attempts", after.counts.attempts()));
        }
    }
}

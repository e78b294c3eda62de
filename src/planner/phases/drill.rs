//! How the drill is part of a plan: which windows it looks for, what it is told, and what it teaches.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::country_doubt::CountryDoubt;
use super::stage::Stage;
use super::{Phase, Turn};
use crate::model::{Counts, Outcome, Question, Slice, Strategy};
use crate::planner::drill::Drill;
use crate::planner::index::{CountryIndex, Group};
use crate::planner::knowledge::Knowledge;
use crate::planner::store::Basis;
use crate::planner::{Freshness, country_order};

impl Knowledge {
    /// Where there is nothing at all, no channel has anything.
    pub(super) fn imply_empty_ranges(&mut self) {
        let is_sound = self.layout.has_range_totals() && !self.layout.is_provisional_range();
        if self.terms.strategy == Strategy::Exhaustive || !self.layout.has_all_channels() || !is_sound {
            return;
        }
        for group in self.layout.groups() {
            let whole = self.store.known(self.layout.all_channels(group));
            let Some(empty) = whole.filter(|whole| whole.counts == Counts::ZERO) else { continue };
            let mut basis = Basis::default();
            basis.add_known(&empty);
            for lane in self.layout.lanes_of(group) {
                let total = self.layout.range_total(lane);
                if !self.store.is_known(total) {
                    self.store.imply(total, Counts::ZERO, &basis);
                }
            }
        }
    }

    /// Keeps what the drill was told and what it inferred, for the evidence.
    fn note_drilled(&mut self, drill: &Drill) {
        self.pieces = drill.remainders_inferred().collect();
        for window in drill.given_up() {
            self.is_given_up[window] = true;
        }
        for (slice, counts) in drill.totals_answered(&self.layout) {
            if let Some(country) = self.layout.country_index(slice.country)
                && slice.channel.is_none()
                && self.layout.range() == Some(slice.range)
            {
                self.country_totals.insert((slice.service, slice.prefix, country), counts);
            }
            if counts == Counts::ZERO {
                self.zero_answers.push(slice);
            }
        }
    }

    /// The windows whose cells are looked for.
    fn windows_to_drill(&self) -> Vec<bool> {
        let is_wanted = |window: usize| match self.terms.strategy {
            Strategy::Exhaustive => false,
            Strategy::DrillDown if !self.is_live_window(window) => false,
            Strategy::DrillDown if self.layout.is_provisional_window(window) => {
                let is_listed = self.growing_to_list().is_some_and(|mut windows| windows.any(|it| it == window));
                window < self.layout.first_open_window() && !self.growth.has_history(window) && !is_listed
            }
            Strategy::DrillDown => !self.is_recalled(window),
        };
        self.layout.windows().map(is_wanted).collect()
    }
}

/// The drill as a phase.
#[derive(Debug)]
pub(super) struct DrillDown {
    drill: Drill,
    /// What came back, for a drill that begins anew without a country.
    outcomes: HashMap<Slice, Outcome>,
    doubt: CountryDoubt,
    /// Whether a country's total came since they were last looked at.
    has_new_totals: bool,
}

impl DrillDown {
    pub(super) fn new(known: &mut Knowledge) -> Self {
        known.drilled = known.windows_to_drill();
        let drill = Self::drill(known);
        known.progress.planned = known.progress.planned.saturating_sub(drill.nodes());
        Self { drill, outcomes: HashMap::new(), doubt: CountryDoubt::default(), has_new_totals: false }
    }

    fn drill(known: &Knowledge) -> Drill {
        let mut order = country_order::order(known.layout.matrix().shape(), |country| known.known_attempts(country));
        order.retain(|&country| !known.is_refused(country));
        let range = known.layout.range_windows();
        let emptiness = |windows: &Range<usize>, group: Group| {
            let is_within = range.start <= windows.start && windows.end <= range.end;
            if is_within { known.empty_groups[group] } else { None::<Basis> }
        };
        let drill = Drill::new(&known.layout, &known.store, &order, |window| known.drilled[window], emptiness);
        drill.side_by_side(known.terms.breadth).without(known.without)
    }

    /// Whether countries answer like the whole above them, so that they must be asked once more.
    fn begin_doubt(&mut self, known: &Knowledge) -> bool {
        let mut families: BTreeMap<_, Vec<(CountryIndex, Slice, Counts)>> = BTreeMap::new();
        for (slice, outcome) in &self.outcomes {
            let (Some(country), Outcome::Answered(answer)) = (known.layout.country_index(slice.country), outcome)
            else {
                continue;
            };
            if Some(slice.range) == known.layout.range() && !known.is_refused(country) {
                let family = families.entry((slice.service, slice.channel, slice.prefix)).or_default();
                family.push((country, *slice, answer.counts));
            }
        }
        families.into_values().any(|mut family| {
            family.sort_by_key(|(country, ..)| *country);
            let whole = Slice { country: None, ..family[0].1 };
            let counts = known.layout.node(&whole).and_then(|node| known.store.counts(node));
            counts.is_some_and(|counts| self.doubt.begin(known, (whole, counts), family))
        })
    }
}

impl Phase for DrillDown {
    fn next(&mut self, known: &mut Knowledge) -> Option<Question> {
        if self.doubt.is_open() {
            return self.doubt.next();
        }
        let mut slice = self.drill.next_slice()?;
        while let Some(outcome) = self.outcomes.get(&slice) {
            self.drill.learn(&slice, outcome);
            slice = self.drill.next_slice()?;
        }
        // Slices of growing windows are asked afresh: what counts of them is whether there is anything.
        let is_provisional = !known.layout.is_settled_at(slice.range, known.terms.as_of);
        let windows = known.layout.matrix().windows();
        let is_afresh =
            known.layout.windows().any(|window| known.is_afresh[window] && slice.range.overlaps(windows[window]));
        let freshness = if is_afresh { Freshness::Refresh } else { known.terms.freshness };
        let reuse = Stage::Drill.reuse(is_provisional, freshness);
        Some(Question { slice, round: Stage::Drill.round(), reuse })
    }

    /// What the drill asked may be a cell or a total as well.
    fn learn(&mut self, known: &mut Knowledge, question: &Question, outcome: &Outcome) {
        if self.doubt.is_open() {
            return self.doubt.learn(question, outcome);
        }
        self.has_new_totals |= question.slice.country.is_some() && known.layout.range() == Some(question.slice.range);
        self.outcomes.insert(question.slice, outcome.clone());
        self.drill.learn(&question.slice, outcome);
        if known.layout.node(&question.slice).is_some() {
            known.learn(Stage::Drill, question, outcome);
        }
        known.evidence.see(outcome);
    }

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        if self.doubt.is_open() {
            if self.doubt.settle(known) {
                if known.evidence.withheld.is_some() {
                    return Turn::To(Stage::Controls);
                }
                self.drill = Self::drill(known);
            }
        } else if std::mem::take(&mut self.has_new_totals) && self.begin_doubt(known) {
            return Turn::More;
        }
        if self.drill.advance(&known.layout, &mut known.store) {
            known.progress.planned += self.drill.wave_len() as u64;
            return Turn::More;
        }
        known.note_drilled(&self.drill);
        let answers = self.outcomes.iter().filter(|(slice, _)| slice.country.is_some());
        known.answered = answers
            .filter_map(|(slice, outcome)| match outcome {
                Outcome::Answered(answer) => Some((*slice, answer.counts)),
                Outcome::Failed(_) | Outcome::NotRecorded => None,
            })
            .collect();
        known.inferred = std::mem::take(&mut self.drill).into_inferred();
        Turn::Over
    }

    fn expected(&self) -> Option<u64> {
        self.drill.expected()
    }

    fn remaining(&self) -> u64 {
        self.drill.remaining()
    }
}

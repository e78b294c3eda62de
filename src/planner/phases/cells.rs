//! Cells and totals one by one, in the order of their numbers: what is known or need not be asked is skipped.
//!
//! The first window's cells are a checkpoint: a parameter that no answer has shown to be heeded by then gets its
//! control question, and one that is ignored ends the plan before the other windows are paid for.

use std::ops::Range;

use super::country_doubt::CountryDoubt;
use super::stage::Stage;
use super::{Phase, Turn};
use crate::model::{Outcome, Question};
use crate::planner::Freshness;
use crate::planner::knowledge::Knowledge;
use crate::planner::layout::{Node, Place};

/// One walk through the slices of a stage.
#[derive(Debug)]
pub(super) struct Sweep {
    stage: Stage,
    /// What is left of it.
    spans: Vec<Range<u32>>,
    /// Windows whose cells have passed a checkpoint; the first with attempts is enough to see what countries do.
    checked_windows: usize,
    doubt: CountryDoubt,
}

/// So many windows at most are asked one after the other until one with attempts has shown what countries do.
const CHECKPOINTS: usize = 4;

impl Sweep {
    pub(super) fn new(stage: Stage, known: &mut Knowledge) -> Self {
        if stage == Stage::RangeTotals {
            known.imply_empty_ranges();
        }
        Self { stage, spans: spans(stage, known), checked_windows: 0, doubt: CountryDoubt::default() }
    }

    /// Whether the cells before this one are a window that may show what countries do.
    fn is_checkpoint(&self, known: &Knowledge, place: Place) -> bool {
        let Place::Cell { window, .. } = place else { return false };
        let is_new = self.checked_windows < window && window <= CHECKPOINTS;
        self.stage == Stage::Cells && is_new && known.layout.splits_countries() && !known.is_drilled_window(window - 1)
    }

    /// Whether some country of a window answers like the whole above it.
    fn begin_doubt(&mut self, known: &Knowledge, window: usize) -> bool {
        let layout = &known.layout;
        if layout.is_provisional_window(window) {
            return false;
        }
        if known.holds_attempts(window) {
            self.checked_windows = CHECKPOINTS;
        }
        layout.lanes().any(|lane| {
            let whole = layout.window_total(window, lane);
            let countries = known.countries_of(lane).filter_map(|country| {
                let node = layout.cell(window, country, lane);
                Some((country, layout.slice(node), known.store.counts(node)?))
            });
            let whole = known.store.counts(whole).map(|counts| (layout.slice(whole), counts));
            whole.is_some_and(|whole| self.doubt.begin(known, whole, countries.collect()))
        })
    }

    fn wants(&self, known: &Knowledge, node: Node, place: Place) -> bool {
        if !self.stage.is_first_asking() {
            return known.is_live(place);
        }
        let is_refused = match place {
            Place::Cell { country, lane, .. } => known.is_refused_in(country, lane) || known.left_out[lane].is_some(),
            Place::WindowTotal { lane, .. } | Place::RangeTotal { lane } => known.left_out[lane].is_some(),
            Place::AllChannels { .. } => false,
        };
        let was_asked = known.is_drilled(place) && known.store.is_failed(node);
        known.is_live(place) && !is_refused && !was_asked && !known.store.is_known(node)
    }
}

fn spans(stage: Stage, known: &Knowledge) -> Vec<Range<u32>> {
    let mut spans = stage.nodes(&known.layout, 0);
    spans.reverse();
    spans
}

impl Phase for Sweep {
    fn next(&mut self, known: &mut Knowledge) -> Option<Question> {
        if self.doubt.is_open() {
            return self.doubt.next();
        }
        loop {
            let span = self.spans.last_mut()?;
            if span.start == span.end {
                self.spans.pop();
                continue;
            }
            let node = Node(span.start);
            let place = known.layout.place(node);
            if self.is_checkpoint(known, place) {
                return None;
            }
            if let Some(span) = self.spans.last_mut() {
                span.start += 1;
            }
            let is_drilled = self.stage.is_first_asking() && known.is_drilled(place);
            if !self.wants(known, node, place) {
                let is_listed = place.window().is_some_and(|window| known.is_listed(window));
                known.progress.done += u64::from(known.is_live(place) && !is_drilled && !is_listed);
                continue;
            }
            // The drill left it over.
            known.progress.planned += u64::from(is_drilled);
            let question = self.stage.question(known, node);
            return Some(question);
        }
    }

    fn learn(&mut self, known: &mut Knowledge, question: &Question, outcome: &Outcome) {
        if self.doubt.is_open() {
            return self.doubt.learn(question, outcome);
        }
        known.learn(self.stage, question, outcome);
    }

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        if self.doubt.is_open() {
            self.doubt.settle(known);
            return if known.evidence.withheld.is_some() { Turn::To(Stage::Controls) } else { Turn::More };
        }
        if self.stage == Stage::Cells
            && let Some(next) = self.spans.last()
        {
            let window = known.layout.place(Node(next.start)).window().unwrap_or_default();
            let is_new = self.checked_windows < window;
            self.checked_windows = self.checked_windows.max(window);
            if is_new && window > 0 {
                self.begin_doubt(known, window - 1);
            }
            return Turn::More;
        }
        if matches!(self.stage, Stage::WindowTotals | Stage::Cells) && self.spans.is_empty() && known.forget_moved() {
            return Turn::To(Stage::Cells);
        }
        Turn::Over
    }
}

impl Stage {
    /// What is asked in this stage for a numbered slice.
    pub(in crate::planner) fn question(self, known: &Knowledge, node: Node) -> Question {
        let is_provisional = known.layout.is_provisional(known.layout.place(node));
        let is_afresh = known.layout.place(node).window().is_some_and(|window| known.is_afresh[window]);
        let freshness = if is_afresh { Freshness::Refresh } else { known.terms.freshness };
        let reuse = self.reuse(is_provisional, freshness);
        Question { slice: known.layout.slice(node), round: self.round(), reuse }
    }
}

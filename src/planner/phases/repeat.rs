//! Between the cells and their proofs, with nothing else in flight: a large cell is asked once more (V4), so that no
//! one bad stretch of time covers both.

use std::cmp::Reverse;

use super::stage::Stage;
use super::{Phase, Turn};
use crate::model::{Counts, Outcome, Provenance, Question, Reuse, Round};
use crate::planner::evidence::{Withheld, change};
use crate::planner::index::Lane;
use crate::planner::knowledge::Knowledge;
use crate::planner::layout::Node;
use crate::planner::store::Known;

/// The repeated cell.
#[derive(Debug)]
pub(super) struct Repeat {
    node: Option<Node>,
    before: Counts,
    is_put: bool,
}

impl Repeat {
    pub(super) fn new(known: &Knowledge) -> Self {
        let node = largest(known);
        let before = node.and_then(|node| known.store.counts(node)).unwrap_or_default();
        Self { node, before, is_put: false }
    }
}

/// The cell of this run's settled windows that shows the most: one that most filters narrow, and of these the one with
/// the most attempts. Where no cell has any, the largest total.
fn largest(known: &Knowledge) -> Option<Node> {
    let layout = &known.layout;
    let asked = |node: Node| {
        let is_asked = |it: &Known| it.provenance == Provenance::Measured;
        let attempts = known.store.known(node).filter(is_asked).map_or(0, |it| it.counts.attempts());
        (attempts > 0).then_some(attempts)
    };
    let cells = known.windows_in_doubt().flat_map(|window| {
        layout.lanes().flat_map(move |lane| layout.countries().map(move |country| (window, country, lane)))
    });
    let cell = cells
        .filter_map(|(window, country, lane)| {
            let node = layout.cell(window, country, lane);
            let attempts = asked(node)?;
            // Were a filter or an end of its range ignored, the cell would hold what its siblings hold as well.
            let holds = |window: usize, lane: Lane| {
                known.store.counts(layout.cell(window, country, lane)).is_some_and(|counts| counts != Counts::ZERO)
            };
            let holds_beside = |it: Lane| it != lane && holds(window, it);
            let total = known.store.counts(layout.window_total(window, lane)).map_or(0, Counts::attempts);
            let narrowed = [
                attempts < total,
                layout.lanes_of(layout.group_of(lane)).any(holds_beside),
                layout.lanes_across_services(lane).any(holds_beside),
                layout.lanes_across_prefixes(lane).any(holds_beside),
                known.windows_in_doubt().any(|it| it < window && holds(it, lane)),
                known.windows_in_doubt().any(|it| it > window && holds(it, lane)),
            ];
            let narrowed = narrowed.into_iter().filter(|it| *it).count();
            Some((narrowed, attempts, Reverse(node)))
        })
        .max();
    let totals =
        known.windows_in_doubt().flat_map(|window| layout.lanes().map(move |lane| layout.window_total(window, lane)));
    let total = || totals.filter_map(|node| Some((asked(node)?, Reverse(node)))).max().map(|(_, Reverse(node))| node);
    cell.map(|(.., Reverse(node))| node).or_else(total)
}

impl Phase for Repeat {
    fn next(&mut self, known: &mut Knowledge) -> Option<Question> {
        let node = self.node.filter(|_| !self.is_put)?;
        self.is_put = true;
        known.progress.planned += 1;
        Some(Question { slice: known.layout.slice(node), round: Round::Proof, reuse: Reuse::Never })
    }

    fn learn(&mut self, known: &mut Knowledge, question: &Question, outcome: &Outcome) {
        known.evidence.see(outcome);
        known.evidence.counts.controls += 1;
        let Outcome::Answered(answer) = outcome else { return };
        let (before, now) = (self.before, answer.counts);
        if before == now {
            return;
        }
        let told = change(&question.slice, before, now);
        let is_growth = before.may_become(now);
        match known.layout.node(&question.slice).map(|node| known.layout.place(node).window()) {
            Some(Some(window)) if is_growth => {
                known.evidence.warnings.push(format!("{told}: its window has settled and still grew"));
                known.grown.insert(window);
            }
            _ => known.evidence.withhold(Withheld::Unsure(format!(
                "{told}: what was asked in this run can't be relied on; run again"
            ))),
        }
    }

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        if known.evidence.withheld.is_some() { Turn::To(Stage::Controls) } else { Turn::Over }
    }
}

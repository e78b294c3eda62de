//! What is asked again: the slices of identities that fail, once.
//!
//! Sums that differ on settled ground may be a passing fault of the API, and so may slices that used up their tries: an
//! outage ends some dozens of them before the API is back. Where a range grows, a whole must be younger than its parts,
//! so whatever is asked again takes the wholes above it along.

use super::by_level::ByLevel;
use super::stage::Stage;
use super::{Phase, Turn};
use crate::model::{Outcome, Question};
use crate::planner::evidence::change;
use crate::planner::identities::Subject;
use crate::planner::index::Lane;
use crate::planner::knowledge::Knowledge;
use crate::planner::layout::{Node, Place};

/// What is asked again, parts first.
#[derive(Debug)]
pub(super) struct Recheck(ByLevel);

impl Recheck {
    pub(super) fn new(known: &mut Knowledge) -> Self {
        let nodes = Failures::of(known).nodes;
        Self(ByLevel::parts_first(nodes, known))
    }
}

impl Phase for Recheck {
    fn next(&mut self, known: &mut Knowledge) -> Option<Question> {
        let node = self.0.next(&known.layout)?;
        known.store.mark_asked_again(node);
        Some(Stage::Recheck.question(known, node))
    }

    fn learn(&mut self, known: &mut Knowledge, question: &Question, outcome: &Outcome) {
        self.0.count_in();
        known.learn(Stage::Recheck, question, outcome);
    }

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        if !self.0.is_over() {
            return Turn::More;
        }
        known.hold_fallen_totals();
        Turn::Over
    }
}

impl Knowledge {
    /// A total of the settled range that fell when it was asked again holds its windows back: which of its answers was
    /// wrong nobody can tell, as attempts do not go away.
    fn hold_fallen_totals(&mut self) {
        let Some(windows) = self.stretch_in_doubt() else { return };
        let fallen = |lane| {
            let node = self.layout.range_total(lane);
            let before = self.store.shrunk_from(node)?;
            Some(change(&self.layout.slice(node), before, self.store.counts(node)?))
        };
        let mut lanes = self.layout.lanes().filter(|_| self.layout.has_range_totals());
        let Some(told) = lanes.find_map(fallen) else { return };
        windows.for_each(|window| self.evidence.hold(window, &format!("{told}: attempts do not go away")));
    }
}

/// The slices of identities that fail, and what used up its tries.
pub(in crate::planner) struct Failures<'a> {
    known: &'a Knowledge,
    nodes: Vec<Node>,
}

impl<'a> Failures<'a> {
    /// Each once. Cells of growing windows are left to the next run, which asks their window afresh anyway.
    pub(in crate::planner) fn of(known: &'a Knowledge) -> Self {
        let mut failures = Self { known, nodes: Vec::new() };
        let layout = &known.layout;
        for window in layout.windows().filter(|&window| known.is_askable(window)) {
            Subject::countries(layout, window).for_each(|subject| failures.collect(subject));
        }
        if layout.range_windows().all(|window| known.is_askable(window)) {
            Subject::range(layout).for_each(|subject| failures.collect(subject));
        }
        failures.nodes.retain(|&node| !known.store.was_asked_again(node));
        failures.nodes.sort_unstable();
        failures.nodes.dedup();
        failures
    }

    pub(in crate::planner) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    fn collect(&mut self, subject: Subject) {
        let known = self.known;
        let whole = subject.whole(&known.layout);
        if known.store.is_worth_another_try(whole) {
            self.nodes.push(whole);
        }
        let fails = known.fails(subject);
        if let Subject::Countries { window, lane } = subject {
            if !known.layout.is_provisional_window(window) {
                known.each_part(subject, |part| {
                    if known.store.is_worth_another_try(part) {
                        self.nodes.push(part);
                    }
                });
            }
            // A remainder must not absorb what its total gained after the countries were asked.
            if fails || known.store.changed_again(whole) {
                known.each_part(subject, |part| self.nodes.push(part));
            }
            if fails {
                self.nodes.push(whole);
                if known.layout.is_provisional_window(window) && known.layout.range_windows().contains(&window) {
                    self.collect_wholes_above(lane);
                }
            }
        } else if fails {
            self.nodes.push(whole);
            known.each_part(subject, |part| self.collect_part(part));
            if let Subject::Windows { lane } = subject
                && known.layout.is_provisional_range()
            {
                self.collect_wholes_above(lane);
            }
        }
    }

    /// A total with, while it grows, the countries that were asked before it.
    fn collect_part(&mut self, part: Node) {
        let known = self.known;
        self.nodes.push(part);
        if let Place::WindowTotal { window, lane } = known.layout.place(part)
            && known.layout.is_provisional_window(window)
        {
            known.each_part(Subject::Countries { window, lane }, |cell| self.nodes.push(cell));
        }
    }

    /// Wholes that still grow must be younger than their parts.
    fn collect_wholes_above(&mut self, lane: Lane) {
        let known = self.known;
        self.nodes.push(known.layout.range_total(lane));
        if known.layout.has_group_wholes() {
            self.nodes.push(known.layout.all_channels(known.layout.group_of(lane)));
        }
    }
}

//! The plan of a matrix by either strategy: every cell, and the totals that they must add up to.
//!
//! It goes through the [`Stage`]s; what it may not ask or need not ask is skipped on the way, and the drill, where it is
//! chosen, makes most of it known before the cells' turn comes. The first window's cells are a checkpoint: a parameter
//! that no answer has shown to be heeded by then gets its control question, and one that is ignored ends the plan before
//! the other windows are paid for.

use std::ops::Range;

use crate::model::{Answer, AnswerSource, ApiFailure, FailureKind, Matrix, Outcome, Question, Reuse, Slice, Window};

use super::drill::Drill;
use super::expired::{self, Standing};
use super::ground::Search;
use super::late::Relied;
use super::layout::{Layout, Node, Place};
use super::moves::Moves;
use super::prefixes::Prefixes;
use super::spot::Spot;
use super::stages::Stage;
use super::store::{MayRetry, Store};
use super::trust::Trust;
use super::{Conclusion, Listing, Next, Planner, Strategy, Terms};

/// Which slices are asked, stage by stage, and what is known of the cells.
#[derive(Debug)]
pub struct Plan {
    pub(super) layout: Layout,
    pub(super) terms: Terms,
    pub(super) store: Store,
    pub(super) trust: Trust,
    pub(super) standings: Vec<Standing>,
    /// Why the API refuses a country, where it does.
    pub(super) refused: Vec<Option<String>>,
    /// What the search for the ground found, when there was one.
    pub(super) ground: Option<Search>,
    pub(super) archived: Vec<bool>,
    /// How many windows started before the horizon, and how many of them ended by then.
    pub(super) old: (usize, usize),
    /// What the search was told, as the plan may want the same slices.
    pub(super) ground_answers: Vec<(Slice, Answer)>,
    pub(super) stage: Stage,
    /// What is left of the stage.
    pub(super) spans: Vec<Range<u32>>,
    pub(super) again: Vec<Node>,
    pub(super) again_level: u8,
    /// Whether what is asked again is unknown so far, so that half of it harms no identity.
    again_is_unknown: bool,
    /// Windows whose cells have passed a checkpoint.
    pub(super) checked_windows: usize,
    /// Attempts that each country may have, as a hint for the order of questions; empty: nothing is known.
    pub(super) expected: Vec<i64>,
    pub(super) prefixes: Prefixes,
    pub(super) drill: Drill,
    /// What was known of growing windows whose attempts stand still.
    pub(super) moves: Moves,
    /// The check of what the drill implied, when one is wanted.
    pub(super) spot: Option<Spot>,
    /// Windows whose cells the drill looks for.
    pub(super) drilled: Vec<bool>,
    controls_are_settled: bool,
    pub(super) in_flight: usize,
    pub(super) done: u64,
    pub(super) planned: u64,
}

impl Plan {
    /// A plan for a matrix. `is_archived` tells of a window whether the published dataset holds it already.
    ///
    /// # Panics
    /// If the matrix has more cells and totals than fit 32 bits, which job files don't allow.
    #[must_use]
    pub fn new(matrix: Matrix, terms: Terms, is_archived: impl Fn(Window) -> bool) -> Self {
        let archived = matrix.windows().iter().map(|&window| is_archived(window)).collect();
        let old = expired::old_windows(matrix.windows(), &terms);
        let layout = Layout::new(matrix, &terms);
        let mut planner = Self {
            store: Store::new(&layout),
            trust: Trust::new(&layout),
            standings: vec![Standing::Live; layout.windows()],
            refused: vec![None; layout.countries()],
            ground: None,
            archived,
            old,
            ground_answers: Vec::new(),
            stage: Stage::Recall,
            spans: Vec::new(),
            again: Vec::new(),
            again_level: 0,
            again_is_unknown: false,
            checked_windows: 0,
            expected: Vec::new(),
            prefixes: Prefixes::default(),
            drill: Drill::default(),
            moves: Moves::new(layout.windows()),
            spot: None,
            drilled: Vec::new(),
            controls_are_settled: false,
            in_flight: 0,
            done: 0,
            planned: 0,
            layout,
            terms,
        };
        planner.planned = planner.count_planned();
        planner.enter(Stage::Recall);
        planner
    }

    /// Whether everything was asked, or there was no point in asking on.
    pub(super) fn is_over(&self) -> bool {
        self.stage == Stage::Over && self.in_flight == 0
    }

    /// Whether what is known of settled windows may stand although the run ended early: the ground is known, and no
    /// identity is half asked again.
    pub(super) fn may_end_here(&self) -> bool {
        (Stage::Cells..Stage::Review).contains(&self.stage) || (self.stage == Stage::Again && self.again_is_unknown)
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.store.bytes()
    }

    pub(super) fn is_refused(&self, country: usize) -> bool {
        self.refused[country].is_some()
    }

    fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.spans = stage.nodes(&self.layout, self.recalled_windows());
        self.spans.reverse();
        match stage {
            Stage::Prefixes => self.begin_prefixes(),
            Stage::RangeTotals => self.imply_empty_ranges(),
            Stage::Drill => self.begin_drill(),
            _ => {}
        }
    }

    pub(super) const fn add_planned(&mut self, questions: u64) {
        self.planned += questions;
    }

    /// The questions of the live windows' stages.
    fn count_planned(&self) -> u64 {
        let is_live = |window: &usize| self.standings[*window] == Standing::Live;
        let live = (0..self.layout.windows()).filter(is_live).count();
        let growing = (self.layout.first_provisional_window()..self.layout.windows()).filter(is_live).count();
        let totals = if self.layout.splits_countries() { self.layout.lanes() } else { 0 };
        let range_totals = if self.layout.has_range_totals() { self.layout.lanes() } else { 0 };
        let has_groups = self.layout.has_all_channels() && self.layout.range().is_some();
        let range_totals = range_totals + if has_groups { self.layout.groups() } else { 0 };
        let rounds = if self.layout.is_provisional_range() { 2 } else { 1 };
        let per_window = self.layout.matrix().shape().cells_per_window();
        (live * (per_window + totals) + growing * totals + rounds * range_totals) as u64
    }

    /// Passes the barrier; nothing is in flight. `false` when the plan is through.
    fn advance(&mut self) -> bool {
        if matches!(self.stage, Stage::WindowTotals | Stage::Cells) && self.spans.is_empty() && self.forget_moved() {
            self.enter(Stage::Cells);
            return true;
        }
        match self.stage {
            Stage::Recall => {
                self.ground = self.needs_ground().then(|| Search::new(self.old.1));
                self.enter(Stage::Ground);
            }
            Stage::Ground => {
                self.settle_ground();
                self.planned = self.count_planned() + self.done;
                self.enter(self.stage.next());
            }
            Stage::Cells if !self.spans.is_empty() => {
                let next = self.spans.last().map_or(0, |span| span.start as usize);
                let window = next / self.layout.matrix().shape().cells_per_window();
                self.trust.look(&self.layout, &self.store, self.checked_windows..window);
                self.trust.ask_early(&self.layout);
                self.checked_windows = window;
            }
            Stage::Prefixes => {
                if !self.go_on_with_prefixes() {
                    self.enter(self.stage.next());
                }
            }
            Stage::Drill => {
                let (ground, store) = (&self.ground_answers, &mut self.store);
                let told = |slice: &Slice| ground.iter().find(|(it, _)| it == slice).map(|(_, answer)| *answer);
                if self.drill.advance(&self.layout, store, told) {
                    self.planned += self.drill.wave_len() as u64;
                } else {
                    self.enter(self.stage.next());
                }
            }
            Stage::Review => self.review(),
            Stage::Again | Stage::Doubted => {
                self.controls_are_settled = false;
                self.enter(self.stage.next());
            }
            Stage::Spot => {
                self.controls_are_settled = false;
                let is_doubted = self.doubt_inferences();
                self.enter(if is_doubted { Stage::Doubted } else { Stage::Review });
            }
            Stage::Over => return false,
            _ => self.enter(self.stage.next()),
        }
        true
    }

    fn review(&mut self) {
        if !self.controls_are_settled {
            self.controls_are_settled = true;
            self.trust.look(&self.layout, &self.store, 0..self.layout.windows());
            self.trust.ask_late();
            if self.trust.has_questions() {
                return;
            }
        }
        self.again = if self.trust.untrusted().is_empty() { self.slices_to_ask_again() } else { Vec::new() };
        self.again_is_unknown = self.again.iter().all(|&node| !self.store.is_known(node));
        self.planned += self.again.len() as u64;
        self.again_level = self.again.last().map_or(0, |&node| self.layout.place(node).level());
        if self.again.is_empty() && self.trust.untrusted().is_empty() && self.begin_spot_check() {
            return self.enter(Stage::Spot);
        }
        if self.again.is_empty() {
            let refused = &self.refused;
            let relied = Relied::new(&self.layout, &self.store, &|country| refused[country].is_some());
            let keeps_order = self.terms.strategy == Strategy::Exhaustive;
            self.trust.ask_at_last(|parameter| keeps_order && relied.is_covered(parameter));
            if self.trust.has_questions() {
                return;
            }
        }
        self.enter(if self.again.is_empty() { Stage::Over } else { Stage::Again });
    }

    pub(super) fn take(&mut self, node: Node, place: Place, question: &Question, answer: &Answer) {
        self.store.answer(&self.layout, node, question.round, answer);
        self.trust.note(place, answer.source);
        if self.stage.is_first_asking() && answer.source == AnswerSource::ThisRun {
            self.moves.compare(node, place, answer.counts);
        }
    }

    pub(super) fn take_failure(&mut self, node: Node, place: Place, question: &Question, failure: &ApiFailure) {
        let may_retry = if failure.kind == FailureKind::Exhausted { MayRetry::Yes } else { MayRetry::No };
        self.store.fail(node, question.round, &failure.message, may_retry);
        if failure.kind == FailureKind::Refused
            && self.terms.countries == Listing::Every
            && self.layout.splits_countries()
            && let Place::Cell { window, country, lane } = place
            && self.store.is_known(self.layout.window_total(window, lane))
            && !self.store.is_known(node)
        {
            let reason = &mut self.refused[country];
            if reason.as_ref().is_none_or(|known| *known > failure.message) {
                *reason = Some(failure.message.clone());
            }
        }
    }
}

impl Planner for Plan {
    fn next(&mut self) -> Next {
        loop {
            let question = if self.trust.has_ignored() {
                self.enter(Stage::Over);
                self.planned = self.done + self.in_flight as u64;
                None
            } else if self.trust.has_questions() {
                self.planned += 1;
                self.trust.next_question()
            } else if self.trust.is_asking() {
                None
            } else {
                self.candidate()
            };
            if let Some(question) = question {
                self.planned += u64::from(self.stage == Stage::Ground);
                self.in_flight += 1;
                return Next::Ask(question);
            }
            if self.in_flight > 0 {
                return Next::Wait;
            }
            if !self.advance() {
                return Next::Done;
            }
        }
    }

    fn learn(&mut self, question: &Question, outcome: Outcome) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if !question.reuse.may_ask() {
            // An answer of this run here means that the run was taken up again: it stands for the question of a later
            // stage, which must be asked once more for the plan to take the same way.
            if let (Some(node), Outcome::Answered(answer)) = (self.layout.node(&question.slice), &outcome)
                && answer.source != AnswerSource::ThisRun
            {
                if question.reuse == Reuse::AnyAgeOnly {
                    self.recall_growing(node, question, answer);
                } else {
                    self.take(node, self.layout.place(node), question, answer);
                }
            }
            return;
        }
        self.done += 1;
        if self.trust.is_asking() {
            self.trust.learn(question, &outcome);
            return;
        }
        if let (Stage::Ground, Some(search)) = (self.stage, &mut self.ground) {
            search.learn(&outcome);
            if let Outcome::Answered(answer) = outcome {
                self.ground_answers.push((question.slice, answer));
            }
            return;
        }
        if self.stage == Stage::Prefixes {
            self.learn_prefix(question, &outcome);
            return;
        }
        if self.stage == Stage::Drill {
            self.learn_drilled(question, &outcome);
            return;
        }
        let Some(node) = self.layout.node(&question.slice) else {
            debug_assert!(false, "learnt a slice that was never asked: {}", question.slice);
            return;
        };
        if self.stage == Stage::Spot {
            return self.learn_spot(node, question, &outcome);
        }
        let place = self.layout.place(node);
        match &outcome {
            Outcome::Answered(answer) => self.take(node, place, question, answer),
            Outcome::Failed(failure) => self.take_failure(node, place, question, failure),
            Outcome::NotRecorded => self.store.fail(node, question.round, "it was not asked", MayRetry::No),
        }
    }

    fn progress(&self) -> (u64, u64) {
        (self.done, (self.planned + self.drill.remaining()).max(self.done))
    }

    fn conclude(self) -> Conclusion {
        Conclusion::of(self)
    }
}

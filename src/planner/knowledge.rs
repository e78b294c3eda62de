//! What a plan knows: the counts, how each window stands with the API, and what was found out about its values.
//!
//! Phases read it and write into it; none of them reads another. It asks nothing by itself.

use std::collections::BTreeMap;

use crate::model::{Answer, AnswerSource, ApiFailure, Country, FailureKind, Matrix, Question, Slice, Window};

use super::drill::Search;
use super::growth::Growth;
use super::layout::{Layout, Node, Place};
use super::phases::{Spot, Stage};
use super::retention::{self, Status};
use super::store::{Basis, MayRetry, Store};
use super::trust::Trust;
use super::{Freshness, Listing, Strategy, Terms};

/// How far a plan has come.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    /// Questions that are over, or turned out not to be needed.
    pub(super) done: u64,
    /// Questions known to be wanted.
    pub(super) planned: u64,
}

/// Everything that phases share.
#[derive(Debug)]
pub(super) struct Knowledge {
    pub(super) layout: Layout,
    pub(super) terms: Terms,
    pub(super) store: Store,
    pub(super) trust: Trust,
    /// How each window stands.
    pub(super) status: Vec<Status>,
    /// Whether the published dataset holds a window already.
    pub(super) archived: Vec<bool>,
    /// How many windows started before the horizon, and how many of them ended by then.
    pub(super) old: (usize, usize),
    /// Why nobody could tell how far back the API holds data.
    pub(super) retention_failure: Option<String>,
    /// Answers to slices that a later phase may want, too.
    pub(super) told: Vec<(Slice, Answer)>,
    /// Why the API refuses a country, where it does.
    pub(super) refused: Vec<Option<String>>,
    /// Attempts that each country may have, as a hint for the order of questions; empty: nothing is known.
    pub(super) expected: Vec<i64>,
    /// What shows that a group has nothing in the range.
    pub(super) empty_groups: Vec<Option<Basis>>,
    /// Windows whose cells the drill looks for; empty before it.
    pub(super) drilled: Vec<bool>,
    /// What the drill inferred.
    pub(super) inferred: Vec<Node>,
    /// What was known of growing windows whose attempts stand still.
    pub(super) growth: Growth,
    /// The check of what the drill implied, when one is wanted.
    pub(super) spot: Option<Spot>,
    pub(super) progress: Progress,
    /// A search that the benchmark switches off.
    pub(super) without: Option<Search>,
}

impl Knowledge {
    pub(super) fn new(matrix: Matrix, terms: Terms, is_archived: impl Fn(Window) -> bool) -> Self {
        let archived = matrix.windows().iter().map(|&window| is_archived(window)).collect();
        let old = retention::old_windows(matrix.windows(), &terms);
        let layout = Layout::new(matrix, &terms);
        let mut knowledge = Self {
            store: Store::new(&layout),
            trust: Trust::new(&layout),
            status: vec![Status::Live; layout.windows()],
            archived,
            old,
            retention_failure: None,
            told: Vec::new(),
            refused: vec![None; layout.countries()],
            expected: Vec::new(),
            empty_groups: vec![None; layout.groups()],
            drilled: Vec::new(),
            inferred: Vec::new(),
            growth: Growth::new(layout.windows()),
            spot: None,
            progress: Progress::default(),
            without: None,
            layout,
            terms,
        };
        knowledge.progress.planned = knowledge.count_planned();
        knowledge
    }

    /// Takes in an answer to a numbered slice.
    pub(super) fn take(&mut self, stage: Stage, node: Node, question: &Question, answer: &Answer) {
        let place = self.layout.place(node);
        self.store.answer(&self.layout, node, question.round, answer);
        self.trust.note(place, answer.source);
        if stage.is_first_asking() && answer.source == AnswerSource::ThisRun {
            self.growth.compare(node, place, answer.counts);
        }
    }

    /// Notes that a numbered slice has no answer.
    pub(super) fn take_failure(&mut self, node: Node, question: &Question, failure: &ApiFailure) {
        let may_retry = if failure.kind == FailureKind::Exhausted { MayRetry::Yes } else { MayRetry::No };
        self.store.fail(node, question.round, &failure.message, may_retry);
        if failure.kind == FailureKind::Refused
            && self.terms.countries == Listing::Every
            && self.layout.splits_countries()
            && let Place::Cell { window, country, lane } = self.layout.place(node)
            && self.store.is_known(self.layout.window_total(window, lane))
            && !self.store.is_known(node)
        {
            let reason = &mut self.refused[country];
            if reason.as_ref().is_none_or(|known| *known > failure.message) {
                *reason = Some(failure.message.clone());
            }
        }
    }

    pub(super) fn is_refused(&self, country: usize) -> bool {
        self.refused[country].is_some()
    }

    /// An answer that was learnt for another purpose.
    pub(super) fn told(&self, slice: &Slice) -> Option<Answer> {
        self.told.iter().find(|(it, _)| it == slice).map(|(_, answer)| *answer)
    }

    pub(super) fn is_live(&self, place: Place) -> bool {
        match place {
            Place::Cell { window, .. } | Place::WindowTotal { window, .. } => self.status[window] == Status::Live,
            Place::RangeTotal { .. } | Place::AllChannels { .. } => true,
        }
    }

    pub(super) fn is_drilled(&self, place: Place) -> bool {
        match place {
            Place::Cell { window, .. } | Place::WindowTotal { window, .. } => {
                self.drilled.get(window).copied().unwrap_or_default()
            }
            Place::RangeTotal { .. } | Place::AllChannels { .. } => false,
        }
    }

    /// Whether every cell and total of a window is known.
    pub(super) fn is_recalled(&self, window: usize) -> bool {
        let is_known = |country, lane| self.store.is_known(self.layout.cell(window, country, lane));
        (0..self.layout.lanes()).all(|lane| {
            self.store.is_known(self.layout.window_total(window, lane))
                && (0..self.layout.countries()).all(|country| is_known(country, lane))
        })
    }

    /// How many windows are looked up in the ledger before anything is asked: those that may have expired, and all that
    /// the drill would look for.
    pub(super) fn recalled_windows(&self) -> usize {
        match (self.terms.strategy, self.terms.freshness) {
            (Strategy::DrillDown, Freshness::Reuse) => self.old.0.max(self.layout.first_open_window()),
            _ => self.old.0,
        }
    }

    /// Asks first for countries that had attempts lately. That is a hint: it changes which questions are needed, and no
    /// row.
    pub(super) fn expect(&mut self, attempts: &BTreeMap<Country, i64>) {
        let countries = self.layout.matrix().shape().countries.iter().flatten();
        self.expected = countries.map(|country| attempts.get(country).copied().unwrap_or_default()).collect();
    }

    /// What earlier runs tell of a country: of the plan's own windows, or of others.
    pub(super) fn known_attempts(&self, country: usize) -> i64 {
        let expected = self.expected.get(country).copied().unwrap_or_default();
        let cells = (0..self.layout.windows())
            .flat_map(|window| (0..self.layout.lanes()).map(move |lane| (window, lane)))
            .filter_map(|(window, lane)| self.store.counts(self.layout.cell(window, country, lane)));
        cells.fold(expected, |sum, counts| sum.saturating_add(counts.attempts()))
    }

    /// The questions of the live windows' stages.
    pub(super) fn count_planned(&self) -> u64 {
        let layout = &self.layout;
        let is_live = |window: &usize| self.status[*window] == Status::Live;
        let live = (0..layout.windows()).filter(is_live).count();
        let growing = (layout.first_provisional_window()..layout.windows()).filter(is_live).count();
        let totals = if layout.splits_countries() { layout.lanes() } else { 0 };
        let range_totals = if layout.has_range_totals() { layout.lanes() } else { 0 };
        let has_groups = layout.has_all_channels() && layout.range().is_some();
        let range_totals = range_totals + if has_groups { layout.groups() } else { 0 };
        let rounds = if layout.is_provisional_range() { 2 } else { 1 };
        let per_window = layout.matrix().shape().cells_per_window();
        (live * (per_window + totals) + growing * totals + rounds * range_totals) as u64
    }

    /// Forgets what is known of the range's own totals.
    pub(super) fn forget_totals_of_range(&mut self) {
        for node in self.layout.totals_of_range() {
            self.store.forget(node);
        }
    }
}

//! What a plan knows: the counts, how each window stands with the API, and what was found out about its values.
//!
//! Phases read it and write into it; none of them reads another. It asks nothing by itself.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;

use crate::model::{
    Answer, AnswerSource, ApiFailure, Country, Counts, FailureKind, Matrix, Note, Outcome, Prefix, Question,
    ServiceSid, Slice, UnixSeconds, Window,
};

use super::drill::Search;
use super::evidence::{Evidence, Notes};
use super::growth::Growth;
use super::index::{CountryIndex, Each, Group, Lane};
use super::layout::{Layout, Node, Place};
use super::phases::{Spot, Stage};
use super::refusals::{Refusals, Refused};
use super::retention::{self, Held, Status};
use super::store::{Basis, MayRetry, Store};
use super::{Freshness, Listing, Strategy, Terms};

/// How far a plan has come.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    /// Questions that are over, or turned out not to be needed.
    pub(super) done: u64,
    /// Questions known to be wanted.
    pub(super) planned: u64,
}

/// What ledger and dataset remember of the account.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// What earlier runs saw.
    pub notes: Vec<Note>,
    /// Whether attempts are known of windows inside the job's range.
    pub has_attempts_inside: bool,
    /// Whether attempts are known of the time before it.
    pub has_attempts_before: bool,
}

/// Everything that phases share.
#[derive(Debug)]
pub(super) struct Knowledge {
    pub(super) layout: Layout,
    pub(super) terms: Terms,
    pub(super) store: Store,
    pub(super) evidence: Evidence,
    pub(super) memory: Memory,
    /// How each window stands.
    pub(super) status: Vec<Status>,
    /// Whether the published dataset holds a window already.
    pub(super) archived: Vec<bool>,
    /// How many windows started before the horizon, and how many of them ended by then.
    pub(super) old: (usize, usize),
    /// Windows whose whole holds nothing, so that no part of them is asked.
    pub(super) is_empty: Vec<bool>,
    /// Windows that are asked of the API although the ledger has them.
    pub(super) is_afresh: Vec<bool>,
    /// Everything of the settled windows that this run asks, and its counts.
    pub(super) settled_whole: Option<(Slice, Counts)>,
    /// Everything of the growing windows, before their parts.
    pub(super) growing_whole: Option<Counts>,
    /// How long, in seconds, a range may be that is answered whole, where a longer one was not.
    pub(super) longest: Option<i64>,
    /// Each service and channel over the settled range, where prefixes are split.
    pub(super) margins: Vec<(Slice, Counts)>,
    /// Each country over the settled range in all channels, as far as it was asked.
    pub(super) country_totals: BTreeMap<(Option<ServiceSid>, Option<Prefix>, CountryIndex), Counts>,
    /// Cells whose attempts were what a sum had left.
    pub(super) pieces: Vec<Node>,
    /// What the drill was told of slices with a country.
    pub(super) told: HashMap<Slice, Counts>,
    /// Answers of nothing to slices of more than one cell.
    pub(super) zero_answers: Vec<Slice>,
    /// Cells of nothing of which an earlier run saw nothing, either, after their windows had ended.
    pub(super) zeros_seen: HashSet<Node>,
    /// Settled windows that were seen to grow.
    pub(super) grown: BTreeSet<usize>,
    /// Why nobody could tell how far back the API holds data.
    pub(super) retention_failure: Option<String>,
    /// What came back for each value.
    pub(super) refusals: Refusals,
    /// Why a country has no rows of its own, where it has none: its attempts stand in the remainder.
    pub(super) refused: Each<CountryIndex, Option<String>>,
    /// Why e-mail has no rows by country, if so.
    pub(super) email_refused: Option<String>,
    /// Why a lane has no rows, where it has none.
    pub(super) left_out: Each<Lane, Option<String>>,
    /// Values without rows although the job lists them: the run has not done all that it was asked for.
    pub(super) held_values: BTreeMap<String, String>,
    /// Attempts that each country may have, as a hint for the order of questions.
    pub(super) expected: Each<CountryIndex, i64>,
    /// What shows that a group has nothing in the range.
    pub(super) empty_groups: Each<Group, Option<Basis>>,
    /// Windows whose cells the drill looks for; empty before it.
    pub(super) drilled: Vec<bool>,
    /// Windows of which the drill gave up a part.
    pub(super) is_given_up: Vec<bool>,
    /// The range widened to midnights, where it holds nothing itself and that does.
    pub(super) widened: Option<Window>,
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
        let windows = layout.windows().len();
        let mut knowledge = Self {
            store: Store::new(&layout),
            evidence: Evidence::default(),
            memory: Memory::default(),
            status: vec![Status::Live; windows],
            archived,
            old,
            is_empty: vec![false; windows],
            is_afresh: vec![false; windows],
            settled_whole: None,
            growing_whole: None,
            longest: None,
            margins: Vec::new(),
            country_totals: BTreeMap::new(),
            pieces: Vec::new(),
            told: HashMap::new(),
            zero_answers: Vec::new(),
            zeros_seen: HashSet::new(),
            grown: BTreeSet::new(),
            retention_failure: None,
            refusals: Refusals::new(&layout),
            refused: Each::of(layout.country_count(), None),
            email_refused: None,
            left_out: Each::of(layout.lane_count(), None),
            held_values: BTreeMap::new(),
            expected: Each::of(layout.country_count(), 0),
            empty_groups: Each::of(layout.group_count(), None),
            drilled: Vec::new(),
            is_given_up: vec![false; windows],
            widened: None,
            inferred: Vec::new(),
            growth: Growth::new(windows),
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
        self.evidence.see_time(answer);
        if stage.is_first_asking() && answer.source == AnswerSource::ThisRun {
            self.growth.compare(node, place, answer.counts);
        }
    }

    /// Notes that a numbered slice has no answer.
    pub(super) fn take_failure(&mut self, node: Node, question: &Question, failure: &ApiFailure) {
        // One stray refusal proves nothing: it gets a second try.
        let may_retry = matches!(failure.kind, FailureKind::Exhausted | FailureKind::Refused);
        let may_retry = if may_retry { MayRetry::Yes } else { MayRetry::No };
        self.store.fail(node, question.round, &failure.message, may_retry);
    }

    /// Whether a country has no rows of its own.
    pub(super) fn is_refused(&self, country: CountryIndex) -> bool {
        self.refused[country].is_some()
    }

    /// Whether a country has no row of its own in a lane.
    pub(super) fn is_refused_in(&self, country: CountryIndex, lane: Lane) -> bool {
        self.is_refused(country) || (self.email_refused.is_some() && self.layout.is_email(lane))
    }

    /// Countries with a row of their own in a lane.
    pub(super) fn countries_of(&self, lane: Lane) -> impl Iterator<Item = CountryIndex> + '_ {
        self.layout.countries().filter(move |&country| !self.is_refused_in(country, lane))
    }

    /// Takes note of what came back for a question, and of values that are over with it.
    pub(super) fn note_outcome(&mut self, slice: &Slice, outcome: &Outcome) {
        if let Some((value, reason)) = self.refusals.note(&self.layout, slice, outcome) {
            self.give_up(value, reason);
        }
    }

    fn give_up(&mut self, value: Refused, reason: String) {
        let name = match value {
            Refused::Country(index) => {
                let name = named(self.layout.country(index));
                self.refused[index].get_or_insert_with(|| reason.clone());
                if self.terms.countries == Listing::Every {
                    return;
                }
                format!("country {name}")
            }
            Refused::EmailByCountry => {
                self.email_refused.get_or_insert(reason);
                return;
            }
            Refused::EmailByPrefix => {
                self.leave_out(&reason, Layout::is_email);
                return;
            }
            Refused::Channel(index) => {
                self.leave_out(&reason, |layout, lane| layout.channel_of(lane) == index);
                format!("channel {}", named(self.layout.channel(index)))
            }
            Refused::Service(index) => {
                self.leave_out(&reason, |layout, lane| layout.service_of(lane) == index);
                format!("service {}", named(self.layout.service(index)))
            }
            Refused::Prefix(index) => {
                self.leave_out(&reason, |layout, lane| layout.prefix_of(lane) == index);
                format!("prefix {}", named(self.layout.prefix(index)))
            }
        };
        self.held_values.entry(name).or_insert(reason);
    }

    /// Leaves lanes without rows.
    pub(super) fn leave_out(&mut self, reason: &str, is_it: impl Fn(&Layout, Lane) -> bool) {
        for lane in self.layout.lanes().filter(|&lane| is_it(&self.layout, lane)) {
            self.left_out[lane].get_or_insert_with(|| reason.to_owned());
        }
    }

    /// Lets a country's attempts count in the remainder, as its own answers can't be told from the whole's.
    pub(super) fn fold(&mut self, country: CountryIndex) {
        let name = named(self.layout.country(country));
        let reason = "it answers like all countries together".to_owned();
        self.evidence.warnings.push(format!(
            "country {name} answers like all countries together: its attempts count in ZZ; leave it out of `countries`, or \
             ask the vendor"
        ));
        self.refused[country].get_or_insert(reason);
    }

    pub(super) fn is_live(&self, place: Place) -> bool {
        match place {
            Place::Cell { window, .. } | Place::WindowTotal { window, .. } => {
                self.status[window] == Status::Live && !self.is_empty[window]
            }
            Place::RangeTotal { .. } | Place::AllChannels { .. } => {
                self.layout.range_windows().any(|window| !self.is_empty[window])
            }
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
        self.layout.nodes_of_window(window).all(|node| self.store.is_known(node))
    }

    /// How many windows are looked up in the ledger before anything is asked: those that have settled, those that may
    /// have expired, and all that the drill would look for.
    pub(super) fn recalled_windows(&self) -> usize {
        match (self.terms.strategy, self.terms.freshness) {
            (Strategy::DrillDown, Freshness::Reuse) => self.old.0.max(self.layout.first_open_window()),
            (Strategy::Exhaustive, Freshness::Reuse) => self.old.0.max(self.layout.first_provisional_window()),
            (_, Freshness::Refresh) => self.old.0,
        }
    }

    /// Begins anew for an earlier instant, as the server's clock is behind `as_of`: what ends after it has no counts yet.
    /// What was seen of the account stays.
    pub(super) fn restart(&mut self, now: UnixSeconds) {
        let matrix = self.layout.matrix().clone();
        let terms = Terms { as_of: now, ..self.terms.clone() };
        let mut fresh = Self::new(matrix, terms, |_| false);
        std::mem::swap(&mut fresh.archived, &mut self.archived);
        std::mem::swap(&mut fresh.evidence, &mut self.evidence);
        std::mem::swap(&mut fresh.memory, &mut self.memory);
        std::mem::swap(&mut fresh.expected, &mut self.expected);
        std::mem::swap(&mut fresh.spot, &mut self.spot);
        fresh.progress.done = self.progress.done;
        for (window, status) in fresh.layout.matrix().windows().iter().zip(&mut fresh.status) {
            if window.end() > now {
                *status = Status::Future;
            }
        }
        *self = fresh;
    }

    /// Whether the server's clock is so far behind that windows have not ended, or not settled, as they should have.
    pub(super) fn is_ahead_of_server(&self) -> Option<UnixSeconds> {
        let now = self.evidence.server_at.filter(|now| *now < self.terms.as_of)?;
        let differs = |window: &Window| {
            self.terms.settling.is_settled(*window, self.terms.as_of) != self.terms.settling.is_settled(*window, now)
                || (window.end() > now && window.end() <= self.terms.as_of)
        };
        self.layout.matrix().windows().iter().any(differs).then_some(now)
    }

    /// Takes in what ledger and dataset remember. Nothing was asked yet.
    pub(super) fn remember(&mut self, memory: Memory) {
        let without = self.evidence.without;
        self.evidence = Evidence { without, ..Evidence::new(Notes::new(&memory.notes, self.terms.now)) };
        self.memory = memory;
    }

    /// Whether earlier runs know all of a window and passed their checks with it.
    pub(super) fn is_proved(&self, window: usize) -> bool {
        self.is_recalled(window) && self.layout.nodes_of_window(window).all(|node| self.store.is_proved(node))
    }

    /// The settled windows whose numbers this run must prove, as one stretch.
    pub(super) fn stretch_in_doubt(&self) -> Option<Range<usize>> {
        let windows = self.layout.range_windows();
        let is_settled = !windows.is_empty() && !self.layout.is_provisional_range();
        let is_held = |window| matches!(self.status[window], Status::Live | Status::Recalled(Held::Yes));
        (is_settled && windows.clone().all(is_held)).then_some(windows)
    }

    pub(super) fn windows_in_doubt(&self) -> impl Iterator<Item = usize> + use<> {
        self.stretch_in_doubt().into_iter().flatten()
    }

    /// The range of what is in doubt, unless all of it is known to hold nothing.
    pub(super) fn range_in_doubt(&self) -> Option<Window> {
        let windows = self.stretch_in_doubt()?;
        let is_empty = windows.clone().all(|window| self.is_empty[window]);
        if is_empty { None } else { self.layout.hull(windows) }
    }

    /// Runs of windows in which a slice's parts are all known.
    pub(super) fn stretches(&self, slice: &Slice, windows: Range<usize>) -> Vec<Range<usize>> {
        runs_of(windows.filter(|&window| self.sum(slice, window..window + 1).is_some()))
    }

    /// The windows by which filters are tried: those in doubt, or where nothing has settled the growing ones, whose
    /// wholes are younger than their parts.
    pub(super) fn windows_tried(&self) -> impl Iterator<Item = usize> + use<> {
        let windows = self.layout.range_windows();
        let is_held = |window| matches!(self.status[window], Status::Live | Status::Recalled(Held::Yes));
        let is_empty = windows.clone().all(|window| self.is_empty[window]);
        Some(windows.clone()).filter(|_| windows.clone().all(is_held) && !is_empty).into_iter().flatten()
    }

    pub(super) fn range_tried(&self) -> Option<Window> {
        let mut windows = self.windows_tried();
        let first = windows.next()?;
        self.layout.hull(first..windows.last().map_or(first, |last| last) + 1)
    }

    /// What a lane holds in the windows by which filters are tried, all countries together.
    pub(super) fn lane_tried(&self, lane: Lane) -> Option<Counts> {
        let mut totals = self.windows_tried().map(|window| self.store.counts(self.layout.window_total(window, lane)));
        totals.try_fold(Counts::ZERO, |sum, total| sum.checked_add(total?))
    }

    /// What a country holds in a lane in these windows.
    pub(super) fn country_tried(&self, country: CountryIndex, lane: Lane) -> Option<Counts> {
        let mut cells = self.windows_tried().map(|window| self.store.counts(self.layout.cell(window, country, lane)));
        cells.try_fold(Counts::ZERO, |sum, cell| sum.checked_add(cell?))
    }

    /// Whether a window's totals hold attempts, as far as they are known.
    pub(super) fn holds_attempts(&self, window: usize) -> bool {
        let total = |lane| self.store.counts(self.layout.window_total(window, lane));
        self.layout.lanes().filter_map(total).any(|total| total != Counts::ZERO)
    }

    pub(super) fn is_drilled_window(&self, window: usize) -> bool {
        self.drilled.get(window).copied().unwrap_or_default()
    }

    /// Whether a window's cells were found by the drill alone.
    pub(super) fn is_found_by_drill(&self, window: usize) -> bool {
        self.is_drilled_window(window) && !self.is_given_up[window]
    }

    /// Where no attempts lie before the range, its first windows may have lost some, or all: what an earlier run saw
    /// decides whether they can be final (V7).
    pub(super) fn doubt_history(&mut self) {
        let holds = |window: &usize| {
            self.layout.lanes().any(|lane| {
                self.store.counts(self.layout.window_total(*window, lane)).is_some_and(|it| it != Counts::ZERO)
            })
        };
        let windows: Vec<usize> = self.windows_in_doubt().collect();
        let is_shown_before = self.status.contains(&Status::Expired) && self.old.0 > 0;
        let first = windows.iter().copied().find(holds);
        let Some(last) = first.or(windows.last().copied()) else { return };
        let in_doubt = windows.into_iter().take_while(|&window| window <= last);
        if is_shown_before {
            return;
        }
        if self.memory.has_attempts_before {
            self.evidence.unsettled_windows.extend(in_doubt);
        }
        self.evidence.leave_unproven(
            "history",
            "the API shows no attempts before the range, so its first windows may have lost some already".to_owned(),
        );
    }

    /// Asks first for countries that had attempts lately. That is a hint: it changes which questions are needed, and no
    /// row.
    pub(super) fn expect(&mut self, attempts: &BTreeMap<Country, i64>) {
        for index in self.layout.countries() {
            let known = self.layout.country(index).and_then(|country| attempts.get(&country));
            if let Some(&attempts) = known {
                self.refusals.remember_country(index);
                self.expected[index] = attempts;
            }
        }
    }

    /// What earlier runs tell of a country: of the plan's own windows, or of others.
    pub(super) fn known_attempts(&self, country: CountryIndex) -> i64 {
        let cells = self
            .layout
            .windows()
            .flat_map(|window| self.layout.lanes().map(move |lane| (window, lane)))
            .filter_map(|(window, lane)| self.store.counts(self.layout.cell(window, country, lane)));
        cells.fold(self.expected[country], |sum, counts| sum.saturating_add(counts.attempts()))
    }

    /// The questions of the live windows' stages.
    pub(super) fn count_planned(&self) -> u64 {
        let layout = &self.layout;
        let is_live = |window: &usize| self.status[*window] == Status::Live && !self.is_empty[*window];
        let live = layout.windows().filter(is_live).count();
        let growing = layout.provisional_windows().filter(is_live).count();
        let totals = if layout.splits_countries() { layout.lane_count() } else { 0 };
        let range_totals = layout.range_totals().len() + layout.group_wholes().len();
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

/// A value's name for people.
fn named(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// Adjacent windows together.
pub(super) fn runs_of(windows: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for window in windows {
        match runs.last_mut() {
            Some(run) if run.end == window => run.end = window + 1,
            _ => runs.push(window..window + 1),
        }
    }
    runs
}

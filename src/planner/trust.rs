//! Whether the API heeds the parameters it is given. One that it ignores answers with the whole, and would forge the
//! table.
//!
//! A parameter is trusted once a part was smaller than its whole in attempts, where the whole was asked first: had the
//! parameter been ignored, the later answer could not be the smaller one, as attempts only grow. Where the plan's own
//! answers don't show it, a control question does: the same parameter with a value that cannot occur, which must
//! answer 0 or be refused. The two ends of a time range count as two parameters, as either might be ignored alone.
//!
//! Answers of this run need evidence from this run; answers of earlier runs may rest on those runs' evidence, so that
//! a run which finds everything recorded asks nothing.

use std::ops::{ControlFlow, Range};

use crate::model::{AnswerSource, FailureKind, Filter, Outcome, Provenance, Question, Reuse, Round, Slice};

use super::layout::{Layout, Node, Place};
use super::parameters::{Parameter, Standing, Verdict};
use super::store::Store;

/// The state of every parameter that the plan uses.
#[derive(Debug)]
pub(super) struct Trust {
    standings: Vec<Standing>,
    queue: Vec<Question>,
    in_flight: usize,
}

impl Trust {
    pub(super) fn new(layout: &Layout) -> Self {
        let shape = layout.matrix().shape();
        let parameters = [
            (Parameter::After, true),
            (Parameter::Before, true),
            (Parameter::Service, shape.services.is_some()),
            (Parameter::Country, shape.countries.is_some()),
            (Parameter::Channel, shape.channels.is_some()),
            (Parameter::Prefix, shape.prefixes.is_some()),
        ];
        let in_use = parameters.into_iter().filter(|(_, is_used)| *is_used);
        let standings = in_use.map(|(parameter, _)| Standing::new(parameter, layout)).collect();
        Self { standings, queue: Vec::new(), in_flight: 0 }
    }

    /// How many control questions a run may ask at most: for each parameter one on the way and one at the end.
    pub(super) fn controls(&self) -> u64 {
        2 * self.standings.len() as u64
    }

    /// Notes that the plan rests on an answer.
    pub(super) fn note(&mut self, place: Place, source: AnswerSource) {
        for standing in self.standings.iter_mut().filter(|standing| standing.parameter.narrows(place)) {
            standing.used.add(source);
        }
    }

    /// Notes that the plan rests on an answer for a slice.
    pub(super) fn note_slice(&mut self, slice: &Slice, source: AnswerSource) {
        for standing in self.standings.iter_mut().filter(|standing| standing.parameter.is_set(slice)) {
            standing.used.add(source);
        }
    }

    /// Whether some parameter might still need a control question before the plan is through.
    pub(super) fn is_open(&self) -> bool {
        self.standings.iter().any(|standing| !standing.seen.now && standing.asked.is_none())
    }

    pub(super) fn has_ignored(&self) -> bool {
        self.standings.iter().any(Standing::is_ignored)
    }

    /// The parameters without evidence, in the API's terms.
    pub(super) fn untrusted(&self) -> Vec<Filter> {
        let mut filters: Vec<_> = self
            .standings
            .iter()
            .filter(|standing| !standing.is_trusted())
            .map(|standing| standing.parameter.filter())
            .collect();
        filters.dedup();
        filters
    }

    /// The parameters that the API was seen to ignore, in its own terms.
    pub(super) fn ignored(&self) -> Vec<Filter> {
        let is_ignored = |standing: &&Standing| {
            [standing.verdict, standing.at_last].iter().any(|verdict| matches!(verdict, Some(Verdict::Ignored(_))))
        };
        let mut filters: Vec<_> =
            self.standings.iter().filter(is_ignored).map(|standing| standing.parameter.filter()).collect();
        filters.dedup();
        filters
    }

    /// What to tell people of a parameter that is not trusted.
    pub(super) fn complaint(&self, filter: Filter) -> String {
        let doubted = || {
            let is_it = |standing: &&Standing| standing.parameter.filter() == filter && !standing.is_trusted();
            self.standings.iter().filter(is_it)
        };
        let parameter = filter.parameter();
        if doubted().any(|standing| matches!(standing.at_last, Some(Verdict::Ignored(_)))) {
            return format!(
                "the API ceased to heed {parameter} during the run: at its end it counted attempts for a value that \
                 cannot occur"
            );
        }
        match doubted().find_map(|standing| standing.verdict) {
            Some(Verdict::Ignored(AnswerSource::ThisRun)) => {
                format!("the API seems to ignore {parameter}: it counted attempts for a value that cannot occur")
            }
            Some(Verdict::Ignored(AnswerSource::EarlierRun | AnswerSource::Inference)) => {
                format!("the API seemed to ignore {parameter} when it was asked; run with --refresh to ask again")
            }
            Some(Verdict::Unanswered) => {
                format!("no answer showed that the API heeds {parameter}, and the control question failed")
            }
            Some(Verdict::Heeded(_)) | None => format!("no answer showed yet that the API heeds {parameter}"),
        }
    }

    /// Looks for parts smaller than their wholes, among the cells of some windows and among all totals.
    pub(super) fn look(&mut self, layout: &Layout, store: &Store, windows: Range<usize>) {
        for standing in &mut self.standings {
            let wants_now = standing.used.now && !standing.seen.now;
            let wants_earlier = standing.used.earlier && !standing.seen.earlier;
            if !wants_now && !wants_earlier {
                continue;
            }
            let see = |(part, whole): (Node, Node)| {
                if let Some(source) = smaller(store, part, whole) {
                    standing.seen.add(source);
                }
                let is_enough = (standing.seen.now || !wants_now) && (standing.seen.earlier || !wants_earlier);
                if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let last = layout.windows().saturating_sub(1);
            let _ = match standing.parameter {
                Parameter::Country => countries(layout, windows.clone()).try_for_each(see),
                Parameter::Channel => channels(layout).try_for_each(see),
                Parameter::After => ends(layout, last).try_for_each(see),
                Parameter::Before => ends(layout, layout.range_windows().start).try_for_each(see),
                Parameter::Service | Parameter::Prefix => ControlFlow::Continue(()),
            };
        }
    }

    /// Asks controls for what this run's answers used and did not show.
    pub(super) fn ask_early(&mut self, layout: &Layout) {
        let has_totals = layout.splits_countries();
        // The ends of the range show only when its last window is known; where countries are split, totals told already.
        let may_still_show = |parameter| matches!(parameter, Parameter::After | Parameter::Before) && !has_totals;
        self.ask(|standing| {
            let wants = standing.needs_evidence() && !may_still_show(standing.parameter);
            wants.then_some((Round::First, Reuse::Never))
        });
    }

    /// Asks every control that is still wanted, those that failed once more.
    pub(super) fn ask_late(&mut self) {
        for standing in &mut self.standings {
            standing.is_late |= standing.asked.is_none();
        }
        self.ask(|standing| match standing.asked {
            _ if standing.is_trusted() => None,
            None if standing.used.now => Some((Round::First, Reuse::Never)),
            None => Some((Round::First, Reuse::AnyAge)),
            Some(Round::First) if standing.is_ignored() => None,
            Some(Round::First) if standing.used.now || standing.verdict == Some(Verdict::Unanswered) => {
                Some((Round::Again, Reuse::Never))
            }
            Some(_) => None,
        });
    }

    /// Asks the controls of what was trusted early and that no late answer shows; see [`super::late`].
    pub(super) fn ask_at_last(&mut self, is_covered: impl Fn(Parameter) -> bool) {
        for standing in &mut self.standings {
            let is_shown_by_now = standing.is_late && standing.verdict == Some(Verdict::Heeded(AnswerSource::ThisRun));
            if standing.used.now
                && standing.is_trusted()
                && !is_shown_by_now
                && standing.at_last.is_none()
                && !is_covered(standing.parameter)
                && let Some(slice) = standing.control
            {
                self.queue.push(Question { slice, round: Round::After, reuse: Reuse::Never });
            }
        }
    }

    fn ask(&mut self, wanted: impl Fn(&Standing) -> Option<(Round, Reuse)>) {
        for standing in &mut self.standings {
            if let Some((round, reuse)) = wanted(standing)
                && let Some(slice) = standing.control
            {
                standing.asked = Some(round);
                self.queue.push(Question { slice, round, reuse });
            }
        }
    }

    pub(super) fn has_questions(&self) -> bool {
        !self.queue.is_empty()
    }

    pub(super) fn next_question(&mut self) -> Option<Question> {
        let question = self.queue.pop()?;
        self.in_flight += 1;
        Some(question)
    }

    /// Whether answers are due that [`Trust::learn`] wants. Nothing else is in flight then.
    pub(super) const fn is_asking(&self) -> bool {
        self.in_flight > 0
    }

    pub(super) fn learn(&mut self, question: &Question, outcome: &Outcome) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let verdict = match outcome {
            Outcome::Answered(answer) if answer.counts.attempts() == 0 => Verdict::Heeded(answer.source),
            Outcome::Answered(answer) => Verdict::Ignored(answer.source),
            Outcome::Failed(failure) if failure.kind == FailureKind::Refused => Verdict::Heeded(AnswerSource::ThisRun),
            Outcome::Failed(_) | Outcome::NotRecorded => Verdict::Unanswered,
        };
        let is_it = |standing: &&mut Standing| standing.control == Some(question.slice);
        if let Some(standing) = self.standings.iter_mut().find(is_it) {
            match question.round {
                Round::After => standing.at_last = Some(verdict),
                _ => standing.verdict = Some(verdict),
            }
        }
    }
}

/// Which run showed that a part is smaller than its whole. Answers of this run are asked in the order whole, part;
/// among those of earlier runs only the times tell.
fn smaller(store: &Store, part: Node, whole: Node) -> Option<AnswerSource> {
    let (part, newest, before) = (store.known(part)?, store.known(whole)?, store.before(whole)?);
    let in_order = part.source == AnswerSource::ThisRun || newest.asked_at <= part.asked_at;
    let is_asked = [&part, &newest].iter().all(|known| known.provenance == Provenance::Measured);
    let is_evidence =
        is_asked && part.source == newest.source && in_order && part.counts.attempts() < before.attempts();
    is_evidence.then_some(part.source)
}

fn countries(layout: &Layout, windows: Range<usize>) -> impl Iterator<Item = (Node, Node)> {
    let cells = move |(window, lane)| {
        let whole = layout.window_total(window, lane);
        (0..layout.countries()).map(move |country| (layout.cell(window, country, lane), whole))
    };
    windows.flat_map(|window| (0..layout.lanes()).map(move |lane| (window, lane))).flat_map(cells)
}

fn channels(layout: &Layout) -> impl Iterator<Item = (Node, Node)> {
    let groups = if layout.has_all_channels() && layout.range().is_some() { layout.groups() } else { 0 };
    (0..groups).flat_map(move |group| {
        let whole = layout.all_channels(group);
        layout.lanes_of(group).map(move |lane| (layout.range_total(lane), whole))
    })
}

/// A window at an end of the range, which differs from the range in its other end only.
fn ends(layout: &Layout, window: usize) -> impl Iterator<Item = (Node, Node)> {
    let lanes = if layout.has_range_totals() { layout.lanes() } else { 0 };
    (0..lanes).map(move |lane| (layout.window_total(window, lane), layout.range_total(lane)))
}

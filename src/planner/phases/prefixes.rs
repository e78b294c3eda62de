//! Prefixes shorter than the job's, asked for before them: where a shorter one has no attempts in the whole range, none
//! that begins with it has any, and a list of quiet number ranges costs a question or two.
//!
//! Only a tree of the listed prefixes is asked, from the shortest on, and only where at least three branch off. An API
//! that knows no short prefixes may answer zero, too. So a zero stands only if a prefix no longer than that one held
//! attempts. Where none did, the first digit is asked in search of one, and everything, which needs no prefix to be
//! seen as nothing.

use std::ops::Range;

use super::stage::Stage;
use super::{Phase, Turn};
use crate::model::{Counts, Outcome, Prefix, Question, Slice, Strategy};
use crate::planner::drill::Search;
use crate::planner::index::{Group, Position, ServiceIndex};
use crate::planner::knowledge::Knowledge;
use crate::planner::layout::Layout;
use crate::planner::store::{Basis, Store};

/// Fewer prefixes than this are asked themselves.
const WORTH_ASKING: usize = 3;

/// A shorter prefix of one service, and the listed ones that begin with it.
#[derive(Debug)]
struct Knot {
    service: ServiceIndex,
    /// `None`: everything.
    prefix: Option<Prefix>,
    /// Which of the listed prefixes.
    listed: Range<usize>,
    /// The knot of the next shorter prefix.
    above: Option<usize>,
    found: Found,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Unasked,
    Counts(Counts),
    /// It failed.
    Nothing,
}

/// The search, and what it found out.
#[derive(Debug, Default)]
pub(super) struct ShortPrefixes {
    knots: Vec<Knot>,
    /// Knots of the present wave that were not put yet.
    wave: Vec<usize>,
    has_asked_evidence: bool,
    /// The job's prefixes.
    listed: Vec<Prefix>,
    basis: Basis,
}

impl ShortPrefixes {
    fn over(layout: &Layout, is_open: impl Fn(Group) -> bool) -> Self {
        let shape = layout.matrix().shape();
        let prefixes = shape.prefixes.clone().unwrap_or_default();
        let listed: Vec<String> = prefixes.iter().map(|prefix| prefix.digits().to_string()).collect();
        let mut search = Self { listed: prefixes, ..Self::default() };
        for service in layout.services() {
            let is_open: Vec<bool> = layout.prefixes().map(|prefix| is_open(layout.group(service, prefix))).collect();
            search.grow(service, &listed, 0..listed.len(), None, &is_open);
        }
        search.begin_wave(|knot| knot.above.is_none());
        search
    }

    /// Adds the knots of some listed prefixes, which agree in more digits than `above` has if they agree in one more.
    fn grow(
        &mut self,
        service: ServiceIndex,
        listed: &[String],
        range: Range<usize>,
        above: Option<usize>,
        is_open: &[bool],
    ) {
        let depth =
            above.and_then(|knot| self.knots[knot].prefix).map_or(0, |prefix| prefix.digits().to_string().len());
        let digit = |index: usize| listed[index].as_bytes().get(depth).copied();
        let mut start = range.start;
        while start < range.end {
            let end = (start..range.end).find(|&index| digit(index) != digit(start)).unwrap_or(range.end);
            if is_open[start..end].iter().filter(|it| **it).count() >= WORTH_ASKING {
                let (first, last) = (&listed[start], &listed[end - 1]);
                let common = first.bytes().zip(last.bytes()).take_while(|(a, b)| a == b).count();
                let prefix = first[..common].parse().ok().and_then(Prefix::from_digits);
                self.knots.push(Knot { service, prefix, listed: start..end, above, found: Found::Unasked });
                self.grow(service, listed, start..end, Some(self.knots.len() - 1), is_open);
            }
            start = end;
        }
    }

    fn begin_wave(&mut self, wants: impl Fn(&Knot) -> bool) {
        let is_wanted = |index: &usize| self.knots[*index].found == Found::Unasked && wants(&self.knots[*index]);
        self.wave = (0..self.knots.len()).rev().filter(is_wanted).collect();
    }

    /// Makes the next wave; `false` when there is nothing left to ask.
    fn advance(&mut self) -> bool {
        let has_attempts = |knot: &Knot| matches!(knot.found, Found::Counts(counts) if counts != Counts::ZERO);
        let busy: Vec<bool> = self.knots.iter().map(has_attempts).collect();
        self.begin_wave(|knot| knot.above.is_some_and(|above| busy[above]));
        if self.wave.is_empty() && !self.has_asked_evidence {
            self.has_asked_evidence = true;
            self.add_evidence();
        }
        !self.wave.is_empty()
    }

    /// Asks for what could show that zeros are to be believed: the first digits of what is in doubt, that of another
    /// listed prefix, and everything.
    fn add_evidence(&mut self) {
        let first = self.knots.len();
        let first_digit = |prefix: Prefix| Prefix::from_digits(prefix.digits() / 10_u64.pow(prefix.digits().ilog10()));
        for knot in (0..first).filter(|&knot| self.is_doubtful(knot)).collect::<Vec<_>>() {
            let Knot { service, prefix, .. } = self.knots[knot];
            let doubted = prefix.and_then(first_digit);
            let other = self.listed.iter().copied().map(first_digit).find(|digit| *digit != doubted).flatten();
            let more = [None, doubted].into_iter().chain(other.map(Some));
            for prefix in more {
                if !self.knots.iter().any(|knot| (knot.service, knot.prefix) == (service, prefix)) {
                    // Only everything tells anything of the listed prefixes themselves.
                    let listed = 0..if prefix.is_none() { self.listed.len() } else { 0 };
                    self.knots.push(Knot { service, prefix, listed, above: None, found: Found::Unasked });
                }
            }
        }
        self.wave = (first..self.knots.len()).rev().collect();
    }

    /// Whether a knot is empty, and nothing shows that the API knows prefixes that short.
    fn is_doubtful(&self, knot: usize) -> bool {
        let length = |prefix: Prefix| prefix.digits().ilog10();
        let Knot { prefix, found, .. } = self.knots[knot];
        let Some(prefix) = prefix.filter(|_| found == Found::Counts(Counts::ZERO)) else { return false };
        !self.knots.iter().any(|other| {
            other.prefix.is_some_and(|other| length(other) <= length(prefix))
                && matches!(other.found, Found::Counts(counts) if counts != Counts::ZERO)
        })
    }

    /// What shows that a group has nothing in the range.
    fn emptiness(&self, layout: &Layout, group: Group) -> Option<Basis> {
        let (service, prefix) = layout.service_and_prefix(group);
        let is_its = |knot: &usize| {
            let Knot { service: of, listed, found, .. } = &self.knots[*knot];
            *of == service && listed.contains(&prefix.number()) && *found == Found::Counts(Counts::ZERO)
        };
        (0..self.knots.len()).filter(is_its).any(|knot| !self.is_doubtful(knot)).then_some(self.basis)
    }

    fn slice(&self, knot: usize, layout: &Layout) -> Option<Slice> {
        let Knot { service, prefix, .. } = self.knots[knot];
        Some(Slice { prefix, service: layout.service(service), ..Slice::whole(layout.range()?) })
    }
}

/// Whether shorter prefixes are worth asking for, and how many questions that takes at most.
pub(in crate::planner) fn most_questions(layout: &Layout) -> u64 {
    let knots = ShortPrefixes::over(layout, |_| true).knots.len();
    // Everything, and each first digit, of each service.
    let evidence = if knots == 0 { 0 } else { 10 * layout.matrix().shape().service_count() };
    (knots + evidence) as u64
}

impl ShortPrefixes {
    pub(super) fn new(known: &mut Knowledge) -> Self {
        let layout = &known.layout;
        let is_settled = layout.range().is_some() && !layout.is_provisional_range();
        let has_prefixes = layout.matrix().shape().prefixes.is_some();
        let is_drilled = known.terms.strategy == Strategy::DrillDown && !known.lists_settled();
        let is_wanted = is_drilled && known.without != Some(Search::ShortPrefixes);
        if !is_wanted || !has_prefixes || !is_settled {
            return Self::default();
        }
        let search = Self::over(layout, |group| is_open(layout, &known.store, group));
        known.progress.planned += search.wave.len() as u64;
        search
    }
}

impl Phase for ShortPrefixes {
    fn next(&mut self, known: &mut Knowledge) -> Option<Question> {
        let knot = self.wave.pop()?;
        let slice = self.slice(knot, &known.layout)?;
        let stage = Stage::Prefixes;
        Some(Question { slice, round: stage.round(), reuse: stage.reuse(false, known.terms.freshness) })
    }

    fn learn(&mut self, known: &mut Knowledge, question: &Question, outcome: &Outcome) {
        let is_it = |knot: &usize| self.slice(*knot, &known.layout) == Some(question.slice);
        let Some(knot) = (0..self.knots.len()).find(is_it) else { return };
        self.knots[knot].found = match outcome {
            Outcome::Answered(answer) => {
                known.evidence.see(outcome);
                self.basis.add(answer, known.layout.is_settled_at(question.slice.range, answer.reach()));
                Found::Counts(answer.counts)
            }
            Outcome::Failed(_) | Outcome::NotRecorded => Found::Nothing,
        };
    }

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        if self.advance() {
            known.progress.planned += self.wave.len() as u64;
            return Turn::More;
        }
        let layout = &known.layout;
        for group in layout.groups() {
            let Some(basis) = self.emptiness(layout, group) else { continue };
            known.empty_groups[group] = Some(basis);
            let whole = layout.has_all_channels().then(|| layout.all_channels(group));
            let ranges = layout.lanes_of(group).filter(|_| layout.has_range_totals());
            for node in ranges.map(|lane| layout.range_total(lane)).chain(whole) {
                if !known.store.is_known(node) {
                    known.store.imply(node, Counts::ZERO, &basis);
                }
            }
        }
        Turn::Over
    }
}

/// Whether something of a group is unknown.
fn is_open(layout: &Layout, store: &Store, group: Group) -> bool {
    let lines = |window| layout.lanes_of(group).flat_map(move |lane| layout.line(window, lane));
    layout.range_windows().flat_map(lines).any(|node| !store.is_known(node))
}

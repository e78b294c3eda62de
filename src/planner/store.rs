//! What is known of each numbered slice, in 26 bytes: a million cells take 26 MB.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::model::{Answer, AnswerSource, Cost, CostUnit, Counts, Proof, Provenance, Round, UnixMicros, UnixSeconds};

use super::layout::{Layout, Node};

const ANSWERED: u16 = 1;
const FAILED: u16 = 1 << 1;
const FRESH: u16 = 1 << 2;
const FINAL: u16 = 1 << 3;
const ASKED_AGAIN: u16 = 1 << 4;
const CHANGED_AGAIN: u16 = 1 << 5;
const RETRIABLE: u16 = 1 << 6;
const IMPLIED: u16 = 1 << 7;
const PROVED: u16 = 1 << 8;
const LISTED: u16 = 1 << 9;

/// The newest answer of each slice, and of totals that may grow also the one before their parts.
#[derive(Debug)]
pub(super) struct Store {
    counts: Vec<Counts>,
    asked_at: Vec<UnixMicros>,
    flags: Vec<u16>,
    /// Of provisional window totals, range totals and groups: the first answer, asked before their parts.
    before: Vec<Option<Counts>>,
    before_at: usize,
    /// Of settled slices that counted fewer attempts when they were asked again: what they counted first.
    shrunk: BTreeMap<Node, Counts>,
    /// Of listed slices with a price: what they cost.
    costs: HashMap<Node, Cost>,
    reasons: BTreeMap<Node, Arc<str>>,
    distinct_reasons: HashSet<Arc<str>>,
}

/// A known slice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) counts: Counts,
    pub(super) asked_at: UnixMicros,
    pub(super) is_final: bool,
    pub(super) source: AnswerSource,
    pub(super) provenance: Provenance,
    /// Of listed slices.
    pub(super) cost: Option<Cost>,
}

/// What the answers are like that an implied count rests on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Basis {
    /// When the youngest of them was asked.
    asked_at: UnixMicros,
    is_final: bool,
    is_fresh: bool,
}

impl Default for Basis {
    fn default() -> Self {
        Self { asked_at: UnixMicros(0), is_final: true, is_fresh: false }
    }
}

impl Basis {
    pub(super) fn add(&mut self, answer: &Answer, is_final: bool) {
        self.asked_at = self.asked_at.max(answer.asked_at);
        self.is_final &= is_final;
        self.is_fresh |= answer.source == AnswerSource::ThisRun;
    }

    pub(super) fn add_known(&mut self, known: &Known) {
        self.asked_at = self.asked_at.max(known.asked_at);
        self.is_final &= known.is_final;
        self.is_fresh |= known.source == AnswerSource::ThisRun;
    }
}

impl Store {
    pub(super) fn new(layout: &Layout) -> Self {
        let nodes = layout.node_count();
        let lanes = if layout.splits_countries() { layout.lane_count() } else { 0 };
        let before_at = layout.cell_count() + layout.first_provisional_window() * lanes;
        Self {
            counts: vec![Counts::ZERO; nodes],
            asked_at: vec![UnixMicros(0); nodes],
            flags: vec![0; nodes],
            before: vec![None; nodes - before_at],
            before_at,
            shrunk: BTreeMap::new(),
            costs: HashMap::new(),
            reasons: BTreeMap::new(),
            distinct_reasons: HashSet::new(),
        }
    }

    /// The room taken, failures apart.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.counts.capacity() * size_of::<Counts>()
            + self.asked_at.capacity() * size_of::<UnixMicros>()
            + self.flags.capacity() * size_of::<u16>()
            + self.before.capacity() * size_of::<Option<Counts>>()
    }

    fn before_index(&self, node: Node) -> Option<usize> {
        node.index().checked_sub(self.before_at)
    }

    fn has(&self, node: Node, flag: u16) -> bool {
        self.flags[node.index()] & flag != 0
    }

    /// The newest answer.
    pub(super) fn known(&self, node: Node) -> Option<Known> {
        self.has(node, ANSWERED).then(|| Known {
            counts: self.counts[node.index()],
            asked_at: self.asked_at[node.index()],
            is_final: self.has(node, FINAL),
            source: if self.has(node, FRESH) { AnswerSource::ThisRun } else { AnswerSource::EarlierRun },
            provenance: match (self.has(node, LISTED), self.has(node, IMPLIED)) {
                (true, _) => Provenance::Listed,
                (false, true) => Provenance::Implied,
                (false, false) => Provenance::Measured,
            },
            cost: self.has(node, LISTED).then(|| self.costs.get(&node).copied().unwrap_or_default()),
        })
    }

    /// The newest answer as it came, or as it follows from others; `None`: nothing is known but what was listed.
    pub(super) fn answered(&self, node: Node, as_of: UnixSeconds) -> Option<Answer> {
        let Known { counts, asked_at, source, .. } =
            self.known(node).filter(|it| it.provenance != Provenance::Listed)?;
        let proof = if self.is_proved(node) { Proof::Proved } else { Proof::Unproved };
        Some(Answer { counts, asked_at, as_of, source, server_at: None, proof })
    }

    /// The counts of the newest answer.
    pub(super) fn counts(&self, node: Node) -> Option<Counts> {
        self.has(node, ANSWERED).then(|| self.counts[node.index()])
    }

    /// The answer that was asked before the parts of this whole. Window totals that are settled have but one.
    pub(super) fn before(&self, node: Node) -> Option<Counts> {
        self.before_index(node).map_or_else(|| self.counts(node), |index| self.before[index])
    }

    /// Whether its counts are those of listed attempts.
    pub(super) fn is_listed(&self, node: Node) -> bool {
        self.has(node, LISTED)
    }

    /// Whether it was listed with prices that do not add up.
    pub(super) fn has_mixed_cost(&self, node: Node) -> bool {
        self.is_listed(node) && self.costs.get(&node).is_some_and(|cost| cost.unit == CostUnit::Mixed)
    }

    pub(super) fn is_known(&self, node: Node) -> bool {
        self.has(node, ANSWERED)
    }

    /// Whether the run that asked it passed its checks.
    pub(super) fn is_proved(&self, node: Node) -> bool {
        self.has(node, PROVED)
    }

    /// Whether every try of it failed.
    pub(super) fn is_failed(&self, node: Node) -> bool {
        self.has(node, FAILED)
    }

    /// Whether its counts follow from others, and were not asked.
    pub(super) fn is_implied(&self, node: Node) -> bool {
        self.has(node, IMPLIED)
    }

    /// Notes counts that follow from answers. Nothing is known of it yet.
    pub(super) fn imply(&mut self, node: Node, counts: Counts, basis: &Basis) {
        let index = node.index();
        self.counts[index] = counts;
        self.asked_at[index] = basis.asked_at;
        self.flags[index] = ANSWERED | IMPLIED;
        if basis.is_final {
            self.flags[index] |= FINAL;
        }
        if basis.is_fresh {
            self.flags[index] |= FRESH;
        }
    }

    /// Takes over from listed attempts that count the same what they cost; it stays as fresh, final and proved as it is.
    pub(super) fn price(&mut self, node: Node, cost: Cost, asked_at: UnixMicros) {
        let index = node.index();
        self.flags[index] = self.flags[index] & !IMPLIED | LISTED;
        self.asked_at[index] = asked_at;
        self.costs.insert(node, cost);
    }

    /// Whether every try of it failed and another asking might not.
    pub(super) fn is_worth_another_try(&self, node: Node) -> bool {
        self.has(node, FAILED) && self.has(node, RETRIABLE)
    }

    pub(super) fn was_asked_again(&self, node: Node) -> bool {
        self.has(node, ASKED_AGAIN)
    }

    /// Whether asking it again brought other counts.
    pub(super) fn changed_again(&self, node: Node) -> bool {
        self.has(node, CHANGED_AGAIN)
    }

    /// What a settled slice counted before it was asked again and counted fewer attempts.
    pub(super) fn shrunk_from(&self, node: Node) -> Option<Counts> {
        self.shrunk.get(&node).copied()
    }

    /// Why it is unknown.
    pub(super) fn reason(&self, node: Node) -> Option<&str> {
        self.reasons.get(&node).map(AsRef::as_ref)
    }

    pub(super) fn mark_asked_again(&mut self, node: Node) {
        self.flags[node.index()] |= ASKED_AGAIN;
    }

    /// Forgets the answer, so that the slice is asked.
    pub(super) fn forget(&mut self, node: Node) {
        self.flags[node.index()] = 0;
        if let Some(before) = self.before_index(node) {
            self.before[before] = None;
        }
    }

    pub(super) fn answer(&mut self, layout: &Layout, node: Node, round: Round, answer: &Answer) {
        let index = node.index();
        let mut flags = self.flags[index] & ASKED_AGAIN | ANSWERED;
        match answer.source {
            AnswerSource::ThisRun => flags |= FRESH,
            AnswerSource::EarlierRun => {}
            AnswerSource::Inference => flags |= IMPLIED,
            AnswerSource::List(cost) => {
                flags |= LISTED;
                if cost == Cost::default() {
                    self.costs.remove(&node)
                } else {
                    self.costs.insert(node, cost)
                };
            }
        }
        if layout.is_settled_at(layout.slice(node).range, answer.reach()) {
            flags |= FINAL;
        }
        if answer.proof == Proof::Proved {
            flags |= PROVED;
        }
        if round == Round::Again
            && let Some(known) = self.counts(node).filter(|known| *known != answer.counts)
        {
            flags |= CHANGED_AGAIN;
            if answer.counts.attempts() < known.attempts() && !layout.is_provisional(layout.place(node)) {
                self.shrunk.insert(node, known);
            }
        }
        if round == Round::First
            && let Some(before) = self.before_index(node)
        {
            self.before[before] = Some(answer.counts);
        }
        self.flags[index] = flags;
        self.counts[index] = answer.counts;
        self.asked_at[index] = answer.asked_at;
        if !self.reasons.is_empty() {
            self.reasons.remove(&node);
        }
    }

    /// A slice that was known stays so when asking it again fails; a total that failed after its parts is unknown.
    pub(super) fn fail(&mut self, node: Node, round: Round, reason: &str, may_retry: MayRetry) {
        if round == Round::Again && self.is_known(node) {
            return;
        }
        let flags = &mut self.flags[node.index()];
        *flags = *flags & ASKED_AGAIN | FAILED;
        if may_retry == MayRetry::Yes {
            *flags |= RETRIABLE;
        }
        let reason = if let Some(known) = self.distinct_reasons.get(reason) {
            Arc::clone(known)
        } else {
            let reason: Arc<str> = reason.into();
            self.distinct_reasons.insert(Arc::clone(&reason));
            reason
        };
        self.reasons.insert(node, reason);
    }
}

/// Whether another asking of a failed slice may end otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MayRetry {
    Yes,
    No,
}

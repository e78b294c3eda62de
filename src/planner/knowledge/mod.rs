//! What a plan knows: the counts, how each window stands with the API, and what was found out about its values.
//!
//! Phases read it and write into it; none of them reads another. It asks nothing by itself.

mod answers;
mod clock;
mod doubt;
mod expectation;
mod old_windows;
mod sums;
mod values;
mod windows;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

pub(super) use sums::runs_of;
pub(super) use values::named;

use super::Terms;
use super::drill::Search;
use super::evidence::{Evidence, Notes};
use super::growth::Growth;
use super::index::{CountryIndex, Each, Group, Lane};
use super::layout::{Layout, Node};
use super::listed::Listed;
use super::refusals::Refusals;
use super::retention::{self, WindowStatus};
use super::sample::Spot;
use super::store::{Basis, Store};
use crate::model::{Counts, Matrix, Note, Prefix, ServiceSid, Slice, Window};

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
    /// How many windows' answers were taken from the dataset, as the ledger was lost.
    pub adopted_windows: usize,
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
    pub(super) status: Vec<WindowStatus>,
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
    pub(super) answered: HashMap<Slice, Counts>,
    /// Answers of nothing to slices of more than one cell.
    pub(super) zero_answers: Vec<Slice>,
    /// Cells of nothing of which an earlier run saw nothing, either, after their windows had ended.
    pub(super) zeros_seen: HashSet<Node>,
    /// What the list told.
    pub(super) listed: Listed,
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
            status: vec![WindowStatus::Live; windows],
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
            answered: HashMap::new(),
            zero_answers: Vec::new(),
            zeros_seen: HashSet::new(),
            listed: Listed::default(),
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

    /// Takes in what ledger and dataset remember. Nothing was asked yet.
    pub(super) fn remember(&mut self, memory: Memory) {
        let without = self.evidence.without;
        self.evidence = Evidence { without, ..Evidence::new(Notes::new(&memory.notes, self.terms.now)) };
        self.memory = memory;
    }
}

//! What an exhaustive plan will ask, without asking, and the bounds of a drill: for `plan`.

use std::ops::Range;

use crate::model::{Matrix, Question, Strategy};

use super::drill::{most_lost, worst_loss};
use super::layout::{Layout, Node, Place};
use super::phases::{Stage, most_prefix_questions, most_retention_questions};
use super::{Plan, Terms, evidence, retention};

const STAGES: [Stage; 7] = [
    Stage::AllChannels,
    Stage::RangeTotals,
    Stage::WindowTotals,
    Stage::Cells,
    Stage::WindowTotalsAfter,
    Stage::RangeTotalsAfter,
    Stage::AllChannelsAfter,
];

/// The questions of a plan in which every answer comes, every filter holds and every sum adds up.
#[derive(Debug)]
pub struct Outline {
    layout: Layout,
    terms: Terms,
    old: usize,
    more: u64,
    prefixes: u64,
}

impl Plan {
    /// The questions of a plan, computed while iterating.
    ///
    /// # Panics
    /// As [`Plan::new`].
    #[must_use]
    pub fn outline(matrix: &Matrix, terms: &Terms) -> Outline {
        let layout = Layout::new(matrix.clone(), terms);
        let (old, ended) = retention::old_windows(matrix.windows(), terms);
        let more = evidence::most_questions(&layout) + most_retention_questions(ended);
        let prefixes = most_prefix_questions(&layout);
        Outline { layout, terms: terms.clone(), old, more, prefixes }
    }
}

impl Outline {
    /// Questions that are put whatever the answers are, in order: of each window that the API surely holds, and of
    /// the range when it holds all of it. The ledger may answer them.
    pub fn sure(&self) -> impl Iterator<Item = Question> + '_ {
        self.questions(|place| !self.is_old(place))
    }

    /// Questions that are put to the API only if it is seen to hold windows that may have expired. The ledger may
    /// answer them. Totals of the range stand here with the job's whole range, which is the longest it can be.
    pub fn possible(&self) -> impl Iterator<Item = Question> + '_ {
        self.questions(|place| self.is_old(place))
    }

    /// How many windows may be drilled, if their cells are not known: those that have settled, old ones too.
    #[must_use]
    pub const fn settled_windows(&self) -> usize {
        self.layout.first_provisional_window()
    }

    /// How many totals a window has that are slices of their own.
    #[must_use]
    pub fn totals_of_window(&self) -> u64 {
        if self.layout.splits_countries() { self.layout.lane_count() as u64 } else { 0 }
    }

    /// Growing windows whose attempts stand still: a drill may find their zeros, or the ledger may tell them.
    #[must_use]
    pub const fn eased_windows(&self) -> Range<usize> {
        self.layout.first_provisional_window()..self.layout.first_open_window()
    }

    /// The window that a cell or a window's total belongs to; `None` for totals of the range.
    #[must_use]
    pub fn window_of(&self, question: &Question) -> Option<usize> {
        match self.layout.place(self.layout.node(&question.slice)?) {
            Place::Cell { window, .. } | Place::WindowTotal { window, .. } => Some(window),
            Place::RangeTotal { .. } | Place::AllChannels { .. } => None,
        }
    }

    /// What drilling runs of settled windows, and so many growing ones, may ask at most beyond every cell and total, and
    /// beyond [`Outline::more`]. It holds where every answer comes, every filter is heeded and every sum adds up:
    /// whatever the attempts, a country's total in all channels, each pair's total, and what searches may lose.
    #[must_use]
    pub fn drilled_beyond(&self, runs: impl Iterator<Item = usize>, growing: usize) -> u64 {
        let layout = &self.layout;
        let (channels, countries) = (layout.channel_count(), layout.country_count());
        let of_run = |windows: usize| {
            let margins = 1 + channels * (1 + worst_loss(windows));
            // A pair's total in one window is its cell.
            let pairs = if windows > 1 { countries * channels } else { 0 };
            let of_countries = countries + pairs + most_lost(windows, countries * channels);
            margins + if layout.splits_countries() { of_countries } else { 0 }
        };
        let of_group =
            runs.map(of_run).sum::<usize>() + growing * if layout.splits_countries() { countries } else { 0 };
        self.prefixes + (layout.group_count() * of_group) as u64
    }

    /// Whether shorter prefixes may tell that some of the job's have nothing.
    #[must_use]
    pub const fn seeks_prefixes(&self) -> bool {
        self.prefixes > 0
    }

    /// How many questions may be expected besides for evidence, where so many settled windows are asked.
    #[must_use]
    pub fn evidence(&self, settled: usize, strategy: Strategy) -> u64 {
        evidence::expected_questions(&self.layout, settled, strategy, self.terms.countries)
    }

    /// How many questions there may be at most besides: controls of filters, and the search for expired ground. Asking
    /// again because sums differ is not foreseen.
    #[must_use]
    pub const fn more(&self) -> u64 {
        self.more
    }

    fn is_old(&self, place: Place) -> bool {
        match place {
            Place::Cell { window, .. } | Place::WindowTotal { window, .. } => window < self.old,
            Place::RangeTotal { .. } | Place::AllChannels { .. } => self.old > 0,
        }
    }

    fn questions<'a>(&'a self, wants: impl Fn(Place) -> bool + Copy + 'a) -> impl Iterator<Item = Question> + 'a {
        STAGES.into_iter().flat_map(move |stage| {
            let nodes = stage.nodes(&self.layout, self.old).into_iter().flatten().map(Node);
            nodes.map(|node| (node, self.layout.place(node))).filter(move |(_, place)| wants(*place)).map(
                move |(node, place)| {
                    let reuse = stage.reuse(self.layout.is_provisional(place), self.terms.freshness);
                    Question { slice: self.layout.slice(node), round: stage.round(), reuse }
                },
            )
        })
    }
}

//! A block: its stages, what is known of it, and how knowledge becomes cells.

use std::collections::HashSet;
use std::ops::Range;

use super::rows::Rows;
use super::target::Target;
use crate::model::{Cell, Channel, Counts, Outcome, Slice};

use crate::planner::layout::{Layout, Node};
use crate::planner::store::{Basis, Store};

/// What is asked next, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Whether there is anything at all.
    Whole,
    /// How much each channel has.
    Channels,
    /// How much each country has, in all channels.
    Countries,
    /// How much each country has in each channel.
    Lanes,
    /// How much each channel has in each window.
    Columns,
    /// Where each country's attempts lie.
    Rows,
    /// All cells are known, or will be asked one by one.
    Over,
}

/// Of what kind a block's windows are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::planner) enum Kind {
    /// Nothing changes any more.
    Settled,
    /// Attempts stand still, conversions come. Only attempts are looked at, and only zeros are implied.
    Growing,
}

/// A run of windows of one service and prefix.
#[derive(Debug)]
pub(in crate::planner) struct Block {
    pub(super) kind: Kind,
    pub(super) windows: Range<usize>,
    pub(super) group: usize,
    pub(super) stage: Stage,
    pub(super) channels: usize,
    pub(super) countries: usize,
    /// Countries, those with the most attempts to be expected first.
    pub(super) order: Vec<usize>,
    pub(super) whole: Option<Counts>,
    pub(super) of_channel: Vec<Option<Counts>>,
    /// What each country has beyond its lanes that are known; `None`: not asked, or not answered.
    pub(super) of_country: Vec<Option<Counts>>,
    /// How far [`Stage::Countries`] has come in `order`.
    pub(super) asked_countries: usize,
    /// Of each country and channel.
    pub(super) lanes: Vec<Option<Counts>>,
    /// What each channel has beyond its lanes that are known.
    pub(super) unplaced: Vec<Counts>,
    /// Lanes whose questions failed: their cells are asked one by one.
    pub(super) failed_lanes: Vec<bool>,
    pub(super) rows: Rows,
    /// What the answers so far are like: implied cells rest on them.
    pub(super) basis: Basis,
    /// The channel that has no country, so that it is the last to ask a country for.
    pub(super) email: Option<usize>,
    /// Whether the stage's questions were asked; what has no answer then gets none.
    pub(super) has_asked: bool,
    /// Cells and totals that are known.
    resolved: u64,
    /// Of growing windows: cells that have attempts, so that their conversions must be asked.
    left_to_ask: HashSet<Node>,
    /// Cells and totals in all.
    nodes: u64,
    implied: Vec<Node>,
}

impl Block {
    pub(super) fn new(
        layout: &Layout,
        store: &Store,
        kind: Kind,
        windows: Range<usize>,
        group: usize,
        order: &[usize],
    ) -> Self {
        let channels = layout.channels();
        let countries = layout.countries();
        let mut block = Self {
            kind,
            stage: Stage::Whole,
            channels,
            countries,
            order: order.to_vec(),
            whole: None,
            of_channel: vec![None; channels],
            of_country: vec![None; countries],
            asked_countries: 0,
            lanes: vec![None; countries * channels],
            unplaced: vec![Counts::ZERO; channels],
            failed_lanes: vec![false; countries * channels],
            rows: Rows::default(),
            basis: Basis::default(),
            email: (0..channels).find(|&channel| layout.matrix().shape().channel(channel) == Some(Channel::Email)),
            has_asked: false,
            resolved: 0,
            left_to_ask: HashSet::new(),
            nodes: 0,
            implied: Vec::new(),
            windows,
            group,
        };
        block.nodes = block.each_node(layout).count() as u64;
        block.resolved = block.each_node(layout).filter(|&node| store.is_known(node)).count() as u64;
        block
    }

    /// Takes it that there is nothing in it.
    pub(super) fn tell_empty(&mut self, basis: Basis) {
        self.whole = Some(Counts::ZERO);
        self.basis = basis;
    }

    /// Cells, and window totals where they are slices of their own.
    fn each_node<'a>(&'a self, layout: &'a Layout) -> impl Iterator<Item = Node> + 'a {
        let lines = self.countries + usize::from(layout.splits_countries());
        self.windows.clone().flat_map(move |window| {
            (0..lines).flat_map(move |country| {
                (0..self.channels).map(move |channel| {
                    let lane = layout.lane_of(self.group, channel);
                    if country == self.countries {
                        layout.window_total(window, lane)
                    } else {
                        layout.cell(window, country, lane)
                    }
                })
            })
        })
    }

    pub(in crate::planner) fn remaining(&self) -> u64 {
        if self.is_over() { 0 } else { self.nodes.saturating_sub(self.resolved) }
    }

    /// How many cells and totals it is about.
    pub(in crate::planner) const fn nodes(&self) -> u64 {
        self.nodes
    }

    pub(super) fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.has_asked = false;
    }

    pub(super) fn cell(&self, layout: &Layout, country: Option<usize>, channel: usize, window: usize) -> Node {
        let lane = layout.lane_of(self.group, channel);
        match country {
            None => layout.window_total(window, lane),
            Some(country) => layout.cell(window, country, lane),
        }
    }

    /// What is asked for a target.
    pub(super) fn slice(&self, layout: &Layout, target: &Target) -> Slice {
        let (windows, country, channel) = match target {
            Target::Whole => (&self.windows, None, None),
            Target::Channel(channel) => (&self.windows, None, Some(*channel)),
            Target::Country(country) => (&self.windows, Some(*country), None),
            Target::Lane { country, channel } => (&self.windows, Some(*country), Some(*channel)),
            Target::Column { channel, windows } => (windows, None, Some(*channel)),
            Target::Span { country, windows } => (windows, Some(*country), None),
            Target::Row { country, channel, windows } => (windows, Some(*country), Some(*channel)),
        };
        let lane = layout.lane_of(self.group, channel.unwrap_or(0));
        let name = country.and_then(|country| layout.matrix().shape().country(country));
        let all = layout.matrix().windows();
        let cell = layout.cell_of(all[windows.start].hull(all[windows.end - 1]), name, lane);
        let Cell { window, service, country, prefix, .. } = cell;
        Slice { range: window, service, country, channel: channel.and(cell.channel), prefix }
    }

    /// The questions that can be asked now, each once; none when it is over.
    pub(super) fn wave(&mut self, layout: &Layout, store: &mut Store) -> Vec<Target> {
        loop {
            let targets = match self.stage {
                Stage::Whole => self.ask_whole(layout, store),
                Stage::Channels => self.ask_channels(layout, store),
                Stage::Countries => self.ask_countries(),
                Stage::Lanes => self.ask_lanes(store),
                Stage::Columns => self.ask_columns(layout, store),
                Stage::Rows => self.ask_rows(layout, store),
                Stage::Over => return Vec::new(),
            };
            if !targets.is_empty() {
                return targets;
            }
        }
    }

    /// Takes in what came back for a target.
    pub(super) fn learn(
        &mut self,
        layout: &Layout,
        store: &mut Store,
        target: &Target,
        slice: &Slice,
        outcome: &Outcome,
    ) {
        if self.stage == Stage::Over {
            return;
        }
        let counts = match outcome {
            Outcome::Answered(answer) => {
                self.basis.add(answer, layout.is_settled_at(slice.range, answer.reach()));
                Some(self.seen(answer.counts))
            }
            Outcome::Failed(_) | Outcome::NotRecorded => None,
        };
        let is_sound = match target {
            Target::Whole => {
                self.whole = counts;
                true
            }
            Target::Channel(channel) => {
                self.of_channel[*channel] = counts;
                true
            }
            Target::Country(country) => {
                self.of_country[*country] = counts;
                true
            }
            Target::Lane { country, channel } => self.learn_lane(*country, *channel, counts),
            Target::Column { channel, windows } => self.learn_part(layout, store, None, *channel, windows, counts),
            Target::Row { country, channel, windows } => {
                self.learn_part(layout, store, Some(*country), *channel, windows, counts)
            }
            Target::Span { country, windows } => self.learn_together(layout, store, *country, windows, counts),
        };
        if !is_sound {
            self.abandon(store);
        }
    }

    /// What this kind of block looks at.
    pub(super) fn seen(&self, counts: Counts) -> Counts {
        match self.kind {
            Kind::Settled => counts,
            Kind::Growing => counts.without_conversions(),
        }
    }

    /// What a cell or total is known to hold.
    pub(super) fn known(
        &self,
        layout: &Layout,
        store: &Store,
        country: Option<usize>,
        channel: usize,
        window: usize,
    ) -> Option<Counts> {
        store.counts(self.cell(layout, country, channel, window)).map(|counts| self.seen(counts))
    }

    /// Leaves a lane to be asked cell by cell.
    pub(super) fn fail_lane(&mut self, country: usize, channel: usize) {
        self.failed_lanes[country * self.channels + channel] = true;
    }

    /// Notes what a cell or total must hold. What was asked stands.
    pub(super) fn imply(&mut self, store: &mut Store, node: Node, counts: Counts) {
        if self.kind == Kind::Growing && counts != Counts::ZERO {
            self.left_to_ask.insert(node);
        }
        if !self.left_to_ask.contains(&node) && !store.is_known(node) && !store.is_failed(node) {
            store.imply(node, counts, &self.basis);
            self.implied.push(node);
            self.resolved += 1;
        }
    }

    /// Throws away what was implied, after a contradiction.
    pub(super) fn abandon(&mut self, store: &mut Store) {
        for node in self.implied.drain(..) {
            store.forget(node);
        }
        self.stage = Stage::Over;
    }

    pub(super) fn into_inferred(self) -> Vec<Node> {
        self.implied
    }

    pub(in crate::planner) fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }
}

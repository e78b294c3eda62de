//! One step of the search in time: what needs no question is resolved, everything else is cut once more.

use std::ops::Range;

use super::block::Block;
use super::cut::{Cut, Need, Together};
use super::segment::{Part, Segment, Simplified};
use super::target::Target;
use crate::model::Counts;
use crate::planner::layout::Layout;
use crate::planner::store::Store;

/// Whether a step made anything known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Some,
    None,
}

impl Block {
    /// What a window of a country's channel can hold at most; nothing bounds those of all countries.
    fn room(&self, country: Option<usize>) -> impl Fn(usize, usize) -> Option<Counts> + '_ {
        let first = self.windows.start;
        move |channel, window| country.and(self.rows.room.get(channel)?.get(window - first).copied())
    }

    /// Resolves what needs no question. Each cell that this makes known may resolve more.
    pub(super) fn simplify_segments(&mut self, layout: &Layout, store: &mut Store) -> Progress {
        let mut progress = Progress::None;
        for Segment { country, parts } in std::mem::take(&mut self.rows.open) {
            let mut open = Vec::new();
            for part in parts {
                if self.is_over() {
                    return Progress::None;
                }
                let channel = part.channel;
                let simplified = part.simplify(&self.room(country));
                match simplified {
                    Simplified::Open(part) => open.push(part),
                    Simplified::Contradiction => self.abandon(store),
                    Simplified::Known(found) => {
                        progress = Progress::Some;
                        self.find(layout, store, country, channel, found);
                    }
                }
            }
            if !open.is_empty() {
                self.rows.open.push(Segment { country, parts: open });
            }
        }
        progress
    }

    fn find(
        &mut self,
        layout: &Layout,
        store: &mut Store,
        country: Option<usize>,
        channel: usize,
        found: Vec<(usize, Counts)>,
    ) {
        for (window, counts) in found {
            let node = self.cell(layout, country, channel, window);
            if country.is_none() && !store.is_known(node) {
                self.rows.unproved.push((channel, window));
                continue;
            }
            if country.is_some() && !self.take_room(channel, window, counts) {
                return self.abandon(store);
            }
            self.imply(store, node, counts);
        }
    }

    /// `false` when there is less room than that.
    fn take_room(&mut self, channel: usize, window: usize, counts: Counts) -> bool {
        let index = window - self.windows.start;
        let Some(room) = self.rows.room.get_mut(channel).and_then(|room| room.get_mut(index)) else { return true };
        let Some(left) = counts.within(*room) else { return false };
        *room = left;
        true
    }

    /// Cuts every open segment, and says what must be asked for that.
    pub(super) fn cut_open(&mut self, layout: &Layout, store: &mut Store) -> Vec<Target> {
        loop {
            while self.simplify_segments(layout, store) == Progress::Some {}
            if self.is_over() {
                return Vec::new();
            }
            for segment in std::mem::take(&mut self.rows.open) {
                let at = segment.cut(&self.room(segment.country));
                let mut cut = Cut::new(segment, at);
                cut.together = self.can_join(&cut.segment, &cut.windows());
                self.rows.cuts.push(cut);
            }
            let mut targets = Vec::new();
            for mut cut in std::mem::take(&mut self.rows.cuts) {
                let need = cut.need(&self.room(cut.segment.country));
                match need {
                    Need::Contradiction => {
                        self.abandon(store);
                        return Vec::new();
                    }
                    Need::Nothing(pieces) => {
                        self.rows.open.extend(pieces);
                        continue;
                    }
                    Need::Together(windows) => {
                        targets.extend(cut.segment.country.map(|country| Target::Span { country, windows }));
                    }
                    Need::Each(questions) => {
                        targets.extend(questions.into_iter().map(|(channel, windows)| match cut.segment.country {
                            None => Target::Column { channel, windows },
                            Some(country) => Target::Row { country, channel, windows },
                        }));
                    }
                }
                self.rows.cuts.push(cut);
            }
            if self.rows.open.is_empty() {
                return targets;
            }
        }
    }

    /// `false` when the windows hold more than their part. `windows` is what was asked.
    pub(super) fn learn_part(
        &mut self,
        layout: &Layout,
        store: &Store,
        country: Option<usize>,
        channel: usize,
        windows: &Range<usize>,
        counts: Option<Counts>,
    ) -> bool {
        let found = self
            .rows
            .cuts
            .iter()
            .enumerate()
            .find_map(|(index, cut)| Some((index, cut.part(country, channel, windows)?)));
        // A window of a busy channel has no segment: the store has its answer.
        let Some((index, part)) = found else { return true };
        let Some(counts) = counts else {
            let part = self.rows.cuts[index].fail(part);
            if self.rows.cuts[index].segment.parts.is_empty() {
                self.rows.cuts.remove(index);
            }
            self.fail_part(country, part);
            return true;
        };
        let cut = &self.rows.cuts[index];
        let before = &cut.segment.parts[part].windows;
        let others: Vec<_> = windows.clone().filter(|window| !before.contains(window)).collect();
        let Some(held) = self.without(layout, store, country, channel, &others, counts) else { return false };
        self.rows.cuts[index].learn(part, held);
        true
    }

    /// Takes in what a country has before a cut's edge in all channels; `false` when more is known of it.
    pub(super) fn learn_together(
        &mut self,
        layout: &Layout,
        store: &Store,
        country: usize,
        windows: &Range<usize>,
        counts: Option<Counts>,
    ) -> bool {
        let is_it = |cut: &Cut| {
            cut.segment.country == Some(country) && cut.together == Together::Unasked && cut.windows() == *windows
        };
        let Some(index) = self.rows.cuts.iter().position(is_it) else { return true };
        let Some(mut held) = counts else {
            self.rows.cuts[index].together = Together::No;
            return true;
        };
        for channel in 0..self.channels {
            let part = self.rows.cuts[index].segment.parts.iter().find(|part| part.channel == channel);
            let is_open = |window: &usize| part.is_some_and(|part: &Part| part.windows.contains(window));
            let others: Vec<_> = windows.clone().filter(|window| !is_open(window)).collect();
            let Some(rest) = self.without(layout, store, Some(country), channel, &others, held) else { return false };
            held = rest;
        }
        self.rows.cuts[index].together = Together::Told(held);
        true
    }

    /// Counts without what is known of some windows; `None` when they are less than that.
    fn without(
        &self,
        layout: &Layout,
        store: &Store,
        country: Option<usize>,
        channel: usize,
        windows: &[usize],
        counts: Counts,
    ) -> Option<Counts> {
        let known = windows.iter().filter_map(|&window| self.known(layout, store, country, channel, window));
        known.into_iter().try_fold(counts, |left, known| known.within(left))
    }
}

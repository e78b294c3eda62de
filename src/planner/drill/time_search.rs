//! The search in time: windows that need no question are resolved, all others are bisected once more.

use std::ops::Range;

use super::ablation::Search;
use super::bisection::{Bisection, Need, Together};
use super::notebook::{Contradiction, Notebook};
use super::pairs::Pairs;
use super::room::Room;
use super::segment::{Part, Segment, Simplified};
use super::target::{Pair, Target, Track};
use crate::model::Counts;
use crate::planner::index::{ChannelIndex, CountryIndex};

/// What is being searched.
#[derive(Debug, Default)]
pub(super) struct TimeSearch {
    open: Vec<Segment>,
    bisections: Vec<Bisection>,
    room: Room,
    /// Of countries: parts whose question failed. Nobody knows where in them their attempts lie.
    unfound: Vec<Segment>,
    /// Channels' windows that a search ended at: they are asked themselves, so that what was asked adds up to the range
    /// without what was concluded, and the edges between windows are put to the test.
    unproved: Vec<(ChannelIndex, usize)>,
}

impl TimeSearch {
    pub(super) fn new(room: Room) -> Self {
        Self { room, ..Self::default() }
    }

    /// How many questions it may still put, if each edge between two windows takes one.
    pub(super) fn most_questions(&self) -> usize {
        let bisected = self.bisections.iter().map(|it| it.segment.edges().saturating_sub(it.answered()));
        self.open.iter().map(Segment::edges).chain(bisected).sum()
    }

    pub(super) fn take_unproved(&mut self) -> Vec<(ChannelIndex, usize)> {
        std::mem::take(&mut self.unproved)
    }

    /// Takes a cell that was asked from what others can hold.
    pub(super) fn take_room(&mut self, pair: Pair, window: usize, counts: Counts) -> Result<(), Contradiction> {
        self.room.take(pair.channel, window, counts)
    }

    /// Whether a question failed that was to tell where a pair's attempts lie in these windows.
    pub(super) fn is_unfound(&self, pair: Pair, windows: &Range<usize>) -> bool {
        self.unfound.iter().any(|segment| segment.meets(pair, windows))
    }

    /// Begins the search of channels, of one country or of all: of what they have beyond their cells that are known.
    pub(super) fn begin(
        &mut self,
        country: Option<CountryIndex>,
        totals: &[(ChannelIndex, Counts)],
        notebook: &mut Notebook,
    ) -> Result<(), Contradiction> {
        let mut parts = Vec::new();
        for &(channel, total) in totals {
            if let Some(part) = unknown_part(Track { country, channel }, total, notebook)? {
                parts.push(part);
            } else {
                let windows = notebook.extent.windows.clone().collect();
                self.fail(country, Part { channel, windows, total: Counts::ZERO });
            }
        }
        if !parts.is_empty() {
            self.open.push(Segment { country, parts });
        }
        Ok(())
    }

    /// Leaves a part to be asked cell by cell.
    fn fail(&mut self, country: Option<CountryIndex>, part: Part) {
        if country.is_some() {
            self.unfound.push(Segment { country, parts: vec![part] });
        }
    }

    /// Resolves what needs no question. Each cell that this makes known may resolve more.
    pub(super) fn simplify(&mut self, notebook: &mut Notebook) -> Result<(), Contradiction> {
        let mut has_found = true;
        while std::mem::take(&mut has_found) {
            for Segment { country, parts } in std::mem::take(&mut self.open) {
                let mut open = Vec::new();
                for part in parts {
                    let track = Track { country, channel: part.channel };
                    match part.simplify(&self.room, notebook.extent.kinds())? {
                        Simplified::Open(part) => open.push(part),
                        Simplified::Known(found) => {
                            has_found = true;
                            if let Some((window, counts)) = found {
                                self.find(track, window, counts, notebook)?;
                            }
                        }
                    }
                }
                if !open.is_empty() {
                    self.open.push(Segment { country, parts: open });
                }
            }
        }
        Ok(())
    }

    fn find(
        &mut self,
        track: Track,
        window: usize,
        counts: Counts,
        notebook: &mut Notebook,
    ) -> Result<(), Contradiction> {
        if track.country.is_some() {
            self.room.take(track.channel, window, counts)?;
        } else if notebook.known(track, window).is_none() {
            self.unproved.push((track.channel, window));
            return Ok(());
        }
        notebook.conclude(track, window, counts);
        Ok(())
    }

    /// Bisects every open segment, and says what must be asked for that. With `pairs` a country's channels are asked
    /// together where all its others are known.
    pub(super) fn bisect(
        &mut self,
        pairs: Option<&Pairs>,
        notebook: &mut Notebook,
    ) -> Result<Vec<Target>, Contradiction> {
        loop {
            self.simplify(notebook)?;
            for segment in std::mem::take(&mut self.open) {
                let bisection = self.bisection(segment, pairs, notebook);
                self.bisections.push(bisection);
            }
            let mut targets = Vec::new();
            for bisection in std::mem::take(&mut self.bisections) {
                let country = bisection.segment.country;
                match bisection.need(&self.room, notebook.extent.kinds())? {
                    Need::Nothing(pieces) => {
                        self.open.extend(pieces);
                        continue;
                    }
                    Need::Together(windows) => {
                        targets.extend(country.map(|country| Target::Span { country, windows }));
                    }
                    Need::Each(questions) => {
                        let target =
                            |(channel, windows)| Target::Windows { track: Track { country, channel }, windows };
                        targets.extend(questions.into_iter().map(target));
                    }
                }
                self.bisections.push(bisection);
            }
            if self.open.is_empty() {
                return Ok(targets);
            }
        }
    }

    fn bisection(&self, segment: Segment, pairs: Option<&Pairs>, notebook: &Notebook) -> Bisection {
        let weighs = notebook.extent.has(Search::WeighedEdge);
        let edge = if weighs { segment.edge(&self.room) } else { segment.edge(&Room::default()) };
        let mut bisection = Bisection::new(segment, edge);
        let (segment, windows) = (&bisection.segment, bisection.windows());
        if let (Some(pairs), Some(country)) = (pairs, segment.country)
            && segment.parts.len() > 1
        {
            let is_part = |channel: ChannelIndex| segment.parts.iter().any(|part| part.channel == channel);
            let is_found = |pair: Pair| pairs.total(pair).is_some() && !self.is_unfound(pair, &windows);
            let mut channels = notebook.extent.channels();
            if channels.all(|channel| is_part(channel) || is_found(Pair { country, channel })) {
                bisection.together = Together::Unasked;
            }
        }
        bisection
    }

    /// Takes in what a track has in the windows that were asked.
    pub(super) fn learn(
        &mut self,
        track: Track,
        windows: &Range<usize>,
        counts: Option<Counts>,
        notebook: &Notebook,
    ) -> Result<(), Contradiction> {
        let part = |(index, bisection): (usize, &Bisection)| Some((index, bisection.part(track, windows)?));
        // A window of a busy channel has no segment: the store has its answer.
        let Some((index, part)) = self.bisections.iter().enumerate().find_map(part) else { return Ok(()) };
        let bisection = &mut self.bisections[index];
        if let Some(counts) = counts {
            let before = &bisection.segment.parts[part].windows;
            let others: Vec<_> = windows.clone().filter(|window| !before.contains(window)).collect();
            bisection.learn(part, notebook.without(counts, track, &others)?);
            return Ok(());
        }
        let part = bisection.fail(part);
        if bisection.segment.parts.is_empty() {
            self.bisections.remove(index);
        }
        self.fail(track.country, part);
        Ok(())
    }

    /// Takes in what a country has before an edge in all channels.
    pub(super) fn learn_span(
        &mut self,
        country: CountryIndex,
        windows: &Range<usize>,
        counts: Option<Counts>,
        notebook: &Notebook,
    ) -> Result<(), Contradiction> {
        let is_it = |it: &&mut Bisection| {
            it.segment.country == Some(country) && it.together == Together::Unasked && it.windows() == *windows
        };
        let Some(bisection) = self.bisections.iter_mut().find(is_it) else { return Ok(()) };
        let Some(mut held) = counts else {
            bisection.together = Together::No;
            return Ok(());
        };
        for channel in notebook.extent.channels() {
            let part = bisection.segment.parts.iter().find(|part| part.channel == channel);
            let is_open = |window: &usize| part.is_some_and(|part| part.windows.contains(window));
            let others: Vec<_> = windows.clone().filter(|window| !is_open(window)).collect();
            held = notebook.without(held, Pair { country, channel }.into(), &others)?;
        }
        bisection.together = Together::Answered(held);
        Ok(())
    }
}

/// What a track has beyond its windows that are known, in the others; `None` when one of them failed, so that it is
/// asked cell by cell.
fn unknown_part(track: Track, total: Counts, notebook: &mut Notebook) -> Result<Option<Part>, Contradiction> {
    let (mut left, mut windows) = (total, Vec::new());
    for window in notebook.extent.windows.clone() {
        let node = notebook.node(track, window);
        match notebook.rely_on(node) {
            Some(known) => left = known.within(left).ok_or(Contradiction)?,
            None if notebook.is_failed(node) => return Ok(None),
            None => windows.push(window),
        }
    }
    if windows.is_empty() && left != Counts::ZERO {
        return Err(Contradiction);
    }
    Ok(Some(Part { channel: track.channel, windows, total: left }))
}

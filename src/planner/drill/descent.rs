//! The way down from the whole of a block to its cells: what is asked at which depth, and where what comes back goes.

use super::ablation::Search;
use super::channel_windows::{self, ChannelWindows};
use super::countries::CountryTotals;
use super::extent::{Extent, Maturity};
use super::margins::Margins;
use super::notebook::{Contradiction, Notebook};
use super::pair_windows::PairWindows;
use super::pairs::Pairs;
use super::target::{Pair, Target};
use crate::model::Counts;
use crate::planner::estimate::Load;
use crate::planner::index::{CountryIndex, Position};
use crate::planner::layout::Layout;

/// What is asked next, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Whether there is anything at all.
    Whole,
    /// How much each channel has.
    Channels,
    /// How much each country has, in all channels.
    Countries,
    /// How much each country has in each channel.
    Pairs,
    /// How much each channel has in each window.
    ChannelWindows,
    /// Where each country's attempts lie.
    PairWindows,
    /// Nothing more: what is not known by now is asked one by one.
    Bottom,
    /// Nothing more, after a contradiction.
    GivenUp,
}

/// The depth that was reached, and what was found out at each.
#[derive(Debug)]
pub(super) struct Descent {
    pub(super) depth: Depth,
    margins: Margins,
    countries: CountryTotals,
    pairs: Pairs,
    channel_windows: ChannelWindows,
    pair_windows: PairWindows,
    /// Questions that look for windows: those to be expected in all, once the pairs' totals tell, and those put so far.
    foreseen: Option<u64>,
    put: u64,
}

impl Descent {
    pub(super) fn new(layout: &Layout, extent: &Extent, order: Vec<CountryIndex>) -> Self {
        Self {
            depth: Depth::Whole,
            margins: Margins::new(extent.channel_count()),
            countries: CountryTotals::new(order, extent.country_count()),
            pairs: Pairs::new(layout, extent),
            channel_windows: ChannelWindows::default(),
            pair_windows: PairWindows::default(),
            foreseen: None,
            put: 0,
        }
    }

    /// How many questions are still to come, if that can be told.
    pub(super) fn expected(&self) -> Option<u64> {
        if self.is_over() { Some(0) } else { self.foreseen.map(|all| all.saturating_sub(self.put)) }
    }

    /// What the totals of all pairs let expect.
    fn foresee(&mut self, notebook: &Notebook) {
        let extent = notebook.extent;
        let windows = extent.windows.len();
        let mut load = Load::none(notebook.layout.matrix().shape());
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let mean = |attempts: i64| attempts as f64 / windows as f64;
        for channel in extent.channels() {
            let mut beyond = self.margins.attempts_of(channel);
            for country in extent.countries().filter(|_| notebook.layout.splits_countries()) {
                let attempts = self.pairs.total(Pair { country, channel }).map_or(0, Counts::attempts);
                load.set(country.number(), channel.number(), mean(attempts));
                beyond -= attempts;
            }
            load.set_beyond(channel.number(), mean(beyond));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small, and not negative")]
        let questions = load.window_questions(windows).round() as u64;
        self.foreseen = Some(questions);
    }

    pub(super) fn tell_empty(&mut self) {
        self.margins.learn_whole(Some(Counts::ZERO));
    }

    pub(super) fn ablate(&mut self, extent: &Extent) {
        if !extent.has(Search::ExpectedFirst) {
            self.countries.forget_order();
        }
        if !extent.has(Search::Growing) && extent.maturity == Maturity::Growing {
            self.depth = Depth::Bottom;
        }
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.depth, Depth::Bottom | Depth::GivenUp)
    }

    /// The questions that can be asked now; none when it is over.
    pub(super) fn ask(&mut self, notebook: &mut Notebook) -> Result<Vec<Target>, Contradiction> {
        loop {
            let mut targets = match self.depth {
                Depth::Whole => self.margins.ask_whole(notebook),
                Depth::Channels => self.margins.ask_channels(notebook),
                Depth::Countries => self.countries.ask(&self.margins, notebook.extent),
                Depth::Pairs => self.pairs.ask(&self.margins, &mut self.countries, notebook.extent)?,
                Depth::ChannelWindows => self.channel_windows.ask(&self.margins, notebook, usize::MAX)?,
                Depth::PairWindows => self.pair_windows.ask(&self.pairs, notebook)?,
                Depth::Bottom | Depth::GivenUp => return Ok(Vec::new()),
            };
            if !targets.is_empty() {
                if self.depth == Depth::Pairs {
                    let free = notebook.extent.breadth.saturating_sub(targets.len());
                    targets.extend(self.channel_windows.ask(&self.margins, notebook, free)?);
                }
                if self.foreseen.is_some() {
                    self.put += targets.len() as u64;
                }
                return Ok(targets);
            }
            self.go_deeper(notebook)?;
            if self.depth == Depth::ChannelWindows {
                self.foresee(notebook);
            }
        }
    }

    fn go_deeper(&mut self, notebook: &mut Notebook) -> Result<(), Contradiction> {
        let splits_countries = notebook.layout.splits_countries();
        self.depth = match self.depth {
            Depth::Whole => Depth::Channels,
            Depth::Channels => {
                self.pairs.begin(&self.margins, notebook);
                match (notebook.extent.maturity, splits_countries) {
                    (Maturity::Growing, true) if !self.margins.are_thin(notebook.extent) => Depth::Bottom,
                    (_, true) => Depth::Countries,
                    (_, false) => Depth::ChannelWindows,
                }
            }
            Depth::Countries => {
                self.pairs.take_known(notebook, &mut self.countries)?;
                Depth::Pairs
            }
            Depth::Pairs => Depth::ChannelWindows,
            Depth::ChannelWindows => {
                let room = channel_windows::room(&self.margins, notebook)?;
                self.pair_windows = PairWindows::new(room, &self.pairs, &self.margins, notebook.extent);
                if splits_countries { Depth::PairWindows } else { Depth::Bottom }
            }
            Depth::PairWindows => {
                self.pair_windows.conclude_zeros(&self.pairs, notebook);
                Depth::Bottom
            }
            Depth::Bottom | Depth::GivenUp => self.depth,
        };
        Ok(())
    }

    /// Takes in what came back for a target; `None`: it failed.
    pub(super) fn learn(
        &mut self,
        target: &Target,
        counts: Option<Counts>,
        notebook: &mut Notebook,
    ) -> Result<(), Contradiction> {
        match target {
            Target::Whole => self.margins.learn_whole(counts),
            Target::Channel(channel) => self.margins.learn_channel(*channel, counts),
            Target::Country(country) => self.countries.learn(*country, counts),
            Target::Pair(pair) => self.pairs.learn(*pair, counts, &mut self.countries)?,
            Target::Windows { track, windows } => {
                let search = match track.country {
                    None => &mut self.channel_windows.search,
                    Some(_) => &mut self.pair_windows.search,
                };
                search.learn(*track, windows, counts, notebook)?;
            }
            Target::Span { country, windows } => {
                self.pair_windows.search.learn_span(*country, windows, counts, notebook)?;
            }
        }
        Ok(())
    }

    /// Countries' and pairs' totals that were answered.
    pub(super) fn answered_totals(&self) -> impl Iterator<Item = (Target, Counts)> + '_ {
        let countries = self.countries.answered().map(|(country, counts)| (Target::Country(country), counts));
        countries.chain(self.pairs.answered().map(|(pair, counts)| (Target::Pair(pair), counts)))
    }
}

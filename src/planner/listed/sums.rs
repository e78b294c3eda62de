//! One window's listed attempts, summed up as the job splits them and as Summary can be asked for them.

use std::collections::{BTreeMap, HashMap};

use crate::model::{Answer, Channel, Cost, Country, Counts, TallyRow};
use crate::planner::index::{ChannelIndex, CountryIndex, Each, Lane, Position, PrefixIndex, ServiceIndex};
use crate::planner::layout::Layout;

/// Counts and what they cost.
type Sum = (Counts, Cost);

/// A window's sums.
#[derive(Debug, Clone)]
pub(in crate::planner) struct WindowSums {
    /// Every attempt, by country and channel as they were named.
    pairs: BTreeMap<(Option<Country>, Option<Channel>), Counts>,
    /// Those of the job's lanes.
    lanes: Each<Lane, Sum>,
    /// Those of the job's countries in its lanes; nothing without attempts.
    cells: HashMap<(CountryIndex, Lane), Sum>,
    /// As whose answer they count: when the first page was asked for, and by whom.
    pub(in crate::planner) answer: Answer,
}

impl WindowSums {
    /// Of no attempt.
    pub(in crate::planner) fn none(layout: &Layout, answer: Answer) -> Self {
        let lanes = Each::of(layout.lane_count(), Sum::default());
        Self { pairs: BTreeMap::new(), lanes, cells: HashMap::new(), answer }
    }

    /// Adds attempts; `None`: more than can be counted.
    pub(in crate::planner) fn add(&mut self, layout: &Layout, row: &TallyRow) -> Option<()> {
        let pair = self.pairs.entry((row.country, row.channel)).or_default();
        *pair = pair.checked_add(row.counts)?;
        let Some(lane) = lane_of(layout, row) else { return Some(()) };
        let add = |sum: &mut Sum| {
            *sum = (sum.0.checked_add(row.counts)?, sum.1.with(row.cost));
            Some(())
        };
        add(self.lanes.get_mut(lane)?)?;
        let Some(country) = layout.country_index(row.country) else { return Some(()) };
        add(self.cells.entry((country, lane)).or_default())
    }

    /// What all attempts add up to that a choice of country and channel admits.
    pub(in crate::planner) fn sum(&self, admits: impl Fn(Option<Country>, Option<Channel>) -> bool) -> Counts {
        let admitted = self.pairs.iter().filter(|((country, channel), _)| admits(*country, *channel));
        admitted.fold(Counts::ZERO, |sum, (_, counts)| sum.checked_add(*counts).unwrap_or(sum))
    }

    pub(in crate::planner) fn lane(&self, lane: Lane) -> Sum {
        self.lanes[lane]
    }

    pub(in crate::planner) fn cell(&self, country: CountryIndex, lane: Lane) -> Sum {
        self.cells.get(&(country, lane)).copied().unwrap_or_default()
    }

    /// Whether attempts outside e-mail have no country.
    pub(in crate::planner) fn has_homeless(&self) -> bool {
        self.sum(|country, channel| country.is_none() && channel != Some(Channel::Email)) != Counts::ZERO
    }
}

/// The lane that attempts belong to; `None`: a channel that is not known, or a value that the job does not list.
fn lane_of(layout: &Layout, row: &TallyRow) -> Option<Lane> {
    fn or_only<I: Position>(index: Option<I>, is_split: bool) -> Option<I> {
        if is_split { index } else { Some(I::at(0)) }
    }
    let shape = layout.matrix().shape();
    let service: ServiceIndex = or_only(layout.service_index(row.service), shape.services.is_some())?;
    let channel: ChannelIndex = or_only(layout.channel_index(row.channel), shape.channels.is_some())?;
    let prefix: PrefixIndex = or_only(layout.prefix_index(row.prefix), shape.prefixes.is_some())?;
    Some(layout.lane(service, channel, prefix))
}

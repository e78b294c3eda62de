//! The values of a matrix that the numbering counts: countries, and the lanes and groups that services, channels and
//! prefixes make up.

use super::Layout;
use crate::model::{Cell, Channel, Country, Prefix, ServiceSid, Slice, Window};
use crate::planner::index::{ChannelIndex, CountryIndex, Group, Lane, Position, PrefixIndex, ServiceIndex, all};

impl Layout {
    pub(in crate::planner) fn country_count(&self) -> usize {
        self.matrix.shape().country_count()
    }

    pub(in crate::planner) fn countries(&self) -> impl Iterator<Item = CountryIndex> + Clone + use<> {
        all(self.country_count())
    }

    pub(in crate::planner) fn channel_count(&self) -> usize {
        self.matrix.shape().channel_count()
    }

    pub(in crate::planner) fn services(&self) -> impl Iterator<Item = ServiceIndex> + Clone + use<> {
        all(self.matrix.shape().service_count())
    }

    pub(in crate::planner) fn prefixes(&self) -> impl Iterator<Item = PrefixIndex> + Clone + use<> {
        all(self.matrix.shape().prefix_count())
    }

    pub(in crate::planner) fn lane_count(&self) -> usize {
        self.matrix.shape().service_count() * self.stride
    }

    pub(in crate::planner) fn lanes(&self) -> impl Iterator<Item = Lane> + Clone + use<> {
        all(self.lane_count())
    }

    pub(in crate::planner) fn group_count(&self) -> usize {
        self.matrix.shape().service_count() * self.matrix.shape().prefix_count()
    }

    pub(in crate::planner) fn groups(&self) -> impl Iterator<Item = Group> + Clone + use<> {
        all(self.group_count())
    }

    pub(in crate::planner) fn lane(&self, service: ServiceIndex, channel: ChannelIndex, prefix: PrefixIndex) -> Lane {
        let prefixes = self.matrix.shape().prefix_count();
        Lane::at(service.number() * self.stride + channel.number() * prefixes + prefix.number())
    }

    pub(in crate::planner) fn service_of(&self, lane: Lane) -> ServiceIndex {
        ServiceIndex::at(lane.number() / self.stride)
    }

    pub(in crate::planner) fn channel_of(&self, lane: Lane) -> ChannelIndex {
        ChannelIndex::at(lane.number() % self.stride / self.matrix.shape().prefix_count())
    }

    pub(in crate::planner) fn prefix_of(&self, lane: Lane) -> PrefixIndex {
        PrefixIndex::at(lane.number() % self.matrix.shape().prefix_count())
    }

    pub(in crate::planner) fn group(&self, service: ServiceIndex, prefix: PrefixIndex) -> Group {
        Group::at(service.number() * self.matrix.shape().prefix_count() + prefix.number())
    }

    pub(in crate::planner) fn service_and_prefix(&self, group: Group) -> (ServiceIndex, PrefixIndex) {
        let prefixes = self.matrix.shape().prefix_count();
        (ServiceIndex::at(group.number() / prefixes), PrefixIndex::at(group.number() % prefixes))
    }

    pub(in crate::planner) fn group_of(&self, lane: Lane) -> Group {
        self.group(self.service_of(lane), self.prefix_of(lane))
    }

    /// The lane of a group's channel.
    pub(in crate::planner) fn lane_of(&self, group: Group, channel: ChannelIndex) -> Lane {
        let (service, prefix) = self.service_and_prefix(group);
        self.lane(service, channel, prefix)
    }

    /// A lane that is like all others of its group but for the channel.
    pub(in crate::planner) fn any_lane_of(&self, group: Group) -> Lane {
        self.lane_of(group, ChannelIndex::at(0))
    }

    /// The lanes of a group, one for each channel.
    pub(in crate::planner) fn lanes_of(&self, group: Group) -> impl Iterator<Item = Lane> + use<> {
        let step = self.matrix.shape().prefix_count();
        let first = self.any_lane_of(group).number();
        (first..first + self.stride).step_by(step).map(Lane::at)
    }

    /// The lanes of a service, one for each channel and prefix.
    pub(in crate::planner) fn lanes_of_service(&self, service: ServiceIndex) -> impl Iterator<Item = Lane> + use<> {
        let first = service.number() * self.stride;
        (first..first + self.stride).map(Lane::at)
    }

    /// The lanes of the same channel and prefix, one for each service.
    pub(in crate::planner) fn lanes_across_services(&self, lane: Lane) -> impl Iterator<Item = Lane> + use<> {
        (lane.number() % self.stride..self.lane_count()).step_by(self.stride).map(Lane::at)
    }

    /// The lanes of the same service and channel, one for each prefix.
    pub(in crate::planner) fn lanes_across_prefixes(&self, lane: Lane) -> impl Iterator<Item = Lane> + use<> {
        let prefixes = self.matrix.shape().prefix_count();
        let first = lane.number() / prefixes * prefixes;
        (first..first + prefixes).map(Lane::at)
    }

    /// For each service and channel the lane of the first prefix.
    pub(in crate::planner) fn lanes_of_first_prefix(&self) -> impl Iterator<Item = Lane> + use<> {
        (0..self.lane_count()).step_by(self.matrix.shape().prefix_count()).map(Lane::at)
    }

    /// The country at a position; `None` when not split. The others likewise.
    pub(in crate::planner) fn country(&self, index: CountryIndex) -> Option<Country> {
        self.matrix.shape().country(index.number())
    }

    pub(in crate::planner) fn channel(&self, index: ChannelIndex) -> Option<Channel> {
        self.matrix.shape().channel(index.number())
    }

    pub(in crate::planner) fn service(&self, index: ServiceIndex) -> Option<ServiceSid> {
        self.matrix.shape().service(index.number())
    }

    pub(in crate::planner) fn prefix(&self, index: PrefixIndex) -> Option<Prefix> {
        self.matrix.shape().prefix(index.number())
    }

    /// Whether a lane is e-mail's, which has neither countries nor numbers.
    pub(in crate::planner) fn is_email(&self, lane: Lane) -> bool {
        self.channel(self.channel_of(lane)) == Some(Channel::Email)
    }

    /// Where a country stands in the job's list; `None` for all of them, and for one that is not listed. The others
    /// likewise.
    pub(in crate::planner) fn country_index(&self, country: Option<Country>) -> Option<CountryIndex> {
        position(self.matrix.shape().countries.as_ref(), country)
    }

    pub(in crate::planner) fn channel_index(&self, channel: Option<Channel>) -> Option<ChannelIndex> {
        position(self.matrix.shape().channels.as_ref(), channel)
    }

    pub(in crate::planner) fn service_index(&self, service: Option<ServiceSid>) -> Option<ServiceIndex> {
        position(self.matrix.shape().services.as_ref(), service)
    }

    pub(in crate::planner) fn prefix_index(&self, prefix: Option<Prefix>) -> Option<PrefixIndex> {
        position(self.matrix.shape().prefixes.as_ref(), prefix)
    }

    /// The row key of a lane in some range: what names it to people.
    pub(in crate::planner) fn cell_of(&self, window: Window, country: Option<Country>, lane: Lane) -> Cell {
        Cell {
            window,
            service: self.service(self.service_of(lane)),
            country,
            channel: self.channel(self.channel_of(lane)),
            prefix: self.prefix(self.prefix_of(lane)),
        }
    }

    /// What is asked for a lane in some range, of one country or of all.
    pub(in crate::planner) fn slice_of(&self, range: Window, country: Option<CountryIndex>, lane: Lane) -> Slice {
        let name = country.and_then(|country| self.country(country));
        let Cell { window, service, country, channel, prefix } = self.cell_of(range, name, lane);
        Slice { range: window, service, country, channel, prefix }
    }
}

fn position<I: Position, T: Ord>(values: Option<&Vec<T>>, value: Option<T>) -> Option<I> {
    values?.binary_search(&value?).ok().map(I::at)
}

//! Filters beside each other: the busiest place of a combination without one of its filters, against the values of that
//! filter.

use std::cmp::Reverse;

use super::Filters;
use super::case::{Awaited, Case, channel_name, filters_of, parts};
use super::others::channels_unlisted;
use crate::model::{Counts, Filter, ServiceSid, Slice, Window};
use crate::planner::evidence::Trial;
use crate::planner::index::{CountryIndex, Group, Lane, ServiceIndex};
use crate::planner::knowledge::Knowledge;

/// How well a place shows whether a filter narrows in it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Score<P> {
    /// Values of the filter with attempts; two show as much as more.
    busy: usize,
    attempts: i64,
    /// The first of those that are alike.
    place: Reverse<P>,
}

impl<P> Score<P> {
    fn of(held: &[Counts], place: P) -> Self {
        let busy = held.iter().filter(|it| it.attempts() > 0).count().min(2);
        Self { busy, attempts: held.iter().map(|it| it.attempts()).sum(), place: Reverse(place) }
    }
}

impl Filters {
    /// Channel beside Country, or where only prefixes are split beside Prefix: the busiest of them without channel,
    /// against its channels.
    pub(super) fn await_channels_beside_others(&mut self, known: &mut Knowledge, range: Window) {
        let layout = &known.layout;
        let shape = layout.matrix().shape();
        if shape.channels.is_none() || (shape.countries.is_none() && shape.prefixes.is_none()) {
            return;
        }
        let held = |group: Group, country: CountryIndex| -> Vec<Counts> {
            let lanes = layout.lanes_of(group);
            let held = |lane| match &shape.countries {
                Some(_) => known.country_tried(country, lane),
                None => known.lane_tried(lane),
            };
            lanes.map(|lane| held(lane).unwrap_or_default()).collect()
        };
        let score = |&(group, country): &(Group, CountryIndex)| Score::of(&held(group, country), (group, country));
        let open = |country: &CountryIndex| shape.countries.is_none() || !known.is_refused(*country);
        let of_service = |service: ServiceIndex| {
            let groups = layout.prefixes().map(|prefix| layout.group(service, prefix));
            let places = groups.flat_map(|group| layout.countries().filter(open).map(move |it| (group, it)));
            places.max_by_key(score).filter(|place| score(place).attempts > 0)
        };
        // Where every channel says nothing, the account as a whole may say otherwise.
        for service in layout.services().filter(|service| of_service(*service).is_none()) {
            if layout.has_group_wholes() {
                break;
            }
            let whole = Slice { service: layout.service(service), ..Slice::whole(range) };
            let lanes = layout.lanes_of_service(service).collect();
            let totals = known.margins.iter().filter(|(slice, _)| slice.service == whole.service);
            let held = totals.map(|(slice, counts)| (channel_name(slice.channel), *counts));
            let parts = parts(held);
            let candidates = channels_unlisted(known, whole, &parts);
            self.awaited.push(Awaited { filter: Filter::Channel, whole, parts, candidates, lanes });
        }
        for (group, country) in layout.services().filter_map(of_service) {
            let lanes: Vec<Lane> = layout.lanes_of(group).collect();
            let whole = Slice { channel: None, ..layout.slice_of(range, Some(country), lanes[0]) };
            if known.evidence.notes.lately(&format!("narrows Channel {}", filters_of(&whole))).is_some() {
                continue;
            }
            let names = lanes.iter().map(|&lane| channel_name(layout.channel(layout.channel_of(lane))));
            let parts = parts(names.zip(held(group, country)));
            let candidates = channels_unlisted(known, whole, &parts);
            let told = known.country_totals.get(&(whole.service, whole.prefix, country)).copied();
            if let Some(total) = told.filter(|_| shape.countries.is_some()) {
                let trial = Trial::new(whole, total, parts, candidates);
                self.cases.push(Case::new(Filter::Channel, lanes, whole, trial));
            } else {
                self.awaited.push(Awaited { filter: Filter::Channel, whole, parts, candidates, lanes });
            }
        }
    }

    /// Service, where what was listed rests on the totals of services: the busiest channel and prefix without it.
    pub(super) fn await_listed_services(&mut self, known: &Knowledge, range: Window) {
        let layout = &known.layout;
        let Some(services) = &layout.matrix().shape().services else { return };
        let held = |lane: Lane| -> Vec<Counts> {
            layout.lanes_across_services(lane).map(|lane| known.lane_tried(lane).unwrap_or_default()).collect()
        };
        let score = |&lane: &Lane| Score::of(&held(lane), lane);
        let mut lanes = layout.services().take(1).flat_map(|service| layout.lanes_of_service(service));
        let Some(first) = lanes.next() else { return };
        let lane = lanes.fold(first, |best, lane| if score(&lane) > score(&best) { lane } else { best });
        let whole = Slice { service: None, ..layout.slice_of(range, None, lane) };
        if known.evidence.notes.lately(&format!("narrows VerifyServiceSid {}", filters_of(&whole))).is_some() {
            return;
        }
        let parts = parts(services.iter().map(ToString::to_string).zip(held(lane)));
        let awaited = Awaited { filter: Filter::Service, whole, parts, candidates: Vec::new(), lanes: Vec::new() };
        self.awaited.push(awaited);
    }

    /// Service, alone and beside the other filters: the busiest place without it.
    pub(super) fn await_services(&mut self, known: &mut Knowledge, range: Window) {
        let layout = &known.layout;
        let shape = layout.matrix().shape();
        let Some(services) = &shape.services else { return };
        let held = |country: CountryIndex, lane: Lane| -> Vec<Counts> {
            let services = layout.lanes_across_services(lane);
            services.map(|lane| known.country_tried(country, lane).unwrap_or_default()).collect()
        };
        let score = |&(country, lane): &(CountryIndex, Lane)| Score::of(&held(country, lane), (country, lane));
        // One service's lanes stand for those of all.
        let lanes = || layout.services().take(1).flat_map(|service| layout.lanes_of_service(service));
        let places = layout
            .countries()
            .filter(|&country| shape.countries.is_none() || !known.is_refused(country))
            .flat_map(|country| lanes().map(move |lane| (country, lane)));
        let Some((country, lane)) = places.max_by_key(score) else { return };
        let whole = if score(&(country, lane)).attempts > 0 {
            Slice { service: None, ..layout.slice_of(range, Some(country), lane) }
        } else {
            Slice::whole(range)
        };
        if known.evidence.notes.lately(&format!("narrows VerifyServiceSid {}", filters_of(&whole))).is_some() {
            return;
        }
        let name = |service: &ServiceSid| service.to_string();
        let parts = parts(services.iter().map(name).zip(held(country, lane)));
        let awaited = Awaited { filter: Filter::Service, whole, parts, candidates: Vec::new(), lanes: Vec::new() };
        self.awaited.push(awaited);
    }
}

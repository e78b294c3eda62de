//! The trials that need no question of their own: the values under totals that are known.

use super::case::{Case, parts};
use super::others::{candidate, channels_unlisted, place_of_others, prefixes_unlisted};
use crate::model::{Country, Counts, Filter, Listing, Prefix, Slice, Window};
use crate::planner::evidence::Trial;
use crate::planner::index::{Group, Lane};
use crate::planner::knowledge::Knowledge;

/// A lane's countries under its total.
pub(super) fn country_trial(known: &Knowledge, range: Window, lane: Lane, email: Counts) -> Option<Case> {
    let layout = &known.layout;
    let shape = layout.matrix().shape();
    let listed = shape.countries.as_ref()?;
    if layout.is_email(lane) || known.is_listed_lane(lane) {
        return None;
    }
    let total = known.lane_tried(lane)?;
    let scope = layout.slice_of(range, None, lane);
    let values = layout.countries().filter(|&country| !known.is_refused(country));
    let values: Option<Vec<(String, Counts)>> = values
        .map(|country| Some((layout.country(country)?.to_string(), known.country_tried(country, lane)?)))
        .collect();
    let parts = parts(values?.into_iter());
    let trial = if known.terms.countries == Listing::Every {
        Trial::new(scope, total, parts, Vec::new()).listing_all()
    } else {
        let others = Country::by_size().filter(|country| !listed.contains(country));
        let place = place_of_others(known, scope, &parts);
        let slice = |country: Country| Slice { country: Some(country), ..place };
        let others = others.map(|country| candidate(known, country.to_string(), slice(country))).collect();
        Trial::new(scope, total, parts, others)
    };
    // No e-mail has a number, so a prefix's whole holds none.
    let trial = if shape.prefixes.is_none() { trial.without_email(email) } else { trial };
    Some(Case::new(Filter::Country, vec![lane], scope, trial))
}

/// Countries under the whole of the range, where they were margins of what was listed; `None`: they were not.
pub(super) fn country_margin_trial(known: &Knowledge, range: Window, email: Counts) -> Option<Case> {
    let layout = &known.layout;
    let listed = layout.matrix().shape().countries.as_ref()?;
    let lanes: Vec<Lane> = layout.lanes().filter(|&lane| known.is_listed_lane(lane)).collect();
    let (whole, total) = known.settled_whole.filter(|(whole, _)| whole.range == range && !lanes.is_empty())?;
    let margin = |country| known.country_totals.get(&(None, None, country)).copied();
    let values = layout.countries().filter_map(|it| Some((layout.country(it)?.to_string(), margin(it)?)));
    let parts = parts(values);
    if parts.is_empty() {
        return None;
    }
    let others = Country::by_size().filter(|country| !listed.contains(country));
    let place = place_of_others(known, whole, &parts);
    let slice = |country: Country| Slice { country: Some(country), ..place };
    let others = others.map(|country| candidate(known, country.to_string(), slice(country))).collect();
    let trial = Trial::new(whole, total, parts, others).without_email(email);
    Some(Case::new(Filter::Country, lanes, whole, trial))
}

/// A group's channels under its whole.
pub(super) fn channel_trial(known: &Knowledge, group: Group) -> Option<Case> {
    let layout = &known.layout;
    if !layout.has_group_wholes() {
        return None;
    }
    let range = layout.range()?;
    let total = known.store.counts(layout.all_channels(group))?;
    let lanes: Vec<Lane> = layout.lanes_of(group).collect();
    let scope = Slice { channel: None, ..layout.slice_of(range, None, lanes[0]) };
    let values: Option<Vec<(String, Counts)>> = lanes
        .iter()
        .map(|&lane| Some((layout.channel(layout.channel_of(lane))?.to_string(), known.lane_tried(lane)?)))
        .collect();
    let parts = parts(values?.into_iter());
    let others = channels_unlisted(known, scope, &parts);
    let trial = Trial::new(scope, total, parts, others);
    let trial = if layout.has_all_channels() { trial.listing_all() } else { trial };
    Some(Case::new(Filter::Channel, lanes, scope, trial))
}

/// The prefixes of a service and channel under its total without prefix; `lane` is that of the first prefix.
pub(super) fn prefix_trial(known: &Knowledge, range: Window, lane: Lane, email: Counts) -> Option<Case> {
    let layout = &known.layout;
    let listed = layout.matrix().shape().prefixes.as_ref()?;
    if layout.is_email(lane) {
        return None;
    }
    let scope = Slice { prefix: None, ..layout.slice_of(range, None, lane) };
    let (_, total) = known.margins.iter().find(|(slice, _)| *slice == scope)?;
    let lanes: Vec<Lane> = layout.lanes_across_prefixes(lane).collect();
    let values: Option<Vec<(Prefix, Counts)>> =
        lanes.iter().map(|&lane| Some((layout.prefix(layout.prefix_of(lane))?, known.lane_tried(lane)?))).collect();
    let values = values?;
    let busiest = values.iter().max_by_key(|(_, counts)| counts.attempts());
    let busiest = busiest.filter(|(_, counts)| *counts != Counts::ZERO).map(|(prefix, _)| *prefix);
    let parts = parts(values.into_iter().map(|(prefix, counts)| (prefix.to_string(), counts)));
    let place = place_of_others(known, scope, &parts);
    let others = prefixes_unlisted(listed, busiest)
        .map(|prefix| candidate(known, prefix.to_string(), Slice { prefix: Some(prefix), ..place }))
        .collect();
    let trial = Trial::new(scope, *total, parts, others).without_email(email);
    Some(Case::new(Filter::Prefix, lanes, scope, trial))
}

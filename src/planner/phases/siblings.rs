//! One bad value must not cost all the others (V10): channels, services and prefixes that answer like the whole above
//! them, while others hold attempts, are asked once more and left without rows if they still do.
//!
//! Countries show it later ([`CountryDoubt`](super::country_doubt::CountryDoubt)): in the drill, and in the first
//! windows' cells.

use std::cmp::Reverse;

use super::stage::Stage;
use super::{Phase, Turn};
use crate::model::{Counts, Filter, Round, Slice};
use crate::planner::evidence::{Inquiry, Suspicion, Withheld, suspect};
use crate::planner::index::{Group, Lane};
use crate::planner::knowledge::{Knowledge, named};

/// One whole, and the values under it.
#[derive(Debug)]
struct Split {
    filter: Filter,
    whole: (Slice, Counts),
    /// Each value's slice, what it holds, and its lanes.
    values: Vec<(Slice, Counts, Vec<Lane>)>,
}

/// The phase.
#[derive(Debug)]
pub(super) struct Siblings {
    families: Vec<Split>,
    inquiry: Inquiry,
}

impl Siblings {
    pub(super) fn new(known: &mut Knowledge) -> Self {
        let mut phase = Self { families: Vec::new(), inquiry: Inquiry::default() };
        if known.range_in_doubt().is_none() {
            return phase;
        }
        let families = [channels(known), services(known), prefixes(known)].into_iter().flatten();
        for family in families {
            let values = family.values.iter().enumerate().map(|(index, (_, counts, _))| (index, *counts));
            let asked_again = to_confirm(values, family.whole.1);
            if asked_again.is_empty() {
                continue;
            }
            for slice in asked_again.into_iter().map(|index| family.values[index].0).chain([family.whole.0]) {
                phase.inquiry.put(slice, Round::Again);
            }
            phase.families.push(family);
        }
        known.progress.planned += phase.inquiry.len();
        phase
    }

    fn rule(&self, known: &mut Knowledge, family: &Split) {
        let again = |slice: &Slice| self.inquiry.answer(slice, Round::Again).map(|answer| answer.counts);
        let now = |slice: &Slice, before: Counts| again(slice).unwrap_or(before);
        for (slice, ..) in
            family.values.iter().map(|(slice, counts, _)| (slice, counts)).chain([(&family.whole.0, &family.whole.1)])
        {
            if let (Some(node), Some(answer)) = (known.layout.node(slice), self.inquiry.answer(slice, Round::Again)) {
                known.store.answer(&known.layout, node, Round::Again, &answer);
                known.store.mark_asked_again(node);
            }
        }
        let whole = now(&family.whole.0, family.whole.1);
        let values = family.values.iter().enumerate();
        let values = values.filter_map(|(index, (slice, ..))| Some((index, again(slice)?)));
        let parameter = family.filter.parameter();
        match suspect(values, whole) {
            Suspicion::None | Suspicion::Exceeds => {}
            Suspicion::Ignored => known.evidence.withhold(Withheld::Ignored(
                parameter,
                format!(
                    "the API seems to ignore {parameter}: each value answers like all of them together ({whole})",
                    whole = family.whole.0
                ),
            )),
            Suspicion::Values(suspects) => {
                for index in suspects {
                    let (slice, _, lanes) = &family.values[index];
                    let name = value_name(family.filter, slice);
                    let reason = "it answers like all of them together; leave it out of the job, or ask the vendor";
                    known.leave_out(reason, |_, lane| lanes.contains(&lane));
                    known.held_values.entry(name).or_insert_with(|| reason.to_owned());
                }
            }
        }
    }
}

/// The values to ask once more: those that answer like the whole, and the largest of the others, which shows that they
/// can't. None where nothing is suspect.
pub(super) fn to_confirm<I: Copy + Ord>(values: impl Iterator<Item = (I, Counts)> + Clone, whole: Counts) -> Vec<I> {
    let mut found = match suspect(values.clone(), whole) {
        Suspicion::None | Suspicion::Exceeds => return Vec::new(),
        Suspicion::Ignored => {
            values.clone().filter(|(_, counts)| *counts == whole).map(|(index, _)| index).take(2).collect()
        }
        Suspicion::Values(suspects) => suspects,
    };
    let others = values.filter(|(_, counts)| *counts != Counts::ZERO && *counts != whole);
    found.extend(others.max_by_key(|(index, counts)| (counts.attempts(), Reverse(*index))).map(|(index, _)| index));
    found
}

fn value_name(filter: Filter, slice: &Slice) -> String {
    match filter {
        Filter::Channel => named("channel", slice.channel),
        Filter::Service => named("service", slice.service),
        Filter::Prefix => named("prefix", slice.prefix),
        Filter::Country | Filter::Date => slice.to_string(),
    }
}

fn channels(known: &Knowledge) -> Vec<Split> {
    let layout = &known.layout;
    if !layout.has_group_wholes() || layout.range().is_none() {
        return Vec::new();
    }
    let family = |group: Group| {
        let whole = layout.all_channels(group);
        let value = |lane: Lane| {
            let node = layout.range_total(lane);
            Some((layout.slice(node), known.store.counts(node)?, vec![lane]))
        };
        let values = layout.lanes_of(group).filter_map(value).collect();
        Some(Split { filter: Filter::Channel, whole: (layout.slice(whole), known.store.counts(whole)?), values })
    };
    layout.groups().filter_map(family).collect()
}

/// Services as wholes of their channels, or where channels are not split as lanes, under the account's whole.
fn services(known: &Knowledge) -> Vec<Split> {
    let layout = &known.layout;
    let shape = layout.matrix().shape();
    let Some(whole) = known.settled_whole.filter(|_| shape.services.is_some() && shape.prefixes.is_none()) else {
        return Vec::new();
    };
    let value = |group: Group| {
        let lanes: Vec<Lane> = layout.lanes_of(group).collect();
        let node = if layout.has_group_wholes() { layout.all_channels(group) } else { layout.range_total(lanes[0]) };
        Some((layout.slice(node), known.store.counts(node)?, lanes))
    };
    vec![Split { filter: Filter::Service, whole, values: layout.groups().filter_map(value).collect() }]
}

fn prefixes(known: &Knowledge) -> Vec<Split> {
    let layout = &known.layout;
    let family = |whole: &(Slice, Counts)| {
        let value = |lane: Lane| {
            let node = layout.range_total(lane);
            Some((layout.slice(node), known.store.counts(node)?, vec![lane]))
        };
        let values = known.lanes_within(&whole.0).into_iter().filter_map(value).collect();
        Split { filter: Filter::Prefix, whole: *whole, values }
    };
    known.margins.iter().map(family).collect()
}

impl Phase for Siblings {
    fn inquiry(&mut self) -> Option<&mut Inquiry> {
        Some(&mut self.inquiry)
    }

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        for family in std::mem::take(&mut self.families) {
            self.rule(known, &family);
        }
        if known.evidence.withheld.is_some() { Turn::To(Stage::Controls) } else { Turn::Over }
    }
}

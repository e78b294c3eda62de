//! Whether each filter is alive and narrows, in the combination that the cells use (V1, V2).
//!
//! What the cells themselves show costs nothing. Only where one value holds all, or all hold nothing, are other values
//! asked, twelve in a run at most; their answers are remembered.

use super::stage::Stage;
use super::{Phase, Turn};
use crate::model::{Channel, Country, Counts, Filter, Prefix, Round, ServiceSid, Slice, Window};
use crate::planner::Listing;
use crate::planner::evidence::{Candidate, History, Inquiry, Part, Ruling, Trial, Withheld};
use crate::planner::index::{CountryIndex, Group, Lane, ServiceIndex};
use crate::planner::knowledge::Knowledge;

/// How many values that the job does not list are asked in a run.
const MOST_CANDIDATES: u64 = 12;
/// How far back, in seconds, positive controls reach where nothing limits them: an account that was silent for longer
/// has nothing to show.
const LONGEST_CONTROL: i64 = 400 * 86_400;
/// The digits of the longest number.
const LONGEST_NUMBER: usize = 15;

/// A trial, and what it is about.
#[derive(Debug)]
struct Case {
    filter: Filter,
    /// The lanes whose rows rest on it; empty: all.
    lanes: Vec<Lane>,
    /// What the values are compared under, for messages.
    scope: Slice,
    trial: Trial,
    ruling: Option<Ruling>,
}

/// A whole that must be asked before its filter can be tried.
#[derive(Debug)]
struct Awaited {
    filter: Filter,
    whole: Slice,
    parts: Vec<Part>,
    candidates: Vec<Candidate>,
    lanes: Vec<Lane>,
}

/// The phase.
#[derive(Debug)]
pub(super) struct Filters {
    cases: Vec<Case>,
    awaited: Vec<Awaited>,
    inquiry: Inquiry,
    budget: u64,
    /// Channels are few, and must not wait behind countries.
    channel_budget: u64,
    /// A listed prefix continued to the longest number, and what the prefix itself holds.
    continued: Option<(Slice, Counts)>,
    /// E-mail's attempts by service, where channels are not split and it must be taken off.
    email: Vec<Slice>,
    has_begun: bool,
}

impl Filters {
    pub(super) fn new(known: &mut Knowledge) -> Self {
        let mut phase = Self {
            cases: Vec::new(),
            awaited: Vec::new(),
            inquiry: Inquiry::default(),
            budget: MOST_CANDIDATES,
            channel_budget: MOST_CANDIDATES,
            continued: None,
            email: Vec::new(),
            has_begun: false,
        };
        let Some(range) = known.range_tried() else { return phase };
        Self::begin_dates(known);
        phase.begin_prefix_length(known, range);
        phase.begin_email(known, range);
        phase.await_channels_beside_others(known, range);
        phase.await_services(known, range);
        for slice in &phase.email {
            phase.inquiry.put(*slice, Round::Proof);
        }
        if let Some((slice, _)) = &phase.continued {
            phase.inquiry.put(*slice, Round::Proof);
        }
        for awaited in &phase.awaited {
            if known.settled_whole.is_none_or(|(whole, _)| whole != awaited.whole) {
                phase.inquiry.put(awaited.whole, Round::Proof);
            }
        }
        known.progress.planned += phase.inquiry.len();
        phase
    }

    /// Two windows with attempts show both ends of a range, as they add up to it.
    fn begin_dates(known: &mut Knowledge) {
        if known.windows_tried().filter(|&window| known.holds_attempts(window)).take(2).count() > 1 {
            return;
        }
        let refused = [
            (known.evidence.is_future_refused, "DateCreatedAfter"),
            (known.evidence.is_past_refused, "DateCreatedBefore"),
        ];
        for (_, parameter) in refused.into_iter().filter(|(is_refused, _)| *is_refused) {
            let reason = "its control question was not answered, and no answer showed that the API heeds it";
            known.evidence.leave_unproven(parameter, reason.to_owned());
        }
    }

    fn begin_prefix_length(&mut self, known: &Knowledge, range: Window) {
        let layout = &known.layout;
        let longest = layout
            .lanes()
            .filter_map(|lane| {
                let prefix = layout.prefix(layout.prefix_of(lane))?;
                let counts = known.lane_tried(lane)?;
                let length = prefix.digits().to_string().len();
                (counts != Counts::ZERO && length < LONGEST_NUMBER).then_some((length, counts.attempts(), lane))
            })
            .max_by_key(|&(length, attempts, lane)| (length, attempts, std::cmp::Reverse(lane)));
        let Some((_, _, lane)) = longest else { return };
        let slice = layout.slice_of(range, None, lane);
        let Some(prefix) = slice.prefix else { return };
        let digits = format!("{:9<LONGEST_NUMBER$}", prefix.digits());
        let continued = digits.parse().ok().and_then(Prefix::from_digits);
        let slice = Slice { prefix: continued, ..slice };
        let note = format!("narrows DestinationPrefix {}", filters_of(&slice));
        if known.evidence.notes.lately(&note).is_none() {
            self.continued = known.lane_tried(lane).map(|counts| (slice, counts));
        }
    }

    fn begin_email(&mut self, known: &Knowledge, range: Window) {
        let shape = known.layout.matrix().shape();
        if shape.channels.is_some() || (shape.countries.is_none() && shape.prefixes.is_none()) {
            return;
        }
        let is_lopsided = |lane| country_trial(known, range, lane, Counts::ZERO).is_some_and(|it| it.is_open());
        let is_lopsided = known.layout.lanes().any(is_lopsided) || shape.prefixes.is_some();
        if is_lopsided {
            let services = known.layout.services().map(|service| known.layout.service(service));
            self.email = services
                .map(|service| Slice { service, channel: Some(Channel::Email), ..Slice::whole(range) })
                .collect();
        }
    }

    /// Channel beside Country, or where only prefixes are split beside Prefix: the busiest of them without channel,
    /// against its channels.
    fn await_channels_beside_others(&mut self, known: &mut Knowledge, range: Window) {
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
        let score = |&(group, country): &(Group, CountryIndex)| {
            let held = held(group, country);
            let busy = held.iter().filter(|it| it.attempts() > 0).count().min(2);
            (busy, held.iter().map(|it| it.attempts()).sum::<i64>(), std::cmp::Reverse((group, country)))
        };
        let open = |country: &CountryIndex| shape.countries.is_none() || !known.is_refused(*country);
        let of_service = |service: ServiceIndex| {
            let groups = layout.prefixes().map(|prefix| layout.group(service, prefix));
            let places = groups.flat_map(|group| layout.countries().filter(open).map(move |it| (group, it)));
            places.max_by_key(score).filter(|place| score(place).1 > 0)
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
                self.cases.push(Case { filter: Filter::Channel, lanes, scope: whole, trial, ruling: None });
            } else {
                self.awaited.push(Awaited { filter: Filter::Channel, whole, parts, candidates, lanes });
            }
        }
    }

    /// Service, alone and beside the other filters: the busiest place without it.
    fn await_services(&mut self, known: &mut Knowledge, range: Window) {
        let layout = &known.layout;
        let shape = layout.matrix().shape();
        let Some(services) = &shape.services else { return };
        let held = |country: CountryIndex, lane: Lane| -> Vec<Counts> {
            let services = layout.lanes_across_services(lane);
            services.map(|lane| known.country_tried(country, lane).unwrap_or_default()).collect()
        };
        let score = |&(country, lane): &(CountryIndex, Lane)| {
            let held = held(country, lane);
            let busy = held.iter().filter(|it| it.attempts() > 0).count().min(2);
            (busy, held.iter().map(|it| it.attempts()).sum::<i64>(), std::cmp::Reverse((country, lane)))
        };
        // One service's lanes stand for those of all.
        let lanes = || layout.services().take(1).flat_map(|service| layout.lanes_of_service(service));
        let places = layout
            .countries()
            .filter(|&country| shape.countries.is_none() || !known.is_refused(country))
            .flat_map(|country| lanes().map(move |lane| (country, lane)));
        let Some((country, lane)) = places.max_by_key(score) else { return };
        let whole = if score(&(country, lane)).1 > 0 {
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

    /// The trials that need e-mail's part or a whole that was asked for them.
    fn begin_trials(&mut self, known: &mut Knowledge) {
        self.has_begun = true;
        let Some(range) = known.range_tried() else { return };
        self.settle_controls(known);
        let email = |service: Option<ServiceSid>| {
            let slice = Slice { service, channel: Some(Channel::Email), ..Slice::whole(range) };
            self.inquiry.answer(&slice, Round::Proof).map(|answer| answer.counts).unwrap_or_default()
        };
        let mut cases = Vec::new();
        for lane in known.layout.lanes() {
            let email = email(known.layout.service(known.layout.service_of(lane)));
            cases.extend(country_trial(known, range, lane, email));
            if known.layout.lanes_across_prefixes(lane).next() == Some(lane) {
                cases.extend(prefix_trial(known, range, lane, email));
            }
        }
        cases.extend(known.layout.groups().filter_map(|group| channel_trial(known, group)));
        self.cases.append(&mut cases);
        for awaited in std::mem::take(&mut self.awaited) {
            let told = known.settled_whole.filter(|(whole, _)| *whole == awaited.whole).map(|(_, counts)| counts);
            let asked = self.inquiry.answer(&awaited.whole, Round::Proof).map(|answer| answer.counts);
            let Some(total) = told.or(asked) else {
                let reason = "the question that could have shown it was not answered".to_owned();
                known.evidence.leave_unproven(awaited.filter.parameter(), reason);
                continue;
            };
            let Awaited { filter, whole, parts, candidates, lanes } = awaited;
            let trial = Trial::new(whole, total, parts, candidates);
            self.cases.push(Case { filter, lanes, scope: whole, trial, ruling: None });
        }
    }

    fn settle_controls(&mut self, known: &mut Knowledge) {
        if let Some((slice, held)) = self.continued.take() {
            known.evidence.counts.controls += 1;
            match self.inquiry.answer(&slice, Round::Proof) {
                Some(answer) if answer.counts.attempts() < held.attempts() => {
                    known.evidence.notes.add(format!("narrows DestinationPrefix {}", filters_of(&slice)), 1);
                }
                Some(_) => known.evidence.withhold(Withheld::Ignored(
                    "DestinationPrefix",
                    format!(
                        "the API cuts DestinationPrefix short: {} holds as much as the shorter prefix it begins with; \
                         leave destination_prefixes out, or ask the vendor",
                        filters_of(&slice)
                    ),
                )),
                None => known.evidence.leave_unproven(
                    "DestinationPrefix",
                    "whether the API uses all digits of a prefix could not be learnt".to_owned(),
                ),
            }
        }
    }

    /// Lets every trial go on; `true` while some ask.
    fn go_on(&mut self, known: &mut Knowledge) -> bool {
        for case in self.cases.iter_mut().filter(|case| case.ruling.is_none()) {
            if case.trial.exceeds() && !case.trial.is_reduced() {
                // Windows that are held back explain it.
                let is_told = !case.is_asked_after_its_parts() || !known.evidence.held.is_empty();
                case.ruling = Some(if is_told { Ruling::Narrows } else { Ruling::Exceeds });
                continue;
            }
            let budget = if case.filter == Filter::Channel { &mut self.channel_budget } else { &mut self.budget };
            case.ruling = case.trial.go_on(&mut self.inquiry, budget);
            // One after the other, as together they would use up the questions before any of them is settled.
            if case.ruling.is_none() {
                break;
            }
        }
        known.progress.planned += self.inquiry.len();
        self.inquiry.len() > 0
    }

    fn rule(&mut self, known: &mut Knowledge) {
        let is_alive = |filter: Filter| {
            self.cases
                .iter()
                .any(|case| case.filter == filter && case.ruling == Some(Ruling::Narrows) && !case.trial.is_idle())
        };
        let alive = [Filter::Country, Filter::Channel, Filter::Prefix].map(|filter| (filter, is_alive(filter)));
        for case in std::mem::take(&mut self.cases) {
            let parameter = case.filter.parameter();
            let scope = filters_of(&case.scope);
            for (slice, attempts) in case.trial.asked(&self.inquiry) {
                known.evidence.counts.controls += 1;
                known.evidence.notes.add(control_note(&slice), attempts);
            }
            let doubts = |known: &mut Knowledge, reason: String| {
                known.evidence.leave_unproven(parameter, reason);
                let is_dead = !alive.contains(&(case.filter, true));
                if case.lanes.is_empty() || is_dead {
                    known.evidence.unsettled_lanes.extend(known.layout.lanes());
                } else {
                    known.evidence.unsettled_lanes.extend(&case.lanes);
                }
            };
            if matches!(case.ruling, Some(Ruling::Exceeds | Ruling::Ignored(_) | Ruling::Dead)) {
                known.evidence.notes.revoke(&format!("narrows {parameter} {scope}"));
            }
            match case.ruling.unwrap_or(Ruling::Unproven) {
                Ruling::Narrows | Ruling::Unproven if case.filter == Filter::Service && case.trial.is_lopsided() => {
                    known.evidence.leave_unproven(parameter, lone_service());
                }
                Ruling::Narrows => {
                    if case.trial.has_cost() {
                        known.evidence.notes.add(format!("narrows {parameter} {scope}"), 1);
                    }
                }
                Ruling::Exceeds => known.evidence.withhold(Withheld::Ignored(
                    parameter,
                    format!("{parameter} seems to be ignored: its values hold more together than all of them ({scope})"),
                )),
                Ruling::Ignored(index) => known.evidence.withhold(Withheld::Ignored(
                    parameter,
                    format!(
                        "{} of {parameter} answers like all of them together ({scope}), while another value holds \
                         attempts, too: leave it out of the job, or ask the vendor",
                        case.trial.name(index)
                    ),
                )),
                Ruling::Unproven => doubts(known, format!("no value of {parameter} that could show it was answered ({scope})")),
                Ruling::OutOfQuestions => doubts(
                    known,
                    format!("every value asked so far holds nothing under a whole that holds attempts ({scope}); the next run asks on"),
                ),
                Ruling::Dead if alive.contains(&(case.filter, true)) => doubts(
                    known,
                    format!("every value holds nothing under a whole that holds attempts ({scope}); elsewhere it works"),
                ),
                Ruling::Dead => known.evidence.withhold(Withheld::Ignored(
                    parameter,
                    format!(
                        "{parameter} seems to be dead: every value holds nothing under a whole that holds attempts ({scope})"
                    ),
                )),
            }
        }
    }
}

fn lone_service() -> String {
    "one service holds everything, so whether the API filters by it cannot be seen from outside".to_owned()
}

/// A slice without its range, for names of notes and messages.
fn filters_of(slice: &Slice) -> String {
    let parts = [
        slice.service.map(|it| it.to_string()),
        slice.country.map(|it| it.to_string()),
        slice.channel.map(|it| it.to_string()),
        slice.prefix.map(|it| it.to_string()),
    ];
    let text = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    if text.is_empty() { "all".to_owned() } else { text }
}

fn control_note(slice: &Slice) -> String {
    format!("control {}", filters_of(slice))
}

fn channel_name(channel: Option<Channel>) -> String {
    channel.map_or_else(String::new, |channel| channel.to_string())
}

fn parts(values: impl Iterator<Item = (String, Counts)>) -> Vec<Part> {
    values.enumerate().map(|(index, (name, counts))| Part { name, index, counts }).collect()
}

fn candidate(known: &Knowledge, name: String, slice: Slice) -> Candidate {
    Candidate { name, remembered: known.evidence.notes.ever(&control_note(&slice)), slice }
}

/// Where other values are asked: beside one that holds everything under the whole that it is held against, beside
/// values that hold nothing over the longest stretch that the account answers.
fn place_of_others(known: &Knowledge, whole: Slice, parts: &[Part]) -> Slice {
    let is_silent = parts.iter().all(|part| part.counts == Counts::ZERO);
    let reach = known.longest.unwrap_or(LONGEST_CONTROL);
    let start = whole.range.start().min(whole.range.end().plus_seconds(-reach));
    match Window::new(start, whole.range.end()) {
        Some(range) if is_silent => Slice { range, ..whole },
        _ => whole,
    }
}

fn country_trial(known: &Knowledge, range: Window, lane: Lane, email: Counts) -> Option<Case> {
    let layout = &known.layout;
    let shape = layout.matrix().shape();
    let listed = shape.countries.as_ref()?;
    if layout.is_email(lane) {
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
    Some(Case { filter: Filter::Country, lanes: vec![lane], scope, trial, ruling: None })
}

fn channels_unlisted(known: &Knowledge, scope: Slice, parts: &[Part]) -> Vec<Candidate> {
    let place = place_of_others(known, scope, parts);
    let listed = known.layout.matrix().shape().channels.as_deref().unwrap_or_default();
    let others = Channel::ALL.into_iter().filter(|channel| !listed.contains(channel));
    others.map(|channel| candidate(known, channel.to_string(), Slice { channel: Some(channel), ..place })).collect()
}

fn channel_trial(known: &Knowledge, group: Group) -> Option<Case> {
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
    Some(Case { filter: Filter::Channel, lanes, scope, trial, ruling: None })
}

/// `lane` is the first of its service and channel.
fn prefix_trial(known: &Knowledge, range: Window, lane: Lane, email: Counts) -> Option<Case> {
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
    Some(Case { filter: Filter::Prefix, lanes, scope, trial, ruling: None })
}

/// Prefixes that show whether the filter works: where listed ones hold nothing, every first digit; beside one that holds
/// everything, those that have no number in common with a listed one, which its own first digits may hide.
fn prefixes_unlisted(listed: &[Prefix], busiest: Option<Prefix>) -> impl Iterator<Item = Prefix> {
    let start = busiest.map_or_else(String::new, |prefix| prefix.digits().to_string());
    let depths = 0..start.len().max(1);
    let all: Vec<Prefix> = depths
        .flat_map(|depth| (0..=9).map(move |digit| (depth, digit)))
        .filter_map(|(depth, digit)| format!("{}{digit}", &start[..depth]).parse().ok())
        .filter_map(Prefix::from_digits)
        .collect();
    let listed: Vec<Prefix> = if busiest.is_some() { listed.to_vec() } else { Vec::new() };
    all.into_iter().filter(move |other| !listed.iter().any(|it| it.is_start_of(*other) || other.is_start_of(*it)))
}

impl Case {
    /// Whether its whole was asked after its parts, so that they can't exceed it. Identities speak of the others.
    fn is_asked_after_its_parts(&self) -> bool {
        self.filter == Filter::Service
            || (self.filter == Filter::Channel && (self.scope.country.is_some() || self.scope.prefix.is_some()))
    }

    /// Whether it would ask something.
    fn is_open(&self) -> bool {
        !self.trial.is_shown()
    }
}

impl Phase for Filters {
    fn inquiry(&mut self) -> Option<&mut Inquiry> {
        Some(&mut self.inquiry)
    }

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        if !self.has_begun {
            self.begin_trials(known);
        }
        if self.go_on(known) {
            return Turn::More;
        }
        self.rule(known);
        known.bound_parts();
        if known.evidence.withheld.is_some() { Turn::To(Stage::Controls) } else { Turn::Over }
    }
}

impl Knowledge {
    /// Services and prefixes never exceed what bounds them (V3).
    fn bound_parts(&mut self) {
        let Some(windows) = self.stretch_in_doubt() else { return };
        let mut wrong = Vec::new();
        for &(slice, whole) in &self.margins {
            let totals: Option<i64> =
                self.lanes_within(&slice).into_iter().map(|lane| self.lane_tried(lane).map(Counts::attempts)).sum();
            wrong.extend(totals.filter(|sum| *sum > whole.attempts()).map(|sum| (slice, sum, whole)));
        }
        if let Some((slice, whole)) = self.settled_whole
            && self.layout.matrix().shape().services.is_some()
            && self.layout.matrix().shape().prefixes.is_none()
        {
            let totals: Option<i64> = self.layout.lanes().map(|lane| self.lane_tried(lane).map(Counts::attempts)).sum();
            wrong.extend(totals.filter(|sum| *sum > whole.attempts()).map(|sum| (slice, sum, whole)));
        }
        if let Some((slice, whole)) = self.settled_whole {
            let sum = self.margins.iter().map(|(_, counts)| counts.attempts()).sum::<i64>();
            wrong.extend((sum > whole.attempts()).then_some((slice, sum, whole)));
        }
        for (slice, sum, whole) in wrong {
            let reason =
                format!("the parts of {slice} hold {sum} attempts together, more than its {}", whole.attempts());
            windows.clone().for_each(|window| self.evidence.hold(window, &reason));
        }
        if self.evidence.history == Some(History::Nothing) {
            self.doubt_history();
        }
    }
}

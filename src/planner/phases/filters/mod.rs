//! Whether each filter is alive and narrows, in the combination that the cells use (V1, V2).
//!
//! What the cells themselves show costs nothing. Only where one value holds all, or all hold nothing, are other values
//! asked, twelve in a run at most; their answers are remembered.

mod case;
mod ceilings;
mod combined;
mod others;
mod prefix_length;
mod ruling;
mod trials;

use case::{Awaited, Case};
use trials::{channel_trial, country_margin_trial, country_trial, prefix_trial};

use super::stage::Stage;
use super::{Phase, Turn};
use crate::model::{Channel, Counts, Filter, Round, ServiceSid, Slice, Window};
use crate::planner::evidence::{Inquiry, Ruling, Trial};
use crate::planner::knowledge::Knowledge;

/// How many values that the job does not list are asked in a run.
const MOST_CANDIDATES: u64 = 12;

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
        if known.layout.lanes().all(|lane| known.is_listed_lane(lane)) {
            phase.await_listed_services(known, range);
        } else {
            phase.await_channels_beside_others(known, range);
            phase.await_services(known, range);
        }
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

    /// Asks for e-mail where channels are not split and countries or prefixes, which it has none of, have to be tried.
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

    /// The trials that need e-mail's part or a whole that was asked for them.
    fn begin_trials(&mut self, known: &mut Knowledge) {
        self.has_begun = true;
        let Some(range) = known.range_tried() else { return };
        self.settle_prefix_length(known);
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
        let email = known
            .layout
            .lanes()
            .find(|&lane| known.layout.is_email(lane))
            .map_or_else(|| email(None), |lane| known.lane_tried(lane).unwrap_or_default());
        cases.extend(country_margin_trial(known, range, email));
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
            self.cases.push(Case::new(filter, lanes, whole, Trial::new(whole, total, parts, candidates)));
        }
    }

    /// Lets every trial go on; `true` while some ask.
    fn go_on(&mut self, known: &mut Knowledge) -> bool {
        for index in 0..self.cases.len() {
            let [case, later @ ..] = &mut self.cases[index..] else { break };
            if case.ruling.is_some() {
                continue;
            }
            if case.trial.exceeds() && !case.trial.is_reduced() {
                // Windows that are held back explain it.
                let is_told = !case.is_asked_after_its_parts() || !known.evidence.held.is_empty();
                case.ruling = Some(if is_told { Ruling::Narrows } else { Ruling::Exceeds });
                continue;
            }
            let budget = if case.filter == Filter::Channel { &mut self.channel_budget } else { &mut self.budget };
            // One after the other, as together they would use up the questions before any of them is settled.
            let is_last = later.iter().all(|case| case.ruling.is_some() || !case.is_open());
            case.ruling = case.trial.go_on(&mut self.inquiry, budget, if is_last { usize::MAX } else { 1 });
            if case.ruling.is_none() {
                break;
            }
        }
        known.progress.planned += self.inquiry.len();
        self.inquiry.len() > 0
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
        known.doubt_history();
        if known.evidence.withheld.is_some() { Turn::To(Stage::Controls) } else { Turn::Over }
    }
}

impl Knowledge {}

//! Values without rows of their own: those that the API refuses, and those that answer like the whole above them.

use super::Knowledge;
use crate::model::{Listing, Outcome, Slice};
use crate::planner::index::{CountryIndex, Lane};
use crate::planner::layout::Layout;
use crate::planner::refusals::Refused;

impl Knowledge {
    /// Whether a country has no rows of its own.
    pub(in crate::planner) fn is_refused(&self, country: CountryIndex) -> bool {
        self.refused[country].is_some()
    }

    /// Whether a country has no row of its own in a lane.
    pub(in crate::planner) fn is_refused_in(&self, country: CountryIndex, lane: Lane) -> bool {
        self.is_refused(country) || (self.email_refused.is_some() && self.layout.is_email(lane))
    }

    /// Countries with a row of their own in a lane.
    pub(in crate::planner) fn countries_of(&self, lane: Lane) -> impl Iterator<Item = CountryIndex> + '_ {
        self.layout.countries().filter(move |&country| !self.is_refused_in(country, lane))
    }

    /// Takes note of what came back for a question, and of values that are over with it.
    pub(in crate::planner) fn note_outcome(&mut self, slice: &Slice, outcome: &Outcome) {
        if let Some((value, reason)) = self.refusals.note(&self.layout, slice, outcome) {
            self.give_up(value, reason);
        }
    }

    fn give_up(&mut self, value: Refused, reason: String) {
        let name = match value {
            Refused::Country(index) => {
                self.refused[index].get_or_insert_with(|| reason.clone());
                if self.terms.countries == Listing::Every {
                    return;
                }
                named("country", self.layout.country(index))
            }
            Refused::EmailByCountry => {
                self.email_refused.get_or_insert(reason);
                return;
            }
            Refused::EmailByPrefix => {
                self.leave_out(&reason, Layout::is_email);
                return;
            }
            Refused::Channel(index) => {
                self.leave_out(&reason, |layout, lane| layout.channel_of(lane) == index);
                named("channel", self.layout.channel(index))
            }
            Refused::Service(index) => {
                self.leave_out(&reason, |layout, lane| layout.service_of(lane) == index);
                named("service", self.layout.service(index))
            }
            Refused::Prefix(index) => {
                self.leave_out(&reason, |layout, lane| layout.prefix_of(lane) == index);
                named("prefix", self.layout.prefix(index))
            }
        };
        self.held_values.entry(name).or_insert(reason);
    }

    /// Leaves lanes without rows.
    pub(in crate::planner) fn leave_out(&mut self, reason: &str, is_it: impl Fn(&Layout, Lane) -> bool) {
        for lane in self.layout.lanes().filter(|&lane| is_it(&self.layout, lane)) {
            self.left_out[lane].get_or_insert_with(|| reason.to_owned());
        }
    }

    /// Lets a country's attempts count in the remainder, as its own answers can't be told from the whole's.
    pub(in crate::planner) fn fold(&mut self, country: CountryIndex) {
        let name = named("country", self.layout.country(country));
        let reason = "it answers like all countries together".to_owned();
        self.evidence.warnings.push(format!(
            "{name} answers like all countries together: its attempts count in ZZ; leave it out of `countries`, or \
             ask the vendor"
        ));
        self.refused[country].get_or_insert(reason);
    }
}

/// A value's name for people.
pub(in crate::planner) fn named(kind: &str, value: Option<impl ToString>) -> String {
    format!("{kind} {}", value.map_or_else(String::new, |value| value.to_string()))
}

//! Values that the API refuses (V10, V14): how often, and whether it ever answered a question with them.
//!
//! One stray refusal is no refusal of a value: that takes a value without any answer, in the ledger too, and a second
//! try. E-mail is apart: an API may refuse it beside a country or a prefix, which says nothing of either.

use crate::model::{Channel, FailureKind, Outcome, Slice};

use super::index::{ChannelIndex, CountryIndex, Each, PrefixIndex, ServiceIndex};
use super::layout::Layout;

/// So many refusals of a value that was never answered end it.
const ENOUGH: u32 = 20;
/// The first refusal, and the second try.
const TWICE: u32 = 2;

/// What came back for questions with one value.
#[derive(Debug, Clone, Default)]
struct Tally {
    refused: u32,
    is_answered: bool,
    reason: String,
}

impl Tally {
    fn note(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Answered(_) => self.is_answered = true,
            Outcome::Failed(failure) if failure.kind == FailureKind::Refused => {
                self.refused += 1;
                if self.reason.is_empty() || failure.message < self.reason {
                    self.reason.clone_from(&failure.message);
                }
            }
            Outcome::Failed(_) | Outcome::NotRecorded => {}
        }
    }

    fn is_over(&self, enough: u32) -> Option<&str> {
        (!self.is_answered && self.refused >= enough).then_some(&self.reason)
    }
}

/// A value that is asked no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    Country(CountryIndex),
    Channel(ChannelIndex),
    Service(ServiceIndex),
    Prefix(PrefixIndex),
    /// Countries beside e-mail.
    EmailByCountry,
    /// Prefixes beside e-mail.
    EmailByPrefix,
}

/// The tallies of every value that the job splits.
#[derive(Debug)]
pub(super) struct Refusals {
    countries: Each<CountryIndex, Tally>,
    channels: Each<ChannelIndex, Tally>,
    services: Each<ServiceIndex, Tally>,
    prefixes: Each<PrefixIndex, Tally>,
    email_by_country: Tally,
    email_by_prefix: Tally,
}

impl Refusals {
    pub(super) fn new(layout: &Layout) -> Self {
        let shape = layout.matrix().shape();
        Self {
            countries: Each::of(shape.country_count(), Tally::default()),
            channels: Each::of(shape.channel_count(), Tally::default()),
            services: Each::of(shape.service_count(), Tally::default()),
            prefixes: Each::of(shape.prefix_count(), Tally::default()),
            email_by_country: Tally::default(),
            email_by_prefix: Tally::default(),
        }
    }

    /// Notes that an earlier run was answered for a country.
    pub(super) fn remember_country(&mut self, country: CountryIndex) {
        self.countries[country].is_answered = true;
    }

    /// Takes note of what came back, and says which value is over with it.
    pub(super) fn note(&mut self, layout: &Layout, slice: &Slice, outcome: &Outcome) -> Option<(Refused, String)> {
        let is_email = slice.channel == Some(Channel::Email);
        let found = values(layout, slice);
        // An answer speaks for each of its values, a refusal for whichever of them was never answered.
        for value in found.iter().copied() {
            let is_apart = matches!(value, Refused::Country(_) | Refused::Prefix(_) | Refused::Channel(_)) && is_email;
            let is_beside = slice.country.is_some() || slice.prefix.is_some();
            if !(is_apart && is_beside) {
                self.tally(value).note(outcome);
            }
        }
        if is_email && slice.country.is_some() {
            self.email_by_country.note(outcome);
        } else if is_email && slice.prefix.is_some() {
            self.email_by_prefix.note(outcome);
        }
        if let Outcome::Failed(_) = outcome { self.over(layout, slice) } else { None }
    }

    /// The value of a slice that is over, with the API's reason: the question need not be put.
    pub(super) fn over(&self, layout: &Layout, slice: &Slice) -> Option<(Refused, String)> {
        let is_email = slice.channel == Some(Channel::Email);
        if is_email
            && slice.country.is_some()
            && let Some(reason) = self.email_by_country.is_over(TWICE)
        {
            return Some((Refused::EmailByCountry, reason.to_owned()));
        }
        if is_email
            && slice.prefix.is_some()
            && let Some(reason) = self.email_by_prefix.is_over(TWICE)
        {
            return Some((Refused::EmailByPrefix, reason.to_owned()));
        }
        values(layout, slice).into_iter().find_map(|value| {
            let (tally, enough) = match value {
                Refused::Country(index) => (&self.countries[index], TWICE),
                Refused::Channel(index) => (&self.channels[index], ENOUGH),
                Refused::Service(index) => (&self.services[index], ENOUGH),
                Refused::Prefix(index) => (&self.prefixes[index], ENOUGH),
                Refused::EmailByCountry | Refused::EmailByPrefix => return None,
            };
            Some((value, tally.is_over(enough)?.to_owned()))
        })
    }

    fn tally(&mut self, value: Refused) -> &mut Tally {
        match value {
            Refused::Country(index) => &mut self.countries[index],
            Refused::Channel(index) => &mut self.channels[index],
            Refused::Service(index) => &mut self.services[index],
            Refused::Prefix(index) => &mut self.prefixes[index],
            Refused::EmailByCountry => &mut self.email_by_country,
            Refused::EmailByPrefix => &mut self.email_by_prefix,
        }
    }
}

/// The job's values that a slice names.
fn values(layout: &Layout, slice: &Slice) -> Vec<Refused> {
    [
        layout.country_index(slice.country).map(Refused::Country),
        layout.channel_index(slice.channel).map(Refused::Channel),
        layout.service_index(slice.service).map(Refused::Service),
        layout.prefix_index(slice.prefix).map(Refused::Prefix),
    ]
    .into_iter()
    .flatten()
    .collect()
}

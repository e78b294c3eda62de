//! A small account of single events, which can be made to misbehave.

use crate::model::{
    ApiFailure, Channel, Country, Counts, FailureKind, Filter, Matrix, Prefix, Round, ServiceSid, Slice,
};
use crate::splitmix64;

/// A small fixed generator.
#[derive(Debug, Clone)]
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        splitmix64::next(&mut self.0)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) at: i64,
    /// When the API begins to show it.
    pub(super) shown_at: i64,
    pub(super) service: ServiceSid,
    pub(super) country: Option<Country>,
    pub(super) channel: Channel,
    pub(super) number: Option<Prefix>,
    pub(super) converted_at: Option<i64>,
}

/// What an API may do with an end of a time range besides heeding it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ignored {
    After,
    Before,
    Filter(Filter),
}

type Fails = Box<dyn Fn(&Slice, Round) -> Option<FailureKind>>;
type Bends = Box<dyn Fn(&Slice, Round, Counts) -> Counts>;

pub(super) struct World {
    pub(super) events: Vec<Event>,
    pub(super) ignores: Vec<Ignored>,
    /// From when on it ignores them.
    pub(super) ignores_from: i64,
    /// Events before it are gone.
    pub(super) holds_from: i64,
    pub(super) fails: Fails,
    pub(super) bends: Bends,
}

impl World {
    pub(super) fn new(events: Vec<Event>) -> Self {
        Self {
            events,
            ignores: Vec::new(),
            ignores_from: i64::MIN,
            holds_from: i64::MIN,
            fails: Box::new(|_, _| None),
            bends: Box::new(|_, _, counts| counts),
        }
    }

    pub(super) fn ask(&self, slice: &Slice, round: Round, now: i64) -> Result<Counts, ApiFailure> {
        if let Some(kind) = (self.fails)(slice, round) {
            return Err(ApiFailure { kind, message: format!("{kind:?} by order") });
        }
        Ok((self.bends)(slice, round, self.count(slice, now)))
    }

    fn count(&self, slice: &Slice, now: i64) -> Counts {
        let ignores = |what| now >= self.ignores_from && self.ignores.contains(&what);
        let ignores_filter = |filter| ignores(Ignored::Filter(filter));
        let events = self.events.iter().filter(|event| {
            event.at >= self.holds_from
                && event.shown_at <= now
                && (ignores(Ignored::After) || slice.range.start().0 <= event.at)
                && (ignores(Ignored::Before) || event.at < slice.range.end().0)
                && (ignores_filter(Filter::Service) || slice.service.is_none_or(|service| service == event.service))
                && (ignores_filter(Filter::Country) || slice.country.is_none_or(|code| Some(code) == event.country))
                && (ignores_filter(Filter::Channel) || slice.channel.is_none_or(|channel| channel == event.channel))
                && (ignores_filter(Filter::Prefix)
                    || slice.prefix.is_none_or(|prefix| event.number.is_some_and(|n| prefix.is_start_of(n))))
        });
        let (mut attempts, mut converted) = (0, 0);
        for event in events {
            attempts += 1;
            converted += i64::from(event.converted_at.is_some_and(|at| at <= now));
        }
        Counts::new(attempts, converted).unwrap()
    }

    /// The true table at an instant, remainders in their place; refused countries count in them.
    pub(super) fn truth(&self, matrix: &Matrix, window: usize, refused: &[Country], now: i64) -> Vec<(Slice, Counts)> {
        let shape = matrix.shape();
        let range = matrix.windows()[window];
        let mut countries: Vec<Option<Country>> =
            (0..shape.country_count()).map(|index| shape.country(index)).collect();
        countries.retain(|country| country.is_none_or(|country| !refused.contains(&country)));
        let listed: Vec<Country> = countries.iter().flatten().copied().collect();
        if shape.countries.is_some() {
            countries.push(Some(Country::REMAINDER));
        }
        let mut rows = Vec::new();
        for service in (0..shape.service_count()).map(|index| shape.service(index)) {
            for &country in &countries {
                for channel in (0..shape.channel_count()).map(|index| shape.channel(index)) {
                    for prefix in (0..shape.prefix_count()).map(|index| shape.prefix(index)) {
                        let slice = Slice { range, service, country, channel, prefix };
                        let (mut attempts, mut converted) = (0, 0);
                        for event in &self.events {
                            let belongs = match country {
                                None => true,
                                Some(Country::REMAINDER) => event.country.is_none_or(|code| !listed.contains(&code)),
                                Some(country) => event.country == Some(country),
                            };
                            let inside = (range.start().0..range.end().0).contains(&event.at) && event.shown_at <= now;
                            if belongs
                                && inside
                                && service.is_none_or(|service| service == event.service)
                                && channel.is_none_or(|channel| channel == event.channel)
                                && prefix.is_none_or(|prefix| event.number.is_some_and(|n| prefix.is_start_of(n)))
                            {
                                attempts += 1;
                                converted += i64::from(event.converted_at.is_some_and(|at| at <= now));
                            }
                        }
                        rows.push((slice, Counts::new(attempts, converted).unwrap()));
                    }
                }
            }
        }
        rows
    }
}

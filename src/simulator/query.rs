//! The query string: which parameters there are, and what is wrong with them.
//!
//! Values are taken as `VERIFY_API` documents them and nothing more, but for dates ([`super::date`]) and a prefix
//! whose `+` was not encoded and arrives as a space. An empty value, a parameter given twice and an unknown country
//! are refused rather than guessed at; parameters that the API does not have are ignored, as it does.

use std::str::FromStr;

use super::date::{self, Moment, SECOND};
use super::random::Random;
use super::settings::{Fractions, Parameter, Parameters, Settings, Stamps};
use crate::model::{Channel, Country, Interval, Prefix, ServiceSid, Slice, UnixSeconds, Window};

const LABEL: u64 = u64::from_be_bytes(*b"fraction");

/// A parameter that the API refuses with 400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Invalid parameter: {name}: {problem}")]
pub(super) struct InvalidParameter {
    pub(super) name: String,
    pub(super) problem: String,
}

/// A request's filters; `None` = not given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Query {
    service: Option<ServiceSid>,
    after: Option<Moment>,
    before: Option<Moment>,
    country: Option<Country>,
    channel: Option<Channel>,
    prefix: Option<Prefix>,
}

impl Query {
    /// Reads what stands after the `?`, as if `ignored` parameters were not there.
    pub(super) fn parse(text: &str, ignored: Parameters, fractions: Fractions) -> Result<Self, InvalidParameter> {
        let mut query = Self::default();
        let mut seen = Parameters::NONE;
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            let Some(parameter) = Parameter::ALL.into_iter().find(|parameter| parameter.name() == name) else {
                continue;
            };
            if ignored.contains(parameter) {
                continue;
            }
            let refuse =
                |problem: &str| InvalidParameter { name: name.clone().into_owned(), problem: problem.to_owned() };
            if seen.contains(parameter) {
                return Err(refuse("given more than once"));
            }
            seen = seen.with(parameter);
            query.set(parameter, &value, fractions).map_err(|problem| refuse(&problem))?;
        }
        match (query.after, query.before) {
            (Some(after), Some(before)) if after > before => Err(InvalidParameter {
                name: Parameter::DateCreatedAfter.name().to_owned(),
                problem: "later than DateCreatedBefore".to_owned(),
            }),
            _ => Ok(query),
        }
    }

    fn set(&mut self, parameter: Parameter, value: &str, fractions: Fractions) -> Result<(), String> {
        match parameter {
            Parameter::VerifyServiceSid => self.service = Some(read(value)?),
            Parameter::DateCreatedAfter => self.after = Some(moment(value, fractions)?),
            Parameter::DateCreatedBefore => self.before = Some(moment(value, fractions)?),
            Parameter::Country => self.country = Some(read(value)?),
            Parameter::Channel => self.channel = Some(read(value)?),
            Parameter::DestinationPrefix => {
                self.prefix = Some(match value.strip_prefix(' ') {
                    Some(digits) => read(&format!("+{digits}"))?,
                    None => read(value)?,
                });
            }
        }
        Ok(())
    }

    /// The slice asked for, as far as it lies within what exists; `None` if nothing of it does.
    pub(super) fn slice(&self, settings: &Settings, existing: Window) -> Option<Slice> {
        let first = |after| first_second(after, settings).max(existing.start());
        let end = |before| end_second(before, settings).min(existing.end());
        let start = self.after.map_or(existing.start(), first);
        let end = self.before.map_or(existing.end(), end);
        Some(Slice {
            range: Window::new(start, end)?,
            service: self.service,
            country: self.country,
            channel: self.channel,
            prefix: self.prefix,
        })
    }
}

fn read<T: FromStr<Err: ToString>>(value: &str) -> Result<T, String> {
    value.parse().map_err(|error: T::Err| error.to_string())
}

fn moment(value: &str, fractions: Fractions) -> Result<Moment, String> {
    let wrong = || "expected a GMT time such as 2022-03-02T21:02:33Z".to_owned();
    let moment = date::parse(value).ok_or_else(wrong)?;
    match fractions {
        Fractions::Refused if moment.has_fraction() => Err(wrong()),
        Fractions::Heeded | Fractions::Refused => Ok(moment),
        Fractions::CutOff => Ok(Moment::of_second(moment.second())),
        Fractions::Rounded => Ok(Moment::of_second(Moment(moment.0 + SECOND / 2).second())),
    }
}

/// When the attempts of a second were made, exactly.
fn stamp(second: i64, settings: &Settings) -> Moment {
    let Moment(start) = Moment::of_second(second);
    match settings.stamps {
        Stamps::Whole => Moment(start),
        Stamps::Fractional => {
            let mut random = Random::stream(settings.seed, &[LABEL, second.cast_unsigned()]);
            Moment(start + i64::from(random.between(1, 999_999)))
        }
    }
}

/// The first second whose attempts come after (or, in closed intervals, at) a moment.
fn first_second(after: Moment, settings: &Settings) -> UnixSeconds {
    let stamp = stamp(after.second(), settings);
    let is_open = matches!(settings.interval, Interval::OpenClosed | Interval::Open);
    let is_too_early = if is_open { stamp <= after } else { stamp < after };
    UnixSeconds(after.second()).plus_seconds(i64::from(is_too_early))
}

/// One past the last second whose attempts come before (or, in closed intervals, at) a moment.
fn end_second(before: Moment, settings: &Settings) -> UnixSeconds {
    let stamp = stamp(before.second(), settings);
    let is_closed = matches!(settings.interval, Interval::OpenClosed | Interval::Closed);
    let is_early_enough = if is_closed { stamp <= before } else { stamp < before };
    UnixSeconds(before.second()).plus_seconds(i64::from(is_early_enough))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Query, InvalidParameter> {
        Query::parse(text, Parameters::NONE, Fractions::Heeded)
    }

    #[test]
    fn every_parameter_is_read() {
        let query = parse(
            "VerifyServiceSid=VA00000000000000000000000000000000&DateCreatedAfter=1970-01-01T00%3A00%3A10Z\
             &DateCreatedBefore=1970-01-01T00:00:20.5&Country=CO&Channel=sms&DestinationPrefix=%2B57305&PageSize=50&x",
        );
        let expected = Query {
            service: Some(ServiceSid::ZEROS),
            after: Some(Moment(10_000_000)),
            before: Some(Moment(20_500_000)),
            country: Some("CO".parse().unwrap()),
            channel: Some(Channel::Sms),
            prefix: Some("+57305".parse().unwrap()),
        };
        assert_eq!(query, Ok(expected));
        assert_eq!(parse("DestinationPrefix=+57305"), parse("DestinationPrefix=%2B57305"));
        assert_eq!(parse(""), Ok(Query::default()));
        assert_eq!(parse("country=co&channel=x"), Ok(Query::default()), "names are exact");
    }

    #[test]
    fn wrong_values_name_their_parameter() {
        for (text, parameter) in [
            ("VerifyServiceSid=VA1", Parameter::VerifyServiceSid),
            ("VerifyServiceSid=AC00000000000000000000000000000000", Parameter::VerifyServiceSid),
            ("DateCreatedAfter=yesterday", Parameter::DateCreatedAfter),
            ("DateCreatedBefore=", Parameter::DateCreatedBefore),
            ("DateCreatedAfter=2026-10-02&DateCreatedBefore=2026-10-01", Parameter::DateCreatedAfter),
            ("Country=us", Parameter::Country),
            ("Country=ZZ", Parameter::Country),
            ("Country=UK", Parameter::Country),
            ("Country=", Parameter::Country),
            ("Country=US&Country=CO", Parameter::Country),
            ("Channel=SMS", Parameter::Channel),
            ("Channel=none", Parameter::Channel),
            ("DestinationPrefix=57305", Parameter::DestinationPrefix),
            ("DestinationPrefix=%2B0", Parameter::DestinationPrefix),
            ("DestinationPrefix=%252B57305", Parameter::DestinationPrefix),
        ] {
            assert_eq!(parse(text).unwrap_err().name, parameter.name(), "{text}");
            assert_eq!(Query::parse(text, Parameters::ALL, Fractions::Heeded), Ok(Query::default()), "{text}");
        }
    }

    #[test]
    fn bounds_agree_with_the_model_at_the_exact_second() {
        let existing = Window::new(UnixSeconds(0), UnixSeconds(100)).unwrap();
        for interval in Interval::ALL {
            let settings = Settings { interval, ..Settings::default() };
            for (after, before) in
                [(None, None), (Some(10), None), (None, Some(20)), (Some(10), Some(20)), (Some(7), Some(7))]
            {
                let (from, to) = (after.map(Moment::of_second), before.map(Moment::of_second));
                let query = Query { after: from, before: to, ..Query::default() };
                let slice = query.slice(&settings, existing);
                for at in (0..100).map(UnixSeconds) {
                    let inside = slice.is_some_and(|slice| slice.range.start() <= at && at < slice.range.end());
                    let expected = interval.admits(after.map(UnixSeconds), before.map(UnixSeconds), at);
                    assert_eq!(inside, expected, "{interval} {after:?} {before:?} {at:?}");
                }
            }
            let fractions = parse("DateCreatedAfter=1970-01-01T00:00:10.5Z&DateCreatedBefore=1970-01-01T00:00:20.5Z");
            let range = fractions.unwrap().slice(&settings, existing).unwrap().range;
            assert_eq!((range.start().0, range.end().0), (11, 21), "{interval}");
        }
    }

    #[test]
    fn fractions_of_bounds_are_treated_as_they_shall() {
        let existing = Window::new(UnixSeconds(0), UnixSeconds(100)).unwrap();
        let text = "DateCreatedAfter=1970-01-01T00:00:10.4Z&DateCreatedBefore=1970-01-01T00:00:20.5Z";
        for (fractions, expected) in [
            (Fractions::Heeded, Some((11, 21))),
            (Fractions::CutOff, Some((10, 20))),
            (Fractions::Rounded, Some((10, 21))),
            (Fractions::Refused, None),
        ] {
            let settings = Settings { fractions, ..Settings::default() };
            let range = Query::parse(text, Parameters::NONE, fractions)
                .ok()
                .map(|query| query.slice(&settings, existing).unwrap().range);
            assert_eq!(range.map(|range| (range.start().0, range.end().0)), expected, "{fractions:?}");
            let whole = text.replace(".4", "").replace(".5", ".000");
            assert!(Query::parse(&whole, Parameters::NONE, fractions).is_ok(), "{fractions:?}");
        }
    }

    #[test]
    fn fractional_stamps_lie_within_their_second() {
        let existing = Window::new(UnixSeconds(0), UnixSeconds(100)).unwrap();
        for interval in Interval::ALL {
            let settings = Settings { interval, stamps: Stamps::Fractional, ..Settings::default() };
            for second in 0..100 {
                let Moment(exact) = stamp(second, &settings);
                let holds = |after, before| {
                    let query = Query { after: Some(Moment(after)), before: Some(Moment(before)), ..Query::default() };
                    query.slice(&settings, existing).is_some_and(|slice| slice.range.start().0 == second)
                };
                let start = second * SECOND;
                assert!(start < exact && exact < start + SECOND);
                assert!(holds(start, start + SECOND), "{interval} {second}");
                assert!(holds(exact - 1, exact + 1), "{interval} {second}");
                assert!(!holds(start, exact - 1) && !holds(exact + 1, start + SECOND), "{interval} {second}");
            }
        }
    }
}

//! The query string: which parameters there are, and what is wrong with them.
//!
//! Values are taken as `VERIFY_API` documents them and nothing more, but for dates ([`super::date`]) and a prefix
//! whose `+` was not encoded and arrives as a space. An empty value, a parameter given twice and an unknown country
//! are refused rather than guessed at; parameters that the API does not have are ignored, as it does.

use std::str::FromStr;

use super::date::{self, Moment};
use super::settings::{Parameter, Parameters};
use crate::model::{Channel, Country, Interval, Prefix, ServiceSid, Slice, UnixSeconds, Window};

/// A parameter that the API refuses with 400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Invalid parameter: {}: {problem}", parameter.name())]
pub(super) struct InvalidParameter {
    pub(super) parameter: Parameter,
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
    pub(super) fn parse(text: &str, ignored: Parameters) -> Result<Self, InvalidParameter> {
        let mut query = Self::default();
        let mut seen = Parameters::NONE;
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            let Some(parameter) = Parameter::ALL.into_iter().find(|parameter| parameter.name() == name) else {
                continue;
            };
            if ignored.contains(parameter) {
                continue;
            }
            let refuse = |problem: &str| InvalidParameter { parameter, problem: problem.to_owned() };
            if seen.contains(parameter) {
                return Err(refuse("given more than once"));
            }
            seen = seen.with(parameter);
            query.set(parameter, &value).map_err(|problem| refuse(&problem))?;
        }
        match (query.after, query.before) {
            (Some(after), Some(before)) if after.seconds > before.seconds => Err(InvalidParameter {
                parameter: Parameter::DateCreatedAfter,
                problem: "later than DateCreatedBefore".to_owned(),
            }),
            _ => Ok(query),
        }
    }

    fn set(&mut self, parameter: Parameter, value: &str) -> Result<(), String> {
        match parameter {
            Parameter::VerifyServiceSid => self.service = Some(read(value)?),
            Parameter::DateCreatedAfter => self.after = Some(moment(value)?),
            Parameter::DateCreatedBefore => self.before = Some(moment(value)?),
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
    pub(super) fn slice(&self, interval: Interval, existing: Window) -> Option<Slice> {
        let start = self.after.map_or(existing.start(), |after| first_second(after, interval).max(existing.start()));
        let end = self.before.map_or(existing.end(), |before| end_second(before, interval).min(existing.end()));
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

fn moment(value: &str) -> Result<Moment, String> {
    date::parse(value).ok_or_else(|| "expected a GMT time such as 2022-03-02T21:02:33Z".to_owned())
}

/// The first whole second after (or, in closed intervals, at) a moment.
fn first_second(after: Moment, interval: Interval) -> UnixSeconds {
    let open = matches!(interval, Interval::OpenClosed | Interval::Open);
    UnixSeconds(after.seconds).plus_seconds(i64::from(open || after.has_fraction))
}

/// One past the last whole second before (or, in closed intervals, at) a moment.
fn end_second(before: Moment, interval: Interval) -> UnixSeconds {
    let closed = matches!(interval, Interval::OpenClosed | Interval::Closed);
    UnixSeconds(before.seconds).plus_seconds(i64::from(closed || before.has_fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Query, InvalidParameter> {
        Query::parse(text, Parameters::NONE)
    }

    #[test]
    fn every_parameter_is_read() {
        let query = parse(
            "VerifyServiceSid=VA00000000000000000000000000000000&DateCreatedAfter=1970-01-01T00%3A00%3A10Z\
             &DateCreatedBefore=1970-01-01T00:00:20.5&Country=CO&Channel=sms&DestinationPrefix=%2B57305&PageSize=50&x",
        );
        let expected = Query {
            service: Some(ServiceSid::ZEROS),
            after: Some(Moment { seconds: 10, has_fraction: false }),
            before: Some(Moment { seconds: 20, has_fraction: true }),
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
            assert_eq!(parse(text).unwrap_err().parameter, parameter, "{text}");
            assert_eq!(Query::parse(text, Parameters::ALL), Ok(Query::default()), "{text}");
        }
    }

    #[test]
    fn bounds_agree_with_the_model_at_the_exact_second() {
        let existing = Window::new(UnixSeconds(0), UnixSeconds(100)).unwrap();
        for interval in Interval::ALL {
            for (after, before) in
                [(None, None), (Some(10), None), (None, Some(20)), (Some(10), Some(20)), (Some(7), Some(7))]
            {
                let moment = |seconds: i64| Moment { seconds, has_fraction: false };
                let query = Query { after: after.map(moment), before: before.map(moment), ..Query::default() };
                let slice = query.slice(interval, existing);
                for at in (0..100).map(UnixSeconds) {
                    let inside = slice.is_some_and(|slice| slice.range.start() <= at && at < slice.range.end());
                    let expected = interval.admits(after.map(UnixSeconds), before.map(UnixSeconds), at);
                    assert_eq!(inside, expected, "{interval} {after:?} {before:?} {at:?}");
                }
            }
            let fractions = parse("DateCreatedAfter=1970-01-01T00:00:10.5Z&DateCreatedBefore=1970-01-01T00:00:20.5Z");
            let range = fractions.unwrap().slice(interval, existing).unwrap().range;
            assert_eq!((range.start().0, range.end().0), (11, 21), "{interval}");
        }
    }
}

//! The API's wire format, as far as it needs no connection: where requests go, what they say. Pure.

use std::fmt::Write;
use std::time::Duration;

use chrono::{DateTime, Utc};
use url::Url;

use crate::model::RawSlice;

const PATH: &str = "/v2/Attempts/Summary";

/// What a bucket and a ledger call a base URL: scheme, host and port, such as `https://verify.twilio.com`.
#[must_use]
pub fn origin(base: &Url) -> String {
    base.origin().ascii_serialization()
}

/// The summary's URL below a base URL, which may have a path of its own; query and fragment are dropped.
pub(super) fn endpoint(base: &Url) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{PATH}", base.path().trim_end_matches('/')));
    url.set_query(None);
    url.set_fragment(None);
    url
}

/// The list's URL, beside that of the summary.
pub(super) fn list(summary: &Url) -> Url {
    let mut url = summary.clone();
    let path = summary.path();
    url.set_path(path.strip_suffix("/Summary").unwrap_or(path));
    url
}

/// A URL that asks.
pub(super) fn with_query(url: &Url, query: &str) -> Url {
    let mut url = url.clone();
    url.set_query(Some(query).filter(|query| !query.is_empty()));
    url
}

/// A question as query parameters. Every character but the prefix's `+` may stand in a query as it is.
pub(super) fn query(slice: &RawSlice) -> String {
    let mut query = String::with_capacity(192);
    let mut add = |arguments: std::fmt::Arguments<'_>| {
        if !query.is_empty() {
            query.push('&');
        }
        query.write_fmt(arguments).expect("writing to a String cannot fail");
    };
    if let Some(after) = slice.after {
        add(format_args!("DateCreatedAfter={after}"));
    }
    if let Some(before) = slice.before {
        add(format_args!("DateCreatedBefore={before}"));
    }
    if let Some(service) = slice.service {
        add(format_args!("VerifyServiceSid={service}"));
    }
    if let Some(country) = slice.country {
        add(format_args!("Country={country}"));
    }
    if let Some(channel) = slice.channel {
        add(format_args!("Channel={channel}"));
    }
    if let Some(prefix) = slice.prefix {
        let prefix = prefix.to_string();
        add(format_args!("DestinationPrefix=%2B{}", prefix.trim_start_matches('+')));
    }
    query
}

/// A `Retry-After` header: whole seconds, or an HTTP date, which lies `now` behind; `None` for anything else.
pub(super) fn retry_after(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = http_date(value)?;
    Some((until - now).to_std().unwrap_or(Duration::ZERO))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
pub(super) fn http_date(value: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(value).ok().map(|date| date.to_utc())
}

/// Where a redirect points, without userinfo and query, either of which may hold a secret.
pub(super) fn redirect_target(endpoint: &Url, location: &str) -> Option<String> {
    let target = endpoint.join(location).ok()?;
    target.host()?;
    Some(format!("{}{}", origin(&target), target.path()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Channel, Interval, ServiceSid, Slice, UnixMillis, UnixSeconds, Window};

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn the_endpoint_lies_below_the_base() {
        for (base, expected) in [
            ("https://verify.twilio.com", "https://verify.twilio.com/v2/Attempts/Summary"),
            ("https://verify.twilio.com/", "https://verify.twilio.com/v2/Attempts/Summary"),
            ("http://127.0.0.1:81/twilio/?x=1#y", "http://127.0.0.1:81/twilio/v2/Attempts/Summary"),
        ] {
            assert_eq!(endpoint(&url(base)).as_str(), expected);
        }
        let list = list(&endpoint(&url("http://127.0.0.1:81/twilio/")));
        assert_eq!(list.as_str(), "http://127.0.0.1:81/twilio/v2/Attempts");
        assert_eq!(origin(&url("https://verify.twilio.com:443/path")), "https://verify.twilio.com");
    }

    #[test]
    fn a_slice_says_only_what_it_filters_on() {
        let range = Window::new(UnixSeconds(1_790_812_800), UnixSeconds(1_790_899_200)).unwrap();
        let mut slice = Slice::whole(range);
        let times = "DateCreatedAfter=2026-10-01T00:00:00Z&DateCreatedBefore=2026-10-02T00:00:00Z";
        let selecting = |slice: &Slice, interval| query(&RawSlice::selecting(slice, interval));
        assert_eq!(selecting(&slice, Interval::ClosedOpen), times);
        assert_eq!(
            selecting(&slice, Interval::OpenClosed),
            "DateCreatedAfter=2026-09-30T23:59:59Z&DateCreatedBefore=2026-10-01T23:59:59Z"
        );
        slice.service = Some(ServiceSid::ZEROS);
        slice.country = Some("CO".parse().unwrap());
        slice.channel = Some(Channel::Sms);
        slice.prefix = Some("+57305".parse().unwrap());
        let expected =
            format!("{times}&VerifyServiceSid={}&Country=CO&Channel=sms&DestinationPrefix=%2B57305", ServiceSid::ZEROS);
        assert_eq!(selecting(&slice, Interval::ClosedOpen), expected);
        // Nothing is left for the URL to encode.
        let mut whole = endpoint(&url("https://verify.twilio.com"));
        whole.set_query(Some(&expected));
        assert_eq!(whole.query(), Some(expected.as_str()));
    }

    #[test]
    fn raw_questions_say_nothing_that_is_not_given() {
        assert_eq!(query(&RawSlice::default()), "");
        let before = RawSlice::between(None, Some(UnixMillis(500)));
        assert_eq!(query(&before), "DateCreatedBefore=1970-01-01T00:00:00.500Z");
        let country = RawSlice { country: Some("CO".parse().unwrap()), ..RawSlice::default() };
        assert_eq!(query(&country), "Country=CO");
    }

    #[test]
    fn retry_after_in_its_forms() {
        let now = http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        for (value, seconds) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("18446744073709551615", Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("18446744073709551616", None),
        ] {
            assert_eq!(retry_after(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }

    #[test]
    fn a_redirect_is_named_without_what_may_be_secret() {
        let endpoint = endpoint(&url("https://verify.twilio.com"));
        for (location, expected) in [
            ("https://user:s3cret@other.example/login?token=s3cret#s3cret", Some("https://other.example/login")),
            ("/elsewhere?x", Some("https://verify.twilio.com/elsewhere")),
            ("//other:8443/", Some("https://other:8443/")),
            ("mailto:s3cret", None),
            ("http://[", None),
        ] {
            assert_eq!(redirect_target(&endpoint, location).as_deref(), expected, "{location}");
        }
    }
}

//! What goes back: the API's bodies, and the damaged ones that faults put in their place.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};
use serde::Serialize;

use super::chosen::{Failure, Form};
use super::random::Random;
use crate::model::Counts;

pub(super) type Reply = Response<Full<Bytes>>;

/// What the API calls its own answer, wherever it was asked.
const URL: &str = "https://verify.twilio.com/v2/Attempts/Summary";

const METHODS: &str = "GET, HEAD, OPTIONS";

/// The API's answer.
pub(super) fn summary(counts: Counts) -> Reply {
    let rate = percentage(counts);
    json(StatusCode::OK, body(counts.attempts(), counts.converted(), counts.unconverted(), rate.as_deref()))
}

fn body(attempts: i64, converted: i64, unconverted: i64, rate: Option<&str>) -> String {
    let quote = if rate.is_some() { "\"" } else { "" };
    let rate = rate.unwrap_or("null");
    format!(
        "{{\"total_attempts\":{attempts},\"total_converted\":{converted},\"total_unconverted\":{unconverted},\
         \"conversion_rate_percentage\":{quote}{rate}{quote},\"url\":\"{URL}\"}}"
    )
}

/// 100 · converted / attempts, rounded to 9 decimals, of which trailing zeros but one are cut: `81.818181818`, `50.0`.
fn percentage(counts: Counts) -> Option<String> {
    const ONE: i128 = 1_000_000_000;
    let (attempts, converted) = (i128::from(counts.attempts()), i128::from(counts.converted()));
    if attempts == 0 {
        return None;
    }
    let scaled = (2 * 100 * ONE * converted + attempts) / (2 * attempts);
    let (whole, mut decimals) = (scaled / ONE, scaled % ONE);
    let mut width = 9;
    while width > 1 && decimals % 10 == 0 {
        decimals /= 10;
        width -= 1;
    }
    Some(format!("{whole}.{decimals:0width$}"))
}

/// An error of the API's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    pub(super) code: u32,
}

impl ApiError {
    pub(super) const INVALID_PARAMETER: Self = Self { status: StatusCode::BAD_REQUEST, code: 60_200 };
    pub(super) const UNAUTHENTICATED: Self = Self { status: StatusCode::UNAUTHORIZED, code: 20_003 };
    pub(super) const FORBIDDEN: Self = Self { status: StatusCode::FORBIDDEN, code: 70_051 };
    pub(super) const SUSPENDED: Self = Self { status: StatusCode::FORBIDDEN, code: 20_403 };
    pub(super) const NOT_FOUND: Self = Self { status: StatusCode::NOT_FOUND, code: 20_404 };
    const WRONG_METHOD: Self = Self { status: StatusCode::METHOD_NOT_ALLOWED, code: 20_004 };
    pub(super) const TOO_MANY_REQUESTS: Self = Self { status: StatusCode::TOO_MANY_REQUESTS, code: 20_429 };
    const INTERNAL: Self = Self { status: StatusCode::INTERNAL_SERVER_ERROR, code: 20_500 };
    const UNAVAILABLE: Self = Self { status: StatusCode::SERVICE_UNAVAILABLE, code: 20_503 };

    /// The API's error of a status; codes that nobody documents are made as those that are.
    fn of(status: StatusCode) -> Self {
        let known = [
            Self::INVALID_PARAMETER,
            Self::UNAUTHENTICATED,
            Self::FORBIDDEN,
            Self::NOT_FOUND,
            Self::WRONG_METHOD,
            Self::TOO_MANY_REQUESTS,
        ];
        let known = known.into_iter().find(|known| known.status == status);
        known.unwrap_or(Self { status, code: 20_000 + u32::from(status.as_u16()) })
    }

    /// The API's error body.
    pub(super) fn reply(self, message: &str) -> Reply {
        #[derive(Serialize)]
        struct Body<'a> {
            code: u32,
            message: &'a str,
            more_info: String,
            status: u16,
        }
        let more_info = format!("https://www.twilio.com/docs/errors/{}", self.code);
        let body = Body { code: self.code, message, more_info, status: self.status.as_u16() };
        let mut reply = json(self.status, serde_json::to_string(&body).expect("strings and numbers serialize"));
        if self == Self::UNAUTHENTICATED {
            let realm = HeaderValue::from_static("Basic realm=\"Twilio API\"");
            reply.headers_mut().insert(WWW_AUTHENTICATE, realm);
        }
        reply
    }
}

/// Too many requests, with the time after which there is room, in whole seconds rounded up.
pub(super) fn throttled(retry_after: Option<Duration>) -> Reply {
    let mut reply = ApiError::TOO_MANY_REQUESTS.reply("Too Many Requests");
    if let Some(wait) = retry_after {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    }
    reply
}

/// One of the 5xx answers that servers and the gateways before them give.
pub(super) fn server_error(random: &mut Random) -> Reply {
    match random.below(4) {
        0 => ApiError::INTERNAL.reply("An internal server error has occurred"),
        1 => ApiError::UNAVAILABLE.reply("Service is temporarily unavailable"),
        2 => html(StatusCode::BAD_GATEWAY),
        _ => html(StatusCode::GATEWAY_TIMEOUT),
    }
}

/// A failure that somebody chose.
pub(super) fn failure(failure: Failure) -> Reply {
    let Failure { status, form } = failure;
    let name = status.canonical_reason().unwrap_or("Error");
    match form {
        Form::Json => ApiError::of(status).reply(name),
        Form::Html => html(status),
        Form::Text => reply(status, "text/plain", format!("{name}\n")),
        Form::Empty => {
            let mut reply = Reply::default();
            *reply.status_mut() = status;
            reply
        }
    }
}

/// 429 as others who use the account cause it.
pub(super) fn foreign_throttle(random: &mut Random) -> Reply {
    throttled(random.chance(0.5).then(|| Duration::from_secs(1)))
}

/// 200, but the body is of no use.
pub(super) fn unreadable(counts: Counts, random: &mut Random) -> Reply {
    let mut text = body(counts.attempts(), counts.converted(), counts.unconverted(), percentage(counts).as_deref());
    match random.below(3) {
        // Shorter than the answer by at least its closing brace, so never valid.
        0 => text.truncate(random.between(1, 40) as usize),
        1 => "{}".clone_into(&mut text),
        _ => "upstream connect error or disconnect/reset before headers".clone_into(&mut text),
    }
    json(StatusCode::OK, text)
}

/// 200, but the counts contradict each other.
pub(super) fn contradictory(counts: Counts, random: &mut Random) -> Reply {
    let (attempts, converted, unconverted) = (counts.attempts(), counts.converted(), counts.unconverted());
    let rate = percentage(counts);
    let rate = rate.as_deref();
    let text = match random.below(3) {
        0 => body(attempts + 1, converted, unconverted, rate),
        1 => body(attempts, attempts + 1, -1, rate),
        _ if attempts > 0 => body(attempts, converted, unconverted, Some("123.456")),
        _ => body(attempts, converted, unconverted + 7, rate),
    };
    json(StatusCode::OK, text)
}

/// Which methods there are.
pub(super) fn methods() -> Reply {
    let mut reply = Reply::default();
    *reply.status_mut() = StatusCode::NO_CONTENT;
    reply.headers_mut().insert(ALLOW, HeaderValue::from_static(METHODS));
    reply
}

/// 405, with those that there are.
pub(super) fn wrong_method() -> Reply {
    let mut reply = ApiError::WRONG_METHOD.reply("Method not allowed");
    reply.headers_mut().insert(ALLOW, HeaderValue::from_static(METHODS));
    reply
}

/// What is served, as `OpenAPI`.
pub(super) fn description() -> Reply {
    json(StatusCode::OK, include_str!("openapi.json").to_owned())
}

/// A page of the list.
pub(super) fn page(text: String) -> Reply {
    json(StatusCode::OK, text)
}

/// A page that ends before its end.
pub(super) fn cut(mut text: String, random: &mut Random) -> Reply {
    let end = random.below(u32::try_from(text.len()).unwrap_or(u32::MAX)) as usize;
    text.truncate((0..=end).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0));
    json(StatusCode::OK, text)
}

/// A page whose attempts have no identifiers.
pub(super) fn anonymous(text: &str) -> Reply {
    json(StatusCode::OK, text.replace("\"sid\":", "\"id\":"))
}

pub(super) fn json(status: StatusCode, body: String) -> Reply {
    reply(status, "application/json", body)
}

fn html(status: StatusCode) -> Reply {
    let title = format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or("Error"));
    let page = format!("<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n");
    reply(status, "text/html", page)
}

fn reply(status: StatusCode, content_type: &'static str, body: String) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from(body)));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages() {
        for (converted, attempts, expected) in [
            (9, 11, Some("81.818181818")),
            (2, 3, Some("66.666666667")),
            (1, 2, Some("50.0")),
            (0, 7, Some("0.0")),
            (7, 7, Some("100.0")),
            (1, 64, Some("1.5625")),
            (1, 1_000_000, Some("0.0001")),
            (999_999_999_999, 1_000_000_000_000, Some("100.0")),
            (0, 0, None),
        ] {
            let counts = Counts::new(attempts, converted).unwrap();
            assert_eq!(percentage(counts).as_deref(), expected, "{converted} of {attempts}");
        }
    }

    #[test]
    fn the_documented_example() {
        let text = body(11, 9, 2, percentage(Counts::new(11, 9).unwrap()).as_deref());
        let expected = concat!(
            r#"{"total_attempts":11,"total_converted":9,"total_unconverted":2,"#,
            r#""conversion_rate_percentage":"81.818181818","url":"https://verify.twilio.com/v2/Attempts/Summary"}"#
        );
        assert_eq!(text, expected);
        assert!(body(0, 0, 0, None).contains("\"conversion_rate_percentage\":null,"));
    }
}

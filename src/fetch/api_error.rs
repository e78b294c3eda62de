//! The API's own errors: what their bodies say, and what a status means for a try. Pure.
//!
//! The status decides; code and message are for people. An error may also come with HTTP success, when something
//! between here and the API turns every answer into one: then the status in its body decides
//! ([`ApiError::implied_status`]). Gateways answer with HTML, which says only that it was not the API.

use std::fmt::{self, Write};
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::AskErrorKind;
use super::integer::integer;

const HTML_PAGE: &str = "an HTML page, as gateways and proxies send it";

/// What an error's body says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status as the body repeats it.
    pub status: Option<u16>,
    /// The API's own code.
    pub code: Option<u32>,
    /// For people.
    pub message: Option<String>,
}

/// The fields as raw JSON: one of the wrong type counts as absent.
#[derive(Default, Deserialize)]
pub(super) struct RawError<'a> {
    #[serde(borrow, default)]
    pub(super) status: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) code: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) message: Option<&'a RawValue>,
}

impl ApiError {
    /// Of a body that came with an HTTP error.
    pub(super) fn parse(body: &[u8]) -> Self {
        match body.trim_ascii_start().first() {
            Some(b'{') => serde_json::from_slice::<RawError<'_>>(body).unwrap_or_default().read(),
            Some(b'<') => Self { message: Some(HTML_PAGE.to_owned()), ..Self::default() },
            _ => Self::default(),
        }
    }

    /// The status of an error that came with HTTP success: the one it names, else what its code stands for.
    #[must_use]
    pub fn implied_status(&self) -> u16 {
        match (self.status, self.code) {
            (Some(status), _) => status,
            (None, Some(20_003)) => 401,
            (None, Some(70_051)) => 403,
            (None, Some(25_109)) => 429,
            // The vendor's general codes repeat their status.
            (None, Some(code @ 20_400..=20_599)) => u16::try_from(code - 20_000).unwrap_or(400),
            (None, _) => 400,
        }
    }

    /// `HTTP 400, code 60200: Invalid parameter`, or as much of it as is known.
    pub(super) fn describe(&self, status: u16) -> String {
        self.continue_from(format!("HTTP {status}"))
    }

    fn continue_from(&self, mut text: String) -> String {
        if let Some(code) = self.code {
            let _ = write!(text, ", code {code}");
        }
        if let Some(message) = self.message.as_deref().map(str::trim).filter(|message| !message.is_empty()) {
            let _ = write!(text, ": {message}");
        }
        text
    }
}

/// `status 400, code 60200: Invalid parameter`, or as much of it as is known.
impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status.map_or_else(|| "no status".to_owned(), |status| format!("status {status}"));
        f.write_str(&self.continue_from(status))
    }
}

impl RawError<'_> {
    pub(super) fn read(&self) -> ApiError {
        ApiError {
            status: self.status.and_then(number).map(|status| u16::try_from(status).unwrap_or(u16::MAX)),
            code: self.code.and_then(number).and_then(|code| u32::try_from(code).ok()),
            message: self.message.and_then(|raw| serde_json::from_str(raw.get()).ok()),
        }
    }
}

/// A number, also as text: the status and code of an error are worth reading in any form.
fn number(raw: &RawValue) -> Option<i64> {
    let text = serde_json::from_str::<String>(raw.get());
    let value = text.map_or_else(|_| integer(raw.get()), |text| integer(text.trim()))?;
    (value >= 0).then_some(value)
}

/// What the headers of a failure say to whoever would try again.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hints {
    /// How long to wait.
    pub(super) retry_after: Option<Duration>,
    /// How many requests the server counted at once.
    pub(super) at_once: Option<u32>,
}

/// What an HTTP status that is no success and no redirect means for a try.
pub(super) fn kind(status: u16, code: Option<u32>, hints: Hints) -> AskErrorKind {
    let Hints { retry_after, at_once } = hints;
    match status {
        429 => AskErrorKind::TooManyRequests { retry_after, at_once },
        401 | 403 => AskErrorKind::Unauthorized { status, code },
        408 | 500..=599 => AskErrorKind::Server { status, retry_after },
        400..=499 => AskErrorKind::Client { status, code },
        _ => AskErrorKind::Unusable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_bodies_say_code_and_message_or_nothing() {
        for (body, expected) in [
            (
                r#"{"code": 60200, "message": "Invalid parameter", "status": 400}"#,
                "HTTP 400, code 60200: Invalid parameter",
            ),
            (r#"{"code": null, "message": "no"}"#, "HTTP 400: no"),
            (r#"{"code": 1, "message": " "}"#, "HTTP 400, code 1"),
            (r#"{"code": "60200", "message": 5}"#, "HTTP 400, code 60200"),
            (r#"{"code": -1, "message": {"a": []}}"#, "HTTP 400"),
            ("{}", "HTTP 400"),
            ("[1,\"x\"]", "HTTP 400"),
            ("\n<html><body>Bad Gateway</body></html>", "HTTP 400: an HTML page, as gateways and proxies send it"),
            ("", "HTTP 400"),
        ] {
            assert_eq!(ApiError::parse(body.as_bytes()).describe(400), expected, "{body}");
        }
    }

    #[test]
    fn an_error_that_came_with_success_tells_its_status_or_its_code_does() {
        for (status, code, expected) in [
            (Some(503), Some(20_404), 503),
            (Some(400), None, 400),
            (None, Some(20_003), 401),
            (None, Some(20_403), 403),
            (None, Some(70_051), 403),
            (None, Some(20_404), 404),
            (None, Some(20_429), 429),
            (None, Some(25_109), 429),
            (None, Some(20_500), 500),
            (None, Some(20_503), 503),
            (None, Some(60_200), 400),
            (None, Some(0), 400),
        ] {
            let error = ApiError { status, code, message: None };
            assert_eq!(error.implied_status(), expected, "{error:?}");
        }
    }

    #[test]
    fn a_status_becomes_a_kind() {
        let (retry_after, at_once) = (Some(Duration::from_secs(7)), Some(3));
        for (status, expected) in [
            (400, AskErrorKind::Client { status: 400, code: Some(1) }),
            (401, AskErrorKind::Unauthorized { status: 401, code: Some(1) }),
            (403, AskErrorKind::Unauthorized { status: 403, code: Some(1) }),
            (404, AskErrorKind::Client { status: 404, code: Some(1) }),
            (408, AskErrorKind::Server { status: 408, retry_after }),
            (422, AskErrorKind::Client { status: 422, code: Some(1) }),
            (429, AskErrorKind::TooManyRequests { retry_after, at_once }),
            (500, AskErrorKind::Server { status: 500, retry_after }),
            (599, AskErrorKind::Server { status: 599, retry_after }),
            (600, AskErrorKind::Unusable),
            (103, AskErrorKind::Unusable),
        ] {
            assert_eq!(kind(status, Some(1), Hints { retry_after, at_once }), expected, "{status}");
        }
    }
}

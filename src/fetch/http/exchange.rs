//! One request and what came of it, whatever it asks for: sent once, answered or told apart by how it failed.
//!
//! A body is read up to a length, and what cannot be read is never quoted by who reads a page of single attempts. Words
//! of somebody else's go into a message without what may name a person.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};
use reqwest::{Client, Method, Request, Response};
use url::Url;

use crate::clock::{Clock, SystemClock};
use crate::fetch::api_error::{self, Hints};
use crate::fetch::names::without_names;
use crate::fetch::redact::Redactor;
use crate::fetch::{ApiError, AskError, AskErrorKind, FetchMessage, NoAnswerKind, Reached, UnreadablePage, wire};
use crate::message::tell;
use crate::model::{UnixSeconds, printable};

/// The longest body of an error that is read.
const LONGEST_ERROR_BODY: usize = 64 * 1024;
/// The longest text from outside in a message, in characters.
pub(super) const LONGEST_QUOTE: usize = 300;
/// How many requests of the account the server counts at once.
const CONCURRENT_REQUESTS: HeaderName = HeaderName::from_static("twilio-concurrent-requests");

/// What is asked for, and how much of it is read.
pub(super) struct Get {
    pub(super) url: Url,
    /// Of the body after decoding, in MiB.
    pub(super) longest_mib: usize,
}

/// Who sends, in whose name.
pub(super) struct Exchange {
    pub(super) client: Client,
    /// Of every request; the secret is in one of them.
    pub(super) headers: HeaderMap,
    /// Of a whole request.
    pub(super) timeout: Duration,
    pub(super) redactor: Redactor,
}

/// Why a body that came with HTTP success is of no use.
pub(super) enum Useless {
    /// It is an error of the API's.
    Error(ApiError),
    /// It is not what was asked for.
    Body(String),
}

impl From<UnreadablePage> for Useless {
    fn from(page: UnreadablePage) -> Self {
        match page {
            UnreadablePage::Error(error) => Self::Error(error),
            page => Self::Body(page.to_string()),
        }
    }
}

impl Exchange {
    /// Sends once, and reads the body; also what the server says is its own time.
    pub(super) async fn get<T>(
        &self,
        Get { url, longest_mib }: Get,
        use_body: impl FnOnce(&[u8]) -> Result<T, Useless>,
    ) -> Result<(T, Option<UnixSeconds>), AskError> {
        let mut request = Request::new(Method::GET, url.clone());
        request.headers_mut().clone_from(&self.headers);
        let response = match self.client.execute(request).await {
            Ok(response) => response,
            Err(error) => return Err(self.failed(&url, &error, Reached::Request)),
        };
        self.log(&response);
        if !response.status().is_success() {
            return Err(self.refused(&url, response).await);
        }
        let status = response.status().as_u16();
        let server_at = server_time(response.headers()).map(UnixSeconds::from);
        let hints = hints(response.headers());
        let unusable = |why: &dyn fmt::Display| AskError {
            kind: AskErrorKind::Unusable,
            message: self.clean(&format!("HTTP {status}, but {why}")),
        };
        match read(response, longest_mib * 1024 * 1024).await {
            Ok(Some(body)) => match use_body(&body) {
                Ok(used) => Ok((used, server_at)),
                Err(Useless::Body(why)) => Err(unusable(&why)),
                Err(Useless::Error(error)) => {
                    let kind = api_error::kind(error.implied_status(), error.code, hints);
                    Err(AskError { kind, ..unusable(&format!("the body holds an error: {}", self.discreet(error))) })
                }
            },
            Ok(None) => Err(unusable(&format!("the body is larger than {longest_mib} MiB"))),
            Err(error) => Err(self.failed(&url, &error, Reached::Response)),
        }
    }

    /// An answer whose status is no success.
    async fn refused(&self, asked: &Url, response: Response) -> AskError {
        let status = response.status().as_u16();
        if let 300..=399 = status {
            let location = text(response.headers(), &LOCATION);
            let target = location.and_then(|location| wire::redirect_target(asked, location));
            let target = target.map_or(String::new(), |target| format!(" to {}", self.without_names(&target)));
            let message = self.clean(&format!("HTTP {status}: a redirect{target}, which is not followed"));
            return AskError { kind: AskErrorKind::Redirect { status }, message };
        }
        let hints = hints(response.headers());
        // The status decides; a body that cannot be read just says nothing.
        let body = read(response, LONGEST_ERROR_BODY).await.ok().flatten().unwrap_or_default();
        let error = ApiError::parse(&body);
        let kind = api_error::kind(status, error.code, hints);
        AskError { kind, message: self.clean(&self.discreet(error).describe(status)) }
    }

    /// A try that brought no whole answer.
    fn failed(&self, asked: &Url, error: &reqwest::Error, reached: Reached) -> AskError {
        let cause = root_cause(error);
        let (kind, message) = if error.is_connect() {
            let kind = no_answer_kind(error);
            let step = match kind {
                NoAnswerKind::Name => "cannot resolve the name of",
                NoAnswerKind::Connect => "cannot connect to",
                NoAnswerKind::Tls => "cannot set up TLS with",
            };
            (AskErrorKind::NoAnswer(kind), format!("{step} {}: {cause}", wire::origin(asked)))
        } else if error.is_timeout() {
            let what = match reached {
                Reached::Request => "no answer",
                Reached::Response => "no complete answer",
            };
            (AskErrorKind::Timeout(reached), format!("{what} within {:?}", self.timeout))
        } else if reached == Reached::Response && is_garbled(error) {
            (AskErrorKind::Unusable, format!("the body cannot be decoded: {cause}"))
        } else {
            (AskErrorKind::Broken(reached), format!("the connection broke: {cause}"))
        };
        AskError { kind, message: self.clean(&message) }
    }

    fn log(&self, response: &Response) {
        let text = |name: &str| {
            self.clean(response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default())
        };
        tell(&FetchMessage::RequestAnswered {
            status: response.status().as_u16(),
            request_id: text("twilio-request-id"),
            request_duration: text("twilio-request-duration"),
            concurrent_requests: text("twilio-concurrent-requests"),
        });
    }

    /// Text from outside without the secret.
    pub(super) fn redact(&self, text: &str) -> String {
        self.redactor.redact(text)
    }

    /// An error without what its words may tell of a person.
    fn discreet(&self, error: ApiError) -> ApiError {
        ApiError { message: error.message.map(|message| self.without_names(&message)), ..error }
    }

    /// Somebody else's words, without what may name a person. The secret goes first, as it is known only whole.
    fn without_names(&self, text: &str) -> String {
        without_names(&self.redact(text))
    }

    /// Text from outside, fit for a message: one line, short, without what must stay home.
    fn clean(&self, text: &str) -> String {
        let text = self.redact(text);
        let shown = printable(&text);
        let mut letters = shown.chars();
        let mut kept: String = letters.by_ref().take(LONGEST_QUOTE).collect();
        if letters.next().is_some() {
            kept.push('…');
        }
        kept
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// When the server says that it answered.
fn server_time(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    text(headers, &DATE).and_then(wire::http_date)
}

/// What a failure says to whoever would try again.
fn hints(headers: &HeaderMap) -> Hints {
    // The server's own date spares us the difference of two clocks.
    let now = || server_time(headers).unwrap_or_else(|| SystemClock.now());
    Hints {
        retry_after: text(headers, &RETRY_AFTER).and_then(|value| wire::retry_after(value, now())),
        at_once: text(headers, &CONCURRENT_REQUESTS).and_then(|value| value.trim().parse().ok()),
    }
}

/// The whole body, decoded; `None` when it is longer than `limit`.
async fn read(mut response: Response, limit: usize) -> reqwest::Result<Option<Vec<u8>>> {
    let expected = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    let mut body = Vec::with_capacity(expected.min(limit));
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > limit {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

pub(super) fn no_answer_kind(error: &reqwest::Error) -> NoAnswerKind {
    if error.is_dns() || causes(error).any(holds::<rustls::pki_types::InvalidDnsNameError>) {
        NoAnswerKind::Name
    } else if causes(error).any(|cause| holds::<rustls::Error>(cause) || is_broken_handshake(cause)) {
        NoAnswerKind::Tls
    } else {
        NoAnswerKind::Connect
    }
}

/// A peer that hangs up during the handshake, as one that speaks no TLS does: TCP itself reports no such end.
fn is_broken_handshake(cause: &(dyn Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|cause| {
        let wrapped = cause.get_ref().is_some_and(|inner| is_broken_handshake(inner));
        wrapped || cause.kind() == io::ErrorKind::UnexpectedEof
    })
}

/// Whether the bytes arrived but are not what their encoding says.
fn is_garbled(error: &reqwest::Error) -> bool {
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| matches!(cause.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput))
}

pub(super) fn root_cause(error: &reqwest::Error) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

/// What led to an error, the error itself left out: its text names the URL.
fn causes<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause: &&'a (dyn Error + 'static)| (*cause).source())
}

/// Whether an error is, or wraps, one of type `E`: an I/O error shows what it wraps as itself, not as its source.
fn holds<E: Error + 'static>(cause: &(dyn Error + 'static)) -> bool {
    let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    cause.is::<E>() || wrapped.is_some_and(|inner| holds::<E>(inner))
}

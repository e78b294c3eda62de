//! The API over HTTP. The only file that knows reqwest.
//!
//! One request is one try: reqwest's own retries and redirects are off. Plain http goes to loopback only, and loopback
//! never through a proxy; `localhost` is pinned to loopback addresses, whatever resolvers say. https may go through
//! a proxy of the environment, which sees no more than the host. The secret exists in one header, marked sensitive; texts from
//! outside are cut, cleaned and searched for it before they enter a message, a log or an answer.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{ACCEPT, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER, USER_AGENT};
use reqwest::{Client, ClientBuilder, Method, NoProxy, Proxy, Request, Response};
use url::Url;

use super::api_error::{self, Hints};
use super::body::{BodyError, read_body};
use super::redact::Redactor;
use super::wire;
use super::{
    Api, ApiError, AskError, AskErrorKind, Credentials, FetchMessage, NoAnswerKind, ProxyError, ProxySettings, RawApi,
    Reached, Received,
};
use crate::clock::{Clock, SystemClock};
use crate::message::tell;
use crate::model::{AccountSid, Interval, Rate, RawSlice, Slice, UnixSeconds, is_loopback, printable, with_plain_host};

/// The longest body that is read, after decoding.
const LONGEST_BODY: usize = 1024 * 1024;
/// The longest body of an error that is read.
const LONGEST_ERROR_BODY: usize = 64 * 1024;
/// The longest text from outside in a message, in characters.
const LONGEST_QUOTE: usize = 300;
/// How many requests of the account the server counts at once.
const CONCURRENT_REQUESTS: HeaderName = HeaderName::from_static("twilio-concurrent-requests");
const LONGEST_CONNECT: Duration = Duration::from_secs(10);
/// Shorter than servers usually keep an idle connection, so that few requests meet one that is just closing.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The API at a base URL.
pub struct HttpApi {
    client: Client,
    endpoint: Url,
    headers: HeaderMap,
    interval: Interval,
    timeout: Duration,
    account: AccountSid,
    redactor: Redactor,
}

/// Why a base URL cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum HttpApiError {
    /// http would carry the secret in the clear.
    #[error("http is for loopback only; use https for {host}")]
    PlainHttp {
        /// The URL's host.
        host: String,
    },
    /// Neither http nor https, or no host.
    #[error("the base URL is no http or https URL with a host")]
    NotHttp,
    /// Credentials in the URL would end up in logs.
    #[error("the base URL holds a user name or password; credentials belong in the environment")]
    Userinfo,
    /// A proxy variable names no proxy of ours.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// The HTTP client cannot be built.
    #[error(
        "cannot set up the HTTPS client; TLS needs the system's trust store (install ca-certificates, or point \
         SSL_CERT_FILE at a bundle)"
    )]
    Client(#[source] reqwest::Error),
}

impl HttpApi {
    /// Prepares to ask the API at `base`, with up to `concurrency` requests at once, each of at most `timeout`.
    ///
    /// https to other machines goes through the proxy that the environment names.
    pub fn new(
        base: &Url,
        interval: Interval,
        credentials: &Credentials,
        timeout: Duration,
        concurrency: NonZeroU32,
    ) -> Result<Self, HttpApiError> {
        let proxy = if is_loopback(base) { ProxySettings::default() } else { ProxySettings::of_environment()? };
        Self::through(&proxy, base, interval, credentials, timeout, concurrency)
    }

    fn through(
        proxy: &ProxySettings,
        base: &Url,
        interval: Interval,
        credentials: &Credentials,
        timeout: Duration,
        concurrency: NonZeroU32,
    ) -> Result<Self, HttpApiError> {
        let base = &with_plain_host(base.clone()).ok_or(HttpApiError::NotHttp)?;
        let client = client(base, proxy)?
            .http1_only()
            .tcp_nodelay(true)
            .pool_max_idle_per_host(usize::try_from(concurrency.get()).unwrap_or(usize::MAX))
            .pool_idle_timeout(KEEP_ALIVE)
            .connect_timeout(timeout.min(LONGEST_CONNECT))
            .timeout(timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .build()
            .map_err(HttpApiError::Client)?;
        let endpoint = wire::endpoint(base);

        let signed = client.get(endpoint.clone()).basic_auth(credentials.user(), Some(credentials.secret()));
        let mut headers = signed.build().map_err(HttpApiError::Client)?.headers().clone();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("verify-rollup/", env!("CARGO_PKG_VERSION"))));

        Ok(Self {
            client,
            endpoint,
            headers,
            interval,
            timeout,
            account: credentials.account(),
            redactor: Redactor::new(credentials.user(), credentials.secret()),
        })
    }

    async fn try_once(&self, slice: RawSlice) -> Result<Received, AskError> {
        let mut url = self.endpoint.clone();
        url.set_query(Some(wire::query(&slice).as_str()).filter(|query| !query.is_empty()));
        let mut request = Request::new(Method::GET, url);
        request.headers_mut().clone_from(&self.headers);
        let response = match self.client.execute(request).await {
            Ok(response) => response,
            Err(error) => return Err(self.failed(&error, Reached::Request)),
        };
        self.log(&response);
        if !response.status().is_success() {
            return Err(self.refused(response).await);
        }
        let status = response.status().as_u16();
        let server_at = server_time(response.headers()).map(UnixSeconds::from);
        let hints = hints(response.headers());
        let unusable = |why: &dyn fmt::Display| AskError {
            kind: AskErrorKind::Unusable,
            message: self.clean(&format!("HTTP {status}, but {why}")),
        };
        match read(response, LONGEST_BODY).await {
            Ok(Some(body)) => match read_body(&body) {
                Ok(received) => Ok(self.without_secret(Received { server_at, ..received })),
                Err(error) => {
                    let kind = match &error {
                        BodyError::Error(error) => api_error::kind(error.implied_status(), error.code, hints),
                        _ => AskErrorKind::Unusable,
                    };
                    Err(AskError { kind, ..unusable(&error) })
                }
            },
            Ok(None) => Err(unusable(&"the body is larger than 1 MiB")),
            Err(error) => Err(self.failed(&error, Reached::Response)),
        }
    }

    /// An answer whose status is no success.
    async fn refused(&self, response: Response) -> AskError {
        let status = response.status().as_u16();
        if let 300..=399 = status {
            let location = text(response.headers(), &LOCATION);
            let target = location.and_then(|location| wire::redirect_target(&self.endpoint, location));
            let target = target.map_or(String::new(), |target| format!(" to {target}"));
            let message = self.clean(&format!("HTTP {status}: a redirect{target}, which is not followed"));
            return AskError { kind: AskErrorKind::Redirect { status }, message };
        }
        let hints = hints(response.headers());
        // The status decides; a body that cannot be read just says nothing.
        let body = read(response, LONGEST_ERROR_BODY).await.ok().flatten().unwrap_or_default();
        let error = ApiError::parse(&body);
        let kind = api_error::kind(status, error.code, hints);
        AskError { kind, message: self.clean(&error.describe(status)) }
    }

    /// A try that brought no whole answer.
    fn failed(&self, error: &reqwest::Error, reached: Reached) -> AskError {
        let cause = root_cause(error);
        let (kind, message) = if error.is_connect() {
            let kind = no_answer_kind(error);
            let step = match kind {
                NoAnswerKind::Name => "cannot resolve the name of",
                NoAnswerKind::Connect => "cannot connect to",
                NoAnswerKind::Tls => "cannot set up TLS with",
            };
            (AskErrorKind::NoAnswer(kind), format!("{step} {}: {cause}", wire::origin(&self.endpoint)))
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

    /// An answer fit for the ledger, which keeps its texts as they came.
    fn without_secret(&self, mut received: Received) -> Received {
        if let Some(Rate::Text(text)) = &mut received.body.conversion_rate_percentage {
            *text = self.redactor.redact(text);
        }
        if let Some(Some(url)) = &mut received.body.url {
            *url = self.redactor.redact(url);
        }
        received
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

    /// Text from outside, fit for a message: one line, short, without what must stay home.
    fn clean(&self, text: &str) -> String {
        let text = self.redactor.redact(text);
        let shown = printable(&text);
        let mut letters = shown.chars();
        let mut kept: String = letters.by_ref().take(LONGEST_QUOTE).collect();
        if letters.next().is_some() {
            kept.push('…');
        }
        kept
    }
}

impl Api for HttpApi {
    async fn ask(&self, slice: Slice) -> Result<Received, AskError> {
        self.try_once(RawSlice::selecting(&slice, self.interval)).await
    }
}

impl RawApi for HttpApi {
    async fn ask_raw(&self, slice: RawSlice) -> Result<Received, AskError> {
        self.try_once(slice).await
    }
}

/// Shows where, never with what.
impl fmt::Debug for HttpApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpApi")
            .field("endpoint", &self.endpoint.as_str())
            .field("account", &self.account)
            .finish_non_exhaustive()
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

/// A client that reaches `base` and nothing that `base` must not reach.
fn client(base: &Url, proxy: &ProxySettings) -> Result<ClientBuilder, HttpApiError> {
    if !base.username().is_empty() || base.password().is_some() {
        return Err(HttpApiError::Userinfo);
    }
    // Only the first installation in a process succeeds, and any provider will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Without this, reqwest would take HTTP_PROXY and ALL_PROXY too.
    let builder = Client::builder().no_proxy();
    let host = base.host_str().ok_or(HttpApiError::NotHttp)?;
    match base.scheme() {
        // No certificate is needed, so no trust store has to exist.
        "http" if is_loopback(base) => Ok(pin_localhost(builder).tls_certs_only([])),
        "http" => Err(HttpApiError::PlainHttp { host: host.to_owned() }),
        "https" if is_loopback(base) => Ok(pin_localhost(builder).https_only(true)),
        "https" => {
            let builder = builder.https_only(true);
            let Some(url) = proxy.url() else { return Ok(builder) };
            // The settings have taken it for a URL, so this cannot fail; the error would show the proxy's password.
            let Ok(through) = Proxy::https(url) else { return Err(HttpApiError::NotHttp) };
            Ok(builder.proxy(through.no_proxy(NoProxy::from_string(proxy.exceptions()))))
        }
        _ => Err(HttpApiError::NotHttp),
    }
}

/// Port 0 stands for the URL's port.
fn pin_localhost(builder: ClientBuilder) -> ClientBuilder {
    let addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
    builder.resolve_to_addrs("localhost", &addresses)
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

fn no_answer_kind(error: &reqwest::Error) -> NoAnswerKind {
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

fn root_cause(error: &reqwest::Error) -> String {
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

#[cfg(test)]
mod tests;

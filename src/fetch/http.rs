//! The API over HTTP. The only place that knows reqwest.
//!
//! One request is one try: reqwest's own retries and redirects are off. Plain http goes to loopback only, and loopback
//! never through a proxy; `localhost` is pinned to loopback addresses, whatever resolvers say. https may go through
//! a proxy of the environment, which sees no more than the host. The secret exists in one header, marked sensitive; texts from
//! outside are cut, cleaned and searched for it before they enter a message, a log or an answer.

mod client;
mod exchange;

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderValue};
use url::Url;

pub use client::{HttpApiError, client};

use super::body::{BodyError, read_body};
use super::redact::Redactor;
use super::wire;
use super::{Api, AskError, Credentials, ListApi, Page, PageQuestion, ProxySettings, RawApi, Received, read_page};
use crate::model::{AccountSid, Interval, Rate, RawSlice, Slice, with_plain_host};
use exchange::{Exchange, Get, Useless};

/// The longest answer of Summary, in MiB.
const SUMMARY_MIB: usize = 1;
/// The longest page, likewise: a thousand attempts of two thousand letters each.
const PAGE_MIB: usize = 2;
const LONGEST_CONNECT: Duration = Duration::from_secs(10);
/// Shorter than servers usually keep an idle connection, so that few requests meet one that is just closing.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The API at a base URL.
pub struct HttpApi {
    exchange: Exchange,
    endpoint: Url,
    interval: Interval,
    account: AccountSid,
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
        Self::through(&ProxySettings::towards(base)?, base, interval, credentials, timeout, concurrency)
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
            .build()
            .map_err(HttpApiError::Client)?;
        let endpoint = wire::endpoint(base);

        let signed = client.get(endpoint.clone()).basic_auth(credentials.user(), Some(credentials.secret()));
        let mut headers = signed.build().map_err(HttpApiError::Client)?.headers().clone();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));

        Ok(Self {
            exchange: Exchange {
                client,
                headers,
                timeout,
                redactor: Redactor::new(credentials.user(), credentials.secret()),
            },
            endpoint,
            interval,
            account: credentials.account(),
        })
    }

    async fn try_once(&self, slice: RawSlice) -> Result<Received, AskError> {
        let get = Get { url: wire::with_query(&self.endpoint, &wire::query(&slice)), longest_mib: SUMMARY_MIB };
        let (received, server_at) = self
            .exchange
            .get(get, |body| {
                read_body(body).map_err(|error| match error {
                    BodyError::Error(error) => Useless::Error(error),
                    error => Useless::Body(error.to_string()),
                })
            })
            .await?;
        Ok(self.without_secret(Received { server_at, ..received }))
    }

    /// An answer fit for the ledger, which keeps its texts as they came.
    fn without_secret(&self, mut received: Received) -> Received {
        if let Some(Rate::Text(text)) = &mut received.body.conversion_rate_percentage {
            *text = self.exchange.redact(text);
        }
        if let Some(Some(url)) = &mut received.body.url {
            *url = self.exchange.redact(url);
        }
        received
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

impl ListApi for HttpApi {
    async fn page(&self, question: PageQuestion) -> Result<Page, AskError> {
        let list = wire::list(&self.endpoint);
        let get = Get { url: wire::with_query(&list, &question.query()), longest_mib: PAGE_MIB };
        let (page, server_at) = self
            .exchange
            .get(get, |body| read_page(body).map_err(Useless::from))
            .await
            .map_err(AskError::of_the_list)?;
        Ok(Page { server_at, ..page })
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

#[cfg(test)]
mod tests;

//! The HTTP client below a store: https, or http where that is allowed; through the environment's proxy, but never to
//! this machine.

use std::time::Duration;

use object_store::client::{ClientConfigKey, HttpClient, HttpConnector};
use object_store::{ClientOptions, Error, Result};
use reqwest::{Client, NoProxy, Proxy};
use url::Url;

use crate::fetch::ProxySettings;
use crate::model::is_loopback;

const LONGEST_CONNECT: Duration = Duration::from_secs(5);
/// Without a byte.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);
/// A piece over a slow line.
const LONGEST: Duration = Duration::from_mins(10);

/// Makes clients.
#[derive(Debug)]
pub(super) struct Connector {
    /// Where https goes through.
    pub(super) proxy: ProxySettings,
    /// The endpoint, if it is not the vendor's own.
    pub(super) endpoint: Option<Url>,
}

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> Result<HttpClient> {
        let unusable = |source| Error::Generic { store: "HTTP", source };
        // Only the first installation in a process succeeds, and any provider will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let allows_http = options.get_config_value(&ClientConfigKey::AllowHttp).is_some_and(|value| value == "true");
        let builder = Client::builder()
            .no_proxy()
            .https_only(!allows_http)
            .http1_only()
            .connect_timeout(LONGEST_CONNECT)
            .read_timeout(LONGEST_SILENCE)
            .timeout(LONGEST)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .user_agent(concat!("verify-rollup/", env!("CARGO_PKG_VERSION")));
        let builder = match &self.endpoint {
            // No certificate is needed, so no trust store has to exist.
            Some(url) if url.scheme() == "http" && is_loopback(url) => builder.tls_certs_only([]),
            Some(url) if is_loopback(url) => builder,
            _ => match self.proxy.url().map(Proxy::https) {
                None => builder,
                Some(Ok(through)) => builder.proxy(through.no_proxy(NoProxy::from_string(self.proxy.exceptions()))),
                // The error would show the proxy's password.
                Some(Err(_)) => return Err(unusable("the proxy's URL is of no use".into())),
            },
        };
        let client = builder.build().map_err(|error| unusable(Box::new(error)))?;
        Ok(HttpClient::new(client))
    }
}

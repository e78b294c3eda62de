//! The client below the API: what it reaches, and what it never does.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::{Client, ClientBuilder, NoProxy, Proxy};
use url::Url;

use crate::fetch::{ProxyError, ProxySettings, TrustError, check_trust};
use crate::model::is_loopback;

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
    /// The file of certificates is of no use.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The HTTP client cannot be built.
    #[error(
        "cannot set up the HTTPS client; TLS needs the system's trust store (install ca-certificates, or point \
         SSL_CERT_FILE at a bundle)"
    )]
    Client(#[source] reqwest::Error),
}

/// A client that reaches `base` and nothing that `base` must not reach: it follows no redirect, and sends once.
///
/// # Errors
/// The URL is none that may be asked.
pub fn client(base: &Url, proxy: &ProxySettings) -> Result<ClientBuilder, HttpApiError> {
    if !base.username().is_empty() || base.password().is_some() {
        return Err(HttpApiError::Userinfo);
    }
    // Only the first installation in a process succeeds, and any provider will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Without this, reqwest would take HTTP_PROXY and ALL_PROXY too.
    let builder = Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .user_agent(concat!("verify-rollup/", env!("CARGO_PKG_VERSION")));
    let host = base.host_str().ok_or(HttpApiError::NotHttp)?;
    match base.scheme() {
        // No certificate is needed, so no trust store has to exist.
        "http" if is_loopback(base) => Ok(pin_localhost(builder).tls_certs_only([])),
        "http" => Err(HttpApiError::PlainHttp { host: host.to_owned() }),
        "https" if is_loopback(base) => Ok(pin_localhost(builder).https_only(true)),
        "https" => {
            check_trust()?;
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

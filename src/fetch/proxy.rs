//! The proxy that https takes, as the environment names it: `https_proxy`, `HTTPS_PROXY`, `all_proxy`, `ALL_PROXY`, the
//! first of them that is not empty, except for the hosts in `no_proxy` or `NO_PROXY`.
//!
//! Refused: whatever is no http or https proxy. A proxy's URL may hold a password, so that none is ever part of a
//! message.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::model::is_loopback;

const PROXIES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
const EXCEPTIONS: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// A proxy, if there is one, and what goes past it.
#[derive(Debug, Clone, Default)]
pub struct ProxySettings {
    url: Option<SecretString>,
    variable: Option<&'static str>,
    exceptions: String,
}

/// A variable that names no proxy of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// SOCKS is another protocol.
    #[error("{variable} names a SOCKS proxy; name an http:// or https:// proxy, or unset it")]
    Socks {
        /// The variable.
        variable: &'static str,
    },
    /// Anything else.
    #[error("{variable} is no proxy URL; write one such as http://proxy.example:3128, or unset it")]
    NoUrl {
        /// The variable.
        variable: &'static str,
    },
}

impl ProxySettings {
    /// Those of the process, but none on the way to this machine.
    pub fn towards(url: &Url) -> Result<Self, ProxyError> {
        if is_loopback(url) { Ok(Self::default()) } else { Self::of_environment() }
    }

    /// Those of the process.
    pub fn of_environment() -> Result<Self, ProxyError> {
        Self::read(|name| Some(std::env::var_os(name)?.to_string_lossy().into_owned()))
    }

    fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ProxyError> {
        let first = |names: &[&'static str]| {
            let mut set = names.iter().filter_map(|name| Some((*name, lookup(name)?.trim().to_owned())));
            set.find(|(_, value)| !value.is_empty())
        };
        let exceptions = first(&EXCEPTIONS).map_or_else(String::new, |(_, value)| value);
        let Some((variable, value)) = first(&PROXIES) else { return Ok(Self { exceptions, ..Self::default() }) };
        // As curl takes it, a host alone is an http proxy.
        let value = if value.contains("://") { value } else { format!("http://{value}") };
        if value.to_ascii_lowercase().starts_with("socks") {
            return Err(ProxyError::Socks { variable });
        }
        match Url::parse(&value) {
            Ok(url) if ["http", "https"].contains(&url.scheme()) => {
                Ok(Self { url: Some(value.into()), variable: Some(variable), exceptions })
            }
            _ => Err(ProxyError::NoUrl { variable }),
        }
    }

    /// Of one proxy, without exceptions.
    #[cfg(test)]
    pub(super) fn through(url: &Url) -> Self {
        Self { url: Some(url.to_string().into()), ..Self::default() }
    }

    /// The variable that names the proxy, if there is one.
    #[must_use]
    pub const fn variable(&self) -> Option<&'static str> {
        self.variable
    }

    /// The proxy's URL, which may hold its password.
    pub(crate) fn url(&self) -> Option<&str> {
        self.url.as_ref().map(ExposeSecret::expose_secret)
    }

    /// Hosts that are reached without it, separated by commas.
    pub(crate) fn exceptions(&self) -> &str {
        &self.exceptions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<(Option<String>, String), ProxyError> {
        let lookup = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let settings = ProxySettings::read(lookup)?;
        Ok((settings.url().map(str::to_owned), settings.exceptions))
    }

    #[test]
    fn the_first_that_is_not_empty_counts() {
        for (variables, proxy, exceptions) in [
            (&[][..], None, ""),
            (&[("https_proxy", ""), ("HTTPS_PROXY", "http://a:1")], Some("http://a:1"), ""),
            (&[("https_proxy", " "), ("HTTPS_PROXY", "http://a:1")], Some("http://a:1"), ""),
            (&[("https_proxy", "http://b"), ("HTTPS_PROXY", "http://a")], Some("http://b"), ""),
            (&[("https_proxy", "http://b"), ("HTTPS_PROXY", "socks5://a")], Some("http://b"), ""),
            (&[("HTTPS_PROXY", "https://a"), ("ALL_PROXY", "socks5://b")], Some("https://a"), ""),
            (&[("HTTPS_PROXY", ""), ("all_proxy", ""), ("ALL_PROXY", "http://c")], Some("http://c"), ""),
            (&[("all_proxy", "http://d"), ("ALL_PROXY", "http://c")], Some("http://d"), ""),
            (&[("HTTP_PROXY", "http://e"), ("http_proxy", "socks5://e")], None, ""),
            (&[("https_proxy", "proxy.example:3128")], Some("http://proxy.example:3128"), ""),
            (&[("no_proxy", ""), ("NO_PROXY", "a, b")], None, "a, b"),
            (&[("no_proxy", "c"), ("NO_PROXY", "a")], None, "c"),
        ] {
            let expected = (proxy.map(str::to_owned), exceptions.to_owned());
            assert_eq!(read(variables), Ok(expected), "{variables:?}");
        }
    }

    #[test]
    fn what_is_no_proxy_is_refused_by_its_variable() {
        let socks = |variable| Err(ProxyError::Socks { variable });
        let no_url = |variable| Err(ProxyError::NoUrl { variable });
        for (variable, value, expected) in [
            ("https_proxy", "socks5://user:s3cret@a:1", socks("https_proxy")),
            ("HTTPS_PROXY", "SOCKS5h://s3cret", socks("HTTPS_PROXY")),
            ("all_proxy", "socks4a://s3cret", socks("all_proxy")),
            ("ALL_PROXY", "socks://s3cret", socks("ALL_PROXY")),
            ("HTTPS_PROXY", "http://user:s3cret@[", no_url("HTTPS_PROXY")),
            ("HTTPS_PROXY", "ftp://user:s3cret@a", no_url("HTTPS_PROXY")),
            ("ALL_PROXY", "http://", no_url("ALL_PROXY")),
            ("ALL_PROXY", "http://a:99999", no_url("ALL_PROXY")),
            ("ALL_PROXY", "a b", no_url("ALL_PROXY")),
            ("ALL_PROXY", "://s3cret", no_url("ALL_PROXY")),
        ] {
            assert_eq!(read(&[(variable, value)]), expected, "{value}");
            let error = expected.unwrap_err();
            assert!(error.to_string().starts_with(variable) && !format!("{error} {error:?}").contains("s3cret"));
        }
    }

    #[test]
    fn debug_shows_no_password() {
        let settings = ProxySettings::through(&"http://user:s3cret@proxy".parse().unwrap());
        assert!(!format!("{settings:?}").contains("s3cret"));
    }
}

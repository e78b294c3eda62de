//! Where questions go: the vendor's API, a server of the same form, or the embedded simulator.
//!
//! Refused: plain http to anything but this machine (the secret would travel in the clear), and URLs with user names,
//! queries or fragments. A path is kept as a prefix of every request's path.

use std::fmt;

use url::Url;

use crate::model::{is_loopback, with_plain_host};

/// The job file's word for the embedded simulated account.
const SIMULATOR: &str = "simulator";

/// Where a job's questions go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// The simulated account inside this program.
    Simulator,
    /// A server. The URL has a host, and neither user name, query nor fragment; its path doesn't end with a slash,
    /// but for the root.
    Url(Url),
}

/// Why a text is no base URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Not an absolute URL.
    #[error("not a URL ({0}); write one such as https://verify.twilio.com, or simulator")]
    Malformed(url::ParseError),
    /// Neither https nor http.
    #[error("a URL of the scheme `{0}`; write https://, or simulator")]
    Scheme(String),
    /// Plain http to another machine.
    #[error(
        "plain http to `{0}`, which would show the secret to the network; write https:// (http is for 127.0.0.0/8, ::1 \
         and localhost)"
    )]
    PlainHttp(String),
    /// A user name or password.
    #[error("a URL with a user name or password; leave them out, credentials come from the environment")]
    Credentials,
    /// A query or fragment.
    #[error("a URL with a query or fragment; end it after the host or path")]
    Query,
}

impl Endpoint {
    /// Reads a base URL, or the word `simulator`.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        if text == SIMULATOR {
            return Ok(Self::Simulator);
        }
        let url = Url::parse(text).map_err(EndpointError::Malformed)?;
        if !["https", "http"].contains(&url.scheme()) {
            return Err(EndpointError::Scheme(url.scheme().to_owned()));
        }
        let mut url = with_plain_host(url).ok_or(EndpointError::Malformed(url::ParseError::EmptyHost))?;
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(EndpointError::PlainHttp(url.host_str().unwrap_or_default().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointError::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(EndpointError::Query);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self::Url(url))
    }

    /// What identifies the server, in ledger, bucket and dataset: scheme, host, port where it is not the scheme's own,
    /// and path, in lower case where URLs ignore case, the host without its final dot; `simulator` for the embedded one, whatever its port.
    #[must_use]
    pub fn origin(&self) -> String {
        match self {
            Self::Simulator => SIMULATOR.to_owned(),
            Self::Url(url) => url.as_str().trim_end_matches('/').to_owned(),
        }
    }

    /// Whether requests stay on this machine, so that plain http is allowed and no proxy is used.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Simulator => true,
            Self::Url(url) => is_loopback(url),
        }
    }
}

/// The normalised form that the job file takes.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin())
    }
}

impl std::str::FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_normalised() {
        for (text, origin, loopback) in [
            ("simulator", "simulator", true),
            ("https://verify.twilio.com", "https://verify.twilio.com", false),
            ("https://VERIFY.twilio.com:443/", "https://verify.twilio.com", false),
            ("https://verify.twilio.com.", "https://verify.twilio.com", false),
            ("https://verify.twilio.com.:443/", "https://verify.twilio.com", false),
            ("https://verify%2Etwilio.com%2e", "https://verify.twilio.com", false),
            ("https://proxy.example:8443/twilio/", "https://proxy.example:8443/twilio", false),
            ("https://proxy.example/a/b//", "https://proxy.example/a/b", false),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080", true),
            ("http://127.9.9.9:80", "http://127.9.9.9", true),
            ("http://[::1]:9", "http://[::1]:9", true),
            ("http://LOCALHOST:9/v", "http://localhost:9/v", true),
            ("http://localhost.:9", "http://localhost:9", true),
            ("http://127.0.0.1.:9", "http://127.0.0.1:9", true),
        ] {
            let endpoint = Endpoint::parse(text).unwrap();
            assert_eq!((endpoint.origin().as_str(), endpoint.is_loopback()), (origin, loopback), "{text}");
            assert_eq!(Endpoint::parse(&endpoint.to_string()).unwrap(), endpoint, "{text}");
        }
    }

    #[test]
    fn what_would_leak_or_mislead_is_refused() {
        for bad in [
            "http://verify.twilio.com",
            "http://128.0.0.1",
            "http://0.0.0.0",
            "http://verify.twilio.com.",
            "http://localhost..",
            "https://verify..twilio.com",
            "https://verify.twilio.com..",
            "https://.",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://127.0.0.1@example.com",
            "http://[::2]",
            "http://[::ffff:127.0.0.1]",
            "ftp://localhost",
            "file:///etc",
            "localhost:8080",
            "verify.twilio.com",
            "https://",
            "https://user@verify.twilio.com",
            "https://:secret@verify.twilio.com",
            "https://verify.twilio.com?x=1",
            "https://verify.twilio.com/#a",
            "Simulator",
            "",
        ] {
            assert!(Endpoint::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn errors_never_repeat_a_secret() {
        let error = Endpoint::parse("https://user:hunter2@verify.twilio.com").unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }
}

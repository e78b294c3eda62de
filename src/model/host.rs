//! Hosts of base URLs: the one form in which a host is written, and which of them are this machine.

use url::{Host, Url};

/// The URL with its host as everybody else writes it: the root's final dot, which names nothing, is left out. `None` if
/// a part of the name is empty.
#[must_use]
pub fn with_plain_host(mut url: Url) -> Option<Url> {
    if let Some(Host::Domain(name)) = url.host() {
        let plain = name.strip_suffix('.').unwrap_or(name).to_owned();
        if plain.split('.').any(str::is_empty) || url.set_host(Some(&plain)).is_err() {
            return None;
        }
    }
    Some(url)
}

/// Whether requests to the URL stay on this machine: 127.0.0.0/8, `::1`, or the name `localhost`, which is pinned to
/// these.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    url.host().is_some_and(|host| is_this_machine(&host))
}

/// The same of a host.
pub(super) fn is_this_machine(host: &Host<impl AsRef<str>>) -> bool {
    match host {
        Host::Domain(name) => name.as_ref().strip_suffix('.').unwrap_or(name.as_ref()) == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn a_host_has_one_form() {
        for text in [
            "https://verify.twilio.com",
            "https://verify.twilio.com./",
            "https://VERIFY.twilio.com.:443",
            "https://verify%2etwilio%2Ecom%2e/",
            "https://verify．twilio．com。/",
        ] {
            assert_eq!(with_plain_host(url(text)).unwrap().as_str(), "https://verify.twilio.com/", "{text}");
        }
        for text in ["http://127.0.0.1:9/a", "http://[::1]/", "https://xn--bcher-kva.example/"] {
            assert_eq!(with_plain_host(url(text)).unwrap(), url(text));
        }
        for text in ["https://./", "https://../", "https://a..b/", "https://a.com../", "https://.a/"] {
            assert_eq!(with_plain_host(url(text)), None, "{text}");
        }
    }

    #[test]
    fn loopback_is_what_cannot_leave_the_machine() {
        for (text, expected) in [
            ("http://127.0.0.1:8080", true),
            ("http://127.0.0.1.", true),
            ("http://127.255.0.3", true),
            ("http://[::1]:1", true),
            ("http://localhost", true),
            ("http://LOCALHOST:1", true),
            ("http://localhost.", true),
            ("http://0x7f.1", true),
            ("http://localhost..", false),
            ("http://a.localhost", false),
            ("http://localhost.example.com", false),
            ("http://127.0.0.1.example.com", false),
            ("http://0.0.0.0", false),
            ("http://128.0.0.1", false),
            ("http://[::]", false),
            ("http://[::ffff:127.0.0.1]", false),
            ("https://verify.twilio.com", false),
        ] {
            assert_eq!(is_loopback(&url(text)), expected, "{text}");
        }
    }
}

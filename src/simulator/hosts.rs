//! The host names that the account goes by: the vendor's, with its regions and edges, and this machine's own.
//!
//! No other name is served through the proxy or stands in a certificate.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The account's name where nothing is said of regions.
pub(super) const USUAL: &str = "verify.twilio.com";

/// This machine, by name.
pub(super) const LOCALHOST: &str = "localhost";

/// This machine, by address.
pub(super) const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

const REGIONS: [&str; 3] = ["us1", "ie1", "au1"];

const EDGES: [&str; 8] = ["ashburn", "dublin", "frankfurt", "sao-paulo", "singapore", "sydney", "tokyo", "umatilla"];

/// The vendor's names: the usual one, each region's, and each edge's way to each region.
pub(super) fn vendors() -> impl Iterator<Item = String> {
    let of_region = |region| {
        let edges = EDGES.iter().map(move |edge| format!("verify.{edge}.{region}.twilio.com"));
        edges.chain([format!("verify.{region}.twilio.com")])
    };
    std::iter::once(USUAL.to_owned()).chain(REGIONS.into_iter().flat_map(of_region))
}

/// Whether a host is one of [`vendors`].
pub(super) fn is_vendors(host: &str) -> bool {
    vendors().any(|name| name.eq_ignore_ascii_case(host))
}

/// Whether a URL's host is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case(LOCALHOST) || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendors_names_and_no_others() {
        for host in ["verify.twilio.com", "Verify.Twilio.com", "verify.ie1.twilio.com", "verify.sydney.us1.twilio.com"]
        {
            assert!(is_vendors(host), "{host}");
        }
        for host in
            ["", "twilio.com", "api.twilio.com", "verify.twilio.com.example.com", "verify.xx1.twilio.com", "localhost"]
        {
            assert!(!is_vendors(host), "{host}");
        }
        assert_eq!(vendors().count(), 1 + REGIONS.len() * (EDGES.len() + 1));
    }

    #[test]
    fn this_machine_by_each_of_its_names() {
        for (host, expected) in [
            ("localhost", true),
            ("127.0.0.1", true),
            ("127.1.2.3", true),
            ("[::1]", true),
            ("10.0.0.1", false),
            ("localhost.example.com", false),
        ] {
            assert_eq!(is_loopback(host), expected, "{host}");
        }
    }
}

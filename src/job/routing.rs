//! Twilio's regions, in which data lies and is processed, and its edges, by which requests enter: both are parts of the
//! host's name, `PRODUCT.EDGE.REGION.twilio.com`, and the vendor's own clients put them there from the environment.
//!
//! Here it is done likewise: an edge alone stands for the region `us1`, a region alone stands alone. Other hosts have
//! no such parts and stay what the job says. Refused: what is no part of a host's name, and a part that contradicts one
//! which the base URL has already.

use url::Url;

use super::endpoint::Endpoint;

const EDGE: &str = "TWILIO_EDGE";
const REGION: &str = "TWILIO_REGION";
/// Where an edge leads if nothing else is said.
const USUAL_REGION: &str = "us1";

/// An edge and a region, each as its variable says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Routing {
    /// `TWILIO_EDGE`
    pub edge: Option<String>,
    /// `TWILIO_REGION`
    pub region: Option<String>,
}

/// Why a variable cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoutingError {
    /// Not a part of a host's name.
    #[error("{variable} is no part of a host name; write letters, digits and -, such as {example}, or unset it")]
    Malformed {
        /// The variable.
        variable: &'static str,
        /// What would be one.
        example: &'static str,
    },
    /// The base URL names another.
    #[error("{variable} contradicts the base URL {origin}; change either, or unset the variable")]
    Contradiction {
        /// The variable.
        variable: &'static str,
        /// The base URL.
        origin: String,
    },
}

impl Routing {
    /// The variables.
    pub const VARIABLES: [&'static str; 2] = [EDGE, REGION];

    /// Whether an endpoint is the vendor's, whose name they are parts of.
    #[must_use]
    pub fn concerns(endpoint: &Endpoint) -> bool {
        Parts::of(endpoint).is_some()
    }

    /// The endpoint by way of this edge, in this region.
    ///
    /// # Errors
    /// If the vendor's host is asked, and a variable cannot be followed.
    pub fn route(&self, endpoint: &Endpoint) -> Result<Endpoint, RoutingError> {
        let Some(Parts { url, product, edge, region }) = Parts::of(endpoint) else { return Ok(endpoint.clone()) };
        let chosen = |variable, given: Option<&String>, example, named: Option<&str>| {
            let Some(given) = given else { return Ok(named.map(str::to_owned)) };
            let given = label(given).ok_or(RoutingError::Malformed { variable, example })?;
            match named {
                Some(named) if named != given => {
                    Err(RoutingError::Contradiction { variable, origin: endpoint.origin() })
                }
                _ => Ok(Some(given)),
            }
        };
        let edge = chosen(EDGE, self.edge.as_ref(), "dublin", edge)?;
        let region = chosen(REGION, self.region.as_ref(), "ie1", region)?;
        let region = region.or_else(|| edge.as_ref().map(|_| USUAL_REGION.to_owned()));
        let parts = [Some(product.to_owned()), edge, region, Some("twilio.com".to_owned())];
        let host = parts.into_iter().flatten().collect::<Vec<_>>().join(".");
        let mut routed = url.clone();
        routed.set_host(Some(&host)).expect("labels joined by dots are a host");
        Ok(Endpoint::Url(routed))
    }
}

/// The vendor's host, taken apart.
struct Parts<'a> {
    url: &'a Url,
    product: &'a str,
    edge: Option<&'a str>,
    region: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(endpoint: &'a Endpoint) -> Option<Self> {
        let Endpoint::Url(url) = endpoint else { return None };
        let labels: Vec<_> = url.host_str()?.split('.').collect();
        let (product, edge, region) = match labels[..] {
            [product, "twilio", "com"] => (product, None, None),
            [product, region, "twilio", "com"] => (product, None, Some(region)),
            [product, edge, region, "twilio", "com"] => (product, Some(edge), Some(region)),
            _ => return None,
        };
        Some(Self { url, product, edge, region })
    }
}

/// A part of a host's name, in lower case.
fn label(text: &str) -> Option<String> {
    let fits = (1..=63).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    fits.then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routed(base: &str, edge: &str, region: &str) -> Result<String, RoutingError> {
        let set = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let routing = Routing { edge: set(edge), region: set(region) };
        routing.route(&Endpoint::parse(base).unwrap()).map(|endpoint| endpoint.origin())
    }

    /// As twilio-python, twilio-node and twilio-go name the host.
    #[test]
    fn the_vendors_host_takes_edge_and_region() {
        let usual = "https://verify.twilio.com";
        for (base, edge, region, expected) in [
            (usual, "", "", usual),
            (usual, "dublin", "ie1", "https://verify.dublin.ie1.twilio.com"),
            (usual, "", "ie1", "https://verify.ie1.twilio.com"),
            (usual, "sydney", "", "https://verify.sydney.us1.twilio.com"),
            (usual, "Dublin", "IE1", "https://verify.dublin.ie1.twilio.com"),
            ("https://VERIFY.twilio.com.:443/v/", "sao-paulo", "br1", "https://verify.sao-paulo.br1.twilio.com/v"),
            ("https://verify.ie1.twilio.com", "", "", "https://verify.ie1.twilio.com"),
            ("https://verify.ie1.twilio.com", "dublin", "", "https://verify.dublin.ie1.twilio.com"),
            ("https://verify.ie1.twilio.com", "dublin", "ie1", "https://verify.dublin.ie1.twilio.com"),
            ("https://verify.dublin.ie1.twilio.com:8443", "dublin", "ie1", "https://verify.dublin.ie1.twilio.com:8443"),
        ] {
            assert_eq!(routed(base, edge, region).as_deref(), Ok(expected), "{base} {edge} {region}");
        }
    }

    #[test]
    fn other_hosts_stay_whatever_the_variables_say() {
        for base in [
            "simulator",
            "http://127.0.0.1:8080",
            "https://localhost",
            "https://gateway.example/twilio",
            "https://twilio.com",
            "https://verify.twilio.com.example",
            "https://verify.nottwilio.com",
            "https://a.b.c.d.twilio.com",
        ] {
            for (edge, region) in [("dublin", "ie1"), ("not/a part", "ie1.")] {
                assert_eq!(routed(base, edge, region).as_deref(), Ok(base), "{base}");
            }
        }
    }

    #[test]
    fn what_cannot_be_followed_is_refused() {
        let usual = "https://verify.twilio.com";
        let long = "a".repeat(64);
        for wrong in ["a b", "a/b", "a.b", ".", "-a", "a-", "ä", "a\n", "a:1", "a@b", "evil.com/#", " ", &long] {
            let error = routed(usual, "", wrong).unwrap_err();
            assert_eq!(error, RoutingError::Malformed { variable: REGION, example: "ie1" }, "{wrong}");
            let error = routed(usual, wrong, "ie1").unwrap_err();
            assert_eq!(error, RoutingError::Malformed { variable: EDGE, example: "dublin" }, "{wrong}");
        }
        for (edge, region, variable) in [("", "au1", REGION), ("sydney", "", EDGE), ("sydney", "au1", EDGE)] {
            let origin = "https://verify.dublin.ie1.twilio.com";
            let error = routed(origin, edge, region).unwrap_err();
            assert_eq!(error, RoutingError::Contradiction { variable, origin: origin.to_owned() });
        }
    }
}

//! The account as a proxy: what becomes of a request that names a host.
//!
//! Clients that cannot be told a base URL are told a proxy. It leads to the account alone: whatever else is asked for
//! is refused in words, and no connection is ever opened from here. The words stand in the status line too, as most
//! clients show no more of a proxy's refusal.

use http_body_util::Full;
use hyper::ext::ReasonPhrase;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use super::answer::Reply;
use super::hosts;

/// How requests come on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    /// As they are, to a server without TLS.
    Plain,
    /// As they are, to a server that ends TLS as well.
    BesidesTls,
    /// Within TLS.
    Encrypted,
}

/// Where a request goes.
pub(super) enum Way {
    /// To the account.
    Account,
    /// Nowhere: what follows it on the connection is TLS.
    Tunnel,
    Refused(Reply),
}

const NEEDS_TLS: &str = "CONNECT needs TLS: start simulate with --tls";
const NESTED: &str = "CONNECT within TLS leads nowhere";
const OTHER_HOST: &str =
    "simulate is no way to other hosts: it answers for verify.twilio.com and its regions, by CONNECT at port 443";

/// Where a request goes that came so.
pub(super) fn way<B>(request: &Request<B>, wire: Wire) -> Way {
    let uri = request.uri();
    let host = uri.host().unwrap_or_default();
    if request.method() == Method::CONNECT {
        return match wire {
            Wire::Plain => refused(NEEDS_TLS),
            Wire::Encrypted => refused(NESTED),
            Wire::BesidesTls if hosts::is_vendors(host) && uri.port_u16() == Some(443) => Way::Tunnel,
            Wire::BesidesTls => refused(OTHER_HOST),
        };
    }
    if uri.host().is_none() || hosts::is_vendors(host) || hosts::is_loopback(host) {
        Way::Account
    } else {
        refused(OTHER_HOST)
    }
}

fn refused(why: &'static str) -> Way {
    let mut reply = Response::new(Full::from(why));
    *reply.status_mut() = StatusCode::FORBIDDEN;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    reply.extensions_mut().insert(ReasonPhrase::from_static(why.as_bytes()));
    Way::Refused(reply)
}

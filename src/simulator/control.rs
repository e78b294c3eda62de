//! What a test asks of the simulated account itself, under `/_simulator/`: what came, whether it was too fast, and what
//! shall fail. None of it needs credentials, counts, or is logged.
//!
//! The server listens on loopback alone. A page in a browser could still send requests here, under a name of its own
//! that resolves to this machine or across origins: what names another host, or comes from elsewhere, is refused.

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{ALLOW, HOST, HeaderValue, ORIGIN};
use hyper::http::uri::Authority;
use hyper::{Method, Request, StatusCode};
use serde::Serialize;

use super::answer::{self, Reply};
use super::faults::Faults;
use super::hosts;
use super::log::Log;
use super::records::Records;
use super::stats::Stats;

const PREFIX: &str = "/_simulator/";
/// Bytes of a body that is read.
const LARGEST: usize = 64 * 1024;

/// Whether a path is none of the account's.
pub(super) fn is_one(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// Each path below [`PREFIX`] and what may be done there.
const PATHS: [(&str, &str); 4] =
    [("requests", "GET, DELETE"), ("stats", "GET"), ("faults", "GET, PUT"), ("reset", "POST")];

/// Does what is asked, or says why not.
pub(super) async fn answer(records: &Records, request: Request<Incoming>) -> Reply {
    if let Err(reason) = admit(&request) {
        return refusal(StatusCode::FORBIDDEN, reason);
    }
    let name = request.uri().path().strip_prefix(PREFIX).unwrap_or_default().to_owned();
    let method = request.method().clone();
    match (name.as_str(), &method) {
        ("requests", &Method::GET) => json(&records.book().log),
        ("requests", &Method::DELETE) => {
            records.book().log = Log::default();
            done()
        }
        ("stats", &Method::GET) => json(&Stats::of(records)),
        ("faults", &Method::GET) => json(&records.book().faults),
        ("faults", &Method::PUT) => match read(request.into_body()).await {
            Ok(faults) => {
                records.book().faults = faults;
                json(&records.book().faults)
            }
            Err(reason) => refusal(StatusCode::BAD_REQUEST, &reason),
        },
        ("reset", &Method::POST) => {
            records.reset();
            done()
        }
        (name, method) => elsewhere(name, method),
    }
}

fn elsewhere(name: &str, method: &Method) -> Reply {
    let Some((_, allowed)) = PATHS.iter().find(|(path, _)| *path == name) else {
        let paths = PATHS.map(|(path, methods)| format!("{methods} {PREFIX}{path}"));
        return refusal(StatusCode::NOT_FOUND, &format!("there is nothing here; there are {}", paths.join("; ")));
    };
    let mut reply = refusal(StatusCode::METHOD_NOT_ALLOWED, &format!("{method} is not for {PREFIX}{name}: {allowed}"));
    reply.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    reply
}

/// Whether a request comes from this machine and from no other's page.
fn admit<B>(request: &Request<B>) -> Result<(), &'static str> {
    let headers = request.headers();
    let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_ascii_lowercase();
    let named: Vec<String> = headers.get_all(HOST).iter().map(text).collect();
    let target = request.uri().authority().map(|authority| authority.as_str().to_ascii_lowercase());
    if named.len() != 1 || !named.iter().chain(&target).all(|host| is_here(host)) {
        return Err("the Host header must name this machine: 127.0.0.1, [::1] or localhost, with the port");
    }
    let is_own = |origin: &HeaderValue| text(origin).split_once("://").is_some_and(|(_, host)| host == named[0]);
    let is_near = |site: &HeaderValue| ["same-origin", "none"].contains(&text(site).as_str());
    if !headers.get_all(ORIGIN).iter().all(is_own) || !headers.get_all("sec-fetch-site").iter().all(is_near) {
        return Err("a page of another origin may not ask this");
    }
    Ok(())
}

/// Whether a name with its port is this machine's.
fn is_here(named: &str) -> bool {
    named.parse::<Authority>().is_ok_and(|authority| hosts::is_loopback(authority.host()))
}

/// The faults that a body names; those that it does not name strike no more.
async fn read(body: Incoming) -> Result<Faults, String> {
    let body =
        Limited::new(body, LARGEST).collect().await.map_err(|error| format!("the body cannot be read: {error}"))?;
    let body = body.to_bytes();
    // A sequence would be taken, too, by the order of the fields.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(format!("expected a JSON object such as GET {PREFIX}faults shows"));
    }
    serde_json::from_slice(&body).map_err(|error| format!("not what GET {PREFIX}faults shows: {error}"))
}

fn json(value: &impl Serialize) -> Reply {
    answer::json(StatusCode::OK, serde_json::to_string(value).expect("texts and numbers serialize"))
}

fn done() -> Reply {
    let mut reply = Reply::default();
    *reply.status_mut() = StatusCode::NO_CONTENT;
    reply
}

fn refusal(status: StatusCode, reason: &str) -> Reply {
    answer::json(status, serde_json::json!({ "error": reason }).to_string())
}

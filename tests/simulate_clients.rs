//! The simulated account understands the vendor's clients as they are on the wire: every form that one of them sends gets
//! the total of what it means.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;

use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use support::{ACCOUNT, SECRET, Simulated};

/// The morning of a day, as several clients in several zones write it; then what they add to a request.
///
/// Java leaves out the offset, Go keeps it, C# appends `Z` to whatever stands there, with the separator of its culture.
const CLIENTS: [(&str, &str, &str, &str); 11] = [
    (
        "Python",
        "2026-10-14T06%3A00%3A00Z",
        "2026-10-14T09%3A00%3A00Z",
        "Accept: application/json\r\nAccept-Encoding: gzip, deflate\r\nUser-Agent: twilio-python/9\r\nX-Twilio-Client: utf-8\r\nAccept-Charset: utf-8\r\n",
    ),
    (
        "Node",
        "2026-10-14T06%3A00%3A00Z",
        "2026-10-14T09%3A00%3A00Z",
        "Accept: application/json\r\nContent-Type: application/x-www-form-urlencoded\r\n",
    ),
    (
        "Go in UTC",
        "2026-10-14T06%3A00%3A00Z",
        "2026-10-14T09%3A00%3A00Z",
        "User-Agent: twilio-go/1\r\nAccept-Encoding: gzip\r\n",
    ),
    (
        "Go in Berlin",
        "2026-10-14T08%3A00%3A00%2B02%3A00",
        "2026-10-14T11%3A00%3A00%2B02%3A00",
        "Accept-Encoding: gzip\r\n",
    ),
    ("Go in Bogota", "2026-10-14T01%3A00%3A00-05%3A00", "2026-10-14T04%3A00%3A00-05%3A00", ""),
    (
        "Java",
        "2026-10-14T06%3A00%3A00",
        "2026-10-14T09%3A00%3A00",
        "Accept-Encoding: utf-8\r\nContent-Type: application/x-www-form-urlencoded\r\n",
    ),
    (
        "PHP",
        "2026-10-14T06%3A00%3A00Z",
        "2026-10-14T09%3A00%3A00Z",
        "Accept: application/json\r\nAccept-Charset: utf-8\r\n",
    ),
    (
        "Ruby",
        "2026-10-14T06%3A00%3A00Z",
        "2026-10-14T09%3A00%3A00Z",
        "Accept: application/json\r\nAccept-Encoding: gzip;q=1.0,deflate;q=0.6,identity;q=0.3\r\n",
    ),
    ("C#", "2026-10-14T06%3a00%3a00Z", "2026-10-14T09%3a00%3a00Z", "Accept: application/json\r\n"),
    ("C# in Finland", "2026-10-14T06.00.00Z", "2026-10-14T09.00.00Z", "Accept: application/json\r\n"),
    ("curl", "2026-10-14T06:00:00Z", "2026-10-14T09:00:00Z", "Accept: */*\r\n"),
];

/// Status and body.
fn get(server: &Simulated, query: &str, more: &str) -> (u16, serde_json::Value) {
    let mut stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    let secret = STANDARD.encode(format!("{ACCOUNT}:{SECRET}"));
    let head =
        format!("GET /v2/Attempts/Summary?{query} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {secret}\r\n");
    stream.write_all(format!("{head}{more}Connection: close\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).expect(body))
}

fn server() -> Simulated {
    Simulated::start(&["--requests-per-minute", "0", "--now", "2026-10-15T12:00:00Z"])
}

#[test]
fn each_client_gets_the_total_of_what_it_means() {
    let server = server();
    let (_, described) = get(&server, "", "");
    assert!(described["total_attempts"].as_i64().unwrap() > 1_000_000);
    let usual = "DateCreatedAfter=2026-10-14T06:00:00Z&DateCreatedBefore=2026-10-14T09:00:00Z";
    for filter in ["", "&Country=US", "&Channel=sms", "&DestinationPrefix=%2B1", "&DestinationPrefix=+1", "&Unknown=1"]
    {
        let (_, expected) = get(&server, &format!("{usual}{filter}"), "");
        assert!(expected["total_attempts"].as_i64().unwrap() > 20, "{filter}: {expected}");
        for (client, after, before, headers) in CLIENTS {
            // Some keep an order of their own.
            let query = format!("DateCreatedBefore={before}&DateCreatedAfter={after}{filter}");
            assert_eq!(get(&server, &query, headers), (200, expected.clone()), "{client}{filter}");
        }
    }
}

/// What the vendor does with these is not documented; nobody is answered by chance.
#[test]
fn what_has_no_certain_meaning_is_refused() {
    let server = server();
    for (query, parameter) in [
        ("Country=US&Country=CO", "Country"),
        ("DateCreatedAfter=2026-10-14&DateCreatedAfter=2026-10-14", "DateCreatedAfter"),
        ("DateCreatedAfter=2026-10-14T06.00:00Z", "DateCreatedAfter"),
        ("DateCreatedAfter=1791957600", "DateCreatedAfter"),
        ("Channel=", "Channel"),
        ("Channel=SMS", "Channel"),
        ("Country=us", "Country"),
        ("DestinationPrefix=1", "DestinationPrefix"),
        ("VerifyServiceSid=VA0", "VerifyServiceSid"),
    ] {
        let (status, body) = get(&server, query, "");
        assert_eq!((status, &body["code"]), (400, &60_200.into()), "{query}");
        assert!(body["message"].as_str().unwrap().starts_with(&format!("Invalid parameter: {parameter}: ")), "{body}");
    }
}

/// A request without credentials or parameters.
fn bare(server: &Simulated, method: &str, path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

#[test]
fn methods_are_named_and_a_head_is_an_answer_without_its_body() {
    let server = server();
    let allowed = "allow: GET, HEAD, OPTIONS";
    for path in ["/v2/Attempts/Summary", "/v2/Attempts", "/openapi.json"] {
        let (head, body) = bare(&server, "OPTIONS", path);
        assert!(head.starts_with("HTTP/1.1 204 ") && head.contains(allowed) && body.is_empty(), "{head}");
        for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PURGE"] {
            let (head, body) = bare(&server, method, path);
            assert!(head.starts_with("HTTP/1.1 405 ") && head.contains(allowed), "{method} {path}: {head}");
            assert!(body.contains("\"code\":20004"), "{body}");
        }
        let (got, body) = bare(&server, "GET", path);
        let (head, nothing) = bare(&server, "HEAD", path);
        let of = |head: &str| head.lines().find(|line| line.starts_with("content-length")).map(str::to_owned);
        assert_eq!((nothing.as_str(), of(&head)), ("", of(&got)), "{path}");
        assert_eq!(of(&got), Some(format!("content-length: {}", body.len())));
    }
    assert!(bare(&server, "OPTIONS", "/v2").0.starts_with("HTTP/1.1 404 "));
}

/// What the description lists is what the code knows; that answers fit it is checked by `make interop`.
#[test]
fn the_description_names_the_countries_and_channels_that_there_are() {
    use verify_rollup::model::{Channel, Country};
    let (_, text) = bare(&server(), "GET", "/openapi.json");
    let described: serde_json::Value = serde_json::from_str(&text).unwrap();
    let parameter = |name: &str| described["components"]["parameters"][name]["schema"]["enum"].clone();
    let countries: Vec<_> = Country::all().map(|country| country.code().to_owned()).collect();
    assert_eq!(parameter("Country"), serde_json::json!(countries));
    assert_eq!(parameter("Channel"), serde_json::json!(Channel::ALL.map(Channel::name)));
    let data = &described["components"]["schemas"]["Attempt"]["properties"]["channel_data"]["properties"];
    assert_eq!(data["country"]["enum"], parameter("Country"));
}

/// That answers fit it is checked by `make interop`, here as well.
#[test]
fn the_description_names_the_controls_that_there_are() {
    let server = server();
    let described: serde_json::Value = serde_json::from_str(&bare(&server, "GET", "/openapi.json").1).unwrap();
    let mut told = Vec::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        if !path.starts_with("/_simulator/") {
            continue;
        }
        let mut allowed: Vec<_> = methods.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        allowed.sort_by_key(|method| method != "GET");
        let allowed = allowed.join(", ");
        let (head, _) = bare(&server, "PURGE", path);
        assert!(head.contains(&format!("allow: {allowed}\r\n")), "{allowed}: {head}");
        for operation in methods.as_object().unwrap().values() {
            let refused = operation["responses"]["405"]["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
            let said = &described["components"]["responses"][refused]["headers"]["Allow"]["schema"]["const"];
            assert!(*said == *allowed && operation["security"] == serde_json::json!([]), "{path}: {said}");
        }
        told.push(format!("{allowed} {path}"));
    }
    let (_, nothing) = bare(&server, "GET", "/_simulator/");
    let listed = nothing.split_once("there are ").unwrap().1.trim_end_matches("\"}");
    let mut listed: Vec<_> = listed.split("; ").collect();
    listed.sort_unstable();
    told.sort_unstable();
    assert_eq!(told, listed);
}

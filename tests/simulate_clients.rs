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

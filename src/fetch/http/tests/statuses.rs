//! What statuses mean, those of a body's error too, and what is told of them.

use std::time::Duration;

use super::server::Server;
use super::{GOOD, api_at, fail};
use crate::fetch::{AskError, AskErrorKind, ListApi, PageQuestion};
use crate::model::RawSlice;

#[tokio::test]
async fn statuses_become_kinds_and_messages() {
    let client = |status, code| AskErrorKind::Client { status, code };
    let api_error = |status: u16, code: u32| format!(r#"{{"code":{code},"message":"Told you","status":{status}}}"#);
    for (status, body, kind, message) in [
        (
            "401 Unauthorized",
            api_error(401, 20003),
            AskErrorKind::Unauthorized { status: 401, code: Some(20003) },
            "HTTP 401, code 20003: Told you",
        ),
        (
            "403 Forbidden",
            api_error(403, 70051),
            AskErrorKind::Unauthorized { status: 403, code: Some(70051) },
            "HTTP 403, code 70051: Told you",
        ),
        ("400 Bad Request", api_error(400, 60200), client(400, Some(60200)), "HTTP 400, code 60200: Told you"),
        ("404 Not Found", String::new(), client(404, None), "HTTP 404"),
        (
            "500 Oops",
            api_error(500, 20500),
            AskErrorKind::Server { status: 500, retry_after: None },
            "HTTP 500, code 20500: Told you",
        ),
        (
            "502 Bad Gateway",
            "<html>secret</html>".to_owned(),
            AskErrorKind::Server { status: 502, retry_after: None },
            "HTTP 502: an HTML page, as gateways and proxies send it",
        ),
        ("503 Busy", "x".repeat(200_000), AskErrorKind::Server { status: 503, retry_after: None }, "HTTP 503"),
        ("600 What", String::new(), AskErrorKind::Unusable, "HTTP 600"),
    ] {
        let server = Server::saying(status, "", &body).await;
        let expected = AskError { kind, message: message.to_owned() };
        assert_eq!(fail(&server).await, expected);
        assert!(expected.saw_http());
        assert_eq!(server.requests().len(), 1, "one try is one request");
    }
}

#[tokio::test]
async fn a_429_says_how_long_to_wait_and_how_many_were_at_once() {
    for (headers, seconds, at_once) in [
        ("", None, None),
        ("Retry-After: 7\r\nTwilio-Concurrent-Requests: 9\r\n", Some(7), Some(9)),
        ("Retry-After: soon\r\nTwilio-Concurrent-Requests: many\r\n", None, None),
        ("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:50:07 GMT\r\n", Some(30), None),
        ("Retry-After: Sun, 06 Nov 1994 08:50:07 GMT\r\n", Some(0), None),
    ] {
        let server = Server::saying("429 Too Many Requests", headers, "").await;
        let retry_after = seconds.map(Duration::from_secs);
        assert_eq!(fail(&server).await.kind, AskErrorKind::TooManyRequests { retry_after, at_once }, "{headers}");
    }
}

#[tokio::test]
async fn an_error_in_a_body_counts_as_its_status_would() {
    let retry_after = Some(Duration::from_secs(7));
    for (body, kind, message) in [
        (
            r#"{"code":60200,"message":"Told you","status":400}"#,
            AskErrorKind::Client { status: 400, code: Some(60200) },
            "HTTP 200, but the body holds an error: status 400, code 60200: Told you",
        ),
        (
            r#"{"code":20003,"status":401}"#,
            AskErrorKind::Unauthorized { status: 401, code: Some(20003) },
            "HTTP 200, but the body holds an error: status 401, code 20003",
        ),
        (
            r#"{"status":429}"#,
            AskErrorKind::TooManyRequests { retry_after, at_once: None },
            "HTTP 200, but the body holds an error: status 429",
        ),
        (
            r#"{"status":503,"message":"s3cret-Marker"}"#,
            AskErrorKind::Server { status: 503, retry_after },
            "HTTP 200, but the body holds an error: status 503: [redacted]",
        ),
        (
            r#"{"code":60200}"#,
            AskErrorKind::Client { status: 400, code: Some(60200) },
            "HTTP 200, but the body holds an error: no status, code 60200",
        ),
        (
            r#"{"code":0,"status":200}"#,
            AskErrorKind::Unusable,
            "HTTP 200, but the body holds an error: status 200, code 0",
        ),
    ] {
        let server = Server::saying("200 OK", "Retry-After: 7\r\n", body).await;
        let error = fail(&server).await;
        assert_eq!((error.kind, error.message.as_str()), (kind, message), "{body}");
    }
}

async fn fail_page(server: &Server) -> AskError {
    let api = api_at(&server.url(), Duration::from_secs(20));
    let page = api.page(PageQuestion { slice: RawSlice::default(), next: None }).await;
    page.err().unwrap()
}

/// Before, only what was said of the list was told without them.
#[tokio::test]
async fn an_error_is_told_without_numbers_addresses_and_identifiers() {
    let words = "Invalid `To`: +573001234567, a@example.com, VE00112233445566778899aabbccddeeff, s3cret-Marker";
    let told = "Invalid `To`: +…, … …, [redacted]";
    for (status, place) in [
        ("400 Bad Request", "HTTP 400, code 60200"),
        ("200 OK", "HTTP 200, but the body holds an error: status 400, code 60200"),
    ] {
        let body = format!(r#"{{"code":60200,"message":"{words}","status":400}}"#);
        let server = Server::saying(status, "", &body).await;
        assert_eq!(fail(&server).await.message, format!("{place}: {told}"));
        assert_eq!(fail_page(&server).await.message, format!("{place}: {told}"));
    }
    let location = "Location: /v2/Attempts/VE00112233445566778899aabbccddeeff\r\n";
    let message = fail(&Server::saying("302 Found", location, "").await).await.message;
    assert!(message.ends_with("/v2/Attempts/…, which is not followed"), "{message}");
}

#[tokio::test]
async fn that_a_page_is_refused_says_nothing_of_the_credentials() {
    for (status, code) in [("401 Unauthorized", 401), ("403 Forbidden", 403)] {
        let server = Server::saying(status, "", "").await;
        assert_eq!(fail_page(&server).await.kind, AskErrorKind::Client { status: code, code: None });
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Server::saying("200 OK", "", GOOD).await;
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let location = format!("Location: http://user:pass@127.0.0.1:{}/x?token=y\r\n", elsewhere.port);
        let server = Server::saying(status, &location, "").await;
        let error = fail(&server).await;
        let status = status[..3].parse().unwrap();
        assert_eq!(error.kind, AskErrorKind::Redirect { status });
        let place = format!("http://127.0.0.1:{}/x", elsewhere.port);
        assert_eq!(error.message, format!("HTTP {status}: a redirect to {place}, which is not followed"));
    }
    assert_eq!(elsewhere.connections(), 0);
}

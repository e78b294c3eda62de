//! That the secret stays in its header, whatever is printed and whoever echoes it.

use std::num::NonZeroU32;
use std::time::Duration;

use reqwest::header::AUTHORIZATION;

use super::server::Server;
use super::{ENCODED, SECRET, api_at, credentials, fail};
use crate::fetch::http::HttpApi;
use crate::fetch::http::exchange::LONGEST_QUOTE;
use crate::model::Interval;

#[test]
fn a_base_url_that_would_betray_the_secret_is_refused() {
    for (base, expected) in [
        ("http://verify.twilio.com", "http is for loopback only; use https for verify.twilio.com"),
        ("http://192.168.0.1:8080", "http is for loopback only; use https for 192.168.0.1"),
        ("ftp://127.0.0.1", "the base URL is no http or https URL with a host"),
        ("file:///etc", "the base URL is no http or https URL with a host"),
        (
            "https://u:s3cret@verify.twilio.com",
            "the base URL holds a user name or password; credentials belong in the environment",
        ),
        (
            "https://s3cret@verify.twilio.com",
            "the base URL holds a user name or password; credentials belong in the environment",
        ),
    ] {
        let base = base.parse().unwrap();
        let (timeout, one) = (Duration::from_secs(20), NonZeroU32::MIN);
        let error = HttpApi::new(&base, Interval::ClosedOpen, &credentials(), timeout, one).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(!format!("{error:?}").contains("s3cret"));
    }
}

#[tokio::test]
async fn a_server_that_echoes_the_secret_does_not_get_it_printed() {
    let api = api_at(&"http://127.0.0.1:9".parse().unwrap(), Duration::from_secs(1));
    let basic = api.exchange.headers[AUTHORIZATION].to_str().unwrap().to_owned();
    for echoed in [SECRET, basic.as_str()] {
        let body = format!(r#"{{"code":1,"message":"no {echoed}\r\n\u001b[31m{}"}}"#, "x".repeat(500));
        let server = Server::saying("400 Bad Request", "", &body).await;
        let error = fail(&server).await;
        assert!(error.message.starts_with("HTTP 400, code 1: no ") && error.message.contains("[redacted]"), "{error}");
        assert!(!error.message.contains(basic.trim_start_matches("Basic ")), "{error}");
        assert!(error.message.chars().count() <= LONGEST_QUOTE + 1 && !error.message.contains(char::is_control));
    }
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let api = api_at(&"http://127.0.0.1:9".parse().unwrap(), Duration::from_secs(1));
    let shown = format!("{api:?} {:?} {:?} {:?}", credentials(), api.exchange.headers, api.exchange.client);
    assert!(!shown.contains(SECRET) && !shown.contains(ENCODED), "{shown}");
    assert!(api.exchange.headers[AUTHORIZATION].is_sensitive());
}

/// What a panic may carry is what `{:?}` shows of whatever holds the secret.
#[tokio::test]
async fn a_panic_shows_no_secret() {
    let api = api_at(&"http://127.0.0.1:9".parse().unwrap(), Duration::from_secs(1));
    let died = tokio::spawn(async move { panic!("{:?} {api:?}", credentials()) }).await.unwrap_err();
    let told = format!("{died:?} {died}");
    let payload = died.into_panic().downcast::<String>().expect("a formatted panic carries its text");
    assert!(payload.contains("HttpApi"), "the panic shows what it carries: {payload}");
    for text in [told.as_str(), payload.as_str()] {
        assert!(!text.contains(SECRET) && !text.contains(ENCODED), "{text}");
    }
}

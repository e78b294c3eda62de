//! Which way a request takes: loopback never goes through a proxy, and https needs certificates to trust.

use std::num::NonZeroU32;
use std::time::Duration;

use super::server::Server;
use super::{ENCODED, GOOD, api_at, ask, credentials, slice};
use crate::fetch::http::HttpApi;
use crate::fetch::{Api, AskErrorKind, NoAnswerKind, ProxySettings};
use crate::model::Interval;

#[tokio::test]
async fn localhost_is_this_machine() {
    let server = Server::saying("200 OK", "", GOOD).await;
    for host in ["localhost", "localhost.", "LOCALHOST"] {
        let base = format!("http://{host}:{}", server.port).parse().unwrap();
        assert!(api_at(&base, Duration::from_secs(20)).ask(slice()).await.is_ok(), "{host}");
    }
}

#[tokio::test]
async fn loopback_never_goes_through_a_proxy() {
    let proxy = Server::saying("200 OK", "", GOOD).await;
    let server = Server::saying("200 OK", "", GOOD).await;
    let named = |host: &str| format!("http://{host}:{}", server.port).parse().unwrap();
    for base in [server.url(), named("localhost"), named("localhost.")] {
        let (timeout, one) = (Duration::from_secs(20), NonZeroU32::MIN);
        let proxied = ProxySettings::through(&proxy.url());
        let api = HttpApi::through(&proxied, &base, Interval::ClosedOpen, &credentials(), timeout, one);
        assert!(api.unwrap().ask(slice()).await.is_ok());
    }
    assert_eq!((proxy.connections(), server.requests().len()), (0, 3));
}

#[tokio::test]
async fn a_proxy_sees_the_host_and_nothing_else() {
    let proxy = Server::saying("502 Bad Gateway", "", "").await;
    let base = "https://api.invalid".parse().unwrap();
    let (timeout, one) = (Duration::from_secs(20), NonZeroU32::MIN);
    let settings = ProxySettings::through(&proxy.url());
    let api = HttpApi::through(&settings, &base, Interval::ClosedOpen, &credentials(), timeout, one);
    let error = api.unwrap().ask(slice()).await.unwrap_err();
    assert_eq!(error.kind, AskErrorKind::NoAnswer(NoAnswerKind::Connect), "{error}");
    let requests = proxy.requests();
    assert!(requests[0].starts_with("CONNECT api.invalid:443 "), "{requests:?}");
    assert!(!requests.concat().contains(ENCODED) && !requests.concat().contains("Summary"), "{requests:?}");
}

/// Runs one test of this file in a process of its own: variables cannot be set safely in one that has threads.
async fn passes_with(test: &str, variables: &[(&str, &str)]) -> bool {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("fetch::http::tests::routes::{test}")]).env(INSIDE, "1");
    command.env_remove("NO_PROXY").env_remove("no_proxy").envs(variables.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    output.status.success() && String::from_utf8_lossy(&output.stdout).contains("1 passed")
}

/// Set in such a process.
const INSIDE: &str = "VERIFY_ROLLUP_TEST_INSIDE";

#[tokio::test]
async fn proxy_variables_of_the_process_do_not_touch_loopback() {
    let server = Server::saying("200 OK", "", GOOD).await;
    if std::env::var_os(INSIDE).is_some() {
        ask(&server).await.unwrap();
        return;
    }
    let proxy = Server::saying("503 Busy", "", "").await;
    let url = proxy.url().to_string();
    let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let variables = names.map(|name| (name, url.as_str()));
    assert!(passes_with("proxy_variables_of_the_process_do_not_touch_loopback", &variables).await);
    assert_eq!(proxy.connections(), 0);
}

#[tokio::test]
async fn without_a_trust_store_only_https_fails_and_says_why() {
    if std::env::var_os(INSIDE).is_none() {
        let nowhere = [("SSL_CERT_FILE", ""), ("SSL_CERT_DIR", "/nonexistent")];
        assert!(passes_with("without_a_trust_store_only_https_fails_and_says_why", &nowhere).await);
        return;
    }
    let server = Server::saying("200 OK", "", GOOD).await;
    assert!(ask(&server).await.is_ok());
    let base = "https://verify.twilio.com".parse().unwrap();
    let (timeout, one) = (Duration::from_secs(20), NonZeroU32::MIN);
    let error = HttpApi::new(&base, Interval::ClosedOpen, &credentials(), timeout, one).unwrap_err();
    assert!(error.to_string().contains("install ca-certificates"), "{error}");
}

//! Connections that never gave an answer, or broke off.

use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::server::{Reply, Server};
use super::{api_at, fail, slice};
use crate::fetch::http::client;
use crate::fetch::http::exchange::{no_answer_kind, root_cause};
use crate::fetch::{Api, AskErrorKind, NoAnswerKind, ProxySettings, Reached};

#[tokio::test]
async fn broken_connections_say_how_far_they_came() {
    let server = Server::start(Reply::Reset).await;
    assert_eq!(fail(&server).await.kind, AskErrorKind::Broken(Reached::Request));
    let server = Server::start(Reply::Bytes(b"SSH-2.0-OpenSSH\r\n".to_vec())).await;
    assert_eq!(fail(&server).await.kind, AskErrorKind::Broken(Reached::Request));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_hanging_server_times_out() {
    for (bytes, reached) in
        [("", Reached::Request), ("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", Reached::Response)]
    {
        let server = Server::start(Reply::Hang(bytes.into())).await;
        let error = api_at(&server.url(), Duration::from_millis(300)).ask(slice()).await.unwrap_err();
        assert_eq!(error.kind, AskErrorKind::Timeout(reached));
        assert!(error.message.ends_with("within 300ms"), "{error}");
    }
}

#[tokio::test]
async fn a_refused_port_and_an_impossible_name_never_gave_an_answer() {
    let vacant = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
    let base = format!("http://{vacant}").parse().unwrap();
    let error = api_at(&base, Duration::from_secs(20)).ask(slice()).await.unwrap_err();
    assert_eq!(error.kind, AskErrorKind::NoAnswer(NoAnswerKind::Connect));
    assert!(
        error.message.starts_with("cannot connect to http://127.0.0.1:")
            && error.message.contains("Connection refused"),
        "{error}"
    );
    // Longer than a label may be, so no resolver is asked.
    let base = format!("https://{}.invalid", "x".repeat(64)).parse().unwrap();
    let error = api_at(&base, Duration::from_secs(20)).ask(slice()).await.unwrap_err();
    assert_eq!(error.kind, AskErrorKind::NoAnswer(NoAnswerKind::Name), "{error}");
    assert!(!error.saw_http());
}

#[tokio::test]
async fn a_name_without_an_address_is_told_from_a_refused_port() {
    struct Nowhere;
    impl reqwest::dns::Resolve for Nowhere {
        fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
            Box::pin(std::future::ready(Err("no such name".into())))
        }
    }
    let base = "http://localhost".parse().unwrap();
    let client = client(&base, &ProxySettings::default()).unwrap().dns_resolver(Nowhere).build().unwrap();
    let error = client.get("http://nowhere.invalid").send().await.unwrap_err();
    assert_eq!(no_answer_kind(&error), NoAnswerKind::Name);
    assert_eq!(root_cause(&error), "no such name");
}

#[tokio::test]
async fn a_server_without_tls_fails_as_tls() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let base = format!("https://127.0.0.1:{port}").parse().unwrap();
    let error = api_at(&base, Duration::from_secs(20)).ask(slice()).await.unwrap_err();
    assert_eq!(error.kind, AskErrorKind::NoAnswer(NoAnswerKind::Tls), "{error}");
}

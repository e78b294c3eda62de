//! Bodies that hold no answer, and how long one may be.

use super::server::{Reply, Server, message};
use super::{GOOD, ask, fail};
use crate::fetch::{AskError, AskErrorKind};

/// What a body may hold.
const LONGEST_BODY: usize = 1024 * 1024;

#[tokio::test]
async fn unusable_bodies_are_told_apart_from_answers() {
    for (body, message) in [
        (r#"{"message":"later"}"#, "HTTP 200, but the body holds no count"),
        (r#"{"total_attempts":3}"#, "HTTP 200, but 0 converted and 0 unconverted are not 3 attempts"),
        ("<html>", "HTTP 200, but the body is not the expected JSON object (it is an HTML page)"),
        ("upstream", "HTTP 200, but the body is not the expected JSON object (it does not begin with {)"),
    ] {
        let server = Server::saying("200 OK", "", body).await;
        let expected = AskError { kind: AskErrorKind::Unusable, message: message.to_owned() };
        assert_eq!(fail(&server).await, expected);
    }
    let server = Server::saying("204 No Content", "", "").await;
    assert_eq!(fail(&server).await.kind, AskErrorKind::Unusable);
}

#[tokio::test]
async fn a_body_may_hold_a_mebibyte_and_no_more() {
    let padded = |length: usize| format!("{GOOD}{}", " ".repeat(length - GOOD.len()));
    let server = Server::saying("200 OK", "", &padded(LONGEST_BODY)).await;
    assert!(ask(&server).await.is_ok());
    let server = Server::saying("200 OK", "", &padded(LONGEST_BODY + 1)).await;
    let error = fail(&server).await;
    assert_eq!(error.kind, AskErrorKind::Unusable);
    assert_eq!(error.message, "HTTP 200, but the body is larger than 1 MiB");
}

/// A gzip stream of one letter, again and again: 13 bits for each 258 of them.
fn gzip_bomb(repeats: usize) -> Vec<u8> {
    let mut bits = vec![true, true, false];
    let push = |bits: &mut Vec<bool>, code: u32, length: u32| {
        bits.extend((0..length).rev().map(|bit| code >> bit & 1 == 1));
    };
    push(&mut bits, 0x30 + u32::from(b' '), 8);
    for _ in 0..repeats {
        push(&mut bits, 0b1100_0101, 8);
        push(&mut bits, 0, 5);
    }
    push(&mut bits, 0, 7);
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    for eight in bits.chunks(8) {
        bytes.push(eight.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit)));
    }
    bytes
}

#[tokio::test]
async fn the_size_counts_after_decoding() {
    let bomb = gzip_bomb(400_000);
    assert!(bomb.len() < LONGEST_BODY, "small on the wire, 100 MB decoded");
    let server = Server::start(Reply::Bytes(message("200 OK", "Content-Encoding: gzip\r\n", &bomb))).await;
    assert_eq!(fail(&server).await.message, "HTTP 200, but the body is larger than 1 MiB");
    let server = Server::start(Reply::Bytes(message("503 Busy", "Content-Encoding: gzip\r\n", &bomb))).await;
    assert_eq!(fail(&server).await.kind, AskErrorKind::Server { status: 503, retry_after: None });
    let server = Server::saying("200 OK", "Content-Encoding: gzip\r\n", "not gzip at all").await;
    assert_eq!(fail(&server).await.kind, AskErrorKind::Unusable);
}

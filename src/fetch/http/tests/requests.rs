//! What is sent, and what an answer carries besides its counts.

use std::time::Duration;

use super::server::Server;
use super::{ENCODED, GOOD, api_at, ask, slice};
use crate::fetch::Api;
use crate::model::{Counts, UnixSeconds};

#[tokio::test]
async fn a_good_answer_is_asked_for_as_the_api_wants_it() {
    let server = Server::saying("200 OK", "Twilio-Request-Id: RQ1\r\n", GOOD).await;
    let mut slice = slice();
    slice.prefix = Some("+57305".parse().unwrap());
    let api = api_at(&server.url(), Duration::from_secs(20));
    assert_eq!(api.ask(slice).await.unwrap().counts, Counts::new(11, 9).unwrap());
    let requests = server.requests();
    let head = requests[0].to_ascii_lowercase();
    let line = "get /v2/attempts/summary?datecreatedafter=1970-01-01t00:00:00z&datecreatedbefore=1970-01-01t01:00:00z\
                &destinationprefix=%2b57305 http/1.1\r\n";
    assert!(head.starts_with(line), "{head}");
    for header in
        ["accept: application/json", "accept-encoding: gzip", "authorization: basic ", "user-agent: verify-rollup/"]
    {
        assert_eq!(head.matches(header).count(), 1, "{header} in {head}");
    }
    assert!(requests[0].contains(ENCODED));
}

#[tokio::test]
async fn an_answer_carries_the_server_s_own_time() {
    let noon = Some(UnixSeconds(784_111_777));
    for (headers, expected) in [
        ("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", noon),
        ("date: Sun, 06 Nov 1994 09:49:37 +0100\r\n", noon),
        ("", None),
        ("Date: 784111777\r\n", None),
        ("Date: Sun, 06 Nov 1994\r\n", None),
        ("Date: \u{fc}\r\n", None),
    ] {
        let server = Server::saying("200 OK", headers, GOOD).await;
        assert_eq!(ask(&server).await.unwrap().server_at, expected, "{headers}");
    }
}

#[tokio::test]
async fn connections_are_kept() {
    let server = Server::saying("200 OK", "", GOOD).await;
    let api = api_at(&server.url(), Duration::from_secs(20));
    for _ in 0..5 {
        assert!(api.ask(slice()).await.is_ok());
    }
    assert_eq!((server.requests().len(), server.connections()), (5, 1));
}

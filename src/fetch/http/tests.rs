//! Over real sockets, against a server that says what it is told.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use reqwest::header::AUTHORIZATION;

use super::*;
use crate::model::{Counts, UnixSeconds, Window};

const GOOD: &str = r#"{"total_attempts":11,"total_converted":9,"total_unconverted":2}"#;
const SECRET: &str = "s3cret-Marker";
/// Of the Base64 in the Authorization header, the part that depends on the secret alone.
const ENCODED: &str = "M2NyZXQtTWFya2Vy";

/// What the server does with a request.
#[derive(Clone)]
enum Reply {
    Bytes(Vec<u8>),
    /// Closes with unread data, which resets the connection.
    Reset,
    /// Says nothing, and keeps the connection.
    Hang(Vec<u8>),
}

/// A loopback server; every connection gets the same reply to each of its requests.
struct Server {
    port: u16,
    /// The heads of all requests, and how many connections there were.
    seen: Arc<Mutex<(Vec<String>, usize)>>,
}

impl Server {
    async fn start(reply: Reply) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new((Vec::new(), 0)));
        let record = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                record.lock().unwrap().1 += 1;
                tokio::spawn(answer(stream, reply.clone(), Arc::clone(&record)));
            }
        });
        Self { port, seen }
    }

    async fn saying(status: &str, headers: &str, body: &str) -> Self {
        Self::start(Reply::Bytes(message(status, headers, body.as_bytes()))).await
    }

    fn url(&self) -> Url {
        format!("http://127.0.0.1:{}", self.port).parse().unwrap()
    }

    fn requests(&self) -> Vec<String> {
        self.seen.lock().unwrap().0.clone()
    }

    fn connections(&self) -> usize {
        self.seen.lock().unwrap().1
    }
}

fn message(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

async fn answer(mut stream: TcpStream, reply: Reply, seen: Arc<Mutex<(Vec<String>, usize)>>) {
    let mut pending = Vec::new();
    let mut buffer = [0; 4096];
    if let Reply::Reset = reply {
        let _ = stream.read(&mut buffer[..1]).await;
        return;
    }
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        pending.extend_from_slice(&buffer[..count]);
        if pending.ends_with(b"\r\n\r\n") {
            seen.lock().unwrap().0.push(String::from_utf8_lossy(&pending).into_owned());
            pending.clear();
            match &reply {
                Reply::Bytes(bytes) if stream.write_all(bytes).await.is_err() => return,
                Reply::Bytes(bytes) if !bytes.starts_with(b"HTTP/1.1") => return,
                Reply::Bytes(_) | Reply::Reset => {}
                Reply::Hang(bytes) => {
                    let _ = stream.write_all(bytes).await;
                    std::future::pending::<()>().await;
                }
            }
        }
    }
}

fn credentials() -> Credentials {
    Credentials::new(AccountSid::ZEROS, AccountSid::ZEROS.to_string(), SECRET.into())
}

fn api_at(base: &Url, timeout: Duration) -> HttpApi {
    HttpApi::new(base, Interval::ClosedOpen, &credentials(), timeout, NonZeroU32::MIN).unwrap()
}

fn slice() -> Slice {
    Slice::whole(Window::new(UnixSeconds(0), UnixSeconds(3600)).unwrap())
}

async fn ask(server: &Server) -> Result<Received, AskError> {
    api_at(&server.url(), Duration::from_secs(20)).ask(slice()).await
}

async fn fail(server: &Server) -> AskError {
    let error = ask(server).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains(SECRET) && !shown.contains(ENCODED), "{shown}");
    error
}

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
async fn a_429_says_how_long_to_wait() {
    for (headers, seconds) in [
        ("", None),
        ("Retry-After: 7\r\n", Some(7)),
        ("Retry-After: soon\r\n", None),
        ("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:50:07 GMT\r\n", Some(30)),
        ("Retry-After: Sun, 06 Nov 1994 08:50:07 GMT\r\n", Some(0)),
    ] {
        let server = Server::saying("429 Too Many Requests", headers, "").await;
        let retry_after = seconds.map(Duration::from_secs);
        assert_eq!(fail(&server).await.kind, AskErrorKind::TooManyRequests { retry_after }, "{headers}");
    }
}

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
            AskErrorKind::TooManyRequests { retry_after },
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
    let client = client(&base, None).unwrap().dns_resolver(Nowhere).build().unwrap();
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

#[tokio::test]
async fn localhost_is_this_machine() {
    let server = Server::saying("200 OK", "", GOOD).await;
    let base = format!("http://localhost:{}", server.port).parse().unwrap();
    assert!(api_at(&base, Duration::from_secs(20)).ask(slice()).await.is_ok());
}

#[tokio::test]
async fn loopback_never_goes_through_a_proxy() {
    let proxy = Server::saying("200 OK", "", GOOD).await;
    let server = Server::saying("200 OK", "", GOOD).await;
    for base in [server.url(), format!("http://localhost:{}", server.port).parse().unwrap()] {
        let (timeout, one) = (Duration::from_secs(20), NonZeroU32::MIN);
        let proxied = Some(proxy.url().to_string());
        let api = HttpApi::through(proxied.as_deref(), &base, Interval::ClosedOpen, &credentials(), timeout, one);
        assert!(api.unwrap().ask(slice()).await.is_ok());
    }
    assert_eq!((proxy.connections(), server.requests().len()), (0, 2));
}

#[tokio::test]
async fn a_proxy_sees_the_host_and_nothing_else() {
    let proxy = Server::saying("502 Bad Gateway", "", "").await;
    let base = "https://api.invalid".parse().unwrap();
    let (timeout, one) = (Duration::from_secs(20), NonZeroU32::MIN);
    let through =
        |proxy: &str| HttpApi::through(Some(proxy), &base, Interval::ClosedOpen, &credentials(), timeout, one);
    let error = through(proxy.url().as_str()).unwrap().ask(slice()).await.unwrap_err();
    assert_eq!(error.kind, AskErrorKind::NoAnswer(NoAnswerKind::Connect), "{error}");
    let requests = proxy.requests();
    assert!(requests[0].starts_with("CONNECT api.invalid:443 "), "{requests:?}");
    assert!(!requests.concat().contains(ENCODED) && !requests.concat().contains("Summary"), "{requests:?}");
    let error = through("http://user:s3cret@[").unwrap_err();
    assert_eq!(format!("{error} {error:?}"), "HTTPS_PROXY is no proxy URL Proxy");
}

/// Runs one test of this file in a process of its own: variables cannot be set safely in one that has threads.
async fn passes_with(test: &str, variables: &[(&str, &str)]) -> bool {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("fetch::http::tests::{test}")]).env(INSIDE, "1");
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
        let nowhere = [("SSL_CERT_FILE", "/nonexistent"), ("SSL_CERT_DIR", "/nonexistent")];
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
    let basic = api.headers[AUTHORIZATION].to_str().unwrap().to_owned();
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
    let shown = format!("{api:?} {:?} {:?} {:?}", credentials(), api.headers, api.client);
    assert!(!shown.contains(SECRET) && !shown.contains(ENCODED), "{shown}");
    assert!(api.headers[AUTHORIZATION].is_sensitive());
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

//! The simulated account behind TLS and as a proxy: the same answers by every way, and no way to anybody else.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use rustix::process::{Pid, Signal, kill_process};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use support::{ACCOUNT, SECRET, Simulated, Workspace, finish, stderr};

const DAY: &str = "DateCreatedAfter=2026-10-14T00:00:00Z&DateCreatedBefore=2026-10-15T00:00:00Z";

/// A server with TLS, and its CA's certificate.
struct Secured {
    server: Simulated,
    workspace: Workspace,
}

impl Secured {
    fn start(flags: &[&str]) -> Self {
        let workspace = Workspace::new();
        let file = workspace.path("ca.pem");
        let usual = ["--now", "2026-10-15T12:00:00Z", "--tls", "--ca", file.to_str().unwrap()];
        Self { server: Simulated::start(&[&usual, flags].concat()), workspace }
    }

    fn connect(&self) -> TcpStream {
        connect(&self.server)
    }

    /// The client's half of a handshake with a server of that name.
    fn client(&self, name: &'static str) -> ClientConnection {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.workspace.path("ca.pem")).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        ClientConnection::new(Arc::new(config), ServerName::try_from(name).unwrap()).unwrap()
    }

    fn tls(&self, name: &'static str) -> StreamOwned<ClientConnection, TcpStream> {
        StreamOwned::new(self.client(name), self.connect())
    }

    /// The same through the proxy.
    fn tunnel(&self, name: &'static str) -> StreamOwned<ClientConnection, TcpStream> {
        let mut stream = self.connect();
        assert_eq!(asked_to_connect(&mut stream, &format!("{name}:443")), "HTTP/1.1 200 OK");
        StreamOwned::new(self.client(name), stream)
    }
}

fn connect(server: &Simulated) -> TcpStream {
    TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap()
}

/// The status line of the answer to a CONNECT.
fn asked_to_connect(stream: &mut TcpStream, target: &str) -> String {
    write!(stream, "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n").unwrap();
    head(stream).lines().next().unwrap().to_owned()
}

/// The head of an answer, and not a byte more.
fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// Head and body of the answer to a question.
fn ask(stream: &mut (impl Read + Write), target: &str, host: &str) -> (String, serde_json::Value) {
    let secret = STANDARD.encode(format!("{ACCOUNT}:{SECRET}"));
    let lines = format!("Host: {host}\r\nAuthorization: Basic {secret}\r\nConnection: close\r\n\r\n");
    stream.write_all(format!("GET {target} HTTP/1.1\r\n{lines}").as_bytes()).unwrap();
    let mut answer = String::new();
    // To the very end: an encrypted stream that is not ended in order is an error here.
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), serde_json::from_str(body).unwrap_or_default())
}

#[test]
fn every_way_leads_to_the_same_account() {
    let secured = Secured::start(&[]);
    let own = secured.server.url.strip_prefix("http://").unwrap().to_owned();
    let summary = format!("/v2/Attempts/Summary?{DAY}");
    let list = format!("/v2/Attempts?{DAY}&PageSize=1");
    let (_, expected) = ask(&mut secured.connect(), &summary, &own);
    assert!(expected["total_attempts"].as_i64().unwrap() > 1000);
    let next = |page: &serde_json::Value| page["meta"]["next_page_url"].as_str().unwrap().to_owned();
    for name in ["localhost", "127.0.0.1", "verify.twilio.com"] {
        assert_eq!(ask(&mut secured.tls(name), &summary, name).1, expected, "{name}");
        let (_, page) = ask(&mut secured.tls(name), &list, name);
        assert!(next(&page).starts_with(&format!("https://{name}/v2/Attempts?")), "{page}");
    }
    for name in ["verify.twilio.com", "verify.ie1.twilio.com", "verify.dublin.ie1.twilio.com"] {
        assert_eq!(ask(&mut secured.tunnel(name), &summary, name).1, expected, "{name}");
        let (_, page) = ask(&mut secured.tunnel(name), &list, name);
        assert!(next(&page).starts_with(&format!("https://{name}/v2/Attempts?")), "{page}");
    }
    // A proxy is asked by whole URLs where there is no TLS, and by some clients where there is.
    for origin in ["http://verify.twilio.com", "https://verify.twilio.com", secured.server.url.as_str()] {
        let host = origin.split_once("://").unwrap().1;
        assert_eq!(ask(&mut secured.connect(), &format!("{origin}{summary}"), host).1, expected, "{origin}");
        let (_, page) = ask(&mut secured.connect(), &format!("{origin}{list}"), "elsewhere.example");
        assert!(next(&page).starts_with(&format!("{origin}/v2/Attempts?")), "{page}");
    }
    let with_password = format!("http://us:{SECRET}@verify.twilio.com{list}");
    let (_, page) = ask(&mut secured.connect(), &with_password, "verify.twilio.com");
    assert!(next(&page).starts_with("http://verify.twilio.com/"), "{page}");
}

/// A client need not wait for the proxy's word.
#[test]
fn a_handshake_may_come_with_the_request_for_the_tunnel() {
    let secured = Secured::start(&[]);
    let mut client = secured.client("verify.twilio.com");
    let mut sent = b"CONNECT verify.twilio.com:443 HTTP/1.1\r\nHost: verify.twilio.com\r\n\r\n".to_vec();
    client.write_tls(&mut sent).unwrap();
    let mut stream = secured.connect();
    stream.write_all(&sent).unwrap();
    assert!(head(&mut stream).starts_with("HTTP/1.1 200 "));
    let path = format!("/v2/Attempts/Summary?{DAY}");
    let (head, body) = ask(&mut StreamOwned::new(client, stream), &path, "verify.twilio.com");
    assert!(head.starts_with("HTTP/1.1 200 OK") && body["total_attempts"].is_i64(), "{head}");
}

#[test]
fn nobody_else_is_reached() {
    let secured = Secured::start(&[]);
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    other.set_nonblocking(true).unwrap();
    let address = other.local_addr().unwrap().to_string();
    for target in [address.as_str(), "api.twilio.com:443", "verify.twilio.com:80", "example.com:443", "localhost:443"] {
        let said = asked_to_connect(&mut secured.connect(), target);
        assert!(said.starts_with("HTTP/1.1 403 simulate is no way to other hosts"), "{target}: {said}");
    }
    for host in ["example.com", "api.twilio.com"] {
        let (head, _) = ask(&mut secured.connect(), &format!("http://{host}/v2/Attempts/Summary"), host);
        assert!(head.starts_with("HTTP/1.1 403 simulate is no way to other hosts"), "{host}: {head}");
    }
    // A URL of this machine is taken for the account's own, whatever its port.
    let (head, _) = ask(&mut secured.connect(), &format!("http://{address}/v2/Attempts/Summary?{DAY}"), &address);
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let mut within = secured.tunnel("verify.twilio.com");
    write!(within, "CONNECT verify.twilio.com:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut said = String::new();
    within.read_to_string(&mut said).unwrap();
    assert!(said.starts_with("HTTP/1.1 403 CONNECT within TLS leads nowhere"), "{said}");
    assert_eq!(other.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "nobody came");

    let plain = Simulated::start(&[]);
    let said = asked_to_connect(&mut connect(&plain), "verify.twilio.com:443");
    assert_eq!(said, "HTTP/1.1 403 CONNECT needs TLS: start simulate with --tls");
    let (head, _) = ask(&mut connect(&plain), "http://example.com/v2/Attempts/Summary", "example.com");
    assert!(head.starts_with("HTTP/1.1 403 "), "{head}");
}

#[test]
fn whoever_hangs_or_talks_nonsense_holds_up_nobody() {
    let secured = Secured::start(&[]);
    let nonsense: [&[u8]; 7] = [
        b"",
        b"\x16",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x16\x03\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x00\xff\x80\x16\x16\x16\r\n\r\n",
        b"CONNECT verify.twilio.com:443 HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        b"CONNECT /verify.twilio.com HTTP/1.1\r\n\r\n",
    ];
    let open: Vec<_> = nonsense
        .iter()
        .cycle()
        .take(70)
        .map(|bytes| {
            let mut stream = secured.connect();
            stream.write_all(bytes).unwrap();
            stream
        })
        .collect();
    let path = format!("/v2/Attempts/Summary?{DAY}");
    let (head, _) = ask(&mut secured.tunnel("verify.twilio.com"), &path, "verify.twilio.com");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    drop(open);
    let (head, _) = ask(&mut secured.connect(), &path, "localhost");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
}

#[test]
fn a_reset_breaks_an_encrypted_connection_as_it_does_a_plain_one() {
    let secured = Secured::start(&["--fault-reset", "1"]);
    let secret = STANDARD.encode(format!("{ACCOUNT}:{SECRET}"));
    for mut stream in [secured.tls("localhost"), secured.tunnel("verify.twilio.com")] {
        let lines = format!("Host: verify.twilio.com\r\nAuthorization: Basic {secret}\r\n\r\n");
        stream.write_all(format!("GET /v2/Attempts/Summary?{DAY} HTTP/1.1\r\n{lines}").as_bytes()).unwrap();
        let error = stream.read(&mut [0; 64]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
    }
}

#[test]
fn a_certificate_whose_place_nobody_chose_goes_with_the_server() {
    let mut command = support::verify_rollup();
    let mut child = command.args(["simulate", "--tls"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().starts_with("listening on http://127.0.0.1:"));
    let told = lines.next().unwrap().unwrap();
    let file = Path::new(told.strip_prefix("CA certificate ").unwrap());
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains("-----BEGIN CERTIFICATE-----") && !text.contains("KEY"), "{text}");
    let pid = Pid::from_child(&child);
    kill_process(pid, Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(!file.exists());
}

#[test]
fn a_chosen_place_is_taken_if_nothing_else_is_there() {
    let workspace = Workspace::new();
    let (place, bundle) = (workspace.path("ca.pem"), workspace.path("bundle.pem"));
    let start = |place: &Path| Simulated::start(&["--tls", "--ca", place.to_str().unwrap()]);
    drop(start(&place));
    let first = std::fs::read(&place).unwrap();
    drop(start(&place));
    assert_ne!(std::fs::read(&place).unwrap(), first, "the next start's is another");
    std::fs::write(&bundle, "somebody else's").unwrap();
    let missing = workspace.path("nowhere/ca.pem");
    for (place, why) in [
        (bundle.as_path(), "something else is there, and stays"),
        (workspace.folder.path(), "is a directory"),
        (missing.as_path(), "No such file or directory"),
    ] {
        let output = finish(support::verify_rollup().args(["simulate", "--tls", "--ca"]).arg(place), 2);
        let said = stderr(&output);
        assert!(said.contains("cannot write the CA's certificate to ") && said.contains(why), "{said}");
        assert!(output.stdout.is_empty());
    }
    assert_eq!(std::fs::read(&bundle).unwrap(), b"somebody else's");
    finish(support::verify_rollup().args(["simulate", "--ca"]).arg(&place), 2);
}

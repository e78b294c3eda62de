//! The secret stays home: whatever the server, the proxies and the user do, it stands in no output, log or file, and
//! nothing but the API is sent it.
//!
//! Besides, `support` searches everything that any test of the suite prints or leaves in its workspace.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use support::gate::{Fate, Gate, say};
use support::{ACCOUNT, SECRET, Simulated, Workspace, finish, secrets, stderr};

const JOB: &str = r#"
name = "quiet"
[source]
retention = "none"
[windows]
start = "2026-10-01"
end = "2026-10-03"
[matrix]
countries = ["US", "CO"]
[limits]
max_tries = 1
retry_for = "1s"
timeout = "20s"
[output]
formats = ["csv", "parquet"]
"#;

type Variables<'a> = &'a [(&'a str, &'a str)];

const KEY: &str = "SK00000000000000000000000000000007";

/// Accepts connections, remembers every byte, and answers what it is told once a line has come.
struct Trap {
    port: u16,
    seen: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Trap {
    fn new(reply: &'static [u8]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let record = Arc::clone(&record);
                std::thread::spawn(move || Self::hold(stream, reply, &record));
            }
        });
        Self { port, seen }
    }

    fn hold(mut stream: TcpStream, reply: &[u8], record: &Mutex<Vec<Vec<u8>>>) {
        let at = {
            let mut all = record.lock().unwrap();
            all.push(Vec::new());
            all.len() - 1
        };
        let mut buffer = [0; 4096];
        let mut replied = false;
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            record.lock().unwrap()[at].extend_from_slice(&buffer[..count]);
            if !replied && stream.write_all(reply).is_err() {
                return;
            }
            replied = true;
        }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The bytes of each connection; none may hold the secret.
    fn connections(&self) -> Vec<Vec<u8>> {
        let seen = self.seen.lock().unwrap().clone();
        for bytes in &seen {
            secrets::assert_absent(bytes, "what a trap was sent");
        }
        seen
    }
}

/// As much as a run ever says, in both forms.
fn loudest(command: &Command, form: &str, code: i32) -> String {
    let mut again = Command::new(command.get_program());
    again.env_clear().args(command.get_args()).args(["-v", "-v", "--log-format", form]);
    again.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        again.current_dir(folder);
    }
    let output = finish(&mut again, code);
    stderr(&output)
}

/// Wherever the secret comes from, a good run and one that is refused never show it.
#[test]
fn each_way_to_give_the_secret() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("token");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let file = file.to_str().unwrap();
    let dotenv = tempfile::tempdir().unwrap();
    let text = format!("TWILIO_ACCOUNT_SID={ACCOUNT}\nTWILIO_AUTH_TOKEN='{SECRET}'\n");
    std::fs::write(dotenv.path().join(".env"), text).unwrap();
    let ways: [(&str, Variables<'_>, Option<&Path>); 5] = [
        (ACCOUNT, &[("TWILIO_AUTH_TOKEN", SECRET)], None),
        (ACCOUNT, &[("TWILIO_AUTH_TOKEN_FILE", file)], None),
        (KEY, &[("TWILIO_API_KEY", KEY), ("TWILIO_API_SECRET", SECRET)], None),
        (KEY, &[("TWILIO_API_KEY", KEY), ("TWILIO_API_SECRET_FILE", file)], None),
        (ACCOUNT, &[], Some(dotenv.path())),
    ];
    for (user, variables, folder) in ways {
        let auth = format!("{user}:{SECRET}");
        let right = Simulated::start(&["--requests-per-minute", "0", "--auth", &auth]);
        let wrong = Simulated::start(&["--requests-per-minute", "0", "--auth", &format!("{user}:another")]);
        for form in ["text", "json"] {
            for (server, code, says) in [(&right, 0, "answered"), (&wrong, 1, "20003")] {
                let workspace = Workspace::new();
                let job = workspace.job("quiet.toml", JOB);
                let mut run = workspace.command("run", &job);
                run.args(["--base-url", &server.url]).envs(variables.iter().copied());
                match folder {
                    Some(folder) => run.current_dir(folder),
                    None => run.env("TWILIO_ACCOUNT_SID", ACCOUNT),
                };
                let text = loudest(&run, form, code);
                assert!(text.contains(says), "{text}");
            }
        }
    }
}

/// A server may send the header back in any place and spelling.
#[test]
fn a_server_that_echoes_the_header() {
    let basic = STANDARD.encode(format!("{ACCOUNT}:{SECRET}"));
    let spellings = [
        SECRET.to_owned(),
        basic.clone(),
        basic.trim_end_matches('=').to_owned(),
        STANDARD.encode(SECRET),
        STANDARD_NO_PAD.encode(format!("x:{SECRET}")),
        URL_SAFE.encode(format!("user:{SECRET}:more")),
    ];
    for echo in &spellings {
        let error = format!(r#"{{"code":1,"message":"you sent {echo}"}}"#);
        let headers = [format!("Twilio-Request-Id: {echo}"), format!("Location: https://localhost:1/{echo}/?q={echo}")];
        let headers = headers.each_ref().map(String::as_str);
        let zeros = r#""total_attempts":0,"total_converted":0,"total_unconverted":0"#;
        for (status, body, code) in [
            ("400 Bad Request", error.clone(), 3),
            ("401 Unauthorized", error.clone(), 1),
            ("503 Busy", error.clone(), 3),
            ("302 Found", String::new(), 3),
            ("200 OK", format!(r#"{{"total_attempts":"{echo}"}}"#), 3),
            ("200 OK", format!("{{{zeros},\"{echo}\":1,\"{echo}\":2}}"), 0),
            ("200 OK", format!(r#"{{{zeros},"url":"https://x/{echo}","conversion_rate_percentage":"{echo}"}}"#), 0),
        ] {
            let reply = {
                let Fate::Say(bytes) = say(status, &headers, &body) else { unreachable!("it says") };
                bytes
            };
            let gate = Gate::alone(move |_| Fate::Say(reply.clone()));
            let workspace = Workspace::new();
            let job = workspace.job("quiet.toml", JOB);
            loudest(workspace.run_at(&job, &gate.url).arg("--json"), "text", code);
            assert!(gate.asked().iter().all(|asked| asked.head.contains(&basic)), "the API itself needs it");
        }
    }
}

/// Another host, the same host in the clear, another port: the secret goes nowhere.
#[test]
fn redirects_carry_nothing_away() {
    let trap = Trap::new(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    for status in ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        for scheme in ["http", "https"] {
            let location = format!("Location: {scheme}://127.0.0.1:{}/v2/Attempts/Summary", trap.port);
            let gate = Gate::alone(move |_| say(status, &[&location], ""));
            let workspace = Workspace::new();
            let job = workspace.job("quiet.toml", JOB);
            let text = loudest(&workspace.run_at(&job, &gate.url), "text", 3);
            assert!(text.contains("which is not followed"), "{text}");
            assert!(!gate.asked().is_empty());
        }
    }
    assert!(trap.connections().is_empty(), "a redirect was followed");
}

/// Loopback never goes through a proxy; https tells a proxy the host and no more; plain-http variables are nobody's.
#[test]
fn proxies_get_nothing() {
    let variables = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let server = Simulated::unlimited();
    let trap = Trap::new(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    let workspace = Workspace::new();
    let job = workspace.job("quiet.toml", JOB);
    for url in [server.url.clone(), server.url.replace("127.0.0.1", "localhost")] {
        let mut run = workspace.run_at(&workspace.job("quiet.toml", JOB), &url);
        run.args(["--output", workspace.path(&url.replace([':', '/'], "-")).to_str().unwrap()]);
        loudest(run.envs(variables.map(|name| (name, trap.url()))), "text", 0);
    }
    assert!(trap.connections().is_empty(), "loopback went through a proxy");

    // Longer than a label may be, so that no resolver is ever asked.
    let far = format!("https://{}.invalid", "x".repeat(64));
    let trust: Vec<_> =
        std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SSL_CERT_")).collect();
    for (names, answer, expected) in [
        (&variables[..2], &b"HTTP/1.1 200 OK\r\n\r\n"[..], ""),
        (&variables[4..], b"HTTP/1.1 200 OK\r\n\r\n", "CONNECT"),
        (&variables[2..3], b"HTTP/1.1 200 OK\r\n\r\n", "CONNECT"),
        (&variables[2..3], b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "CONNECT"),
        (
            &variables[..],
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
            "CONNECT",
        ),
    ] {
        let trap = Trap::new(answer);
        let mut run = workspace.run_at(&job, &far);
        run.envs(trust.iter().cloned()).envs(names.iter().map(|name| (name, trap.url())));
        loudest(&run, "text", 1);
        let seen = trap.connections();
        assert_eq!(!seen.is_empty(), !expected.is_empty(), "{names:?}");
        for bytes in seen {
            let text = String::from_utf8_lossy(&bytes);
            assert!(text.starts_with(expected) && !text.contains("/v2/") && !text.contains("asic"), "{text}");
        }
    }
}

/// What a user types in the wrong place is not repeated.
#[test]
fn mistakes_with_the_secret_do_not_show_it() {
    let workspace = Workspace::new();
    let job = workspace.job("quiet.toml", JOB);
    for url in [
        format!("https://{ACCOUNT}:{SECRET}@verify.twilio.com"),
        format!("http://{ACCOUNT}:{SECRET}@127.0.0.1:1"),
        format!("https://verify.twilio.com/?token={SECRET}"),
        format!("https://{SECRET} verify"),
        format!("ftp://{SECRET}@verify.twilio.com"),
    ] {
        let text = loudest(&workspace.run_at(&job, &url), "text", 2);
        assert!(text.contains("--base-url"), "{text}");
    }
    for auth in [SECRET.to_owned(), format!("AC12:{SECRET}"), format!("{ACCOUNT} {SECRET}")] {
        let text = stderr(&finish(support::verify_rollup().args(["simulate", "--auth", &auth]), 2));
        assert!(text.contains("--auth"), "{text}");
    }
    for (name, value) in [
        ("TWILIO_ACCOUNT_SID", SECRET.to_owned()),
        ("TWILIO_API_KEY", format!("SK {SECRET}")),
        ("HTTPS_PROXY", format!("http://user:{SECRET}@[")),
        ("https_proxy", format!("{SECRET} with spaces")),
        ("ALL_PROXY", format!("socks5://user:{SECRET}@127.0.0.1:1")),
    ] {
        let mut run = workspace.run_at(&job, "https://verify.invalid");
        loudest(run.env("TWILIO_API_SECRET", SECRET).env(name, value), "text", 2);
    }
    // A file of its own: the mistake itself holds the secret.
    let home = tempfile::tempdir().unwrap();
    let wrong = home.path().join("wrong.toml");
    let base_url = format!("base_url = \"https://{ACCOUNT}:{SECRET}@verify.twilio.com\"");
    std::fs::write(&wrong, JOB.replace("retention = \"none\"", &base_url)).unwrap();
    let text = stderr(&finish(support::verify_rollup().arg("check").arg(&wrong), 2));
    assert!(text.contains("user name or password"), "{text}");
    std::fs::write(home.path().join(".env"), format!("TWILIO_AUTH_TOKEN {SECRET}\n")).unwrap();
    let mut run = workspace.run_at(&job, "https://verify.invalid");
    let text = loudest(run.env_remove("TWILIO_AUTH_TOKEN").current_dir(home.path()), "text", 2);
    assert!(text.contains("line 1 of .env: TWILIO_AUTH_TOKEN is not followed by ="), "{text}");
}

/// A database's password is one, too: wherever it comes from, and whether the server is down, asks for it in one of the
/// ways that do not show it, or lets nobody in.
#[test]
fn the_password_of_a_database() {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| {
        let path = home.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let one = write("one", format!("{SECRET}\n"));
    let all = write(".pgpass", format!("127.0.0.1:*:*:loader:{SECRET}\n"));
    write(".env", format!("PGPASSWORD={SECRET}\n"));
    let here = home.path().to_str().unwrap();
    let ways: [(Variables<'_>, Option<&Path>); 5] = [
        (&[("PGPASSWORD", SECRET)], None),
        (&[("PGPASSWORD_FILE", &one)], None),
        (&[("PGPASSFILE", &all)], None),
        (&[("HOME", here)], None),
        (&[], Some(home.path())),
    ];
    let server = Simulated::unlimited();
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let scram = Trap::new(b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0E\0\0\0\x1fSFATAL\0C28P01\0Mlet not in\0\0");
    let md5 = Trap::new(b"R\0\0\0\x0c\0\0\0\x05saltE\0\0\0\x1fSFATAL\0C28P01\0Mlet not in\0\0");
    for (port, says) in [(closed, "refused"), (scram.port, "let not in"), (md5.port, "let not in")] {
        for (variables, folder) in ways {
            for form in ["text", "json"] {
                let workspace = Workspace::new();
                let output = format!("[output]\npostgres = \"postgres://loader@127.0.0.1:{port}/warehouse\"");
                let job = workspace.job("quiet.toml", &JOB.replace("[output]", &output));
                let mut run = workspace.run(&job, &server);
                run.arg("--json").envs(variables.iter().copied());
                if let Some(folder) = folder {
                    run.current_dir(folder);
                }
                let text = loudest(&run, form, 1);
                assert!(text.contains("cannot connect to") && text.contains(says), "{text}");
            }
        }
    }
    for trap in [scram, md5] {
        // What is sent for a password stands behind a letter of its own, after the role's name.
        let answered = trap.connections().iter().filter(|bytes| bytes.contains(&b'p')).count();
        assert_eq!(answered, 2 * 2 * ways.len(), "each run asks twice: before its questions, and after");
    }
}

/// The same where a user gives it in the wrong place, or leaves its file open to others.
#[test]
fn mistakes_with_the_password_of_a_database_do_not_show_it() {
    let server = Simulated::unlimited();
    let home = tempfile::tempdir().unwrap();
    let open = home.path().join("open");
    std::fs::write(&open, format!("*:*:*:*:{SECRET}\n")).unwrap();
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o644)).unwrap();
    for (url, code, says) in [
        (format!("postgres://loader:{SECRET}@127.0.0.1:1/d"), 2, "PGPASSWORD"),
        (format!("postgres://loader@127.0.0.1:1/d?password={SECRET}"), 2, "PGPASSWORD"),
        ("postgres://loader@127.0.0.1:1/d".to_owned(), 1, "is open to others"),
    ] {
        // A file of its own: the mistake itself may hold the secret.
        let job = home.path().join("wrong.toml");
        std::fs::write(&job, JOB.replace("[output]", &format!("[output]\npostgres = \"{url}\""))).unwrap();
        let workspace = Workspace::new();
        let text = loudest(workspace.run(&job, &server).arg("--json").env("PGPASSFILE", &open), "text", code);
        assert!(text.contains(says), "{text}");
    }
}

/// The search itself finds what it must find; otherwise nothing above means anything.
#[test]
fn the_search_finds_every_spelling() {
    for before in ["", "x", "xy", "AC1:"] {
        for after in ["", "x", "xy", "\n"] {
            let text = format!("{before}{SECRET}{after}");
            for bytes in [text.clone(), STANDARD.encode(&text), URL_SAFE.encode(&text), STANDARD_NO_PAD.encode(&text)] {
                assert!(secrets::find(format!("… {bytes} …").as_bytes()).is_some(), "{bytes}");
            }
        }
    }
    assert_eq!(secrets::find(b"s3cret-marker-7f1 or s3cret-marker"), None);
    let found = std::panic::catch_unwind(|| {
        let workspace = Workspace::new();
        std::fs::create_dir(workspace.path("state")).unwrap();
        std::fs::write(workspace.path("state/ledger.sqlite-wal"), STANDARD.encode(format!("AC1:{SECRET}"))).unwrap();
    });
    assert!(found.is_err(), "a workspace with the secret must fail its test");
    let printed = std::panic::catch_unwind(|| finish(Command::new("sh").args(["-c", "echo \"$0\" >&2", SECRET]), 0));
    assert!(printed.is_err(), "an output with the secret must fail its test");
}

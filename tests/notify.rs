//! `[notify]`: who is told how a run goes, over real HTTP. The URLs hold the marked secret, which `support` searches for
//! in everything that is printed or left.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use support::{SECRET, Simulated, Workspace, finish, stderr};
use verify_rollup::clock::{Clock, SystemClock};

/// Far more than whoever stopped a run waits, far less than a notice is tried otherwise.
const SOON: Duration = Duration::from_secs(20);

/// How long a receiver takes that was told twice before.
const SLOW: Duration = Duration::from_secs(7);

/// What came: the path without the secret, and the body.
type Posts = Arc<Mutex<Vec<(String, String)>>>;

/// Answers posts as a script says, the last line of it for ever; `slowly ` before an answer lets it wait for [`SLOW`].
struct Receiver {
    port: u16,
    posts: Posts,
}

impl Receiver {
    fn new(script: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let posts = Posts::default();
        let record = Arc::clone(&posts);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let at = record.lock().unwrap().len();
                let answer = script[at.min(script.len() - 1)];
                record.lock().unwrap().push(received(&stream));
                let slow = answer.strip_prefix("slowly ");
                std::thread::sleep(slow.map_or(Duration::ZERO, |_| SLOW));
                let answer = format!("HTTP/1.1 {}\r\nContent-Length: 0\r\n\r\n", slow.unwrap_or(answer));
                (&stream).write_all(answer.as_bytes()).unwrap();
            }
        });
        Self { port, posts }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/{SECRET}/{{job}}", self.port)
    }

    fn paths(&self) -> Vec<String> {
        self.posts.lock().unwrap().iter().map(|(path, _)| path.clone()).collect()
    }

    fn bodies(&self) -> Vec<String> {
        self.posts.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }
}

/// Takes posts and never answers; says when one has come.
fn silent() -> (String, mpsc::Receiver<()>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}/{SECRET}", listener.local_addr().unwrap());
    let (sender, came) = mpsc::channel();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming().flatten() {
            received(&stream);
            open.push(stream);
            let _ = sender.send(());
        }
    });
    (url, came)
}

fn received(stream: &TcpStream) -> (String, String) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
    }
    assert!(!head.to_ascii_lowercase().contains("authorization"), "{head}");
    let length = head.to_ascii_lowercase();
    let length = length.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let path = head.strip_prefix("POST ").unwrap().split(' ').next().unwrap().replace(SECRET, "SECRET");
    (path, String::from_utf8(body).unwrap())
}

fn job(workspace: &Workspace, notify: &str) -> PathBuf {
    let text = format!(
        "name = \"told\"\n[source]\nretention = \"none\"\n[windows]\nstart = \"2026-10-01\"\nend = \"2026-10-03\"\n\
         [matrix]\ncountries = [\"US\"]\n[limits]\nmax_tries = 1\nretry_for = \"1s\"\n[notify]\n{notify}\n"
    );
    workspace.job("told.toml", &text)
}

fn run(workspace: &Workspace, job: &Path, server: &str, form: &str, url: &str) -> Command {
    let mut run = workspace.run_at(job, server);
    run.env(format!("VERIFY_ROLLUP_{form}_URL"), url);
    run
}

#[test]
fn a_watcher_is_pinged_when_a_run_begins_and_how_it_ends() {
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    let job = job(&workspace, "ping = \"all\"");
    let watcher = Receiver::new(&["200 OK"]);
    finish(&mut run(&workspace, &job, &server.url, "PING", &watcher.url()), 0);
    assert_eq!(watcher.paths(), ["/SECRET/told/start", "/SECRET/told"]);
    assert!(watcher.bodies()[1].contains("published, 2 of 2 windows"), "{:?}", watcher.bodies());

    let gone = server.url.clone();
    drop(server);
    finish(run(&workspace, &job, &gone, "PING", &watcher.url()).arg("--refresh"), 1);
    assert_eq!(watcher.paths()[2..], ["/SECRET/told/start", "/SECRET/told/fail"]);
    assert!(watcher.bodies()[3].contains("exit code 1"), "{:?}", watcher.bodies());

    // What is amiss before anything is asked is a failure, too: here there is no secret.
    let mut without = run(&workspace, &job, "https://verify.twilio.com", "PING", &watcher.url());
    finish(without.env_remove("TWILIO_AUTH_TOKEN"), 2);
    assert_eq!(watcher.paths()[4..], ["/SECRET/told/start", "/SECRET/told/fail"]);
    assert!(watcher.bodies()[5].contains("no secret is set"), "{:?}", watcher.bodies());

    // Nor is one without an account a quiet one: file of metrics and watcher know of it.
    let mut nobody = run(&workspace, &job, "https://verify.twilio.com", "PING", &watcher.url());
    let metrics = workspace.path("told.prom");
    nobody.env_remove("TWILIO_ACCOUNT_SID").arg("--metrics-file").arg(&metrics);
    finish(&mut nobody, 2);
    assert_eq!(watcher.paths()[6..], ["/SECRET/told/start", "/SECRET/told/fail"]);
    assert!(watcher.bodies()[7].contains("TWILIO_ACCOUNT_SID"), "{:?}", watcher.bodies());
    assert!(std::fs::read_to_string(metrics).unwrap().contains("exit_code{job=\"told\"} 2"));
}

#[test]
fn only_what_is_wanted_is_told_in_each_form() {
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    let job = job(&workspace, "slack = [\"failure\", \"attention\"]\njson = [\"success\"]");
    let (chat, program) = (Receiver::new(&["200 OK"]), Receiver::new(&["204 No Content"]));
    let mut good = run(&workspace, &job, &server.url, "SLACK", &chat.url());
    let said = support::summary(good.env("VERIFY_ROLLUP_JSON_URL", program.url()), 0);
    assert_eq!((chat.paths().len(), program.paths()), (0, vec!["/SECRET/told".to_owned()]));
    let told: Value = serde_json::from_str(&program.bodies()[0]).unwrap();
    assert_eq!((told["event"].as_str(), told["exit"].as_i64()), (Some("success"), Some(0)));
    assert_eq!(told["summary"]["total_attempts"], said["total_attempts"]);

    let mut stopped = run(&workspace, &job, &server.url, "SLACK", &chat.url());
    finish(stopped.env("VERIFY_ROLLUP_JSON_URL", program.url()).args(["--refresh", "--stop-after", "1ms"]), 3);
    assert_eq!((chat.paths().len(), program.paths().len()), (1, 1));
    let text: Value = serde_json::from_str(&chat.bodies()[0]).unwrap();
    assert!(text["text"].as_str().unwrap().starts_with("verify-rollup told: exit code 3"), "{text}");
}

/// The account's world has an attack on Madagascar on 25 October.
#[test]
fn what_the_report_flags_wants_attention_once() {
    let workspace = Workspace::new();
    let text = "name = \"told\"\n[source]\nbase_url = \"simulator\"\nretention = \"none\"\n[windows]\n\
                start = \"2026-08-01\"\nend = \"2026-11-01\"\n[matrix]\ncountries = [\"US\", \"CO\", \"MG\"]\n\
                channels = [\"sms\", \"call\", \"whatsapp\"]\n[limits]\nrequests_per_minute = 0\n[report]\n\
                formats = [\"md\"]\n[notify]\nslack = [\"attention\"]\nping = [\"success\", \"failure\"]\n";
    let job = workspace.job("told.toml", text);
    let (chat, watcher) = (Receiver::new(&["200 OK"]), Receiver::new(&["200 OK"]));
    let again = |more: &[&str], code| {
        let mut run = workspace.command("run", &job);
        run.args(["--as-of", "2026-11-05T00:00:00Z", "--json"]).args(more);
        run.env("VERIFY_ROLLUP_SLACK_URL", chat.url()).env("VERIFY_ROLLUP_PING_URL", watcher.url());
        finish(&mut run, code)
    };
    let output = again(&["--fail-on", "attention"], 5);
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let flags = said["attention"].as_array().unwrap();
    assert!(flags.len() == 1 && flags[0].as_str().unwrap().starts_with("Possible SMS pumping: Madagascar: "), "{said}");
    assert!(chat.bodies()[0].contains("exit code 5") && chat.bodies()[0].contains("Madagascar"), "{:?}", chat.bodies());
    assert_eq!(watcher.paths(), ["/SECRET/told/fail"]);

    // Nothing of October is new: a job of every day does not repeat itself.
    let output = again(&["--fail-on", "attention"], 0);
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((said["attention"].as_array().unwrap().len(), said["reports"].as_array().unwrap().len()), (0, 1));
    assert_eq!((chat.paths().len(), watcher.paths().len()), (1, 2));
}

#[test]
fn what_may_pass_is_tried_again_and_nothing_fails_a_run() {
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    let job = job(&workspace, "ping = [\"success\"]");
    let slow = Receiver::new(&["503 Service Unavailable", "429 Too Many Requests\r\nRetry-After: 0", "200 OK"]);
    let told = stderr(&finish(&mut run(&workspace, &job, &server.url, "PING", &slow.url()), 0));
    assert_eq!(slow.paths(), ["/SECRET/told"; 3]);
    assert!(!told.contains("notified"), "{told}");

    // Before, what had not been answered within five seconds was posted again, though it had arrived.
    let slow = Receiver::new(&["slowly 200 OK"]);
    let told = stderr(&finish(&mut run(&workspace, &job, &server.url, "PING", &slow.url()), 0));
    assert_eq!((slow.paths(), told.contains("notified")), (vec!["/SECRET/told".to_owned()], false), "{told}");

    let elsewhere = Receiver::new(&["302 Found\r\nLocation: http://127.0.0.1:9/"]);
    let refused = Receiver::new(&["404 Not Found"]);
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    for (url, tries, why) in [
        (refused.url(), Some(&refused), "HTTP status 404"),
        (elsewhere.url(), Some(&elsewhere), "HTTP status 302"),
        (format!("http://{closed}/{SECRET}?patience=none"), None, "no answer"),
        (format!("http://hooks.example/{SECRET}"), None, "plain http"),
        (SECRET.to_owned(), None, "no http or https URL"),
        (String::new(), None, "neither it nor VERIFY_ROLLUP_PING_URL_FILE is set"),
    ] {
        // Also where nothing but what went wrong is told: before, that left out that nobody will hear of the run.
        let told = stderr(&finish(run(&workspace, &job, &server.url, "PING", &url).arg("-q"), 0));
        assert!(told.contains("(ping, VERIFY_ROLLUP_PING_URL)") && told.contains(why), "{told}");
        assert!(tries.is_none_or(|receiver| receiver.paths().len() == 1), "{why}");
    }
}

#[test]
fn a_url_comes_from_a_file_and_from_dotenv() {
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    let job = job(&workspace, "ping = [\"success\"]");
    let watcher = Receiver::new(&["200 OK"]);
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("url");
    std::fs::write(&file, format!("{}\n", watcher.url())).unwrap();
    let mut from_file = workspace.run_at(&job, &server.url);
    finish(from_file.env("VERIFY_ROLLUP_PING_URL_FILE", &file), 0);
    std::fs::write(home.path().join(".env"), format!("VERIFY_ROLLUP_PING_URL={}\n", watcher.url())).unwrap();
    finish(workspace.run_at(&job, &server.url).current_dir(home.path()), 0);
    assert_eq!(watcher.paths(), ["/SECRET/told"; 2]);
}

/// Before, signals counted for nothing once the run was over, and time that was up for nothing at all.
#[test]
fn whoever_stops_a_run_does_not_wait_for_a_receiver_that_hangs() {
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    for (notify, url, code) in
        [("ping = [\"success\"]", server.url.as_str(), 0), ("ping = \"all\"", "https://verify.twilio.com", 2)]
    {
        let job = job(&workspace, notify);
        let (receiver, came) = silent();
        let mut command = run(&workspace, &job, url, "PING", &receiver);
        if code == 2 {
            // It is over before anything is asked.
            command.env_remove("TWILIO_AUTH_TOKEN");
        }
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        came.recv().unwrap();
        let told = SystemClock.monotonic();
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        assert!(stderr(&output).contains("nobody was notified of"), "{}", stderr(&output));
        assert!(SystemClock.monotonic().saturating_sub(told) < SOON);
    }
    let job = job(&workspace, "ping = \"all\"");
    let (receiver, _came) = silent();
    let began = SystemClock.monotonic();
    finish(run(&workspace, &job, &server.url, "PING", &receiver).args(["--refresh", "--stop-after", "1ms"]), 3);
    assert!(SystemClock.monotonic().saturating_sub(began) < SOON);
}

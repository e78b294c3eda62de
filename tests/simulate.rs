//! The simulated account as a tool for other people's tests: at an instant of their choice it answers the same, always.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;

use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use support::{ACCOUNT, SECRET, Simulated, Workspace, finish};

/// In the middle of a day.
const NOW: &str = "2026-10-15T12:00:00Z";

/// What an account answers to the question for everything since an instant, and its Date.
fn ask(server: &Simulated, since: &str) -> (i64, String) {
    get(server, &format!("/v2/Attempts/Summary?DateCreatedAfter={since}&DateCreatedBefore=2027-01-01T00:00:00Z"))
}

fn get(server: &Simulated, path: &str) -> (i64, String) {
    let mut stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    let secret = STANDARD.encode(format!("{ACCOUNT}:{SECRET}"));
    let head =
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {secret}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let date = head.lines().find_map(|line| line.strip_prefix("date: ")).expect(head).to_owned();
    let body: serde_json::Value = serde_json::from_str(body).expect(body);
    (body["total_attempts"].as_i64().expect("a count"), date)
}

/// Attempts in a job's true table at that instant.
fn truth(flags: &[&str]) -> i64 {
    let workspace = Workspace::new();
    let text = "name = \"today\"\n[windows]\nstart = \"2026-10-15\"\nend = \"2026-10-16\"\nevery = \"hour\"\n";
    let job = workspace.job("today.toml", text);
    let mut command = support::verify_rollup();
    command.args(["simulate", "--truth"]).arg(job).args(flags);
    let output = finish(&mut command, 0);
    let mut reader = csv::Reader::from_reader(&output.stdout[..]);
    let at = reader.headers().unwrap().iter().position(|name| name == "total_attempts").unwrap();
    reader.records().map(|row| row.unwrap()[at].parse::<i64>().unwrap()).sum()
}

#[test]
fn at_an_instant_the_account_answers_the_same_and_the_truth_with_it() {
    let account = ["--requests-per-minute", "0", "--seed", "3", "--now", NOW];
    let server = Simulated::start(&account);
    let (today, date) = ask(&server, "2026-10-15T00:00:00Z");
    assert_eq!(date, "Thu, 15 Oct 2026 12:00:00 GMT");
    assert_eq!(today, truth(&["--seed", "3", "--now", NOW]), "whole hours have passed");
    assert!(today > 0);
    assert_eq!(ask(&server, "2026-10-15T00:00:00Z"), (today, date));
    let later = Simulated::start(&["--requests-per-minute", "0", "--seed", "3", "--now", "2026-10-15T18:00:00Z"]);
    assert!(ask(&later, "2026-10-15T00:00:00Z").0 > today, "the day grows");

    let ticking = Simulated::start(&[&account[..], &["--ticking"]].concat());
    let has_gone_on = |_: &u32| {
        std::thread::sleep(std::time::Duration::from_millis(5));
        let (_, date) = ask(&ticking, NOW);
        assert!(date.starts_with("Thu, 15 Oct 2026 12:0"), "{date}");
        date != "Thu, 15 Oct 2026 12:00:00 GMT"
    };
    assert!((0..2000).any(|turn| has_gone_on(&turn)), "time goes on");
    finish(support::verify_rollup().args(["simulate", "--ticking"]), 2);
}

/// Nobody could know the account's services otherwise.
#[test]
fn what_is_described_is_answered() {
    let account = ["--seed", "3", "--now", NOW];
    let output = finish(support::verify_rollup().args(["simulate", "--describe"]).args(account), 0);
    let told = String::from_utf8(output.stdout).unwrap();
    let server = Simulated::start(&account);
    let questions = told.lines().filter_map(|line| line.split_once("/v2/").map(|(_, question)| question));
    let of_services: Vec<_> = questions
        .map(|question| {
            let (query, count) = question.split_once("  ").unwrap();
            let count: i64 = count.strip_suffix(" attempts").unwrap().parse().unwrap();
            assert_eq!(get(&server, &format!("/v2/{query}")).0, count, "{query}");
            assert!(count > 0);
            query.contains("VerifyServiceSid=VA")
        })
        .collect();
    assert_eq!(of_services, [false, false, true], "{told}");
    assert!(told.contains("services   VA") && told.contains("countries  US "), "{told}");
}

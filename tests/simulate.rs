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
const SUMMARY: &str = "/v2/Attempts/Summary";

/// What an account answers to the question for everything since an instant, and its Date.
fn ask(server: &Simulated, since: &str) -> (i64, String) {
    get(server, &format!("{SUMMARY}?DateCreatedAfter={since}&DateCreatedBefore=2027-01-01T00:00:00Z"))
}

fn get(server: &Simulated, path: &str) -> (i64, String) {
    let (date, body) = answer(server, path);
    (body["total_attempts"].as_i64().expect("a count"), date)
}

/// The Date and the body of an answer.
fn answer(server: &Simulated, path: &str) -> (String, serde_json::Value) {
    let mut stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    let secret = STANDARD.encode(format!("{ACCOUNT}:{SECRET}"));
    let head =
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {secret}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let date = head.lines().find_map(|line| line.strip_prefix("date: ")).expect(head).to_owned();
    (date, serde_json::from_str(body).expect(body))
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
    let asked: Vec<_> = questions
        .map(|question| {
            let (query, count) = question.split_once("  ").unwrap();
            let count: i64 = count.strip_suffix(" attempts").unwrap().parse().unwrap();
            assert_eq!(get(&server, &format!("/v2/{query}")).0, count, "{query}");
            assert!(count > 0);
            let parameter = query.rsplit('&').next().unwrap();
            parameter.split_once('=').unwrap().0.to_owned()
        })
        .collect();
    let filters = ["DateCreatedBefore", "VerifyServiceSid", "Country", "Channel", "DestinationPrefix"];
    assert_eq!(asked, filters, "{told}");
    assert!(told.contains("services   VA") && told.contains("=Login VA") && told.contains("countries  US "), "{told}");
}

const CALLED: &str = "VAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A test's own SIDs need not be those of the seed.
#[test]
fn a_service_is_called_as_the_test_calls_it() {
    let called = format!("{CALLED}=Signup");
    let account = ["--seed", "3", "--now", NOW, "--requests-per-minute", "0"];
    let own = Simulated::start(&account);
    let server = Simulated::start(&[&account[..], &["--service", &called]].concat());
    let day = "DateCreatedAfter=2026-10-14T00:00:00Z&DateCreatedBefore=2026-10-15T00:00:00Z";
    let ask = |server: &Simulated, sid: &str| get(server, &format!("{SUMMARY}?{day}&VerifyServiceSid={sid}")).0;
    let output = finish(support::verify_rollup().args(["simulate", "--describe"]).args(account), 0);
    let told = String::from_utf8(output.stdout).unwrap();
    let (before, _) = told.split_once("=Signup").unwrap();
    let sid = &before[before.len() - 34..];
    let attempts = ask(&own, sid);
    assert!(attempts > 0);
    assert_eq!([ask(&server, CALLED), ask(&server, sid), ask(&own, CALLED)], [attempts, 0, 0]);

    let (_, page) = answer(&server, &format!("/v2/Attempts?{day}&VerifyServiceSid={CALLED}&PageSize=5"));
    let listed = page["attempts"].as_array().unwrap();
    assert!(listed.len() == 5 && listed.iter().all(|attempt| attempt["service_sid"] == CALLED), "{page}");

    let described =
        finish(support::verify_rollup().args(["simulate", "--describe", "--service", &called]).args(account), 0);
    assert_eq!(String::from_utf8(described.stdout).unwrap(), told.replace(sid, CALLED));

    let workspace = Workspace::new();
    let text = format!(
        "name = \"one\"\n[windows]\nstart = \"2026-10-14\"\nend = \"2026-10-15\"\nevery = \"day\"\n[matrix]\nservices = [\"{CALLED}\"]\n"
    );
    let job = workspace.job("one.toml", &text);
    let truth = |flags: &[&str]| {
        let mut command = support::verify_rollup();
        command.args(["simulate", "--truth"]).arg(&job).args(["--seed", "3", "--now", NOW]).args(flags);
        support::table(&finish(&mut command, 0).stdout).into_values().map(|row| row[0].clone()).collect::<Vec<_>>()
    };
    assert_eq!(truth(&["--service", &called]), [attempts.to_string()]);
    assert_eq!(truth(&[]), ["0"]);

    for (flags, reason) in [
        (vec![format!("{CALLED}=Support")], "one of Login, Signup, Payments and Staff"),
        (vec!["VA1=Login".to_owned()], "VA and 32 hexadecimal digits"),
        (vec![called.clone(), format!("{sid}=1")], "--service: Signup is given two SIDs; name each service once"),
        (vec![called.clone(), format!("{CALLED}=0")], "would be two services; give each a SID of its own"),
    ] {
        let flags = flags.iter().flat_map(|flag| ["--service", flag]);
        let output = finish(support::verify_rollup().args(["simulate", "--describe"]).args(flags), 2);
        assert!(support::stderr(&output).contains(reason), "{}", support::stderr(&output));
    }
}

/// One server is as many accounts as there are SIDs, and each one's truth can be had.
#[test]
fn each_account_has_a_truth_of_its_own() {
    let seed = ["--seed", "3", "--now", NOW, "--each-account"];
    let other = "AC00000000000000000000000000000003";
    let server = Simulated::start(&seed);
    let workspace = Workspace::new();
    let text = "name = \"one\"\n[windows]\nstart = \"2026-10-13\"\nend = \"2026-10-14\"\nevery = \"day\"\n";
    let job = workspace.job("one.toml", text);
    let row = |account: &[&str]| {
        let mut command = support::verify_rollup();
        command.args(["simulate", "--truth"]).arg(&job).args(seed).args(account);
        let output = finish(&mut command, 0);
        let mut reader = csv::Reader::from_reader(&output.stdout[..]);
        let headers = reader.headers().unwrap().clone();
        let row = reader.records().next().unwrap().unwrap();
        let field = |name: &str| row[headers.iter().position(|header| header == name).unwrap()].to_owned();
        (field("account_sid"), field("total_attempts").parse::<i64>().unwrap())
    };
    let day = "DateCreatedAfter=2026-10-13T00:00:00Z&DateCreatedBefore=2026-10-14T00:00:00Z";
    let (asked, _) = get(&server, &format!("{SUMMARY}?{day}"));
    assert_eq!(row(&["--account", ACCOUNT]), (ACCOUNT.to_owned(), asked));
    let (sid, attempts) = row(&["--account", other]);
    assert!(sid == other && attempts != asked, "{attempts}");
    let zeros = format!("AC{}", "0".repeat(32));
    assert_eq!(row(&[]), row(&["--account", &zeros]));
    let failing = format!("{ACCOUNT}=suspended");
    let suspended = Simulated::start(&[&seed[..], &["--account-fault", &failing]].concat());
    assert_eq!(answer(&suspended, SUMMARY).1["code"], 20_403);
    for (flags, reason) in [
        (&["--describe", "--account", other][..], "--each-account"),
        (&["--account-fault", "AC1=401"], "expected SID=KIND"),
    ] {
        let output = finish(support::verify_rollup().arg("simulate").args(flags), 2);
        assert!(support::stderr(&output).contains(reason), "{}", support::stderr(&output));
    }
}

/// Whoever starts it sees what there is to ask, with addresses that answer; scripts read stdout's one line.
#[test]
fn what_there_is_to_ask_is_told_at_the_start() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;
    for quiet in [&[][..], &["-q"]] {
        let mut command = support::verify_rollup();
        command.args(["simulate", "--now", NOW]).args(quiet).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        let url = first.trim().strip_prefix("listening on ").unwrap().to_owned();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        if quiet.is_empty() {
            let mut told = String::new();
            while !told.contains("controls") {
                assert!(stderr.read_line(&mut told).unwrap() > 0, "{told}");
            }
            for words in ["=Login VA", "US BR", " more\n", "sms", "/_simulator/stats", "DestinationPrefix=%2B"] {
                assert!(told.contains(words), "{words}: {told}");
            }
            assert!(
                told.contains(&format!("  ask        {url}/v2/Attempts/Summary?DateCreatedAfter=2026-10-14")),
                "{told}"
            );
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let (mut rest, mut more) = (String::new(), String::new());
        stderr.read_to_string(&mut rest).unwrap();
        stdout.read_to_string(&mut more).unwrap();
        assert_eq!((rest.as_str(), more.as_str()), ("", ""));
    }
}

//! `plan` shows both strategies, and its estimate holds against what the program then asks.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use chrono::Days;
use support::{ACCOUNT, Simulated, Workspace, finish, searched, stderr, summary};
use verify_rollup::clock::{Clock, SystemClock};

const JOB: &str = "name = \"both\"\n[windows]\nstart = \"2026-10-25\"\nend = \"2026-11-04\"\nevery = \"day\"\n\
    [matrix]\ncountries = [\"US\", \"CO\", \"DE\", \"MC\", \"FJ\"]\nchannels = [\"sms\", \"call\"]\n";
const AS_OF: &str = "2026-11-18T06:00:00Z";
fn plan(workspace: &Workspace, job: &std::path::Path, server: &Simulated) -> serde_json::Value {
    let mut command = workspace.command("plan", job);
    summary(
        command.env("TWILIO_ACCOUNT_SID", ACCOUNT).args([
            "--strategy",
            "drill-down",
            "--base-url",
            &server.url,
            "--as-of",
            AS_OF,
        ]),
        0,
    )
}

#[test]
fn all_strategies_are_shown_and_history_narrows_the_estimate() {
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    let job = workspace.job("both.toml", JOB);
    let fresh = plan(&workspace, &job, &server);
    let estimates = fresh["estimates"].as_array().unwrap();
    let named: Vec<_> = estimates.iter().map(|estimate| estimate["strategy"].as_str().unwrap()).collect();
    assert_eq!(named, ["exhaustive", "drill-down", "list"]);
    assert_eq!(fresh["list"], false);
    // Cells, totals, and evidence: the account's whole is one of the totals.
    assert_eq!(estimates[0]["requests"], (10 * 5 * 2 + 10 * 2 + 3) + (3 + 1 + 2 + 1 + 2 + 5 * 2));
    assert!(estimates[1]["grounds"].as_str().unwrap().starts_with("no history: "));
    let [from, expected, to] =
        ["requests_from", "requests", "requests_to"].map(|key| estimates[1][key].as_u64().unwrap());
    assert!(from < expected && expected <= to, "{from} {expected} {to}");
    let (least, most) = (fresh["requests_min"].as_u64().unwrap(), fresh["requests_max"].as_u64().unwrap());

    let mut run = workspace.run(&job, &server);
    run.args(["--requests-per-minute", "0", "--strategy", "drill-down", "--as-of", AS_OF]);
    let sent = summary(&mut run, 0)["requests"]["sent"].as_u64().unwrap();
    assert!((least..=most).contains(&sent), "{sent} is not in {least}..={most}");

    let after = plan(&workspace, &job, &server);
    assert_eq!((&after["requests_max"], &after["estimates"][1]["requests"]), (&0.into(), &0.into()));

    let longer = workspace.job("longer.toml", &JOB.replace("2026-11-04", "2026-11-14"));
    let told = plan(&workspace, &longer, &server);
    let estimate = &told["estimates"][1];
    assert!(estimate["grounds"].as_str().unwrap().starts_with("expected from 10 settled windows"), "{estimate}");
    assert_eq!(estimate["requests_from"], estimate["requests_to"]);
    let expected = estimate["requests"].as_u64().unwrap();
    let mut run = workspace.run(&longer, &server);
    run.args(["--requests-per-minute", "0", "--strategy", "drill-down", "--as-of", AS_OF]);
    let sent = summary(&mut run, 0)["requests"]["sent"].as_u64().unwrap();
    println!("expected {expected}, sent {sent}");
    assert!(2 * expected <= 3 * sent && 2 * sent <= 3 * expected, "expected {expected}, sent {sent}");
}

/// What other countries have leaves no listed one to be told by the rest: six of an account's countries were announced
/// to take 410 to 757 requests, and took 874.
#[test]
fn a_drill_takes_what_was_announced_where_others_have_attempts_too() {
    let text = "name = \"some\"\n[source]\nretention = \"none\"\n[windows]\nstart = \"2026-10-20\"\n\
                end = \"2026-11-17\"\nevery = \"day\"\n[matrix]\n\
                countries = [\"BR\", \"CO\", \"DE\", \"GB\", \"MX\", \"US\"]\nchannels = \"all\"\n";
    for seed in ["1", "2", "3", "4"] {
        let server = Simulated::start(&["--requests-per-minute", "0", "--seed", seed]);
        let workspace = Workspace::new();
        let job = workspace.job("some.toml", text);
        let said = plan(&workspace, &job, &server);
        let drilled = &said["estimates"][1];
        let [from, expected, to] =
            ["requests_from", "requests", "requests_to"].map(|key| drilled[key].as_u64().unwrap());
        let mut run = workspace.run(&job, &server);
        let sent = summary(run.args(["--strategy", "drill-down", "--as-of", AS_OF]), 0)["requests"]["sent"].as_u64();
        let sent = sent.unwrap();
        println!("seed {seed}: {expected} ({from} to {to}), sent {sent}, at most {}", said["requests_max"]);
        assert!((from..=to).contains(&sent) && sent.abs_diff(expected) * 10 <= sent, "{drilled}, sent {sent}");
        assert!(sent <= said["requests_max"].as_u64().unwrap(), "{said:#}");
    }
}

#[test]
fn the_text_has_a_line_for_each_strategy() {
    let workspace = Workspace::new();
    let job = workspace.job("both.toml", JOB);
    let mut command = workspace.command("plan", &job);
    command.env("TWILIO_ACCOUNT_SID", ACCOUNT).args(["--as-of", AS_OF]);
    let text = searched(&finish(&mut command, 0));
    println!("{text}");
    for (strategy, words) in [("exhaustive", "142 requests, "), ("drill-down", "no history: ")] {
        let line = text.lines().find(|line| line.starts_with(&format!("  {strategy} "))).expect(strategy);
        assert!(line.contains(words) && line.contains(" requests"), "{line}");
    }
}

#[test]
fn pages_need_the_job_s_leave() {
    let workspace = Workspace::new();
    let job = workspace.job("closed.toml", JOB);
    let open = workspace.job("open.toml", &format!("{JOB}[source]\nlist = true\n"));
    let plan = |job: &std::path::Path, strategy: &[&str]| {
        let mut command = workspace.command("plan", job);
        command.env("TWILIO_ACCOUNT_SID", ACCOUNT).args(["--as-of", AS_OF]).args(strategy);
        command
    };
    let strategy = |job: &std::path::Path, strategy: &[&str]| {
        let text = searched(&finish(&mut plan(job, strategy), 0));
        let line = text.lines().find_map(|line| line.trim().strip_prefix("strategy")).unwrap().trim().to_owned();
        let json = summary(&mut plan(job, strategy), 0);
        // Each plan names the one of its estimates that it takes.
        let estimates = json["estimates"].as_array().unwrap();
        let taken: Vec<_> = estimates.iter().filter(|it| it["strategy"] == json["takes"]).collect();
        assert_eq!(taken.len(), 1, "{json:#}");
        (line, json["strategy"].as_str().unwrap().to_owned())
    };
    let said = |text: &str, json: &str| (text.to_owned(), json.to_owned());
    let forbidden = said("auto (drill-down: the job does not allow the list)", "auto");
    assert_eq!(strategy(&job, &["--strategy", "auto"]), forbidden);
    assert_eq!(strategy(&open, &["--strategy", "auto"]), said("auto (list)", "auto"));
    assert_eq!(strategy(&open, &["--strategy", "list"]), said("list", "list"));
    let refused = stderr(&finish(&mut plan(&job, &["--strategy", "list"]), 2));
    assert!(refused.contains("closed.toml does not allow the list") && refused.contains("list = true"), "{refused}");
    let file = workspace.job("list.toml", &format!("{JOB}\n[plan]\nstrategy = \"list\"\n"));
    let refused = stderr(&finish(&mut plan(&file, &[]), 2));
    assert!(refused.contains("add list = true to [source]"), "{refused}");
}

/// Pages that the ledger keeps were announced once more: of a finished job, of another split, of a longer range.
#[test]
fn what_was_listed_is_not_announced_again() {
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    let today = SystemClock.now().date_naive();
    let job = |name: &str, every: &str, from: u64, to: u64| {
        let text = format!(
            "name = \"{name}\"\n[source]\nlist = true\n[windows]\nstart = \"{}\"\nend = \"{}\"\nevery = \"{every}\"\n\
             [matrix]\ncountries = [\"US\", \"CO\", \"DE\"]\nchannels = \"all\"\n[limits]\nrequests_per_minute = 0\n",
            today - Days::new(from),
            today - Days::new(to)
        );
        workspace.job(&format!("{name}.toml"), &text)
    };
    let number = |said: &serde_json::Value, key: &str| said[key].as_u64().unwrap();
    let foreseen = |job: &std::path::Path| {
        let mut command = workspace.command("plan", job);
        let said = summary(command.env("TWILIO_ACCOUNT_SID", ACCOUNT).args(["--base-url", &server.url]), 0);
        let estimates = said["estimates"].as_array().unwrap();
        let taken = estimates.iter().find(|it| it["strategy"] == said["takes"]).unwrap().clone();
        (number(&taken, "requests"), number(&said, "answered_from_ledger"), said)
    };
    let run = |job: &std::path::Path| {
        let said = summary(&mut workspace.run(job, &server), 0);
        (number(&said["requests"], "sent"), said)
    };
    let daily = job("daily", "day", 10, 3);
    run(&daily);
    let (expected, answered, said) = foreseen(&daily);
    assert_eq!((expected, number(&said, "requests_max")), (0, 0), "{said:#}");
    assert!(answered >= 7 * 3 * 5, "{answered}");
    assert_eq!(run(&daily).0, 0);
    // Before, the sums of a shorter range were announced, though nothing is asked of windows that are known.
    let shorter = job("shorter", "day", 8, 3);
    let (expected, _, said) = foreseen(&shorter);
    assert_eq!((expected, number(&said, "requests_max"), run(&shorter).0), (0, 0, 0), "{said:#}");
    // And what growing windows beside known ones take was overstated by the checks of settled ones.
    let morning = job("morning", "day", 10, 0);
    run(&morning);
    let ((expected, ..), (sent, ran)) = (foreseen(&morning), run(&morning));
    assert!(sent > 0 && expected.abs_diff(sent) <= 8, "{expected} foreseen, {sent} sent: {ran:#}");

    let hourly = job("hourly", "hour", 7, 4);
    let (expected, answered, said) = foreseen(&hourly);
    assert_eq!((said["takes"].as_str(), answered), (Some("list"), 3 * 24), "{said:#}");
    assert!(said["estimates"][2]["grounds"].as_str().unwrap().contains("keeps what was listed of 72"), "{said:#}");
    let (sent, ran) = run(&hourly);
    assert_eq!(ran["pages"], 0, "{ran:#}");
    assert!(expected.abs_diff(sent) <= 5, "{expected} foreseen, {sent} sent");

    let longer = job("longer", "day", 12, 3);
    let (expected, answered, _) = foreseen(&longer);
    let (sent, ran) = run(&longer);
    assert!(answered >= 7 * 3 * 5, "{answered}");
    assert!(expected.abs_diff(sent) <= 20, "{expected} foreseen, {sent} sent: {ran:#}");
    assert_eq!(foreseen(&longer).0, 0);
}

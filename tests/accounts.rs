//! A job of many accounts, as real processes: what is wrong with one stops that one alone, and hosts share them all.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "support/accounts.rs"]
mod many;
#[path = "support/postgres_server.rs"]
mod postgres_server;
mod support;

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use many::{JOB, Place, counts, ended, sid, until};
use postgres_server::PostgresServer;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use support::{SECRET, csv_table, finish, searched};

fn json(command: &mut Command, code: i32) -> Value {
    serde_json::from_slice(&finish(command.arg("--json"), code).stdout).unwrap()
}

#[test]
fn what_is_wrong_with_an_account_stops_that_one_alone_and_is_told_by_its_name() {
    let place = Place::new(9, &[(2, "401"), (4, "403"), (6, "suspended")]);
    let summary = json(place.command("run").args(["--metrics-file", "watched.prom"]), 3);
    assert_eq!((counts(&summary), &summary["status"]), ([9, 6, 0, 3, 0], &Value::from("incomplete")));
    let metrics = std::fs::read_to_string(place.workspace.path("watched.prom")).unwrap();
    for line in ["accounts{job=\"many\",state=\"complete\"} 6", "accounts{job=\"many\",state=\"failed\"} 3"] {
        assert!(metrics.contains(&format!("\nverify_rollup_{line}\n")), "{metrics}");
    }
    // The run is told, the table is not: of six accounts it would look like a fall of all.
    assert!(metrics.contains("verify_rollup_run_seconds") && !metrics.contains("verify_rollup_rows"), "{metrics}");
    let unfinished = summary["accounts"]["unfinished"].as_array().unwrap();
    for (record, (number, told)) in unfinished.iter().zip([(2, "401"), (4, "403"), (6, "403")]) {
        assert_eq!((&record["account_sid"], &record["status"]), (&sid(number).into(), &"failed".into()));
        let problem = record["problem"].as_str().unwrap();
        assert!(problem.contains(told), "{problem}");
        // What a sub-account is most often refused for.
        assert!(problem.contains("its parent's opens no sub-account"), "{problem}");
    }
    let well: BTreeSet<_> = [0, 1, 3, 5, 7, 8].into();
    assert_eq!(place.published(), well);
    place.assert_true(well.iter().copied());
    let rows: u64 = well.iter().map(|number| csv_table(&place.dataset(*number)).len() as u64).sum();
    assert_eq!(summary["rows"], rows);

    let text = searched(&place.command("run").output().unwrap());
    for needed in ["6 of 9 complete, 3 failed", &format!("account sub 2 ({})", sid(2)), "sub 4: failed: "] {
        assert!(text.contains(needed), "{needed}: {text}");
    }
}

#[test]
fn where_none_is_well_the_run_has_failed() {
    let place = Place::new(2, &[(0, "401"), (1, "403")]);
    assert_eq!(json(&mut place.command("run"), 1)["status"], "failed");
}

#[test]
fn commands_choose_accounts_by_name_sid_or_share() {
    let place = Place::new(6, &[]);
    assert_eq!(counts(&json(place.command("run").args(["--account", "sub 3", "--account", &sid(5)]), 0))[1], 2);
    assert_eq!(place.published(), [3, 5].into());
    for shard in ["1/3", "2/3", "0/3"] {
        assert_eq!(counts(&json(place.command("run").args(["--shard", shard]), 0))[0], 2, "{shard}");
    }
    assert_eq!(place.published().len(), 6);

    for command in ["audit", "plan"] {
        let told = searched(&finish(&mut place.command(command), 2));
        assert!(told.contains("the job has 6 accounts") && told.contains("--account 'sub 0'"), "{command}: {told}");
        let mut one = place.command(command);
        finish(one.args(["--account", "sub 3"]), 0);
    }
    let told = searched(&finish(place.command("run").args(["--account", "sub3"]), 2));
    assert!(told.contains("the job has no account sub3; did you mean sub 3?"), "{told}");
    place.workspace.job("job.toml", &JOB.replace("[accounts]\nfile = \"accounts.csv\"\n", ""));
    let mut alone = place.command("run");
    alone.env("TWILIO_ACCOUNT_SID", sid(1)).env("TWILIO_AUTH_TOKEN", SECRET);
    let told = searched(&finish(alone.args(["--shard", "1/2"]), 2));
    assert!(told.contains("--shard goes with a job that has [accounts]"), "{told}");
}

#[test]
fn secrets_come_from_variables_files_and_commands_when_their_account_is_asked() {
    let place = Place::new(1, &[]);
    let (folder, private) = (place.workspace.folder.path(), tempfile::tempdir().unwrap());
    let file = private.path().join("token");
    std::fs::write(&file, format!("{SECRET}\n")).unwrap();
    let file = file.to_str().unwrap();
    let entry = |name: &str, number: usize, key: &str, value: &str| {
        format!("[[accounts]]\nname = \"{name}\"\nsid = \"{}\"\n{key} = \"{value}\"\n", sid(number))
    };
    let accounts = [
        entry("variable", 0, "auth_token_variable", "SUB_TOKEN"),
        entry("file", 1, "auth_token_file", file),
        entry("command", 2, "auth_token_command", &format!("cat {file}")),
        entry("key", 3, "api_key", &format!("SK{:032}\"\napi_secret_file = \"{file}", 3)),
        entry("unset", 4, "auth_token_variable", "NO_SUCH_TOKEN"),
        entry("missing", 5, "auth_token_file", "no/such/file"),
        entry("failing", 6, "auth_token_command", "false"),
        entry("silent", 7, "auth_token_command", "true"),
        entry("absent", 8, "auth_token_command", "/no/such/program --now"),
    ];
    let job = JOB.replace("[accounts]\nfile = \"accounts.csv\"\n", &accounts.concat());
    std::fs::write(folder.join("job.toml"), job).unwrap();
    let summary = json(&mut place.command("run"), 3);
    assert_eq!(counts(&summary), [9, 4, 0, 5, 0], "{summary:#}");
    let problem = |name: &str| {
        let unfinished = summary["accounts"]["unfinished"].as_array().unwrap();
        unfinished.iter().find(|record| record["name"] == name).unwrap()["problem"].as_str().unwrap().to_owned()
    };
    for (name, told) in [
        ("unset", "the variable NO_SUCH_TOKEN is not set"),
        ("missing", "the file no/such/file cannot be read"),
        ("failing", "the command false ended with exit status: 1"),
        ("silent", "the command true printed nothing"),
        ("absent", "the command /no/such/program cannot be started"),
    ] {
        assert!(problem(name).contains(told), "{}", problem(name));
    }
    // The simulated account needs none.
    let mut simulated = place.workspace.command("run", &PathBuf::from("job.toml"));
    finish(simulated.args(["--base-url", "simulator", "--account", "unset"]), 0);
}

#[test]
fn a_signal_ends_all_in_order_and_the_next_run_goes_on() {
    let place = Place::new(5, &[(3, "hang")]);
    let child = place.command("run").arg("--json").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until(|| place.published().len() == 4, "four are done");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    std::thread::sleep(Duration::from_millis(50));
    // The one that hangs is not waited for.
    let _ = kill_process(Pid::from_child(&child), Signal::TERM);
    let output = child.wait_with_output().unwrap();
    searched(&output);
    assert_eq!(output.status.code(), Some(143));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((counts(&summary), &summary["status"]), ([5, 4, 0, 0, 1], &"interrupted".into()));
}

#[test]
fn hosts_share_the_accounts_and_take_over_those_of_one_that_is_killed() {
    let place = Place::new(24, &[]);
    let database = PostgresServer::start();
    let mut killed = place.host("alpha/1", &database).spawn().unwrap();
    until(|| place.published().len() >= 2, "the first has begun");
    let others: Vec<_> = ["beta/1", "gamma/1"].map(|host| place.host(host, &database).spawn().unwrap()).into();
    until(|| place.published().len() >= 8, "a third is done");
    killed.kill().unwrap();
    killed.wait().unwrap();
    for summary in others.into_iter().map(ended) {
        // Each tells of all of them, whoever worked on them.
        assert_eq!(counts(&summary), [24, 24, 0, 0, 0]);
    }
    place.assert_true(0..24);
    let ask = |statement: &str| database.ask("postgres", statement);
    assert_eq!(ask("SELECT count(*) FROM verify_rollup.turns WHERE host IS NOT NULL OR ended_at IS NULL"), "0");
    assert_eq!(ask("SELECT count(*) FROM verify_rollup.runs WHERE status <> 'published'"), "0");
    // Nobody was asked for twice but by who came later, and by the one that died: their leases are over.
    assert_eq!(ask("SELECT count(*) FROM verify_rollup.leases WHERE name NOT LIKE 'host-%'"), "24");
}

/// Its secrets are not mounted there.
#[test]
fn a_host_that_has_no_secrets_leaves_the_accounts_to_one_that_has() {
    let place = Place::new(12, &[]);
    let database = PostgresServer::start();
    let ask = |statement: &str| database.ask("postgres", statement);
    // Without the secret it waits until the other host is there, which works on all but what it holds itself.
    let script = "[ -n \"$SUB_TOKEN\" ] && exec echo \"$SUB_TOKEN\"\nuntil [ -e both ]; do sleep 0.01; done\nexit 1\n";
    place.workspace.job("token", script);
    let accounts: Vec<_> = (0..12)
        .map(|number| {
            let token = "auth_token_command = \"sh token\"";
            format!("[[accounts]]\nname = \"sub {number}\"\nsid = \"{}\"\n{token}\n", sid(number))
        })
        .collect();
    place.workspace.job("job.toml", &JOB.replace("[accounts]\nfile = \"accounts.csv\"\n", &accounts.concat()));
    let without = |machine: &str| {
        let mut host = place.host(machine, &database);
        host.env_remove("SUB_TOKEN");
        host
    };
    let lacking = without("lacking/1").spawn().unwrap();
    until(
        || {
            ask("SELECT to_regclass('verify_rollup.turns') IS NOT NULL") == "t"
                && ask("SELECT count(*) FROM verify_rollup.turns WHERE host IS NOT NULL") == "4"
        },
        "it holds some",
    );
    let able = place.host("able/1", &database).spawn().unwrap();
    until(|| place.published().len() >= 8, "the other one has done the rest");
    std::fs::write(place.workspace.path("both"), "").unwrap();
    let lacking = lacking.wait_with_output().unwrap();
    let told = searched(&lacking);
    assert_eq!(lacking.status.code(), Some(0), "{told}");
    assert_eq!(
        told.matches("is left to other hosts, as this one lacks what it needs: account sub").count(),
        4,
        "{told}"
    );
    assert_eq!(counts(&serde_json::from_slice(&lacking.stdout).unwrap()), [12, 12, 0, 0, 0]);
    assert_eq!(counts(&ended(able)), [12, 12, 0, 0, 0]);
    place.assert_true(0..12);

    // Where nobody has them, that is what is told.
    let alone = json(&mut without("lacking/2"), 1);
    assert_eq!((counts(&alone), &alone["status"]), ([12, 0, 0, 12, 0], &"failed".into()));
    let problem = alone["accounts"]["unfinished"][0]["problem"].as_str().unwrap();
    assert!(problem.contains("the command sh ended with exit status: 1"), "{problem}");
}

#[test]
fn commands_about_other_accounts_on_one_state_are_no_business_of_this_one() {
    let place = Place::new(6, &[]);
    let database = PostgresServer::start();
    let children: Vec<_> = (0..6)
        .map(|number| {
            let mut one = place.host(&format!("host-{number}/1"), &database);
            one.args(["--account", &sid(number)]).spawn().unwrap()
        })
        .collect();
    for summary in children.into_iter().map(ended) {
        assert_eq!(counts(&summary), [1, 1, 0, 0, 0]);
        assert_eq!(summary["windows"], 3);
    }
    place.assert_true(0..6);
}

#[test]
fn whoever_may_read_the_output_folder_may_read_each_accounts_dataset() {
    let place = Place::new(1, &[]);
    let mode = |path: PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let output = place.workspace.path("output");
    std::fs::create_dir(&output).unwrap();
    std::fs::set_permissions(&output, Permissions::from_mode(0o755)).unwrap();
    finish(&mut place.command("run"), 0);
    assert_eq!((mode(output.join("many")), mode(place.dataset(0))), (0o755, 0o755));
}

#[test]
fn the_accounts_share_a_table_of_a_database() {
    let place = Place::new(3, &[]);
    let database = PostgresServer::start();
    let url = format!("postgres://tests@{}/postgres", database.socket().replace('/', "%2F"));
    let job = JOB.replace("[output]\n", &format!("[output]\npostgres = \"{url}\"\n"));
    place.workspace.job("job.toml", &job);
    finish(&mut place.command("run"), 0);
    let rows = || database.ask("postgres", "SELECT count(*), count(DISTINCT account_sid) FROM verify_attempts");
    let wanted: usize = (0..3).map(|number| csv_table(&place.dataset(number)).len()).sum();
    assert_eq!(rows(), format!("{wanted}|3"));
    // Each minds its own rows.
    database.ask("postgres", &format!("DELETE FROM verify_attempts WHERE account_sid = '{}'", sid(1)));
    finish(place.command("run").args(["--account", "sub 0"]), 0);
    assert!(rows().ends_with("|2"), "{}", rows());
    finish(&mut place.command("run"), 0);
    assert_eq!(rows(), format!("{wanted}|3"));
    // A job of one account is refused what several have.
    place.workspace.job("job.toml", &job.replace("[accounts]\nfile = \"accounts.csv\"\n", ""));
    let mut alone = place.command("run");
    alone.env("TWILIO_ACCOUNT_SID", sid(0)).env("TWILIO_AUTH_TOKEN", SECRET);
    let told = searched(&finish(&mut alone, 2));
    assert!(told.contains("accounts are several there and one here"), "{told}");
}

//! A job of many accounts before a simulated server, and hosts that share its state: what the tests of accounts have in
//! common. Whoever uses it has `postgres_server` beside it.
#![allow(dead_code, clippy::unwrap_used, reason = "each test uses its own part; a panic is how it fails")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::postgres_server::PostgresServer;
use crate::support::{
    SECRET, Simulated, Table, Workspace, assert_same, csv_table, finish, searched, table, verify_rollup,
};

pub const JOB: &str = r#"
name = "many"
[source]
retention = "none"
[accounts]
file = "accounts.csv"
[windows]
start = "2026-10-01"
end = "2026-10-04"
[matrix]
countries = ["US", "CO"]
channels = ["sms", "call"]
[limits]
requests_per_minute = 0
accounts = 4
retry_for = "60s"
[output]
formats = ["csv"]
"#;

/// Between two looks at what is waited for.
pub const LOOK: Duration = Duration::from_millis(5);

pub fn sid(number: usize) -> String {
    format!("AC{number:032}")
}

/// The job, its accounts and their server.
pub struct Place {
    pub workspace: Workspace,
    pub server: Simulated,
    pub accounts: Range<usize>,
}

impl Place {
    /// So many accounts, some of them not well.
    pub fn new(accounts: usize, faults: &[(usize, &str)]) -> Self {
        let mut flags = ["--each-account", "--requests-per-minute", "0"].map(str::to_owned).to_vec();
        for (number, fault) in faults {
            flags.extend(["--account-fault".to_owned(), format!("{}={fault}", sid(*number))]);
        }
        let flags: Vec<_> = flags.iter().map(String::as_str).collect();
        let mut place = Self { workspace: Workspace::new(), server: Simulated::start(&flags), accounts: 0..0 };
        place.workspace.job("job.toml", JOB);
        place.be_about(0..accounts);
        place
    }

    /// Lets the job be about these accounts from now on.
    pub fn be_about(&mut self, accounts: Range<usize>) {
        let mut text = "name,sid,auth_token_variable\n".to_owned();
        for number in accounts.clone() {
            writeln!(text, "sub {number},{},SUB_TOKEN", sid(number)).unwrap();
        }
        self.workspace.job("accounts.csv", &text);
        self.accounts = accounts;
    }

    pub fn command(&self, command: &str) -> Command {
        let job = PathBuf::from("job.toml");
        if command == "report" {
            return self.workspace.report(&job);
        }
        let mut built = self.workspace.command(command, &job);
        built.env("SUB_TOKEN", SECRET).args(["--base-url", &self.server.url]);
        built
    }

    /// The run of a host of this name and boot, by a state in the database.
    pub fn host(&self, machine: &str, database: &PostgresServer) -> Command {
        let state = format!("postgres://tests@{}/postgres", database.socket().replace('/', "%2F"));
        let mut built = verify_rollup();
        built.current_dir(self.workspace.folder.path()).args(["run", "job.toml", "--json"]);
        built
            .args(["--base-url", &self.server.url, "--state", &state])
            .arg("--output")
            .arg(self.workspace.path("output"));
        built.env("SUB_TOKEN", SECRET).env("VERIFY_ROLLUP_MACHINE", machine);
        // Who is killed has no connection any more and is replaced at once; nobody sleeps, however busy the machine is.
        built.env("VERIFY_ROLLUP_LEASE", "50/300/20000").stdout(Stdio::piped()).stderr(Stdio::piped());
        built
    }

    pub fn dataset(&self, number: usize) -> PathBuf {
        self.workspace.path("output/many").join(format!("account={}", sid(number)))
    }

    fn truth(&self, number: usize) -> Table {
        let mut truth = verify_rollup();
        truth.current_dir(self.workspace.folder.path());
        truth.args(["simulate", "--each-account", "--account", &sid(number), "--as-of", "2026-10-10T00:00:00Z"]);
        table(&finish(truth.args(["--truth", "job.toml"]), 0).stdout)
    }

    pub fn assert_true(&self, numbers: impl Iterator<Item = usize>) {
        for number in numbers {
            assert_same(&csv_table(&self.dataset(number)), &self.truth(number), &sid(number));
        }
    }

    pub fn published(&self) -> BTreeSet<usize> {
        self.accounts.clone().filter(|number| self.dataset(*number).join("_manifest.json").exists()).collect()
    }
}

/// How many accounts came to what, as a summary tells.
pub fn counts(summary: &Value) -> [u64; 5] {
    ["total", "complete", "incomplete", "failed", "interrupted"].map(|key| summary["accounts"][key].as_u64().unwrap())
}

/// The summary of a host that ends well, in time.
pub fn ended(mut child: Child) -> Value {
    let has_ended = (0..60_000).any(|_| {
        std::thread::sleep(LOOK);
        child.try_wait().unwrap().is_some()
    });
    if !has_ended {
        child.kill().unwrap();
    }
    let output = child.wait_with_output().unwrap();
    let shown = searched(&output);
    assert_eq!((has_ended, output.status.code()), (true, Some(0)), "{shown}");
    serde_json::from_slice(&output.stdout).unwrap()
}

pub fn until(mut reached: impl FnMut() -> bool, what: &str) {
    let is_reached = (0..6000).any(|_| {
        std::thread::sleep(LOOK);
        reached()
    });
    assert!(is_reached, "{what}");
}

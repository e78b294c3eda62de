//! Hosts that share a state in a database, as real processes over a real server: one is killed, sleeps for too long, or
//! finds its database gone, and every row that is published is the account's.
//!
//! A host is a name here (debug builds take it from `VERIFY_ROLLUP_MACHINE`), and a lease is short
//! (`VERIFY_ROLLUP_LEASE`).
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "support/postgres_server.rs"]
mod postgres_server;
mod support;

use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use postgres_server::PostgresServer;
use rustix::process::{Pid, Signal, kill_process};
use support::gate::{Fate, Gate};
use support::{ACCOUNT, SECRET, Simulated, Table, Workspace, assert_same, csv_table, finish, searched, summary, table};
use support::{stderr, verify_rollup};

const JOB: &str = r#"
name = "NAME"
[source]
retention = "none"
[windows]
start = "2026-09-01"
end = "2026-09-04"
[matrix]
countries = ["US", "CO", "DE"]
channels = ["sms", "call"]
[limits]
requests_per_minute = 0
concurrency = 4
retry_for = "60s"
[plan]
strategy = "exhaustive"
[output]
formats = ["csv"]
"#;

/// The most that is asked again after a kill.
const CONCURRENCY: usize = 4;

struct Place {
    workspace: Workspace,
    account: Simulated,
    database: PostgresServer,
}

impl Place {
    fn new() -> Self {
        let workspace = Workspace::new();
        workspace.job("job.toml", &JOB.replace("NAME", "shared"));
        // A whole past takes long to make.
        let account = Simulated::start(&["--requests-per-minute", "0", "--retention", "120d"]);
        Self { workspace, account, database: PostgresServer::start() }
    }

    fn state(&self) -> String {
        format!("postgres://tests@{}/postgres", self.database.socket().replace('/', "%2F"))
    }

    /// A run of a host, of the one job, at a URL.
    fn run(&self, host: &str, url: &str) -> Command {
        self.run_of(ACCOUNT, "output", host, url)
    }

    fn run_of(&self, account: &str, output: &str, host: &str, url: &str) -> Command {
        let mut built = verify_rollup();
        built.current_dir(self.workspace.folder.path()).args(["run", "job.toml"]);
        built.args(["--base-url", url, "--state", &self.state()]).arg("--output").arg(self.workspace.path(output));
        like(&mut built, account, host);
        built
    }

    fn truth(&self) -> Table {
        let mut truth = verify_rollup();
        truth.args(["simulate", "--retention", "120d", "--as-of", "2026-10-10T00:00:00Z", "--truth"]);
        table(&finish(truth.arg(self.workspace.path("job.toml")), 0).stdout)
    }

    fn assert_true(&self, what: &str) {
        assert_same(&csv_table(&self.workspace.path("output/shared")), &self.truth(), what);
    }

    /// Lets the output folder be another one from now on, as each machine has its own below the same path.
    fn change_disks(&self) {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let disk = self.workspace.path(&format!("disk-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
        std::fs::create_dir(&disk).unwrap();
        let output = self.workspace.path("output");
        let _ = std::fs::remove_file(&output);
        std::os::unix::fs::symlink(disk, output).unwrap();
    }

    fn count(&self, what: &str) -> usize {
        self.database.ask("postgres", &format!("SELECT count(*) FROM verify_rollup.{what}")).parse().unwrap()
    }
}

/// Lets a command be a host's, for an account.
fn like(command: &mut Command, account: &str, host: &str) {
    command.env("TWILIO_ACCOUNT_SID", account).env("TWILIO_AUTH_TOKEN", SECRET);
    command.env("VERIFY_ROLLUP_MACHINE", format!("{host}/boot-of-{host}")).env("VERIFY_ROLLUP_LEASE", "50/300/1000");
}

/// How many requests the job takes that nothing disturbs.
fn undisturbed() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| {
        let place = Place::new();
        let gate = Gate::before(&place.account, |_| Fate::Pass);
        finish(&mut place.run("alpha", &gate.url), 0);
        place.assert_true("undisturbed");
        gate.asked().len()
    })
}

/// How many requests there were beyond those.
fn again(gate: &Gate) -> usize {
    gate.asked().len().saturating_sub(undisturbed())
}

fn until(mut reached: impl FnMut() -> bool, what: &str) {
    let is_reached = (0..6000).any(|_| {
        std::thread::sleep(Duration::from_millis(5));
        reached()
    });
    assert!(is_reached, "{what}");
}

fn start(command: &mut Command) -> Child {
    command.arg("--json").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Lets so many requests through, and the others wait until the gate opens.
fn gate(account: &Simulated, most: usize) -> (Gate, Arc<AtomicBool>) {
    let is_open = Arc::new(AtomicBool::new(false));
    let opened = Arc::clone(&is_open);
    let gate = Gate::before(account, move |asked| {
        while asked.number >= most && !opened.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(5));
        }
        Fate::Pass
    });
    (gate, is_open)
}

#[test]
fn another_host_goes_on_where_one_was_killed_and_asks_again_what_was_in_flight() {
    let steps = ["run-opened:1", "batch-begun:3", "batch-inserted:5", "batch-committed:4", "batch-reported:9"];
    let later = ["sealed:1", "folder-synced:1", "run-ended:1"];
    for step in steps.into_iter().chain(later) {
        let place = Place::new();
        let gate = Gate::before(&place.account, |_| Fate::Pass);
        let mut killed = place.run("alpha", &gate.url);
        let output = killed.env("VERIFY_ROLLUP_CRASH", step).output().unwrap();
        assert_eq!(output.status.code(), None, "{step}: {}", searched(&output));
        let run = summary(place.run("beta", &gate.url).args(["--wait", "60s"]), 0);
        assert_eq!(run["status"], "complete", "{step}");
        place.assert_true(step);
        assert!(again(&gate) <= CONCURRENCY, "{step}: {} asked again", again(&gate));
        // A run whose end was written is closed, and the next one finds everything.
        let runs = if step == "run-ended:1" { 2 } else { 1 };
        assert_eq!(place.count("runs"), runs, "{step}");
        assert_eq!(place.count("leases WHERE beaten_at IS NOT NULL"), 0, "{step}: the lease is given back");
    }
}

/// `VERIFY_ROLLUP_KILLS`, for who has more time.
fn kills() -> usize {
    std::env::var("VERIFY_ROLLUP_KILLS").map_or(8, |kills| kills.parse().unwrap())
}

/// One account after the other is asked, by whichever host comes next, until enough of them were killed.
#[test]
fn hosts_that_are_killed_at_any_time_leave_every_table_right() {
    let place = Place::new();
    let gate = Gate::before(&place.account, |_| Fate::Pass);
    let truth = place.truth();
    let mut random = fastrand::Rng::with_seed(20_261_129);
    let (mut killed, mut accounts) = (0, 0);
    while killed < kills() {
        accounts += 1;
        let (account, output) = (format!("AC{accounts:032x}"), format!("output-{accounts}"));
        let (asked, mut here) = (gate.asked().len(), 0);
        loop {
            let host = ["alpha", "beta", "gamma"][random.usize(..3)];
            let mut run = start(place.run_of(&account, &output, host, &gate.url).args(["--wait", "60s"]));
            if killed < kills() {
                std::thread::sleep(Duration::from_millis(random.u64(20..400)));
                run.kill().unwrap();
            }
            let ended = run.wait_with_output().unwrap();
            match ended.status.code() {
                Some(0) => break,
                None => (killed, here) = (killed + 1, here + 1),
                other => panic!("{other:?} after {killed} kills: {}", searched(&ended)),
            }
        }
        assert_same(&csv_table(&place.workspace.path(&format!("{output}/shared"))), &truth, &account);
        let most = undisturbed() + here * CONCURRENCY;
        assert!(gate.asked().len() - asked <= most, "{} requests, {here} kills", gate.asked().len() - asked);
    }
    assert!(accounts <= killed, "{accounts} accounts, {killed} kills: most runs were over before they were killed");
}

#[test]
fn a_host_that_slept_for_too_long_writes_nothing_any_more() {
    let place = Place::new();
    place.change_disks();
    let (gate, opened) = gate(&place.account, 10);
    let late = start(&mut place.run("alpha", &gate.url));
    until(|| gate.asked().len() > 10, "the run waits for answers");
    signal(&late, Signal::STOP);
    place.change_disks();
    opened.store(true, Ordering::Relaxed);

    let run = summary(place.run("beta", &gate.url).args(["--wait", "60s"]), 0);
    assert_eq!(run["status"], "complete");
    place.assert_true("the successor's table");
    let before = (place.count("answers"), place.count("runs"), support::files(&place.workspace.path("output")));
    let asked = gate.asked().len();

    signal(&late, Signal::CONT);
    let late = late.wait_with_output().unwrap();
    assert_eq!(late.status.code(), Some(4), "{}", searched(&late));
    assert!(stderr(&late).contains("taken over by another run, beta"), "{}", searched(&late));
    place.assert_true("the table when the late one is gone");
    let after = (place.count("answers"), place.count("runs"), support::files(&place.workspace.path("output")));
    assert_eq!(after, before);
    assert!(gate.asked().len() <= asked + CONCURRENCY, "{} asked after the takeover", gate.asked().len() - asked);
}

#[test]
fn a_dataset_that_another_host_works_on_is_refused_with_its_name() {
    let place = Place::new();
    place.change_disks();
    let (gate, opened) = gate(&place.account, 5);
    let working = start(&mut place.run("alpha", &gate.url));
    until(|| gate.asked().len() > 5, "the run works");
    place.change_disks();
    let refused = finish(&mut place.run("beta", &gate.url), 4);
    assert!(stderr(&refused).contains("another run has the lease on the dataset: alpha"), "{}", searched(&refused));
    opened.store(true, Ordering::Relaxed);
    let done = working.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", searched(&done));
    place.assert_true("the first one's table");
}

fn away(retry_for: &str, back: bool) -> (Place, Gate, Output) {
    let place = Place::new();
    place.workspace.job("job.toml", &JOB.replace("NAME", "shared").replace("60s", retry_for));
    let (gate, opened) = gate(&place.account, 12);
    let run = start(&mut place.run("alpha", &gate.url));
    until(|| gate.asked().len() > 12, "the run waits for answers");
    place.database.stop();
    opened.store(true, Ordering::Relaxed);
    std::thread::sleep(Duration::from_millis(500));
    if back {
        place.database.start_again();
    }
    let output = run.wait_with_output().unwrap();
    (place, gate, output)
}

#[test]
fn a_database_that_is_away_is_waited_for_and_nothing_is_lost() {
    let (place, gate, output) = away("60s", true);
    assert_eq!(output.status.code(), Some(0), "{}", searched(&output));
    let told = stderr(&output);
    assert!(told.contains("waiting up to 60 s for the database") && told.contains("is there again"), "{told}");
    place.assert_true("the table");
    assert_eq!(again(&gate), 0);
}

#[test]
fn a_database_that_stays_away_ends_the_run_and_the_next_one_goes_on() {
    let (place, gate, output) = away("1s", false);
    assert_eq!(output.status.code(), Some(1), "{}", searched(&output));
    place.database.start_again();
    let run = summary(place.run("beta", &gate.url).args(["--wait", "60s"]), 0);
    assert_eq!(run["status"], "complete");
    place.assert_true("the table");
    assert!(again(&gate) <= CONCURRENCY, "{} asked again", again(&gate));
}

/// It neither answers nor closes the connection.
#[test]
fn who_waits_for_a_database_that_hangs_heeds_signals() {
    let place = Place::new();
    let (gate, opened) = gate(&place.account, 12);
    let run = start(&mut place.run("alpha", &gate.url));
    until(|| gate.asked().len() > 12, "the run waits for answers");
    let backends = place.database.ask(
        "postgres",
        "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()
        AND datname = current_database()",
    );
    let backends: Vec<_> = backends.lines().map(|pid| Pid::from_raw(pid.parse().unwrap()).unwrap()).collect();
    for backend in &backends {
        kill_process(*backend, Signal::STOP).unwrap();
    }
    opened.store(true, Ordering::Relaxed);
    std::thread::sleep(Duration::from_millis(500));
    signal(&run, Signal::TERM);
    let output = run.wait_with_output().unwrap();
    for backend in backends {
        kill_process(backend, Signal::CONT).unwrap();
    }
    assert_eq!(output.status.code(), Some(143), "{}", searched(&output));
    let next = summary(place.run("beta", &gate.url).args(["--wait", "60s"]), 0);
    assert_eq!(next["status"], "complete");
    place.assert_true("the table");
}

/// What it published before it slept is older than what its successor did.
#[test]
fn a_host_that_slept_for_too_long_leaves_the_database_s_table_alone() {
    let place = Place::new();
    // Each has a folder of its own below the same path, as machines have.
    let run = |host: &str, url: &str| {
        let home = place.workspace.path(host);
        std::fs::create_dir_all(&home).unwrap();
        let mut run = verify_rollup();
        run.current_dir(home).arg("run").arg(place.workspace.path("job.toml"));
        run.args(["--output", "/proc/self/cwd/output", "--base-url", url, "--state", &place.state(), "--wait", "60s"]);
        like(&mut run, ACCOUNT, host);
        run
    };
    let table =
        format!("{}postgres = \"{}\"\npostgres_table = \"attempts\"\n", JOB.replace("NAME", "shared"), place.state());
    place.workspace.job("job.toml", &table);
    let (gate, opened) = gate(&place.account, undisturbed() + 5);
    finish(&mut run("alpha", &gate.url), 0);
    let late = start(run("alpha", &gate.url).arg("--refresh"));
    until(|| gate.asked().len() > undisturbed() + 5, "the second run waits for answers");
    signal(&late, Signal::STOP);
    opened.store(true, Ordering::Relaxed);
    finish(run("beta", &gate.url).arg("--refresh"), 0);
    let rows = || place.database.ask("postgres", "SELECT run_id, asked_at, row_key FROM attempts ORDER BY row_key");
    let before = rows();
    signal(&late, Signal::CONT);
    let late = late.wait_with_output().unwrap();
    assert_eq!(late.status.code(), Some(4), "{}", searched(&late));
    assert_eq!(rows(), before);
}

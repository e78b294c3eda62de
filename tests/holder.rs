//! Two machines on one state directory, as a volume that both mount makes it: one works, the other is told. A machine
//! is a boot id here (debug builds take it from `VERIFY_ROLLUP_MACHINE`), and time passes by turning back a heartbeat.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OpenFlags};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use support::gate::{Fate, Gate};
use support::{ACCOUNT, SECRET, Simulated, Workspace, finish, searched, stderr, summary, verify_rollup};

/// So few that a run soon waits for its next token.
const PER_MINUTE: usize = 3;

const JOB: &str = r#"
name = "NAME"
[source]
retention = "none"
[windows]
start = "2026-09-01"
end = "2026-09-03"
[matrix]
countries = ["US", "CO"]
channels = ["sms", "call"]
[plan]
strategy = "exhaustive"
[output]
formats = ["csv"]
"#;

/// One state directory and one output directory, and a job for each machine.
struct Volume {
    workspace: Workspace,
    server: Simulated,
}

impl Volume {
    fn new() -> Self {
        let workspace = Workspace::new();
        for host in ["alpha", "beta"] {
            workspace.job(&format!("{host}.toml"), &JOB.replace("NAME", host));
        }
        // A whole past takes long to make.
        let server = Simulated::start(&["--requests-per-minute", "0", "--retention", "120d"]);
        Self { workspace, server }
    }

    fn state(&self) -> PathBuf {
        self.workspace.path("state")
    }

    fn command(&self, command: &str, host: &str) -> Command {
        let mut built = verify_rollup();
        built.current_dir(self.workspace.folder.path()).arg(command).arg(self.workspace.path(&format!("{host}.toml")));
        built.args(["--base-url", &self.server.url]).arg("--state-dir").arg(self.state());
        built.env("TWILIO_ACCOUNT_SID", ACCOUNT).env("TWILIO_AUTH_TOKEN", SECRET);
        on(&mut built, host);
        built
    }

    /// `run` of a host's own job, without a limit.
    fn run(&self, host: &str) -> Command {
        let mut run = self.command("run", host);
        run.args(["--requests-per-minute", "0"]).arg("--output").arg(self.workspace.path("output"));
        run
    }

    /// A run that has spent its tokens, has their answers in the ledger, and waits.
    fn waiting_run(&self, host: &str, gate: &Gate) -> Running {
        let mut run = self.command("run", host);
        run.args(["--base-url", &gate.url, "--requests-per-minute", &PER_MINUTE.to_string()]);
        run.args(["--concurrency", "2", "--json"]).arg("--output").arg(self.workspace.path("output"));
        let child = Running(run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
        let has_spent = until(|| gate.asked().len() >= PER_MINUTE && self.answers() >= PER_MINUTE);
        assert!(has_spent, "{} asked, {} kept", gate.asked().len(), self.answers());
        child
    }

    fn answers(&self) -> usize {
        let path = self.state().join("ledger.sqlite");
        let count = || {
            let ledger = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            ledger.query_row("SELECT count(*) FROM answers", [], |row| row.get::<_, i64>(0))
        };
        count().map_or(0, |count| usize::try_from(count).unwrap())
    }

    /// Turns the mark's heartbeat back, as if so much time had passed without one.
    fn grow_silent(&self, seconds: u64) {
        let mark = File::options().write(true).open(self.state().join("holder")).unwrap();
        let beaten = mark.metadata().unwrap().modified().unwrap();
        assert!(beaten > SystemTime::UNIX_EPOCH, "the directory is released");
        mark.set_modified(beaten - Duration::from_secs(seconds)).unwrap();
    }

    fn is_released(&self) -> bool {
        fs::metadata(self.state().join("holder")).unwrap().modified().unwrap() == SystemTime::UNIX_EPOCH
    }

    fn bucket(&self) -> PathBuf {
        let is_bucket = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("bucket-");
        support::files(&self.state()).into_iter().find(is_bucket).unwrap()
    }
}

/// Lets a command run on a machine of its own.
fn on<'a>(command: &'a mut Command, host: &str) -> &'a mut Command {
    command.env("VERIFY_ROLLUP_MACHINE", format!("{host}/boot-of-{host}"))
}

fn until(mut reached: impl FnMut() -> bool) -> bool {
    (0..4000).any(|_| {
        std::thread::sleep(Duration::from_millis(5));
        reached()
    })
}

/// Every file below a folder with its bytes, the lock of a dataset left out.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    support::files(folder).into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// A process that a failing test doesn't leave behind.
struct Running(Child);

impl Running {
    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }

    /// The first line on stderr that holds these words.
    fn line_with(&mut self, words: &str) -> String {
        let lines = BufReader::new(self.0.stderr.as_mut().unwrap()).lines();
        let mut lines = lines.map(Result::unwrap);
        lines.find(|line| line.contains(words)).unwrap_or_else(|| panic!("no line holds {words:?}"))
    }

    fn finish(mut self, code: i32) -> Output {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        self.0.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
        self.0.stderr.take().unwrap().read_to_end(&mut stderr).unwrap();
        let output = Output { status: self.0.wait().unwrap(), stdout, stderr };
        let shown = searched(&output);
        assert_eq!(output.status.code(), Some(code), "{shown}");
        output
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Before, each read the other's bucket as one of another boot: neither asked anything any more, and neither said why.
#[test]
fn a_second_machine_is_refused_and_may_start_when_the_first_has_ended() {
    let volume = Volume::new();
    let gate = Gate::before(&volume.server, |_| Fate::Pass);
    let holder = volume.waiting_run("alpha", &gate);
    holder.signal(Signal::STOP);
    let before = contents(&volume.state());
    let mut prune = verify_rollup();
    prune.args(["ledger", "prune", "--before", "2030-01-01"]).arg("--state-dir").arg(volume.state());
    on(&mut prune, "beta");
    let mut probe = volume.command("probe", "beta");
    let since = format!("alpha (process {} since 20", holder.0.id());
    for command in [&mut volume.run("beta"), &mut volume.command("plan", "beta"), &mut probe, &mut prune] {
        let refused = stderr(&finish(command, 4));
        for word in [since.as_str(), "held by another machine", "--state-dir", "--wait", "heartbeat"] {
            assert!(refused.contains(word), "{word:?} is not in: {refused}");
        }
    }
    assert_eq!(contents(&volume.state()), before, "who is refused leaves nothing behind");
    finish(on(&mut volume.command("plan", "beta"), "alpha"), 0);

    holder.signal(Signal::CONT);
    holder.signal(Signal::INT);
    holder.finish(130);
    assert!(volume.is_released());
    let said = summary(&mut volume.run("beta"), 0);
    assert_eq!(said["status"], "complete");
    assert_eq!(gate.asked().len(), PER_MINUTE, "the first went through the gate, the second past it");
}

#[test]
fn containers_of_one_host_share_the_directory() {
    let volume = Volume::new();
    let gate = Gate::before(&volume.server, |_| Fate::Pass);
    let holder = volume.waiting_run("alpha", &gate);
    let mut container = volume.run("beta");
    container.env("VERIFY_ROLLUP_MACHINE", "container/boot-of-alpha");
    assert_eq!(summary(&mut container, 0)["status"], "complete");
    assert!(!volume.is_released(), "who leaves first leaves it to the other");
    holder.signal(Signal::INT);
    holder.finish(130);
    assert!(volume.is_released());
}

#[test]
fn a_silent_machine_is_replaced_and_stops_when_it_is_back() {
    let volume = Volume::new();
    let gate = Gate::before(&volume.server, |_| Fate::Pass);
    let old = volume.waiting_run("alpha", &gate);
    old.signal(Signal::STOP);
    volume.grow_silent(60);
    let told = stderr(&finish(&mut volume.run("beta"), 4));
    let (_, silent) = told.split_once("with a heartbeat ").unwrap();
    assert!(silent.split(' ').next().unwrap().parse::<u64>().unwrap() >= 60, "{told}");
    volume.grow_silent(60);
    let taken = finish(&mut volume.run("beta"), 0);
    assert!(stderr(&taken).contains("took over the state directory of alpha"), "{}", stderr(&taken));

    let (state, output) = (contents(&volume.state()), contents(&volume.workspace.path("output")));
    old.signal(Signal::CONT);
    let ended = old.finish(4);
    let words = stderr(&ended);
    for word in ["taken over by another machine, beta (process", "run again", "--state-dir"] {
        assert!(words.contains(word), "{word:?} is not in: {words}");
    }
    let said: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!((&said["status"], &said["windows_published"]), (&"failed".into(), &0.into()));
    assert_eq!(gate.asked().len(), PER_MINUTE, "it asked nothing more");
    assert_eq!(contents(&volume.state()), state, "it wrote nothing more");
    let after = contents(&volume.workspace.path("output"));
    let is_published = |path: &&PathBuf| !path.ends_with("alpha/.lock");
    assert!(after.keys().filter(is_published).eq(output.keys().filter(is_published)), "it published nothing");

    let said = summary(&mut volume.run("alpha"), 0);
    assert_eq!(said["status"], "complete", "the ledger is as the second machine left it");
}

/// Before, it took the directory over, though it was only to look.
#[test]
fn doctor_takes_nothing_from_a_silent_machine() {
    let volume = Volume::new();
    let gate = Gate::before(&volume.server, |_| Fate::Pass);
    let old = volume.waiting_run("alpha", &gate);
    old.signal(Signal::STOP);
    volume.grow_silent(3600);
    let mark = || {
        let path = volume.state().join("holder");
        (fs::read(&path).unwrap(), path.metadata().unwrap().modified().unwrap())
    };
    let before = mark();
    let said = summary(&mut volume.command("doctor", "beta"), 0);
    let check = |what: &str| said["checks"].as_array().unwrap().iter().find(|check| check["check"] == what).unwrap();
    assert!(check("state")["found"].as_str().unwrap().contains("alpha (process"), "{said:#}");
    assert_eq!((&check("state")["state"], &check("API")["state"]), (&"warning".into(), &"skipped".into()), "{said:#}");
    assert_eq!(mark(), before);
    old.signal(Signal::CONT);
    old.signal(Signal::INT);
    old.finish(130);
}

#[test]
fn who_waits_gets_the_directory_once_it_is_released() {
    let volume = Volume::new();
    let gate = Gate::before(&volume.server, |_| Fate::Pass);
    let holder = volume.waiting_run("alpha", &gate);
    let mut run = volume.run("beta");
    let mut waiting =
        Running(run.args(["--wait", "60s", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    waiting.line_with("waiting for another machine, alpha");
    holder.signal(Signal::INT);
    holder.finish(130);
    waiting.finish(0);
}

/// The reason for a wait is told, also to who comes later and finds a bucket that another run has mended.
#[test]
fn a_bucket_that_cannot_be_read_or_is_of_another_boot_says_why_nobody_asks() {
    let volume = Volume::new();
    let gate = Gate::before(&volume.server, |_| Fate::Pass);
    let holder = volume.waiting_run("alpha", &gate);
    holder.signal(Signal::INT);
    holder.finish(130);
    let told = |host: &str, flags: &[&str]| {
        let mut run = volume.command("run", host);
        run.args(["--base-url", &gate.url, "--requests-per-minute", "3"])
            .args(flags)
            .arg("--output")
            .arg(volume.workspace.path("output"));
        let mut run = Running(run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
        let line = run.line_with("the limiter's bucket");
        run.signal(Signal::INT);
        run.finish(130);
        assert!(line.contains(volume.bucket().to_str().unwrap()) && line.contains("first request"), "{line}");
        line
    };
    let line = told("beta", &[]);
    assert!(line.contains("is of another boot or another machine"), "{line}");
    let line = told("beta", &["--log-format", "json"]);
    let said: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(said["level"], "WARN");
    assert!(said["message"].as_str().unwrap().contains("was found unreadable, or of another boot"), "{line}");
    fs::write(volume.bucket(), "not a bucket").unwrap();
    let line = told("beta", &[]);
    assert!(line.contains("is unreadable"), "{line}");
}

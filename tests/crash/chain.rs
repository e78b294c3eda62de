//! A chain of lives: a job is killed and started again until it is done, and after each life the books must balance.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use crate::durable::{Counted, Durable, beyond, count};
use crate::proxy::Proxy;
use crate::reader::{Reader, published};
use crate::support::{self, ACCOUNT, SECRET, Simulated, Table, Workspace};

/// How a life ends, unless the job is done before.
#[derive(Debug, Clone, Copy)]
pub enum Kill {
    /// By itself, at the given passing of a step.
    At(&'static str, u32),
    /// From outside, after so long.
    After(Duration),
}

/// What is to be done: one command line, until it is done.
pub struct Phase<'a> {
    pub job: &'a str,
    pub flags: &'a [&'a str],
    pub server: &'a Simulated,
    pub truth: &'a Table,
    pub concurrency: usize,
    pub strategy: &'static str,
}

/// Kills by the step at which they struck.
pub type Struck = BTreeMap<(&'static str, u32), u32>;

pub struct Chain {
    reader: Reader,
    workspace: Workspace,
    dataset: PathBuf,
    proxy: Proxy,
    durable: Durable,
    /// Every content that a finished phase's manifest names.
    contents: BTreeSet<(String, String)>,
    phases: usize,
    struck: Struck,
    kills: u32,
}

impl Chain {
    pub fn new(server: &Simulated) -> Self {
        let workspace = Workspace::new();
        let dataset = workspace.path("output/crash");
        Self {
            reader: Reader::of(&dataset),
            proxy: Proxy::to(server),
            dataset,
            workspace,
            durable: Durable::default(),
            contents: BTreeSet::new(),
            phases: 0,
            struck: Struck::new(),
            kills: 0,
        }
    }

    /// Kills and restarts until the phase is done, then compares.
    pub fn run(&mut self, phase: &Phase, kills: &[Kill]) {
        self.proxy.switch_to(phase.server);
        let earlier = self.durable.answers.clone();
        let mut kills = kills.iter();
        let mut lost_in_all = 0;
        loop {
            let kill = kills.next();
            let before = self.durable.answers.clone();
            let status = self.live(phase, kill);
            self.durable = Durable::read(&self.workspace.path("state"));
            let asked = count(self.proxy.take_asked());
            let gained = beyond(&self.durable.answers, &before);
            let unasked = beyond(&gained, &asked);
            assert!(unasked.is_empty(), "recorded without having been asked: {unasked:#?}");
            let lost: Counted = beyond(&asked, &gained);
            let in_flight: usize = lost.values().sum();
            let died = status.code().is_none();
            assert!(died || in_flight == 0, "{kill:?}: asked and not recorded: {lost:#?}");
            assert!(in_flight <= phase.concurrency, "{kill:?}: {in_flight} requests were lost: {lost:#?}");
            lost_in_all += in_flight;
            if died {
                self.kills += 1;
                if let Some(&Kill::At(step, passing)) = kill {
                    *self.struck.entry((step, passing)).or_default() += 1;
                }
            }
            // A run that has noted its end is over, though its process may have been killed on its way out.
            if !died || self.durable.runs.get(self.phases).is_some_and(|status| status == "published") {
                break;
            }
        }
        self.phases += 1;
        assert_eq!(self.durable.runs.len(), self.phases, "lives that didn't take up their run");
        assert_eq!(self.durable.repeated, 0, "durable answers were asked for again; {lost_in_all} were in flight");
        assert!(self.durable.answers.len() >= earlier.len());
        self.compare(phase);
    }

    fn live(&self, phase: &Phase, kill: Option<&Kill>) -> ExitStatus {
        let job = self.workspace.job("crash.toml", phase.job);
        let mut command = self.workspace.command("run", &job);
        command.args(["--base-url", &self.proxy.url(), "--concurrency", &phase.concurrency.to_string(), "-q"]);
        command
            .args(["--strategy", phase.strategy])
            .args(phase.flags)
            .env("TWILIO_ACCOUNT_SID", ACCOUNT)
            .env("TWILIO_AUTH_TOKEN", SECRET);
        if let Some(Kill::At(step, passing)) = kill {
            command.env("VERIFY_ROLLUP_CRASH", format!("{step}:{passing}"));
        }
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        if let Some(&Kill::After(delay)) = kill {
            std::thread::sleep(delay);
            child.kill().unwrap();
        }
        let output = child.wait_with_output().unwrap();
        let said = support::stderr(&output);
        assert!(matches!(output.status.code(), None | Some(0)), "{kill:?}: {:?}\n{said}", output.status);
        assert!(!said.contains("panicked") && !said.contains(SECRET), "{said}");
        output.status
    }

    fn compare(&mut self, phase: &Phase) {
        support::assert_same(&support::csv_table(&self.dataset), phase.truth, "CSV and the truth");
        support::assert_same(&support::parquet_table(&self.dataset), phase.truth, "Parquet and the truth");
        let files = published(&self.dataset);
        let mut expected: BTreeSet<_> = files.keys().map(|name| self.dataset.join(name)).collect();
        expected.extend(["_manifest.json", ".lock"].map(|name| self.dataset.join(name)));
        let found: BTreeSet<_> = support::files(&self.workspace.path("output")).into_iter().collect();
        assert_eq!(found, expected, "leftovers among the output");
        assert!(!self.dataset.join(".staging").exists(), "the staging folder stayed");
        for path in support::files(&self.workspace.path("state")) {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            // SQLite's side files go with the last connection, so only a killed process leaves them.
            let known = name.starts_with("ledger.sqlite") || name.starts_with("bucket-") || name == "holder";
            assert!(known, "{name} stayed in the state directory");
        }
        self.contents.extend(files);
    }

    /// Ends the reading. Whatever was read is what a finished phase published.
    pub fn finish(self) -> (Struck, u32) {
        let seen = self.reader.finish();
        let strange: Vec<_> = seen.contents.difference(&self.contents).collect();
        assert!(strange.is_empty(), "a reader saw files that nobody published whole: {strange:#?}");
        assert!(seen.consistent > 0 && seen.looks >= seen.consistent, "{seen:?}");
        (self.struck, self.kills)
    }
}

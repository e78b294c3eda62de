//! The binary as a user runs it, from its start to its end or to a kill at a request.

use std::fs::File;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::api::Api;
use crate::case::Act;
use crate::job::time;
use crate::support::{Workspace, secrets};

/// Two milliseconds each.
const LONGEST: usize = 30_000;

/// How a life ended.
#[derive(Debug, Clone, Default)]
pub struct End {
    /// `None` = killed.
    pub code: Option<i32>,
    /// `Null` where nothing was printed.
    pub said: Value,
    pub stderr: String,
}

impl End {
    /// Everything that was told to people.
    pub fn told(&self) -> String {
        format!("{} {} {}", self.said["warnings"], self.said["unproven"], self.stderr)
    }

    /// The filters whose proof is missing.
    pub fn unproven(&self) -> Vec<&str> {
        let list = self.said["unproven"].as_array().map_or(&[][..], Vec::as_slice);
        list.iter().filter_map(|entry| entry["filter"].as_str()).collect()
    }

    pub fn has_doubts(&self) -> bool {
        !self.unproven().is_empty() || self.said["warnings"].as_array().is_some_and(|list| !list.is_empty())
    }

    pub fn number(&self, field: &str) -> u64 {
        self.said[field].as_u64().unwrap_or(0)
    }
}

/// One life of `run` in an act, against the API as it stands.
pub fn live(place: &Workspace, api: &Api, act: &Act, arguments: &[&str]) -> End {
    let Act { job, as_of, without, .. } = act;
    let path = place.job("doubtful.toml", &job.text());
    let mut command = place.run_at(&path, &api.url);
    command.args(["--json", "-q"]).args(arguments);
    if let Some(rule) = without {
        command.env("VERIFY_ROLLUP_WITHOUT", format!("{rule:?}"));
    }
    if let Some(as_of) = as_of {
        command.args(["--as-of", &time(*as_of)]);
    }
    let (out, err) = (place.path("stdout"), place.path("stderr"));
    command.stdout(File::create(&out).expect("a file")).stderr(File::create(&err).expect("a file"));
    let mut child = command.spawn().expect("the binary starts");
    let mut status = None;
    for _ in 0..LONGEST {
        status = child.try_wait().expect("a child to ask about");
        if status.is_some() || api.is_struck() {
            break;
        }
        thread::sleep(Duration::from_millis(2));
    }
    if status.is_none() {
        child.kill().expect("a child to kill");
        let ended = child.wait().expect("a child to wait for");
        assert!(api.is_struck(), "the run had not ended after a minute ({ended})\n{}", job.text());
    }
    let read = |path| std::fs::read_to_string(path).expect("text");
    let (said, stderr) = (read(&out), read(&err));
    secrets::assert_absent(said.as_bytes(), "stdout");
    secrets::assert_absent(stderr.as_bytes(), "stderr");
    assert!(!stderr.contains("panicked"), "{stderr}");
    End { code: status.and_then(|it| it.code()), said: serde_json::from_str(&said).unwrap_or(Value::Null), stderr }
}

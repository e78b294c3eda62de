//! What is being done when the crash comes.

use crate::chain::Phase;
use crate::support::{Simulated, Table, finish, table, verify_rollup};

/// The window range, partition and limit vary.
pub fn job(start: &str, end: &str, partition: &str) -> String {
    format!(
        r#"
name = "crash"
[source]
retention = "none"
[windows]
start = "{start}"
end = "{end}"
[matrix]
countries = ["US", "CO", "DE"]
channels = ["sms", "whatsapp", "email"]
[limits]
requests_per_minute = 5000
[output]
formats = ["csv", "parquet"]
partition = "{partition}"
"#
    )
}

/// A first phase, and what may come after it.
pub struct Scenario<'a> {
    pub first: Phase<'a>,
    pub then: Option<Phase<'a>>,
}

/// Two accounts whose numbers differ, and jobs with the truth about them.
pub struct Servers {
    one: Simulated,
    other: Simulated,
    months: String,
    days: String,
    whole: String,
    truths: [Table; 4],
}

/// Its last windows are not settled at this time, though their numbers no longer change.
const AS_OF: &str = "2026-10-06T00:00:00Z";

fn truth(job: &str, seed: &str, as_of: &[&str]) -> Table {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crash.toml");
    std::fs::write(&path, job).unwrap();
    let mut command = verify_rollup();
    command.args(["simulate", "--seed", seed, "--truth"]).arg(path).args(as_of);
    table(&finish(&mut command, 0).stdout)
}

impl Servers {
    pub fn start() -> Self {
        let flags = ["--requests-per-minute", "0", "--latency", "2ms-6ms"];
        let months = job("2026-09-27", "2026-10-04", "month");
        let days = job("2026-09-27", "2026-10-12", "day");
        let whole = job("2026-09-28", "2026-10-06", "none");
        let truths = [
            truth(&months, "0", &[]),
            truth(&months, "1", &[]),
            truth(&days, "0", &[]),
            truth(&whole, "0", &["--as-of", AS_OF]),
        ];
        Self {
            one: Simulated::start(&flags),
            other: Simulated::start(&[&flags[..], &["--seed", "1"]].concat()),
            months,
            days,
            whole,
            truths,
        }
    }

    fn monthly(&self, strategy: &'static str) -> Phase<'_> {
        let truth = &self.truths[0];
        Phase { job: &self.months, flags: &[], server: &self.one, truth, concurrency: 4, strategy }
    }

    /// Four data files where there were none.
    pub fn first_publication(&self, strategy: &'static str) -> Scenario<'_> {
        Scenario { first: self.monthly(strategy), then: None }
    }

    /// Other numbers in the same files.
    pub fn refreshed(&self, strategy: &'static str) -> Scenario<'_> {
        let then =
            Phase { flags: &["--refresh"], server: &self.other, truth: &self.truths[1], ..self.monthly(strategy) };
        Scenario { first: self.monthly(strategy), then: Some(then) }
    }

    /// More windows, and thirty files in place of four.
    pub fn by_day_and_longer(&self, strategy: &'static str) -> Scenario<'_> {
        let then = Phase { job: &self.days, truth: &self.truths[2], concurrency: 7, ..self.monthly(strategy) };
        Scenario { first: self.monthly(strategy), then: Some(then) }
    }

    /// The totals of windows that are not settled are asked before and after their parts.
    pub fn provisional(&self, strategy: &'static str) -> Scenario<'_> {
        let flags = &["--as-of", AS_OF];
        let first = Phase { job: &self.whole, flags, truth: &self.truths[3], concurrency: 8, ..self.monthly(strategy) };
        Scenario { first, then: None }
    }
}

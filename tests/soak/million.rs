//! A million requests with the real binary over real HTTP: memory and file handles stay flat while asking.

use std::process::Stdio;
use std::time::Duration;

use verify_rollup::model::Country;

use crate::process::{MIB, Sample, least, most, sample};
use crate::support::{Simulated, Workspace, stderr};

const COUNTRIES: usize = 102;
const CHANNELS: u64 = 5;
const CONCURRENCY: u64 = 64;

/// What the planner keeps of a cell; it is taken from the system as cells are learnt.
const BYTES_PER_CELL: u64 = 25;

#[test]
fn a_million_requests_in_flat_memory() {
    let windows = crate::size("VERIFY_ROLLUP_SOAK_WINDOWS", 1976);
    let cells = windows * COUNTRIES as u64 * CHANNELS;
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    let job = workspace.job("million.toml", &job(windows));
    let mut command = workspace.run(&job, &server);
    let child = command.args(["--json", "-q"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = child.id();
    let sampling = std::thread::spawn({
        let (staging, wal) = (workspace.path("output/million/.staging"), workspace.path("state/ledger.sqlite-wal"));
        move || {
            let (mut asking, mut publishing, mut longest_log) = (Vec::new(), Vec::new(), 0);
            while let Some(now) = sample(pid) {
                if staging.exists() {
                    publishing.push(now)
                } else {
                    asking.push(now)
                }
                longest_log = wal.metadata().map_or(0, |log| log.len()).max(longest_log);
                std::thread::sleep(Duration::from_millis(200));
            }
            (asking, publishing, longest_log)
        }
    });
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let (asking, publishing, longest_log) = sampling.join().unwrap();
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["status"], "complete");
    assert_eq!(said["cells"], cells);
    assert_eq!(said["requests"]["retries"], 0);

    // The first tenth is for connections, caches and the first pages of the table; the last sample may be of a process
    // that is about to publish.
    assert!(asking.len() >= 20, "only {} samples", asking.len());
    let flat = &asking[asking.len() / 10..asking.len() - 1];
    let resident = |sample: &Sample| sample.resident;
    let handles = |sample: &Sample| sample.handles;
    let growth = most(flat, resident) - flat[0].resident;
    let all: Vec<_> = asking.iter().chain(&publishing).copied().collect();
    println!(
        "{} requests for {cells} cells in {:.0} s: {} MiB after warm-up, {} MiB more while asking, {} MiB at most, {} \
         to {} handles while asking, {} at most, write-ahead log of {} MiB at most",
        said["requests"]["sent"],
        said["elapsed_seconds"].as_f64().unwrap(),
        flat[0].resident / MIB,
        growth / MIB,
        most(&all, resident) / MIB,
        least(flat, handles),
        most(flat, handles),
        most(&all, handles),
        longest_log / MIB,
    );
    // A smaller trial ends before caches are full.
    assert!(growth <= (BYTES_PER_CELL * cells).max(16 * MIB), "{growth} bytes more");
    assert!(most(&all, resident) <= 2 * BYTES_PER_CELL * cells + 64 * MIB, "{} bytes", most(&all, resident));
    assert!(most(flat, handles) <= CONCURRENCY + 24, "{} handles", most(flat, handles));
    assert!(most(&all, handles) <= CONCURRENCY + 24, "{} handles", most(&all, handles));
    assert!(longest_log <= 16 * MIB, "{longest_log} bytes of write-ahead log");
}

fn job(windows: u64) -> String {
    let countries: Vec<_> = Country::all().take(COUNTRIES).map(|country| country.to_string()).collect();
    let end = chrono::DateTime::from_timestamp(1_785_542_400 + 3600 * i64::try_from(windows).unwrap(), 0).unwrap();
    format!(
        r#"
name = "million"
[source]
retention = "none"
[windows]
start = "2026-08-01"
end = "{}"
every = "hour"
[matrix]
countries = {countries:?}
channels = "all"
[limits]
requests_per_minute = 0
concurrency = {CONCURRENCY}
[plan]
strategy = "exhaustive"
"#,
        end.format("%Y-%m-%dT%H:%M:%SZ")
    )
}

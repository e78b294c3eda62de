//! A crash anywhere: the real program is killed at every named step of ledger and publication and at random instants,
//! started again until it is done, and compared with the truth, with what was asked, and with what readers saw.
//!
//! `VERIFY_ROLLUP_KILLS` says how many kills at random instants there are; `make soak` asks for thousands.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod chain;
mod durable;
mod proxy;
mod reader;
mod scenarios;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chain::{Chain, Kill, Struck};
use scenarios::{Scenario, Servers};

/// Kills at random instants without `VERIFY_ROLLUP_KILLS`.
const RANDOM_KILLS: u32 = 160;

/// Every scenario is played by both.
const STRATEGIES: [&str; 2] = ["exhaustive", "drill-down"];

/// Passed once in a life.
const OPENING: [&str; 3] = ["ledger-created", "run-entered", "run-opened"];
/// Passed with every group of answers.
const ASKING: [&str; 4] = ["batch-begun", "batch-inserted", "batch-committed", "batch-reported"];
/// Passed with every file.
const PUBLISHING: [&str; 4] = ["staged", "sealed", "renamed", "folder-synced"];

/// Steps that a life passes once are met again in the next life; the others at several passings. The last of `files`
/// files is the manifest: once it has its name nothing is left to publish.
fn every_step(files: u32, before_the_manifest: &[Kill]) -> Vec<Kill> {
    let mut kills = Vec::new();
    kills.extend([1, 1, 1].iter().flat_map(|&passing| OPENING.map(|step| Kill::At(step, passing))));
    kills.extend([1, 2, 5].iter().flat_map(|&passing| ASKING.map(|step| Kill::At(step, passing))));
    let passings = BTreeSet::from([1, 2, files.div_ceil(2), files - 1]);
    kills.extend(passings.into_iter().flat_map(|passing| PUBLISHING.map(|step| Kill::At(step, passing))));
    kills.extend(before_the_manifest);
    kills.extend(["staged", "sealed", "renamed"].map(|step| Kill::At(step, files)));
    kills
}

/// Fails unless each of these kills struck.
fn assert_struck(struck: &Struck, kills: &[Kill]) {
    for kill in kills {
        let &Kill::At(step, passing) = kill else { continue };
        assert!(struck.contains_key(&(step, passing)), "{step}:{passing} never struck: {struck:?}");
    }
}

fn kill_at_every_step(scenario: &Scenario, files: u32, before_the_manifest: &[Kill]) {
    let mut kills = every_step(files, before_the_manifest);
    kills.push(Kill::At("run-ended", 1));
    kill_at(scenario, &kills);
    kill_at(scenario, &[Kill::At("folder-synced", files)]);
}

/// The first phase of two is undisturbed.
fn kill_at(scenario: &Scenario, kills: &[Kill]) {
    let mut chain = Chain::new(scenario.first.server);
    chain.run(&scenario.first, if scenario.then.is_none() { kills } else { &[] });
    if let Some(then) = &scenario.then {
        chain.run(then, kills);
    }
    let (struck, count) = chain.finish();
    assert_struck(&struck, kills);
    assert_eq!(count as usize, kills.len());
}

#[test]
fn an_unknown_fail_point_is_a_usage_error() {
    let workspace = support::Workspace::new();
    let job = workspace.job("crash.toml", &scenarios::job("2026-10-01", "2026-10-02", "none"));
    let server = support::Simulated::unlimited();
    for text in ["sealed", "sealed:0", "nowhere:1"] {
        let refused = support::finish(workspace.run(&job, &server).env("VERIFY_ROLLUP_CRASH", text), 2);
        let said = support::stderr(&refused);
        assert!(said.contains(text) && said.contains("folder-synced"), "{said}");
    }
}

#[test]
fn at_every_step_of_a_first_publication() {
    let servers = Servers::start();
    for strategy in STRATEGIES {
        kill_at_every_step(&servers.first_publication(strategy), 5, &[]);
    }
}

#[test]
fn at_every_step_of_a_publication_that_replaces_every_file() {
    let servers = Servers::start();
    for strategy in STRATEGIES {
        kill_at_every_step(&servers.refreshed(strategy), 5, &[]);
    }
}

#[test]
fn at_every_step_of_a_publication_by_another_partition() {
    let servers = Servers::start();
    // The next life has one folder left to exchange, and the one after it none.
    let exchanges = [1, 1].map(|passing| Kill::At("exchanged", passing));
    // Lives that exchange both come to the manifest with the old folders still there, and remove them in the end.
    let with_both = [("exchanged", 2), ("staged", 31), ("sealed", 31), ("renamed", 31), ("removed", 1), ("removed", 2)];
    for strategy in STRATEGIES {
        let scenario = servers.by_day_and_longer(strategy);
        kill_at_every_step(&scenario, 31, &exchanges);
        for (step, passing) in with_both {
            kill_at(&scenario, &[Kill::At(step, passing)]);
        }
    }
}

#[test]
fn at_every_step_of_provisional_windows_in_one_file() {
    let servers = Servers::start();
    for strategy in STRATEGIES {
        kill_at_every_step(&servers.provisional(strategy), 3, &[]);
    }
}

/// Chains of a scenario, by both strategies side by side, until enough kills have struck.
fn kill_at_random<'a>(scenario: impl Fn(&'static str) -> Scenario<'a>, seed: u64) {
    let wanted = std::env::var("VERIFY_ROLLUP_KILLS").map_or(RANDOM_KILLS, |text| text.parse().unwrap()) / 4;
    let kills = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for (worker, strategy) in (0..).zip(STRATEGIES) {
            let (kills, scenario) = (&kills, scenario(strategy));
            let mut random = fastrand::Rng::with_seed(2 * seed + worker);
            scope.spawn(move || {
                while kills.load(Ordering::Relaxed) < wanted {
                    let mut chain = Chain::new(scenario.first.server);
                    // From before the first line of `main` to after the end of an undisturbed life.
                    let mut instants = |number| -> Vec<_> {
                        (0..number).map(|_| Kill::After(Duration::from_micros(random.u64(0..350_000)))).collect()
                    };
                    if let Some(then) = &scenario.then {
                        chain.run(&scenario.first, &instants(1));
                        chain.run(then, &instants(9));
                    } else {
                        chain.run(&scenario.first, &instants(10));
                    }
                    kills.fetch_add(chain.finish().1, Ordering::Relaxed);
                }
            });
        }
    });
    println!("{} kills at random instants", kills.into_inner());
}

#[test]
fn at_random_instants_of_a_first_publication() {
    let servers = Servers::start();
    kill_at_random(|strategy| servers.first_publication(strategy), 1);
}

#[test]
fn at_random_instants_of_a_publication_that_replaces_every_file() {
    let servers = Servers::start();
    kill_at_random(|strategy| servers.refreshed(strategy), 2);
}

#[test]
fn at_random_instants_of_a_publication_by_another_partition() {
    let servers = Servers::start();
    kill_at_random(|strategy| servers.by_day_and_longer(strategy), 3);
}

#[test]
fn at_random_instants_of_provisional_windows_in_one_file() {
    let servers = Servers::start();
    kill_at_random(|strategy| servers.provisional(strategy), 4);
}

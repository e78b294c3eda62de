//! Random liars against random jobs, and honest accounts of random oddness.
//!
//! `VERIFY_ROLLUP_LIARS` says how many of each; `VERIFY_ROLLUP_LIAR_SEED` plays one again, which is exact where the
//! case asks one request at a time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use fastrand::Rng;
use verify_rollup::planner::Rule;

use crate::case::Case;
use crate::proof::STRATEGIES;
use crate::roll::{honest, liar};

/// Without `VERIFY_ROLLUP_LIARS`.
const USUAL: u64 = 300;

/// More would hide the first.
const MOST_SHOWN: usize = 12;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

/// What a seed plays, without one of the rules, and what is wrong with it.
pub fn play(seed: u64, without: Option<Rule>, roll: impl Fn(&mut Rng) -> (Case, Option<u32>)) -> (Case, Vec<String>) {
    let mut random = Rng::with_seed(seed);
    let (mut case, kill) = roll(&mut random);
    if let Some(rule) = without {
        case = case.without(rule);
    }
    let strategy = STRATEGIES[random.usize(0..2)];
    let mut complaints = Vec::new();
    case.play(strategy, 0, kill, &mut complaints);
    if complaints.is_empty() && !case.acts[0].lies.is_empty() && random.bool() {
        case.clone().recovered().play(strategy, 0, None, &mut complaints);
    }
    (case, complaints)
}

/// Plays them in two threads and tells which seeds fail.
fn play_all(roll: impl Fn(&mut Rng) -> (Case, Option<u32>) + Sync) {
    let single = number("VERIFY_ROLLUP_LIAR_SEED");
    let end = single.map_or_else(|| number("VERIFY_ROLLUP_LIARS").unwrap_or(USUAL), |seed| seed + 1);
    let next = AtomicU64::new(single.unwrap_or(0));
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    let (case, complaints) = play(seed, None, &roll);
                    if !complaints.is_empty() {
                        let act = &case.acts[0];
                        let text = format!(
                            "seed {seed}: {:?}, {} attempts, {:?}, as of {:?}\n{}\n{}",
                            act.lies,
                            act.world.attempts.len(),
                            act.arguments,
                            act.as_of.map(crate::job::time),
                            if single.is_some() { act.job.text() } else { String::new() },
                            complaints.join("\n")
                        );
                        failures.lock().unwrap().push((seed, text));
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    let seeds: Vec<u64> = failures.iter().map(|(seed, _)| *seed).collect();
    let shown: Vec<String> = failures.into_iter().take(MOST_SHOWN).map(|(_, text)| text).collect();
    assert!(seeds.is_empty(), "{} of {end} fail, seeds {seeds:?}\n{}", seeds.len(), shown.join("\n"));
}

#[test]
fn random_liars() {
    play_all(liar);
}

#[test]
fn random_honest_accounts() {
    play_all(|random| (honest(random), (random.u8(0..3) == 0).then(|| random.u32(1..40))));
}

//! Drives a plan to its end against a world, and holds its table against the truth.

use std::time::Duration;

use verify_rollup::clock::{Clock, SystemClock};
use verify_rollup::model::{Answer, AnswerSource, Cell, Country, Outcome, Proof, Slice, UnixMicros};
use verify_rollup::planner::{Conclusion, Memory, Next, Plan, Planner, Search, Strategy, Verdict};

use super::World;

/// How many requests a strategy sends, and what planning them took.
pub fn requests(world: &World, strategy: Strategy) -> (u64, Duration) {
    let began = SystemClock.monotonic();
    let (sent, conclusion) = drive(world, world.plan(strategy));
    let took = SystemClock.monotonic().saturating_sub(began);
    check(world, &conclusion);
    (sent, took)
}

/// How many requests a strategy sends where an earlier run of the same day saw how the account behaves: a daily morning.
pub fn requests_knowing(world: &World, strategy: Strategy) -> u64 {
    let (_, first) = drive(world, world.plan(strategy));
    let memory = Memory { notes: first.notes, has_attempts_inside: false, has_attempts_before: true };
    let (sent, conclusion) = drive(world, world.plan(strategy).remembering(memory));
    check(world, &conclusion);
    sent
}

/// How many requests the drill-down sends without one of its searches.
pub fn requests_without(world: &World, search: Search) -> u64 {
    let (sent, conclusion) = drive(world, world.plan(Strategy::DrillDown).without(search));
    check(world, &conclusion);
    sent
}

fn drive(world: &World, mut plan: Plan) -> (u64, Conclusion) {
    let mut sent = 0;
    let mut waiting = Vec::new();
    loop {
        match plan.next() {
            Next::Ask(question) if !question.reuse.may_ask() => {
                plan.learn(&question, Outcome::NotRecorded);
            }
            Next::Ask(question) => waiting.push(question),
            Next::Wait => {
                for question in waiting.drain(..) {
                    sent += 1;
                    let answer = Answer {
                        counts: world.count(&question.slice),
                        asked_at: UnixMicros(world.as_of.0 * 1_000_000),
                        as_of: world.as_of,
                        source: AnswerSource::ThisRun,
                        server_at: None,
                        proof: Proof::Unproved,
                    };
                    plan.learn(&question, Outcome::Answered(answer));
                }
            }
            Next::Done => return (sent, plan.conclude()),
        }
    }
}

/// The table is the truth.
fn check(world: &World, conclusion: &Conclusion) {
    assert!(conclusion.verdicts.iter().all(|verdict| *verdict == Verdict::Complete));
    for window in 0..world.matrix.windows().len() {
        for finding in conclusion.findings(window).filter(|finding| finding.cell.country != Some(Country::REMAINDER)) {
            let Cell { window: range, service, country, channel, prefix } = finding.cell;
            let slice = Slice { range, service, country, channel, prefix };
            assert_eq!(finding.counts, world.count(&slice), "{slice}");
        }
    }
}

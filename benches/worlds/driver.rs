//! Drives a plan to its end against a world, and holds its table against the truth.

use std::collections::HashSet;
use std::time::Duration;

use verify_rollup::clock::{Clock, SystemClock};
use verify_rollup::model::{
    Answer, AnswerSource, Cell, Channel, Country, Counts, ListOutcome, Outcome, Proof, Reuse, Slice, Strategy, Tally,
    UnixMicros,
};
use verify_rollup::planner::{Conclusion, Memory, Next, Plan, Planner, Search, Verdict};

use super::World;

/// How many requests a strategy sends, and what planning them took.
pub fn requests(world: &World, strategy: Strategy) -> (u64, Duration) {
    let began = SystemClock.monotonic();
    let mut api = Api::new(world);
    let conclusion = api.drive(world.plan(strategy));
    let took = SystemClock.monotonic().saturating_sub(began);
    check(world, &conclusion);
    (api.sent, took)
}

/// How many requests a strategy sends where an earlier run saw how the account behaves, and the same day before it had
/// settled: a daily morning.
pub fn requests_knowing(world: &World, strategy: Strategy) -> u64 {
    let mut yesterday = Api::new(world);
    let first = yesterday.drive(world.plan(Strategy::Exhaustive));
    let memory =
        Memory { notes: first.notes, has_attempts_inside: false, has_attempts_before: true, ..Memory::default() };
    let mut today = Api { earlier: yesterday.asked, ..Api::new(world) };
    let conclusion = today.drive(world.plan(strategy).remembering(memory));
    check(world, &conclusion);
    today.sent
}

/// How many requests a plan sends that may read pages, and how many of them are pages.
pub fn requests_listing(world: &World) -> (u64, u64) {
    let mut api = Api::new(world);
    let conclusion = api.drive(world.listing_plan());
    check(world, &conclusion);
    assert_eq!(conclusion.listed_differences, []);
    (api.sent, api.pages)
}

/// The same where the list lacks a channel.
pub fn requests_listing_without(world: &World, channel: Channel) -> u64 {
    let mut api = Api { lacks: Some(channel), ..Api::new(world) };
    let conclusion = api.drive(world.listing_plan());
    check(world, &conclusion);
    api.sent
}

/// How many requests the drill-down sends without one of its searches.
pub fn requests_without(world: &World, search: Search) -> u64 {
    let mut api = Api::new(world);
    let conclusion = api.drive(world.plan(Strategy::DrillDown).without(search));
    check(world, &conclusion);
    api.sent
}

/// An honest API, and a ledger of what was asked before.
struct Api<'a> {
    world: &'a World,
    sent: u64,
    pages: u64,
    /// A channel that the list does not have.
    lacks: Option<Channel>,
    asked: HashSet<Slice>,
    /// What an earlier run asked while it had not settled.
    earlier: HashSet<Slice>,
}

impl<'a> Api<'a> {
    fn new(world: &'a World) -> Self {
        Self { world, sent: 0, pages: 0, lacks: None, asked: HashSet::new(), earlier: HashSet::new() }
    }

    fn drive(&mut self, mut plan: Plan) -> Conclusion {
        let mut waiting = Vec::new();
        loop {
            match plan.next() {
                Next::Ask(question) if !question.reuse.may_ask() => {
                    let is_recorded = question.reuse == Reuse::AnyAgeOnly && self.earlier.contains(&question.slice);
                    let outcome = if is_recorded {
                        Outcome::Answered(self.answer(&question.slice, AnswerSource::EarlierRun))
                    } else {
                        Outcome::NotRecorded
                    };
                    plan.learn(&question, outcome);
                }
                Next::Ask(question) => waiting.push(question),
                Next::List(segment) if !segment.reuse.may_ask() => {
                    plan.learn_listed(&segment, ListOutcome::NotRecorded);
                }
                Next::List(segment) => {
                    let mut rows = self.world.tally(segment.range);
                    rows.retain(|row| self.lacks.is_none() || row.channel != self.lacks);
                    let counts = rows.iter().fold(Counts::ZERO, |sum, row| sum.checked_add(row.counts).unwrap());
                    let pages = u64::try_from(counts.attempts()).unwrap() / 1000 + 1;
                    self.sent += pages;
                    self.pages += pages;
                    let answer = self.answer(&Slice::whole(segment.range), AnswerSource::ThisRun);
                    plan.learn_listed(
                        &segment,
                        ListOutcome::Listed(Tally { rows, answer: Answer { counts, ..answer } }),
                    );
                }
                Next::Wait => {
                    for question in waiting.drain(..) {
                        self.sent += 1;
                        self.asked.insert(question.slice);
                        plan.learn(&question, Outcome::Answered(self.answer(&question.slice, AnswerSource::ThisRun)));
                    }
                }
                Next::Done => return plan.conclude(),
            }
        }
    }

    fn answer(&self, slice: &Slice, source: AnswerSource) -> Answer {
        let as_of = self.world.as_of;
        Answer {
            counts: self.world.count(slice),
            asked_at: UnixMicros(as_of.0 * 1_000_000),
            as_of,
            source,
            server_at: None,
            proof: Proof::Unproved,
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

//! `plan JOB`: what `run` would ask, how long it would take, and what the ledger answers already. It asks nothing and
//! leaves nothing behind.
//!
//! Both strategies are shown. What `exhaustive` asks is known; what `drill-down` asks depends on the answers, so that
//! it is estimated from the attempts that the ledger knows of, and where it knows none from a range of assumptions.

mod expect;

use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::ops::Range;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::args::JobArgs;
use super::check::whom;
use super::exit::{CommandError, Exit};
use super::hooks::hooks;
use super::load::Loaded;
use super::output::{print_json, say};
use crate::clock::{Clock, SystemClock};
use crate::job::Limits;
use crate::ledger::FindAnswer;
use crate::model::{Matrix, Question, Reuse, Strategy, UnixSeconds};
use crate::pipeline::{Foreseen, look, read_ledger, terms};
use crate::planner::{Outline, Plan};
use crate::progress::human;

#[derive(Serialize)]
struct PlanRecord {
    job: String,
    strategy: &'static str,
    windows: usize,
    cells: usize,
    requests_max: u64,
    requests_min: u64,
    answered_from_ledger: u64,
    seconds_at_limit: f64,
    done_at: String,
    estimates: [Estimate; 2],
}

/// What a strategy is expected to need.
#[derive(Serialize)]
struct Estimate {
    strategy: &'static str,
    requests: u64,
    /// The same for few attempts and for many; all three agree where attempts are known or don't matter.
    requests_from: u64,
    requests_to: u64,
    seconds: f64,
    done_at: String,
    grounds: String,
}

/// Prints the plan of a job.
pub fn plan(arguments: &JobArgs) -> Result<Exit, CommandError> {
    let now = SystemClock.now();
    let Loaded { order, .. } = Loaded::new(arguments)?;
    look(&order.state_dir, hooks()?.machine)?;
    let (mut ledger, as_of) = read_ledger(&order, now)?;
    let matrix = order.job.matrix(as_of).map_err(CommandError::usage)?;
    let terms = terms(&order, as_of.min(UnixSeconds::from(now)), UnixSeconds::from(now));
    if let Some(range) = matrix.range() {
        ledger.recall_around(range);
    }
    let mut ledger = Foreseen::new(&order, ledger, &matrix)?;
    let outline = Plan::outline(&matrix, &terms);
    let count = Count::new(&outline, &matrix, &mut ledger)?;
    let forecast = expect::forecast(&order.job, &matrix, as_of, &count.runs, &mut ledger)?;
    let drilled = count.drilled(&outline, forecast.questions);
    let all = count.exhaustive(outline.more());
    let (least, most) = match order.job.strategy {
        Strategy::Exhaustive => all,
        Strategy::DrillDown => (drilled.least, drilled.most),
    };
    let limits = &order.job.limits;
    let estimate = |strategy: Strategy, requests: [u64; 3], grounds: String| {
        let [requests_from, requests, requests_to] = requests;
        let time = time_at_limit(requests, limits);
        let (strategy, seconds, done_at) = (strategy.word(), time.as_secs_f64(), done_at(now, time));
        Estimate { strategy, requests, requests_from, requests_to, seconds, done_at, grounds }
    };
    let time = time_at_limit(most, limits);
    let plan = PlanRecord {
        job: order.job.name.to_string(),
        strategy: order.job.strategy.word(),
        windows: matrix.windows().len(),
        cells: matrix.cells(),
        requests_max: most,
        requests_min: least,
        answered_from_ledger: count.answered,
        seconds_at_limit: time.as_secs_f64(),
        done_at: done_at(now, time),
        estimates: [
            estimate(
                Strategy::Exhaustive,
                [count.open(); 3],
                "counted: every cell and total that the ledger does not answer".to_owned(),
            ),
            estimate(Strategy::DrillDown, drilled.expected, forecast.grounds),
        ],
    };
    if arguments.json {
        let text = serde_json::to_string_pretty(&plan).map_err(CommandError::failed)?;
        return print_json(&format!("{text}\n"));
    }
    let range = matrix.range().map_or_else(|| "none".to_owned(), |range| range.to_string());
    say(&describe(&plan, &whom(&order.job.source.endpoint), &range, time))
}

/// What is looked for in the ledger on ground that may have expired.
fn recall(question: Question) -> Question {
    match question.reuse {
        Reuse::Settled => Question { reuse: Reuse::SettledOnly, ..question },
        _ => question,
    }
}

/// The questions that the ledger does not answer.
struct Count {
    sure: u64,
    possible: u64,
    answered: u64,
    /// Of each window, its cells and totals.
    of_window: Vec<u64>,
    /// Totals of the range in all channels, and by channel.
    of_range: (u64, u64),
    /// Runs of settled windows that are open.
    runs: Vec<Range<usize>>,
}

/// What a drill-down needs.
struct Drilled {
    least: u64,
    most: u64,
    /// For few attempts, for what is expected, and for many.
    expected: [u64; 3],
}

impl Count {
    fn new(outline: &Outline, matrix: &Matrix, ledger: &mut impl FindAnswer) -> Result<Self, CommandError> {
        let mut count = Self {
            sure: 0,
            possible: 0,
            answered: 0,
            of_window: vec![0; matrix.windows().len()],
            of_range: (0, 0),
            runs: Vec::new(),
        };
        let possible = outline.possible().map(|question| (recall(question), Sureness::Possible));
        for (question, sureness) in outline.sure().map(|question| (question, Sureness::Sure)).chain(possible) {
            if ledger.find(&question).map_err(|error| CommandError::caused(&error))?.is_some() {
                count.answered += 1;
                continue;
            }
            match sureness {
                Sureness::Sure => count.sure += 1,
                Sureness::Possible => count.possible += 1,
            }
            match outline.window_of(&question) {
                Some(window) => count.of_window[window] += 1,
                None if question.slice.channel.is_none() => count.of_range.0 += 1,
                None => count.of_range.1 += 1,
            }
        }
        let is_open = |window: &usize| count.of_window[*window] > 0;
        for window in (0..outline.settled_windows()).filter(is_open) {
            match count.runs.last_mut() {
                Some(run) if run.end == window => run.end += 1,
                _ => count.runs.push(window..window + 1),
            }
        }
        Ok(count)
    }

    const fn open(&self) -> u64 {
        self.sure + self.possible
    }

    /// The least and the most.
    const fn exhaustive(&self, more: u64) -> (u64, u64) {
        (self.sure, if self.open() == 0 { 0 } else { self.open() + more })
    }

    /// The open cells and totals of the runs' windows.
    fn in_runs(&self) -> u64 {
        self.runs.iter().flat_map(Clone::clone).map(|window| self.of_window[window]).sum()
    }

    /// A run is never expected to cost more than its cells and totals. Growing windows are counted cell by cell.
    fn drilled(&self, outline: &Outline, expected: [u64; 3]) -> Drilled {
        let in_runs = self.in_runs();
        let besides = self.open() - in_runs;
        // Where nothing is found in all channels, nothing else of the range is asked; nothing of it where a shorter
        // prefix has nothing.
        let range = match self.of_range {
            (groups, lanes) if outline.seeks_prefixes() => groups + lanes,
            (0, _) => 0,
            (_, lanes) => lanes,
        };
        let eased = outline.eased_windows();
        let easy: u64 = self.of_window[eased.clone()].iter().sum();
        let least = if self.possible > 0 { 0 } else { besides.saturating_sub(range + easy) };
        let windows: usize = self.runs.iter().map(ExactSizeIterator::len).sum();
        // Each growing window is a block of its own.
        let vain = outline.vain(windows + eased.len(), self.runs.len() + eased.len());
        let most = if self.open() == 0 { 0 } else { self.open() + vain + outline.more() };
        Drilled { least, most, expected: expected.map(|questions| besides + questions.min(in_runs)) }
    }
}

#[derive(Clone, Copy)]
enum Sureness {
    Sure,
    Possible,
}

/// With a full bucket: the first `burst` requests go at once, the others as tokens come back.
fn time_at_limit(requests: u64, limits: &Limits) -> Duration {
    let Some(limit) = limits.requests_per_minute.map(NonZeroU32::get) else { return Duration::ZERO };
    let burst = limits.burst.map_or(limit, NonZeroU32::get);
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let waiting = requests.saturating_sub(u64::from(burst)) as f64;
    Duration::from_secs_f64(waiting * 60.0 / f64::from(limit))
}

fn done_at(now: DateTime<Utc>, time: Duration) -> String {
    let end = chrono::Duration::from_std(time).ok().and_then(|time| now.checked_add_signed(time)).unwrap_or(now);
    end.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn describe(plan: &PlanRecord, asks: &str, range: &str, time: Duration) -> String {
    let requests = match (plan.requests_min, plan.requests_max) {
        (least, most) if least == most => most.to_string(),
        (least, most) => format!("{least} to {most}"),
    };
    let mut text = format!(
        "  job        {}\n  asks       {asks}\n  range      {range}\n  windows    {}\n  cells      {}\n  strategy   {}\n  \
         requests   {requests} ({} more are answered by the ledger)\n  time       {} at the limit, done at {}\n",
        plan.job,
        plan.windows,
        plan.cells,
        plan.strategy,
        plan.answered_from_ledger,
        human(time),
        plan.done_at
    );
    for estimate in &plan.estimates {
        let span = match (estimate.requests_from, estimate.requests_to) {
            (few, many) if few == many => String::new(),
            (few, many) => format!(" ({few} to {many})"),
        };
        let _ = writeln!(
            text,
            "  {:<10} {} requests{span}, {}; {}",
            estimate.strategy,
            estimate.requests,
            human(Duration::from_secs_f64(estimate.seconds)),
            estimate.grounds
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;

    fn limits(per_minute: u32, burst: Option<u32>) -> Limits {
        Limits {
            requests_per_minute: NonZeroU32::new(per_minute),
            burst: burst.and_then(NonZeroU32::new),
            concurrency: NonZeroUsize::MIN,
            timeout: Duration::from_secs(20),
            max_tries: NonZeroU32::MIN,
            retry_for: Duration::from_mins(10),
        }
    }

    #[test]
    fn the_first_burst_costs_no_time() {
        assert_eq!(time_at_limit(100, &limits(100, None)), Duration::ZERO);
        assert_eq!(time_at_limit(300, &limits(100, None)), Duration::from_mins(2));
        assert_eq!(time_at_limit(101, &limits(100, Some(1))), Duration::from_mins(1));
        assert_eq!(time_at_limit(1_000_000, &limits(0, None)), Duration::ZERO);
    }
}

//! `plan JOB`: what `run` would ask, how long it would take, and what the ledger answers already. It asks nothing and
//! leaves nothing behind.

use std::num::NonZeroU32;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::args::JobArgs;
use super::exit::{CommandError, Exit};
use super::load::Loaded;
use super::output::print;
use super::setup::{self, terms};
use crate::clock::{Clock, SystemClock};
use crate::job::Limits;
use crate::ledger::FindAnswer;
use crate::model::{Question, Reuse, UnixSeconds};
use crate::planner::Exhaustive;
use crate::progress::human;

#[derive(Serialize)]
struct Plan {
    job: String,
    strategy: &'static str,
    windows: usize,
    cells: usize,
    requests_max: u64,
    requests_min: u64,
    answered_from_ledger: u64,
    seconds_at_limit: f64,
    done_at: String,
}

/// Prints the plan of a job.
pub fn plan(arguments: &JobArgs) -> Result<Exit, CommandError> {
    let now = SystemClock.now();
    let loaded = Loaded::new(arguments)?;
    let (mut ledger, as_of) = setup::read_ledger(&loaded, arguments, now)?;
    let matrix = loaded.job.matrix(as_of).map_err(CommandError::usage)?;
    let terms = terms(&loaded.job, as_of.min(UnixSeconds::from(now)), arguments);
    let outline = Exhaustive::outline(&matrix, &terms);
    let mut count = Count::default();
    for question in outline.sure() {
        count.sure(ledger.find(&question).map_err(|error| CommandError::caused(&error))?.is_some());
    }
    for question in outline.possible() {
        count.possible(ledger.find(&recall(question)).map_err(|error| CommandError::caused(&error))?.is_some());
    }
    let most = if count.sure + count.possible == 0 { 0 } else { count.sure + count.possible + outline.more() };
    let time = time_at_limit(most, &loaded.job.limits);
    let plan = Plan {
        job: loaded.job.name.to_string(),
        strategy: loaded.job.strategy.word(),
        windows: matrix.windows().len(),
        cells: matrix.cells(),
        requests_max: most,
        requests_min: count.sure,
        answered_from_ledger: count.answered,
        seconds_at_limit: time.as_secs_f64(),
        done_at: done_at(now, time),
    };
    if arguments.json {
        let text = serde_json::to_string_pretty(&plan).map_err(CommandError::failed)?;
        return print(format!("{text}\n").as_bytes());
    }
    print(
        describe(&plan, &matrix.range().map_or_else(|| "none".to_owned(), |range| range.to_string()), time).as_bytes(),
    )
}

/// What is looked for in the ledger on ground that may have expired.
fn recall(question: Question) -> Question {
    match question.reuse {
        Reuse::Settled => Question { reuse: Reuse::SettledOnly, ..question },
        _ => question,
    }
}

#[derive(Default)]
struct Count {
    sure: u64,
    possible: u64,
    answered: u64,
}

impl Count {
    fn sure(&mut self, found: bool) {
        self.sure += u64::from(!found);
        self.answered += u64::from(found);
    }

    fn possible(&mut self, found: bool) {
        self.possible += u64::from(!found);
        self.answered += u64::from(found);
    }
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

fn describe(plan: &Plan, range: &str, time: Duration) -> String {
    let requests = match (plan.requests_min, plan.requests_max) {
        (least, most) if least == most => most.to_string(),
        (least, most) => format!("{least} to {most}"),
    };
    format!(
        "  job        {}\n  range      {range}\n  windows    {}\n  cells      {}\n  strategy   {}\n  requests   {requests} ({} more are answered by the ledger)\n  time       {} at the limit, done at {}\n",
        plan.job,
        plan.windows,
        plan.cells,
        plan.strategy,
        plan.answered_from_ledger,
        human(time),
        plan.done_at
    )
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

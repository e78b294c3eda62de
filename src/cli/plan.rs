//! `plan JOB`: what `run` would ask, how long it would take, and what the ledger answers already. It asks nothing and
//! leaves nothing behind. All strategies are shown.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Serialize;

use super::args::JobArgs;
use super::check::whom;
use super::duration::{done_at, time_at_limit};
use super::exit::{CommandError, Exit};
use super::hooks::hooks;
use super::load::Loaded;
use super::output::{print_json, say};
use crate::clock::{Clock, SystemClock};
use crate::model::JobStrategy;
use crate::pipeline::{Foresight, Requests, look};
use crate::progress::human;

#[derive(Serialize)]
struct PlanRecord {
    job: String,
    /// What was asked for.
    strategy: &'static str,
    /// The name of the estimate that it comes to, as far as can be foreseen.
    takes: &'static str,
    windows: usize,
    cells: usize,
    requests_max: u64,
    requests_min: u64,
    answered_from_ledger: u64,
    seconds_at_limit: f64,
    done_at: String,
    estimates: [Estimate; 3],
    /// Whether the job allows the list.
    list: bool,
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
    let order = Loaded::new(arguments)?.into_look()?;
    look(&order.state, hooks()?.holder.machine)?;
    let foresight = Foresight::new(&order, now)?;
    let Foresight { matrix, forecast, .. } = &foresight;
    let limits = &order.job.limits;
    let estimate = |(strategy, requests): (&'static str, Requests)| {
        let Requests { expected: requests, few, many, grounds, .. } = requests;
        let time = time_at_limit(requests, limits);
        Estimate {
            strategy,
            requests,
            requests_from: few,
            requests_to: many,
            seconds: time.as_secs_f64(),
            done_at: done_at(now, time),
            grounds: grounds.to_string(),
        }
    };
    let Requests { least, most, .. } = foresight.requests();
    let time = time_at_limit(most, limits);
    let plan = PlanRecord {
        job: order.job.name.to_string(),
        strategy: order.job.strategy.word(),
        takes: forecast.taken(&foresight.terms).word(),
        windows: matrix.windows().len(),
        cells: matrix.cells(),
        requests_max: most,
        requests_min: least,
        answered_from_ledger: foresight.answered_from_ledger(),
        seconds_at_limit: time.as_secs_f64(),
        done_at: done_at(now, time),
        estimates: [
            (JobStrategy::Exhaustive.word(), forecast.exhaustive),
            (JobStrategy::DrillDown.word(), forecast.drill_down),
            (JobStrategy::List.word(), forecast.list),
        ]
        .map(estimate),
        list: order.job.source.may_list,
    };
    if arguments.json {
        let text = serde_json::to_string_pretty(&plan).map_err(CommandError::failed)?;
        return print_json(&format!("{text}\n"));
    }
    let strategy = match order.job.strategy {
        JobStrategy::Auto if !order.job.source.may_list => {
            "auto (drill-down: the job does not allow the list)".to_owned()
        }
        JobStrategy::Auto => format!("auto ({})", plan.takes),
        strategy => strategy.word().to_owned(),
    };
    let range = matrix.range().map_or_else(|| "none".to_owned(), |range| range.to_string());
    say(&describe(&plan, &whom(&order.job.source.endpoint), &range, &strategy, time))
}

fn describe(plan: &PlanRecord, asks: &str, range: &str, strategy: &str, time: Duration) -> String {
    let (least, most) = (plan.requests_min, plan.requests_max);
    let taken = plan.estimates.iter().find(|estimate| estimate.strategy == plan.takes);
    let (requests, time) = match taken {
        Some(taken) if least != most => (
            format!("{} expected, {least} to {most} whatever the answers are", taken.requests),
            format!(
                "{} at the limit, {} at most, done at {}",
                human(Duration::from_secs_f64(taken.seconds)),
                human(time),
                plan.done_at
            ),
        ),
        _ => (most.to_string(), format!("{} at the limit, done at {}", human(time), plan.done_at)),
    };
    let mut text = format!(
        "  job        {}\n  asks       {asks}\n  range      {range}\n  windows    {}\n  cells      {}\n  strategy   {strategy}\n  \
         requests   {requests} ({} more are answered by the ledger)\n  time       {}\n",
        plan.job, plan.windows, plan.cells, plan.answered_from_ledger, time
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
    let [_, drilled, listed] = &plan.estimates;
    if let Some(saved) = drilled.requests.checked_sub(listed.requests).filter(|saved| *saved > 0 && !plan.list) {
        let time = human(Duration::from_secs_f64((drilled.seconds - listed.seconds).max(0.0)));
        let _ = writeln!(
            text,
            "  the list would save {saved} requests and {time}: `[source] list = true` lets single attempts be read, whose \
             numbers are counted and forgotten"
        );
    }
    text
}

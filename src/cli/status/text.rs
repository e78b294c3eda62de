//! How a job stands, for people.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use super::periods::dates_of;
use crate::cli::duration::{done_at, time_at_limit};
use crate::job::{Every, Job};
use crate::ledger::{LastRun, RunEnd};
use crate::model::{printable, shown};
use crate::pipeline::{Requests, Standing, WindowState};
use crate::progress::human;
use crate::report::format::grouped;

/// More lines of damage than these are only counted.
const LISTED: usize = 5;

/// A dozen lines.
pub fn text(job: &Job, standing: &Standing, now: DateTime<Utc>) -> String {
    let mut out = String::new();
    let mut line = |label: &str, text: &str| {
        let _ = writeln!(out, "  {label:<12} {}", printable(text));
    };
    line("job", job.name.as_str());
    line("dataset", &shown(&standing.dataset).to_string());
    let range = standing.next.matrix.range().map_or_else(|| "none".to_owned(), |range| range.to_string());
    line("range", &range);
    line("windows", &counted(job, standing));
    for state in WindowState::ALL.into_iter().filter(|state| standing.count(*state) > 0) {
        let remark = match state {
            WindowState::Expired => "; the next run looks whether the API still holds them",
            _ => "",
        };
        line(state.word(), &format!("{}{remark}", dates_of(job, standing, state)));
    }
    if let Some(unread) = &standing.unread {
        let text = format!(
            "{} is {}, and expires on {}, in {} days",
            unread.window,
            unread.state,
            unread.expires_at,
            unread.days_left(standing.as_of)
        );
        line("unread", &text);
    }
    line("last run", &last_run(standing));
    if let Some(published) = &standing.published {
        line("last change", &format!("{} by run {}", published.run.published_at, published.run.run_id));
    }
    line("next run", &next_run(job, standing, now));
    for damage in standing.damage.iter().take(LISTED) {
        line("damage", damage);
    }
    if standing.damage.len() > LISTED {
        line("", &format!("and {} more (see --json)", standing.damage.len() - LISTED));
    }
    out
}

fn counted(job: &Job, standing: &Standing) -> String {
    let counts = WindowState::ALL.map(|state| (standing.count(state), state));
    let parts: Vec<_> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, state)| format!("{count} {state}")).collect();
    let kind = match job.windows.every {
        Every::Whole => "the whole range".to_owned(),
        every => format!("by {every}"),
    };
    match parts.as_slice() {
        [] => format!("none has ended by {}", standing.as_of),
        parts => format!("{} {kind}: {}", standing.windows.len(), parts.join(", ")),
    }
}

/// How the last run ended, and when.
pub fn last_run(standing: &Standing) -> String {
    let Some(LastRun { run_id, as_of, seen_at, end, .. }) = standing.last_run else {
        return "the ledger knows of none".to_owned();
    };
    let at = seen_at.floor_seconds();
    let ended = match end {
        None => format!("not ended: under way or killed, last seen at {at}"),
        Some(RunEnd::Published) => format!("ended at {at}, everything published"),
        Some(RunEnd::Incomplete) => format!("ended at {at}, incomplete"),
        Some(RunEnd::Unreconciled) => format!("ended at {at}, some sums differed"),
        Some(RunEnd::Untrusted) => format!("ended at {at}, as the API ignored a filter"),
        Some(RunEnd::Interrupted) => format!("stopped at {at}"),
        Some(RunEnd::Failed) => format!("failed at {at}"),
    };
    format!("{ended}; as of {as_of}, run {run_id}")
}

fn next_run(job: &Job, standing: &Standing, now: DateTime<Utc>) -> String {
    let Requests { least, expected, most, .. } = standing.next.requests();
    let time = time_at_limit(expected, &job.limits);
    let answered = grouped(standing.next.answered_from_ledger());
    let span = if least == most { String::new() } else { format!(" ({} to {})", grouped(least), grouped(most)) };
    let done = done_at(now, time);
    format!(
        "{} requests{span}, {answered} more are answered by the ledger; {} at the limit, done at {done}",
        grouped(expected),
        human(time)
    )
}

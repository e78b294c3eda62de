//! `--fail-on`: which of the things that somebody wants to be told about have come true.

use super::periods::{dates, dates_of, joined};
use super::text::last_run;
use crate::cli::args::StatusFailOn;
use crate::job::Job;
use crate::ledger::RunEnd;
use crate::pipeline::{Standing, WindowState};

/// A line for each, ended by a line feed; none if all is well.
pub fn failed(job: &Job, standing: &Standing, wanted: &[StatusFailOn]) -> Vec<String> {
    let of = |state| Some(dates_of(job, standing, state)).filter(|_| standing.count(state) > 0);
    let said = |what: StatusFailOn| match what {
        StatusFailOn::Missing => of(WindowState::Missing),
        StatusFailOn::Provisional => of(WindowState::Provisional),
        StatusFailOn::Expired => of(WindowState::Expired),
        StatusFailOn::Lost => {
            let lost = standing.lost.iter().map(|window| dates(*window, job.windows.timezone));
            (!standing.lost.is_empty()).then(|| joined(lost))
        }
        StatusFailOn::Unfinished => {
            let is_published = |end| end == Some(RunEnd::Published);
            (!standing.last_run.is_some_and(|run| is_published(run.end))).then(|| last_run(standing))
        }
    };
    let wanted = StatusFailOn::ALL.into_iter().filter(|what| wanted.contains(what));
    wanted.filter_map(|what| Some(format!("{}: {what}: {}\n", job.name, said(what)?))).collect()
}

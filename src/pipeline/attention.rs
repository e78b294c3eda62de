//! What the report flags in the periods that a run touched, each finding once.
//!
//! A finding is known by its job, what happened, where, and from which day on: numbers that grow or settle make no new
//! one. That it was told is a note of the ledger, which the run keeps when it ends, and so is which publication was looked
//! at last: where the dataset holds another, whoever made it died before it could tell, and all that stands is looked at.
//! Nothing of this decides what is published.

use std::collections::BTreeSet;

use super::context::Context;
use super::failure::chain;
use super::named_file::read_prices;
use super::outcome::{Ended, RunOutcome};
use crate::clock::{Clock, SystemClock};
use crate::job::{day_start, local_date};
use crate::model::{Note, UnixMicros, UnixSeconds, Window, printable};
use crate::report::format::{flag_line, flag_name, place_name};
use crate::report::{Compared, PeriodName, ReportError, Request, read};

/// How the names of notes begin of what was told, and of when the publication was made that was looked at last.
const TOLD: &str = "told: ";
const LOOKED_AT: &str = "looked at: ";
/// For how long it is remembered what was told, from its first day on: beyond what a job can ask for again.
const REMEMBERED_DAYS: i64 = 120;

/// What earlier runs told.
#[derive(Debug)]
pub struct Told {
    notes: Vec<Note>,
    /// Whether they looked at what the dataset held when this run began.
    is_up_to_date: bool,
}

impl Told {
    /// Among what the ledger remembers. `published` is when the dataset was published that the run found.
    pub fn among(notes: &[Note], job: &str, published: Option<UnixSeconds>) -> Self {
        let name = looked_at(job);
        let looked_at = notes.iter().find(|note| note.name == name).map(|note| UnixSeconds(note.value));
        let notes = notes.iter().filter(|note| note.name.starts_with(TOLD)).cloned().collect();
        Self { notes, is_up_to_date: looked_at == published }
    }

    /// What is too long ago to be told again.
    pub fn forgotten(&self, as_of: UnixSeconds) -> impl Iterator<Item = String> {
        let before = as_of.plus_seconds(-REMEMBERED_DAYS * 86_400);
        self.notes.iter().filter(move |note| note.value < before.0).map(|note| note.name.clone())
    }

    /// Adds to a run's outcome what is flagged and was not told before; gives what to remember of it, if the outcome still
    /// stands when the run ends ([`is_worth_keeping`]). `published` is when the dataset was published that there is now.
    pub fn add_new(
        &self,
        context: &Context<'_>,
        published: Option<UnixSeconds>,
        outcome: &mut RunOutcome,
    ) -> Vec<Note> {
        let touched = if self.is_up_to_date { &outcome.changed } else { &outcome.stands };
        match flagged(context, touched) {
            Ok(found) => {
                let new = found.into_iter().filter(|(note, _)| self.notes.iter().all(|told| told.name != note.name));
                let (mut notes, lines): (Vec<_>, Vec<_>) = new.unzip();
                outcome.summary.attention = lines;
                notes.extend(published.map(|at| note(looked_at(context.order.job.name.as_str()), at)));
                notes
            }
            Err(message) => {
                outcome.summary.warnings.push(message);
                Vec::new()
            }
        }
    }
}

fn looked_at(job: &str) -> String {
    format!("{LOOKED_AT}{job}")
}

fn note(name: String, value: UnixSeconds) -> Note {
    Note { name, value: value.0, seen_at: UnixMicros::from(SystemClock.now()) }
}

/// Whether what a run published is there, so that what it flags is told with it.
pub const fn is_worth_keeping(outcome: &RunOutcome) -> bool {
    matches!(outcome.ended, Ended::Complete | Ended::Partial)
}

/// The flags of the periods in which windows begin, each with its note and its line, those of the latest period first.
fn flagged(context: &Context<'_>, windows: &[Window]) -> Result<Vec<(Note, String)>, String> {
    let Context { order, as_of, .. } = *context;
    let Some(settings) = order.job.report.as_ref().or(order.options.attention.as_ref()) else { return Ok(Vec::new()) };
    let mut job = order.job.clone();
    // Said by the report, which needs them.
    if read_prices(&mut job).is_err() {
        return Ok(Vec::new());
    }
    let zone = job.windows.timezone;
    let first = |window: &Window| PeriodName::holding(settings.period, local_date(window.start(), zone)).first;
    let periods: BTreeSet<_> = windows.iter().map(first).collect();
    let mut found = Vec::new();
    for first in periods.into_iter().rev() {
        let period = PeriodName::holding(settings.period, first);
        let request = Request { job: &job, settings, period, compared: Compared::Before, as_of };
        let report = match read(&order.dataset(), &request) {
            Ok(report) => report,
            Err(ReportError::Absent { .. } | ReportError::NoSuchDay { .. }) => continue,
            Err(error) => return Err(format!("what deserves attention was not looked for: {}", chain(&error))),
        };
        found.extend(report.attention.flags.iter().map(|flag| {
            let (what, place) = (flag_name(flag.kind), place_name(&flag.place));
            let name = format!("{TOLD}{}: {what}: {place} from {}", order.job.name.as_str(), flag.first);
            (note(name, day_start(flag.first, zone)), printable(&flag_line(flag)).into_owned())
        }));
    }
    Ok(found)
}

//! What makes a run continue another: the job's every part that decides what is asked, the options likewise, and the
//! dataset, whose lock then keeps two processes from continuing the same run.
//!
//! It is written out as JSON in a form that has a version, and hashed. Names and order of the fields are part of that
//! form, values are the words of the job file: renaming anything in the program changes no fingerprint. Whatever adds
//! to what decides the questions needs the next version, and [`RunIdentity::earlier`] the way back to this one.
//!
//! Limits, formats and descriptions are left out: they change no question, so a run goes on under others.

mod legacy_0_1;

use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::job::{Job, Range};
use crate::model::{JobStrategy, Listing, Location, Remainder, UnixSeconds, other_names};
use crate::planner::Freshness;

/// The version of the form.
const VERSION: u32 = 2;

/// By which fingerprints a run is known in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunIdentity {
    /// What it is entered under.
    pub fingerprint: String,
    /// What releases before would have entered it under, and what a job file would that names the zone otherwise: such
    /// open runs are taken up, too.
    pub earlier: Vec<String>,
}

impl RunIdentity {
    /// Of a job with the command line applied.
    pub fn of(job: &Job, freshness: Freshness) -> Self {
        let dataset = match &job.output.directory {
            Location::Folder(folder) => std::path::absolute(folder.join(job.name.as_str())).unwrap_or_default(),
            Location::Store(url) => PathBuf::from(format!("{url}/{}", job.name)),
        };
        let mut earlier = vec![hash(&legacy_0_1::text(job, freshness, &dataset))];
        for timezone in other_names(job.windows.timezone) {
            let mut renamed = job.clone();
            renamed.windows.timezone = timezone;
            earlier.push(hash(&text(&renamed, freshness, &dataset)));
            earlier.push(hash(&legacy_0_1::text(&renamed, freshness, &dataset)));
        }
        Self { fingerprint: hash(&text(job, freshness, &dataset)), earlier }
    }
}

fn hash(text: &str) -> String {
    format!("{:x}", Sha256::digest(text))
}

/// The order of the fields is the order in the text.
#[derive(Serialize)]
struct Form<'a> {
    version: u32,
    job: &'a str,
    base_url: String,
    interval: &'static str,
    settle_after_seconds: u64,
    attempts_settle_seconds: u64,
    retention_seconds: Option<u64>,
    range: RangeForm,
    every: &'static str,
    timezone: &'static str,
    services: Option<Vec<String>>,
    countries: Option<Vec<String>>,
    countries_are: &'static str,
    channels: Option<Vec<String>>,
    channels_are: &'static str,
    destination_prefixes: Option<Vec<String>>,
    remainder: &'static str,
    strategy: &'static str,
    settled_answers: &'static str,
    dataset: String,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum RangeForm {
    Current { unit: &'static str },
    Last { count: u32, unit: &'static str },
    Between { start: i64, end: i64 },
}

fn text(job: &Job, freshness: Freshness, dataset: &Path) -> String {
    let (source, windows, shape) = (&job.source, &job.windows, &job.shape);
    let form = Form {
        version: VERSION,
        job: job.name.as_str(),
        base_url: source.endpoint.origin(),
        interval: source.interval.symbol(),
        settle_after_seconds: source.settle_after.as_secs(),
        attempts_settle_seconds: source.attempts_settle.as_secs(),
        retention_seconds: source.retention.map(|retention| retention.as_secs()),
        range: match windows.what {
            Range::Current(unit) => RangeForm::Current { unit: unit.word() },
            Range::Last { count, unit } => RangeForm::Last { count, unit: unit.word() },
            Range::Between { start: UnixSeconds(start), end: UnixSeconds(end) } => RangeForm::Between { start, end },
        },
        every: windows.every.word(),
        timezone: windows.timezone.name(),
        services: words(shape.services.as_deref()),
        countries: words(shape.countries.as_deref()),
        countries_are: listing(job.countries),
        channels: words(shape.channels.as_deref()),
        channels_are: listing(job.channels),
        destination_prefixes: words(shape.prefixes.as_deref()),
        remainder: match job.remainder {
            Remainder::Keep => "keep",
            Remainder::Drop => "drop",
        },
        strategy: match job.strategy {
            // As it was before there was a list; where there is none it is the same.
            JobStrategy::Auto if !source.may_list => JobStrategy::DrillDown.word(),
            strategy => strategy.word(),
        },
        settled_answers: match freshness {
            Freshness::Reuse => "reuse",
            Freshness::Refresh => "refresh",
        },
        // Escaped, so that paths that are no Unicode differ too.
        dataset: dataset.as_os_str().as_encoded_bytes().escape_ascii().to_string(),
    };
    serde_json::to_string(&form).expect("texts and numbers are always JSON")
}

fn words<T: ToString>(values: Option<&[T]>) -> Option<Vec<String>> {
    values.map(|values| values.iter().map(T::to_string).collect())
}

const fn listing(listing: Listing) -> &'static str {
    match listing {
        Listing::Unsplit => "unsplit",
        Listing::Listed => "listed",
        Listing::Every => "all",
    }
}

#[cfg(test)]
mod tests;

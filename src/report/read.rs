//! A report from a dataset on disk: the dataset is checked, the windows that are needed are read, once.
//!
//! Reading takes no lock: files appear whole, and one that a run is just replacing is noticed by its checksum and read
//! as it stands. Who was asked (account, base URL) is the manifest's to say; what the columns mean (zone, `every`,
//! split, remainder) must be as the job file has it.

use std::path::PathBuf;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::analysis::{Analysis, Subject};
use super::calendar::PeriodName;
use super::model::{Period, Report, RunFacts};
use super::scope::{Published, TooLong, days_due, stretches};
use crate::job::{Job, ReportSettings, local_date};
use crate::model::{Remainder, UnixSeconds, Window, shown};
use crate::sink::dataset::{DatasetIdentity, DatasetPaths, Manifest, OpenError, Split, Stored, StoredRowError};

/// What is to be reported.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The job.
    pub job: &'a Job,
    /// Its `[report]`, or the defaults.
    pub settings: &'a ReportSettings,
    /// The period.
    pub period: PeriodName,
    /// What it is to be compared with.
    pub compared: Compared,
    /// The instant that the report refers to.
    pub as_of: UnixSeconds,
}

/// What a period is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// The period before, if the dataset holds it.
    Before,
    /// This one, which the dataset must hold.
    With(PeriodName),
    /// This one, if the dataset holds it.
    WithIfThere(PeriodName),
}

impl Compared {
    const fn name(self) -> Option<PeriodName> {
        match self {
            Self::Before => None,
            Self::With(name) | Self::WithIfThere(name) => Some(name),
        }
    }
}

/// There is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Nothing was ever published.
    #[error("nothing is published in {} yet; run the job first", shown(path))]
    NoDataset {
        /// The dataset's folder.
        path: PathBuf,
        /// Days of the period that were over.
        due: usize,
    },
    /// The dataset was made by another job.
    #[error(
        "{} holds another dataset than the job file describes ({}); report it with the job file that it was made with",
        shown(path),
        differences.join("; ")
    )]
    OtherJob {
        /// The dataset's folder.
        path: PathBuf,
        /// What differs.
        differences: Vec<String>,
    },
    /// The dataset holds no window of the period.
    #[error("{} holds nothing of {period}; {covers}", shown(path))]
    Absent {
        /// The dataset's folder.
        path: PathBuf,
        /// The period.
        period: String,
        /// What it holds, for people.
        covers: String,
        /// Days of the period that were over.
        due: usize,
    },
    /// The zone skipped the date.
    #[error("{period} is no day of the zone {zone}: its clocks skipped it")]
    NoSuchDay {
        /// The date.
        period: String,
        /// The zone.
        zone: String,
    },
    /// A window cannot be divided.
    #[error("{0}; report a longer period with --period, or give a job with a finer `every` another name")]
    TooLong(#[from] TooLong),
    /// The dataset cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A row cannot be read.
    #[error(transparent)]
    Row(#[from] StoredRowError),
}

impl ReportError {
    /// Whether another command line or job file would help; otherwise the disk or the files are at fault.
    #[must_use]
    pub const fn is_usage(&self) -> bool {
        !matches!(self, Self::Open(_) | Self::Row(_))
    }

    /// Whether there is nothing to report, be it that it is too early.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::NoDataset { .. } | Self::Absent { .. })
    }

    /// Whether nothing is published although it could be: a day that is not over misses nothing yet.
    #[must_use]
    pub const fn is_missing(&self) -> bool {
        matches!(self, Self::NoDataset { due, .. } | Self::Absent { due, .. } if *due > 0)
    }
}

/// Reads what is needed of a job's dataset, and reports it.
pub fn read(layout: &DatasetPaths, request: &Request<'_>) -> Result<Report, ReportError> {
    let path = || layout.root().to_owned();
    let stored = Stored::read(layout)?;
    let Some((stored, manifest)) = stored.as_ref().and_then(|stored| Some((stored, stored.manifest()?))) else {
        let zone = request.job.windows.timezone;
        let due = request.period.in_zone(zone).map_or(0, |period| due(&period, zone, request));
        return Err(ReportError::NoDataset { path: path(), due });
    };
    let differences = manifest.identity.differences(&described(request.job, &manifest.identity));
    if !differences.is_empty() {
        return Err(ReportError::OtherJob { path: path(), differences });
    }
    let zone = manifest.identity.timezone;
    let place = |name: PeriodName| {
        let skipped = || ReportError::NoSuchDay { period: name.first.to_string(), zone: zone.to_string() };
        name.in_zone(zone).ok_or_else(skipped)
    };
    let period = place(request.period)?;
    let compared = match request.compared.name() {
        Some(name) => Some(place(name)?),
        None => place(request.period.before()).ok(),
    };
    let windows = || {
        stored.windows().map(|stored| Published {
            window: stored.window,
            is_final: stored.is_final,
            run_id: stored.run_id,
            shape: stored.shape.clone(),
        })
    };
    let subject = Subject {
        job: request.job,
        settings: request.settings,
        identity: &manifest.identity,
        period,
        compared,
        as_of: request.as_of,
    };
    let analysis = Analysis::new(subject, windows())?;
    let absent = |period: &Period| ReportError::Absent {
        path: path(),
        period: period.to_string(),
        covers: covers(stored.windows().map(|stored| stored.window), |at| local_date(at, zone)),
        due: due(period, zone, request),
    };
    if !analysis.has_period() {
        return Err(absent(&period));
    }
    if let (Compared::With(_), Some(compared)) = (request.compared, compared.filter(|_| !analysis.has_compared())) {
        return Err(absent(&compared));
    }
    let ranges = analysis.ranges();
    let rows = ranges.into_iter().flat_map(|range| stored.rows(Some(range)));
    Ok(analysis.report(rows, run_facts(manifest), damage(stored))?)
}

/// Days of a period whose windows were over.
fn due(period: &Period, zone: Tz, request: &Request<'_>) -> usize {
    days_due(period, zone, request.job.windows.every.word(), request.as_of)
}

/// The identity that a run of the job would have, if it asked whom the dataset was asked of.
fn described(job: &Job, identity: &DatasetIdentity) -> DatasetIdentity {
    DatasetIdentity {
        account_sid: identity.account_sid,
        base_url: identity.base_url.clone(),
        timezone: job.windows.timezone,
        every: job.windows.every.word().to_owned(),
        split: Split::from(&job.shape),
        remainder: job.remainder == Remainder::Keep,
    }
}

fn run_facts(manifest: &Manifest) -> RunFacts {
    RunFacts {
        run_id: manifest.run.run_id,
        as_of: manifest.run.as_of,
        published_at: manifest.run.published_at,
        reconciled: manifest.reconciliation.reconciled,
        identities_checked: manifest.reconciliation.identities_checked,
        differences: manifest.reconciliation.differences.iter().map(ToString::to_string).collect(),
    }
}

fn damage(stored: &Stored) -> Vec<String> {
    let files = stored.differing().iter();
    let files = files.map(|file| format!("{} differs from the manifest: {}", shown(&file.path), file.reason));
    let windows = stored.lost_windows();
    files.chain(windows.map(|(window, _)| format!("the rows of {window} were lost with their file"))).collect()
}

/// More stretches than this are only counted.
const STRETCHES: usize = 5;

/// `it covers 2026-07-01 – 2026-09-30`, for people.
fn covers(windows: impl Iterator<Item = Window>, date: impl Fn(UnixSeconds) -> NaiveDate) -> String {
    let stretches = stretches(windows);
    if stretches.is_empty() {
        return "it is empty".to_owned();
    }
    let shown = stretches.iter().take(STRETCHES);
    let shown: Vec<_> =
        shown.map(|stretch| format!("{} – {}", date(stretch.start()), date(stretch.end().plus_seconds(-1)))).collect();
    let more = match stretches.len().saturating_sub(STRETCHES) {
        0 => String::new(),
        more => format!(" and {more} more stretches"),
    };
    format!("it covers {}{more}", shown.join(", "))
}

//! The files of a report, at the user's word or after a run.

use std::path::PathBuf;

use super::failure::chain;
use super::message::PipelineMessage;
use super::named_file::read_prices;
use super::order::Order;
use super::summary::ReportRecord;
use crate::job::{ReportFormat, ReportSettings};
use crate::message::tell;
use crate::model::{UnixSeconds, Window};
use crate::report::accounts::AccountsReport;
use crate::report::{Compared, Period, PeriodName, Report, ReportError, Request, read, render};
use crate::sink::DiskError;
use crate::sink::dataset::{DatasetPaths, publish_report};

/// One of the report's files.
pub struct Written {
    /// Its form.
    pub format: ReportFormat,
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: usize,
}

impl From<Written> for ReportRecord {
    fn from(file: Written) -> Self {
        Self {
            path: file.path.to_string_lossy().into_owned(),
            format: file.format.to_string(),
            bytes: file.bytes as u64,
        }
    }
}

/// A report that was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The disk refuses.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The workbook's library refuses.
    #[error("the workbook cannot be made; leave xlsx out with --format html")]
    Workbook(#[from] render::WorkbookError),
}

/// What became of the report that a job file wants after a run.
pub enum AfterRun {
    /// It was written: its files.
    Written(Vec<Written>),
    /// The last complete period is none of the run's business, or not in the dataset yet.
    Nothing,
    /// It was not; the message says why.
    Failed(String),
}

/// Reports the last complete period, if a run touched it with the windows that now stand in the dataset.
pub fn after_run(order: &Order, as_of: UnixSeconds, mut windows: impl Iterator<Item = Window>) -> AfterRun {
    let mut job = order.job.clone();
    if let Err(error) = read_prices(&mut job) {
        return AfterRun::Failed(format!("the report was not written: {error}"));
    }
    let Some(settings) = &job.report else { return AfterRun::Nothing };
    let name = PeriodName::last_complete(settings.period, as_of, job.windows.timezone);
    let Some(period) = name.in_zone(job.windows.timezone) else { return AfterRun::Nothing };
    if !windows.any(|window| window.overlaps(period.window)) {
        tell(&PipelineMessage::NothingToReport { period: period.to_string() });
        return AfterRun::Nothing;
    }
    let layout = order.dataset();
    let request = Request { job: &job, settings, period: name, compared: Compared::Before, as_of };
    let failed =
        |error: &dyn std::error::Error| AfterRun::Failed(format!("the report was not written: {}", chain(error)));
    match read(&layout, &request) {
        // A window that begins before the period belongs to the one before.
        Err(ReportError::Absent { .. }) => AfterRun::Nothing,
        Err(error) => failed(&error),
        Ok(report) => match write(&layout, &report, settings) {
            Ok(files) => AfterRun::Written(files),
            Err(error) => failed(&error),
        },
    }
}

/// Writes the report in each form.
pub fn write(layout: &DatasetPaths, report: &Report, settings: &ReportSettings) -> Result<Vec<Written>, WriteError> {
    write_forms(layout, report.period, settings, |format| {
        Ok(match format {
            ReportFormat::Html => render::html(report).into_bytes(),
            ReportFormat::Xlsx => render::workbook(report)?,
            ReportFormat::Md => render::markdown(report).into_bytes(),
        })
    })
}

/// The same of a report over accounts.
pub fn write_accounts(
    layout: &DatasetPaths,
    report: &AccountsReport,
    settings: &ReportSettings,
) -> Result<Vec<Written>, WriteError> {
    write_forms(layout, report.period, settings, |format| {
        Ok(match format {
            ReportFormat::Html => render::accounts::html(report).into_bytes(),
            ReportFormat::Xlsx => render::accounts::workbook(report)?,
            ReportFormat::Md => render::accounts::markdown(report).into_bytes(),
        })
    })
}

fn write_forms(
    layout: &DatasetPaths,
    period: Period,
    settings: &ReportSettings,
    render: impl Fn(ReportFormat) -> Result<Vec<u8>, render::WorkbookError>,
) -> Result<Vec<Written>, WriteError> {
    let write = |format: &ReportFormat| {
        let bytes = render(*format)?;
        let path = publish_report(layout, &format!("{period}.{format}"), &bytes)?;
        Ok(Written { format: *format, path, bytes: bytes.len() })
    };
    settings.formats.iter().map(write).collect()
}

//! What the numbers cover and rest on, and what they are compared with.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use super::numbers::Names;
use crate::model::{UnixMicros, Window};
use crate::report::{AskedInPart, MixBasis, Report, TrendState};

#[derive(Serialize, JsonSchema)]
pub struct CoverageRecord {
    days: usize,
    /// From end to end.
    covered: usize,
    /// Days without a window.
    missing: Vec<String>,
    /// Days with some of their windows.
    partial: Vec<String>,
    /// Days that were over and are not all in the dataset.
    absent: Vec<String>,
    /// Days that may still change.
    provisional: Vec<String>,
    /// Days that belong to a window which began before the period.
    counted_before: Vec<String>,
    /// Windows that end after the period and are counted here.
    beyond: Vec<Stretch>,
    /// Of the windows that are counted, which may end after the period.
    first_date: Option<String>,
    last_date: Option<String>,
    /// What the job asked for on some days only, as its lists changed: its numbers are of these days.
    asked_in_part: Vec<AskedInPartRecord>,
    /// Whether the period has ended.
    over: bool,
}

#[derive(Serialize, JsonSchema)]
struct AskedInPartRecord {
    #[serde(flatten)]
    place: Names,
    /// On which every window asked for it.
    days: usize,
    /// That are there.
    of_days: usize,
}

#[derive(Serialize, JsonSchema)]
struct Stretch {
    window_start: String,
    window_end: String,
}

impl From<Window> for Stretch {
    fn from(window: Window) -> Self {
        Self { window_start: window.start().to_string(), window_end: window.end().to_string() }
    }
}

impl From<&Report> for CoverageRecord {
    fn from(report: &Report) -> Self {
        let coverage = &report.coverage;
        let counted = || report.trend.iter().filter(|point| point.state != TrendState::Missing);
        let texts = |dates: &[NaiveDate]| dates.iter().map(ToString::to_string).collect();
        Self {
            days: coverage.days,
            covered: coverage.covered,
            missing: texts(&coverage.missing),
            partial: texts(&coverage.partial),
            absent: texts(&coverage.absent),
            provisional: texts(&coverage.provisional),
            counted_before: texts(&coverage.counted_before),
            beyond: coverage.beyond.iter().map(|window| (*window).into()).collect(),
            first_date: counted().map(|point| point.first).min().as_ref().map(ToString::to_string),
            last_date: counted().map(|point| point.last).max().as_ref().map(ToString::to_string),
            asked_in_part: coverage.asked_in_part.iter().map(asked_in_part).collect(),
            over: coverage.is_over,
        }
    }
}

fn asked_in_part(asked: &AskedInPart) -> AskedInPartRecord {
    AskedInPartRecord { place: (&asked.place).into(), days: asked.days, of_days: asked.of }
}

/// What the period is compared with. The changes themselves stand with each number.
#[derive(Serialize, JsonSchema)]
pub struct ComparisonRecord {
    period: String,
    first_date: String,
    last_date: String,
    days: usize,
    /// Those that are covered from end to end: the comparison rests on these alone.
    covered_days: usize,
    /// How the weekdays were made equal; null where the totals can't be compared.
    mix: Option<Mix>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mix {
    Weekdays,
    MeanDay,
}

/// What the period is compared with; `None` if the dataset holds nothing of it.
pub fn comparison(report: &Report) -> Option<ComparisonRecord> {
    let compared = report.compared?;
    let mix = report.totals.change.map(|change| match change.basis {
        MixBasis::Weekdays => Mix::Weekdays,
        MixBasis::MeanDay => Mix::MeanDay,
    });
    Some(ComparisonRecord {
        period: compared.to_string(),
        first_date: compared.first.to_string(),
        last_date: compared.last.to_string(),
        days: compared.dates().count(),
        covered_days: report.compared_days,
        mix,
    })
}

#[derive(Serialize, JsonSchema)]
pub struct OriginRecord<'r> {
    windows: usize,
    first_asked_at: Option<String>,
    last_asked_at: Option<String>,
    /// The runs that last changed windows of the period.
    runs: Vec<String>,
    last_run: LastRun<'r>,
    /// Files that are not as the manifest says, and rows that were lost with theirs.
    damage: &'r [String],
}

/// The last run that changed the dataset.
#[derive(Serialize, JsonSchema)]
struct LastRun<'r> {
    run_id: String,
    as_of: String,
    published_at: String,
    reconciled: bool,
    identities_checked: u64,
    /// Sums that did not hold.
    differences: &'r [String],
}

impl<'r> From<&'r Report> for OriginRecord<'r> {
    fn from(report: &'r Report) -> Self {
        let origin = &report.origin;
        let run = &origin.last_run;
        let text = |at: Option<UnixMicros>| at.map(|at| at.floor_seconds().to_string());
        Self {
            windows: origin.windows,
            first_asked_at: text(origin.first_asked_at),
            last_asked_at: text(origin.last_asked_at),
            runs: origin.runs.iter().map(ToString::to_string).collect(),
            last_run: LastRun {
                run_id: run.run_id.to_string(),
                as_of: run.as_of.to_string(),
                published_at: run.published_at.to_string(),
                reconciled: run.reconciled,
                identities_checked: run.identities_checked,
                differences: &run.differences,
            },
            damage: &origin.damage,
        }
    }
}

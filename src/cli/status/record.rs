//! `status --json`: one object. What is not known is null.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use super::periods::{Period, periods};
use crate::cli::duration::{done_at, time_at_limit};
use crate::job::Job;
use crate::ledger::{LastRun, RunEnd};
use crate::model::{UnixSeconds, Window};
use crate::pipeline::{Requests, Standing, Unread, WindowState};

/// How a job stands. Dates are those of the job's zone, instants UTC; what is not known is null.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "What verify-rollup status --json prints")]
struct StatusRecord {
    job: String,
    /// The dataset's folder.
    dataset: String,
    /// The instant that all of it refers to.
    as_of: String,
    timezone: String,
    /// How windows are cut.
    every: &'static str,
    /// Null where no window has ended.
    range_start: Option<String>,
    range_end: Option<String>,
    /// Windows of the job that have ended; those below add up to them.
    windows: usize,
    #[serde(flatten)]
    counts: Counts,
    /// Days, or windows where these are a day or longer; ascending.
    days: Vec<Day>,
    /// Windows of the dataset whose rows were lost, the job's or not.
    lost_windows: Vec<Range>,
    /// Null where everything is final or expired, or retention has no end.
    unread: Option<UnreadRecord>,
    /// How far back the API surely holds data; null = forever.
    retention_seconds: Option<u64>,
    /// Null where the ledger knows of none.
    last_run: Option<RunRecord>,
    /// The last run that changed the dataset; null where nothing is published.
    last_published: Option<PublisherRecord>,
    next_run: NextRecord,
    /// Files that are not as the manifest says, and foreign ones.
    damage: Vec<String>,
}

/// Of windows, how many stand so.
#[derive(Serialize, JsonSchema)]
pub struct Counts {
    /// In the dataset, and final.
    published: usize,
    /// In the dataset, and may still change.
    provisional: usize,
    /// Over, and not in the dataset as the job asks for them.
    missing: usize,
    /// Not final, and older than what the API surely holds.
    expired: usize,
    /// Published once; no file holds their rows any more.
    lost: usize,
}

#[derive(Serialize, JsonSchema)]
struct Day {
    first_date: String,
    last_date: String,
    windows: usize,
    #[serde(flatten)]
    counts: Counts,
}

#[derive(Serialize, JsonSchema)]
struct Range {
    start: String,
    end: String,
}

/// The oldest window that is not final and not expired.
#[derive(Serialize, JsonSchema)]
pub struct UnreadRecord {
    window_start: String,
    window_end: String,
    /// `provisional`, `missing` or `lost`.
    state: &'static str,
    expires_at: String,
    /// Whole days until then.
    days_left: i64,
}

#[derive(Serialize, JsonSchema)]
pub struct RunRecord {
    run_id: String,
    as_of: String,
    started_at: String,
    /// Null while it is under way, and for ever if it was killed.
    ended_at: Option<String>,
    /// Its end, or its latest request.
    last_seen_at: String,
    /// `published`, `incomplete`, `unreconciled`, `untrusted`, `interrupted`, `failed`; `open` is under way or killed.
    status: &'static str,
}

#[derive(Serialize, JsonSchema)]
struct PublisherRecord {
    run_id: String,
    as_of: String,
    published_at: String,
    reconciled: bool,
}

/// What the next run would ask, as `plan` has it.
#[derive(Serialize, JsonSchema)]
struct NextRecord {
    strategy: &'static str,
    /// As may be expected.
    requests: u64,
    requests_min: u64,
    requests_max: u64,
    answered_from_ledger: u64,
    /// At the limit, for `requests`.
    seconds: f64,
    done_at: String,
    /// Why so many are expected.
    grounds: String,
}

/// The JSON Schema of the object. `docs/status.schema.json` is this text.
pub fn schema() -> serde_json::Value {
    schema_of::<StatusRecord>()
}

pub fn schema_of<T: JsonSchema>() -> serde_json::Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<T>().to_value();
    crate::cli::log::close(&mut schema);
    schema
}

/// One object, ended by a line feed.
pub fn json(job: &Job, standing: &Standing, now: DateTime<Utc>) -> String {
    let range = standing.next.matrix.range();
    let record = StatusRecord {
        job: job.name.to_string(),
        dataset: standing.dataset.to_string_lossy().into_owned(),
        as_of: standing.as_of.to_string(),
        timezone: job.windows.timezone.to_string(),
        every: job.windows.every.word(),
        range_start: range.map(|range| range.start().to_string()),
        range_end: range.map(|range| range.end().to_string()),
        windows: standing.windows.len(),
        counts: Counts::of(|state| standing.count(state)),
        days: periods(job, standing).iter().map(Day::from).collect(),
        lost_windows: standing.lost.iter().copied().map(Range::from).collect(),
        unread: standing.unread.map(|unread| UnreadRecord::new(unread, standing.as_of)),
        retention_seconds: job.source.retention.map(|retention| retention.as_secs()),
        last_run: standing.last_run.as_ref().map(RunRecord::from),
        last_published: standing.published.as_ref().map(|published| PublisherRecord {
            run_id: published.run.run_id.to_string(),
            as_of: published.run.as_of.to_string(),
            published_at: published.run.published_at.to_string(),
            reconciled: published.reconciled,
        }),
        next_run: next(job, standing, now),
        damage: standing.damage.clone(),
    };
    text(&record)
}

/// As it is printed.
pub fn text(record: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(record).expect("texts and finite numbers are JSON");
    text.push('\n');
    text
}

fn next(job: &Job, standing: &Standing, now: DateTime<Utc>) -> NextRecord {
    let Requests { least, expected, most, grounds, .. } = standing.next.requests();
    let time = time_at_limit(expected, &job.limits);
    NextRecord {
        strategy: job.strategy.word(),
        requests: expected,
        requests_min: least,
        requests_max: most,
        answered_from_ledger: standing.next.answered_from_ledger(),
        seconds: time.as_secs_f64(),
        done_at: done_at(now, time),
        grounds: grounds.to_string(),
    }
}

impl Counts {
    fn of(count: impl Fn(WindowState) -> usize) -> Self {
        WindowState::ALL.map(count).into()
    }
}

/// In the order of [`WindowState::ALL`].
impl From<[usize; 5]> for Counts {
    fn from([published, provisional, missing, expired, lost]: [usize; 5]) -> Self {
        Self { published, provisional, missing, expired, lost }
    }
}

impl UnreadRecord {
    pub fn new(unread: Unread, as_of: UnixSeconds) -> Self {
        Self {
            window_start: unread.window.start().to_string(),
            window_end: unread.window.end().to_string(),
            state: unread.state.word(),
            expires_at: unread.expires_at.to_string(),
            days_left: unread.days_left(as_of),
        }
    }
}

impl From<&Period> for Day {
    fn from(period: &Period) -> Self {
        Self {
            first_date: period.first.to_string(),
            last_date: period.last.to_string(),
            windows: period.states.len(),
            counts: Counts::of(|state| period.states.iter().filter(|found| **found == state).count()),
        }
    }
}

impl From<Window> for Range {
    fn from(window: Window) -> Self {
        Self { start: window.start().to_string(), end: window.end().to_string() }
    }
}

impl From<&LastRun> for RunRecord {
    fn from(run: &LastRun) -> Self {
        Self {
            run_id: run.run_id.to_string(),
            as_of: run.as_of.to_string(),
            started_at: run.started_at.to_string(),
            ended_at: run.end.map(|_| run.seen_at.to_string()),
            last_seen_at: run.seen_at.to_string(),
            status: run.end.map_or("open", RunEnd::name),
        }
    }
}

//! From a job file's text to a checked [`Job`]: what no value shows alone.

mod accounts;
mod matrix;
mod report;

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use chrono_tz::Tz;
use toml::de::DeTable;

use self::accounts::check_accounts;
use self::matrix::{check_matrix, distinct};
use self::report::check_report;
use super::calendar::day_start;
use super::endpoint::Endpoint;
use super::field::{AllOr, Field, List, Span, Whole};
use super::mistakes::{Findings, Mistakes};
use super::notify::{NotifyEvent, NotifyForm, NotifySettings};
use super::raw::{RawJob, RawLimits, RawNotify, RawOutput, RawPlan, RawSource, RawWindows};
use super::spec::{Job, Limits, MOST_CELLS, OutputSettings, Source, cells_per_window};
use super::values::{Moment, Retention};
use super::windows::{Every, Range, WindowPlan};
use crate::model::{
    ChangeLog, Compression, Format, Interval, JobStrategy, Location, MatrixShape, Partition, PostgresOutput,
    PostgresTable, UnixSeconds,
};

impl Job {
    /// Reads and checks a job file; `file` is its name in messages.
    ///
    /// # Errors
    /// Every mistake of the file, at once; of a file that is no TOML, the first one.
    pub fn parse(text: &str, file: &str) -> Result<Self, Mistakes> {
        let mut findings = Findings::default();
        let job = match DeTable::parse(text) {
            Ok(document) => check(RawJob::of(document.get_ref(), &mut findings), &mut findings),
            Err(error) => {
                note_syntax(text, &error, &mut findings);
                None
            }
        };
        findings.into_result(text, file)?;
        // Whatever gives no job has been noted, so this is reached with one.
        Ok(job.expect("a job without findings is complete"))
    }
}

/// The start of the file: where something is missing that stands nowhere.
const TOP: Span = 0..0;

/// Notes why a text is no TOML.
fn note_syntax(text: &str, error: &toml::de::Error, findings: &mut Findings) {
    let span = error.span().unwrap_or(TOP);
    let (what, expected) = error.message().split_once(", expected ").unwrap_or((error.message(), ""));
    let bare = text.get(span.clone()).filter(|word| word.starts_with(|first: char| first.is_ascii_alphabetic()));
    let (what, remedy) = match (what, bare) {
        // The parser takes a bare word for a misspelt `true` where it begins like it.
        ("string values must be quoted" | "invalid boolean", Some(word)) => {
            ("a text without quotes", format!("write \"{word}\""))
        }
        ("duplicate key", _) => (what, "it stands above already".to_owned()),
        _ if expected.is_empty() => (what, "the syntax is described at https://toml.io".to_owned()),
        _ => (what, format!("expected {expected}")),
    };
    findings.add(span, format!("not TOML: {what}"), remedy);
}

fn check(raw: RawJob, findings: &mut Findings) -> Option<Job> {
    if matches!(raw.name, Field::Absent) {
        findings.add(TOP, "`name` is missing", "begin with name = \"…\": it names the dataset's folder");
    }
    let windows_span = raw.windows.span();
    let windows = match raw.windows {
        Field::Absent => {
            findings.add(TOP, "`[windows]` is missing", "add [windows] with range = \"last-month\", or start and end");
            None
        }
        Field::Wrong(_) => None,
        Field::Read(span, windows) => check_windows(windows, &span, findings),
    };
    let raw_source = raw.source.value().unwrap_or_default();
    let strategy = check_plan(raw.plan.value().unwrap_or_default(), &raw_source.list, findings);
    let source = check_source(raw_source, findings);
    let accounts = check_accounts(raw.accounts, findings);
    let matrix = check_matrix(raw.matrix.value().unwrap_or_default(), findings);
    let limits = check_limits(raw.limits.value().unwrap_or_default(), findings);
    let output = check_output(raw.output.value().unwrap_or_default(), findings);
    let report = match raw.report {
        Field::Absent => None,
        report => Some(check_report(report.value().unwrap_or_default(), findings)),
    };
    let notify = check_notify(raw.notify.value().unwrap_or_default(), findings);
    let windows = windows?;
    check_size(&windows, &matrix.shape, windows_span.unwrap_or(TOP), findings);
    Some(Job {
        name: raw.name.value()?,
        description: raw.description.or(String::new()),
        source,
        accounts,
        windows,
        shape: matrix.shape,
        service_names: matrix.service_names,
        countries: matrix.countries,
        channels: matrix.channels,
        remainder: matrix.remainder,
        limits,
        strategy,
        output,
        report,
        notify,
    })
}

fn check_source(raw: RawSource, findings: &mut Findings) -> Source {
    let default = || Endpoint::parse("https://verify.twilio.com").expect("the vendor's URL is a base URL");
    let mut whole_seconds = |key: &str, span: &Span, length: Duration| {
        if length.subsec_nanos() != 0 {
            let remedy = "windows are cut at whole seconds, so write some of these";
            findings.add(span.clone(), format!("`{key}` is not a whole number of seconds"), remedy);
        }
    };
    if let Field::Read(span, length) = &raw.settle_after {
        whole_seconds("settle_after", span, *length);
    }
    if let Field::Read(span, length) = &raw.attempts_settle {
        whole_seconds("attempts_settle", span, *length);
    }
    match &raw.retention {
        Field::Read(span, Retention(Some(Duration::ZERO))) => {
            findings.add(
                span.clone(),
                "`retention` is zero: no window could ever be trusted",
                "write \"none\" for ever",
            );
        }
        Field::Read(span, Retention(Some(length))) => whole_seconds("retention", span, *length),
        _ => {}
    }
    Source {
        endpoint: raw.base_url.value().unwrap_or_else(default),
        interval: raw.interval.or(Interval::ClosedOpen),
        settle_after: raw.settle_after.or(Duration::from_hours(24)),
        attempts_settle: raw.attempts_settle.or(Duration::from_hours(1)),
        retention: raw.retention.or(Retention(Some(Duration::from_hours(30 * 24)))).0,
        may_list: raw.list.or(false),
    }
}

fn check_plan(raw: RawPlan, may_list: &Field<bool>, findings: &mut Findings) -> JobStrategy {
    let may_list = !matches!(may_list, Field::Absent | Field::Read(_, false));
    if let Field::Read(span, JobStrategy::List) = &raw.strategy
        && !may_list
    {
        let what = "`strategy` is \"list\", and `[source]` does not allow the list of single attempts";
        findings.add(span.clone(), what, "add list = true to [source], or write \"auto\"");
    }
    raw.strategy.or(JobStrategy::Auto)
}

fn check_windows(raw: RawWindows, table: &Span, findings: &mut Findings) -> Option<WindowPlan> {
    let timezone = raw.timezone.or(Tz::UTC);
    let end_span = raw.end.span();
    let what = match (raw.range, raw.start, raw.end) {
        (Field::Absent, Field::Absent, Field::Absent) => {
            findings.add(table.clone(), "no range of time is given", "add range = \"last-month\", or start and end");
            None
        }
        (Field::Absent, Field::Absent, end) => {
            findings.add(end.span()?, "`end` without `start`", "add start = \"2026-10-01\"");
            None
        }
        (Field::Absent, start, Field::Absent) => {
            findings.add(start.span()?, "`start` without `end`", "add end = \"2026-11-01\", which is exclusive");
            None
        }
        (Field::Absent, start, end) => {
            let instant = |moment: Moment| match moment {
                Moment::Date(date) => day_start(date, timezone),
                Moment::Instant(instant) => instant,
            };
            let (start, end) = (instant(start.value()?), instant(end.value()?));
            check_order(start, end, &end_span?, findings)
        }
        (range, start, end) => {
            for extra in [("start", start.span()), ("end", end.span())] {
                if let (key, Some(span)) = extra {
                    findings.add(span, format!("`{key}` beside `range`"), "keep either range, or start and end");
                }
            }
            range.value()
        }
    };
    Some(WindowPlan { what: what?, every: raw.every.or(Every::Day), timezone })
}

fn check_order(start: UnixSeconds, end: UnixSeconds, span: &Span, findings: &mut Findings) -> Option<Range> {
    if start < end {
        return Some(Range::Between { start, end });
    }
    let remedy = "write a later one: the end is exclusive";
    findings.add(span.clone(), format!("the end, {end}, is not after the start, {start}"), remedy);
    None
}

fn check_limits(raw: RawLimits, findings: &mut Findings) -> Limits {
    let limit_is_wrong = matches!(raw.requests_per_minute, Field::Wrong(_));
    let limit = raw.requests_per_minute.or(Whole(100)).0;
    if let Field::Read(span, Whole(burst)) = &raw.burst
        && *burst > limit
        && !limit_is_wrong
    {
        let remedy = match limit {
            0 => "remove it: requests_per_minute = 0 is no limit, and any burst goes".to_owned(),
            _ => format!("write a number from 1 to {limit}, or leave it out"),
        };
        findings.add(span.clone(), "`burst` is above `requests_per_minute`", remedy);
    }
    for (key, field) in [("timeout", &raw.timeout), ("retry_for", &raw.retry_for)] {
        if let Field::Read(span, length) = field
            && (*length == Duration::ZERO || *length > Duration::from_hours(24))
        {
            findings.add(span.clone(), format!("`{key}` is out of range"), "write more than zero and at most \"24h\"");
        }
    }
    let at_least_one = |value: u32| NonZeroU32::new(value).unwrap_or(NonZeroU32::MIN);
    let concurrency = raw.concurrency.or(Whole(16)).0;
    Limits {
        requests_per_minute: NonZeroU32::new(limit),
        burst: raw.burst.value().map(|Whole(burst)| at_least_one(burst)),
        list_has_own_limit: raw.list_has_own_limit.or(false),
        concurrency: NonZeroUsize::new(concurrency as usize).unwrap_or(NonZeroUsize::MIN),
        timeout: raw.timeout.or(Duration::from_secs(20)),
        max_tries: at_least_one(raw.max_tries.or(Whole(6)).0),
        retry_for: raw.retry_for.or(Duration::from_mins(10)),
        accounts_at_once: NonZeroUsize::new(raw.accounts.or(Whole(100)).0 as usize).unwrap_or(NonZeroUsize::MIN),
    }
}

fn check_output(raw: RawOutput, findings: &mut Findings) -> OutputSettings {
    let formats = raw.formats.value().map(|List(formats)| distinct(formats, findings));
    if let (Field::Absent, Field::Read(span, _)) = (&raw.postgres, &raw.postgres_table) {
        findings.add(span.clone(), "`postgres_table` without `postgres`", "name the database, or leave it out");
    }
    let table = raw.postgres_table.or(PostgresTable::default());
    OutputSettings {
        directory: raw.directory.or(Location::Folder("output".into())),
        formats: formats.unwrap_or_else(|| vec![Format::Parquet]),
        partition: raw.partition.or(Partition::Month),
        compression: raw.compression.or(Compression::Zstd),
        history: if raw.history.or(false) { ChangeLog::Kept } else { ChangeLog::Off },
        postgres: raw.postgres.value().map(|url| PostgresOutput { url, table }),
    }
}

fn check_notify(raw: RawNotify, findings: &mut Findings) -> NotifySettings {
    let keys = [(NotifyForm::Ping, raw.ping), (NotifyForm::Slack, raw.slack), (NotifyForm::Json, raw.json)];
    let told = keys.into_iter().filter_map(|(form, events)| match events.value()? {
        AllOr::All => Some((form, NotifyEvent::ALL.to_vec())),
        AllOr::Listed(List(events)) => Some((form, distinct(events, findings))),
    });
    told.collect()
}

/// Notes a job of too many cells; of relative ranges, by the most windows that they can have.
fn check_size(windows: &WindowPlan, shape: &MatrixShape, span: Span, findings: &mut Findings) {
    let cells = cells_per_window(shape);
    let count = windows.most_windows();
    if count.saturating_mul(cells) > MOST_CELLS {
        let what = format!("{count} windows of {cells} cells are more than 10 million cells");
        findings.add(span, what, "shorten the range, cut it less often, or list fewer values");
    }
}

#[cfg(test)]
mod tests;

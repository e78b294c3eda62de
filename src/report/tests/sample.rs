//! Datasets in memory: windows and rows, and a report of them.
#![allow(missing_docs, reason = "names and bodies of tests say it")]

use std::convert::Infallible;
use std::sync::Arc;

use chrono_tz::Tz;

use crate::job::Job;
use crate::model::{
    AccountSid, Channel, Country, Counts, Provenance, Row, RowKey, RunId, ServiceSid, UnixMicros, UnixSeconds, Window,
};
use crate::report::analysis::{Analysis, Subject};
use crate::report::scope::{Published, TooLong};
use crate::report::{PeriodName, Report, RunFacts};
use crate::rollup::window_date;
use crate::simulator::tests::sketch::{Sketch, Sketched};
use crate::sink::dataset::{DatasetIdentity, Split};

pub const DAY: i64 = 86_400;

/// The day since 1970-01-01 of a date.
pub fn day(date: &str) -> i64 {
    let date: chrono::NaiveDate = date.parse().unwrap();
    date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp() / DAY
}

/// A dataset in memory.
#[derive(Debug, Clone)]
pub struct Dataset {
    pub job: Job,
    pub identity: DatasetIdentity,
    pub windows: Vec<Published>,
    pub rows: Vec<Row>,
}

/// A cell of some window; `None` = not split.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cell {
    pub service: Option<ServiceSid>,
    pub country: Option<&'static str>,
    pub channel: Option<Channel>,
}

impl Dataset {
    /// Of a job file's text; what it splits is what the dataset splits.
    pub fn of(job: &str) -> Self {
        let job = Job::parse(job, "job.toml").unwrap_or_else(|mistakes| panic!("{mistakes}"));
        let identity = DatasetIdentity {
            account_sid: AccountSid::ZEROS,
            base_url: job.source.endpoint.origin(),
            timezone: job.windows.timezone,
            every: job.windows.every.word().to_owned(),
            split: Split::from(&job.shape),
            remainder: job.remainder == crate::model::Remainder::Keep,
        };
        Self { job, identity, windows: Vec::new(), rows: Vec::new() }
    }

    /// A job in UTC that splits all countries and channels.
    pub fn whole_world(every: &str) -> Self {
        Self::of(&format!(
            "name = \"world\"\n[source]\nbase_url = \"simulator\"\n[windows]\nrange = \"last-month\"\n\
             every = \"{every}\"\n\
             [matrix]\ncountries = \"all\"\nchannels = \"all\"\n"
        ))
    }

    pub fn add_window(&mut self, window: Window, is_final: bool) {
        // As in a manifest, windows of one matrix share it.
        let shape = self.windows.last().map_or_else(|| Arc::new(self.job.shape.clone()), |last| last.shape.clone());
        self.windows.push(Published { window, is_final, run_id: RunId(uuid::Uuid::nil()), shape });
    }

    pub fn add_row(&mut self, cell: Cell, attempts: i64, converted: i64) {
        let published = self.windows.last().unwrap();
        self.rows.push(row(
            published.window,
            self.identity.timezone,
            RowKey {
                account: AccountSid::ZEROS,
                window: published.window,
                service: cell.service,
                country: cell.country.map(|code| Country::from_table(code).unwrap()),
                channel: cell.channel,
                prefix: None,
            },
            Counts::new(attempts, converted).unwrap(),
            published.is_final,
        ));
    }

    pub fn add_keyed(&mut self, key: RowKey, counts: Counts) {
        let published = self.windows.last().unwrap();
        self.rows.push(row(published.window, self.identity.timezone, key, counts, published.is_final));
    }

    /// A day of UTC with its rows.
    pub fn add_day(&mut self, day: i64, cells: &[Sketched]) {
        self.add_window(window(day * DAY, DAY), true);
        let at = self.rows.len();
        for cell in cells {
            self.add_sketched(cell);
        }
        self.rows[at..].sort_unstable_by_key(|row| row.key);
    }

    pub fn add_sketched(&mut self, cell: &Sketched) {
        let published = self.windows.last().unwrap();
        let key = RowKey {
            account: AccountSid::ZEROS,
            window: published.window,
            service: None,
            country: Some(cell.country.unwrap_or(Country::REMAINDER)),
            channel: Some(cell.channel),
            prefix: None,
        };
        self.rows.push(row(published.window, self.identity.timezone, key, cell.counts, published.is_final));
    }

    /// Drops what ended before an instant.
    pub fn forget_before(&mut self, instant: UnixSeconds) {
        self.windows.retain(|published| published.window.end() > instant);
        self.rows.retain(|row| row.key.window.end() > instant);
    }

    pub fn report(&self, period: &str) -> Report {
        self.try_report(PeriodName::parse(period).unwrap()).unwrap()
    }

    /// The report of a period compared with the one before, as of the end of the dataset and two days.
    pub fn try_report(&self, period: PeriodName) -> Result<Report, TooLong> {
        self.compare(period, period.before())
    }

    pub fn compare(&self, period: PeriodName, compared: PeriodName) -> Result<Report, TooLong> {
        let zone = self.identity.timezone;
        let settings = self.job.report.clone().unwrap_or_default();
        let end = self.windows.last().map_or(UnixSeconds(0), |published| published.window.end());
        let subject = Subject {
            job: &self.job,
            settings: &settings,
            identity: &self.identity,
            period: period.in_zone(zone).unwrap(),
            compared: compared.in_zone(zone),
            as_of: end.plus_seconds(2 * DAY),
        };
        let analysis = Analysis::new(subject, self.windows.iter().cloned())?;
        let last_run = RunFacts {
            run_id: RunId(uuid::Uuid::nil()),
            as_of: end,
            published_at: end,
            reconciled: true,
            identities_checked: 7,
            differences: vec![],
        };
        let rows = self.rows.iter().map(|row| Ok::<Row, Infallible>(*row));
        let Ok(report) = analysis.report(rows, last_run, vec![]);
        Ok(report)
    }
}

pub fn window(start: i64, seconds: i64) -> Window {
    Window::new(UnixSeconds(start), UnixSeconds(start + seconds)).unwrap()
}

fn row(window: Window, zone: Tz, key: RowKey, counts: Counts, is_final: bool) -> Row {
    Row {
        key,
        window_date: window_date(zone, window),
        counts,
        provenance: Provenance::Measured,
        cost: None,
        is_final,
        asked_at: UnixMicros(window.end().to_micros().0 + 1),
        run_id: RunId(uuid::Uuid::nil()),
        published_at: None,
    }
}

/// October 2026 of a simulated account after nine weeks of history, with whatever attacks it had, in which calls to the
/// United States convert better than before: a report with everything in it but services and hours.
#[must_use]
pub fn october() -> Report {
    let sketch = Sketch::new(0);
    let mut dataset = Dataset::whole_world("day");
    for day in day("2026-08-01")..day("2026-11-01") {
        let mut cells = sketch.day(day);
        merge(&mut cells, sketch.attack(day).unwrap_or_default());
        let is_it = |cell: &&mut Sketched| {
            day >= self::day("2026-10-01")
                && cell.channel == Channel::Call
                && cell.country.is_some_and(|country| country.code() == "US")
        };
        for cell in cells.iter_mut().filter(is_it) {
            let (attempts, converted) = (cell.counts.attempts(), cell.counts.converted());
            cell.counts = Counts::new(attempts, converted + (attempts - converted) / 3).unwrap();
        }
        dataset.add_day(day, &cells);
    }
    dataset.report("2026-10")
}

/// Adds cells to those of the same place and channel.
pub fn merge(cells: &mut Vec<Sketched>, more: Vec<Sketched>) {
    for extra in more {
        match cells.iter_mut().find(|cell| cell.country == extra.country && cell.channel == extra.channel) {
            Some(cell) => cell.counts = cell.counts.checked_add(extra.counts).unwrap(),
            None => cells.push(extra),
        }
    }
}

//! Rows from findings.

use chrono::{NaiveDate, TimeZone};
use chrono_tz::Tz;

use super::cost::as_stored;
use crate::model::{AccountSid, Finding, Row, RowKey, RunId, UnixMicros, Window};

/// What all rows of a run share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowContext {
    /// The account that was asked.
    pub account: AccountSid,
    /// The run.
    pub run_id: RunId,
    /// When it publishes.
    pub published_at: UnixMicros,
    /// The job's zone.
    pub timezone: Tz,
}

impl RowContext {
    /// The row of a finding.
    #[must_use]
    pub fn row(&self, finding: &Finding) -> Row {
        let Finding { cell, counts, provenance, cost, is_final, asked_at, rests_on: _ } = *finding;
        Row {
            key: RowKey {
                account: self.account,
                window: cell.window,
                service: cell.service,
                country: cell.country,
                channel: cell.channel,
                prefix: cell.prefix,
            },
            window_date: window_date(self.timezone, cell.window),
            counts,
            provenance,
            cost: cost.and_then(|cost| as_stored(cost, counts)),
            is_final,
            asked_at,
            run_id: self.run_id,
            published_at: Some(self.published_at),
        }
    }
}

/// The window's first local date.
#[must_use]
pub fn window_date(timezone: Tz, window: Window) -> NaiveDate {
    timezone.from_utc_datetime(&window.start().to_datetime().naive_utc()).date_naive()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Cell, Counts, Provenance, RestsOn, UnixSeconds};

    fn window(start: &str) -> Window {
        let start = UnixSeconds(chrono::DateTime::parse_from_rfc3339(start).unwrap().timestamp());
        Window::new(start, start.plus_seconds(3600)).unwrap()
    }

    #[test]
    fn the_date_is_that_of_the_zone() {
        let cases = [
            ("UTC", "2026-10-01T00:00:00Z", "2026-10-01"),
            ("America/Bogota", "2026-10-01T04:59:59Z", "2026-09-30"),
            ("America/Bogota", "2026-10-01T05:00:00Z", "2026-10-01"),
            ("Pacific/Kiritimati", "2026-10-01T10:00:00Z", "2026-10-02"),
            // Midnight does not exist in Cairo on this day: it begins at 01:00 local time.
            ("Africa/Cairo", "2026-04-23T22:00:00Z", "2026-04-24"),
        ];
        for (zone, start, date) in cases {
            assert_eq!(window_date(zone.parse().unwrap(), window(start)).to_string(), date, "{zone} {start}");
        }
    }

    #[test]
    fn a_row_repeats_its_finding() {
        let context = RowContext {
            account: AccountSid::ZEROS,
            run_id: RunId(uuid::Uuid::nil()),
            published_at: UnixMicros(9),
            timezone: chrono_tz::America::Bogota,
        };
        let cell = Cell {
            window: window("2026-10-01T00:00:00Z"),
            service: None,
            country: Some("CO".parse().unwrap()),
            channel: Some("sms".parse().unwrap()),
            prefix: None,
        };
        let finding = Finding {
            cell,
            counts: Counts::new(11, 9).unwrap(),
            provenance: Provenance::Implied,
            cost: None,
            is_final: true,
            asked_at: UnixMicros(7),
            rests_on: RestsOn::Totals,
        };
        let row = context.row(&finding);
        assert_eq!(row.window_date.to_string(), "2026-09-30");
        assert_eq!((row.counts, row.provenance, row.is_final), (finding.counts, finding.provenance, true));
        assert_eq!(row.key.to_string(), format!("AC{}|2026-10-01T00:00:00Z|*|CO|sms|*", "0".repeat(32)));
    }
}

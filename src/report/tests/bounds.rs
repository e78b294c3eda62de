//! Windows that are not days, and periods that they do not fit.

use super::sample::{Cell, DAY, Dataset, day, window};
use crate::report::{MixBasis, PeriodName, render};

fn weekly() -> Dataset {
    let job = "name = \"x\"\n[windows]\nrange = \"last-month\"\nevery = \"week\"\n";
    let mut dataset = Dataset::of(job);
    // Mondays.
    let mut at = day("2026-08-31");
    while at < day("2026-11-02") {
        dataset.add_window(window(at * DAY, 7 * DAY), true);
        dataset.add_row(Cell::default(), 700, 350);
        at += 7;
    }
    dataset
}

/// A week belongs to the month in which it begins, whole; the months add up to the weeks.
#[test]
fn weeks_are_counted_in_the_month_in_which_they_begin() {
    let dataset = weekly();
    let report = dataset.report("2026-10");
    // 5, 12, 19 and 26 October; the one of 28 September reaches to 4 October.
    assert_eq!((report.trend.len(), report.totals.counts.attempts()), (4, 2800));
    let coverage = &report.coverage;
    assert_eq!(
        coverage.counted_before.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["2026-10-01", "2026-10-02", "2026-10-03", "2026-10-04"]
    );
    assert_eq!((coverage.beyond.len(), coverage.beyond[0].end().0), (1, day("2026-11-02") * DAY));
    assert_eq!(coverage.missing, []);
    assert!(report.notes.contains(&crate::report::Note::WindowsCrossTheEnds));
    assert_eq!(report.totals.change.unwrap().basis, MixBasis::MeanDay);
    // What came before ends with its last week, four days into the month.
    let history = report.attention.history.unwrap();
    assert_eq!(
        (history.first.to_string(), history.last.to_string(), history.days),
        ("2026-08-31".into(), "2026-10-04".into(), 35)
    );
    let all: i64 =
        ["2026-08", "2026-09", "2026-10"].iter().map(|month| dataset.report(month).totals.counts.attempts()).sum();
    assert_eq!(all, 9 * 700);
    let week = dataset.report("2026-W43");
    assert_eq!((week.totals.counts.attempts(), week.coverage.covered), (700, 7));
}

/// A month of weeks is no calendar month: every form says which dates its numbers are of, and those that it is compared
/// with.
#[test]
fn a_month_of_weeks_says_which_dates_it_covers() {
    let mut dataset = weekly();
    let forms =
        |report: &crate::report::Report| [render::terminal(report), render::markdown(report), render::html(report)];
    for text in forms(&dataset.report("2026-10")) {
        assert!(text.contains("2026-10-05 – 2026-11-01, the windows that begin in 2026-10"), "{text}");
        assert!(text.contains("2026-09-07 – 2026-10-04"), "{text}");
    }
    let gone = window(day("2026-10-12") * DAY, 7 * DAY);
    dataset.windows.retain(|published| published.window != gone);
    dataset.rows.retain(|row| row.key.window != gone);
    for text in forms(&dataset.report("2026-10")) {
        assert!(text.contains("2026-10-05 – 2026-10-11, 2026-10-19 – 2026-11-01, the windows"), "{text}");
    }
    for text in forms(&dataset.report("2026-W43")) {
        assert!(!text.contains("the windows that begin in"), "{text}");
    }
}

#[test]
fn a_window_longer_than_the_period_is_refused() {
    let error = weekly().try_report(PeriodName::parse("2026-10-07").unwrap()).unwrap_err().to_string();
    assert!(error.contains("2026-10-05T00:00:00Z") && error.contains("longer than the period 2026-10-07"), "{error}");
    let mut whole = Dataset::of("name = \"x\"\n[windows]\nrange = \"last-month\"\nevery = \"whole\"\n");
    whole.add_window(window(day("2026-08-01") * DAY, 92 * DAY), true);
    whole.add_row(Cell::default(), 10, 5);
    assert!(whole.try_report(PeriodName::parse("2026-10").unwrap()).is_err());
    let mut month = Dataset::of("name = \"x\"\n[windows]\nrange = \"last-month\"\nevery = \"whole\"\n");
    month.add_window(window(day("2026-10-01") * DAY, 31 * DAY), true);
    month.add_row(Cell::default(), 10, 5);
    assert_eq!(month.report("2026-10").totals.counts.attempts(), 10);
}

/// Whatever is not needed is not read.
#[test]
fn only_what_is_needed_is_read() {
    let mut dataset = Dataset::whole_world("day");
    for at in day("2025-01-01")..day("2026-11-01") {
        dataset.add_window(window(at * DAY, DAY), true);
        dataset.add_row(
            Cell { country: Some("US"), channel: Some(crate::model::Channel::Sms), ..Cell::default() },
            1,
            1,
        );
    }
    let settings = crate::job::ReportSettings::default();
    let name = |text: &str| PeriodName::parse(text).unwrap().in_zone(chrono_tz::Tz::UTC).unwrap();
    let subject = crate::report::analysis::Subject {
        job: &dataset.job,
        settings: &settings,
        identity: &dataset.identity,
        period: name("2026-09"),
        compared: Some(name("2025-09")),
        as_of: crate::model::UnixSeconds(day("2026-11-01") * DAY),
    };
    let ranges = crate::report::analysis::Analysis::new(subject, dataset.windows.iter().cloned()).unwrap().ranges();
    let shown: Vec<_> = ranges.iter().map(ToString::to_string).collect();
    let wanted = ["2025-09-01T00:00:00Z – 2025-10-01T00:00:00Z", "2026-07-07T00:00:00Z – 2026-10-01T00:00:00Z"];
    assert_eq!(shown, wanted);
}

use chrono::{DateTime, NaiveDate};

use super::*;

fn at(text: &str) -> UnixSeconds {
    UnixSeconds(DateTime::parse_from_rfc3339(text).unwrap().timestamp())
}

fn zone(name: &str) -> Tz {
    name.parse().unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The boundaries of a unit from an instant on, until `count` units are listed, as UTC times.
fn starts(unit: Unit, name: &str, from: &str, count: usize) -> Vec<String> {
    let first = unit_start(unit, at(from), zone(name));
    std::iter::successors(Some(first), |start| Some(next_start(unit, *start, zone(name))))
        .take(count)
        .map(|start| start.to_string())
        .collect()
}

#[test]
fn days_begin_at_the_midnight_of_the_zone_or_the_first_instant_after_it() {
    for (name, day, start) in [
        ("UTC", "2026-10-01", "2026-10-01T00:00:00Z"),
        ("America/Bogota", "2026-10-01", "2026-10-01T05:00:00Z"),
        ("Asia/Kathmandu", "2026-10-01", "2026-09-30T18:15:00Z"),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z"),
        ("Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00Z"),
        // Clocks went from 24:00 to 01:00: there is no midnight.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"),
        ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00:00Z"),
        // Clocks went from 24:00 back to 23:00: midnight came an hour later.
        ("America/Sao_Paulo", "2018-02-18", "2018-02-18T03:00:00Z"),
        // Clocks went from 01:00 back to 00:00: of two midnights the first counts.
        ("America/Havana", "2025-11-02", "2025-11-02T04:00:00Z"),
        // Clocks went from 00:01 back to 23:01 of the day before: likewise.
        ("America/St_Johns", "2010-11-07", "2010-11-07T02:30:00Z"),
        // The zone went over the date line: this date never was.
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"),
    ] {
        assert_eq!(day_start(date(day), zone(name)).to_string(), start, "{name} {day}");
    }
}

#[test]
fn clock_changes_make_days_of_23_25_and_other_hours() {
    for (name, day, hours) in [
        ("Europe/Berlin", "2026-03-29", 23.0),
        ("Europe/Berlin", "2026-10-25", 25.0),
        ("America/New_York", "2026-03-08", 23.0),
        ("America/New_York", "2026-11-01", 25.0),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("America/Sao_Paulo", "2018-02-17", 25.0),
        ("America/Sao_Paulo", "2018-11-04", 23.0),
        ("America/Bogota", "2026-03-29", 24.0),
    ] {
        let start = day_start(date(day), zone(name));
        let length = next_start(Unit::Day, start, zone(name)).0 - start.0;
        assert!((f64::from(i32::try_from(length).unwrap()) / 3600.0 - hours).abs() < 1e-9, "{name} {day}: {length} s");
    }
}

#[test]
fn a_skipped_date_is_no_day() {
    let days = starts(Unit::Day, "Pacific/Apia", "2011-12-29T12:00:00Z", 3);
    assert_eq!(days, ["2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"]);
    assert_eq!(local_date(at("2011-12-30T09:59:59Z"), zone("Pacific/Apia")), date("2011-12-29"));
    assert_eq!(local_date(at("2011-12-30T10:00:00Z"), zone("Pacific/Apia")), date("2011-12-31"));
}

#[test]
fn hours_follow_the_local_clock() {
    for (name, from, expected) in [
        // Local half hours and quarters lie elsewhere in UTC.
        (
            "Asia/Kathmandu",
            "2026-10-01T00:00:00Z",
            ["2026-09-30T23:15:00Z", "2026-10-01T00:15:00Z", "2026-10-01T01:15:00Z"],
        ),
        // 02:00 comes twice.
        (
            "Europe/Berlin",
            "2026-10-25T00:30:00Z",
            ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"],
        ),
        // 02:00 is skipped.
        (
            "Europe/Berlin",
            "2026-03-29T00:30:00Z",
            ["2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"],
        ),
        // 01:30 to 02:00 comes twice: 60 minutes, then 30.
        (
            "Australia/Lord_Howe",
            "2026-04-04T14:30:00Z",
            ["2026-04-04T14:00:00Z", "2026-04-04T15:00:00Z", "2026-04-04T15:30:00Z"],
        ),
        // 02:00 to 02:30 is skipped: the hour has 30 minutes.
        (
            "Australia/Lord_Howe",
            "2026-10-03T15:10:00Z",
            ["2026-10-03T14:30:00Z", "2026-10-03T15:30:00Z", "2026-10-03T16:00:00Z"],
        ),
        // 00:01 went back to 23:01: hours of one minute and of 59.
        (
            "America/St_Johns",
            "2010-11-07T02:30:00Z",
            ["2010-11-07T02:30:00Z", "2010-11-07T02:31:00Z", "2010-11-07T03:30:00Z"],
        ),
    ] {
        assert_eq!(starts(Unit::Hour, name, from, 3), expected, "{name} {from}");
    }
}

#[test]
fn weeks_begin_on_mondays_and_months_on_firsts() {
    for (unit, from, expected) in [
        (Unit::Week, "2026-10-01T12:00:00Z", ["2026-09-28T00:00:00Z", "2026-10-05T00:00:00Z"]),
        (Unit::Week, "2026-10-05T00:00:00Z", ["2026-10-05T00:00:00Z", "2026-10-12T00:00:00Z"]),
        (Unit::Week, "2027-01-01T00:00:00Z", ["2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z"]),
        (Unit::Month, "2028-02-29T23:59:59Z", ["2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"]),
        (Unit::Month, "2026-12-31T23:59:59Z", ["2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"]),
        (Unit::Day, "2028-02-28T12:00:00Z", ["2028-02-28T00:00:00Z", "2028-02-29T00:00:00Z"]),
        (Unit::Day, "2026-12-31T23:59:59Z", ["2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"]),
    ] {
        assert_eq!(starts(unit, "UTC", from, 2), expected, "{unit} {from}");
    }
}

#[test]
fn the_day_that_holds_an_instant_is_the_last_one_that_has_begun() {
    // 23:31 for the second time, after the first midnight of the 7th: the day of the 7th holds it.
    let instant = at("2010-11-07T03:00:00Z");
    assert_eq!(local_date(instant, zone("America/St_Johns")), date("2010-11-06"));
    assert_eq!(unit_start(Unit::Day, instant, zone("America/St_Johns")), at("2010-11-07T02:30:00Z"));
}

#[test]
fn instants_of_no_known_calendar_do_no_harm() {
    for far in [i64::MIN, i64::MAX] {
        for unit in Unit::ALL {
            let start = unit_start(unit, UnixSeconds(far), zone("Europe/Berlin"));
            assert!(start < next_start(unit, UnixSeconds(far), zone("Europe/Berlin")));
        }
    }
}

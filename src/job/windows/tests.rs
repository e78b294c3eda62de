use chrono::{DateTime, Datelike, NaiveDateTime, TimeZone, Timelike};
use chrono_tz::TZ_VARIANTS;
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> UnixSeconds {
    UnixSeconds(DateTime::parse_from_rfc3339(text).unwrap().timestamp())
}

fn plan(range: &str, every: Every, zone: &str) -> WindowPlan {
    WindowPlan { what: Range::parse(range).unwrap(), every, timezone: zone.parse().unwrap() }
}

fn shown(plan: WindowPlan, as_of: &str) -> Vec<String> {
    plan.windows(at(as_of)).map(|window| window.to_string()).collect()
}

#[test]
fn relative_ranges() {
    // A Thursday.
    let as_of = at("2026-10-15T14:30:00Z");
    for (range, start, end) in [
        ("today", "2026-10-15T00:00:00Z", "2026-10-15T14:30:00Z"),
        ("yesterday", "2026-10-14T00:00:00Z", "2026-10-15T00:00:00Z"),
        ("this-week", "2026-10-12T00:00:00Z", "2026-10-15T14:30:00Z"),
        ("last-week", "2026-10-05T00:00:00Z", "2026-10-12T00:00:00Z"),
        ("this-month", "2026-10-01T00:00:00Z", "2026-10-15T14:30:00Z"),
        ("last-month", "2026-09-01T00:00:00Z", "2026-10-01T00:00:00Z"),
        ("last-1-days", "2026-10-14T00:00:00Z", "2026-10-15T00:00:00Z"),
        ("last-28-days", "2026-09-17T00:00:00Z", "2026-10-15T00:00:00Z"),
        ("last-48-hours", "2026-10-13T14:00:00Z", "2026-10-15T14:00:00Z"),
        ("last-2-weeks", "2026-09-28T00:00:00Z", "2026-10-12T00:00:00Z"),
        ("last-12-months", "2025-10-01T00:00:00Z", "2026-10-01T00:00:00Z"),
    ] {
        let bounds = plan(range, Every::Whole, "UTC").bounds(as_of);
        assert_eq!(bounds, (at(start), at(end)), "{range}");
    }
}

#[test]
fn relative_ranges_follow_the_zone() {
    // Already the 1st in Berlin, still the 31st in Bogotá.
    let as_of = at("2026-10-31T23:30:00Z");
    let bounds = |range, zone| plan(range, Every::Whole, zone).bounds(as_of);
    assert_eq!(bounds("last-month", "Europe/Berlin"), (at("2026-09-30T22:00:00Z"), at("2026-10-31T23:00:00Z")));
    assert_eq!(bounds("last-month", "America/Bogota"), (at("2026-09-01T05:00:00Z"), at("2026-10-01T05:00:00Z")));
    // 25 hours of the day on which clocks went back, and 23 of the day on which they went forward.
    let berlin = |range, as_of: &str| plan(range, Every::Hour, "Europe/Berlin").windows(at(as_of)).count();
    assert_eq!(berlin("yesterday", "2026-10-26T12:00:00Z"), 25);
    assert_eq!(berlin("yesterday", "2026-03-30T12:00:00Z"), 23);
    assert_eq!(berlin("last-24-hours", "2026-10-26T12:00:00Z"), 24);
}

#[test]
fn last_days_count_only_days_that_were() {
    let bounds = plan("last-2-days", Every::Day, "Pacific/Apia").bounds(at("2011-12-31T12:00:00Z"));
    assert_eq!(bounds, (at("2011-12-29T10:00:00Z"), at("2011-12-31T10:00:00Z")));
}

#[test]
fn only_words_of_the_list_are_ranges() {
    for bad in [
        "",
        "Today",
        "tomorrow",
        "last-day",
        "last-hour",
        "last-year",
        "last-days",
        "last--days",
        "last-7-day",
        "last-7-years",
        "last-+7-days",
        "last-7-days ",
        "last-0-days",
        "last-07-days",
        "last-3654-days",
        "last-99999999999-hours",
        "last-1.5-days",
        "this-day",
        "last-7-hour",
    ] {
        assert!(Range::parse(bad).is_err(), "{bad}");
    }
    for (unit, most) in [("hours", 87_672), ("days", 3_653), ("weeks", 522), ("months", 120)] {
        assert!(Range::parse(&format!("last-{most}-{unit}")).is_ok());
        assert!(Range::parse(&format!("last-{}-{unit}", most + 1)).is_err());
    }
}

#[test]
fn first_and_last_windows_are_cut() {
    let what = Range::Between { start: at("2026-10-01T12:00:00Z"), end: at("2026-10-13T06:00:00Z") };
    let plan = WindowPlan { what, every: Every::Week, timezone: Tz::UTC };
    let expected = [
        "2026-10-01T12:00:00Z – 2026-10-05T00:00:00Z",
        "2026-10-05T00:00:00Z – 2026-10-12T00:00:00Z",
        "2026-10-12T00:00:00Z – 2026-10-13T06:00:00Z",
    ];
    assert_eq!(shown(plan, "2026-10-13T06:00:00Z"), expected);
    assert_eq!(shown(plan, "2026-10-13T05:59:59Z"), expected[..2]);
    assert_eq!(shown(plan, "2026-10-01T12:00:00Z"), [""; 0]);
}

#[test]
fn today_is_cut_at_as_of() {
    let expected = ["2026-10-15T00:00:00Z – 2026-10-15T01:00:00Z", "2026-10-15T01:00:00Z – 2026-10-15T01:30:00Z"];
    assert_eq!(shown(plan("today", Every::Hour, "UTC"), "2026-10-15T01:30:00Z"), expected);
    assert_eq!(shown(plan("today", Every::Hour, "UTC"), "2026-10-15T00:00:00Z"), [""; 0]);
    assert_eq!(shown(plan("this-month", Every::Day, "UTC"), "2026-10-01T00:00:00Z"), [""; 0]);
}

#[test]
fn whole_is_one_window_or_none() {
    assert_eq!(
        shown(plan("last-month", Every::Whole, "UTC"), "2026-03-15T00:00:00Z"),
        ["2026-02-01T00:00:00Z – 2026-03-01T00:00:00Z"]
    );
    let what = Range::Between { start: at("2026-10-01T00:00:00Z"), end: at("2026-11-01T00:00:00Z") };
    let whole = WindowPlan { what, every: Every::Whole, timezone: Tz::UTC };
    assert_eq!(shown(whole, "2026-10-31T00:00:00Z"), [""; 0]);
}

#[test]
fn distant_instants_give_no_endless_plans() {
    for far in [UnixSeconds(i64::MIN), UnixSeconds(i64::MAX), at("9999-12-31T23:59:59Z")] {
        for range in ["today", "this-month", "last-120-months", "last-48-hours"] {
            for every in Every::ALL {
                assert!(plan(range, every, "Europe/Berlin").windows(far).count() < 100_000);
            }
        }
    }
}

/// What the windows of a range should be, found by watching the local clock minute by minute.
fn watched(start: UnixSeconds, end: UnixSeconds, every: Every, zone: Tz) -> Vec<Window> {
    let clock = |at: i64| zone.timestamp_opt(at, 0).unwrap().naive_local();
    let unit = |clock: NaiveDateTime| match every {
        Every::Whole => 0,
        Every::Hour => clock.num_days_from_ce() * 24 + i32::try_from(clock.hour()).unwrap(),
        Every::Day => clock.num_days_from_ce(),
        Every::Week => (clock.num_days_from_ce() - 1).div_euclid(7),
        Every::Month => clock.year() * 12 + i32::try_from(clock.month0()).unwrap(),
    };
    // Two days earlier, so that the latest date seen is known at the start.
    let mut now = start.0 - 2 * 86_400;
    let mut latest = unit(clock(now));
    let mut cuts = vec![start.0];
    while now < end.0 {
        let (before, after) = (clock(now), clock(now + 60));
        now += 60;
        let cut =
            if every == Every::Hour { after < before || unit(after) != unit(before) } else { unit(after) > latest };
        latest = latest.max(unit(after));
        if cut && now > start.0 && now < end.0 {
            cuts.push(now);
        }
    }
    cuts.push(end.0);
    cuts.windows(2).map(|pair| Window::new(UnixSeconds(pair[0]), UnixSeconds(pair[1])).unwrap()).collect()
}

/// Clock changes of all kinds, which random instants would hardly ever meet.
const CHANGES: [(&str, &str); 10] = [
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
    ("America/St_Johns", "2010-11-07T02:31:00Z"),
    ("America/St_Johns", "2010-03-14T03:31:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
    ("America/Sao_Paulo", "2018-11-04T03:00:00Z"),
    ("America/Sao_Paulo", "2018-02-18T02:00:00Z"),
    ("Asia/Pyongyang", "2018-05-04T15:00:00Z"),
    ("America/Caracas", "2016-05-01T07:00:00Z"),
    ("America/Havana", "2025-11-02T05:00:00Z"),
];

/// A zone, and an instant of whole minutes, half of them near a clock change.
fn zone_and_instant() -> impl Strategy<Value = (Tz, UnixSeconds)> {
    let first = at("1975-01-01T00:00:00Z").0 / 3600;
    let anywhere =
        (0..TZ_VARIANTS.len(), 0i64..900_000).prop_map(move |(zone, hour)| (TZ_VARIANTS[zone], first + hour));
    let near = (0..CHANGES.len(), -80i64..80).prop_map(|(index, hours)| {
        let (zone, change) = CHANGES[index];
        (zone.parse().unwrap(), at(change).0 / 3600 + hours)
    });
    (prop_oneof![anywhere, near], 0i64..60)
        .prop_map(|((zone, hour), minute)| (zone, UnixSeconds(hour * 3600 + minute * 60)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn windows_are_where_the_local_clock_cuts(
        (zone, start) in zone_and_instant(), minutes in 1i64..6000, every in 0..5usize,
    ) {
        let every = Every::ALL[every];
        let end = start.plus_seconds(minutes * 60);
        let plan = WindowPlan { what: Range::Between { start, end }, every, timezone: zone };
        let windows: Vec<_> = plan.windows(end).collect();
        prop_assert_eq!(windows, watched(start, end, every, zone));
    }

    #[test]
    fn windows_tile_their_range(
        (zone, as_of) in zone_and_instant(),
        unit in 0..4usize,
        count in 0u32..40,
        every in 0..5usize,
    ) {
        let (unit, every) = (Unit::ALL[unit], Every::ALL[every]);
        let what = if count == 0 { Range::Current(unit) } else { Range::Last { count, unit } };
        let plan = WindowPlan { what, every, timezone: zone };
        let (start, end) = plan.bounds(as_of);
        prop_assert!(start <= end && end <= as_of);
        let windows: Vec<_> = plan.windows(as_of).collect();
        prop_assert_eq!(windows.first().map(|window| window.start()), (start < end).then_some(start));
        prop_assert_eq!(windows.last().map(|window| window.end()), (start < end).then_some(end));
        prop_assert!(windows.windows(2).all(|pair| pair[0].end() == pair[1].start()));
        // A zone's day may have an hour more than 24, and so on.
        prop_assert!(windows.len() <= plan.most_windows() + 3, "{} of {}", windows.len(), plan.most_windows());
        // Exactly `count` units lie in the range: cut by the unit itself, it gives so many windows.
        if count > 0 {
            let own = Every::ALL.iter().copied().find(|every| every.unit() == Some(unit)).unwrap();
            prop_assert_eq!(WindowPlan { every: own, ..plan }.windows(as_of).count(), count as usize);
        }
    }
}

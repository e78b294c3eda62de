//! Attempts that fall away, place by place, from rows that can be added up by hand.

use std::collections::BTreeMap;

use super::sample::{Cell, DAY, Dataset, day, window};
use crate::model::{Channel, Country};
use crate::report::{Flag, FlagKind, PeriodName};

const SMS: Option<Channel> = Some(Channel::Sms);
const WHATSAPP: Option<Channel> = Some(Channel::Whatsapp);
const JOB: &str = "name = \"x\"\n[windows]\nrange = \"last-month\"\n[matrix]\ncountries = [\"CO\", \"US\"]\n\
                   channels = [\"sms\", \"whatsapp\"]\n";
const FIRST: &str = "2026-08-05";
const NOVEMBER: &str = "2026-11-01";

/// The cells of a day and their attempts, of which three quarters convert.
type Attempts = BTreeMap<(&'static str, Channel), i64>;

/// On weekends four fifths, and a few more or less from day to day.
fn usual(at: i64) -> Attempts {
    let part = if matches!((at + 3).rem_euclid(7), 5 | 6) { 80 } else { 100 };
    let some = |attempts: i64, salt: i64| attempts * part / 100 + (at * 7 + salt).rem_euclid(5) - 2;
    [
        (("US", Channel::Sms), 400),
        (("US", Channel::Whatsapp), 100),
        (("CO", Channel::Sms), 100),
        (("CO", Channel::Whatsapp), 200),
        (("ZZ", Channel::Sms), 60),
        (("ZZ", Channel::Whatsapp), 20),
    ]
    .into_iter()
    .zip(0..)
    .map(|((cell, attempts), salt)| (cell, some(attempts, salt)))
    .collect()
}

fn add(dataset: &mut Dataset, at: i64, cells: &Attempts) {
    dataset.add_window(window(at * DAY, DAY), true);
    for ((country, channel), attempts) in cells {
        dataset.add_row(
            Cell { country: Some(country), channel: Some(*channel), ..Cell::default() },
            *attempts,
            attempts * 3 / 4,
        );
    }
}

fn scale(attempts: &mut i64, part: (i64, i64)) {
    *attempts = *attempts * part.0 / part.1;
}

fn scale_all(cells: &mut Attempts, part: (i64, i64)) {
    for attempts in cells.values_mut() {
        scale(attempts, part);
    }
}

/// Days to the end of October, each changed by a function.
fn dataset(first: &str, mut change: impl FnMut(i64, &mut Attempts)) -> Dataset {
    let mut dataset = Dataset::of(JOB);
    for at in day(first)..day(NOVEMBER) {
        let mut cells = usual(at);
        change(at, &mut cells);
        add(&mut dataset, at, &cells);
    }
    dataset
}

/// Kind, country, channel, dates.
fn told(flags: &[Flag]) -> Vec<(FlagKind, Option<String>, Option<Channel>, String)> {
    let country = |flag: &Flag| flag.place.country.map(|country: Country| country.to_string());
    flags
        .iter()
        .map(|flag| (flag.kind, country(flag), flag.place.channel, format!("{} {}", flag.first, flag.last)))
        .collect()
}

/// October's flags where some cells of some days are multiplied.
fn october(from: &str, days: i64, part: (i64, i64), is_hit: impl Fn(&str, Channel) -> bool) -> Vec<Flag> {
    let hit = day(from)..day(from) + days;
    let dataset = dataset(FIRST, |at, cells| {
        for ((country, channel), attempts) in cells.iter_mut() {
            if hit.contains(&at) && is_hit(country, *channel) {
                scale(attempts, part);
            }
        }
    });
    dataset.report("2026-10").attention.flags
}

#[test]
fn a_day_without_any_attempt_is_told_once() {
    let flags = october("2026-10-14", 1, (0, 1), |_, _| true);
    assert_eq!(told(&flags), [(FlagKind::Silence, None, None, "2026-10-14 2026-10-14".into())], "{flags:#?}");
    let sentence = "All attempts: no attempts on 2026-10-14, where about 880 were to be expected (from 5 Wednesdays, \
                    2026-09-09 – 2026-10-07).";
    assert_eq!(flags[0].sentence, sentence);
    let evidence = flags[0].evidence;
    assert_eq!((evidence.counts.attempts(), evidence.usual_attempts.round()), (0, 880.0));
    assert!(evidence.p_value.unwrap() < 1e-9);
    assert_eq!(evidence.basis.unwrap().units, 5);
    // Nearly nothing is as good.
    assert_eq!(told(&october("2026-10-14", 1, (1, 20), |_, _| true)), told(&flags));
}

#[test]
fn what_falls_silent_is_named_as_what_it_is() {
    let on = |from: &str, last: &str| format!("{from} {last}");
    let of = |country: Option<&str>, channel: Option<Channel>| {
        let flags = october("2026-10-12", 3, (0, 1), |code, of| {
            country.is_none_or(|country| country == code) && channel.is_none_or(|channel| channel == of)
        });
        told(&flags)
    };
    let dates = on("2026-10-12", "2026-10-14");
    let silent =
        |country: Option<&str>, channel| (FlagKind::Silence, country.map(str::to_owned), channel, dates.clone());
    assert_eq!(of(Some("CO"), None), [silent(Some("CO"), None)]);
    assert_eq!(of(Some("US"), None), [silent(Some("US"), None)]);
    assert_eq!(of(None, WHATSAPP), [silent(None, WHATSAPP)]);
    // Two thirds of all attempts: the whole is below no fifth, and the other channel works.
    assert_eq!(of(None, SMS), [silent(None, SMS)]);
    assert_eq!(of(Some("CO"), SMS), [silent(Some("CO"), SMS)]);
    assert_eq!(of(Some("ZZ"), SMS), [silent(Some("ZZ"), SMS)]);
    // Too few to say anything of a day, and enough in three.
    assert_eq!(of(Some("ZZ"), WHATSAPP), [silent(Some("ZZ"), WHATSAPP)]);
    assert_eq!(october("2026-10-12", 1, (0, 1), |code, of| code == "ZZ" && Some(of) == WHATSAPP), []);
}

/// Holidays halve what comes, campaigns double it, and when they are over it is as before.
#[test]
fn holidays_and_campaigns_are_no_outage() {
    for (from, days, part) in [
        ("2026-10-12", 1, (1, 2)),
        ("2026-10-10", 9, (1, 2)),
        ("2026-09-20", 14, (2, 1)),
        ("2026-09-01", 35, (2, 1)),
        ("2026-10-12", 1, (1, 3)),
    ] {
        assert_eq!(told(&october(from, days, part, |_, _| true)), [], "{from} {days} {part:?}");
    }
}

/// An outage that goes on is told as long as there is something to compare it with, in a day's report as in a month's.
#[test]
fn an_outage_that_goes_on_is_told_again_and_says_since_when() {
    let since = day("2026-10-09");
    let dataset = dataset(FIRST, |at, cells| {
        if at >= since {
            cells.iter_mut().filter(|(cell, _)| cell.0 == "CO").for_each(|(_, attempts)| *attempts = 0);
        }
    });
    for (period, last) in [("2026-10", 31), ("2026-10-09", 9), ("2026-10-13", 13), ("2026-10-31", 31), ("2026-W43", 25)]
    {
        let report = dataset.try_report(PeriodName::parse(period).unwrap()).unwrap();
        let dates = format!("2026-10-09 2026-10-{last:02}");
        assert_eq!(told(&report.attention.flags), [(FlagKind::Silence, Some("CO".into()), None, dates)], "{period}");
    }
}

/// What is not in the dataset is missing, whatever the reason, and what is there as zero is an outage.
#[test]
fn a_missing_day_is_no_outage_and_a_published_zero_is_one() {
    let zero = |at: i64| matches!(at - day("2026-10-13"), 0 | 2);
    let mut dataset = dataset(FIRST, |at, cells| {
        if zero(at) {
            scale_all(cells, (0, 1));
        }
    });
    let gone = |at: &str| window(day(at) * DAY, DAY);
    for missing in ["2026-10-14", "2026-10-20"] {
        dataset.windows.retain(|published| published.window != gone(missing));
        dataset.rows.retain(|row| row.key.window != gone(missing));
    }
    let report = dataset.report("2026-10");
    let dates: Vec<_> = told(&report.attention.flags).into_iter().map(|flag| flag.3).collect();
    assert_eq!(dates, ["2026-10-13 2026-10-13", "2026-10-15 2026-10-15"]);
    assert_eq!(report.coverage.absent.len(), 2);
}

/// The last day as it stands while it is being counted: cut off, or not settled.
#[test]
fn a_day_that_is_not_over_is_an_outage_only_where_that_is_clear() {
    let last = day("2026-10-31");
    let told_of = |hours: i64, part: (i64, i64), is_final: bool| {
        let mut dataset = dataset(FIRST, |at, cells| {
            if at == last {
                scale_all(cells, part);
            }
        });
        let cut = window(last * DAY, hours * 3600);
        for row in dataset.rows.iter_mut().filter(|row| row.key.window.start() == cut.start()) {
            row.key.window = cut;
        }
        let published = dataset.windows.last_mut().unwrap();
        (published.window, published.is_final) = (cut, is_final);
        let flags = dataset.report("2026-10").attention.flags;
        flags.iter().filter(|flag| flag.kind == FlagKind::Silence).count()
    };
    // Three hours of the night, with hardly anything; the morning, with a third of a day.
    assert_eq!([told_of(3, (1, 50), false), told_of(3, (0, 1), false), told_of(12, (1, 3), false)], [0, 0, 0]);
    // Most of the day, without anything.
    assert_eq!([told_of(18, (0, 1), false), told_of(24, (0, 1), false), told_of(24, (0, 1), true)], [1, 1, 1]);
    // What may still come is not held against it.
    assert_eq!([told_of(24, (3, 20), false), told_of(24, (3, 20), true)], [0, 1]);
}

/// Changes which countries the job asks for, from a day on.
fn relist(dataset: &mut Dataset, from: i64, codes: &[&str]) {
    let mut shape = dataset.job.shape.clone();
    shape.countries = Some(codes.iter().map(|code| code.parse().unwrap()).collect());
    let shape = std::sync::Arc::new(shape);
    for published in dataset.windows.iter_mut().filter(|published| published.window.start().0 >= from * DAY) {
        published.shape = shape.clone();
    }
}

/// A country that is no longer asked for is not silent; what it had is the remainder's from then on, and was not before.
#[test]
fn a_country_that_left_the_job_or_came_into_it_is_no_outage() {
    let from = day("2026-10-12");
    let mut left = dataset(FIRST, |at, cells| {
        if at >= from {
            for channel in [Channel::Sms, Channel::Whatsapp] {
                let moved = cells.remove(&("CO", channel)).unwrap();
                *cells.get_mut(&("ZZ", channel)).unwrap() += moved;
            }
        }
    });
    relist(&mut left, from, &["US"]);
    assert_eq!(told(&left.report("2026-10").attention.flags), []);
    let mut came = dataset(FIRST, |at, cells| {
        if at < from {
            for channel in [Channel::Sms, Channel::Whatsapp] {
                let moved = cells.remove(&("CO", channel)).unwrap();
                *cells.get_mut(&("ZZ", channel)).unwrap() += 30 * moved;
            }
        }
    });
    relist(&mut came, day(FIRST), &["US"]);
    relist(&mut came, from, &["CO", "US"]);
    let report = came.report("2026-10");
    // The whole fell, as the test's remainder is thirty times what left it; the remainder itself says nothing.
    assert!(report.attention.flags.iter().all(|flag| flag.place.country.is_none()), "{:#?}", report.attention.flags);
    let remainder = report.countries.unwrap().remainder.unwrap();
    assert_eq!(remainder.change, None, "it is compared with what it no longer holds");
    assert!(left.report("2026-10").totals.change.is_some());
}

/// Who had nothing before is new, and who begins is not silent before that.
#[test]
fn a_beginning_is_no_outage() {
    for begins in ["2026-08-12", "2026-09-20", "2026-10-05", "2026-10-20"] {
        let begins = day(begins);
        let dataset = dataset(FIRST, |at, cells| {
            if at < begins {
                scale_all(cells, (0, 1));
            }
        });
        let flags = dataset.report("2026-10").attention.flags;
        assert!(flags.iter().all(|flag| flag.kind == FlagKind::NewCountry), "{flags:#?}");
    }
}

/// With the month alone its own other days tell what is usual.
#[test]
fn without_history_the_month_is_held_against_itself() {
    for silent in ["2026-10-05", "2026-10-17", "2026-10-31"] {
        let at_silent = day(silent);
        let dataset = dataset("2026-10-01", |at, cells| {
            if at == at_silent {
                scale_all(cells, (0, 1));
            }
        });
        let dates = format!("{silent} {silent}");
        let report = dataset.report("2026-10");
        assert_eq!(told(&report.attention.flags), [(FlagKind::Silence, None, None, dates)]);
    }
}

/// Weeks and months have no weekdays.
#[test]
fn a_week_without_attempts_is_told_in_a_weekly_job() {
    let mut dataset = Dataset::of("name = \"x\"\n[windows]\nrange = \"last-month\"\nevery = \"week\"\n");
    let mut at = day("2026-07-06");
    while at < day(NOVEMBER) {
        dataset.add_window(window(at * DAY, 7 * DAY), true);
        dataset.add_row(Cell::default(), if at == day("2026-10-12") { 0 } else { 700 + at.rem_euclid(40) }, 0);
        at += 7;
    }
    let flags = dataset.report("2026-10").attention.flags;
    let silent: Vec<_> = told(&flags).into_iter().filter(|flag| flag.0 == FlagKind::Silence).collect();
    assert_eq!(silent, [(FlagKind::Silence, None, None, "2026-10-12 2026-10-18".into())]);
}

//! Loud when something does: planted attacks, outages and drops are found in at least 95 % of their months.

use super::sample::{DAY, Dataset, day, merge, window};
use crate::job::Job;
use crate::model::{Channel, Country, Counts};
use crate::report::{Flag, FlagKind};
use crate::simulator::tests::sketch::{Sketch, Sketched};

const FIRST: &str = "2026-08-05";
const OCTOBER: &str = "2026-10-01";
const NOVEMBER: &str = "2026-11-01";

/// Nine weeks of calm days that many months may follow.
fn calm(seed: u64) -> (Sketch, Dataset) {
    let sketch = Sketch::new(seed);
    let mut dataset = Dataset::whole_world("day");
    for day in day(FIRST)..day(OCTOBER) {
        dataset.add_day(day, &sketch.day(day));
    }
    (sketch, dataset)
}

/// October's flags, with each day's cells changed by a function.
fn october(sketch: &Sketch, before: &Dataset, change: impl Fn(i64, &mut Vec<Sketched>)) -> Vec<Flag> {
    let mut dataset = before.clone();
    for day in day(OCTOBER)..day(NOVEMBER) {
        let mut cells = sketch.day(day);
        change(day, &mut cells);
        dataset.add_day(day, &cells);
    }
    dataset.report("2026-10").attention.flags
}

/// Each attack of a hundred that the world's own generator makes, one to a month.
#[test]
fn planted_attacks_are_found() {
    let (mut found, mut planted, mut told_otherwise) = (0, 0, 0);
    for seed in 0..4 {
        let (sketch, before) = calm(seed);
        let attacks = (20_000..30_000).filter_map(|day| sketch.attack(day)).take(25);
        for (number, attack) in attacks.enumerate() {
            let at = day(OCTOBER) + i64::try_from(number % 31).unwrap();
            let country = attack[0].country;
            let flags = october(&sketch, &before, |day, cells| {
                if day == at {
                    merge(cells, attack.clone());
                }
            });
            planted += 1;
            let is_it = |flag: &&Flag| flag.kind == FlagKind::Pumping && flag.place.country == country;
            let flag = flags.iter().find(is_it);
            found += u32::from(flag.is_some());
            // What is told of an attack is told once.
            told_otherwise += flags.len() - usize::from(flag.is_some());
            if let Some(flag) = flag {
                assert_eq!(
                    flag.first.to_string(),
                    chrono::NaiveDate::default()
                        .checked_add_days(chrono::Days::new(at.cast_unsigned()))
                        .unwrap()
                        .to_string()
                );
                Job::parse(flag.job.as_ref().unwrap(), "prefixes.toml").unwrap();
            }
        }
    }
    eprintln!("{found} of {planted} attacks, {told_otherwise} others");
    assert_eq!(planted, 100);
    assert!(found >= 95, "{found} of {planted} attacks");
    assert!(told_otherwise <= 5, "{told_otherwise} other flags");
}

/// Hourly weeks of the two dozen busiest countries, each with one failure of the world's own kind.
#[test]
fn planted_outages_are_found_to_the_hour() {
    let job = "name = \"hours\"\n[source]\nbase_url = \"simulator\"\n[windows]\nrange = \"last-month\"\n\
               every = \"hour\"\n\
               [matrix]\ncountries = \"all\"\nchannels = \"all\"\n[report.attention]\nhistory = \"14d\"\n";
    let (mut found, mut told_otherwise) = (0, 0);
    for number in 0..40 {
        let sketch = Sketch::new(200 + number);
        let outage = sketch.outage(number);
        let at = day(OCTOBER) + i64::try_from(number % 7).unwrap();
        let mut dataset = Dataset::of(job);
        // A week's report looks for hours as a month's does.
        for day in day("2026-09-21")..day("2026-10-12") {
            let mut cells = sketch.hours(day, 24, (day == at + 4).then_some(outage));
            cells.sort_by_key(|(hour, _)| *hour);
            for (hour, cell) in cells {
                let start = day * DAY + i64::from(hour) * 3600;
                if dataset.windows.last().is_none_or(|last| last.window.start().0 != start) {
                    dataset.add_window(window(start, 3600), true);
                }
                dataset.add_sketched(&cell);
            }
        }
        let flags = dataset.report("2026-W41").attention.flags;
        let start = (at + 4) * DAY + i64::from(outage.hours.0) * 3600;
        let end = (at + 4) * DAY + i64::from(outage.hours.1) * 3600;
        let planted = window(start, end - start);
        let is_it = |flag: &&Flag| {
            flag.kind == FlagKind::Outage
                && flag.place.channel == Some(outage.channel)
                && flag.window.is_some_and(|window| window.overlaps(planted))
        };
        let flag = flags.iter().find(is_it);
        found += u32::from(flag.is_some());
        told_otherwise += flags.iter().filter(|flag| !is_it(flag)).count();
        if let Some(found) = flag.filter(|flag| flag.place.country.is_none()).and_then(|flag| flag.window) {
            let off = (found.start().0 - start).abs().max((found.end().0 - end).abs());
            assert!(off <= 2 * 3600, "{found} for {planted}");
        }
    }
    eprintln!("{found} of 40 outages, {told_otherwise} others");
    assert!(found >= 38, "{found} of 40 outages");
    // Two weeks of history: carriers that fail in one country for a day show as drops now and then.
    assert!(told_otherwise <= 4, "{told_otherwise} other flags");
}

fn scaled(cell: &mut Sketched, part: (i64, i64)) {
    let converted = cell.counts.converted() * part.0 / part.1;
    cell.counts = Counts::new(cell.counts.attempts(), converted).unwrap();
}

/// A channel that fails for two whole days, in daily data.
#[test]
fn days_without_a_channel_are_found_in_daily_data() {
    let (sketch, before) = calm(11);
    let from = day("2026-10-13");
    let flags = october(&sketch, &before, |day, cells| {
        for cell in cells.iter_mut().filter(|cell| cell.channel == Channel::Whatsapp) {
            if (from..from + 2).contains(&day) {
                scaled(cell, (1, 30));
            }
        }
    });
    assert_eq!(flags.len(), 1, "{flags:#?}");
    assert_eq!(
        (flags[0].kind, flags[0].place.channel, flags[0].place.country),
        (FlagKind::Outage, Some(Channel::Whatsapp), None)
    );
    assert_eq!((flags[0].first.to_string(), flags[0].last.to_string()), ("2026-10-13".into(), "2026-10-14".into()));
}

/// A rate that falls by an eighth in one cell for the month, in each of ten busy cells.
#[test]
fn lasting_drops_are_found_where_they_are() {
    let (sketch, before) = calm(12);
    let mut found = 0;
    let codes = ["US", "BR", "IN", "GB", "MX", "DE", "ID", "ES", "NG", "CO"];
    for code in codes {
        let country: Country = code.parse().unwrap();
        let flags = october(&sketch, &before, |_, cells| {
            let is_it = |cell: &&mut Sketched| cell.country == Some(country) && cell.channel == Channel::Sms;
            cells.iter_mut().filter(is_it).for_each(|cell| scaled(cell, (7, 8)));
        });
        let is_it = |flag: &&Flag| {
            flag.kind == FlagKind::Drop
                && flag.place.country == Some(country)
                && flag.place.channel == Some(Channel::Sms)
        };
        found += flags.iter().filter(is_it).count();
        let others: Vec<_> = flags.iter().filter(|flag| !is_it(flag)).map(|flag| &flag.sentence).collect();
        assert!(others.is_empty(), "{code}: {others:?}");
    }
    assert!(found == codes.len(), "{found} of {}", codes.len());
}

/// A fall of the whole channel is one flag, not one for each country.
#[test]
fn a_broad_drop_is_told_once() {
    let (sketch, before) = calm(13);
    let flags = october(&sketch, &before, |_, cells| {
        cells.iter_mut().filter(|cell| cell.channel == Channel::Sms).for_each(|cell| scaled(cell, (4, 5)));
    });
    let places: Vec<_> = flags.iter().map(|flag| (flag.kind, flag.place.channel, flag.place.country)).collect();
    assert_eq!(places, [(FlagKind::Drop, Some(Channel::Sms), None)], "{flags:#?}");
}

/// What may still change raises no drop and no failed channel, however bad it looks; it raises pumping.
#[test]
fn provisional_windows_raise_no_drop() {
    let sketch = Sketch::new(14);
    let build = |is_final: bool| {
        let mut dataset = Dataset::whole_world("day");
        let bad = day("2026-10-20");
        for day in day(FIRST)..day(NOVEMBER) {
            let mut cells = sketch.day(day);
            if day >= bad {
                for cell in &mut cells {
                    scaled(cell, (1, 20));
                }
            }
            dataset.add_day(day, &cells);
            if day >= bad {
                dataset.windows.last_mut().unwrap().is_final = is_final;
            }
        }
        dataset.report("2026-10").attention.flags
    };
    assert!(!build(true).is_empty());
    assert_eq!(build(false), []);
}

#[test]
fn a_country_that_appears_is_told_if_it_was_asked_for_before() {
    let (sketch, before) = calm(15);
    let add = |attempts: i64| {
        move |at: i64, cells: &mut Vec<Sketched>| {
            if at >= day("2026-10-25") {
                let counts = Counts::new(attempts, attempts * 7 / 10).unwrap();
                cells.push(Sketched { country: Some("XK".parse().unwrap()), channel: Channel::Sms, counts });
            }
        }
    };
    let flags = october(&sketch, &before, add(20));
    assert_eq!(flags.len(), 1, "{flags:#?}");
    assert_eq!((flags[0].kind, flags[0].first.to_string()), (FlagKind::NewCountry, "2026-10-25".into()));
    assert_eq!(flags[0].sentence, "Kosovo: 140 attempts since 2026-10-25, none in the 56 days before.");
    assert_eq!(october(&sketch, &before, add(14)), []);
    let mut unasked = before.clone();
    for published in &mut unasked.windows {
        let mut shape = (*published.shape).clone();
        shape.countries.as_mut().unwrap().retain(|country| country.code() != "XK");
        published.shape = std::sync::Arc::new(shape);
    }
    assert_eq!(october(&sketch, &unasked, add(20)), []);
}

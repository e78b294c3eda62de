//! Attempts that fall away for hours, from rows that can be added up by hand.

use super::sample::{Cell, DAY, Dataset, day, window};
use crate::model::Channel;
use crate::report::FlagKind;

const NOVEMBER: &str = "2026-11-01";

/// Hours: a stretch in which enough was to be expected, at the time of day at which it was.
#[test]
fn hours_without_attempts_are_told_to_the_hour() {
    let job = "name = \"x\"\n[windows]\nrange = \"last-month\"\nevery = \"hour\"\ntimezone = \"America/Bogota\"\n\
               [matrix]\nchannels = [\"sms\", \"call\"]\n";
    let start = day("2026-10-14") * DAY + 14 * 3600;
    let report = |hours: i64, is_hit: fn(Channel) -> bool| {
        let mut dataset = Dataset::of(job);
        for at in day("2026-08-25") * 24 + 5..day(NOVEMBER) * 24 + 5 {
            dataset.add_window(window(at * 3600, 3600), true);
            let local = (at - 5).rem_euclid(24);
            // At night next to nothing.
            let usual = if local < 6 { 1 } else { 20 };
            for (channel, attempts) in [(Channel::Sms, usual), (Channel::Call, usual / 2 + 1)] {
                let is_silent = (start..start + hours * 3600).contains(&(at * 3600)) && is_hit(channel);
                let attempts = if is_silent { 0 } else { attempts + at.rem_euclid(3) - 1 };
                dataset.add_row(
                    Cell { channel: Some(channel), ..Cell::default() },
                    attempts.max(0),
                    attempts.max(0) * 3 / 4,
                );
            }
        }
        let report = dataset.report("2026-10");
        let flags = report.attention.flags.iter().filter(|flag| flag.kind == FlagKind::Silence);
        flags.map(|flag| (flag.place.channel, flag.sentence.clone(), flag.window.unwrap())).collect::<Vec<_>>()
    };
    let all = report(4, |_| true);
    assert_eq!(all.len(), 1, "{all:#?}");
    let sentence = "All attempts: no attempts from 2026-10-14 09:00 to 13:00, where about 126 were to be expected (from \
                    the same hours of 5 Wednesdays, 2026-09-09 – 2026-10-07).";
    assert_eq!((all[0].0, all[0].1.as_str()), (None, sentence));
    assert_eq!(all[0].2, window(start, 4 * 3600));
    let one = report(6, |channel| channel == Channel::Sms);
    assert_eq!(one.iter().map(|flag| flag.0).collect::<Vec<_>>(), [Some(Channel::Sms)], "{one:#?}");
    // One hour of thirty is none.
    assert_eq!(report(1, |_| true), []);
}

/// Two hundred codes that nobody enters in three hours of a night, beside the few that are usual there: SMS works.
#[test]
fn a_burst_at_night_is_no_failed_channel() {
    let mut dataset = Dataset::of(
        "name = \"x\"\n[windows]\nrange = \"last-month\"\nevery = \"hour\"\n[matrix]\ncountries = [\"US\", \"MG\"]\n\
         channels = [\"sms\", \"call\"]\n",
    );
    for at in day("2026-08-25") * 24..day(NOVEMBER) * 24 {
        dataset.add_window(window(at * 3600, 3600), true);
        let is_hit = at / 24 == day("2026-10-07") && (2..5).contains(&at.rem_euclid(24));
        for (country, channel, usual, extra) in
            [("US", Channel::Sms, 8, 0), ("US", Channel::Call, 4, 0), ("MG", Channel::Sms, 4, 70)]
        {
            // So many by day that the night's do not make it a day of pumping.
            let usual = if at.rem_euclid(24) < 6 { usual } else { 10 * usual };
            let cell = Cell { country: Some(country), channel: Some(channel), ..Cell::default() };
            dataset.add_row(cell, usual + if is_hit { extra } else { 0 }, usual * 3 / 4);
        }
    }
    let flags = dataset.report("2026-10").attention.flags;
    assert!(flags.iter().all(|flag| flag.kind != FlagKind::Outage), "{flags:#?}");
}

/// An attack at night makes the hours of its night no usual ones.
#[test]
fn the_hours_of_an_attack_are_not_expected_again() {
    let mut dataset = Dataset::of("name = \"x\"\n[windows]\nrange = \"last-month\"\nevery = \"hour\"\n");
    for at in day("2026-08-25") * 24..day(NOVEMBER) * 24 {
        dataset.add_window(window(at * 3600, 3600), true);
        let usual = if at.rem_euclid(24) < 6 { 2 } else { 30 };
        let attack = if at / 24 == day("2026-10-07") && (2..5).contains(&at.rem_euclid(24)) { 1500 } else { 0 };
        dataset.add_row(Cell::default(), usual + at.rem_euclid(3) + attack, usual * 3 / 4);
    }
    let flags = dataset.report("2026-10").attention.flags;
    assert_eq!(flags.iter().map(|flag| flag.kind).collect::<Vec<_>>(), [FlagKind::Pumping], "{flags:#?}");
}

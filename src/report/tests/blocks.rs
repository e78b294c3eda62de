//! Jobs by destination prefix: which block of numbers holds an attack.

use super::sample::{DAY, Dataset, day, window};
use crate::model::{AccountSid, Channel, Country, Counts, RowKey};
use crate::report::{Flag, FlagKind, Report, render};

/// Colombia by a hundred prefixes, in UTC.
fn colombia() -> Dataset {
    let prefixes: Vec<String> = (0..100).map(|digits| format!("\"+57{digits:02}\"")).collect();
    Dataset::of(&format!(
        "name = \"co-prefixes\"\n[source]\nbase_url = \"simulator\"\n[windows]\nrange = \"last-month\"\n\
         [matrix]\ncountries = [\"CO\"]\nchannels = [\"sms\", \"whatsapp\"]\nremainder = false\n\
         destination_prefixes = [{}]\n",
        prefixes.join(", ")
    ))
}

/// A day, each part of which has a prefix, attempts and conversions of SMS, and as many of WhatsApp that all convert.
fn add_day(dataset: &mut Dataset, date: &str, parts: &[(&str, i64, i64)]) {
    dataset.add_window(window(day(date) * DAY, DAY), true);
    for (prefix, attempts, converted) in parts {
        for (channel, converted) in [(Channel::Sms, *converted), (Channel::Whatsapp, *attempts)] {
            let key = RowKey {
                account: AccountSid::ZEROS,
                window: dataset.windows.last().unwrap().window,
                service: None,
                country: Some("CO".parse::<Country>().unwrap()),
                channel: Some(channel),
                prefix: Some(prefix.parse().unwrap()),
            };
            dataset.add_keyed(key, Counts::new(*attempts, converted).unwrap());
        }
    }
}

fn date(day: i64) -> String {
    chrono::DateTime::from_timestamp(day * DAY, 0).unwrap().date_naive().to_string()
}

/// Prefix, attempts and whether a finer job is offered, of each flag; all are of pumping.
fn blocks(report: &Report) -> Vec<(String, i64, bool)> {
    let block = |flag: &Flag| {
        assert_eq!(flag.kind, FlagKind::Pumping, "{}", flag.sentence);
        let prefix = flag.place.prefix.map_or("none".to_owned(), |prefix| prefix.to_string());
        (prefix, flag.evidence.counts.attempts(), flag.job.is_some())
    };
    report.attention.flags.iter().map(block).collect()
}

fn block(prefix: &str, attempts: i64, is_listed: bool) -> (String, i64, bool) {
    (prefix.to_owned(), attempts, is_listed)
}

/// The job that a report offers asks for the days of an attack alone: there is no other day to compare with.
#[test]
fn the_block_is_found_on_the_day_of_the_attack_alone() {
    let mut dataset = colombia();
    add_day(&mut dataset, "2026-10-25", &[("+5730", 900, 700), ("+5731", 7_205, 43), ("+5732", 300, 200)]);
    let report = dataset.report("2026-10-25");
    assert_eq!(blocks(&report), [block("+5731", 7_205, true)]);
    let sentence = &report.attention.flags[0].sentence;
    assert_eq!(
        sentence,
        "Colombia, numbers +5731…: 7,205 text messages and calls on 2026-10-25, of which 0.6 % converted; the other 99 \
         prefixes had 1,200, of which 75.0 % converted."
    );
    for form in [render::terminal(&report), render::markdown(&report), render::html(&report)] {
        assert!(form.contains("numbers +5731…"), "{form}");
        // Both channels: what the job asked for is ranked.
        assert!(form.contains("14,410") && form.contains("50.3 %"), "{form}");
        assert!(!form.contains("nothing stands out"), "{form}");
    }
    let page = render::html(&report);
    assert!(page.contains("97 more prefixes were asked for and had no attempts"), "{page}");
    let prefixes = report.prefixes.unwrap();
    assert_eq!((prefixes.lines.len(), prefixes.silent), (3, 97));
}

/// Beside numbers that convert, a block is found in which the genuine messages still convert.
#[test]
fn a_busy_block_is_found_though_its_own_messages_convert() {
    let mut dataset = colombia();
    add_day(&mut dataset, "2026-10-25", &[("+5730", 900, 700), ("+5731", 1_500, 400), ("+5732", 300, 200)]);
    assert_eq!(blocks(&dataset.report("2026-10-25")), [block("+5731", 1_500, true)]);
}

#[test]
fn several_blocks_are_told_one_by_one() {
    let mut dataset = colombia();
    add_day(&mut dataset, "2026-10-25", &[("+5730", 900, 9), ("+5745", 500, 2), ("+5799", 40, 1)]);
    let found = blocks(&dataset.report("2026-10-25"));
    assert_eq!(found, [block("+5730", 900, true), block("+5745", 500, true)]);
}

/// Where the prefixes of a block share an attack evenly, the block is no smaller, and nothing finer is offered.
#[test]
fn a_block_that_is_shared_evenly_is_named_whole() {
    let mut dataset = colombia();
    let texts: Vec<String> = (40..50).map(|digits| format!("+57{digits}")).collect();
    let mut parts: Vec<(&str, i64, i64)> = texts.iter().map(|text| (text.as_str(), 40, 0)).collect();
    parts.push(("+5730", 900, 700));
    add_day(&mut dataset, "2026-10-25", &parts);
    let report = dataset.report("2026-10-25");
    assert_eq!(blocks(&report), [block("+574", 400, false)]);
    let sentence = &report.attention.flags[0].sentence;
    assert!(sentence.contains("they are spread over 10 of the 10 prefixes that were asked for there"), "{sentence}");
}

#[test]
fn numbers_that_convert_raise_no_flag() {
    let mut dataset = colombia();
    add_day(&mut dataset, "2026-10-25", &[("+5730", 9_000, 5_000), ("+5731", 800, 330), ("+5733", 30, 0)]);
    let report = dataset.report("2026-10-25");
    assert_eq!(blocks(&report), []);
    let looks = crate::report::said::looks(&report);
    assert_eq!(looks[0], "SMS pumping: looked for in 100 places on 1 day");
}

/// With other days to compare with, a block has to have far more than these, and what is said of it is not said of its
/// country, too.
#[test]
fn a_block_is_compared_with_its_own_days() {
    let mut dataset = colombia();
    for at in 0..40 {
        let more = if at == 30 { 3_000 } else { 0 };
        // +5732 always converts badly: nothing happened to it.
        let parts = [("+5730", 900, 700), ("+5731", 300 + more, 230), ("+5732", 100, 10)];
        add_day(&mut dataset, &date(day("2026-09-22") + at), &parts);
    }
    let report = dataset.report("2026-10");
    assert_eq!(blocks(&report), [block("+5731", 3_300, true)]);
    let flag = &report.attention.flags[0];
    assert!((flag.evidence.usual_attempts - 300.0).abs() < 1e-9);
    assert!(
        flag.sentence.contains("where 300 are usual, and 0.0 % of the 3,000 beyond converted"),
        "{}",
        flag.sentence
    );
}

/// Codes that nobody can enter for a day are no attack: there are no more of them than on other days.
#[test]
fn a_day_on_which_nothing_converts_is_no_attack() {
    let mut dataset = colombia();
    for at in 20..=24 {
        let converted = |usual| if at == 22 { usual / 50 } else { usual };
        let parts = [("+5730", 900, converted(700)), ("+5731", 300, converted(230))];
        add_day(&mut dataset, &format!("2026-10-{at}"), &parts);
    }
    let flags = dataset.report("2026-10").attention.flags;
    let kinds: Vec<FlagKind> = flags.iter().map(|flag| flag.kind).collect();
    assert_eq!(kinds, [FlagKind::Outage]);
}

/// The job that is offered of an attack of many days holds nothing but days of it.
#[test]
fn an_attack_on_every_day_is_found() {
    let mut dataset = colombia();
    for at in 10..=22 {
        add_day(&mut dataset, &format!("2026-10-{at}"), &[("+5730", 500, 4), ("+5731", 300, 230)]);
    }
    assert_eq!(blocks(&dataset.report("2026-10")), [block("+5730", 500 * 13, true)]);
}

/// One digit beyond the last of the numbers nothing is found, and that is not calm.
#[test]
fn where_numbers_end_that_is_said() {
    let mut dataset = colombia();
    add_day(&mut dataset, "2026-10-25", &[("+5730", 0, 0), ("+5731", 0, 0)]);
    let report = dataset.report("2026-10-25");
    assert_eq!(blocks(&report), []);
    let text = render::terminal(&report);
    assert!(text.contains("no number that begins with any of the 100 prefixes had an attempt"), "{text}");
    assert!(!text.contains("nothing stands out"), "{text}");
}

/// Months, weeks and single days of numbers that convert more or less well, busy ones and ones with three attempts a
/// day, with campaigns of four times the usual: none of their blocks is an attack's.
#[test]
fn calm_numbers_raise_no_flag() {
    let mut state = 7_u64;
    // From 0 to below the end.
    let mut below = |end: i64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(state >> 33).unwrap() % end
    };
    let texts: Vec<String> = (0..60).map(|digits| format!("+57{digits:02}")).collect();
    for (days, worlds) in [(1, 60), (7, 20), (45, 8)] {
        for world in 0..worlds {
            let places: Vec<(i64, i64)> =
                texts.iter().map(|_| (3 + below(3) * below(3) * 100, 35 + below(55))).collect();
            let mut dataset = colombia();
            for at in 0..days {
                let busy = if below(15) == 0 { 4 } else { 1 };
                let mut parts = Vec::new();
                for (text, (usual, rate)) in texts.iter().zip(&places) {
                    let attempts = busy * (usual / 2 + below(*usual));
                    let converted = (0..attempts).filter(|_| below(100) < *rate).count();
                    parts.push((text.as_str(), attempts, i64::try_from(converted).unwrap()));
                }
                add_day(&mut dataset, &date(day("2026-10-31") - days + 1 + at), &parts);
            }
            let period = if days == 1 { "2026-10-31" } else { "2026-10" };
            let flags = dataset.report(period).attention.flags;
            let found: Vec<_> = flags.iter().filter(|flag| flag.kind == FlagKind::Pumping).collect();
            assert!(found.is_empty(), "{days} days, world {world}: {found:#?}");
        }
    }
}

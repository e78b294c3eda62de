//! Attacks: told once, whatever they hit, and taken out of everything that is said besides.

use super::sample::{Cell, DAY, Dataset, day, window};
use crate::model::{Channel, Country};
use crate::report::{Flag, FlagKind, PeriodName, Report};

pub(super) const FIRST: &str = "2026-08-05";
pub(super) const NOVEMBER: &str = "2026-11-01";

/// A cell's attempts and conversions on a day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    pub country: &'static str,
    pub channel: Channel,
    pub attempts: i64,
    pub converted: i64,
}

/// So many attempts, a few more or less from day to day, of which three quarters convert.
pub(super) fn usual(at: i64, country: &'static str, channel: Channel, attempts: i64) -> Counted {
    let salt = i64::from(country.as_bytes()[0]) + channel as i64;
    let attempts = attempts + (at * 7 + salt).rem_euclid(5) - 2;
    Counted { country, channel, attempts: attempts.max(0), converted: (attempts * 3 / 4).max(0) }
}

/// Days from one to before another, by what a function says of each.
pub(super) fn dataset(job: &str, first: &str, last: &str, cells: impl Fn(i64) -> Vec<Counted>) -> Dataset {
    let mut dataset = Dataset::of(job);
    for at in day(first)..day(last) {
        dataset.add_window(window(at * DAY, DAY), true);
        for Counted { country, channel, attempts, converted } in cells(at) {
            dataset.add_row(
                Cell { country: Some(country), channel: Some(channel), ..Cell::default() },
                attempts,
                converted,
            );
        }
    }
    dataset
}

pub(super) fn job(countries: &str) -> String {
    format!(
        "name = \"x\"\n[windows]\nrange = \"last-month\"\n[matrix]\ncountries = {countries}\n\
         channels = [\"sms\", \"call\"]\n"
    )
}

pub(super) fn told(flags: &[Flag]) -> Vec<(FlagKind, Option<Country>)> {
    flags.iter().map(|flag| (flag.kind, flag.place.country)).collect()
}

pub(super) fn country(code: &str) -> Option<Country> {
    Country::from_table(code)
}

/// Eight listed countries and the rest of the world, of which the busy United States convert better.
pub(super) fn listed(at: i64) -> Vec<Counted> {
    let mut cells = Vec::new();
    for (code, attempts) in
        [("BR", 150), ("CO", 60), ("DE", 40), ("ES", 30), ("FR", 30), ("GB", 80), ("MX", 90), ("US", 500)]
    {
        cells.push(usual(at, code, Channel::Sms, attempts));
        cells.push(usual(at, code, Channel::Call, attempts / 6));
    }
    cells.push(usual(at, "ZZ", Channel::Sms, 110));
    cells.push(usual(at, "ZZ", Channel::Call, 10));
    for cell in cells.iter_mut().filter(|cell| cell.country == "US") {
        cell.converted = cell.attempts * 95 / 100;
    }
    cells
}

pub(super) const EIGHT: &str = "[\"BR\", \"CO\", \"DE\", \"ES\", \"FR\", \"GB\", \"MX\", \"US\"]";

fn unlisted(first: &str, days: i64, attempts: i64) -> Report {
    let hit = day(first)..day(first) + days;
    let cells = |at: i64| {
        let mut cells = listed(at);
        for cell in
            cells.iter_mut().filter(|cell| hit.contains(&at) && (cell.country, cell.channel) == ("ZZ", Channel::Sms))
        {
            cell.attempts += attempts;
            cell.converted += attempts / 100;
        }
        cells
    };
    dataset(&job(EIGHT), FIRST, NOVEMBER, cells).report("2026-10")
}

/// In a country that the job does not list: one day or many, it is told once, and no channel or remainder has a drop.
#[test]
fn an_attack_in_the_remainder_is_no_drop_of_its_channel() {
    for (first, days, attempts) in [("2026-10-14", 1, 6000), ("2026-10-05", 20, 900), ("2026-10-01", 31, 400)] {
        let report = unlisted(first, days, attempts);
        let flags = &report.attention.flags;
        assert_eq!(told(flags), [(FlagKind::Pumping, country("ZZ"))], "{first} {days}: {flags:#?}");
        let last = chrono::Days::new(days.cast_unsigned() - 1);
        assert_eq!((flags[0].first.to_string().as_str(), flags[0].last), (first, flags[0].first + last));
        assert!(report.movers.worst.is_empty(), "{:#?}", report.movers.worst);
        assert!(flags[0].job.is_none(), "nobody knows the country");
    }
}

/// In the month before: it lowered that month's rate, and its end is no rise.
#[test]
fn comparisons_with_a_month_that_held_an_attack_say_so_and_give_the_change_without_it() {
    for first in ["2026-09-03", "2026-10-03"] {
        let report = unlisted(first, 12, 900);
        let totals = report.totals;
        let cleared = totals.cleared.expect("an attack was taken out");
        let change = totals.change.unwrap();
        let left = cleared.change.unwrap();
        let is_before = first == "2026-09-03";
        let (here, before) = if is_before { (0.0, 10_800.0) } else { (10_800.0, 0.0) };
        assert!(
            (cleared.removed - here).abs() < 150.0 && (cleared.removed_before - before).abs() < 150.0,
            "{cleared:?}"
        );
        assert!(change.attempts.unwrap().abs() > 0.2 && change.rate.unwrap().value.abs() > 0.1, "{change:?}");
        assert!(left.attempts.unwrap().abs() < 0.01 && left.rate.unwrap().value.abs() < 0.003, "{left:?}");
        let sms = report.channels.iter().find(|line| line.channel == Channel::Sms).unwrap().figure;
        assert!(sms.cleared.unwrap().change.unwrap().rate.unwrap().value.abs() < 0.003);
        let us =
            report.countries.as_ref().unwrap().lines.iter().find(|line| Some(line.country) == country("US")).unwrap();
        assert_eq!(us.figure.cleared, None);
        assert_eq!((report.movers.best.len(), report.movers.worst.len()), (0, 0), "{:#?}", report.movers);
        let attention = &report.attention;
        assert_eq!(
            (attention.flags.len(), attention.taken_out.len()),
            (usize::from(!is_before), usize::from(is_before))
        );
        for text in [
            crate::report::render::terminal(&report),
            crate::report::render::markdown(&report),
            crate::report::render::html(&report),
        ] {
            assert!(text.contains("look like pumping; without them"), "{text}");
        }
    }
}

/// Less than what is flagged: it is no alarm, and is taken out of comparisons, and said.
#[test]
fn a_lesser_attack_is_no_flag_and_is_taken_out() {
    let report = unlisted("2026-10-14", 2, 130);
    let attention = &report.attention;
    assert_eq!(attention.flags, []);
    assert_eq!(told(&attention.taken_out), [(FlagKind::Pumping, country("ZZ"))], "{:#?}", attention.taken_out);
    assert!((report.totals.cleared.unwrap().removed - 260.0).abs() < 10.0, "{:?}", report.totals.cleared);
    let text = crate::report::render::terminal(&report);
    assert!(text.contains("nothing stands out, but for attacks that are less than what is flagged\n"), "{text}");
    assert!(crate::report::render::html(&report).contains(&attention.taken_out[0].sentence));
    assert_eq!(unlisted("2026-10-14", 1, 20).attention.taken_out, [], "a day may bring twenty more");
}

/// A period far before the history has its own attacks.
#[test]
fn a_distant_period_is_cleared_as_well() {
    let hit = day("2025-10-08");
    let mut dataset = dataset(&job(EIGHT), "2025-10-01", NOVEMBER, |at| {
        let mut cells = listed(at);
        if at == hit {
            cells[1].attempts += 4000;
        }
        cells
    });
    dataset.windows.retain(|published| {
        let at = published.window.start().0 / DAY;
        at < day("2025-11-01") || at >= day(FIRST)
    });
    let name = |text: &str| PeriodName::parse(text).unwrap();
    let report = dataset.compare(name("2026-10"), name("2025-10")).unwrap();
    let cleared = report.totals.cleared.unwrap();
    assert!((cleared.removed_before - 4000.0).abs() < 20.0 && cleared.removed.abs() < 1e-9, "{cleared:?}");
    assert_eq!(report.attention.flags, []);
}

/// Pumping that is spread over many small countries, a few messages each, with all countries in the job and with eight.
#[test]
fn small_countries_are_judged_together() {
    let small: Vec<&'static str> = Country::all()
        .map(|country| &*country.code().to_owned().leak())
        .filter(|code| !EIGHT.contains(*code))
        .collect();
    let hit = |at: i64| (day("2026-10-12")..day("2026-10-19")).contains(&at);
    // Sixty countries of which each has an attempt on two days of three, and 240 attempts a day that hardly convert.
    let spread = |at: i64| -> Vec<Counted> {
        let cell = |(number, country): (i64, &&'static str)| {
            let (some, more) = ((at + number).rem_euclid(3).min(1), if hit(at) { 4 } else { 0 });
            let converted = i64::from(some > 0 && (at + number).rem_euclid(4) > 0);
            Counted { country, channel: Channel::Sms, attempts: some + more, converted }
        };
        (0..).zip(&small[20..80]).map(cell).collect()
    };
    let all = |at: i64| {
        let mut cells: Vec<Counted> = listed(at).into_iter().filter(|cell| cell.country != "ZZ").collect();
        cells.extend(spread(at));
        cells
    };
    let report = dataset(&job("\"all\""), FIRST, NOVEMBER, all).report("2026-10");
    let flags = &report.attention.flags;
    assert_eq!(told(flags), [(FlagKind::Pumping, None)], "{flags:#?}");
    let flag = &flags[0];
    assert!(flag.place.small_countries.unwrap() >= 60 && flag.place.channel.is_none());
    assert_eq!((flag.first.to_string(), flag.last.to_string()), ("2026-10-12".into(), "2026-10-18".into()));
    assert!((flag.evidence.weight - 7.0 * 240.0).abs() < 40.0, "{:?}", flag.evidence);
    assert_eq!(flag.members.len(), 60);
    let (name, most) = (flag.members[0].country.name(), flag.members[0].counts.attempts());
    assert!(flag.sentence.contains(&format!("most in {name} ({most} where ")), "{}", flag.sentence);
    assert!(
        flag.sentence.contains("small countries together: 1,960 text messages and calls from 2026-10-12 to 2026-10-18")
    );
    assert!((report.totals.cleared.unwrap().removed - 1680.0).abs() < 60.0);
    // The same where these countries are not listed.
    let eight = |at: i64| {
        let mut cells = listed(at);
        let more = spread(at).iter().fold((0, 0), |sum, cell| (sum.0 + cell.attempts, sum.1 + cell.converted));
        let rest = cells.iter_mut().find(|cell| (cell.country, cell.channel) == ("ZZ", Channel::Sms)).unwrap();
        (rest.attempts, rest.converted) = more;
        cells
    };
    let report = dataset(&job(EIGHT), FIRST, NOVEMBER, eight).report("2026-10");
    assert_eq!(told(&report.attention.flags), [(FlagKind::Pumping, country("ZZ"))]);
}

/// Each day by itself is nothing; all of them are.
#[test]
fn a_small_attack_that_lasts_is_found() {
    let hit = day("2026-10-08")..day("2026-10-20");
    let report = dataset(&job(EIGHT), FIRST, NOVEMBER, |at| {
        let mut cells = listed(at);
        let german = cells.iter_mut().find(|cell| (cell.country, cell.channel) == ("DE", Channel::Call)).unwrap();
        if hit.contains(&at) {
            german.attempts += 20;
        }
        cells
    })
    .report("2026-10");
    let flags = &report.attention.flags;
    assert_eq!(told(flags), [(FlagKind::Pumping, country("DE"))], "{flags:#?}");
    assert_eq!((flags[0].place.channel, flags[0].first.to_string()), (Some(Channel::Call), "2026-10-08".into()));
}

/// A country that nobody wrote to before, and whose codes nobody enters, is no new market.
#[test]
fn a_newcomer_that_pumps_is_no_news() {
    let new = |converted: i64| {
        let cells = move |at: i64| {
            let mut cells = listed(at);
            let is_there = at >= day("2026-10-25");
            let attempts = if is_there { 16 + at % 3 } else { 0 };
            cells.push(Counted {
                country: "TJ",
                channel: Channel::Sms,
                attempts,
                converted: attempts * converted / 20,
            });
            cells
        };
        let job = job(&EIGHT.replace("\"US\"", "\"TJ\", \"US\""));
        dataset(&job, FIRST, NOVEMBER, cells).report("2026-10").attention.flags
    };
    assert_eq!(told(&new(14)), [(FlagKind::NewCountry, country("TJ"))]);
    let flags = new(0);
    assert_eq!(told(&flags), [(FlagKind::Pumping, country("TJ"))], "{flags:#?}");
    assert!(flags[0].job.as_ref().unwrap().contains("countries = [\"TJ\"]"));
}

/// A channel that fails while users try again is no attack, in one country or in all.
#[test]
fn a_failed_channel_with_second_tries_is_no_attack() {
    for of in [&["US"][..], &["BR", "CO", "DE", "ES", "FR", "GB", "MX", "US", "ZZ"]] {
        let hit = day("2026-10-13")..day("2026-10-15");
        let report = dataset(&job(EIGHT), FIRST, NOVEMBER, |at| {
            let mut cells = listed(at);
            for cell in cells.iter_mut().filter(|cell| hit.contains(&at) && of.contains(&cell.country)) {
                if cell.channel == Channel::Sms {
                    cell.attempts = cell.attempts * 9 / 5;
                    cell.converted /= 40;
                }
            }
            cells
        })
        .report("2026-10");
        let flags = &report.attention.flags;
        let wanted = if of.len() == 1 { country("US") } else { None };
        assert_eq!(told(flags), [(FlagKind::Outage, wanted)], "{flags:#?}");
    }
}

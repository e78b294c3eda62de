//! What was looked for, and what was not: nothing is called calm that could not be looked at.

use super::attacks::{EIGHT, FIRST, NOVEMBER, country, dataset, job, listed, told, usual};
use super::sample::{Cell, DAY, Dataset, day, window};
use crate::model::Channel;
use crate::report::{FlagKind, PeriodName, Unlooked, render};

/// Of six days nobody knows what is usual: it is said, nothing is called calm, and the attack no failed channel.
#[test]
fn too_little_history_is_said_and_an_attack_in_it_is_no_failed_channel() {
    let cells = |at: i64| {
        let mut cells = listed(at);
        if at == day("2026-10-06") {
            cells[0].attempts += 9000;
        }
        cells
    };
    let six = dataset(&job(EIGHT), "2026-10-01", "2026-10-07", cells);
    for period in ["2026-10", "2026-10-06"] {
        let report = six.try_report(PeriodName::parse(period).unwrap()).unwrap();
        let flags = &report.attention.flags;
        assert!(flags.iter().all(|flag| flag.kind != FlagKind::Outage), "{flags:#?}");
        let look = |kind| *report.attention.looks.iter().find(|look| look.kind == kind).unwrap();
        for kind in [FlagKind::Pumping, FlagKind::Silence] {
            assert_eq!(look(kind).unlooked, Some(Unlooked::TooFewUnits { there: 6, needed: 7 }), "{kind:?}");
        }
        let needed = Unlooked::TooFewBefore { there: if period == "2026-10" { 0 } else { 5 }, needed: 14 };
        assert_eq!(look(FlagKind::NewCountry).unlooked, Some(needed));
        for text in [render::terminal(&report), render::markdown(&report), render::html(&report)] {
            assert!(
                text.contains("6 of 7 days are there") && !text.to_lowercase().contains("nothing stands out\n"),
                "{text}"
            );
        }
    }
    let seven = dataset(&job(EIGHT), "2026-09-30", "2026-10-07", cells);
    assert_eq!(told(&seven.report("2026-10").attention.flags), [(FlagKind::Pumping, country("BR"))]);
}

#[test]
fn without_anything_to_look_at_nothing_is_called_calm() {
    let two = dataset(&job(EIGHT), "2026-10-01", "2026-10-03", |at| vec![usual(at, "US", Channel::Sms, 20)]);
    let text = render::terminal(&two.report("2026-10"));
    let line = text.lines().find(|line| line.trim_start().starts_with("attention")).unwrap();
    assert!(line.contains("not looked for: SMS pumping, attempts that fell away (2 of 7 days are there)"), "{line}");
    assert!(!line.contains("stands out"), "{line}");
    let calm = dataset(&job(EIGHT), FIRST, NOVEMBER, listed).report("2026-10");
    assert_eq!(calm.attention.flags, []);
    assert!(calm.attention.looks.iter().all(|look| look.unlooked.is_none() && look.judged > 0 && look.units == 31));
    assert!(render::terminal(&calm).contains("attention    nothing stands out\n"));
}

/// Of a day that has only begun neither an attack nor a silence is looked for, however much history there is.
#[test]
fn a_day_that_is_known_in_part_is_not_called_calm() {
    let last = day("2026-10-31");
    let mut dataset = dataset(&job(EIGHT), FIRST, NOVEMBER, listed);
    let cut = window(last * DAY, DAY / 8);
    dataset.rows.retain(|row| row.key.window.start() != cut.start());
    let published = dataset.windows.last_mut().unwrap();
    (published.window, published.is_final) = (cut, false);
    let report = dataset.try_report(PeriodName::parse("2026-10-31").unwrap()).unwrap();
    assert_eq!(report.attention.flags, []);
    let text = render::terminal(&report);
    let lacks = "not looked for: SMS pumping, attempts that fell away, new countries (no day of the period is known from end to end)";
    assert!(text.contains(lacks), "{text}");
}

/// A day of which hours are missing, and one that goes on, may be attacked as well.
#[test]
fn a_day_that_is_known_in_part_shows_its_attack() {
    let last = day("2026-10-31");
    let mut dataset = dataset(&job(EIGHT), FIRST, NOVEMBER, |at| {
        let mut cells = listed(at);
        if at == last {
            cells[0].attempts += 2000;
        }
        cells
    });
    let cut = window(last * DAY, DAY / 2);
    for row in dataset.rows.iter_mut().filter(|row| row.key.window.start() == cut.start()) {
        row.key.window = cut;
    }
    let published = dataset.windows.last_mut().unwrap();
    (published.window, published.is_final) = (cut, false);
    let flags = dataset.report("2026-10").attention.flags;
    assert_eq!(told(&flags), [(FlagKind::Pumping, country("BR"))], "{flags:#?}");
    assert!(flags[0].is_provisional);
    // The day alone: what was found was looked for.
    let report = dataset.try_report(PeriodName::parse("2026-10-31").unwrap()).unwrap();
    assert_eq!(told(&report.attention.flags), [(FlagKind::Pumping, country("BR"))]);
    let look = report.attention.looks.iter().find(|look| look.kind == FlagKind::Pumping).unwrap();
    assert_eq!(look.unlooked, None);
}

/// From the 29th a country is left to the remainder, which nobody knows the usual of then: an attack in it is not found,
/// and nothing is called calm.
#[test]
fn what_sums_over_other_countries_than_before_is_too_new_to_be_judged() {
    let cells = |at: i64| {
        let mut cells = listed(at);
        if at == day("2026-10-30") {
            cells.iter_mut().filter(|cell| cell.country == "ZZ").for_each(|cell| cell.attempts += 100);
        }
        cells
    };
    let mut dataset = dataset(&job(EIGHT), FIRST, NOVEMBER, cells);
    let left = day("2026-10-29") * DAY;
    dataset.rows.retain(|row| row.key.window.start().0 < left || Some(row.key.country) != Some(country("MX")));
    for published in dataset.windows.iter_mut().filter(|published| published.window.start().0 >= left) {
        let mut shape = (*published.shape).clone();
        shape.countries.as_mut().unwrap().retain(|listed| Some(*listed) != country("MX"));
        published.shape = shape.into();
    }
    let report = dataset.report("2026-10");
    assert_eq!(report.attention.flags, []);
    let fresh: Vec<_> = report.attention.fresh.iter().map(|it| (it.place.country, it.there, it.needed)).collect();
    assert_eq!(fresh, [(country("ZZ"), 3, 7)]);
    for text in [render::terminal(&report), render::markdown(&report), render::html(&report)] {
        assert!(text.contains("asked for Mexico on 28 of 31 days"), "{text}");
    }
    let told = "nothing stands out in what was looked for; too new to be judged: Other countries from 2026-10-29 to \
                2026-10-31 (3 of 7 days were asked for alike)";
    for text in [render::terminal(&report), render::markdown(&report), render::html(&report)] {
        assert!(text.to_lowercase().contains(&told.to_lowercase()), "{text}");
    }
    assert_eq!(dataset.report("2026-09").attention.fresh, [], "before, all was asked for alike");
}

/// A job of one country leads with it: the days on which it asked for another one are no days of it.
#[test]
fn a_country_that_was_asked_for_on_some_days_only_is_led_with_and_said_so() {
    let mut dataset = Dataset::of(
        "name = \"one\"\n[source]\nbase_url = \"simulator\"\n[windows]\nrange = \"last-month\"\n\
         [matrix]\ncountries = [\"MX\"]\n",
    );
    for date in day("2026-10-01")..day("2026-11-01") {
        dataset.add_window(window(date * DAY, DAY), true);
        let asked = if date < day("2026-10-15") { "CO" } else { "MX" };
        let mut shape = dataset.job.shape.clone();
        shape.countries = Some(vec![asked.parse().unwrap()]);
        dataset.windows.last_mut().unwrap().shape = shape.into();
        for place in [asked, "ZZ"] {
            dataset.add_row(Cell { country: Some(place), ..Cell::default() }, 10, 8);
        }
    }
    let report = dataset.report("2026-10");
    assert_eq!((report.head().counts.attempts(), report.coverage.covered), (170, 31));
    for text in [render::terminal(&report), render::markdown(&report), render::html(&report)] {
        assert!(text.contains("asked for Colombia on 14 of 31 days, Mexico on 17 of 31 days"), "{text}");
    }
    for published in &mut dataset.windows {
        let mut shape = (*published.shape).clone();
        shape.countries = Some(vec!["CO".parse().unwrap()]);
        published.shape = shape.into();
    }
    let report = dataset.report("2026-10");
    assert!(render::terminal(&report).contains("asked for Mexico on 0 of 31 days"), "never asked for");
    dataset.job.shape.countries = Some(vec!["CO".parse().unwrap()]);
    assert_eq!(dataset.report("2026-10").coverage.asked_in_part, [], "on all days");
}

//! Services: by their names, and as the place of what stands out.

use super::sample::{Cell, DAY, Dataset, day, window};
use crate::model::{Channel, ServiceSid};
use crate::report::{FlagKind, Report};

fn sid(digit: char) -> ServiceSid {
    format!("VA{}", digit.to_string().repeat(32)).parse().unwrap()
}

/// Two services to two countries by SMS over three months; `change` alters (attempts, conversions) of a cell.
fn report(change: impl Fn(i64, char, &str) -> (i64, i64)) -> Report {
    let (one, two) = (sid('1'), sid('2'));
    let job = format!(
        "name = \"x\"\n[windows]\nrange = \"last-month\"\n[matrix]\ncountries = [\"MG\", \"US\"]\n\
         channels = [\"sms\"]\n\
         services = [{{ sid = \"{one}\", name = \"Login\" }}, \"{two}\"]\nremainder = false\n"
    );
    let mut dataset = Dataset::of(&job);
    for at in day("2026-08-01")..day("2026-11-01") {
        dataset.add_window(window(at * DAY, DAY), true);
        for (digit, country) in [('1', "MG"), ('1', "US"), ('2', "MG"), ('2', "US")] {
            let cell = Cell { service: Some(sid(digit)), country: Some(country), channel: Some(Channel::Sms) };
            let (attempts, converted) = change(at, digit, country);
            dataset.add_row(cell, attempts, converted);
        }
    }
    dataset.report("2026-10")
}

fn usual(at: i64, country: &str) -> (i64, i64) {
    // Conversions differ from day to day as coins do.
    if country == "MG" { (4, 2) } else { (200, 150 + at.rem_euclid(13) - 6) }
}

#[test]
fn services_have_their_names_and_their_numbers() {
    let report = report(|at, digit, country| if digit == '2' { (1, 1) } else { usual(at, country) });
    let lines: Vec<_> =
        report.services.iter().map(|line| (line.name.as_deref(), line.figure.counts.attempts())).collect();
    assert_eq!(lines, [(Some("Login"), 31 * 204), (None, 31 * 2)]);
    assert_eq!(report.attention.flags, []);
    let text = crate::report::render::markdown(&report);
    assert!(text.contains("| Login | 6,324 |") && text.contains(&format!("| {} | 62 |", sid('2'))), "{text}");
}

/// Wherever countries and channels stand, services do: each by channel and by country, compared, in a tidy table, and
/// as rows and columns of grids.
#[test]
fn services_are_places_as_countries_and_channels_are() {
    let report = report(|at, digit, country| {
        let (attempts, converted) = usual(at, country);
        // The second service converts less in the United States, and had half as many attempts before October.
        let half = digit == '2' && country == "US" && at < day("2026-10-01");
        let (attempts, converted) = if half { (attempts / 2, converted / 2) } else { (attempts, converted) };
        (attempts, if digit == '2' { converted / 2 } else { converted })
    });
    let us = Some("US".parse().unwrap());
    let of = |service, country, channel| {
        let places = report.service_places.iter();
        let found: Vec<_> = places
            .filter(|place| (place.service, place.country, place.channel) == (service, country, channel))
            .collect();
        assert_eq!(found.len(), 1, "{service} {country:?} {channel:?}");
        found[0].figure
    };
    assert_eq!(report.service_places.len(), 2 + 4);
    let (one, two) = (of(sid('1'), us, None), of(sid('2'), us, None));
    assert_eq!([one, two].map(|figure| figure.counts.attempts()), [31 * 200; 2]);
    let change = |figure: crate::report::Figure| figure.change.unwrap().attempts.unwrap();
    assert!(change(one).abs() < 1e-9 && (change(two) - 1.0).abs() < 1e-9);
    assert_eq!(of(sid('1'), None, Some(Channel::Sms)).counts.attempts(), 31 * 204);
    let tidy: i64 = report.tidy.iter().map(|line| line.counts.attempts()).sum();
    assert_eq!((report.tidy.len(), tidy), (31 * 4, report.totals.counts.attempts()));
    assert!(report.tidy.iter().all(|line| line.service.is_some() && line.country.is_some() && line.channel.is_some()));
    let text = crate::report::render::markdown(&report);
    assert!(text.contains(&format!("| country | Login | {} |", sid('2'))), "{text}");
    let page = crate::report::render::html(&report);
    assert!(page.contains("Countries by service") && !page.contains("Services by channel"), "one channel is no grid");
    assert!(crate::report::render::terminal(&report).contains("services     Login"));
}

/// With its own numbers: the other service sent messages to that country, too.
#[test]
fn the_attacked_service_is_named() {
    let attack = day("2026-10-14");
    let report = report(|at, digit, country| {
        let (attempts, converted) = usual(at, country);
        let more = if (at, digit, country) == (attack, '1', "MG") { 600 } else { 0 };
        (attempts + more, converted)
    });
    let flags = &report.attention.flags;
    assert_eq!(flags.len(), 1, "{flags:#?}");
    assert_eq!((flags[0].kind, flags[0].place.service_name.as_deref()), (FlagKind::Pumping, Some("Login")));
    assert!(
        flags[0].sentence.starts_with("Madagascar for Login: 604 text messages and calls on 2026-10-14 where 4 are")
    );
    assert!(flags[0].job.as_ref().unwrap().contains(&format!("services = [\"{}\"]", sid('1'))));
    assert!((flags[0].evidence.usual_attempts - 4.0).abs() < 1e-9);
    assert!((flags[0].evidence.weight - 600.0).abs() < 1e-9);
}

/// A template that broke in one service: its own cell says so, beside the country's.
#[test]
fn a_drop_of_one_service_is_found_in_it() {
    let report = report(|at, digit, country| {
        let (attempts, converted) = usual(at, country);
        let is_it = at >= day("2026-10-01") && digit == '2' && country == "US";
        (attempts, if is_it { converted * 3 / 5 } else { converted })
    });
    let places: Vec<_> =
        report.attention.flags.iter().map(|flag| (flag.kind, flag.place.service, flag.place.country)).collect();
    assert!(places.contains(&(FlagKind::Drop, Some(sid('2')), None)), "{places:?}");
    assert!(!places.iter().any(|(_, service, _)| *service == Some(sid('1'))), "{places:?}");
}

/// A service that falls silent is told, and not for each of its countries; nor is a country of one service its country.
#[test]
fn a_service_that_falls_silent_is_told_by_its_name() {
    let silent = |of: &'static [(char, &'static str)]| {
        let report = report(|at, digit, country| {
            let is_it = at == day("2026-10-14") && of.contains(&(digit, country));
            if is_it { (0, 0) } else { usual(at, country) }
        });
        let flags = report.attention.flags;
        let place =
            |flag: &crate::report::Flag| (flag.place.service_name.clone(), flag.place.service, flag.place.country);
        (flags.iter().map(place).collect::<Vec<_>>(), flags.into_iter().map(|flag| flag.sentence).collect::<Vec<_>>())
    };
    let (places, sentences) = silent(&[('1', "US"), ('1', "MG")]);
    assert_eq!(places, [(Some("Login".to_owned()), Some(sid('1')), None)], "{sentences:?}");
    assert!(
        sentences[0].starts_with("Service Login: no attempts on 2026-10-14, where about 204 were"),
        "{sentences:?}"
    );
    // Of the service's attempts next to all go to one country, so that the service fell silent.
    let (places, sentences) = silent(&[('2', "US")]);
    assert_eq!(places, [(None, Some(sid('2')), None)], "{sentences:?}");
}

/// A page has room for six columns: with more services the last is their sum. With more than are taken apart by country,
/// none is, and the tidy table goes without them.
#[test]
fn many_services_share_a_column_or_stand_by_channel_alone() {
    let report = |services: i64| {
        let sids: Vec<ServiceSid> = (1..=services).map(|number| format!("VA{number:032}").parse().unwrap()).collect();
        let listed: Vec<String> = sids.iter().map(|sid| format!("\"{sid}\"")).collect();
        let mut dataset = Dataset::of(&format!(
            "name = \"x\"\n[windows]\nrange = \"last-month\"\n[matrix]\ncountries = [\"MG\", \"US\"]\n\
             channels = [\"sms\", \"call\"]\nservices = [{}]\nremainder = false\n",
            listed.join(", ")
        ));
        dataset.add_window(window(day("2026-10-01") * DAY, DAY), true);
        for (number, service) in (1..).zip(&sids) {
            for (country, channel) in [("MG", Channel::Sms), ("US", Channel::Sms), ("US", Channel::Call)] {
                let cell = Cell { service: Some(*service), country: Some(country), channel: Some(channel) };
                dataset.add_row(cell, 1000 - number, 500);
            }
        }
        dataset.report("2026-10")
    };
    let eight = report(8);
    let text = crate::report::render::markdown(&eight);
    assert!(text.contains("| 3 others |") && text.contains(" | 50.4 % of 2,979 |"), "{text}");
    assert!(text.contains("## Conversion by service and channel") && eight.tidy.len() == 8 * 3);
    let twenty = report(20);
    assert!(twenty.service_places.iter().all(|place| place.channel.is_some() && place.country.is_none()));
    assert_eq!(twenty.service_places.len(), 20 * 2);
    assert!(twenty.tidy.len() == 3 && twenty.tidy.iter().all(|line| line.service.is_none()));
    assert!(!crate::report::render::html(&twenty).contains("Countries by service"));
}

/// With more services than countries are taken apart by: what is told of services rests on all their countries.
#[test]
fn many_services_are_judged_without_their_countries() {
    let sids: Vec<ServiceSid> = (1..=20).map(|number| format!("VA{number:032}").parse().unwrap()).collect();
    let job = format!(
        "name = \"x\"\n[windows]\nrange = \"last-month\"\n[matrix]\ncountries = [\"MG\", \"US\"]\n\
         channels = [\"sms\"]\nservices = [{}]\nremainder = false\n",
        sids.iter().map(|sid| format!("\"{sid}\"")).collect::<Vec<_>>().join(", ")
    );
    let found = |attack: bool, silent: bool| {
        let mut dataset = Dataset::of(&job);
        for at in day("2026-08-01")..day("2026-11-01") {
            dataset.add_window(window(at * DAY, DAY), true);
            for (number, service) in (0..).zip(&sids) {
                for country in ["MG", "US"] {
                    let (mut attempts, mut converted) = usual(at + number, country);
                    if attack
                        && number == 0
                        && country == "MG"
                        && (at - day("2026-10-14")) % 5 == 0
                        && at >= day("2026-10-14")
                    {
                        attempts += 3000;
                    }
                    if silent && number == 1 && at == day("2026-10-20") {
                        (attempts, converted) = (0, 0);
                    }
                    let cell = Cell { service: Some(*service), country: Some(country), channel: Some(Channel::Sms) };
                    dataset.add_row(cell, attempts, converted);
                }
            }
        }
        let report = dataset.report("2026-10");
        // An attack stays in the sums of services: they moved nowhere that anybody could be sure of.
        assert_eq!((report.movers.best, report.movers.worst), (vec![], vec![]));
        let flags = report.attention.flags;
        flags.iter().map(|flag| (flag.kind, flag.place.service, flag.place.country)).collect::<Vec<_>>()
    };
    assert_eq!(found(false, false), []);
    let mg = Some("MG".parse().unwrap());
    assert_eq!(found(true, false), [(FlagKind::Pumping, None, mg); 4]);
    assert_eq!(found(false, true), [(FlagKind::Silence, Some(sids[1]), None)]);
}

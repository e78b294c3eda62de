//! The tables of a report, from rows that can be added up by hand.

use super::sample::{Cell, DAY, Dataset, day, window};
use crate::model::{Channel, Country, Counts};
use crate::report::{MixBasis, Note, PeriodName, TrendState, render};

const SMS: Option<Channel> = Some(Channel::Sms);
const CALL: Option<Channel> = Some(Channel::Call);

fn close(left: f64, right: f64) {
    assert!((left - right).abs() < 1e-9, "{left} against {right}");
}

fn cell(country: &'static str, channel: Option<Channel>) -> Cell {
    Cell { country: Some(country), channel, ..Cell::default() }
}

/// September and October 2026: on working days 100 attempts, at weekends 40, of which half convert; October has 10 %
/// more and converts 60 %.
fn two_months() -> Dataset {
    let mut dataset = Dataset::whole_world("day");
    for at in day("2026-09-01")..day("2026-11-01") {
        dataset.add_window(window(at * DAY, DAY), true);
        // Day 0 was a Thursday.
        let weekend = matches!((at + 3).rem_euclid(7), 5 | 6);
        let usual = if weekend { 40 } else { 100 };
        let (attempts, converted) =
            if at < day("2026-10-01") { (usual, usual / 2) } else { (usual * 11 / 10, usual * 11 / 10 * 6 / 10) };
        dataset.add_row(cell("US", SMS), attempts, converted);
        dataset.add_row(cell("ZZ", CALL), 0, 0);
    }
    dataset
}

#[test]
fn a_month_is_compared_at_its_own_weekday_mix() {
    let report = two_months().report("2026-10");
    // October 2026 has 22 working days, September has 22 too, but 8 days of weekend against 9.
    let attempts = 22 * 110 + 9 * 44;
    let converted = 22 * 66 + 9 * 26;
    assert_eq!(report.totals.counts, Counts::new(attempts, converted).unwrap());
    let change = report.totals.change.unwrap();
    assert_eq!(change.basis, MixBasis::Weekdays);
    assert_eq!(change.before, Counts::new(22 * 100 + 8 * 40, 22 * 50 + 8 * 20).unwrap());
    close(change.expected_attempts, f64::from(22 * 100 + 9 * 40));
    close(change.attempts.unwrap(), 0.1);
    close(change.rate_before.unwrap(), 0.5);
    let rate = change.rate.unwrap();
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let now = converted as f64 / attempts as f64;
    close(rate.value, now - 0.5);
    assert!(rate.low > 0.0 && rate.low < rate.value && rate.value < rate.high);
    close(report.totals.share, 1.0);
    assert_eq!((report.compared.unwrap().to_string(), report.compared_days), ("2026-09".to_owned(), 30));
    let text = render::terminal(&report);
    assert!(text.contains("attempts +10.0 %, rate +9.9 pp against 2026-09 at the same weekday mix"), "{text}");
}

/// A comparison with half a month says so.
#[test]
fn a_compared_period_that_is_partly_covered_says_how_much_of_it() {
    let mut dataset = two_months();
    dataset.forget_before(crate::model::UnixSeconds(day("2026-09-15") * DAY));
    let report = dataset.report("2026-10");
    assert_eq!(report.compared_days, 16);
    let text = render::terminal(&report);
    assert!(text.contains("attempts +10.0 %") && text.contains("against 2026-09 (16 of 30 days) at"), "{text}");
}

/// A weekday that the former period lacks leaves only the mean day.
#[test]
fn without_the_same_weekdays_the_mean_day_stands_in() {
    let dataset = two_months();
    let saturday = PeriodName::parse("2026-10-10").unwrap();
    let against = |name: &str| {
        let report = dataset.compare(saturday, PeriodName::parse(name).unwrap()).unwrap();
        let change = report.totals.change.unwrap();
        (change.basis, change.expected_attempts)
    };
    assert_eq!(against("2026-10-03"), (MixBasis::Weekdays, 44.0));
    assert_eq!(against("2026-10-09"), (MixBasis::MeanDay, 110.0));
}

#[test]
fn missing_partial_and_provisional_days_are_named_and_compared_as_what_they_are() {
    let mut dataset = two_months();
    let gone = window(day("2026-10-06") * DAY, DAY);
    dataset.windows.retain(|published| published.window != gone);
    dataset.rows.retain(|row| row.key.window != gone);
    let cut = window(day("2026-10-31") * DAY, DAY);
    for published in &mut dataset.windows {
        if published.window == cut {
            published.window = window(cut.start().0, DAY / 2);
        }
        published.is_final = published.window.start().0 < day("2026-10-30") * DAY;
    }
    for row in dataset.rows.iter_mut().filter(|row| row.key.window == cut) {
        row.key.window = window(cut.start().0, DAY / 2);
    }
    let report = dataset.report("2026-10");
    let coverage = &report.coverage;
    let texts = |dates: &[chrono::NaiveDate]| dates.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!((coverage.days, coverage.covered), (31, 29));
    assert_eq!(texts(&coverage.missing), ["2026-10-06"]);
    assert_eq!(texts(&coverage.partial), ["2026-10-31"]);
    assert_eq!(texts(&coverage.provisional), ["2026-10-30", "2026-10-31"]);
    assert!(!coverage.is_whole());
    let states: Vec<_> = report.trend.iter().map(|point| point.state).collect();
    assert_eq!(states.len(), 31);
    assert_eq!(
        (states[5], states[29], states[30]),
        (TrendState::Missing, TrendState::Provisional, TrendState::Partial)
    );
    assert_eq!(report.trend[5].figure, None);
    // Friday 30 and Saturday 31 don't enter the comparison, nor does Tuesday 6.
    let change = report.totals.change.unwrap();
    close(change.expected_attempts, f64::from((22 - 2) * 100 + (9 - 1) * 40));
    close(change.attempts.unwrap(), 0.1);
    let weekends: Vec<_> = report.trend.iter().filter(|point| point.is_weekend).collect();
    assert_eq!((weekends.len(), weekends[0].first.to_string()), (9, "2026-10-03".to_owned()));
}

/// Four countries with 40, 30, 20 and 10 parts of the attempts, over two channels.
fn spread(top: usize) -> crate::report::Report {
    let job = format!(
        "name = \"x\"\n[windows]\nrange = \"last-month\"\n[matrix]\ncountries = \"all\"\n\
         channels = [\"sms\", \"call\"]\n\
         [report]\ntop_countries = {top}\n"
    );
    let mut dataset = Dataset::of(&job);
    for at in day("2026-10-01")..day("2026-11-01") {
        dataset.add_window(window(at * DAY, DAY), true);
        for (country, parts) in [("BR", 30), ("CO", 20), ("FR", 0), ("PE", 10), ("US", 40), ("ZZ", 5)] {
            dataset.add_row(cell(country, CALL), parts, parts / 2);
            dataset.add_row(cell(country, SMS), parts * 9, parts * 9 / 10 * 8);
        }
    }
    dataset.report("2026-10")
}

#[test]
fn the_tail_is_folded_but_never_a_single_country() {
    let report = spread(2);
    let countries = report.countries.as_ref().unwrap();
    let codes: Vec<_> = countries.lines.iter().map(|line| line.country.to_string()).collect();
    assert_eq!(codes, ["US", "BR", "CO", "PE"]);
    assert_eq!((countries.shown, countries.silent), (2, 1));
    assert_eq!(countries.tail.unwrap().counts.attempts(), 31 * 300);
    assert_eq!(countries.remainder.unwrap().counts.attempts(), 31 * 50);
    let map = report.heat_map.as_ref().unwrap();
    assert_eq!(map.channels, [Channel::Sms, Channel::Call]);
    assert_eq!(map.rows[0].cells, [Counts::new(31 * 360, 31 * 288).unwrap(), Counts::new(31 * 40, 31 * 20).unwrap()]);
    assert_eq!(map.tail.as_ref().unwrap()[1], Counts::new(31 * 30, 31 * 15).unwrap());
    assert_eq!(map.remainder.as_ref().unwrap()[0].attempts(), 31 * 45);
    let shares: f64 = countries.lines.iter().map(|line| line.figure.share).sum();
    close(shares + countries.remainder.unwrap().share, 1.0);
    let three = spread(3);
    assert_eq!((three.countries.as_ref().unwrap().shown, three.countries.unwrap().tail), (4, None));
    assert!(report.notes.contains(&Note::OnlyListedChannels) && !report.notes.contains(&Note::OnlyListedCountries));
}

#[test]
fn small_samples_are_never_ranked() {
    let mut dataset = Dataset::whole_world("day");
    for at in day("2026-09-01")..day("2026-11-01") {
        dataset.add_window(window(at * DAY, DAY), true);
        let is_october = at >= day("2026-10-01");
        // Few in October alone, few in September alone: both fall as far as there is.
        let (few, many) = (if is_october { 3 } else { 20 }, if is_october { 20 } else { 3 });
        dataset.add_row(cell("BR", SMS), few, if is_october { 0 } else { few });
        dataset.add_row(cell("PE", SMS), many, if is_october { 0 } else { many });
        dataset.add_row(cell("US", SMS), 30, if is_october { 24 } else { 20 });
    }
    let report = dataset.report("2026-10");
    let named = |country: &str| {
        report
            .movers
            .best
            .iter()
            .chain(&report.movers.worst)
            .any(|mover| mover.place.country == Some(country.parse::<Country>().unwrap()))
    };
    assert!(named("US") && !named("BR") && !named("PE"));
    assert_eq!((report.movers.compared, report.movers.best.len()), (1, 1));
    let lines = report.countries.unwrap().lines;
    let ranked: Vec<_> = lines.iter().map(|line| (line.country.to_string(), line.figure.is_ranked)).collect();
    assert_eq!(ranked, [("US".to_owned(), true), ("PE".to_owned(), true), ("BR".to_owned(), false)]);
}

#[test]
fn hours_are_those_of_the_zone_and_an_hour_that_occurs_twice_counts_in_its_own() {
    let job = "name = \"x\"\n[windows]\nrange = \"last-month\"\nevery = \"hour\"\ntimezone = \"Europe/Paris\"\n";
    let mut dataset = Dataset::of(job);
    let period = PeriodName::parse("2026-10").unwrap().in_zone(chrono_tz::Europe::Paris).unwrap();
    let mut at = period.window.start().0;
    while at < period.window.end().0 {
        dataset.add_window(window(at, 3600), true);
        dataset.add_row(Cell::default(), 2, 1);
        at += 3600;
    }
    let report = dataset.report("2026-10");
    let grid = report.hours.unwrap();
    // Clocks are set back on Sunday 25: 02:00 occurs twice. October has four Sundays and five Thursdays.
    let cell = |weekday: usize, hour: usize| {
        let cell = grid.cells[weekday][hour];
        (cell.counts.attempts(), cell.times, cell.mean())
    };
    assert_eq!([cell(6, 2), cell(6, 3), cell(3, 0)], [(10, 5, Some(2.0)), (8, 4, Some(2.0)), (10, 5, Some(2.0))]);
    assert_eq!(report.totals.counts.attempts(), 2 * (31 * 24 + 1));
    assert_eq!((report.coverage.covered, report.trend.len()), (31, 31));
    assert_eq!((report.countries, report.heat_map, report.channels), (None, None, vec![]));
}

/// Whoever asks for one country wants to know of it, and not of the rest of the world, which is most of the table.
#[test]
fn a_job_of_one_country_leads_with_that_country() {
    let report = |countries: &str, attempts: i64| {
        let mut dataset = Dataset::of(&format!(
            "name = \"x\"\n[windows]\nrange = \"last-month\"\n[matrix]\ncountries = {countries}\nchannels = [\"sms\"]\n"
        ));
        for at in day("2026-09-01")..day("2026-11-01") {
            dataset.add_window(window(at * DAY, DAY), true);
            let attempts = if at < day("2026-10-01") { attempts / 2 } else { attempts };
            dataset.add_row(cell("CO", SMS), attempts, attempts / 2);
            dataset.add_row(cell("ZZ", SMS), 1000, 900);
        }
        dataset.report("2026-10")
    };
    let one = report("[\"CO\"]", 40);
    let text = render::terminal(&one);
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    assert_eq!(lines[1], "  attempts     1,240 in Colombia");
    assert!(lines[2].starts_with("  converted    620  50.0 % ("), "{text}");
    assert!(lines[3].contains("attempts +100.0 %, rate ±0.0 pp against 2026-09"), "{text}");
    let all = "32,240 attempts everywhere, of which 88.5 % converted; attempts +2.0 %, rate −0.8 pp";
    assert!(lines[4].ends_with(all), "{text}");
    let page = render::html(&one);
    let (first, rest) = (page.find("1,240").unwrap(), page.find("32,240").unwrap());
    assert!(page.contains("Attempts in Colombia") && first < rest && page.contains(all), "{page}");
    let text = render::markdown(&one);
    let lead = "**1,240** attempts in Colombia, **620** converted: **50.0 %**";
    assert!(text.contains(lead) && text.contains(all), "{text}");
    for title in ["Channels, everywhere", "Day by day, everywhere"] {
        assert!(text.contains(&format!("## {title}\n")) && page.contains(title), "{title}: {text}");
    }
    // A country of which nothing came leads as well, and two lead with all that was counted.
    let text = render::terminal(&report("[\"CO\"]", 0));
    assert!(text.contains("  attempts     0 in Colombia\n") && text.contains("31,000 attempts everywhere"), "{text}");
    for countries in ["[\"CO\", \"US\"]", "\"all\""] {
        let text = render::terminal(&report(countries, 40));
        assert!(text.contains("  attempts     32,240\n") && !text.contains("everywhere"), "{text}");
    }
}

/// Hours that the dataset lacks are absent, and a weekday that is there five times is not more than one that is four.
#[test]
fn hours_that_are_not_there_are_no_zeros() {
    let mut dataset = Dataset::of("name = \"x\"\n[windows]\nrange = \"last-month\"\nevery = \"hour\"\n");
    for at in day("2026-10-01")..day("2026-11-01") {
        // Nothing of Sundays; of Mondays the first half.
        let hours = [24, 24, 24, 0, 12, 24, 24][usize::try_from((at - day("2026-10-01")) % 7).unwrap()];
        for hour in 0..hours {
            dataset.add_window(window(at * DAY + hour * 3600, 3600), true);
            dataset.add_row(Cell::default(), if hour == 3 { 0 } else { 30 }, 0);
        }
    }
    let grid = dataset.report("2026-10").hours.unwrap();
    let means = |weekday: usize| [0, 3, 12].map(|hour| grid.cells[weekday][hour].mean());
    assert_eq!(means(0), [Some(30.0), Some(0.0), None]);
    // Five Thursdays, four Tuesdays.
    assert_eq!((means(3), means(1)), ([Some(30.0), Some(0.0), Some(30.0)], [Some(30.0), Some(0.0), Some(30.0)]));
    assert_eq!(means(6), [None; 3]);
}

/// A day of hours is drawn hour by hour, with those that are missing, and 25 of them where clocks are put back.
#[test]
fn a_day_of_hours_is_told_hour_by_hour() {
    let job = "name = \"x\"\n[windows]\nrange = \"last-month\"\nevery = \"hour\"\ntimezone = \"Europe/Paris\"\n";
    let mut dataset = Dataset::of(job);
    let day = PeriodName::parse("2026-10-25").unwrap().in_zone(chrono_tz::Europe::Paris).unwrap().window;
    let starts: Vec<i64> = (0..25).map(|hour| day.start().0 + hour * 3600).collect();
    for (hour, at) in starts.iter().enumerate().filter(|(hour, _)| ![0, 7, 8].contains(hour)) {
        dataset.add_window(window(*at, 3600), hour < 20);
        dataset.add_row(Cell::default(), i64::try_from(hour).unwrap(), 0);
    }
    let report = dataset.report("2026-10-25");
    let hours: Vec<_> = report
        .day
        .iter()
        .map(|point| (point.start.format("%H").to_string(), point.figure.map(|figure| figure.counts.attempts())))
        .collect();
    let there = |hour: &str, attempts| (hour.to_owned(), attempts);
    assert_eq!(
        hours[..5],
        [there("00", None), there("01", Some(1)), there("02", Some(2)), there("02", Some(3)), there("03", Some(4))]
    );
    assert_eq!((hours.len(), &hours[24]), (25, &there("23", Some(24))));
    assert_eq!(report.day.iter().filter(|point| point.state == TrendState::Missing).count(), 3);
    assert_eq!(report.day[20].state, TrendState::Provisional);
    assert_eq!(report.hours, None, "a day has one weekday");
    let page = crate::report::render::html(&report);
    assert!(page.contains("Hour by hour") && page.contains("Most attempts from 23:00: 24; fewest from 01:00: 1."));
    assert!(
        crate::report::render::markdown(&report).contains("| 09:00 | 10 |") && dataset.report("2026-10").day.is_empty()
    );
}

#[test]
fn an_empty_month_is_reported_as_empty() {
    let mut dataset = Dataset::whole_world("day");
    for at in day("2026-10-01")..day("2026-11-01") {
        dataset.add_window(window(at * DAY, DAY), true);
        dataset.add_row(cell("US", SMS), 0, 0);
    }
    let report = dataset.report("2026-10");
    assert_eq!((report.totals.counts, report.totals.rates), (Counts::ZERO, None));
    assert_eq!((report.attention.flags.len(), report.coverage.covered), (0, 31));
    let text = render::markdown(&report);
    assert!(text.contains("No attempts.") && !text.contains("NaN"), "{text}");
}

#[test]
fn the_sample_has_everything_that_a_page_shows() {
    let report = super::sample::october();
    assert_eq!((report.trend.len(), report.coverage.is_whole()), (31, true));
    assert!(report.countries.as_ref().unwrap().tail.is_some() && report.heat_map.is_some());
    assert!(report.totals.change.is_some() && !report.movers.best.is_empty());
    let text = render::markdown(&report);
    for title in ["What deserves attention", "Channels", "Countries", "What moved against 2026-09", "Day by day"] {
        assert!(text.contains(&format!("## {title}\n")), "{title}");
    }
}

//! Many accounts together: what is planted in some is found, calm ones are quiet, and sums can be added up by hand.

use std::collections::BTreeSet;

use super::sample::{Cell, DAY, Dataset, day, window};
use super::worlds::{World, shapes};
use crate::model::{AccountSid, Channel, UnixSeconds};
use crate::report::accounts::said::{against, covered, found, looks, outlier, peers};
use crate::report::accounts::{AccountsReport, Asked, Digest, Unreported, WhyUnreported, total};
use crate::report::{FlagKind, PeriodName, Report};

const FIRST: &str = "2026-08-05";
const NOVEMBER: &str = "2026-11-01";
/// Accounts of each shape.
const EACH: u64 = 12;

fn sid(number: usize) -> AccountSid {
    format!("AC{number:032}").parse().unwrap()
}

fn digest(number: usize, report: Report) -> Digest {
    Digest::of(format!("customer {number}"), Report { account: sid(number), ..report })
}

fn all(digests: Vec<Digest>, unreported: Vec<Unreported>) -> AccountsReport {
    let job = Dataset::whole_world("day").job;
    let of = digests.len() + unreported.len();
    let settings = job.report.clone().unwrap_or_default();
    let period = PeriodName::parse("2026-10").unwrap().in_zone(chrono_tz::UTC).unwrap();
    total(
        Asked { job: &job, settings: &settings, period, as_of: UnixSeconds(day("2026-11-03") * DAY), of },
        digests,
        unreported,
    )
}

/// Shapes of the same countries, so that accounts can be held against each other.
fn worlds() -> Vec<World> {
    let wanted = ["small", "campaigns", "holidays", "growing", "luck by channel", "wild"];
    shapes().into_iter().filter(|world| wanted.contains(&world.name)).collect()
}

/// Calm accounts, but for some of which a function makes another dataset.
fn fleet(seed: u64, change: impl Fn(usize, &World, u64) -> Option<Dataset>) -> (AccountsReport, usize) {
    let mut digests = Vec::new();
    let mut told_alone = 0;
    for (number, (world, seed)) in
        worlds().iter().flat_map(|world| (0..EACH).map(move |each| (world, 100 * seed + each))).enumerate()
    {
        let dataset = change(number, world, seed).unwrap_or_else(|| world.calm(seed));
        let report = dataset.report("2026-10");
        told_alone += report.attention.flags.len();
        digests.push(digest(number, report));
    }
    (all(digests, Vec::new()), told_alone)
}

fn flagged(report: &AccountsReport, kind: FlagKind) -> BTreeSet<&str> {
    let of_kind = report.attention.flags.iter().filter(|found| found.flag.kind == kind);
    of_kind.map(|found| report.accounts[found.account].name.as_str()).collect()
}

fn names(numbers: impl Iterator<Item = usize>) -> BTreeSet<String> {
    numbers.map(|number| format!("customer {number}")).collect()
}

#[test]
fn calm_accounts_are_quiet_together() {
    let mut told = 0;
    for seed in 0..4 {
        let (report, _) = fleet(seed, |_, _, _| None);
        told += report.attention.flags.len();
        assert!(report.outliers().is_empty(), "{}", peers(&report));
        assert!(report.peers.spread.unwrap() < 0.02, "{:?}", report.peers);
        // Rates of the growing accounts drift.
        let drifting = names(36..48);
        let moved: BTreeSet<String> = report.moved(0.01).iter().map(|(line, _)| line.name.clone()).collect();
        assert!(moved.difference(&drifting).count() <= 1, "{moved:?}");
    }
    // One of four months of 72 accounts may be loud.
    assert!(told <= 1, "{told}");
}

#[test]
fn what_is_planted_in_some_accounts_is_found_there_and_nowhere_else() {
    let attacked = |number: usize| number.is_multiple_of(8);
    let silent = |number: usize| number % 8 == 3;
    let fallen = |number: usize| number % 8 == 5;
    let (report, _) = fleet(50, |number, world, seed| {
        let days = day(FIRST)..day(NOVEMBER);
        if attacked(number) {
            world.attacked(seed, 20.0).map(|planted| planted.dataset)
        } else if silent(number) {
            world.silenced(seed, 80.0, 0.0).map(|planted| planted.dataset)
        } else if fallen(number) {
            // Texts to the first country convert a third less than they did.
            Some(world.dataset(seed, days, |day, cells| {
                let is_it = |cell: &&mut super::worlds::Drawn| {
                    day >= super::sample::day("2026-10-01") && cell.country == 0 && cell.channel == 0
                };
                cells.iter_mut().filter(is_it).for_each(|cell| cell.converted = (cell.converted * 0.66).round());
            }))
        } else {
            None
        }
    });
    let planted = |is: fn(usize) -> bool| names((0..72).filter(|number| is(*number)));
    let of = |kind| flagged(&report, kind).into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
    let attacks = planted(attacked);
    assert_eq!(of(FlagKind::Pumping), attacks);
    assert_eq!(of(FlagKind::Drop), planted(fallen));
    let silences = of(FlagKind::Silence);
    assert!(silences.is_subset(&planted(silent)), "{silences:?}");
    assert!(silences.len() >= 8, "{silences:?}");
    assert_eq!(
        found(&report.attention),
        format!(
            "SMS pumping in 9 accounts, attempts that fell away in {} accounts, conversion drops in 9 accounts",
            silences.len()
        )
    );
    assert!(report.attention.flags.iter().all(|found| found.q_value.is_none_or(|q| q <= 0.01)));
}

/// What is once in a thousand by chance is nothing among a thousand accounts, and is something in one.
#[test]
fn what_may_be_chance_among_so_many_is_left_to_the_accounts_own_report() {
    let world = worlds().remove(0);
    let fallen = world.dataset(7, day(FIRST)..day(NOVEMBER), |at, cells| {
        let is_it =
            |cell: &&mut super::worlds::Drawn| at >= day("2026-10-01") && cell.country == 0 && cell.channel == 0;
        cells.iter_mut().filter(is_it).for_each(|cell| cell.converted = (cell.converted * 0.885).round());
    });
    let report = fallen.report("2026-10");
    assert_eq!(report.attention.flags.len(), 1, "{:?}", report.attention.flags);
    let alone = all(vec![digest(0, report.clone())], Vec::new());
    assert_eq!(alone.attention.flags.len(), 1);
    assert_eq!(alone.attention.flags[0].flag, report.attention.flags[0]);
    let calm = world.calm(8).report("2026-10");
    let many = (1..2000).map(|number| digest(number, calm.clone()));
    let many = all(std::iter::once(digest(0, report)).chain(many).collect(), Vec::new());
    assert_eq!((many.attention.flags.len(), many.attention.unsure), (0, 1));
    assert!(against(&many).contains("One more finding of an account's own report may be chance"), "{}", against(&many));
}

#[test]
fn an_account_that_converts_as_no_other_does_is_an_outlier_and_the_greatest_is_no_measure() {
    // The greatest account by far converts a quarter less than all others, month after month: no drop, an outlier.
    let odd = 0;
    let (report, _) = fleet(90, |number, world, seed| {
        let scaled = World {
            countries: world.countries.iter().map(|(code, daily, rate)| (*code, daily * 400.0, *rate * 0.75)).collect(),
            ..world.clone()
        };
        (number == odd).then(|| scaled.calm(seed))
    });
    let outliers = report.outliers();
    let (line, its) = outliers[0];
    assert_eq!((outliers.len(), line.name.as_str()), (1, "customer 0"), "{}", peers(&report));
    assert!((its.difference() + 0.2).abs() < 0.03, "{its:?}");
    assert!(outlier(line, &its).contains("were to be expected from the others"));
    assert!(report.totals.figure.rates.unwrap().rate < its.expected);
    // It is as it was before.
    assert!(flagged(&report, FlagKind::Drop).is_empty());
}

fn by_hand(attempts: i64, converted: i64, days: i64) -> Dataset {
    of_cells(days, |_| vec![("US", attempts, converted)])
}

/// Texts by country on each day from September on.
fn of_cells(days: i64, cells: impl Fn(i64) -> Vec<(&'static str, i64, i64)>) -> Dataset {
    let mut dataset = Dataset::whole_world("day");
    for at in day("2026-09-01")..day("2026-09-01") + days {
        dataset.add_window(window(at * DAY, DAY), true);
        for (country, attempts, converted) in cells(at) {
            let cell = Cell { country: Some(country), channel: Some(Channel::Sms), ..Cell::default() };
            dataset.add_row(cell, attempts, converted);
        }
    }
    dataset
}

/// Accounts that convert so many of a thousand attempts a day.
fn peers_of(converted: &[i64]) -> AccountsReport {
    let report = |(at, rate): (usize, &i64)| digest(at, by_hand(1000, *rate, 61).report("2026-10"));
    all(converted.iter().enumerate().map(report).collect(), Vec::new())
}

/// Which of them are told as outliers.
fn outliers_of(converted: &[i64]) -> Vec<String> {
    let report = peers_of(converted);
    let mut names: Vec<String> = report.outliers().iter().map(|(line, _)| line.name.clone()).collect();
    names.sort();
    names
}

/// One odd account of a dozen drew the mean to itself, and what was to be expected of the others away from them.
#[test]
fn outliers_hide_neither_themselves_nor_one_another() {
    let alike = [800, 803, 797, 801, 799, 804, 796, 802, 798, 800, 805];
    assert_eq!(outliers_of(&alike), [""; 0]);
    assert_eq!(outliers_of(&[&alike[..], &[450]].concat()), ["customer 11"]);
    let four: Vec<i64> = alike.iter().chain(&[801, 799, 803, 797, 800]).chain(&[450, 440, 460, 450]).copied().collect();
    assert_eq!(outliers_of(&four), ["customer 16", "customer 17", "customer 18", "customer 19"]);
    assert_eq!(outliers_of(&[&alike[..], &[0, 1000]].concat()), ["customer 11", "customer 12"]);
    // Four at 10 % draw what is to be expected of all down; who stands 8 points below the others is not above it.
    let drawn: Vec<i64> =
        alike.iter().chain(&[801, 799, 803, 797, 800]).chain(&[100; 4]).chain(&[720]).copied().collect();
    let report = peers_of(&drawn);
    let peers = |name: &str| report.accounts.iter().find(|line| line.name == name).unwrap().peers.unwrap();
    assert!(peers("customer 20").difference() < -0.07 && peers("customer 20").is_outlier, "{:?}", peers("customer 20"));
    assert!(peers("customer 0").difference().abs() < 0.01, "{:?}", peers("customer 0"));
}

/// Three attempts of others that happened to convert said that all are to be expected to.
#[test]
fn a_part_that_others_hardly_have_makes_no_outlier() {
    let great = of_cells(61, |_| vec![("CO", 100, 75), ("US", 100, 80)]);
    let small = of_cells(61, |at| {
        let one = i64::from(at == day("2026-10-07"));
        vec![("CO", one, one), ("US", 100, 80)]
    });
    let digests = (1..12).map(|at| (at, if at < 4 { small.clone() } else { by_hand(100, 80, 61) }));
    let digests = std::iter::once((0, great)).chain(digests);
    let report = all(digests.map(|(at, dataset)| digest(at, dataset.report("2026-10"))).collect(), Vec::new());
    assert!(report.outliers().is_empty(), "{:?}", report.outliers());
    assert_eq!(report.peers.accounts, 12);
}

/// What lies outside the job's countries is another mix in each account.
#[test]
fn the_remainder_is_held_against_nothing() {
    let digests = (0..12).map(|at| {
        let rest = if at == 5 { 300 } else { 800 };
        digest(at, of_cells(61, move |_| vec![("ZZ", 1000, rest), ("US", 100, 80)]).report("2026-10"))
    });
    let report = all(digests.collect(), Vec::new());
    assert!(report.outliers().is_empty());
    assert!((report.accounts[0].peers.unwrap().attempts - 3100.0).abs() < 1e-9);
}

/// Only who left was counted, so the change leaned down in each month of churn.
#[test]
fn accounts_that_came_count_in_the_change_of_attempts_as_those_do_that_left() {
    let november = day("2026-10-01");
    let left = of_cells(61, |at| vec![("US", if at < november { 100 } else { 0 }, 0)]);
    let came = of_cells(61, |at| vec![("US", if at < november { 0 } else { 100 }, 0)]);
    let stayed = by_hand(100, 80, 61);
    let digests = [left, came, stayed].into_iter().enumerate().map(|(at, it)| digest(at, it.report("2026-10")));
    let report = all(digests.collect(), Vec::new());
    let change = report.totals.figure.change.unwrap();
    assert_eq!(report.totals.compared, 3);
    assert!(change.attempts.unwrap().abs() < 1e-9, "{change:?}");
}

/// A bad day of a carrier is every account's: taken for independent, three hundred accounts are far too sure of their change.
#[test]
fn the_change_of_all_is_as_sure_as_their_days_are() {
    let mut draw = super::worlds::Draw::of(&[17]);
    let shared: Vec<f64> = (0..61).map(|_| 0.8 + 0.02 * draw.normal()).collect();
    let first = day("2026-09-01");
    let digests = (0..60).map(|at| {
        let shared = &shared;
        let dataset = of_cells(61, |day| {
            let rate = shared[usize::try_from(day - first).unwrap()];
            #[expect(clippy::cast_possible_truncation, reason = "a small number")]
            let converted = (200.0 * rate).round() as i64;
            vec![("US", 200, converted)]
        });
        digest(at, dataset.report("2026-10"))
    });
    let mut digests: Vec<Digest> = digests.collect();
    // One that came on the last day leaves no day whole; it says no less of how days differ.
    let mut newcomer = by_hand(200, 160, 61);
    newcomer.forget_before(UnixSeconds(day("2026-10-31") * DAY));
    digests.push(digest(60, newcomer.report("2026-10")));
    let report = all(digests, Vec::new());
    let rate = report.totals.figure.change.unwrap().rate.unwrap();
    // Of two months of some 30 days, each of which is off by 2 points: 2·√(2/30) · 1.96 points.
    let wide = (rate.high - rate.low) / 2.0;
    assert!((0.006..0.016).contains(&wide), "{rate:?}");
}

#[test]
fn accounts_are_added_up_and_named_that_have_no_numbers() {
    let reports = [(100, 80, 61), (40, 20, 61), (10, 5, 60)].map(|(a, c, days)| by_hand(a, c, days).report("2026-10"));
    let digests = reports.into_iter().enumerate().map(|(number, report)| digest(number, report)).collect();
    let reason = "nothing is published in x yet; run the job first".to_owned();
    let missing = Unreported { name: "late".to_owned(), account: sid(9), reason, why: WhyUnreported::Missing };
    let report = all(digests, vec![missing]);
    let totals = report.totals;
    assert_eq!((totals.figure.counts.attempts(), totals.figure.counts.converted()), (4640, 3250));
    assert_eq!((report.accounts.len(), report.of, totals.compared), (3, 4, 3));
    let shares: f64 = report.accounts.iter().map(|line| line.figure.share).sum();
    assert!((shares - 1.0).abs() < 1e-12);
    assert_eq!(covered(&report), "3 of 4 accounts; days that were over are missing in 1");
    let last = report.trend.last().unwrap();
    assert_eq!((report.trend.len(), last.accounts, last.point.state.word()), (31, 2, "partial"));
    assert_eq!(last.point.figure.unwrap().counts.attempts(), 140);
    assert_eq!(report.channels.len(), 1);
    assert_eq!(report.accounts[0].channels[0].attempts(), 3100);
    // Nothing changed, in any account.
    let change = totals.figure.change.unwrap();
    assert!(change.attempts.unwrap().abs() < 1e-9 && change.rate.unwrap().value.abs() < 1e-9, "{change:?}");
    assert!(peers(&report).contains("0 of at least 10") && looks(&report).len() == 5);
}

/// A great account that joined, and converts less, is no change of the others' rates.
#[test]
fn an_account_that_came_changes_no_rate_of_the_others() {
    let mut newcomer = by_hand(5000, 500, 61);
    newcomer.forget_before(UnixSeconds(day("2026-10-01") * DAY));
    let digests = vec![digest(0, by_hand(100, 80, 61).report("2026-10")), digest(1, newcomer.report("2026-10"))];
    let report = all(digests, Vec::new());
    assert_eq!(report.totals.compared, 1);
    let change = report.totals.figure.change.unwrap();
    assert!(change.rate.unwrap().value.abs() < 1e-9, "{change:?}");
    assert!((change.rate_before.unwrap() - 0.8).abs() < 1e-9);
    let said = crate::report::accounts::said::change(&report).unwrap();
    assert!(said.ends_with("against 2026-09 (of 1 of 2 accounts)"), "{said}");
}

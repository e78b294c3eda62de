//! Whatever an account is like, nothing wrong is said of it; and where it has traffic, all that can be known is found.

use std::collections::HashSet;

use proptest::prelude::*;

use super::super::hypothesis::Hypothesis;
use super::super::{FilterVerdict, Fractions, Gap, History, Parameter, Stamps};
use super::account::{Account, Mode, any_account};
use super::{DAY, NOW, days_ago, probe};
use crate::model::Interval;

/// What can be known of an account with traffic: the values that the job may need, the stamps, and the fractions.
fn knowable(truth: Hypothesis) -> (Vec<Interval>, Option<Stamps>, Vec<Fractions>) {
    let either = vec![Interval::ClosedOpen, Interval::OpenClosed];
    match (truth.stamps, truth.interval, truth.fractions) {
        // Sums tell these apart, and slivers are not needed.
        (Stamps::Whole, Interval::Closed | Interval::Open, _) => {
            (vec![truth.interval], Some(Stamps::Whole), Fractions::ALL.to_vec())
        }
        (Stamps::Whole, Interval::ClosedOpen, Fractions::Heeded) => {
            (vec![Interval::ClosedOpen], Some(Stamps::Whole), vec![Fractions::Heeded])
        }
        (Stamps::Fractional, _, Fractions::Heeded) => {
            (vec![Interval::ClosedOpen], Some(Stamps::Fractional), vec![Fractions::Heeded])
        }
        (Stamps::Whole, _, Fractions::Heeded) | (_, _, Fractions::CutOff) => {
            (either, None, vec![Fractions::Heeded, Fractions::CutOff])
        }
        (_, _, other) => (either, None, vec![other]),
    }
}

/// Every 37 s some attempts, for a day.
fn steady(truth: Hypothesis) -> Account {
    let stamp = |n: i64| {
        let fraction = match truth.stamps {
            Stamps::Whole => 0,
            Stamps::Fractional => 2 + (n * 619) % 990,
        };
        (NOW.0 - 6 * DAY + n / 3 * 37) * 1000 + fraction
    };
    Account::new(truth.interval, truth.fractions, (0..7000).map(stamp).collect())
}

#[test]
fn all_that_can_be_known_of_an_account_with_traffic_is_found() {
    for truth in Hypothesis::all() {
        for refuses_empty in [false, true] {
            let account = Account { refuses_empty, ..steady(truth) };
            let (findings, asked) = probe(&account);
            let ends = &findings.ends;
            let (candidates, stamps, fractions) = knowable(truth);
            assert_eq!(ends.candidates(), candidates, "{truth:?} {:?}", ends.spots);
            assert_eq!(ends.stamps(), stamps, "{truth:?} {:?}", ends.spots);
            // Where ranges of no length are refused, a refusal does not tell what became of the fraction.
            if !refuses_empty {
                assert_eq!(ends.fractions(), fractions, "{truth:?} {:?}", ends.spots);
            }
            assert_eq!(ends.value(), (candidates.len() == 1).then(|| candidates[0]));
            assert!(findings.filters.iter().all(super::super::FilterFinding::is_heeded), "{findings:?}");
            assert!(asked <= 65, "{asked} questions: {truth:?}");
        }
    }
}

/// Without a quiet second: a hundred attempts in each.
#[test]
fn heavy_traffic_tells_as_much() {
    for truth in Hypothesis::all() {
        let fraction = |n: i64| if truth.stamps == Stamps::Whole { 0 } else { 1 + (n * 619) % 998 };
        let stamps = (0..60_000).map(|n| (NOW.0 - 5 * DAY + 9000 + n / 100) * 1000 + fraction(n)).collect();
        let (findings, _) = probe(&Account::new(truth.interval, truth.fractions, stamps));
        let (mut candidates, stamps, _) = knowable(truth);
        if truth == (Hypothesis { interval: truth.interval, stamps: Stamps::Fractional, fractions: Fractions::Heeded })
        {
            candidates = vec![Interval::ClosedOpen];
        }
        assert_eq!(findings.ends.candidates(), candidates, "{truth:?} {:?}", findings.ends);
        assert_eq!(findings.ends.stamps(), stamps, "{truth:?} {:?}", findings.ends);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nothing_wrong_is_ever_said((truth, account) in any_account(0)) {
        let (findings, _) = probe(&account);
        let ends = &findings.ends;
        let seen: HashSet<_> = account.stamps.iter().map(|stamp| stamp.div_euclid(1000)).collect();
        prop_assert_ne!(&ends.gap, &Some(Gap::Contradiction), "{:?}", ends);
        if ends.spots.is_empty() {
            prop_assert!(ends.possible.is_empty());
        } else if account.stamps.iter().any(|stamp| stamp % 1000 != 0) || truth.stamps == Stamps::Whole {
            // The truth always stands.
            prop_assert!(ends.possible.contains(&truth), "{:?} {:?}", truth, ends);
        }
        if account.stamps.len() >= 2 && seen.len() >= 2 {
            let (most, _, _) = knowable(truth);
            prop_assert!(!ends.spots.is_empty(), "{:?}", findings);
            // Attempts far apart may take more questions than there are, and then more stays open.
            let is_complete = ends.gap.is_none() && ends.spots.len() == 2;
            let is_known = ends.candidates().iter().all(|value| most.contains(value));
            prop_assert!(is_known || !is_complete, "{:?} {:?}", truth, ends);
        }
        for finding in &findings.filters {
            let is_unknown = matches!(finding.verdict, FilterVerdict::Unknown(Gap::NoAttempts));
            prop_assert_eq!(is_unknown, account.stamps.is_empty(), "{:?}", finding);
        }
    }

    #[test]
    fn ignored_filters_are_found(
        (_, account) in any_account(1),
        ignored in prop::sample::subsequence(PARAMETERS.to_vec(), 0..=6),
    ) {
        let account = ignored.iter().fold(account, |account, parameter| account.with(*parameter, Mode::Ignored));
        let (findings, _) = probe(&account);
        for finding in &findings.filters {
            let is_ignored = matches!(finding.verdict, FilterVerdict::Ignored(_));
            prop_assert_eq!(is_ignored, ignored.contains(&finding.parameter), "{:?}", finding);
        }
        for finding in &findings.combinations {
            prop_assert!(ignored.contains(&finding.parameter) || !finding.is_broken(), "{:?}", finding);
        }
        let dates = [Parameter::After, Parameter::Before];
        if dates.iter().any(|date| ignored.contains(date)) {
            prop_assert!(findings.ends.possible.is_empty());
        }
    }

    #[test]
    fn the_oldest_attempt_is_dated((_, account) in any_account(1), oldest in 0..500 * DAY) {
        let oldest = (NOW.0 - oldest) * 1000;
        let mut account = account;
        account.stamps.retain(|stamp| *stamp > oldest);
        account.stamps.push(oldest);
        match probe(&account).0.history {
            History::Longer => prop_assert!(oldest <= days_ago(400).0 * 1000),
            History::Since { from, to, days, days_at_most } => {
                prop_assert!(from.0 * 1000 <= oldest && oldest <= to.0 * 1000, "{} {}", from, to);
                prop_assert_eq!(to, days_ago(i64::from(days)));
                prop_assert_eq!(from, days_ago(i64::from(days_at_most)));
                prop_assert!(days_at_most - days == 1 || (days >= 35 && days_at_most - days <= 1 + days / 4));
            }
            History::Unknown(gap) => prop_assert!(false, "{}", gap),
        }
    }
}

const PARAMETERS: [Parameter; 6] = [
    Parameter::Service,
    Parameter::After,
    Parameter::Before,
    Parameter::Country,
    Parameter::Channel,
    Parameter::Prefix,
];

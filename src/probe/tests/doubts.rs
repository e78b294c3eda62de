//! What stays unknown, and is said to.

use super::super::script::MOST_QUESTIONS;
use super::super::{Fractions, Gap, History, Reply, Stamps};
use super::account::Account;
use super::{DAY, NOW, days_ago, probe, probe_with, week};
use crate::model::{Interval, Window};

fn at(seconds_ago: &[i64]) -> Vec<i64> {
    seconds_ago.iter().map(|ago| (NOW.0 - ago) * 1000).collect()
}

#[test]
fn an_account_without_attempts_is_soon_left_alone() {
    let (findings, asked) = probe(&Account::new(Interval::ClosedOpen, Fractions::Heeded, Vec::new()));
    assert_eq!(asked, 3, "three ranges without attempts are enough");
    assert_eq!(findings.history, History::Unknown(Gap::NoAttempts));
    assert_eq!(findings.ends.gap, Some(Gap::NoAttempts));
    assert_eq!(findings.filters.len(), 6);
    assert!(findings.failures.is_empty());
}

/// A single attempt in the first millisecond of a second may be there by chance.
#[test]
fn one_attempt_leaves_open_how_finely_stamps_are() {
    for (interval, candidates) in [
        (Interval::ClosedOpen, vec![Interval::ClosedOpen]),
        (Interval::Closed, vec![Interval::ClosedOpen, Interval::Closed]),
        (Interval::Open, vec![Interval::ClosedOpen, Interval::Open]),
    ] {
        let (findings, _) = probe(&Account::new(interval, Fractions::Heeded, at(&[3 * DAY - 7000])));
        assert_eq!(findings.ends.stamps(), None, "{interval}");
        assert_eq!(findings.ends.candidates(), candidates, "{interval}");
        let (findings, _) = probe(&Account::new(interval, Fractions::Heeded, at(&[3 * DAY - 7000, 4 * DAY - 7000])));
        assert_eq!(findings.ends.stamps(), Some(Stamps::Whole), "{interval}");
        assert_eq!(findings.ends.candidates(), [interval]);
    }
}

#[test]
fn attempts_outside_the_jobs_range_are_found_too() {
    for stamps in
        [at(&[20 * DAY - 9000, 20 * DAY - 9007]), at(&[150 * DAY - 7000, 150 * DAY - 7500]), at(&[7200, 7300])]
    {
        for range in [None, Some(week()), Window::new(days_ago(-5), days_ago(-9).plus_seconds(1))] {
            let account = Account::new(Interval::Closed, Fractions::Refused, stamps.clone());
            let (findings, _) = probe_with(range, |question| account.answer(question));
            assert_eq!(findings.ends.value(), Some(Interval::Closed), "{findings:?}");
        }
    }
}

/// Attempts that reach the counts late would make sums differ: the last hour is not looked at.
#[test]
fn late_attempts_do_no_harm() {
    let stamps = (0..20).map(|n| (NOW.0 - 7100 + n * 11) * 1000).collect();
    let mut account = Account::new(Interval::ClosedOpen, Fractions::Heeded, stamps);
    let (findings, _) = probe_with(Window::new(NOW.plus_seconds(-7200), NOW), |question| {
        account.stamps.extend((0..3000).map(|ago| (NOW.0 - ago) * 1000));
        account.answer(question)
    });
    assert_eq!(findings.ends.value(), Some(Interval::ClosedOpen), "{findings:?}");
    assert_eq!(findings.ends.stamps(), Some(Stamps::Whole));
}

/// All that there is grows old while we ask, a second with each question: the oldest minutes are not looked at.
#[test]
fn attempts_that_expire_meanwhile_do_no_harm() {
    let stamps = (1..1200).map(|n| (days_ago(5).0 + n) * 1000).collect();
    let mut account = Account::new(Interval::ClosedOpen, Fractions::Heeded, stamps);
    let (findings, _) = probe_with(Window::new(days_ago(5), days_ago(4)), |question| {
        account.stamps.remove(0);
        account.answer(question)
    });
    assert_eq!(findings.ends.value(), Some(Interval::ClosedOpen), "{findings:?}");
    assert_eq!(findings.ends.stamps(), Some(Stamps::Whole));
}

/// Any one question may fail for good: nothing wrong is said, the failure is named, and the rest is asked.
#[test]
fn a_failed_question_costs_only_what_rests_on_it() {
    let stamps: Vec<i64> = (0..3000).map(|n| (NOW.0 - 8 * DAY + n * 211) * 1000).collect();
    let account = Account::new(Interval::ClosedOpen, Fractions::Heeded, stamps);
    let (whole, asked) = probe(&account);
    assert_eq!(whole.ends.value(), Some(Interval::ClosedOpen));
    for failing in 0..asked {
        let mut number = 0;
        let (findings, _) = probe_with(Some(week()), |question| {
            number += 1;
            if number - 1 == failing { Reply::Failed("HTTP 500".to_owned()) } else { account.answer(question) }
        });
        assert_eq!(findings.failures.len(), 1, "question {failing}");
        assert!(findings.failures[0].ends_with("HTTP 500"));
        assert_ne!(findings.ends.gap, Some(Gap::Contradiction), "question {failing}");
        assert!(findings.ends.possible.is_empty() || findings.ends.candidates().contains(&Interval::ClosedOpen));
        assert!(!findings.filters.iter().any(super::super::FilterFinding::is_broken));
        assert!(matches!(findings.history, History::Since { days: 7, .. } | History::Unknown(_)));
        let known = findings.filters.iter().filter(|filter| filter.is_heeded()).count();
        assert!(known >= 4 || failing == 0, "question {failing}: {findings:?}");
    }
}

/// Counts that follow no rule: they end within the bound and are called contradictory, or nothing is claimed.
#[test]
fn nonsense_ends_within_the_bound() {
    for seed in 0..300u64 {
        let mut state = seed;
        let (findings, asked) = probe_with(Some(week()), |question| {
            state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
            // Filters seem to be heeded, or the search would not begin.
            let is_control = question.before.is_none_or(|before| before.0 < 1_000_000_000_000);
            match (state >> 40) % 10 {
                0 => Reply::Refused("no".to_owned()),
                _ if is_control && question.after.or(question.before).is_some() => Reply::Counted(0),
                number => Reply::Counted(i64::try_from(number / 2).unwrap()),
            }
        });
        assert!(asked <= MOST_QUESTIONS, "{asked}");
        assert!(findings.ends.gap.is_some() || !findings.ends.possible.is_empty(), "{findings:?}");
    }
}

/// The hardest search within the rules: everything of a year and more lies in one burst, far from where one looks.
#[test]
fn the_bound_holds_for_the_longest_search() {
    for ago in [2 * 3600, 41 * DAY - 900, 200 * DAY - 40_000, 400 * DAY - 900] {
        for interval in Interval::ALL {
            let burst = (0..3000).map(|n| (NOW.0 - ago) * 1000 + n / 1000 * 1000);
            let mut account = Account::new(interval, Fractions::Heeded, burst.collect());
            account.refuses_empty = true;
            let (findings, asked) = probe(&account);
            assert!(asked <= MOST_QUESTIONS);
            assert!(!findings.ends.spots.is_empty(), "{asked} {findings:?}");
        }
    }
}

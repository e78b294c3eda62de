//! How all accounts together changed against their compared periods.
//!
//! Attempts are held against what was to be expected of all: of an account that had none, nothing. Rates are the mean of the
//! accounts' own changes at this period's mix of accounts, so that who came, or grew, changes no rate of the others.
//!
//! The interval is the wider of two. One takes accounts for independent, by the variances that their own intervals recover
//! (G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures", Statistics in Medicine 27, 2008).
//! The other rests on the sums of all accounts by day, as a carrier's bad day is everybody's: of as many attempts as these
//! days' dispersion leaves, the compared days being taken to differ as much.

use crate::model::Counts;
use crate::report::model::{Change, Interval, MixBasis, TrendPoint, TrendState};
use crate::report::series::real;
use crate::report::stats::{RateDay, RateSpread, Sample, difference};

/// An account's attempts of the period, and how it changed; of one that came, what its compared days have, and nothing before.
#[derive(Debug, Clone, Copy)]
pub(super) enum Changed {
    Was { attempts: f64, change: Change },
    Came(f64),
}

/// The change of all; `None` where no account had attempts before.
pub(super) fn change(accounts: &[Changed], trend: &[TrendPoint]) -> Option<Change> {
    let mut before = Counts::ZERO;
    let (mut expected, mut now, mut is_by_weekday) = (0.0, 0.0, true);
    let (mut weights, mut value, mut rate_before, mut squares) = (0.0, 0.0, 0.0, (0.0, 0.0));
    let mut is_any = false;
    for account in accounts {
        let Changed::Was { attempts, change } = account else { continue };
        is_any = true;
        is_by_weekday &= change.basis == MixBasis::Weekdays;
        before = before.checked_add(change.before).unwrap_or(before);
        expected += change.expected_attempts;
        now += change.expected_attempts * (1.0 + change.attempts.unwrap_or(0.0));
        let (Some(was), Some(rate)) = (change.rate_before, change.rate) else { continue };
        weights += attempts;
        value += attempts * rate.value;
        rate_before += attempts * was;
        squares.0 += (attempts * (rate.value - rate.low)).powi(2);
        squares.1 += (attempts * (rate.high - rate.value)).powi(2);
    }
    if !is_any {
        return None;
    }
    let came: f64 =
        accounts.iter().map(|account| if let Changed::Came(attempts) = account { *attempts } else { 0.0 }).sum();
    let rate = (weights > 0.0).then(|| {
        let (value, was) = (value / weights, rate_before / weights);
        let alone = (squares.0.sqrt() / weights, squares.1.sqrt() / weights);
        let shared = by_days(trend, (was + value, was), expected).unwrap_or(alone);
        Interval { value, low: value - alone.0.max(shared.0), high: value + alone.1.max(shared.1) }
    });
    Some(Change {
        before,
        basis: if is_by_weekday { MixBasis::Weekdays } else { MixBasis::MeanDay },
        expected_attempts: expected,
        attempts: (expected > 0.0).then(|| (now + came) / expected - 1.0),
        rate_before: (weights > 0.0).then(|| rate_before / weights),
        rate,
    })
}

/// How far a difference of rates may be off, down and up, by how the days of all accounts differ.
fn by_days(trend: &[TrendPoint], (now, before): (f64, f64), expected: f64) -> Option<(f64, f64)> {
    // A day that some accounts lack is one of the others all the same.
    let settled = trend.iter().filter(|point| matches!(point.state, TrendState::Final | TrendState::Partial));
    let counts: Vec<Counts> = settled.filter_map(|point| Some(point.figure?.counts)).collect();
    let attempts: Vec<f64> = counts.iter().map(|counts| real(counts.attempts())).filter(|day| *day > 0.0).collect();
    let all: f64 = attempts.iter().sum();
    let rate = counts.iter().map(|counts| real(counts.converted())).sum::<f64>() / all;
    if attempts.len() < 2 || expected <= 0.0 {
        return None;
    }
    let day =
        |counts: &Counts| RateDay { attempts: real(counts.attempts()), converted: real(counts.converted()), rate };
    let spread = RateSpread::of(&counts.iter().map(day).collect::<Vec<_>>());
    let correlation = spread.within(spread);
    let trials = |scale: f64| correlation.effective(attempts.iter().map(|day| (day * scale, 1.0)));
    let sample = |rate: f64, trials: f64| Sample { rate: rate.clamp(0.0, 1.0), trials };
    let found = difference(sample(now, trials(1.0)), sample(before, trials(expected / all)));
    Some((found.value - found.low, found.high - found.value))
}

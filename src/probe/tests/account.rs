//! An account that answers from a list of stamps, by definitions of its own: nothing here is shared with the solver.

use proptest::prelude::*;

use super::super::{Fractions, Hypothesis, Parameter, Reply, Stamps};
use super::{DAY, NOW};
use crate::model::{Channel, Country, Interval, Prefix, RawSlice, ServiceSid, UnixMillis};

#[derive(Debug, Clone)]
pub struct Account {
    pub interval: Interval,
    pub fractions: Fractions,
    /// Milliseconds since 1970.
    pub stamps: Vec<i64>,
    pub ignored: Vec<Parameter>,
    /// Whether a range of no length is refused.
    pub refuses_empty: bool,
}

impl Account {
    pub fn new(interval: Interval, fractions: Fractions, stamps: Vec<i64>) -> Self {
        Self { interval, fractions, stamps, ignored: Vec::new(), refuses_empty: false }
    }

    pub fn answer(&self, question: &RawSlice) -> Reply {
        let is_heeded = |parameter| !self.ignored.contains(&parameter);
        let after = question.after.filter(|_| is_heeded(Parameter::After));
        let before = question.before.filter(|_| is_heeded(Parameter::Before));
        let bounds = (after.map(|bound| self.rounded(bound)), before.map(|bound| self.rounded(bound)));
        let (after, before) = match bounds {
            (Some(None), _) | (_, Some(None)) => return Reply::Refused("fractions".to_owned()),
            (Some(Some(after)), Some(Some(before))) if self.refuses_empty && after == before => {
                return Reply::Refused("empty".to_owned());
            }
            (after, before) => (after.flatten(), before.flatten()),
        };
        let nobody = (is_heeded(Parameter::Service) && question.service == Some(ServiceSid::ZEROS))
            || (is_heeded(Parameter::Country) && question.country == Some(Country::REMAINDER))
            || (is_heeded(Parameter::Prefix) && question.prefix == Some(Prefix::CONTROL));
        if is_heeded(Parameter::Channel) && question.channel == Some(Channel::Control) {
            return Reply::Refused("no such channel".to_owned());
        }
        let (first_counts, last_counts) = match self.interval {
            Interval::ClosedOpen => (true, false),
            Interval::OpenClosed => (false, true),
            Interval::Closed => (true, true),
            Interval::Open => (false, false),
        };
        let inside = |stamp: &&i64| {
            let stamp = **stamp;
            let late_enough = after.is_none_or(|after| stamp > after || (first_counts && stamp == after));
            let early_enough = before.is_none_or(|before| stamp < before || (last_counts && stamp == before));
            late_enough && early_enough && !nobody
        };
        Reply::Counted(i64::try_from(self.stamps.iter().filter(inside).count()).unwrap())
    }

    fn rounded(&self, bound: UnixMillis) -> Option<i64> {
        let UnixMillis(bound) = bound;
        let fraction = bound.rem_euclid(1000);
        match self.fractions {
            Fractions::Heeded => Some(bound),
            Fractions::CutOff => Some(bound - fraction),
            Fractions::Rounded if fraction < 500 => Some(bound - fraction),
            Fractions::Rounded => Some(bound - fraction + 1000),
            Fractions::Refused => (fraction == 0).then_some(bound),
        }
    }
}

/// Which of the two clocks stamps, and how attempts are spread over the last days.
pub fn stamps(precision: Stamps, fewest: usize) -> impl Strategy<Value = Vec<i64>> {
    // Seconds before now: lonely ones, bursts around one instant, and some of every second.
    let lonely = prop::collection::vec(2 * DAY..9 * DAY, fewest..40);
    let burst = (2 * DAY..9 * DAY, 1i64..120, fewest..400)
        .prop_flat_map(|(at, spread, count)| prop::collection::vec(at..at + spread, count));
    let busy = (2 * DAY..9 * DAY, 1i64..6).prop_map(|(at, each)| (0..600 * each).map(|n| at + n / each).collect());
    let old = prop::collection::vec(30 * DAY..60 * DAY, fewest..6);
    let seconds = prop_oneof![lonely, burst, busy, old];
    // Data as old as this is about to expire, and deliberately not looked at.
    let settled = |ago: i64| if ago % DAY > DAY - 700 { ago - 700 } else { ago };
    (seconds, any::<u64>()).prop_map(move |(seconds, seed): (Vec<i64>, u64)| {
        let seconds = seconds.into_iter().map(settled);
        let stamp = |(n, ago): (u64, i64)| {
            let mixed =
                (seed ^ n).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let fraction = match precision {
                Stamps::Whole => 0,
                Stamps::Fractional => i64::try_from((mixed >> 33) % 1000).unwrap(),
            };
            (NOW.0 - ago) * 1000 + fraction
        };
        (0..).zip(seconds).map(stamp).collect()
    })
}

/// Any account that can be.
pub fn any_account(fewest: usize) -> impl Strategy<Value = (Hypothesis, Account)> {
    let all: Vec<_> = Hypothesis::all().collect();
    prop::sample::select(all).prop_flat_map(move |truth| {
        (stamps(truth.stamps, fewest), any::<bool>()).prop_map(move |(stamps, refuses_empty)| {
            (truth, Account { refuses_empty, ..Account::new(truth.interval, truth.fractions, stamps) })
        })
    })
}

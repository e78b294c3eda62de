//! An account that answers from a list of stamps, by definitions of its own: nothing here is shared with the solver.

use proptest::prelude::*;

use super::super::hypothesis::Hypothesis;
use super::super::{Fractions, Parameter, Reply, Stamps};
use super::{DAY, NOW};
use crate::model::{Channel, Country, Interval, Prefix, RawSlice, ServiceSid, UnixMillis};

/// What a parameter does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Its values change nothing.
    Ignored,
    /// It refuses values that don't exist, and is ignored otherwise.
    Validated,
    /// It finds nothing for values that don't exist, and is ignored otherwise.
    Half,
    /// It finds nothing.
    Dead,
    /// It is refused.
    Refused,
    /// It is ignored where another one is given too.
    IgnoredBeside(Parameter),
    /// It finds nothing where another one is given too.
    DeadBeside(Parameter),
}

/// Whom attempts go to: service, country and number (none for e-mail), channel.
pub type Kind = (ServiceSid, Option<(&'static str, u64)>, Channel);

/// The services that there are.
pub fn service(number: u8) -> ServiceSid {
    format!("VA{number:032}").parse().unwrap()
}

#[derive(Debug, Clone)]
pub struct Account {
    pub interval: Interval,
    pub fractions: Fractions,
    /// Milliseconds since 1970.
    pub stamps: Vec<i64>,
    /// The attempts' kinds, one after the other and over again.
    pub kinds: Vec<Kind>,
    /// What is not heeded, and what becomes of it.
    pub modes: Vec<(Parameter, Mode)>,
    /// Whether a range of no length is refused.
    pub refuses_empty: bool,
}

impl Account {
    pub fn new(interval: Interval, fractions: Fractions, stamps: Vec<i64>) -> Self {
        let kinds = vec![
            (service(1), Some(("US", 14_155_550_100)), Channel::Sms),
            (service(1), Some(("US", 12_125_550_100)), Channel::Call),
            (service(1), Some(("BR", 5_511_955_501_000)), Channel::Whatsapp),
            (service(1), None, Channel::Email),
            (service(2), Some(("IN", 919_855_501_000)), Channel::Sms),
        ];
        Self { interval, fractions, stamps, kinds, modes: Vec::new(), refuses_empty: false }
    }

    /// An account of nothing but these kinds, every 37 s an attempt for some days.
    pub fn of(kinds: &[Kind]) -> Self {
        let stamps = (0..7000).map(|n| (NOW.0 - 6 * DAY + n * 37) * 1000).collect();
        Self { kinds: kinds.to_vec(), ..Self::new(Interval::ClosedOpen, Fractions::Heeded, stamps) }
    }

    pub fn with(mut self, parameter: Parameter, mode: Mode) -> Self {
        self.modes.push((parameter, mode));
        self
    }

    pub fn answer(&self, question: &RawSlice) -> Reply {
        let is_given = |parameter| match parameter {
            Parameter::Service => question.service.is_some(),
            Parameter::After => question.after.is_some(),
            Parameter::Before => question.before.is_some(),
            Parameter::Country => question.country.is_some(),
            Parameter::Channel => question.channel.is_some(),
            Parameter::Prefix => question.prefix.is_some(),
        };
        let is_impossible = |parameter| match parameter {
            Parameter::Service => question.service == Some(ServiceSid::ZEROS),
            Parameter::After => question.after.is_some_and(|after| after.0 > NOW.0 * 1000),
            Parameter::Before => question.before.is_some_and(|before| before.0 < 1_000_000_000_000),
            Parameter::Country => question.country == Some(Country::REMAINDER),
            Parameter::Channel => question.channel == Some(Channel::Control),
            Parameter::Prefix => question.prefix == Some(Prefix::CONTROL),
        };
        let (mut ignored, mut is_silent) = (Vec::new(), false);
        for &(parameter, mode) in self.modes.iter().filter(|(parameter, _)| is_given(*parameter)) {
            match mode {
                Mode::Validated if is_impossible(parameter) => return Reply::Refused("no such value".to_owned()),
                Mode::Refused => return Reply::Refused("no such value".to_owned()),
                Mode::Half if is_impossible(parameter) => is_silent = true,
                Mode::Ignored | Mode::Validated | Mode::Half => ignored.push(parameter),
                Mode::IgnoredBeside(other) if is_given(other) => ignored.push(parameter),
                Mode::DeadBeside(other) if is_given(other) => is_silent = true,
                Mode::IgnoredBeside(_) | Mode::DeadBeside(_) => {}
                Mode::Dead => is_silent = true,
            }
        }
        let is_heeded = |parameter| !ignored.contains(&parameter);
        if is_impossible(Parameter::Channel) && is_heeded(Parameter::Channel) && !is_silent {
            return Reply::Refused("no such channel".to_owned());
        }
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
        let begins = |number: u64, prefix: Prefix| number.to_string().starts_with(&prefix.digits().to_string());
        let is_meant = |&(service, place, channel): &Kind| {
            let fits = [
                (Parameter::Service, question.service.is_none_or(|it| it == service)),
                (
                    Parameter::Country,
                    question.country.is_none_or(|it| place.is_some_and(|(code, _)| it.code() == code)),
                ),
                (Parameter::Channel, question.channel.is_none_or(|it| it == channel)),
                (
                    Parameter::Prefix,
                    question.prefix.is_none_or(|it| place.is_some_and(|(_, number)| begins(number, it))),
                ),
            ];
            fits.into_iter().all(|(parameter, fits)| fits || !is_heeded(parameter))
        };
        let meant: Vec<bool> = self.kinds.iter().map(is_meant).collect();
        let (first_counts, last_counts) = match self.interval {
            Interval::ClosedOpen => (true, false),
            Interval::OpenClosed => (false, true),
            Interval::Closed => (true, true),
            Interval::Open => (false, false),
        };
        let inside = |&(stamp, is_meant): &(i64, bool)| {
            let late_enough = after.is_none_or(|after| stamp > after || (first_counts && stamp == after));
            let early_enough = before.is_none_or(|before| stamp < before || (last_counts && stamp == before));
            late_enough && early_enough && is_meant && !is_silent
        };
        Reply::Counted(
            i64::try_from(self.stamps.iter().copied().zip(meant.into_iter().cycle()).filter(inside).count()).unwrap(),
        )
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

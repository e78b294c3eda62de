//! What can go wrong on the way to an answer, and how often it shall.

use std::str::FromStr;

use super::random::Random;

/// A number in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
pub struct Probability(f64);

impl Probability {
    /// It always happens.
    pub const ALWAYS: Self = Self(1.0);

    /// `None` outside [0, 1].
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=1.0).contains(&value).then_some(Self(value))
    }

    pub(super) const fn value(self) -> f64 {
        self.0
    }
}

/// The text is no probability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a probability from 0 to 1, such as 0.05")]
pub struct InvalidProbability;

impl FromStr for Probability {
    type Err = InvalidProbability;

    fn from_str(text: &str) -> Result<Self, InvalidProbability> {
        text.parse().ok().and_then(Self::new).ok_or(InvalidProbability)
    }
}

/// How often each fault strikes a request that was let in. They are tried in the order of the fields, at most one
/// strikes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Faults {
    /// 500 and 503 with the API's error body, 502 and 504 with a gateway's HTML.
    pub server_error: Probability,
    /// 429, with `Retry-After` or without.
    pub throttle: Probability,
    /// The connection is reset without an answer.
    pub reset: Probability,
    /// No answer ever comes.
    pub hang: Probability,
    /// 200 with a body that is cut, empty (`{}`) or no JSON; of the list, cut.
    pub json: Probability,
    /// 200 with counts that contradict each other; of the list, with an attempt that has no identifier.
    pub counts: Probability,
}

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    ServerError,
    Throttle,
    Reset,
    Hang,
    Json,
    Counts,
}

impl Faults {
    /// What strikes the next request.
    pub(super) fn strike(&self, random: &mut Random) -> Option<Fault> {
        let faults = [
            (self.server_error, Fault::ServerError),
            (self.throttle, Fault::Throttle),
            (self.reset, Fault::Reset),
            (self.hang, Fault::Hang),
            (self.json, Fault::Json),
            (self.counts, Fault::Counts),
        ];
        faults.into_iter().find(|(probability, _)| random.chance(probability.0)).map(|(_, fault)| fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_checked() {
        assert_eq!("0.05".parse(), Ok(Probability(0.05)));
        assert_eq!("1".parse(), Ok(Probability::ALWAYS));
        for bad in ["", "-0.1", "1.01", "NaN", "inf", "5%", "often"] {
            assert_eq!(bad.parse::<Probability>(), Err(InvalidProbability), "{bad}");
        }
    }

    #[test]
    fn faults_strike_as_often_as_they_shall() {
        let faults = Faults {
            reset: Probability(0.1),
            counts: Probability(0.5),
            throttle: Probability(0.0),
            ..Faults::default()
        };
        let mut random = Random::new(1);
        let strikes: Vec<_> = (0..10_000).filter_map(|_| faults.strike(&mut random)).collect();
        let count = |fault| strikes.iter().filter(|strike| **strike == fault).count();
        assert!((900..1100).contains(&count(Fault::Reset)));
        assert!((4300..4700).contains(&count(Fault::Counts)));
        assert_eq!(count(Fault::Reset) + count(Fault::Counts), strikes.len());
        assert!(Faults { hang: Probability::ALWAYS, ..faults }.strike(&mut Random::new(9)).is_some());
    }
}

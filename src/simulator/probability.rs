//! How often something shall happen.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A number in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
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

impl TryFrom<f64> for Probability {
    type Error = InvalidProbability;

    fn try_from(value: f64) -> Result<Self, InvalidProbability> {
        Self::new(value).ok_or(InvalidProbability)
    }
}

impl From<Probability> for f64 {
    fn from(probability: Probability) -> Self {
        probability.0
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
}

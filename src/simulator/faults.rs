//! What can go wrong on the way to an answer, and how often it shall.
//!
//! As JSON the fields are called as the flags that set them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::chosen::{ChosenFault, Failure};
use super::probability::Probability;
use super::random::Random;
use super::trouble::{AccountFault, Trouble};
use crate::model::AccountSid;

/// How often each fault strikes a request that was let in. They are tried in the order of the fields, at most one
/// strikes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// 500 and 503 with the API's error body, 502 and 504 with a gateway's HTML.
    #[serde(rename = "fault_5xx")]
    pub server_error: Probability,
    /// 429, with `Retry-After` or without.
    #[serde(rename = "fault_429")]
    pub throttle: Probability,
    /// The connection is reset without an answer.
    #[serde(rename = "fault_reset")]
    pub reset: Probability,
    /// No answer ever comes.
    #[serde(rename = "fault_hang")]
    pub hang: Probability,
    /// 200 with a body that is cut, empty (`{}`) or no JSON; of the list, cut.
    #[serde(rename = "fault_json")]
    pub json: Probability,
    /// 200 with counts that contradict each other; of the list, with an attempt that has no identifier.
    #[serde(rename = "fault_counts")]
    pub counts: Probability,
    /// Failures of one's own choice.
    #[serde(rename = "fault")]
    pub chosen: Vec<ChosenFault>,
    /// So many of the next requests fail in any case: as the first of `chosen`, or else with 503 and the API's error
    /// body.
    pub fail_next: u64,
    /// What is wrong with single accounts, whatever else strikes; of two for one account the first.
    #[serde(rename = "account_fault", skip_serializing_if = "Vec::is_empty")]
    pub of_accounts: Vec<AccountFault>,
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
    Chosen(Failure),
    /// One of the next that fail in any case.
    Next(Failure),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ServerError => "5xx",
            Self::Throttle => "429",
            Self::Reset => "reset",
            Self::Hang => "hang",
            Self::Json => "json",
            Self::Counts => "counts",
            Self::Chosen(failure) => return failure.fmt(f),
            Self::Next(_) => "fail-next",
        })
    }
}

impl Faults {
    /// What is wrong with an account.
    pub(super) fn trouble(&self, account: AccountSid) -> Option<Trouble> {
        self.of_accounts.iter().find(|fault| fault.account == account).map(|fault| fault.trouble)
    }

    /// What strikes each request to an account.
    pub(super) fn of(&self, account: AccountSid) -> Option<Fault> {
        match self.trouble(account)? {
            Trouble::Unavailable => Some(Fault::Chosen(Failure::USUAL)),
            Trouble::Hang => Some(Fault::Hang),
            Trouble::WrongSecret | Trouble::Forbidden | Trouble::Suspended => None,
        }
    }

    /// What strikes a request in any case.
    pub(super) fn next(&mut self) -> Option<Fault> {
        self.fail_next = self.fail_next.checked_sub(1)?;
        Some(Fault::Next(self.chosen.first().map_or(Failure::USUAL, |first| first.failure)))
    }

    /// What strikes a request by chance.
    pub(super) fn strike(&self, random: &mut Random) -> Option<Fault> {
        let faults = [
            (self.server_error, Fault::ServerError),
            (self.throttle, Fault::Throttle),
            (self.reset, Fault::Reset),
            (self.hang, Fault::Hang),
            (self.json, Fault::Json),
            (self.counts, Fault::Counts),
        ];
        let chosen = self.chosen.iter().map(|fault| (fault.probability, Fault::Chosen(fault.failure)));
        faults
            .into_iter()
            .chain(chosen)
            .find(|(probability, _)| random.chance(probability.value()))
            .map(|(_, fault)| fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_strike_as_often_as_they_shall() {
        let faults = Faults {
            reset: Probability::new(0.1).unwrap(),
            counts: Probability::new(0.5).unwrap(),
            throttle: Probability::new(0.0).unwrap(),
            ..Faults::default()
        };
        let mut random = Random::new(1);
        let strikes: Vec<_> = (0..10_000).filter_map(|_| faults.strike(&mut random)).collect();
        let count = |fault| strikes.iter().filter(|strike| **strike == fault).count();
        assert!((900..1100).contains(&count(Fault::Reset)));
        assert!((4300..4700).contains(&count(Fault::Counts)));
        assert_eq!(count(Fault::Reset) + count(Fault::Counts), strikes.len());
        let chosen = ["404:text:0.5", "500:empty:1"].map(|text| text.parse().unwrap());
        let faults = Faults { chosen: chosen.to_vec(), ..faults };
        let named: Vec<_> = (0..1000).map(|_| faults.strike(&mut random).unwrap().to_string()).collect();
        for (name, range) in [("reset", 60..140), ("404:text", 180..280), ("500:empty", 180..280)] {
            assert!(range.contains(&named.iter().filter(|struck| *struck == name).count()), "{name}");
        }
        assert!(Faults { hang: Probability::ALWAYS, ..faults }.strike(&mut Random::new(9)).is_some());
    }

    #[test]
    fn the_next_requests_fail_as_the_first_choice_says() {
        let mut faults = Faults { fail_next: 2, ..Faults::default() };
        let usual = Some(Fault::Next(Failure::USUAL));
        assert_eq!([faults.next(), faults.next(), faults.next()], [usual, usual, None]);
        let first: ChosenFault = "502:html:0".parse().unwrap();
        let mut faults = Faults { fail_next: 1, chosen: vec![first], ..Faults::default() };
        assert_eq!([faults.next(), faults.next()], [Some(Fault::Next(first.failure)), None]);
    }
}

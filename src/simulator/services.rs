//! The account's services, how they differ, and what they are called.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::LazyLock;

use super::random::Random;
use crate::model::ServiceSid;

const LABEL: u64 = u64::from_be_bytes(*b"services");

/// How a service differs from the others.
pub(super) struct Service {
    pub(super) name: &'static str,
    /// Its part of every country's traffic.
    pub(super) share: f64,
    /// In how many of 100 countries it is offered.
    pub(super) reach: u32,
    /// E-mails a day.
    pub(super) email: f64,
    /// Factor on conversion rates.
    pub(super) conversion: f64,
    /// Relative traffic by local hour.
    pub(super) hours: [u32; 24],
    /// Factor on Saturdays and Sundays.
    pub(super) weekend: f64,
}

const AROUND_THE_CLOCK: [u32; 24] =
    [4, 3, 2, 1, 1, 2, 5, 9, 13, 15, 15, 15, 14, 14, 14, 14, 15, 16, 17, 18, 17, 13, 9, 6];
const OFFICE_HOURS: [u32; 24] = [0, 0, 0, 0, 0, 1, 3, 12, 30, 28, 20, 18, 12, 20, 18, 16, 14, 9, 4, 2, 1, 1, 0, 0];

/// The account's services, busiest first; the last is the staff's own.
pub(super) static SERVICES: [Service; 4] = [
    Service {
        name: "Login",
        share: 0.56,
        reach: 100,
        email: 190.0,
        conversion: 1.0,
        hours: AROUND_THE_CLOCK,
        weekend: 1.1,
    },
    Service {
        name: "Signup",
        share: 0.28,
        reach: 88,
        email: 110.0,
        conversion: 0.91,
        hours: AROUND_THE_CLOCK,
        weekend: 1.25,
    },
    Service {
        name: "Payments",
        share: 0.13,
        reach: 55,
        email: 18.0,
        conversion: 1.05,
        hours: AROUND_THE_CLOCK,
        weekend: 0.9,
    },
    Service { name: "Staff", share: 0.03, reach: 18, email: 45.0, conversion: 1.09, hours: OFFICE_HOURS, weekend: 0.1 },
];

/// For each service the local hours, each as often as it has a part in the day's traffic.
pub(super) static HOURS: LazyLock<[Vec<u8>; SERVICES.len()]> = LazyLock::new(|| {
    let spread =
        |hours: &[u32; 24]| (0..24).zip(hours).flat_map(|(hour, part)| (0..*part).map(move |_| hour)).collect();
    std::array::from_fn(|index| spread(&SERVICES[index].hours))
});

/// One of the account's services by a SID of somebody's choice, as `--service` takes it: `VA…=Login` or `VA…=0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedService {
    sid: ServiceSid,
    index: usize,
}

/// The text names no service of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected SID=SERVICE: VA and 32 hexadecimal digits, then one of Login, Signup, Payments and Staff, or its number \
     from 0 to 3"
)]
pub struct InvalidService;

impl FromStr for NamedService {
    type Err = InvalidService;

    fn from_str(text: &str) -> Result<Self, InvalidService> {
        let (sid, service) = text.split_once('=').ok_or(InvalidService)?;
        let is_it = |(index, known): &(usize, &Service)| {
            known.name.eq_ignore_ascii_case(service) || index.to_string() == service
        };
        let (index, _) = SERVICES.iter().enumerate().find(is_it).ok_or(InvalidService)?;
        Ok(Self { sid: sid.parse().map_err(|_| InvalidService)?, index })
    }
}

/// Not each service has one SID, and each SID one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServiceTwice {
    /// A service has two SIDs.
    #[error("{0} is given two SIDs; name each service once")]
    Service(&'static str),
    /// A SID has two services.
    #[error("{0} would be two services; give each a SID of its own")]
    Sid(ServiceSid),
}

/// The SIDs that services have instead of those that follow from the seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ServiceSids([Option<ServiceSid>; SERVICES.len()]);

impl ServiceSids {
    /// Those that are named; the others keep their own.
    ///
    /// # Errors
    /// If a service would have two SIDs, or two services one.
    pub fn new(seed: u64, named: &[NamedService]) -> Result<Self, ServiceTwice> {
        let mut sids = Self::default();
        for NamedService { sid, index } in named {
            if sids.0[*index].replace(*sid).is_some() {
                return Err(ServiceTwice::Service(SERVICES[*index].name));
            }
        }
        let mut known = BTreeSet::new();
        let twice = sids.of(seed).into_iter().find(|sid| !known.insert(*sid));
        twice.map_or(Ok(sids), |sid| Err(ServiceTwice::Sid(sid)))
    }

    /// The SIDs of the services of a seed.
    pub(super) fn of(&self, seed: u64) -> Vec<ServiceSid> {
        let own = |index| Random::stream(seed, &[LABEL, index]).sid("VA").parse().expect("32 hexadecimal digits");
        (0..).zip(&self.0).map(|(index, sid)| sid.unwrap_or_else(|| own(index))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sids(seed: u64, texts: &[&str]) -> Result<Vec<String>, String> {
        let named: Result<Vec<NamedService>, _> = texts.iter().map(|text| text.parse()).collect();
        let named = named.map_err(|error| error.to_string())?;
        let sids = ServiceSids::new(seed, &named).map_err(|error| error.to_string())?;
        Ok(sids.of(seed).iter().map(ToString::to_string).collect())
    }

    #[test]
    fn services_are_called_by_sids_of_ones_choice() {
        let own = sids(1, &[]).unwrap();
        let (a, b) = (format!("VA{}", "a".repeat(32)), format!("VA{}", "B".repeat(32)));
        let called = sids(1, &[&format!("{a}=signup"), &format!("{b}=3")]).unwrap();
        assert_eq!(called, [own[0].as_str(), &a, &own[2], &b]);
        let swapped = sids(1, &[&format!("{}=0", own[1]), &format!("{}=1", own[0])]).unwrap();
        assert_eq!(swapped, [own[1].as_str(), &own[0], &own[2], &own[3]]);
        for (texts, reason) in [
            (vec![format!("{a}=Login"), format!("{b}=0")], "Login is given two SIDs"),
            (vec![format!("{a}=Login"), format!("{a}=Staff")], "would be two services"),
            (vec![format!("{}=Login", own[1])], "would be two services"),
            (vec![format!("{a}=Support")], "one of Login, Signup, Payments and Staff"),
            (vec![format!("{a}=4")], "expected SID=SERVICE"),
            (vec![format!("{a}=00")], "expected SID=SERVICE"),
            (vec![format!("{a}=")], "expected SID=SERVICE"),
            (vec![a[1..].to_owned()], "expected SID=SERVICE"),
            (vec![format!("{}=0", &a[1..])], "expected SID=SERVICE"),
        ] {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let refused = sids(1, &texts).unwrap_err();
            assert!(refused.contains(reason), "{texts:?}: {refused}");
        }
    }
}

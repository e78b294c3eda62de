//! How far back the API shows attempts. An account that began on a day looks the same as one whose older data is gone:
//! what is found is the age of the oldest attempts, nothing more.

use super::gap::Gap;
use super::script::{Pending, Script, Topic};
use crate::model::UnixSeconds;

const DAY: i64 = 86_400;

/// Nothing older than so many days is searched for.
pub const LONGEST_HISTORY: u32 = 400;

/// The ages, in days, between which the oldest attempts are placed: to the day for five weeks, then to about a tenth.
const AGES: [u32; 53] = [
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    11,
    12,
    13,
    14,
    15,
    16,
    17,
    18,
    19,
    20,
    21,
    22,
    23,
    24,
    25,
    26,
    27,
    28,
    29,
    30,
    31,
    32,
    33,
    34,
    35,
    40,
    45,
    50,
    55,
    60,
    70,
    80,
    90,
    100,
    120,
    150,
    180,
    210,
    250,
    300,
    365,
    LONGEST_HISTORY,
];

/// The age of the oldest attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum History {
    /// The oldest attempts were made between `from` and `to`.
    Since {
        /// No attempt is older. It is a day before `to`, or more where that is long ago.
        from: UnixSeconds,
        /// Some attempt is older.
        to: UnixSeconds,
        /// Whole days from `to` to the present.
        days: u32,
        /// Whole days from `from` to the present, at least 1.
        days_at_most: u32,
    },
    /// There are attempts older than [`LONGEST_HISTORY`] days.
    Longer,
    /// Not known.
    Unknown(Gap),
}

/// Searches by halves over ages: attempts before an instant can only be more for a later one. Where that can't be
/// relied upon, `obstacle` says why.
pub(super) fn search(script: &mut Script<'_>, as_of: UnixSeconds, obstacle: Option<Gap>) -> Result<History, Pending> {
    if let Some(gap) = obstacle {
        return Ok(History::Unknown(gap));
    }
    let ago = |days: u32| as_of.plus_seconds(-DAY * i64::from(days));
    let mut has_older = |days: u32| -> Result<Result<bool, Gap>, Pending> {
        let counted = script.count(Topic::History, None, Some(ago(days).into()))?;
        Ok(counted.map(|count| count > 0))
    };
    match has_older(LONGEST_HISTORY)? {
        Ok(true) => return Ok(History::Longer),
        Ok(false) => {}
        Err(gap) => return Ok(History::Unknown(gap)),
    }
    // There are attempts, so some are older than none; none is older than the last age.
    let (mut young, mut old) = (0, AGES.len() - 1);
    while young + 1 < old {
        let middle = young.midpoint(old);
        match has_older(AGES[middle])? {
            Ok(true) => young = middle,
            Ok(false) => old = middle,
            Err(gap) => return Ok(History::Unknown(gap)),
        }
    }
    let (days, days_at_most) = (AGES[young], AGES[old]);
    Ok(History::Since { from: ago(days_at_most), to: ago(days), days, days_at_most })
}

//! Which of a job's accounts a command is about. Pure.

use std::num::NonZeroU32;
use std::str::FromStr;

use crate::job::JobAccount;
use crate::model::{AccountSid, nearest, printable};

/// One of several shares of the accounts. An account's share follows from its SID alone, so that it stays where it is when
/// others come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which; the last is 0.
    index: u32,
    /// Of how many.
    count: NonZeroU32,
}

/// The text is no shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected I/N with I from 1 to N, such as 2/8; 0 is N, for schedulers that count from 0")]
pub struct ShardError;

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let (index, count) =
            text.split_once('/').filter(|(index, count)| plain(index) && plain(count)).ok_or(ShardError)?;
        let count: NonZeroU32 = count.parse().map_err(|_| ShardError)?;
        let index: u32 = index.parse().map_err(|_| ShardError)?;
        if index > count.get() {
            return Err(ShardError);
        }
        Ok(Self { index: index % count, count })
    }
}

impl Shard {
    /// Whether an account is in it. The same SID in capitals is.
    #[must_use]
    pub fn holds(self, account: AccountSid) -> bool {
        let digits = u128::from_str_radix(&account.to_string()[2..], 16).unwrap_or_default();
        digits % u128::from(self.count.get()) == u128::from(self.index)
    }
}

/// Names that none of a job's accounts has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the job has no account {}; {remedy}", printable(name))]
pub struct UnknownAccounts {
    /// What was asked for.
    name: String,
    remedy: String,
}

/// The accounts that are named, by name or SID, or else all; of them those of a shard.
///
/// # Errors
/// A name is none of theirs.
pub fn select(
    accounts: &[JobAccount],
    named: &[String],
    shard: Option<Shard>,
) -> Result<Vec<JobAccount>, UnknownAccounts> {
    let is_named = |account: &JobAccount, name: &str| account.name == name || account.sid.to_string() == name;
    if let Some(name) = named.iter().find(|name| !accounts.iter().any(|account| is_named(account, name))) {
        let remedy = match nearest(name, accounts.iter().map(|account| account.name.as_str())) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("it has {}, each by its name or its SID", accounts.len()),
        };
        return Err(UnknownAccounts { name: name.clone(), remedy });
    }
    let is_wanted = |account: &&JobAccount| {
        (named.is_empty() || named.iter().any(|name| is_named(account, name)))
            && shard.is_none_or(|shard| shard.holds(account.sid))
    };
    Ok(accounts.iter().filter(is_wanted).cloned().collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn account(number: u128) -> JobAccount {
        let sid = format!("AC{number:032x}").parse().unwrap();
        JobAccount { name: format!("account {number}"), sid, signing: None }
    }

    proptest! {
        #[test]
        fn each_account_is_in_one_shard(numbers in prop::collection::hash_set(any::<u128>(), 1..50), count in 1..9_u32) {
            let accounts: Vec<_> = numbers.into_iter().map(account).collect();
            let shards = (1..=count).map(|index| format!("{index}/{count}").parse::<Shard>().unwrap());
            let mut found: Vec<_> = shards.flat_map(|shard| select(&accounts, &[], Some(shard)).unwrap()).collect();
            found.sort_by_key(|account| account.sid);
            let mut all = accounts;
            all.sort_by_key(|account| account.sid);
            prop_assert_eq!(found, all);
        }
    }

    #[test]
    fn a_shard_is_counted_from_one() {
        let last: Shard = "8/8".parse().unwrap();
        assert_eq!("0/8".parse(), Ok(last));
        for text in ["9/8", "1/0", "1", "", "/", "1/", "-1/8", "+1/8", "1/8/9", "a/b", "1 /8"] {
            assert_eq!(text.parse::<Shard>(), Err(ShardError), "{text}");
        }
        assert!(last.holds(account(8).sid) && "1/8".parse::<Shard>().unwrap().holds(account(1).sid));
        let capitals = format!("AC{}8", "F".repeat(31)).parse().unwrap();
        assert!(last.holds(capitals) && "1/1".parse::<Shard>().is_ok());
    }

    #[test]
    fn accounts_are_called_by_name_or_sid() {
        let accounts: Vec<_> = (0..20).map(account).collect();
        let named = ["account 3".to_owned(), accounts[5].sid.to_string()];
        let chosen: Vec<_> = select(&accounts, &named, None).unwrap().into_iter().map(|it| it.name).collect();
        assert_eq!(chosen, ["account 3", "account 5"]);
        let unknown = select(&accounts, &["acount 3".to_owned()], None).unwrap_err().to_string();
        assert!(unknown.contains("did you mean account 3?"), "{unknown}");
        let unknown = select(&accounts, &["somebody\u{1b}".to_owned()], None).unwrap_err().to_string();
        assert_eq!(unknown, "the job has no account somebody\\u{1b}; it has 20, each by its name or its SID");
    }
}

//! What is wrong with one account, while the others are well.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::answer::ApiError;
use crate::model::AccountSid;

/// One of the things that can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// 401: the secret is none of the account's.
    WrongSecret,
    /// 403: a key without the permission.
    Forbidden,
    /// 403: the account is suspended.
    Suspended,
    /// 503, each time.
    Unavailable,
    /// No answer ever comes.
    Hang,
}

impl Trouble {
    const ALL: [Self; 5] = [Self::WrongSecret, Self::Forbidden, Self::Suspended, Self::Unavailable, Self::Hang];

    const fn name(self) -> &'static str {
        match self {
            Self::WrongSecret => "401",
            Self::Forbidden => "403",
            Self::Suspended => "suspended",
            Self::Unavailable => "503",
            Self::Hang => "hang",
        }
    }

    /// How a request is turned away before it gets as far as the limit.
    pub(super) const fn refusal(self) -> Option<(ApiError, &'static str)> {
        match self {
            Self::WrongSecret => Some((ApiError::UNAUTHENTICATED, "Authenticate")),
            Self::Forbidden => Some((ApiError::FORBIDDEN, "Forbidden: the key lacks a permission")),
            Self::Suspended => Some((ApiError::SUSPENDED, "Forbidden: the account is not active")),
            Self::Unavailable | Self::Hang => None,
        }
    }
}

/// What is wrong with which account, as `--account-fault` takes it: `AC…=suspended`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountFault {
    pub(super) account: AccountSid,
    pub(super) trouble: Trouble,
}

/// The text names no account, or nothing that can be wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected SID=KIND: AC and 32 hexadecimal digits, then one of 401, 403, suspended, 503 and hang")]
pub struct InvalidAccountFault;

impl FromStr for AccountFault {
    type Err = InvalidAccountFault;

    fn from_str(text: &str) -> Result<Self, InvalidAccountFault> {
        let (account, kind) = text.split_once('=').ok_or(InvalidAccountFault)?;
        let trouble = Trouble::ALL.into_iter().find(|known| known.name() == kind).ok_or(InvalidAccountFault)?;
        Ok(Self { account: account.parse().map_err(|_| InvalidAccountFault)?, trouble })
    }
}

impl fmt::Display for AccountFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.account, self.trouble.name())
    }
}

impl TryFrom<String> for AccountFault {
    type Error = InvalidAccountFault;

    fn try_from(text: String) -> Result<Self, InvalidAccountFault> {
        text.parse()
    }
}

impl From<AccountFault> for String {
    fn from(fault: AccountFault) -> Self {
        fault.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_and_what_is_wrong_with_it() {
        let sid = AccountSid::ZEROS;
        for kind in ["401", "403", "suspended", "503", "hang"] {
            let text = format!("{sid}={kind}");
            assert_eq!(text.parse::<AccountFault>().map(String::from), Ok(text));
        }
        for bad in ["", "=401", "AC1=401", &format!("{sid}"), &format!("{sid}=404"), &format!("{sid}=Hang")] {
            assert_eq!(bad.parse::<AccountFault>(), Err(InvalidAccountFault), "{bad}");
        }
    }
}

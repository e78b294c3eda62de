//! What is told of accounts on the way.

use schemars::JsonSchema;
use serde::Serialize;

use super::record::{AccountRecord, AccountStatus};
use crate::message::{Level, Message};
use crate::model::printable;

/// An event of a job over many accounts.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AccountsMessage {
    /// The work on an account begins.
    AccountBegan {
        /// As the job names it.
        name: String,
    },
    /// The work on an account is over.
    AccountEnded {
        /// What it came to.
        account: Box<AccountRecord>,
    },
    /// An account is left to other hosts, as this one lacks what it needs.
    AccountLeft {
        /// As the job names it.
        name: String,
        /// What this host lacks.
        problem: String,
    },
    /// Nothing is left to begin with; accounts that are at work, here and on other hosts, are waited for, and taken over
    /// from a host that dies.
    OthersAwaited {
        /// How many.
        accounts: u64,
    },
}

impl Message for AccountsMessage {
    fn level(&self) -> Level {
        match self {
            Self::AccountBegan { .. } => Level::DEBUG,
            Self::AccountEnded { account } => match account.status {
                AccountStatus::Complete | AccountStatus::Interrupted => Level::DEBUG,
                _ => Level::WARN,
            },
            Self::AccountLeft { .. } => Level::WARN,
            Self::OthersAwaited { .. } => Level::INFO,
        }
    }

    fn words(&self) -> Option<String> {
        Some(match self {
            Self::AccountBegan { .. } => "begins".to_owned(),
            Self::AccountEnded { account } => outcome(account),
            Self::AccountLeft { problem, .. } => {
                format!("is left to other hosts, as this one lacks what it needs: {}", printable(problem))
            }
            Self::OthersAwaited { accounts } => {
                format!(
                    "nothing is left to begin with: waiting for {accounts} accounts that are at work, here or elsewhere"
                )
            }
        })
    }
}

/// What became of an account, in a line that names it.
pub(super) fn told(account: &AccountRecord) -> String {
    format!("account {} ({}): {}", printable(&account.name), account.account_sid, outcome(account))
}

fn outcome(AccountRecord { status, windows, windows_published, problem, .. }: &AccountRecord) -> String {
    let status = match status {
        AccountStatus::Complete => "complete".to_owned(),
        AccountStatus::Incomplete | AccountStatus::Unreconciled => {
            format!("{windows_published} of {windows} windows published")
        }
        AccountStatus::Locked => "another run works on it".to_owned(),
        AccountStatus::Failed => "failed".to_owned(),
        AccountStatus::Interrupted => "stopped".to_owned(),
    };
    let problem = problem.as_deref().map_or_else(String::new, |problem| format!(": {}", printable(problem)));
    format!("{status}{problem}")
}

//! Whose turn it is. Each account has one turn, whoever asks: of this process alone, in the order in which they waited, or
//! of all hosts that share a state, as its database says.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::record::{AccountRecord, AccountStatus};
use crate::job::JobAccount;
use crate::ledger::last_published;
use crate::model::{AccountSid, StatePlace};
use crate::pipeline::{Failure, Holder, Order, Together};
use crate::run::Stop;
use crate::state::{Claim, HostTurn, HostTurns, StateError};

/// What there is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// This account; where hosts share them, by this claim.
    Of(Box<JobAccount>, Option<Claim>),
    /// Nothing now; other hosts work on so many accounts, and may leave one.
    Later(u64),
    /// Nothing any more.
    Over,
}

/// The turns of a command.
#[derive(Debug)]
pub enum Turns {
    /// Those of this process alone.
    Ours {
        /// Who waits.
        left: Mutex<VecDeque<JobAccount>>,
        /// What the others came to.
        done: Mutex<Vec<AccountRecord>>,
    },
    /// Those of all hosts.
    Hosts {
        /// Who has which.
        turns: Box<HostTurns>,
        /// The accounts that this one knows.
        accounts: BTreeMap<AccountSid, JobAccount>,
    },
}

impl Turns {
    /// Of these accounts.
    ///
    /// # Errors
    /// The state cannot be used.
    pub fn new(
        order: &Order,
        holder: Holder,
        mut accounts: Vec<JobAccount>,
        stop: watch::Receiver<Stop>,
    ) -> Result<Self, Failure> {
        if let StatePlace::Directory(folder) = &order.state {
            let ended = last_published(folder, (&order.origin, order.job.name.as_str()));
            let ended = ended.map_err(|error| Failure::caused(&error))?;
            accounts.sort_by_key(|account| ended.get(&account.sid).map(|at| at.0));
        }
        let sids = accounts.iter().map(|account| account.sid).collect();
        Ok(match Together::turns(order, holder, &sids, stop)? {
            None => Self::Ours { left: Mutex::new(accounts.into()), done: Mutex::default() },
            Some(turns) => {
                let accounts = accounts.into_iter().map(|account| (account.sid, account)).collect();
                Self::Hosts { turns: Box::new(turns), accounts }
            }
        })
    }

    /// The next.
    ///
    /// # Errors
    /// The state cannot be asked.
    pub fn next(&self) -> Result<Turn, Failure> {
        match self {
            Self::Ours { left, .. } => {
                let next = left.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                Ok(next.map_or(Turn::Over, |account| Turn::Of(Box::new(account), None)))
            }
            Self::Hosts { turns, accounts } => Ok(match turns.next().map_err(|error| caused(&error))? {
                HostTurn::Over => Turn::Over,
                HostTurn::Others(count) => Turn::Later(count),
                HostTurn::Of(sid, claim) => {
                    let account = accounts.get(&sid).expect("the command is about the accounts of this host");
                    Turn::Of(Box::new(account.clone()), Some(claim))
                }
            }),
        }
    }

    /// How long to wait at least for who is seen at work on an account whose turn it is.
    #[must_use]
    pub fn handover(&self) -> Duration {
        match self {
            Self::Ours { .. } => Duration::ZERO,
            Self::Hosts { turns, .. } => turns.handover(),
        }
    }

    /// Leaves an account to other hosts, as this one lacks what it needs; `false`: none of them may have it.
    ///
    /// # Errors
    /// The state cannot be written.
    pub fn leave(&self, claim: Option<&Claim>) -> Result<bool, Failure> {
        match (self, claim) {
            (Self::Hosts { turns, .. }, Some(claim)) => turns.leave(claim).map_err(|error| caused(&error)),
            _ => Ok(false),
        }
    }

    /// Notes what an account's turn came to.
    ///
    /// # Errors
    /// The state cannot be written.
    pub fn ended(&self, claim: Option<&Claim>, record: AccountRecord) -> Result<(), Failure> {
        match (self, claim) {
            (Self::Hosts { turns, .. }, Some(claim)) => {
                let noted = if record.status == AccountStatus::Interrupted {
                    turns.give_back(claim)
                } else {
                    let record = serde_json::to_string(&record).expect("texts and numbers are JSON");
                    turns.end(claim, &record)
                };
                noted.map_err(|error| caused(&error))
            }
            (Self::Hosts { .. }, None) => Ok(()),
            (Self::Ours { done, .. }, _) => {
                done.lock().unwrap_or_else(PoisonError::into_inner).push(record);
                Ok(())
            }
        }
    }

    /// What all turns came to that are over, whoever had them.
    ///
    /// # Errors
    /// The state cannot be read.
    pub fn records(self) -> Result<Vec<AccountRecord>, Failure> {
        match self {
            Self::Ours { done, .. } => Ok(done.into_inner().unwrap_or_else(PoisonError::into_inner)),
            Self::Hosts { turns, .. } => {
                let records = turns.records().map_err(|error| caused(&error))?;
                let read = |record: &String| serde_json::from_str(record);
                let records: Result<Vec<_>, _> = records.iter().map(read).collect();
                records.map_err(|error| {
                    Failure::failed(format!(
                        "another release wrote what accounts came to; use one on all hosts: {error}"
                    ))
                })
            }
        }
    }
}

fn caused(error: &StateError) -> Failure {
    Failure::caused(error)
}

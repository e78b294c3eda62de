//! Whose turn it is. Each account has one turn, whoever asks.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::record::AccountRecord;
use crate::job::JobAccount;
use crate::ledger::last_published;
use crate::model::StatePlace;
use crate::pipeline::{Failure, Order};

/// What there is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// This account.
    Of(Box<JobAccount>),
    /// Nothing now; other hosts work on so many accounts, and may leave one.
    Later(u64),
    /// Nothing any more.
    Over,
}

/// The turns of a command.
#[derive(Debug)]
pub enum Turns {
    /// Those of this process alone.
    Ours(Mutex<VecDeque<JobAccount>>),
}

impl Turns {
    /// Of these accounts, whose last complete run is the longest ago first.
    ///
    /// # Errors
    /// The state cannot be read.
    pub fn new(order: &Order, mut accounts: Vec<JobAccount>) -> Result<Self, Failure> {
        let job = order.job.name.as_str();
        let ended = match &order.state {
            StatePlace::Directory(folder) => last_published(folder, (&order.origin, job)),
            StatePlace::Database(_) => Ok(std::collections::BTreeMap::new()),
        };
        let ended = ended.map_err(|error| Failure::caused(&error))?;
        accounts.sort_by_key(|account| ended.get(&account.sid).map(|at| at.0));
        Ok(Self::Ours(Mutex::new(accounts.into())))
    }

    /// The next.
    ///
    /// # Errors
    /// The state cannot be asked.
    pub fn next(&self) -> Result<Turn, Failure> {
        match self {
            Self::Ours(left) => {
                let next = left.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                Ok(next.map_or(Turn::Over, |account| Turn::Of(Box::new(account))))
            }
        }
    }

    /// Notes what an account's turn came to.
    ///
    /// # Errors
    /// The state cannot be written.
    pub fn ended(&self, _record: &AccountRecord) -> Result<(), Failure> {
        match self {
            Self::Ours(_) => Ok(()),
        }
    }
}

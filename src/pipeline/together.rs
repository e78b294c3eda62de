//! Runs of one process that work at once: what they hold together, and whose turn it is.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tokio::sync::{Semaphore, watch};

use super::failure::Failure;
use super::hold::{self, HeldState, Holder};
use super::order::{Options, Order};
use super::setup;
use super::shared::Shared;
use crate::clock::{Clock, SystemClock};
use crate::model::{AccountSid, StatePlace};
use crate::run::Stop;
use crate::state::{HostTurns, LeaseTiming, State};

/// Tables that are loaded at once: each takes a connection, and the server's work is the same in any order.
const LOADS: usize = 4;

/// What is held while runs work at once.
pub struct Together(Option<HeldState>);

impl Together {
    /// Takes an order's state for runs that work at once, and lets the order share it, as long as this is kept; `None` when
    /// a signal came first. A directory is waited for as by a run.
    ///
    /// # Errors
    /// Another machine holds it, or it cannot be used.
    pub async fn begin(
        order: &mut Order,
        holder: Holder,
        stop: watch::Receiver<Stop>,
    ) -> Result<Option<Self>, Failure> {
        let mut shared = Shared { loads: Some(Arc::new(Semaphore::new(LOADS))), ..Shared::default() };
        let held = match &order.state {
            StatePlace::Database(_) => {
                shared.pools = Some(Arc::default());
                None
            }
            StatePlace::Directory(_) => {
                let deadline = SystemClock.monotonic() + order.options.wait;
                let Some(held) = HeldState::wait(order, holder, deadline, stop).await? else { return Ok(None) };
                if let State::Directory(directory) = &held.state {
                    shared.directory = Some(directory.clone());
                }
                Some(held)
            }
        };
        order.shared = shared;
        Ok(Some(Self(held)))
    }

    /// The turns of this host at the accounts of an order's job, where hosts share its state.
    ///
    /// # Errors
    /// The state's database cannot be used.
    pub fn turns(
        order: &Order,
        holder: Holder,
        accounts: &BTreeSet<AccountSid>,
        stop: watch::Receiver<Stop>,
    ) -> Result<Option<HostTurns>, Failure> {
        let StatePlace::Database(url) = &order.state else { return Ok(None) };
        let server = hold::server(order, url, stop);
        let Holder { machine, lease } = holder;
        let (command, host) = (command(order, accounts), hold::holder_of(&hold::this(machine)?));
        let begun = || {
            let first = hold::first_met(&server);
            first.patience.wait(|| first.open_small())?;
            let timing = lease.unwrap_or(LeaseTiming::DEFAULT);
            HostTurns::begin(&server, (&command, &host), accounts, timing)
        };
        begun().map(Some).map_err(|error| hold::refused(&error))
    }

    /// Whether another machine took the state over meanwhile.
    ///
    /// # Errors
    /// One did.
    pub fn still_ours(&self) -> Result<(), Failure> {
        self.0.as_ref().map_or(Ok(()), HeldState::still_ours)
    }
}

/// What hosts that give the same command agree on: where its datasets are, and what is asked of which accounts, and how.
fn command(order: &Order, accounts: &BTreeSet<AccountSid>) -> String {
    let Options { as_of, freshness, spot_check, loss, rewrite, .. } = &order.options;
    let mut asked = Sha256::new();
    asked.update(setup::identity(order).fingerprint);
    asked.update(format!("{} {as_of:?} {freshness:?} {spot_check:?} {loss:?} {rewrite:?}", order.origin));
    for account in accounts {
        asked.update(account.to_string());
    }
    let asked = format!("{:x}", asked.finalize());
    format!("{} {}", hold::dataset(order), asked.get(..16).unwrap_or_default())
}

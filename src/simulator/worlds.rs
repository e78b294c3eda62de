//! The worlds behind a server: one, or one for each account SID.
//!
//! A world of many is made anew for each question: that is a hundred small draws. What is costly, its days, is kept for
//! all of them in one bounded place.

use std::sync::Arc;

use super::incidents::Incidents;
use super::kept::Kept;
use super::origin::{Accounts, Origin};
use super::services::ServiceSids;
use super::settings::Settings;
use super::world::World;
use crate::model::AccountSid;

/// Whose past is asked about, by account SID.
#[derive(Debug)]
pub struct Worlds {
    seed: u64,
    incidents: Incidents,
    services: ServiceSids,
    accounts: Accounts,
    kept: Arc<Kept>,
    one: Arc<World>,
}

impl Worlds {
    /// Those that settings name. Cheap: days are made when they are asked for.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let Settings { seed, incidents, services, accounts, .. } = *settings;
        let kept = Arc::new(Kept::new());
        let one = Arc::new(World::of(Origin::one(seed), incidents, &services, Arc::clone(&kept)));
        Self { seed, incidents, services, accounts, kept, one }
    }

    /// An account's world.
    #[must_use]
    pub fn of(&self, account: AccountSid) -> Arc<World> {
        match self.accounts {
            Accounts::One => Arc::clone(&self.one),
            Accounts::Each => {
                let origin = Origin::of(self.seed, account);
                Arc::new(World::of(origin, self.incidents, &self.services, Arc::clone(&self.kept)))
            }
        }
    }

    /// The world of the seed itself, the only one of [`Accounts::One`].
    pub(super) fn one(&self) -> &World {
        &self.one
    }

    /// The account of a SID that opened it; a key's has the same digits, or is the one.
    pub(super) fn account(&self, sid: &str) -> AccountSid {
        let named = |sid: &str| sid.parse().ok();
        let of_key = || match self.accounts {
            Accounts::One => None,
            Accounts::Each => named(&sid.replacen("SK", "AC", 1)),
        };
        named(sid).or_else(of_key).unwrap_or_else(|| self.one.account())
    }
}

#[cfg(test)]
mod tests;

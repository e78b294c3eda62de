//! A state in a database: what hosts share that have no directory in common.
//!
//! Tables of the ledger, of the buckets and of the leases lie in a schema `verify_rollup` (`tables`). A run holds a lease on
//! its dataset (`lease`), and hosts that run one job share its accounts (`turns`). Nothing here rests on the clocks of the hosts; what rests on the server's says so.

mod lease;
mod look;
mod tables;
mod turns;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::model::PostgresUrl;
use crate::postgres::{Bounds, Login, Patience, Pool, Session, Terms};

use super::StateError;
pub use lease::{Lease, LeaseTiming};
pub use look::{InUse, ServerTables};
pub use turns::{Claim, HostTurn, HostTurns};

/// A state in a database, and how it is reached.
#[derive(Debug, Clone)]
pub struct StateServer {
    /// The database.
    pub url: PostgresUrl,
    /// Who logs in.
    pub login: Login,
    /// How long it is waited for while it is away.
    pub patience: Patience,
    /// What its sessions share with others of this process; `None`: each has a connection of its own.
    pub pools: Option<Arc<Pools>>,
}

impl StateServer {
    /// One that is not waited for while it is away.
    #[must_use]
    pub fn new(url: &PostgresUrl, login: &Login) -> Self {
        Self { url: url.clone(), login: login.clone(), patience: Patience::none(), pools: None }
    }

    /// For work on the ledger, which nobody prunes meanwhile. The tables are made where they are missing.
    ///
    /// # Errors
    /// The server cannot be reached, or its tables are of a newer format.
    pub fn open(&self) -> Result<Session, StateError> {
        self.of_pool(
            |pools| &pools.ledger,
            &self.patience,
            |most| {
                let mut session = self.session_of(Bounds::AWAKE, most)?;
                tables::prepare(&mut session.1, tables::USE_LEDGER)?;
                Ok(session)
            },
        )
    }

    /// For looks at some rows, for which a run stands still: a server that is away is not waited for.
    ///
    /// # Errors
    /// As [`StateServer::open`].
    pub fn open_small(&self) -> Result<Session, StateError> {
        self.of_pool(|pools| &pools.small, &self.patience.within(Duration::ZERO), |most| self.small(most))
    }

    /// The same for signs of life, which others' looks must not delay.
    pub(super) fn open_for_life(&self) -> Result<Session, StateError> {
        self.of_pool(|pools| &pools.life, &self.patience.within(Duration::ZERO), |most| self.small(most))
    }

    fn small(&self, most: usize) -> Result<(Arc<Pool>, Session), StateError> {
        let alone = Self { pools: None, ..Self::new(&self.url, &self.login) };
        let mut session = alone.session_of(Bounds::SMALL, most)?;
        if tables::taken(&session.1)? != Some(i64::from(tables::NEWEST)) {
            // Which takes longer.
            Self { pools: None, ..self.clone() }.open()?;
        }
        tables::prepare(&mut session.1, tables::USE)?;
        Ok(session)
    }

    /// A session of a pool that this process shares, which is made by whoever comes first; or one of its own.
    fn of_pool(
        &self,
        choose: impl FnOnce(&Pools) -> &Shared,
        patience: &Patience,
        make: impl FnOnce(usize) -> Result<(Arc<Pool>, Session), StateError>,
    ) -> Result<Session, StateError> {
        let Some(pools) = &self.pools else { return Ok(make(1)?.1) };
        let shared = choose(pools);
        let mut found = shared.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = &*found {
            let pool = Arc::clone(pool);
            drop(found);
            return Ok(Session::open_on(&pool, patience.clone())?);
        }
        let (pool, _) = make(shared.most)?;
        *found = Some(Arc::clone(&pool));
        drop(found);
        Ok(Session::open_on(&pool, patience.clone())?)
    }

    fn session(&self, bounds: Bounds) -> Result<Session, StateError> {
        Ok(self.session_of(bounds, 1)?.1)
    }

    fn session_of(&self, bounds: Bounds, most: usize) -> Result<(Arc<Pool>, Session), StateError> {
        let pool = Pool::new(Terms { url: self.url.clone(), login: self.login.clone(), bounds }, most)?;
        let session = Session::open_on(&pool, self.patience.clone())?;
        Ok((pool, session))
    }
}

/// The connections of a process whose runs work at once: fourteen at most, however many runs there are.
#[derive(Debug)]
pub struct Pools {
    ledger: Shared,
    /// Of buckets, mostly. Who has one of these may need one for life, never the other way round.
    small: Shared,
    life: Shared,
}

#[derive(Debug)]
struct Shared {
    most: usize,
    pool: Mutex<Option<Arc<Pool>>>,
}

impl Default for Pools {
    fn default() -> Self {
        let shared = |most| Shared { most, pool: Mutex::default() };
        Self { ledger: shared(8), small: shared(4), life: shared(2) }
    }
}

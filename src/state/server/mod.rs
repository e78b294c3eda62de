//! A state in a database: what hosts share that have no directory in common.
//!
//! Tables of the ledger, of the buckets and of the leases lie in a schema `verify_rollup` (`tables`). A run holds a lease on
//! its dataset (`lease`). Nothing here rests on the clocks of the hosts; what rests on the server's says so.

mod lease;
mod look;
mod tables;

use crate::model::PostgresUrl;
use crate::postgres::{Bounds, Login, Patience, Session, Terms};

use super::StateError;
pub use lease::{Lease, LeaseTiming};
pub use look::{InUse, ServerTables};

/// A state in a database, and how it is reached.
#[derive(Debug, Clone)]
pub struct StateServer {
    /// The database.
    pub url: PostgresUrl,
    /// Who logs in.
    pub login: Login,
    /// How long it is waited for while it is away.
    pub patience: Patience,
}

impl StateServer {
    /// One that is not waited for while it is away.
    #[must_use]
    pub fn new(url: &PostgresUrl, login: &Login) -> Self {
        Self { url: url.clone(), login: login.clone(), patience: Patience::none() }
    }

    /// For work on the ledger, which nobody prunes meanwhile. The tables are made where they are missing.
    ///
    /// # Errors
    /// The server cannot be reached, or its tables are of a newer format.
    pub fn open(&self) -> Result<Session, StateError> {
        let mut session = self.session(Bounds::AWAKE)?;
        tables::prepare(&mut session, tables::USE_LEDGER)?;
        Ok(session)
    }

    /// For looks at some rows, for which a run stands still: a server that is away is not waited for.
    ///
    /// # Errors
    /// As [`StateServer::open`].
    pub fn open_small(&self) -> Result<Session, StateError> {
        let mut session = Self::new(&self.url, &self.login).session(Bounds::SMALL)?;
        if tables::taken(&session)? != Some(i64::from(tables::NEWEST)) {
            // Which takes longer.
            self.open()?;
        }
        tables::prepare(&mut session, tables::USE)?;
        Ok(session)
    }

    fn session(&self, bounds: Bounds) -> Result<Session, StateError> {
        let Self { url, login, patience } = self.clone();
        Ok(Session::open_on(Terms { url, login, bounds, patience, start: String::new() })?)
    }
}

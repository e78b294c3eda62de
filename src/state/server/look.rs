//! A state for who only looks, and the ledger for who has it alone: no table is made, and a later release's are refused.

use std::thread;
use std::time::Duration;

use super::super::StateError;
use super::StateServer;
use super::tables::{IN_USE, NEWEST, USE, USE_LEDGER, prepare, taken};
use crate::postgres::{Bounds, PostgresError, Session};

/// A server may take a moment to see that a process has ended.
const TRIES: u32 = 10;
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// What a server has of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerTables {
    /// The format of its tables; `None`: there are none.
    pub format: Option<i64>,
    /// Whether the role may write to them, or make them.
    pub may_write: bool,
}

impl StateServer {
    /// For reading alone, which nobody prunes meanwhile; `None`: there are no tables, or older ones, which the next run
    /// brings up to date.
    ///
    /// # Errors
    /// The server cannot be reached or refuses, or its tables are of a newer format.
    pub fn look(&self) -> Result<Option<Session>, StateError> {
        let (mut session, format) = self.open_to_look()?;
        if format != Some(i64::from(NEWEST)) {
            return Ok(None);
        }
        session.start_with("look at the state's tables", &format!("{READ_ONLY}; {USE_LEDGER}"))?;
        Ok(Some(session))
    }

    /// Which tables there are, and what the role may do.
    ///
    /// # Errors
    /// As [`StateServer::look`].
    pub fn tables(&self) -> Result<ServerTables, StateError> {
        let (session, format) = self.open_to_look()?;
        let right = match format {
            None => "has_database_privilege(current_database(), 'CREATE')",
            Some(_) => "has_table_privilege('verify_rollup.answers', 'INSERT')",
        };
        let statement = format!("SELECT {right} AND NOT pg_is_in_recovery()");
        let may_write = tells(&session, "tell what the role may do", &statement)?;
        Ok(ServerTables { format, may_write })
    }

    /// For who removes what others know by its number: nobody else uses the ledger until the session ends. `None`: there
    /// are no tables.
    ///
    /// # Errors
    /// The server cannot be reached or refuses, or its tables are of a newer format; `Ok(Err)`: somebody uses them.
    pub fn open_alone(&self) -> Result<Option<Result<Session, InUse>>, StateError> {
        let mut session = self.session(Bounds::LARGE)?;
        if taken(&session)?.is_none() {
            return Ok(None);
        }
        let alone = format!("SELECT pg_try_advisory_lock({IN_USE})");
        for _ in 0..TRIES {
            if tells(&session, "take the ledger", &alone)? {
                prepare(&mut session, &format!("{USE}; {ALONE}"))?;
                // A run whose connections were cut comes back.
                let is_free = !tells(&session, "look for runs", RUNS)?;
                return Ok(Some(if is_free { Ok(session) } else { Err(InUse) }));
            }
            thread::sleep(BETWEEN_TRIES);
        }
        Ok(Some(Err(InUse)))
    }

    fn open_to_look(&self) -> Result<(Session, Option<i64>), StateError> {
        let mut session = self.session(Bounds::AWAKE)?;
        session.start_with("prepare to look", READ_ONLY)?;
        match taken(&session)? {
            Some(found) if found > i64::from(NEWEST) => Err(StateError::Newer { found, known: NEWEST }),
            format => Ok((session, format)),
        }
    }
}

/// A connection that is made anew has the ledger alone, or is of no use.
const ALONE: &str = "DO $$ BEGIN
    IF NOT pg_try_advisory_lock(x'7672757100000000'::bigint) THEN RAISE 'somebody uses the ledger'; END IF;
END $$";

/// Whether a run gave a sign of life lately.
const RUNS: &str = "SELECT EXISTS (SELECT FROM leases WHERE beaten_at > clock_timestamp() - interval '30 seconds')";

/// Somebody uses the ledger.
#[derive(Debug)]
pub struct InUse;

const READ_ONLY: &str = "SET default_transaction_read_only = on";

/// Whether the one truth value of a statement is true.
fn tells(session: &Session, what: &'static str, statement: &str) -> Result<bool, PostgresError> {
    let found = session.query(what, statement, &[])?;
    Ok(found.first().map(|row| row.flag(0)).transpose()? == Some(true))
}

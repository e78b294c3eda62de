//! The right to work on a dataset, for one run at a time over all hosts.
//!
//! A lease is a row with a **token** that grows with each holder, and the time of the holder's last sign of life, which is
//! the server's: a thread gives one every few seconds. It is free once its holder gave it back, was silent for
//! [`LeaseTiming::silence`], or for [`LeaseTiming::gone`] where the server sees its connection closed, as it does when a
//! process is killed. Who takes it over raises the token. A holder whose token is not the row's any more enters no run and
//! adopts nothing, and a run that another took up takes no more answers, all in the transaction that would write
//! (`ledger`); publication looks before each file gets its name, and a thread tells the rest at the next sign of life.
//!
//! So nothing rests on a clock but who waits how long: a server's clock that steps ahead ends leases early, one that steps
//! back by as much counts as silence too, and either way the former holder finds itself replaced.

use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use uuid::Uuid;

use super::super::StateError;
use super::super::heartbeat::Heartbeat;
use super::StateServer;
use crate::postgres::{Param, Patience, PostgresError, Session};

/// The rhythm of leases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseTiming {
    /// Between two signs of life.
    pub beat: Duration,
    /// How long a holder without a connection keeps its lease: enough to connect again.
    pub gone: Duration,
    /// How long any other does.
    pub silence: Duration,
}

impl LeaseTiming {
    /// What runs use.
    pub const DEFAULT: Self =
        Self { beat: Duration::from_secs(5), gone: Duration::from_secs(10), silence: Duration::from_secs(30) };
}

/// `BEAT/GONE/SILENCE` in milliseconds, for tests that have less time.
impl FromStr for LeaseTiming {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let times: Option<Vec<_>> = text.split('/').map(|time| time.parse().map(Duration::from_millis).ok()).collect();
        match times.as_deref() {
            Some(&[beat, gone, silence]) => Ok(Self { beat, gone, silence }),
            _ => Err("takes BEAT/GONE/SILENCE in milliseconds".to_owned()),
        }
    }
}

/// A lease that this process holds while any clone of this is left.
#[derive(Debug, Clone)]
pub struct Lease(Arc<Held>);

#[derive(Debug)]
struct Held {
    row: Arc<Row>,
    /// Ends first: it beats for the row.
    heartbeat: Option<Heartbeat>,
}

#[derive(Debug)]
struct Row {
    session: Session,
    name: String,
    token: i64,
    /// By whom it was taken over.
    lost: OnceLock<String>,
}

const WHAT: &str = "keep the lease";

/// This session's connection, as others see it.
const BACKEND: &str = "pg_backend_pid(), (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())";

impl Lease {
    /// Takes the lease of a name, at once or not at all; `holder` names us to others. A server that is away is waited for.
    ///
    /// # Errors
    /// Another holds it, or the server is away for longer.
    pub fn take(server: &StateServer, name: &str, holder: &str, timing: LeaseTiming) -> Result<Self, StateError> {
        // A try whose acknowledgement was lost may have got it.
        let claimant = Uuid::now_v7().to_string();
        server.patience.wait(|| Self::try_take(server, name, (holder, &claimant), timing))
    }

    fn try_take(
        server: &StateServer,
        name: &str,
        (holder, claimant): (&str, &str),
        timing: LeaseTiming,
    ) -> Result<Self, StateError> {
        let session = server.open_for_life()?;
        let take = format!(
            "INSERT INTO leases AS l (name, token, holder, claimant, beaten_at, backend, backend_start)
             SELECT $1, 1, $2, $5, clock_timestamp(), {BACKEND}
             ON CONFLICT (name) DO UPDATE SET token = l.token + 1, holder = excluded.holder,
                 claimant = excluded.claimant, beaten_at = excluded.beaten_at, backend = excluded.backend,
                 backend_start = excluded.backend_start
             WHERE l.beaten_at IS NULL OR l.claimant = excluded.claimant OR {SILENT} >= CAST($3 AS BIGINT)
                 OR ({SILENT} >= CAST($4 AS BIGINT) AND NOT EXISTS (
                     SELECT FROM pg_stat_activity AS a
                     WHERE a.pid = l.backend AND (a.backend_start IS NULL OR a.backend_start = l.backend_start)))
             RETURNING token"
        );
        let values = [text(name), text(holder), millis(timing.silence), millis(timing.gone), text(claimant)];
        // Who gives it back between two looks is met afresh.
        loop {
            if let Some(row) = session.query("take the lease", &take, &values)?.first() {
                let token = row.integer(0)?.unwrap_or_default();
                let row = Row { session, name: name.to_owned(), token, lost: OnceLock::new() };
                return Self::keep(Arc::new(row), timing);
            }
            let look = format!("SELECT holder, {SILENT} FROM leases AS l WHERE name = $1 AND beaten_at IS NOT NULL");
            if let Some(row) = session.query("look at the lease", &look, &values[..1])?.first() {
                let holder = row.text(0)?.unwrap_or_default().to_owned();
                let silent = Duration::from_millis(row.integer(1)?.unwrap_or_default().unsigned_abs());
                return Err(StateError::Leased { holder, silent, left: timing.silence.saturating_sub(silent) });
            }
        }
    }

    fn keep(row: Arc<Row>, timing: LeaseTiming) -> Result<Self, StateError> {
        let beating = Arc::clone(&row);
        let heartbeat = Heartbeat::of(timing.beat, move || beating.beat());
        match heartbeat {
            Ok(heartbeat) => Ok(Self(Arc::new(Held { row, heartbeat: Some(heartbeat) }))),
            Err(error) => {
                row.release();
                Err(StateError::Thread(error))
            }
        }
    }

    /// Its name and our token, for those who write where it must be ours.
    #[must_use]
    pub fn proof(&self) -> (&str, i64) {
        (&self.0.row.name, self.0.row.token)
    }

    /// Whether it is not known to be another's, without asking.
    ///
    /// # Errors
    /// It is.
    pub fn check(&self) -> Result<(), StateError> {
        match self.0.row.lost.get() {
            Some(holder) => Err(StateError::LeaseLost { holder: holder.clone() }),
            None => Ok(()),
        }
    }

    /// Whether it is not another's, as far as the server can be asked.
    ///
    /// # Errors
    /// It is.
    pub fn ask(&self) -> Result<(), StateError> {
        // A server that is away says nothing.
        let _ = self.0.row.beat();
        self.check()
    }

    /// Whether it is ours, as the server says.
    ///
    /// # Errors
    /// It is another's, or the server is away for longer than is waited for.
    pub fn stands(&self, patience: &Patience) -> Result<(), StateError> {
        patience.wait(|| self.0.row.beat())?;
        self.check()
    }
}

/// For how long its holder gave no sign, in milliseconds. One from far ahead is none of now.
/// Nobody could give one before the server started.
pub(super) const SILENT: &str =
    "CAST(abs(extract(epoch FROM clock_timestamp() - greatest(l.beaten_at, pg_postmaster_start_time())))
    * 1000 AS BIGINT)";

impl Row {
    /// Gives a sign of life, or finds that the lease is another's.
    fn beat(&self) -> Result<(), PostgresError> {
        let beat = format!(
            "UPDATE leases AS l SET beaten_at = clock_timestamp(), (backend, backend_start) = (SELECT {BACKEND})
             WHERE name = $1 AND token = $2 RETURNING token"
        );
        let ours = [text(&self.name), Param::Integer(self.token)];
        if self.session.query(WHAT, &beat, &ours)?.is_empty() {
            let others = self.session.query(WHAT, "SELECT holder FROM leases WHERE name = $1", &ours[..1])?;
            let holder = others.first().map(|row| row.text(0)).transpose()?.flatten();
            self.lost.get_or_init(|| holder.unwrap_or("somebody who removed it").to_owned());
        }
        Ok(())
    }

    fn release(&self) {
        let ours = vec![text(&self.name), Param::Integer(self.token)];
        let free = "UPDATE leases SET beaten_at = NULL WHERE name = $1 AND token = $2";
        // If it fails it is free once it has been silent.
        let _ = self.session.execute(WHAT, free, vec![ours]);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.heartbeat.take());
        self.row.release();
    }
}

fn text(text: &str) -> Param {
    Param::Text(text.to_owned())
}

fn millis(time: Duration) -> Param {
    Param::Integer(i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;

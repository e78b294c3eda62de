//! Whose turn it is among a job's accounts, over all hosts that run the job at the same time.
//!
//! An account is a row. A host that begins says which it wants, and a turn is a claim on one of those rows, taken with
//! `FOR UPDATE SKIP LOCKED`, so that hosts do not wait for one another. A claim holds as long as the host's lease: the
//! accounts of a host that died are free again once that is over. What an account's turn came to is kept with it, so that
//! each host can tell of all of them.
//!
//! An account is done for a host if a turn of it ended after the host began, whoever had it: hosts that begin together
//! share the work, and one that comes when it is done looks at everything afresh. Of runs at an instant that is given, it
//! is done if it was completed at that instant, too.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use super::super::StateError;
use super::lease::SILENT;
use super::{Lease, LeaseTiming, StateServer};
use crate::model::{AccountSid, UnixSeconds};
use crate::postgres::{Param, Patience, PostgresError, Record, Session};

/// The turns of a host.
#[derive(Debug)]
pub struct HostTurns {
    session: Session,
    patience: Patience,
    lease: Lease,
    timing: LeaseTiming,
    job: String,
    as_of: Option<UnixSeconds>,
    /// When this host began, by the server's clock, in microseconds.
    began: i64,
    /// Accounts that another host wants and that this one knows nothing of.
    foreign: Mutex<BTreeSet<String>>,
}

/// What there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostTurn {
    /// This account.
    Of(AccountSid),
    /// Nothing that is free; others are at work on so many.
    Others(u64),
    /// Nothing.
    Over,
}

/// Whether all of an account is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completed {
    /// It is.
    Whole,
    /// It is not.
    Lacking,
}

const WHAT: &str = "share the accounts";
/// Rows that are on their way to the server at once.
const AT_ONCE: usize = 1000;

/// Microseconds by the server's clock.
const NOW: &str = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)";

/// What this host wants: `$1` is the job, `$2` when the host began, `$3` the accounts that it knows nothing of.
const WANTED: &str = "t.job = $1 AND t.wanted_at >= CAST($2 AS BIGINT) AND t.account <> ALL (string_to_array($3, ' '))";

/// What is done of it; `$4` is the instant that was given.
const DONE: &str = "(coalesce(t.ended_at, 0) >= CAST($2 AS BIGINT)
    OR (t.is_complete = 1 AND coalesce(t.as_of = CAST($4 AS BIGINT), FALSE)))";

impl HostTurns {
    /// Begins on a job's accounts; `job` names it for all hosts, `holder` this one. A server that is away is waited for.
    ///
    /// # Errors
    /// The server is away for longer, or its tables are of a newer format.
    pub fn begin(
        server: &StateServer,
        (job, holder): (&str, &str),
        accounts: &BTreeSet<AccountSid>,
        as_of: Option<UnixSeconds>,
        timing: LeaseTiming,
    ) -> Result<Self, StateError> {
        let lease = Lease::take(server, &format!("host-{}", Uuid::now_v7()), holder, timing)?;
        let session = server.patience.wait(|| server.open_for_life())?;
        let (job, patience, foreign) = (job.to_owned(), server.patience.clone(), Mutex::default());
        let mut this = Self { session, patience, lease, timing, job, as_of, began: 0, foreign };
        this.began = number(&this.query(&format!("SELECT {NOW}"), &[])?)?;
        let wanted = format!(
            "INSERT INTO turns (job, account, wanted_at) VALUES ($1, $2, {NOW})
             ON CONFLICT (job, account) DO UPDATE SET wanted_at = {NOW}"
        );
        let rows: Vec<_> = accounts.iter().map(|account| vec![text(&this.job), text(&account.to_string())]).collect();
        for some in rows.chunks(AT_ONCE) {
            this.execute(&wanted, some)?;
        }
        // Of hosts that ended nothing is left but their names.
        let gone = "DELETE FROM leases WHERE name LIKE 'host-%' AND (beaten_at IS NULL
            OR beaten_at < clock_timestamp() - interval '1 day')";
        this.execute(gone, &[Vec::new()])?;
        Ok(this)
    }

    /// How long a dead host's lease on a dataset may outlast its turn: the last signs of life of the two are no further
    /// apart than they are given.
    #[must_use]
    pub fn handover(&self) -> Duration {
        self.timing.gone + self.timing.beat
    }

    /// Takes the next turn: of the account whose last turn ended the longest ago.
    ///
    /// # Errors
    /// The server is away for longer than is waited for.
    pub fn next(&self) -> Result<HostTurn, StateError> {
        if let Some(account) = self.claim()? {
            return Ok(HostTurn::Of(account));
        }
        self.free_the_dead()?;
        if let Some(account) = self.claim()? {
            return Ok(HostTurn::Of(account));
        }
        let left = format!("SELECT count(*) FROM turns AS t WHERE {WANTED} AND NOT {DONE}");
        match number(&self.query(&left, &self.wanted())?)? {
            0 => Ok(HostTurn::Over),
            count => Ok(HostTurn::Others(count.unsigned_abs())),
        }
    }

    fn claim(&self) -> Result<Option<AccountSid>, StateError> {
        let claim = Uuid::now_v7().to_string();
        let ours = [text(self.lease.proof().0), text(&claim)];
        let take = format!(
            "UPDATE turns SET host = $5, claim = $6 WHERE (job, account) = (
                SELECT t.job, t.account FROM turns AS t WHERE t.host IS NULL AND {WANTED} AND NOT {DONE}
                ORDER BY t.ended_at NULLS FIRST, t.account LIMIT 1 FOR UPDATE SKIP LOCKED)
             RETURNING account"
        );
        let mut has_tried = false;
        let taken = self.patience.wait(|| {
            // A try whose acknowledgement was lost may have got one.
            if std::mem::replace(&mut has_tried, true) {
                let got = "SELECT account FROM turns WHERE job = $1 AND claim = $2";
                let got = self.session.query(WHAT, got, &[text(&self.job), ours[1].clone()])?;
                if !got.is_empty() {
                    return Ok(got);
                }
            }
            self.session.query(WHAT, &take, &[&self.wanted()[..], &ours].concat())
        })?;
        let account = taken.first().map(|row| row.text(0)).transpose()?.flatten();
        // Nobody wants what is no account.
        Ok(account.and_then(|account| account.parse().ok()))
    }

    /// Gives up the claims of hosts that died.
    fn free_the_dead(&self) -> Result<(), StateError> {
        let [silence, gone] = [self.timing.silence, self.timing.gone]
            .map(|time| Param::Integer(i64::try_from(time.as_millis()).unwrap_or(i64::MAX)));
        let dead = format!(
            "SELECT DISTINCT t.host FROM turns AS t WHERE t.job = $1 AND t.host IS NOT NULL AND NOT EXISTS (
                SELECT FROM leases AS l WHERE l.name = t.host AND l.beaten_at IS NOT NULL
                    AND {SILENT} < CAST($2 AS BIGINT)
                    AND ({SILENT} < CAST($3 AS BIGINT) OR EXISTS (
                        SELECT FROM pg_stat_activity AS a
                        WHERE a.pid = l.backend AND (a.backend_start IS NULL OR a.backend_start = l.backend_start))))"
        );
        let dead = self.query(&dead, &[text(&self.job), silence, gone])?;
        let dead: Vec<_> = dead
            .iter()
            .map(|row| Ok(vec![text(&self.job), text(row.text(0)?.unwrap_or_default())]))
            .collect::<Result<_, PostgresError>>()?;
        // By its name: another that claims one meanwhile keeps it.
        self.execute("UPDATE turns SET host = NULL, claim = NULL WHERE job = $1 AND host = $2", &dead)
    }

    /// Leaves a turn, of an account that this host knows nothing of, to those who want it.
    ///
    /// # Errors
    /// As [`HostTurns::next`].
    pub fn leave(&self, account: AccountSid) -> Result<(), StateError> {
        self.foreign.lock().unwrap_or_else(PoisonError::into_inner).insert(account.to_string());
        self.give_back(account)
    }

    /// Gives a turn back that was not used up.
    ///
    /// # Errors
    /// As [`HostTurns::next`].
    pub fn give_back(&self, account: AccountSid) -> Result<(), StateError> {
        let free = "UPDATE turns SET host = NULL, claim = NULL WHERE job = $1 AND account = $2 AND host = $3";
        self.execute(free, &[self.ours(account).to_vec()])
    }

    /// Notes that a turn is over and what it came to. One that is another's by now stays as that one leaves it.
    ///
    /// # Errors
    /// As [`HostTurns::next`].
    pub fn end(&self, account: AccountSid, completed: Completed, record: &str) -> Result<(), StateError> {
        let ended = format!(
            "UPDATE turns SET host = NULL, claim = NULL, ended_at = {NOW}, is_complete = $4, as_of = $5, record = $6
             WHERE job = $1 AND account = $2 AND host = $3"
        );
        let is_complete = Param::Integer(i64::from(completed == Completed::Whole));
        let outcome = [is_complete, self.instant(), text(record)];
        self.execute(&ended, &[[&self.ours(account)[..], &outcome].concat()])
    }

    /// What the turns came to, everybody's, of the accounts that this host wants and that are done.
    ///
    /// # Errors
    /// As [`HostTurns::next`].
    pub fn records(&self) -> Result<Vec<String>, StateError> {
        let done = format!("SELECT t.record FROM turns AS t WHERE {WANTED} AND {DONE} AND t.record IS NOT NULL");
        let rows = self.query(&done, &self.wanted())?;
        rows.iter().map(|row| Ok(row.text(0)?.unwrap_or_default().to_owned())).collect()
    }

    fn query(&self, statement: &str, values: &[Param]) -> Result<Vec<Record>, StateError> {
        Ok(self.patience.wait(|| self.session.query(WHAT, statement, values))?)
    }

    fn execute(&self, statement: &str, all: &[Vec<Param>]) -> Result<(), StateError> {
        Ok(self.patience.wait(|| self.session.execute(WHAT, statement, all.to_vec()).map(drop))?)
    }

    fn wanted(&self) -> [Param; 4] {
        let foreign = self.foreign.lock().unwrap_or_else(PoisonError::into_inner);
        let foreign = foreign.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        [text(&self.job), Param::Integer(self.began), text(&foreign), self.instant()]
    }

    fn ours(&self, account: AccountSid) -> [Param; 3] {
        [text(&self.job), text(&account.to_string()), text(self.lease.proof().0)]
    }

    fn instant(&self) -> Param {
        self.as_of.map_or(Param::Null, |as_of| Param::Integer(as_of.0))
    }
}

/// The number that a statement finds.
fn number(rows: &[Record]) -> Result<i64, PostgresError> {
    Ok(rows.first().map(|row| row.integer(0)).transpose()?.flatten().unwrap_or_default())
}

fn text(text: &str) -> Param {
    Param::Text(text.to_owned())
}

#[cfg(test)]
mod tests;

//! Whose turn it is among a job's accounts, over all hosts that run the same command at the same time.
//!
//! What a command asks of which accounts has a name, and each of the accounts a row under it: commands that differ in
//! anything know nothing of each other, and meet at an account's lease as any two runs do. A turn is a claim on a row,
//! taken with `FOR UPDATE SKIP LOCKED`, so that hosts do not wait for one another. A claim holds as long as the host's
//! lease: the accounts of a host that died are free again once that is over. What an account's turn came to is kept with
//! it, so that each host can tell of all of them.
//!
//! An account is done for a host if a turn of it ended after the host began, whoever had it: hosts that begin together
//! share the work, and one that comes when it is done looks at everything afresh.
//!
//! A host that lacks what an account needs, such as a secret that is not mounted there, leaves it to the others and is
//! noted with it. Once no host of the command lives but such, one of them takes the turn all the same, and ends it. A host
//! waits only for one that has it to do, or that began earlier and knows it as done: never in a circle.

use std::collections::BTreeSet;
use std::time::Duration;

use uuid::Uuid;

use super::super::StateError;
use super::lease::SILENT;
use super::{Lease, LeaseTiming, StateServer};
use crate::model::AccountSid;
use crate::postgres::{Param, Patience, PostgresError, Record, Session};

/// The turns of a host.
#[derive(Debug)]
pub struct HostTurns {
    session: Session,
    patience: Patience,
    lease: Lease,
    timing: LeaseTiming,
    command: String,
    /// When this host began, by the server's clock, in microseconds.
    began: i64,
}

/// What there is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostTurn {
    /// This account's, by this claim.
    Of(AccountSid, Claim),
    /// Nothing that is free; so many are at work.
    Others(u64),
    /// Nothing.
    Over,
}

/// A turn that was taken. Another claim on the same account ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim(String);

const WHAT: &str = "share the accounts";
/// Accounts that are named to the server at once.
const AT_ONCE: usize = 10_000;

/// How long the rows of a command are kept that nobody gives, in microseconds: 30 days.
const KEPT: i64 = 30 * 86_400 * 1_000_000;

/// Microseconds by the server's clock.
const NOW: &str = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)";

/// What nobody has done since this host began; `$1` is the command, `$2` that time.
const DUE: &str = "t.command = $1 AND (t.ended_at IS NULL OR t.ended_at < CAST($2 AS BIGINT))";

/// Whether this host, `$3`, is not known to lack what the account needs.
const ABLE: &str = "strpos(t.lacking, $3) = 0";

/// Whether the host of a lease lives, by the values that are the silence and the absence that end it, in milliseconds.
fn lives(silence: &str, gone: &str) -> String {
    format!(
        "l.beaten_at IS NOT NULL AND {SILENT} < CAST({silence} AS BIGINT)
         AND ({SILENT} < CAST({gone} AS BIGINT) OR EXISTS (
             SELECT FROM pg_stat_activity AS a
             WHERE a.pid = l.backend AND (a.backend_start IS NULL OR a.backend_start = l.backend_start)))"
    )
}

/// Whether another host than this one, `$3`, lives that gives the command and is not known to lack what the account needs.
fn others_may(silence: &str, gone: &str) -> String {
    format!(
        "EXISTS (SELECT FROM leases AS l WHERE l.name LIKE 'host-%' AND l.name <> $3
            AND substr(l.name, strpos(l.name, ' ') + 1) = t.command AND strpos(t.lacking, l.name) = 0 AND {})",
        lives(silence, gone)
    )
}

impl HostTurns {
    /// Begins on a command's accounts; `holder` names this host to others. A server that is away is waited for.
    ///
    /// # Errors
    /// The server is away for longer, or its tables are of a newer format.
    pub fn begin(
        server: &StateServer,
        (command, holder): (&str, &str),
        accounts: &BTreeSet<AccountSid>,
        timing: LeaseTiming,
    ) -> Result<Self, StateError> {
        let lease = Lease::take(server, &format!("host-{} {command}", Uuid::now_v7()), holder, timing)?;
        let session = server.patience.wait(|| server.open_for_life())?;
        let (command, patience) = (command.to_owned(), server.patience.clone());
        let mut this = Self { session, patience, lease, timing, command, began: 0 };
        this.began = number(&this.query(&format!("SELECT {NOW}"), &[])?)?;
        let wanted = format!(
            "INSERT INTO turns (command, account, wanted_at) SELECT $1, unnest(string_to_array($2, ' ')), {NOW}
             ON CONFLICT (command, account) DO UPDATE SET wanted_at = excluded.wanted_at"
        );
        let names: Vec<_> = accounts.iter().map(AccountSid::to_string).collect();
        for some in names.chunks(AT_ONCE) {
            this.execute(&wanted, &[vec![text(&this.command), text(&some.join(" "))]])?;
        }
        // Of hosts that ended nothing is left but their names, of commands that nobody gives any more their rows.
        let gone = "DELETE FROM leases WHERE name LIKE 'host-%' AND (beaten_at IS NULL
            OR beaten_at < clock_timestamp() - interval '1 day')";
        this.execute(gone, &[Vec::new()])?;
        let old = format!("DELETE FROM turns WHERE wanted_at < {NOW} - CAST($1 AS BIGINT)");
        this.execute(&old, &[vec![Param::Integer(KEPT)]])?;
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
    /// The server is away for longer than is waited for, or this host was away for so long that nothing of it is left.
    pub fn next(&self) -> Result<HostTurn, StateError> {
        self.lease.check()?;
        if let Some(turn) = self.claim(ABLE, &[])? {
            return Ok(turn);
        }
        self.free_the_dead()?;
        let last = format!("NOT {}", others_may("$5", "$6"));
        let spans = self.spans();
        for (what, values) in [(ABLE, &[][..]), (&last, &spans)] {
            if let Some(turn) = self.claim(what, values)? {
                return Ok(turn);
            }
        }
        let left = format!("SELECT count(*) FROM turns AS t WHERE {DUE}");
        match number(&self.query(&left, &self.due())?)? {
            0 => Ok(HostTurn::Over),
            count => Ok(HostTurn::Others(count.unsigned_abs())),
        }
    }

    /// Takes a turn that is free and of which this is true, said with values from `$5` on.
    fn claim(&self, what: &str, values: &[Param]) -> Result<Option<HostTurn>, StateError> {
        let claim = Uuid::now_v7().to_string();
        let ours = [text(self.lease.proof().0), text(&claim)];
        let take = format!(
            "UPDATE turns SET host = $3, claim = $4 WHERE (command, account) = (
                SELECT t.command, t.account FROM turns AS t WHERE t.host IS NULL AND {DUE} AND {what}
                ORDER BY t.ended_at NULLS FIRST, t.account LIMIT 1 FOR UPDATE SKIP LOCKED)
             RETURNING account"
        );
        let mut has_tried = false;
        let taken = self.patience.wait(|| {
            // A try whose acknowledgement was lost may have got one.
            if std::mem::replace(&mut has_tried, true) {
                let got = "SELECT account FROM turns WHERE command = $1 AND claim = $2";
                let got = self.session.query(WHAT, got, &[text(&self.command), ours[1].clone()])?;
                if !got.is_empty() {
                    return Ok(got);
                }
            }
            self.session.query(WHAT, &take, &[&self.due()[..], &ours, values].concat())
        })?;
        let account = taken.first().map(|row| row.text(0)).transpose()?.flatten();
        // Nobody wants what is no account.
        Ok(account.and_then(|account| Some(HostTurn::Of(account.parse().ok()?, Claim(claim)))))
    }

    /// Gives up the claims of other hosts that died.
    fn free_the_dead(&self) -> Result<(), StateError> {
        let [silence, gone] = self.spans();
        let dead = format!(
            "SELECT DISTINCT t.host FROM turns AS t
             WHERE t.command = $1 AND t.host IS NOT NULL AND t.host <> $2 AND NOT EXISTS (
                SELECT FROM leases AS l WHERE l.name = t.host AND {})",
            lives("$3", "$4")
        );
        let others = [text(&self.command), text(self.lease.proof().0), silence, gone];
        let dead = self.query(&dead, &others)?;
        let named = |row: &Record| Ok(vec![text(&self.command), text(row.text(0)?.unwrap_or_default())]);
        let dead = dead.iter().map(named).collect::<Result<Vec<_>, PostgresError>>()?;
        // By its name: another that claims one meanwhile keeps it.
        self.execute("UPDATE turns SET host = NULL, claim = NULL WHERE command = $1 AND host = $2", &dead)
    }

    /// Gives a turn back that was not used up.
    ///
    /// # Errors
    /// As [`HostTurns::next`].
    pub fn give_back(&self, Claim(claim): &Claim) -> Result<(), StateError> {
        let free = "UPDATE turns SET host = NULL, claim = NULL WHERE command = $1 AND claim = $2";
        self.execute(free, &[vec![text(&self.command), text(claim)]])
    }

    /// Gives a turn back whose account needs what this host lacks, and leaves it to other hosts; `false`: there is none
    /// that may have it, and the turn stays this host's.
    ///
    /// # Errors
    /// As [`HostTurns::next`].
    pub fn leave(&self, Claim(claim): &Claim) -> Result<bool, StateError> {
        let leave = format!(
            "UPDATE turns AS t SET host = NULL, claim = NULL, lacking = t.lacking || $3 || E'\\n'
             WHERE t.command = $1 AND t.claim = $2 AND {} RETURNING t.account",
            others_may("$4", "$5")
        );
        let [silence, gone] = self.spans();
        let values = [text(&self.command), text(claim), text(self.lease.proof().0), silence, gone];
        Ok(!self.query(&leave, &values)?.is_empty())
    }

    /// Notes that a turn is over and what it came to. Where another has claimed the account by now, that stays as it is.
    ///
    /// # Errors
    /// As [`HostTurns::next`].
    pub fn end(&self, Claim(claim): &Claim, record: &str) -> Result<(), StateError> {
        let ended = format!(
            "UPDATE turns SET host = NULL, claim = NULL, lacking = '', ended_at = greatest({NOW}, CAST($3 AS BIGINT)), record = $4
             WHERE command = $1 AND claim = $2"
        );
        let values = vec![text(&self.command), text(claim), Param::Integer(self.began), text(record)];
        self.execute(&ended, &[values])
    }

    /// What the turns came to, everybody's, since this host began.
    ///
    /// # Errors
    /// As [`HostTurns::next`].
    pub fn records(&self) -> Result<Vec<String>, StateError> {
        let done =
            "SELECT record FROM turns WHERE command = $1 AND ended_at >= CAST($2 AS BIGINT) AND record IS NOT NULL";
        let rows = self.query(done, &self.due())?;
        rows.iter().map(|row| Ok(row.text(0)?.unwrap_or_default().to_owned())).collect()
    }

    fn query(&self, statement: &str, values: &[Param]) -> Result<Vec<Record>, StateError> {
        Ok(self.patience.wait(|| self.session.query(WHAT, statement, values))?)
    }

    fn execute(&self, statement: &str, all: &[Vec<Param>]) -> Result<(), StateError> {
        Ok(self.patience.wait(|| self.session.execute(WHAT, statement, all.to_vec()).map(drop))?)
    }

    /// The silence and the absence that end a host's lease.
    fn spans(&self) -> [Param; 2] {
        [self.timing.silence, self.timing.gone]
            .map(|time| Param::Integer(i64::try_from(time.as_millis()).unwrap_or(i64::MAX)))
    }

    fn due(&self) -> [Param; 2] {
        [text(&self.command), Param::Integer(self.began)]
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

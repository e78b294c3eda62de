//! A bucket that hosts share: a row of a database, changed in one short transaction under the server's clock.
//!
//! A transaction takes the row's lock, then reads clock and bucket, and commits before the request starts; what it does in
//! between is `visitor`. Which server it is tell its system's number, its timeline, which changes when a standby takes over or
//! a base backup is recovered, and the table's number, which changes when a dump is restored. A snapshot of its disk is not
//! told from the disk. A step of the server's clock is seen by a process that was there before and comes by after
//! it, which takes two seconds; not seen is one while no process is there, or before one that comes just then. That is
//! excluded by keeping that clock with NTP, as any database's.
//!
//! A server that is away lets nobody claim: the run waits, and ends when that lasts for longer than it retries for.

use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use super::bucket::{Bucket, Completion, Limit, Outlook, Token};
use super::bucket_error::{BucketError, LostBucket};
use super::bucket_format::BootId;
use super::visitor::{Errand, Reading, Visitor};
use crate::clock::Clock;
use crate::model::AccountSid;
use crate::postgres::{Param, PostgresError, Session, tell_absence};
use crate::state::{Lease, StateError, StateServer};

/// Between two tries to reach a server that is away.
const AGAIN: Duration = Duration::from_secs(1);

/// Between two looks at least, while a run works.
const ROUND: Duration = Duration::from_secs(2);

/// Who waits for the row's lock waits for others' transactions; the clock is read after that.
const READ: &str = "
    SELECT state, CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT), SERVER,
        (SELECT token FROM leases WHERE name = $2)
    FROM buckets WHERE id = $1";

/// Which server it is, which of its lives, and which table: one that is restored is made anew.
const SERVER: &str = "(SELECT system_identifier FROM pg_control_system()) || '/'
    || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || '/' || CAST(CAST('buckets' AS regclass) AS oid)";

const WHAT: &str = "use the limiter's bucket";

/// An open row.
pub struct BucketRow {
    visitor: Visitor,
    clock: Arc<dyn Clock>,
    server: StateServer,
    session: Session,
    lease: Option<Lease>,
    id: i64,
    name: String,
    /// When the row was looked at last, by our own clock.
    came: Duration,
    /// When our own clock was read before the server's, at the last try.
    read_at: Duration,
    /// Since when the server is away, and when it is tried next.
    away: Option<(Duration, Duration)>,
}

impl BucketRow {
    /// Opens the bucket of an account at an origin (see [`super::origin`]), for as long as a lease is ours, if there is
    /// one.
    pub fn open(
        (server, lease): (&StateServer, Option<&Lease>),
        (account, origin): (AccountSid, &str),
        limit: Limit,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, BucketError> {
        let name = format!("{account} {origin}");
        let opened = server.patience.wait(|| {
            let session = server.open_small()?;
            let named = [Param::Text(name.clone())];
            let found = session.query(WHAT, &format!("SELECT {SERVER}"), &[])?;
            let found = found.first().map(|row| row.text(0)).transpose()?.flatten();
            let unused = Visitor::unused(BootId::new(found.unwrap_or_default()));
            let make = "INSERT INTO buckets (name, state) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
            session.execute(WHAT, make, vec![vec![named[0].clone(), Param::Text(hex(&unused))]])?;
            let row = session.query(WHAT, "SELECT id FROM buckets WHERE name = $1", &named)?;
            let id = row.first().map(|row| row.integer(0)).transpose()?.flatten().unwrap_or_default();
            Ok::<_, StateError>((session, id))
        });
        let (session, id) = opened?;
        Ok(Self {
            visitor: Visitor::new(limit),
            clock,
            server: server.clone(),
            session,
            lease: lease.cloned(),
            id,
            name,
            came: Duration::ZERO,
            read_at: Duration::ZERO,
            away: None,
        })
    }

    /// That the bucket's past was found to be lost, once.
    pub fn take_lost(&mut self) -> Option<LostBucket> {
        self.visitor.lost.take(&format!("{} of {}", self.name, self.server.url))
    }

    /// The bounds of our claims.
    pub const fn limit(&self) -> &Limit {
        self.visitor.limit()
    }

    /// What the limit allows from now on, as far as the bucket was seen.
    pub fn outlook(&self) -> Outlook {
        let (bucket, now) = self.visitor.seen(self.clock.monotonic());
        bucket.outlook(now, self.limit())
    }

    /// How many tokens are out, as far as the bucket was seen.
    pub fn out(&self) -> u64 {
        let (bucket, now) = self.visitor.seen(self.clock.monotonic());
        bucket.out(now)
    }

    /// A token for a request that starts at once, or how long to wait before asking again.
    pub fn claim(&mut self) -> Result<Result<Token, Duration>, BucketError> {
        let claimed = self.try_update(Bucket::claim)?;
        Ok(claimed.flatten().map(|token| token.asked_for_at(self.read_at)))
    }

    /// Gives a token back, soon.
    pub fn release(&mut self, token: Token, completion: Completion) {
        self.visitor.charge(self.clock.monotonic(), Errand::Release(token, completion));
    }

    /// Lets nobody claim for so long.
    pub fn pause(&mut self, pause: Duration) -> Result<(), BucketError> {
        self.visitor.charge(self.clock.monotonic(), Errand::Pause(pause));
        self.tend()
    }

    /// Does what waits to be done, and looks at the server's clock now and then, so that a step of it is seen by somebody
    /// who was there before.
    pub fn tend(&mut self) -> Result<(), BucketError> {
        if self.visitor.has_errands() || self.clock.monotonic().saturating_sub(self.came) >= ROUND {
            // While the server is away it goes on waiting.
            let _ = self.try_update(|_, _, _| ())?;
        }
        Ok(())
    }

    /// Changes the bucket, at the time it then is; or says when to try again, as the server is away.
    fn try_update<T>(
        &mut self,
        change: impl FnOnce(&mut Bucket, Duration, &Limit) -> T,
    ) -> Result<Result<T, Duration>, BucketError> {
        let now = self.clock.monotonic();
        if let Some((_, again)) = self.away
            && now < again
        {
            return Ok(Err(again.saturating_sub(now)));
        }
        match self.update(change) {
            Ok(value) => {
                self.away = None;
                Ok(Ok(value))
            }
            Err(BucketError::State(StateError::Server(error))) if error.is_absence() => {
                if self.away.is_none() {
                    tell_absence(&error, self.server.patience.most());
                }
                let since = self.away.map_or(now, |(since, _)| since);
                if !self.server.patience.lasts(since) {
                    return Err(StateError::from(error).into());
                }
                self.away = Some((since, self.clock.monotonic() + AGAIN));
                Ok(Err(AGAIN))
            }
            Err(error) => Err(error),
        }
    }

    fn update<T>(&mut self, change: impl FnOnce(&mut Bucket, Duration, &Limit) -> T) -> Result<T, BucketError> {
        let lock = format!("BEGIN; SELECT FROM buckets WHERE id = {} FOR UPDATE", self.id);
        self.session.begin(WHAT, &lock).map_err(StateError::from)?;
        let changed = self.change(change);
        match changed {
            Ok((value, bucket, state)) => {
                let keep = format!("UPDATE buckets SET state = '{state}' WHERE id = {}; COMMIT", self.id);
                self.session.end(WHAT, &keep).map_err(StateError::from)?;
                self.visitor.confirmed(bucket);
                self.came = self.clock.monotonic();
                Ok(value)
            }
            Err(error) => {
                // What failed first is what is told.
                let _ = self.session.end(WHAT, "ROLLBACK");
                Err(error)
            }
        }
    }

    /// What becomes of the row, while it is locked: the bucket, and its text.
    fn change<T>(
        &mut self,
        change: impl FnOnce(&mut Bucket, Duration, &Limit) -> T,
    ) -> Result<(T, Bucket, String), BucketError> {
        let lease = self.lease.as_ref().map(Lease::proof);
        let name = lease.map_or(Param::Null, |(name, _)| Param::Text(name.to_owned()));
        let before = self.clock.monotonic();
        let rows = self
            .session
            .query(WHAT, &READ.replace("SERVER", SERVER), &[Param::Integer(self.id), name])
            .map_err(StateError::from)?;
        let after = self.clock.monotonic();
        self.read_at = before;
        let Some(row) = rows.first() else { return Err(BucketError::Gone { name: self.name.clone() }) };
        let of_server = |error: PostgresError| BucketError::from(StateError::from(error));
        let now = row.integer(1).map_err(of_server)?.unwrap_or_default().unsigned_abs();
        let now = Duration::from_micros(now);
        if let (Some(lease), Some((_, token))) = (&self.lease, lease)
            && row.integer(3).map_err(of_server)? != Some(token)
        {
            lease.ask()?;
        }
        let reading = Reading {
            bytes: &row.text(0).map_err(of_server)?.map(bytes).unwrap_or_default(),
            server: BootId::new(row.text(2).map_err(of_server)?.unwrap_or_default()),
            now,
            ours: (before, after),
        };
        let (value, bucket, written) = self.visitor.visit(&reading, change);
        Ok((value, bucket, hex(&written)))
    }
}

/// Gives back what is to be given back; if it fails, it comes back by itself.
impl Drop for BucketRow {
    fn drop(&mut self) {
        let _ = self.tend();
    }
}

impl fmt::Debug for BucketRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BucketRow").field("name", &self.name).field("limit", self.limit()).finish_non_exhaustive()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What [`hex`] wrote; of anything else something that is no bucket.
fn bytes(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    digits.map(|pair| pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()).unwrap_or(0)).collect()
}

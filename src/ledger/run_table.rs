//! The tables `origins` and `runs`.

use super::codec;
use super::database::{Database, Result, Row, values};
use super::run::{self, AsOf, BegunRun, OpenRun, Origin, RunEnd, RunRequest};
use super::sent::Sent;
use crate::model::{RunId, UnixMicros, UnixSeconds, Window};

/// The number of an account and origin; `None` when nothing was ever recorded for them.
pub(super) fn origin_number(database: &Database, origin: &Origin) -> Result<Option<i64>> {
    let account = origin.account.to_string();
    let key = values![&account, &origin.origin];
    database.first("SELECT id FROM origins WHERE account = ?1 AND origin = ?2", key, |row| row.integer(0))
}

pub(super) fn add_origin(database: &Database, origin: &Origin) -> Result<i64> {
    if let Some(number) = origin_number(database, origin)? {
        return Ok(number);
    }
    let account = origin.account.to_string();
    let added = values![&account, &origin.origin];
    database.only("INSERT INTO origins (account, origin) VALUES (?1, ?2) RETURNING id", added, |row| row.integer(0))
}

/// The open run that a request would take up.
pub(super) fn to_take_up(database: &Database, origin: i64, request: &RunRequest) -> Result<Option<OpenRun>> {
    let of_one = "SELECT id, run_id, as_of, as_of_given, started_at, seen_at FROM runs
         WHERE origin = ?1 AND fingerprint = ?2 AND status NOT IN (?3, ?4, ?5)";
    let closed = [RunEnd::Published, RunEnd::Unreconciled, RunEnd::Untrusted].map(RunEnd::name);
    let mut open = Vec::new();
    for fingerprint in request.fingerprints() {
        let key = values![origin, fingerprint, closed[0], closed[1], closed[2]];
        open.extend(database.all::<_, Vec<_>>(of_one, key, open_run)?);
    }
    Ok(run::to_take_up(open, request))
}

fn open_run(row: &Row) -> Result<OpenRun> {
    let as_of = UnixSeconds(row.integer(2)?);
    Ok(OpenRun {
        id: row.integer(0)?,
        run_id: row.text(1)?.parse().map_err(codec::content_error)?,
        as_of: if row.flag(3)? { AsOf::Given(as_of) } else { AsOf::Start(as_of) },
        started_at: UnixMicros(row.integer(4)?),
        seen_at: UnixMicros(row.integer(5)?),
    })
}

/// Takes up the open run that suits, or adds one; gives its number too. Needs a write transaction.
pub(super) fn begin(database: &Database, origin: i64, request: &RunRequest) -> Result<(i64, BegunRun)> {
    let now = UnixMicros::from(request.now);
    if let Some(open) = to_take_up(database, origin, request)? {
        let again = format!("UPDATE runs SET status = 'open', ended_at = NULL, {SEEN} WHERE id = ?1");
        database.execute(&again, values![open.id, now.0])?;
        return Ok((open.id, open.begun()));
    }
    let fresh = request.fresh();
    let given = matches!(request.fresh_as_of(), AsOf::Given(_));
    let run_id = fresh.run_id.to_string();
    let number = database.only(
        "INSERT INTO runs (run_id, origin, job, fingerprint, as_of, as_of_given, started_at, seen_at, status)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, 'open') RETURNING id",
        values![&run_id, origin, request.job, request.fingerprint, fresh.as_of.0, given, now.0],
        |row| row.integer(0),
    )?;
    Ok((number, fresh))
}

/// A run is never seen to go back.
const SEEN: &str = "seen_at = CASE WHEN seen_at < ?2 THEN ?2 ELSE seen_at END";

/// Notes that a run was alive at an instant.
pub(super) fn seen(database: &Database, run: i64, at: UnixMicros) -> Result<()> {
    database.execute(&format!("UPDATE runs SET {SEEN} WHERE id = ?1"), values![run, at.0]).map(|_| ())
}

/// Notes how a run ended.
pub(super) fn end(database: &Database, run: i64, end: RunEnd, now: UnixMicros) -> Result<()> {
    let ended = format!("UPDATE runs SET status = ?3, ended_at = ?2, {SEEN} WHERE id = ?1");
    database.execute(&ended, values![run, now.0, end.name()]).map(|_| ())
}

/// Marks every answer for exactly these bounds as proved, but for what runs were told that could not trust it.
pub(super) fn prove(database: &Database, origin: i64, bounds: &[Sent]) -> Result<()> {
    let distrusted = [RunEnd::Unreconciled, RunEnd::Untrusted].map(RunEnd::name);
    database.execute_each(
        "UPDATE answers SET proved = 1 WHERE origin = ?1 AND range_start = ?2 AND range_end = ?3 AND proved = 0
            AND (SELECT status FROM runs WHERE id = run) NOT IN (?4, ?5)",
        bounds.iter().map(|Sent { after, before }| {
            Ok(values![origin, after.0, before.0, distrusted[0], distrusted[1]].to_vec())
        }),
    )
}

/// Marks the answers of a run as proved that were recorded after a row.
pub(super) fn prove_run(database: &Database, run: i64, after: i64) -> Result<()> {
    let proved = "UPDATE answers SET proved = 1 WHERE id > ?2 AND run = ?1";
    database.execute(proved, values![run, after]).map(|_| ())
}

/// Whether a run was recorded, and answers to exactly these bounds, or a segment of the list that covers their window, be
/// they its own or earlier ones that it reused.
pub(super) fn has_worked(database: &Database, origin: i64, run: RunId, window: Window, bounds: Sent) -> Result<bool> {
    let (Sent { after, before }, doublings) = (bounds, bounds.doublings());
    let (start, end, run) = (window.start().0, window.end().0, run.to_string());
    database.only(
        "SELECT EXISTS (SELECT 1 FROM runs WHERE run_id = ?2 AND origin = ?1)
            AND (EXISTS (SELECT 1 FROM ranges
                         WHERE origin = ?1 AND doublings = ?3 AND range_start = ?4 AND range_end = ?5)
                 OR EXISTS (SELECT 1 FROM segments
                            WHERE origin = ?1 AND range_end >= ?7 AND range_start <= ?6))",
        values![origin, &run, doublings, after.0, before.0, start, end],
        |row| row.flag(0),
    )
}

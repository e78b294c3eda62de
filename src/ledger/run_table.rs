//! The tables `origins` and `runs`.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::codec;
use super::run::{self, AsOf, BegunRun, OpenRun, Origin, RunEnd, RunRequest};
use super::sent::Sent;
use crate::model::{RunId, UnixMicros, UnixSeconds, Window};

/// The number of an account and origin; `None` when nothing was ever recorded for them.
pub(super) fn origin_number(connection: &Connection, origin: &Origin) -> rusqlite::Result<Option<i64>> {
    connection
        .query_row(
            "SELECT id FROM origins WHERE account = ?1 AND origin = ?2",
            params![origin.account.to_string(), origin.origin],
            |row| row.get(0),
        )
        .optional()
}

pub(super) fn add_origin(connection: &Connection, origin: &Origin) -> rusqlite::Result<i64> {
    if let Some(number) = origin_number(connection, origin)? {
        return Ok(number);
    }
    connection.execute(
        "INSERT INTO origins (account, origin) VALUES (?1, ?2)",
        params![origin.account.to_string(), origin.origin],
    )?;
    Ok(connection.last_insert_rowid())
}

/// The open run that a request would take up.
pub(super) fn to_take_up(
    connection: &Connection,
    origin: i64,
    request: &RunRequest,
) -> rusqlite::Result<Option<OpenRun>> {
    let mut statement = connection.prepare(
        "SELECT id, run_id, as_of, as_of_given, started_at, seen_at FROM runs
         WHERE origin = ?1 AND fingerprint = ?2 AND status NOT IN (?3, ?4, ?5)",
    )?;
    let closed = [RunEnd::Published, RunEnd::Unreconciled, RunEnd::Untrusted].map(RunEnd::name);
    let mut open = Vec::new();
    for fingerprint in request.fingerprints() {
        let found = statement.query_map(params![origin, fingerprint, closed[0], closed[1], closed[2]], open_run)?;
        open.extend(found.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    Ok(run::to_take_up(open, request))
}

fn open_run(row: &Row) -> rusqlite::Result<OpenRun> {
    let as_of = UnixSeconds(row.get(2)?);
    Ok(OpenRun {
        id: row.get(0)?,
        run_id: row.get::<_, String>(1)?.parse().map_err(codec::content_error)?,
        as_of: if row.get(3)? { AsOf::Given(as_of) } else { AsOf::Start(as_of) },
        started_at: UnixMicros(row.get(4)?),
        seen_at: UnixMicros(row.get(5)?),
    })
}

/// Takes up the open run that suits, or adds one; gives its number too. Needs a write transaction.
pub(super) fn begin(connection: &Connection, origin: i64, request: &RunRequest) -> rusqlite::Result<(i64, BegunRun)> {
    let now = UnixMicros::from(request.now);
    if let Some(open) = to_take_up(connection, origin, request)? {
        connection.execute(
            "UPDATE runs SET status = 'open', ended_at = NULL, seen_at = max(seen_at, ?2) WHERE id = ?1",
            params![open.id, now.0],
        )?;
        return Ok((open.id, open.begun()));
    }
    let fresh = request.fresh();
    let given = matches!(request.fresh_as_of(), AsOf::Given(_));
    connection.execute(
        "INSERT INTO runs (run_id, origin, job, fingerprint, as_of, as_of_given, started_at, seen_at, status)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, 'open')",
        params![fresh.run_id.to_string(), origin, request.job, request.fingerprint, fresh.as_of.0, given, now.0],
    )?;
    Ok((connection.last_insert_rowid(), fresh))
}

/// Notes that a run was alive at an instant.
pub(super) fn seen(connection: &Connection, run: i64, at: UnixMicros) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("UPDATE runs SET seen_at = max(seen_at, ?2) WHERE id = ?1")?;
    statement.execute(params![run, at.0]).map(|_| ())
}

/// Notes how a run ended.
pub(super) fn end(connection: &Connection, run: i64, end: RunEnd, now: UnixMicros) -> rusqlite::Result<()> {
    let sql = "UPDATE runs SET status = ?2, ended_at = ?3, seen_at = max(seen_at, ?3) WHERE id = ?1";
    connection.execute(sql, params![run, end.name(), now.0]).map(|_| ())
}

/// Marks every answer for exactly these bounds as proved, but for what runs were told that could not trust it.
pub(super) fn prove(connection: &Connection, origin: i64, bounds: &[Sent]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE answers SET proved = 1 WHERE origin = ?1 AND range_start = ?2 AND range_end = ?3 AND proved = 0
            AND (SELECT status FROM runs WHERE id = run) NOT IN (?4, ?5)",
    )?;
    let distrusted = [RunEnd::Unreconciled, RunEnd::Untrusted].map(RunEnd::name);
    for Sent { after, before } in bounds {
        statement.execute(params![origin, after.0, before.0, distrusted[0], distrusted[1]])?;
    }
    Ok(())
}

/// Marks the answers of a run as proved that were recorded after a row.
pub(super) fn prove_run(connection: &Connection, run: i64, after: i64) -> rusqlite::Result<()> {
    let sql = "UPDATE answers SET proved = 1 WHERE id > ?2 AND run = ?1";
    connection.execute(sql, [run, after]).map(|_| ())
}

/// Whether a run was recorded, and answers to exactly these bounds, or a segment of the list that covers their window, be
/// they its own or earlier ones that it reused.
pub(super) fn has_worked(
    connection: &Connection,
    origin: i64,
    run: RunId,
    window: Window,
    bounds: Sent,
) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM runs WHERE run_id = ?2 AND origin = ?1)
            AND (EXISTS (SELECT 1 FROM ranges
                         WHERE origin = ?1 AND doublings = ?3 AND range_start = ?4 AND range_end = ?5)
                 OR EXISTS (SELECT 1 FROM segments
                            WHERE origin = ?1 AND range_end >= ?7 AND range_start <= ?6))",
    )?;
    let (Sent { after, before }, doublings) = (bounds, bounds.doublings());
    let (start, end) = (window.start().0, window.end().0);
    let key = params![origin, run.to_string(), doublings, after.0, before.0, start, end];
    statement.query_row(key, |row| row.get(0))
}

//! What the ledger remembers of a job's last run, for those who only look.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::codec;
use super::run::RunEnd;
use crate::model::{RunId, UnixMicros, UnixSeconds};

/// The run of a job that began last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastRun {
    /// Its identifier.
    pub run_id: RunId,
    /// Its instant.
    pub as_of: UnixSeconds,
    /// When it began first.
    pub started_at: UnixMicros,
    /// When it was seen last: its end, or its latest request.
    pub seen_at: UnixMicros,
    /// How it ended; `None`: it has not, be it under way or killed.
    pub end: Option<RunEnd>,
}

/// The last run of a job of this name, whatever its options.
pub(super) fn last_run(connection: &Connection, origin: i64, job: &str) -> rusqlite::Result<Option<LastRun>> {
    let mut statement = connection.prepare_cached(
        "SELECT run_id, as_of, started_at, seen_at, status FROM runs
         WHERE origin = ?1 AND job = ?2 ORDER BY started_at DESC, id DESC LIMIT 1",
    )?;
    statement.query_row(params![origin, job], read).optional()
}

fn read(row: &Row) -> rusqlite::Result<LastRun> {
    Ok(LastRun {
        run_id: row.get::<_, String>(0)?.parse().map_err(codec::content_error)?,
        as_of: UnixSeconds(row.get(1)?),
        started_at: UnixMicros(row.get(2)?),
        seen_at: UnixMicros(row.get(3)?),
        end: RunEnd::named(row.get_ref(4)?.as_str()?),
    })
}

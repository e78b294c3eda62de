//! What the ledger remembers of a job's last run, for those who only look.

use super::codec;
use super::database::{Database, Result, Row, values};
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
pub(super) fn last_run(database: &Database, origin: i64, job: &str) -> Result<Option<LastRun>> {
    database.first(
        "SELECT run_id, as_of, started_at, seen_at, status FROM runs
         WHERE origin = ?1 AND job = ?2 ORDER BY started_at DESC, id DESC LIMIT 1",
        values![origin, job],
        read,
    )
}

fn read(row: &Row) -> Result<LastRun> {
    Ok(LastRun {
        run_id: row.text(0)?.parse().map_err(codec::content_error)?,
        as_of: UnixSeconds(row.integer(1)?),
        started_at: UnixMicros(row.integer(2)?),
        seen_at: UnixMicros(row.integer(3)?),
        end: RunEnd::named(row.text(4)?),
    })
}

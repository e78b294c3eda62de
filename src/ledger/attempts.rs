//! What other runs know of attempts within a window, as hints and as witnesses: nothing of this is published.
//!
//! Answers of runs that met an ignored filter don't count, and a run is no witness of its own.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::codec;
use super::run::RunEnd;
use super::sent::Sent;
use crate::model::Country;

/// Whose answers are looked at, and where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Within {
    pub origin: i64,
    /// The run that looks.
    pub run: Option<i64>,
    /// The window's bounds: answers between them count.
    pub bounds: Sent,
}

/// Attempts in each country that had any, in ranges within the bounds; ranges that overlap count twice.
pub(super) fn by_country(connection: &Connection, within: Within) -> rusqlite::Result<BTreeMap<Country, i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT country, CAST(total(attempts) AS INTEGER) FROM answers JOIN runs ON runs.id = answers.run
         WHERE answers.origin = ?1 AND range_start BETWEEN ?2 AND ?3 AND range_end <= ?3 AND country IS NOT NULL
           AND attempts > 0 AND runs.id IS NOT ?4 AND runs.status <> ?5 GROUP BY country",
    )?;
    let Within { origin, run, bounds: Sent { after, before } } = within;
    let mut rows = statement.query(params![origin, after.0, before.0, run, RunEnd::Untrusted.name()])?;
    let mut attempts = BTreeMap::new();
    while let Some(row) = rows.next()? {
        attempts.insert(codec::country(row.get_ref(0)?.as_str()?)?, row.get(1)?);
    }
    Ok(attempts)
}

/// Whether there is any in a range within the bounds.
pub(super) fn any(connection: &Connection, within: Within) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (
             SELECT 1 FROM answers JOIN runs ON runs.id = answers.run
             WHERE answers.origin = ?1 AND range_start BETWEEN ?2 AND ?3 AND range_end <= ?3 AND attempts > 0
               AND runs.id IS NOT ?4 AND runs.status <> ?5
         )",
    )?;
    let Within { origin, run, bounds: Sent { after, before } } = within;
    statement.query_row(params![origin, after.0, before.0, run, RunEnd::Untrusted.name()], |row| row.get(0))
}

//! What other runs know of attempts within a window, as hints and as witnesses: nothing of this is published.
//!
//! Answers of runs that met an ignored filter don't count, and a run is no witness of its own. What was listed counts
//! beside the answers, confirmed or not, by slots that lie wholly inside.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::codec;
use super::listed::stock::SLOT_SECONDS;
use super::run::RunEnd;
use super::sent::Sent;
use crate::model::{Country, Window};

/// Whose answers are looked at, and where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Within {
    pub origin: i64,
    /// The run that looks.
    pub run: Option<i64>,
    pub window: Window,
    /// The window's bounds: answers between them count.
    pub bounds: Sent,
}

const ANSWERS: &str = "
    FROM answers JOIN runs ON runs.id = answers.run
    WHERE answers.origin = ?1 AND range_start BETWEEN ?2 AND ?3 AND range_end <= ?3 AND attempts > 0
      AND runs.id IS NOT ?4 AND runs.status <> ?5";

const LISTED: &str = "
    FROM segments JOIN runs ON runs.id = segments.run JOIN listed ON listed.segment = segments.id
    WHERE segments.origin = ?1 AND range_end > ?2 AND range_start < ?3 AND slot >= ?2 AND slot <= ?3 - ?6
      AND attempts > 0 AND runs.id IS NOT ?4 AND runs.status <> ?5";

/// Attempts in each country that had any, in ranges within the bounds; ranges that overlap count twice. Who lists asks
/// for sums, too: of answers and what was listed, the greater counts.
pub(super) fn by_country(connection: &Connection, within: Within) -> rusqlite::Result<BTreeMap<Country, i64>> {
    let sum = |known: &str| {
        format!("SELECT country, total(attempts) AS sum {known} AND country IS NOT NULL GROUP BY country")
    };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT country, CAST(max(sum) AS INTEGER) FROM ({} UNION ALL {}) GROUP BY country",
        sum(ANSWERS),
        sum(LISTED),
    ))?;
    let Within { origin, run, window: _, bounds: Sent { after, before } } = within;
    let key = params![origin, after.0, before.0, run, RunEnd::Untrusted.name(), SLOT_SECONDS];
    let mut rows = statement.query(key)?;
    let mut attempts = BTreeMap::new();
    while let Some(row) = rows.next()? {
        attempts.insert(codec::country(row.get_ref(0)?.as_str()?)?, row.get(1)?);
    }
    Ok(attempts)
}

/// Whether there is any in a range within the bounds.
pub(super) fn any(connection: &Connection, within: Within) -> rusqlite::Result<bool> {
    let Within { origin, run, window, bounds: Sent { after, before } } = within;
    let distrusted = RunEnd::Untrusted.name();
    let mut answers = connection.prepare_cached(&format!("SELECT EXISTS (SELECT 1 {ANSWERS})"))?;
    let mut listed = connection.prepare_cached(&format!("SELECT EXISTS (SELECT 1 {LISTED})"))?;
    let (start, end) = (window.start().0, window.end().0);
    Ok(answers.query_row(params![origin, after.0, before.0, run, distrusted], |row| row.get(0))?
        || listed.query_row(params![origin, start, end, run, distrusted, SLOT_SECONDS], |row| row.get(0))?)
}

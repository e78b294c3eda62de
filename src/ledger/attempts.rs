//! What other runs know of attempts within a window, as hints and as witnesses: nothing of this is published.
//!
//! Answers of runs that met an ignored filter don't count, and a run is no witness of its own. What was listed counts
//! beside the answers, confirmed or not, by slots that lie wholly inside.

use std::collections::BTreeMap;

use super::codec;
use super::database::{Database, Result, Value, values};
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
      AND runs.id IS DISTINCT FROM ?4 AND runs.status <> ?5";

const LISTED: &str = "
    FROM segments JOIN runs ON runs.id = segments.run JOIN listed ON listed.segment = segments.id
    WHERE segments.origin = ?1 AND range_end > ?2 AND range_start < ?3 AND slot >= ?2 AND slot + ?6 <= ?3
      AND attempts > 0 AND runs.id IS DISTINCT FROM ?4 AND runs.status <> ?5";

/// Attempts in each country that had any, in ranges within the bounds; ranges that overlap count twice. Who lists asks
/// for sums, too: of answers and what was listed, the greater counts.
pub(super) fn by_country(database: &Database, within: Within) -> Result<BTreeMap<Country, i64>> {
    let sum = |known: &str| {
        format!(
            "SELECT country, sum(CAST(attempts AS DOUBLE PRECISION)) AS sum {known} AND country IS NOT NULL GROUP BY country"
        )
    };
    let statement = format!(
        "SELECT country, CAST(CASE WHEN max(sum) < 9e18 THEN max(sum) ELSE 9e18 END AS BIGINT)
         FROM ({} UNION ALL {}) AS sums GROUP BY country",
        sum(ANSWERS),
        sum(LISTED),
    );
    let Within { origin, run, window: _, bounds: Sent { after, before } } = within;
    let key = values![origin, after.0, before.0, run, RunEnd::Untrusted.name(), SLOT_SECONDS];
    database.all(&statement, key, |row| Ok((codec::country(row.text(0)?)?, row.integer(1)?)))
}

/// Whether there is any in a range within the bounds.
pub(super) fn any(database: &Database, within: Within) -> Result<bool> {
    let Within { origin, run, window, bounds: Sent { after, before } } = within;
    let distrusted = RunEnd::Untrusted.name();
    let (start, end) = (window.start().0, window.end().0);
    let exists = |known: &str, key: &[Value]| {
        database.only(&format!("SELECT EXISTS (SELECT 1 {known})"), key, |row| row.flag(0))
    };
    Ok(exists(ANSWERS, values![origin, after.0, before.0, run, distrusted])?
        || exists(LISTED, values![origin, start, end, run, distrusted, SLOT_SECONDS])?)
}

//! How long ago each account's runs of a job last came to their end, for who chooses whose turn it is.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::at_rest::{self, SHARED};
use super::database::values;
use super::error::LedgerError;
use super::run::RunEnd;
use super::schema;
use crate::model::{AccountSid, UnixMicros};

/// When the last run of a job that published all ended, by account, in the ledger of a state directory. An account that
/// has none is not there.
///
/// # Errors
/// The ledger cannot be read, or is damaged, foreign or of a newer format.
pub fn last_published(
    dir: &Path,
    (origin, job): (&str, &str),
) -> Result<BTreeMap<AccountSid, UnixMicros>, LedgerError> {
    let path = schema::path_in(dir)?;
    match path.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(schema::unusable(dir, error)),
        Ok(_) => {}
    }
    let Some(database) = at_rest::open(&path, SHARED)? else { return Ok(BTreeMap::new()) };
    let ended = "SELECT o.account, max(r.ended_at) FROM runs AS r JOIN origins AS o ON o.id = r.origin
        WHERE o.origin = ?1 AND r.job = ?2 AND r.status = ?3 AND r.ended_at IS NOT NULL GROUP BY o.account";
    let rows = database.all::<_, Vec<_>>(ended, values![origin, job, RunEnd::Published.name()], |row| {
        Ok((row.text(0)?.parse().ok(), UnixMicros(row.integer(1)?)))
    });
    let rows = rows.map_err(|source| LedgerError::of(&path, source))?;
    Ok(rows.into_iter().filter_map(|(account, at)| Some((account?, at))).collect())
}

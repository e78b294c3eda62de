//! The table `notes`: what runs saw of an account, the newest of each name.

use super::database::{Database, Result, values};
use crate::model::{Note, UnixMicros};

/// All notes of an account and origin, by name.
pub(super) fn all(database: &Database, origin: i64) -> Result<Vec<Note>> {
    database.all("SELECT name, value, seen_at FROM notes WHERE origin = ?1 ORDER BY name", values![origin], |row| {
        Ok(Note { name: row.text(0)?.to_owned(), value: row.integer(1)?, seen_at: UnixMicros(row.integer(2)?) })
    })
}

/// Forgets names, then keeps notes. One that another run saw later stays as it is.
pub(super) fn update(database: &Database, origin: i64, forgotten: &[String], notes: &[Note]) -> Result<()> {
    for name in forgotten {
        database.execute("DELETE FROM notes WHERE origin = ?1 AND name = ?2", values![origin, name])?;
    }
    let keep = "INSERT INTO notes (origin, name, value, seen_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (origin, name) DO UPDATE SET value = excluded.value, seen_at = excluded.seen_at
         WHERE excluded.seen_at >= notes.seen_at";
    for Note { name, value, seen_at } in notes {
        database.execute(keep, values![origin, name, *value, seen_at.0])?;
    }
    Ok(())
}

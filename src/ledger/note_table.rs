//! The table `notes`: what runs saw of an account, the newest of each name.

use rusqlite::{Connection, params};

use crate::model::{Note, UnixMicros};

/// All notes of an account and origin, by name.
pub(super) fn all(connection: &Connection, origin: i64) -> rusqlite::Result<Vec<Note>> {
    let mut statement = connection.prepare("SELECT name, value, seen_at FROM notes WHERE origin = ?1 ORDER BY name")?;
    let rows = statement.query_map([origin], |row| {
        Ok(Note { name: row.get(0)?, value: row.get(1)?, seen_at: UnixMicros(row.get(2)?) })
    })?;
    rows.collect()
}

/// Forgets names, then keeps notes. One that another run saw later stays as it is.
pub(super) fn update(
    connection: &Connection,
    origin: i64,
    forgotten: &[String],
    notes: &[Note],
) -> rusqlite::Result<()> {
    let mut forget = connection.prepare("DELETE FROM notes WHERE origin = ?1 AND name = ?2")?;
    for name in forgotten {
        forget.execute(params![origin, name])?;
    }
    let mut keep = connection.prepare(
        "INSERT INTO notes (origin, name, value, seen_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (origin, name) DO UPDATE SET value = excluded.value, seen_at = excluded.seen_at
         WHERE excluded.seen_at >= seen_at",
    )?;
    for Note { name, value, seen_at } in notes {
        keep.execute(params![origin, name, value, seen_at.0])?;
    }
    Ok(())
}

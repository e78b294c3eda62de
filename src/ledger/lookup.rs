//! Runs and services by their numbers, each looked up once.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use super::codec;
use super::run::RunEnd;
use crate::model::{Proof, ServiceSid, UnixSeconds};

/// A run that answers belong to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asker {
    pub as_of: UnixSeconds,
    /// `None`: it is open.
    end: Option<RunEnd>,
}

impl Asker {
    /// Whether another run may reuse what this one learnt.
    pub fn lends(self, proof: Proof) -> bool {
        self.end.is_none_or(|end| end.lends(proof))
    }
}

/// Those met.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    runs: HashMap<i64, Asker>,
    /// By their number in `texts`.
    services: HashMap<i64, ServiceSid>,
}

impl Lookup {
    pub fn run(&mut self, connection: &Connection, number: i64) -> rusqlite::Result<Asker> {
        cached(&mut self.runs, number, || {
            let mut statement = connection.prepare_cached("SELECT as_of, status FROM runs WHERE id = ?1")?;
            let read = |row: &rusqlite::Row| {
                Ok(Asker { as_of: UnixSeconds(row.get(0)?), end: RunEnd::named(row.get_ref(1)?.as_str()?) })
            };
            let asker = statement.query_row([number], read).optional()?;
            asker.ok_or_else(|| codec::bad_content("an answer belongs to no run"))
        })
    }

    pub fn service(&mut self, connection: &Connection, number: i64) -> rusqlite::Result<ServiceSid> {
        cached(&mut self.services, number, || {
            let mut statement = connection.prepare_cached("SELECT text FROM texts WHERE id = ?1")?;
            let text: Option<String> = statement.query_row([number], |row| row.get(0)).optional()?;
            let text = text.ok_or_else(|| codec::bad_content("an answer's service is missing"))?;
            text.parse().map_err(codec::content_error)
        })
    }
}

fn cached<V: Copy>(
    cache: &mut HashMap<i64, V>,
    key: i64,
    read: impl FnOnce() -> rusqlite::Result<V>,
) -> rusqlite::Result<V> {
    if let Some(value) = cache.get(&key) {
        return Ok(*value);
    }
    let value = read()?;
    cache.insert(key, value);
    Ok(value)
}

//! Runs and services by their numbers, each looked up once.

use std::collections::HashMap;

use super::codec;
use super::database::{Database, Result, values};
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
    pub fn run(&mut self, database: &Database, number: i64) -> Result<Asker> {
        cached(&mut self.runs, number, || {
            let run = "SELECT as_of, status FROM runs WHERE id = ?1";
            let asker = database.first(run, values![number], |row| {
                Ok(Asker { as_of: UnixSeconds(row.integer(0)?), end: RunEnd::named(row.text(1)?) })
            })?;
            asker.ok_or_else(|| codec::bad_content("an answer belongs to no run"))
        })
    }

    pub fn service(&mut self, database: &Database, number: i64) -> Result<ServiceSid> {
        cached(&mut self.services, number, || {
            let service = database.first("SELECT text FROM texts WHERE id = ?1", values![number], |row| {
                row.text(0)?.parse().map_err(codec::content_error)
            })?;
            service.ok_or_else(|| codec::bad_content("an answer's service is missing"))
        })
    }
}

fn cached<V: Copy>(cache: &mut HashMap<i64, V>, key: i64, read: impl FnOnce() -> Result<V>) -> Result<V> {
    if let Some(value) = cache.get(&key) {
        return Ok(*value);
    }
    let value = read()?;
    cache.insert(key, value);
    Ok(value)
}

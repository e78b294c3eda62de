//! Reading answers, a range at a time.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::cache::{Bounds, Filters, RangeAnswers, RangeCache};
use super::choice::{Chooser, Recorded};
use super::run::RunEnd;
use super::{LedgerError, codec};
use crate::model::{
    Answer, Body, Channel, Country, Counts, Question, Round, ServiceSid, Slice, UnixMicros, UnixSeconds, Window,
};

/// A recorded answer in full, for those who want to check it again.
#[derive(Debug, Clone, PartialEq)]
pub struct PastAnswer {
    /// Which asking of its run it was.
    pub round: Round,
    /// When it was asked.
    pub asked_at: UnixMicros,
    /// The answer as received.
    pub body: Body,
    /// What it was taken to say.
    pub counts: Counts,
}

/// Finds answers of one account and origin on a connection of its own.
#[derive(Debug)]
pub(super) struct Reader {
    connection: Connection,
    path: PathBuf,
    origin: i64,
    chooser: Chooser,
    cache: RangeCache,
    /// The `as_of` of runs met; `None` of those whose answers must not be reused.
    as_of: HashMap<i64, Option<UnixSeconds>>,
    /// Services met, by their number in `texts`.
    services: HashMap<i64, ServiceSid>,
}

impl Reader {
    pub fn new(connection: Connection, path: PathBuf, origin: i64, chooser: Chooser) -> Self {
        let cache = RangeCache::new(Bounds::default());
        Self { connection, path, origin, chooser, cache, as_of: HashMap::new(), services: HashMap::new() }
    }

    pub fn find(&mut self, question: &Question) -> Result<Option<Answer>, LedgerError> {
        let (chooser, slice) = (self.chooser, &question.slice);
        if !self.holds(slice.range) {
            self.load(slice.range)?;
        }
        let answers = self.cache.get(slice.range);
        Ok(answers.and_then(|answers| chooser.choose(question, answers.to(slice.into()))))
    }

    pub fn holds(&mut self, range: Window) -> bool {
        self.cache.get(range).is_some()
    }

    /// Reads all answers of a range, as they are now.
    pub fn load(&mut self, range: Window) -> Result<(), LedgerError> {
        let answers = self.read(range).map_err(|source| LedgerError::sqlite(&self.path, source))?;
        self.cache.put(range, answers);
        Ok(())
    }

    /// Takes note of an answer that the writer has committed.
    pub fn add(&mut self, slice: &Slice, recorded: Recorded) {
        self.cache.add(slice, recorded);
    }

    /// Reads on through another connection; what was read so far is read again.
    pub fn reconnect(&mut self, connection: Connection) {
        *self = Self::new(connection, std::mem::take(&mut self.path), self.origin, self.chooser);
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    fn read(&mut self, range: Window) -> rusqlite::Result<RangeAnswers> {
        let mut statement = self.connection.prepare_cached(
            "SELECT run, service, country, channel, prefix, round, asked_at, attempts, converted, implied FROM answers
             WHERE origin = ?1 AND range_start = ?2 AND range_end = ?3 ORDER BY id",
        )?;
        let mut rows = statement.query(params![self.origin, range.start().0, range.end().0])?;
        let mut answers = RangeAnswers::default();
        while let Some(row) = rows.next()? {
            let run = row.get(0)?;
            let Some(as_of) = cached(&mut self.as_of, run, || as_of(&self.connection, run))? else { continue };
            let service = match row.get(1)? {
                Some(number) => Some(cached(&mut self.services, number, || service(&self.connection, number))?),
                None => None,
            };
            let filters = Filters {
                service,
                country: row.get_ref(2)?.as_str_or_null()?.map(codec::country).transpose()?,
                channel: row.get_ref(3)?.as_str_or_null()?.map(codec::channel).transpose()?,
                prefix: row.get::<_, Option<i64>>(4)?.map(codec::prefix).transpose()?,
            };
            let (round, asked_at) = (codec::round(row.get(5)?)?, UnixMicros(row.get(6)?));
            let counts = codec::counts(row.get(7)?, row.get(8)?)?;
            let provenance = codec::provenance(row.get(9)?)?;
            answers.push(filters, Recorded { run, as_of, round, asked_at, counts, provenance });
        }
        Ok(answers)
    }

    /// Every answer to a slice, in the order in which they were recorded.
    pub fn history(&self, slice: &Slice) -> Result<Vec<PastAnswer>, LedgerError> {
        self.read_history(slice).map_err(|source| LedgerError::sqlite(&self.path, source))
    }

    fn read_history(&self, slice: &Slice) -> rusqlite::Result<Vec<PastAnswer>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT round, asked_at, attempts, converted, total_attempts, total_converted, total_unconverted, rate,
                    url, texts.text
             FROM answers LEFT JOIN texts ON texts.id = url
             WHERE origin = ?1 AND range_start = ?2 AND range_end = ?3 AND implied = 0
               AND service IS (SELECT id FROM texts WHERE text = ?4) AND (service IS NULL) = (?4 IS NULL)
               AND country IS ?5 AND channel IS ?6 AND prefix IS ?7
             ORDER BY answers.id",
        )?;
        let key = params![
            self.origin,
            slice.range.start().0,
            slice.range.end().0,
            slice.service.map(|service| service.to_string()),
            slice.country.as_ref().map(Country::code),
            slice.channel.map(Channel::name),
            slice.prefix.map(codec::prefix_number),
        ];
        statement.query_map(key, past_answer)?.collect()
    }
}

fn past_answer(row: &Row) -> rusqlite::Result<PastAnswer> {
    let url = match row.get::<_, Option<i64>>(8)? {
        None => None,
        Some(codec::NULL_URL) => Some(None),
        Some(_) => Some(Some(row.get(9)?)),
    };
    Ok(PastAnswer {
        round: codec::round(row.get(0)?)?,
        asked_at: UnixMicros(row.get(1)?),
        counts: codec::counts(row.get(2)?, row.get(3)?)?,
        body: Body {
            total_attempts: row.get(4)?,
            total_converted: row.get(5)?,
            total_unconverted: row.get(6)?,
            conversion_rate_percentage: row.get::<_, Option<String>>(7)?.map(codec::rate).transpose()?,
            url,
        },
    })
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

/// `None` for a run whose answers were not trusted.
fn as_of(connection: &Connection, run: i64) -> rusqlite::Result<Option<UnixSeconds>> {
    let mut statement = connection.prepare_cached("SELECT iif(status = ?2, NULL, as_of) FROM runs WHERE id = ?1")?;
    let row = params![run, RunEnd::Untrusted.name()];
    let as_of: Option<Option<i64>> = statement.query_row(row, |row| row.get(0)).optional()?;
    as_of.map(|as_of| as_of.map(UnixSeconds)).ok_or_else(|| codec::bad_content("an answer belongs to no run"))
}

fn service(connection: &Connection, number: i64) -> rusqlite::Result<ServiceSid> {
    let mut statement = connection.prepare_cached("SELECT text FROM texts WHERE id = ?1")?;
    let text: Option<String> = statement.query_row([number], |row| row.get(0)).optional()?;
    let text = text.ok_or_else(|| codec::bad_content("an answer's service is missing"))?;
    text.parse().map_err(codec::content_error)
}

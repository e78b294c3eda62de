//! Reading answers, a range at a time.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::cache::{Bounds, Filters, RangeAnswers, RangeCache};
use super::choice::{Chooser, Recorded};
use super::lines::{Line, Lines};
use super::run::RunEnd;
use super::sent::Sent;
use super::{LedgerError, codec, note_table};
use crate::model::{
    Answer, Body, Channel, Country, Counts, Interval, Note, Proof, Question, Reuse, Round, ServiceSid, Slice,
    UnixMicros, UnixSeconds, Window,
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

/// What can be read of a ledger at a time.
#[derive(Debug, Clone, Copy)]
pub(super) enum Content {
    /// All answers of a range.
    Range(Window),
    /// The ends of all ranges.
    Ends,
    /// What all answers say together.
    Lines,
}

/// What came of a look at what was read.
#[derive(Debug)]
pub(super) enum Look {
    Done(Option<Answer>),
    Needs(Content),
}

/// Whose answers are read, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope {
    /// The number of account and origin.
    pub origin: i64,
    /// Which windows the bounds that were sent stand for.
    pub interval: Interval,
    pub chooser: Chooser,
}

/// What there is to know of the run that asked.
#[derive(Debug, Clone, Copy)]
struct Asker {
    as_of: UnixSeconds,
    proof: Proof,
}

/// Finds answers of one account and origin on a connection of its own.
#[derive(Debug)]
pub(super) struct Reader {
    connection: Connection,
    path: PathBuf,
    scope: Scope,
    cache: RangeCache,
    ends: Option<Line>,
    /// What the answers to all ranges say together; read when it may tell something.
    lines: Option<Lines>,
    /// Runs met; `None` for those whose answers must not be reused.
    runs: HashMap<i64, Option<Asker>>,
    /// Services met, by their number in `texts`.
    services: HashMap<i64, ServiceSid>,
}

impl Reader {
    pub fn new(connection: Connection, path: PathBuf, scope: Scope) -> Self {
        let cache = RangeCache::new(Bounds::default());
        let (runs, services) = (HashMap::new(), HashMap::new());
        Self { connection, path, scope, cache, ends: None, lines: None, runs, services }
    }

    pub fn find(&mut self, question: &Question) -> Result<Option<Answer>, LedgerError> {
        loop {
            match self.look(question) {
                Look::Done(answer) => return Ok(answer),
                Look::Needs(content) => self.load(content)?,
            }
        }
    }

    /// Finds an answer in what was read so far, or says what else to read.
    pub fn look(&mut self, question: &Question) -> Look {
        let (chooser, slice) = (self.scope.chooser, &question.slice);
        let Some(answers) = self.cache.get(slice.range) else { return Look::Needs(Content::Range(slice.range)) };
        let exact = chooser.choose(question, answers.to(slice.into()).copied());
        if exact.is_some() || !matches!(question.reuse, Reuse::Settled | Reuse::SettledOnly) {
            return Look::Done(exact);
        }
        let Some(ends) = &self.ends else { return Look::Needs(Content::Ends) };
        if ends.tell(slice.range).is_none() {
            return Look::Done(None);
        }
        match &self.lines {
            None => Look::Needs(Content::Lines),
            Some(lines) => Look::Done(Chooser::infer(question, lines)),
        }
    }

    /// Reads something, as it is now.
    pub fn load(&mut self, content: Content) -> Result<(), LedgerError> {
        let loaded = match content {
            Content::Range(range) => self.read(range).map(|answers| self.cache.put(range, answers)),
            Content::Ends => self.read_ends().map(|ends| self.ends = Some(ends)),
            Content::Lines => self.read_lines().map(|lines| self.lines = Some(lines)),
        };
        loaded.map_err(|source| LedgerError::sqlite(&self.path, source))
    }

    /// Takes note of an answer that the writer has committed.
    pub fn add(&mut self, slice: &Slice, recorded: Recorded) {
        self.cache.add(slice, recorded);
    }

    /// Reads on through another connection; what was read so far is read again.
    pub fn reconnect(&mut self, connection: Connection) {
        *self = Self::new(connection, std::mem::take(&mut self.path), self.scope);
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    const fn sent(&self, window: Window) -> Sent {
        Sent::of(window, self.scope.interval)
    }

    /// The ends of all ranges that were asked for: what is linked here may be linked in a line.
    fn read_ends(&self) -> rusqlite::Result<Line> {
        let mut ends = Line::default();
        for range in self.ranges()? {
            ends.add(range, Counts::ZERO, UnixMicros(0));
        }
        Ok(ends)
    }

    fn read_lines(&mut self) -> rusqlite::Result<Lines> {
        let mut lines = Lines::default();
        for range in self.ranges()? {
            let answers = self.read(range)?;
            for filters in answers.filters() {
                let slice = filters.slice(range);
                if let Some(answer) = self.scope.chooser.choose_settled(slice, answers.to(filters).copied()) {
                    lines.add(slice, &answer);
                }
            }
        }
        Ok(lines.checked())
    }

    /// All ranges, each once, ascending; the index is searched for each, which skips their answers.
    fn ranges(&self) -> rusqlite::Result<Vec<Window>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT range_start, range_end FROM answers WHERE origin = ?1 AND (range_start, range_end) > (?2, ?3)
             ORDER BY range_start, range_end LIMIT 1",
        )?;
        let (mut ranges, mut last) = (Vec::new(), (i64::MIN, i64::MIN));
        while let Some((start, end)) = statement
            .query_row(params![self.scope.origin, last.0, last.1], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?
        {
            // Bounds that were sent under another interval may enclose nothing under this one.
            ranges.extend(Sent { after: UnixSeconds(start), before: UnixSeconds(end) }.window(self.scope.interval));
            last = (start, end);
        }
        Ok(ranges)
    }

    fn read(&mut self, range: Window) -> rusqlite::Result<RangeAnswers> {
        let mut statement = self.connection.prepare_cached(
            "SELECT run, service, country, channel, prefix, round, asked_at, attempts, converted, implied,
                    server_at
             FROM answers
             WHERE origin = ?1 AND range_start = ?2 AND range_end = ?3 ORDER BY id",
        )?;
        let Sent { after, before } = self.sent(range);
        let mut rows = statement.query(params![self.scope.origin, after.0, before.0])?;
        let mut answers = RangeAnswers::default();
        while let Some(row) = rows.next()? {
            let run = row.get(0)?;
            let asker = cached(&mut self.runs, run, || asker(&self.connection, run))?;
            let Some(Asker { as_of, proof }) = asker else { continue };
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
            let server_at = row.get::<_, Option<i64>>(10)?.map(UnixSeconds);
            answers.push(filters, Recorded { run, as_of, round, asked_at, counts, provenance, server_at, proof });
        }
        Ok(answers)
    }

    /// Attempts that other runs counted in each country, in ranges within a window.
    pub fn attempts_by_country(&self, within: Window) -> Result<BTreeMap<Country, i64>, LedgerError> {
        self.read_countries(within).map_err(|source| LedgerError::sqlite(&self.path, source))
    }

    fn read_countries(&self, within: Window) -> rusqlite::Result<BTreeMap<Country, i64>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT country, CAST(total(attempts) AS INTEGER) FROM answers JOIN runs ON runs.id = answers.run
             WHERE answers.origin = ?1 AND range_start BETWEEN ?2 AND ?3 AND range_end <= ?3 AND country IS NOT NULL
               AND runs.id IS NOT ?4 AND runs.status <> ?5 GROUP BY country",
        )?;
        let (Sent { after, before }, untrusted) = (self.sent(within), RunEnd::Untrusted.name());
        let Scope { origin, chooser, .. } = self.scope;
        let mut rows = statement.query(params![origin, after.0, before.0, chooser.run, untrusted])?;
        let mut attempts = BTreeMap::new();
        while let Some(row) = rows.next()? {
            attempts.insert(codec::country(row.get_ref(0)?.as_str()?)?, row.get(1)?);
        }
        Ok(attempts)
    }

    /// Whether other runs counted attempts in a range within a window.
    pub fn has_attempts(&self, within: Window) -> Result<bool, LedgerError> {
        self.read_has_attempts(within).map_err(|source| LedgerError::sqlite(&self.path, source))
    }

    fn read_has_attempts(&self, within: Window) -> rusqlite::Result<bool> {
        let mut statement = self.connection.prepare_cached(
            "SELECT EXISTS (
                 SELECT 1 FROM answers JOIN runs ON runs.id = answers.run
                 WHERE answers.origin = ?1 AND range_start BETWEEN ?2 AND ?3 AND range_end <= ?3 AND attempts > 0
                   AND runs.id IS NOT ?4 AND runs.status <> ?5
             )",
        )?;
        let (Sent { after, before }, untrusted) = (self.sent(within), RunEnd::Untrusted.name());
        let Scope { origin, chooser, .. } = self.scope;
        statement.query_row(params![origin, after.0, before.0, chooser.run, untrusted], |row| row.get(0))
    }

    pub fn notes(&self) -> Result<Vec<Note>, LedgerError> {
        let notes = note_table::all(&self.connection, self.scope.origin);
        notes.map_err(|source| LedgerError::sqlite(&self.path, source))
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
        let Sent { after, before } = self.sent(slice.range);
        let key = params![
            self.scope.origin,
            after.0,
            before.0,
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
fn asker(connection: &Connection, run: i64) -> rusqlite::Result<Option<Asker>> {
    let mut statement =
        connection.prepare_cached("SELECT iif(status = ?2, NULL, as_of), proved FROM runs WHERE id = ?1")?;
    let read = |row: &Row| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, bool>(1)?));
    let found = statement.query_row(params![run, RunEnd::Untrusted.name()], read).optional()?;
    let (as_of, is_proved) = found.ok_or_else(|| codec::bad_content("an answer belongs to no run"))?;
    let proof = if is_proved { Proof::Proved } else { Proof::Unproved };
    Ok(as_of.map(|as_of| Asker { as_of: UnixSeconds(as_of), proof }))
}

fn service(connection: &Connection, number: i64) -> rusqlite::Result<ServiceSid> {
    let mut statement = connection.prepare_cached("SELECT text FROM texts WHERE id = ?1")?;
    let text: Option<String> = statement.query_row([number], |row| row.get(0)).optional()?;
    let text = text.ok_or_else(|| codec::bad_content("an answer's service is missing"))?;
    text.parse().map_err(codec::content_error)
}

//! Reading answers, a range at a time.
//!
//! What a question costs depends on its range and on the range that the ledger recalls around, never on how much the
//! account's history holds beside them.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::attempts::Within;
use super::cache::{Bounds, RangeAnswers, RangeCache};
use super::error::LedgerError;
use super::past::PastAnswer;
use super::run::RunEnd;
use super::sent::Sent;
use super::{attempts, codec, note_table, past, run_table};
use crate::model::{
    Answer, Country, Interval, Note, Proof, Question, RunId, ServiceSid, Slice, UnixMicros, UnixSeconds, Window,
};
use crate::recall::{Filters, Gathering, Links, Neighbourhood, Recorded, ReusePolicy, Sums};

/// What can be read of a ledger at a time.
#[derive(Debug, Clone, Copy)]
pub(super) enum Content {
    /// All answers of a range.
    Range(Window),
    /// Which ranges may tell others.
    Links(Neighbourhood),
    /// What the answers to them say together.
    Sums,
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
    pub policy: ReusePolicy,
}

/// Finds answers of one account and origin on a connection of its own.
#[derive(Debug)]
pub(super) struct Reader {
    connection: Connection,
    path: PathBuf,
    scope: Scope,
    cache: RangeCache,
    /// Where sums are sought; `None`: nowhere.
    near: Option<Neighbourhood>,
    links: Option<Links>,
    /// Read when the links may tell something.
    sums: Option<Sums>,
    /// Runs met, each with its instant and how it ended.
    runs: HashMap<i64, (UnixSeconds, Option<RunEnd>)>,
    /// Services met, by their number in `texts`.
    services: HashMap<i64, ServiceSid>,
}

impl Reader {
    pub fn new(connection: Connection, path: PathBuf, scope: Scope) -> Self {
        let cache = RangeCache::new(Bounds::default());
        let (runs, services) = (HashMap::new(), HashMap::new());
        Self { connection, path, scope, cache, near: None, links: None, sums: None, runs, services }
    }

    pub const fn connection(&self) -> &Connection {
        &self.connection
    }

    pub const fn scope(&self) -> Scope {
        self.scope
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
        let slice = &question.slice;
        let Some(answers) = self.cache.get(slice.range) else { return Look::Needs(Content::Range(slice.range)) };
        let exact = self.scope.policy.choose(question, answers.to(slice.into()).copied());
        if exact.is_some() || !ReusePolicy::admits_sums(question) {
            return Look::Done(exact);
        }
        let Some(near) = self.near else { return Look::Done(None) };
        match (&self.links, &self.sums) {
            (None, _) => Look::Needs(Content::Links(near)),
            (Some(links), _) if !links.lead_to(slice.range) => Look::Done(None),
            (Some(_), None) => Look::Needs(Content::Sums),
            (Some(_), Some(sums)) => Look::Done(ReusePolicy::infer(question, sums)),
        }
    }

    /// Seeks sums around a range from now on, and nowhere else.
    pub fn recall_around(&mut self, range: Window) {
        (self.near, self.links, self.sums) = (Some(Neighbourhood::of(range)), None, None);
    }

    /// Reads something, as it is now.
    pub fn load(&mut self, content: Content) -> Result<(), LedgerError> {
        let loaded = match content {
            Content::Range(range) => self.read(range).map(|answers| self.cache.put(range, answers)),
            Content::Links(near) => self.read_links(near).map(|links| self.links = Some(links)),
            Content::Sums => self.read_sums().map(|sums| self.sums = Some(sums)),
        };
        self.checked(loaded)
    }

    /// Takes note of an answer that the writer has committed.
    pub fn add(&mut self, slice: &Slice, recorded: Recorded) {
        self.cache.add(slice, recorded);
    }

    /// Reads on through another connection; what was read so far is read again.
    pub fn reconnect(&mut self, connection: Connection) {
        let near = self.near;
        *self = Self { near, ..Self::new(connection, std::mem::take(&mut self.path), self.scope) };
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    const fn sent(&self, window: Window) -> Sent {
        Sent::of(window, self.scope.interval)
    }

    fn read_links(&self, near: Neighbourhood) -> rusqlite::Result<Links> {
        let Scope { origin, interval, .. } = self.scope;
        let hull = self.sent(near.hull());
        // Ranges that touch the hull end a second beside it under some intervals.
        let (from, to) = (hull.after.plus_seconds(-1), hull.before.plus_seconds(1));
        let mut statement = self.connection.prepare_cached(
            "SELECT range_start, range_end FROM ranges
             WHERE origin = ?1 AND doublings = ?2 AND range_start BETWEEN ?3 AND ?4 AND range_end >= ?5",
        )?;
        let mut ranges = Vec::new();
        for doublings in 0..=Sent::MOST_DOUBLINGS {
            let earliest = from.plus_seconds(2_i64.saturating_pow(doublings + 1).saturating_neg());
            let bounds = params![origin, doublings, earliest.0, to.0, from.0];
            let read = |row: &Row| Ok(Sent { after: UnixSeconds(row.get(0)?), before: UnixSeconds(row.get(1)?) });
            for sent in statement.query_map(bounds, read)? {
                // Bounds that were sent under another interval may enclose nothing under this one.
                ranges.extend(sent?.window(interval));
            }
        }
        Ok(Links::among(ranges, near))
    }

    fn read_sums(&mut self) -> rusqlite::Result<Sums> {
        let ranges = self.links.as_ref().map_or_else(Vec::new, |links| links.ranges().to_vec());
        let mut settled = Gathering::default();
        for range in ranges {
            let answers = self.read(range)?;
            for filters in answers.filters() {
                let slice = filters.slice(range);
                if let Some(answer) = self.scope.policy.choose_settled(slice, answers.to(filters).copied()) {
                    settled.add(slice, answer);
                }
            }
        }
        Ok(settled.sums())
    }

    fn read(&mut self, range: Window) -> rusqlite::Result<RangeAnswers> {
        let mut statement = self.connection.prepare_cached(
            "SELECT run, service, country, channel, prefix, round, asked_at, attempts, converted, implied,
                    server_at, proved
             FROM answers
             WHERE origin = ?1 AND range_start = ?2 AND range_end = ?3 ORDER BY id",
        )?;
        let Sent { after, before } = self.sent(range);
        let mut rows = statement.query(params![self.scope.origin, after.0, before.0])?;
        let mut answers = RangeAnswers::with_room_for(self.cache.latest());
        while let Some(row) = rows.next()? {
            let run = row.get(0)?;
            let asker = cached(&mut self.runs, run, || asker(&self.connection, run))?;
            let proof = if row.get(11)? { Proof::Proved } else { Proof::Unproved };
            let (as_of, end) = asker;
            if end.is_some_and(|end| !end.lends(proof)) {
                continue;
            }
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

    /// Every answer to a slice, in the order in which they were recorded.
    pub fn history(&self, slice: &Slice) -> Result<Vec<PastAnswer>, LedgerError> {
        self.checked(past::history(&self.connection, self.scope.origin, self.sent(slice.range), slice))
    }

    /// Attempts that other runs counted in each country, in ranges within a window.
    pub fn attempts_by_country(&self, within: Window) -> Result<BTreeMap<Country, i64>, LedgerError> {
        self.checked(attempts::by_country(&self.connection, self.within(within)))
    }

    /// Whether other runs counted attempts in a range within a window.
    pub fn has_attempts(&self, within: Window) -> Result<bool, LedgerError> {
        self.checked(attempts::any(&self.connection, self.within(within)))
    }

    /// Whether a run was recorded, and answers to a range.
    pub fn has_worked(&self, run: RunId, range: Window) -> Result<bool, LedgerError> {
        self.checked(run_table::has_worked(&self.connection, self.scope.origin, run, self.sent(range)))
    }

    /// Whether a run was answered without counts for a time that lay half an hour ahead.
    pub fn has_future_without_counts(&self, run: i64, started: UnixSeconds) -> Result<bool, LedgerError> {
        let find = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM answers WHERE origin = ?1 AND range_start > ?3 AND run = ?2
                 AND implied = 0
                    AND total_attempts IS NULL AND total_converted IS NULL AND total_unconverted IS NULL)",
            )?;
            statement.query_row(params![self.scope.origin, run, started.0 + 1800], |row| row.get(0))
        };
        self.checked(find())
    }

    pub fn notes(&self) -> Result<Vec<Note>, LedgerError> {
        self.checked(note_table::all(&self.connection, self.scope.origin))
    }

    const fn within(&self, window: Window) -> Within {
        Within { origin: self.scope.origin, run: self.scope.policy.run, bounds: self.sent(window) }
    }

    fn checked<T>(&self, found: rusqlite::Result<T>) -> Result<T, LedgerError> {
        found.map_err(|source| LedgerError::sqlite(&self.path, source))
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

/// The instant of a run, and how it ended.
fn asker(connection: &Connection, run: i64) -> rusqlite::Result<(UnixSeconds, Option<RunEnd>)> {
    let mut statement = connection.prepare_cached("SELECT as_of, status FROM runs WHERE id = ?1")?;
    let read = |row: &rusqlite::Row| Ok((UnixSeconds(row.get(0)?), RunEnd::named(row.get_ref(1)?.as_str()?)));
    let asker = statement.query_row([run], read).optional()?;
    asker.ok_or_else(|| codec::bad_content("an answer belongs to no run"))
}

fn service(connection: &Connection, number: i64) -> rusqlite::Result<ServiceSid> {
    let mut statement = connection.prepare_cached("SELECT text FROM texts WHERE id = ?1")?;
    let text: Option<String> = statement.query_row([number], |row| row.get(0)).optional()?;
    let text = text.ok_or_else(|| codec::bad_content("an answer's service is missing"))?;
    text.parse().map_err(codec::content_error)
}

//! Reading answers, a range at a time.
//!
//! What a question costs depends on its range and on the range that the ledger recalls around, never on how much the
//! account's history holds beside them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::attempts::Within;
use super::cache::{Bounds, RangeAnswers, RangeCache};
use super::database::{self, Database, Row, values};
use super::error::LedgerError;
use super::listed::look::{Listed, Seen, prefixes};
use super::listed::margins::total;
use super::listed::stock::Seeker;
use super::listed::table;
use super::lookup::Lookup;
use super::past::PastAnswer;
use super::sent::Sent;
use super::{attempts, codec, note_table, past, run_table};
use crate::model::{
    Answer, AnswerSource, Country, Interval, Note, Proof, Question, Reuse, Round, RunId, Segment, Slice, Split, Tally,
    UnixMicros, UnixSeconds, Window,
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
    /// Which windows around a range other runs listed and confirmed.
    Stock(Window),
    /// What was listed of one of them.
    Margins(Window),
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
    database: Database,
    path: PathBuf,
    scope: Scope,
    cache: RangeCache,
    /// Where sums are sought; `None`: nowhere.
    near: Option<Neighbourhood>,
    links: Option<Links>,
    /// Read when the links may tell something.
    sums: Option<Sums>,
    listed: Listed,
    lookup: Lookup,
}

impl Reader {
    pub fn new(database: Database, path: PathBuf, scope: Scope) -> Self {
        let cache = RangeCache::new(Bounds::default());
        let (listed, lookup) = (Listed::default(), Lookup::default());
        Self { database, path, scope, cache, near: None, links: None, sums: None, listed, lookup }
    }

    pub const fn database(&self) -> &Database {
        &self.database
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
        if !ReusePolicy::admits_sums(question) {
            return Look::Done(exact);
        }
        match Self::listed(&mut self.listed, question, exact) {
            Look::Done(None) => {}
            found => return found,
        }
        let Some(near) = self.near else { return Look::Done(None) };
        match (&self.links, &self.sums) {
            (None, _) => Look::Needs(Content::Links(near)),
            (Some(links), _) if !links.lead_to(slice.range) => Look::Done(None),
            (Some(_), None) => Look::Needs(Content::Sums),
            (Some(_), Some(sums)) => Self::listed(&mut self.listed, question, ReusePolicy::infer(question, sums)),
        }
    }

    /// What was listed of a slice, and counts the same as an answer to it.
    pub fn listed_as(&mut self, slice: Slice, answer: Answer) -> Result<Option<Answer>, LedgerError> {
        let question = Question { slice, round: Round::First, reuse: Reuse::SettledOnly };
        loop {
            match Self::listed(&mut self.listed, &question, Some(answer)) {
                Look::Done(found) => return Ok(found.filter(|it| it.counts == answer.counts)),
                Look::Needs(content) => self.load(content)?,
            }
        }
    }

    fn listed(listed: &mut Listed, question: &Question, known: Option<Answer>) -> Look {
        match listed.look(question, known) {
            Seen::Done(found) => Look::Done(found),
            Seen::NoStock(range) => Look::Needs(Content::Stock(range)),
            Seen::NoRows(window) => Look::Needs(Content::Margins(window)),
        }
    }

    /// Seeks sums around a range from now on, and nowhere else.
    pub fn recall_around(&mut self, range: Window) {
        (self.near, self.links, self.sums) = (Some(Neighbourhood::of(range)), None, None);
    }

    /// Finds what was listed under a split from now on.
    pub fn split_by(&mut self, split: Split) {
        self.listed = Listed::split_by(Some(split));
    }

    /// How the job splits.
    pub const fn split(&self) -> Option<&Split> {
        self.listed.split()
    }

    /// Reads something, as it is now.
    pub fn load(&mut self, content: Content) -> Result<(), LedgerError> {
        let loaded = match content {
            Content::Range(range) => self.read(range).map(|answers| self.cache.put(range, answers)),
            Content::Links(near) => self.read_links(near).map(|links| self.links = Some(links)),
            Content::Sums => self.read_sums().map(|sums| self.sums = Some(sums)),
            Content::Stock(range) => self.read_stock(range),
            Content::Margins(window) => {
                let Self { database, listed, lookup, .. } = self;
                listed.load(window, |piece| table::rows(database, piece, lookup))
            }
        };
        self.checked(loaded)
    }

    /// Takes note of an answer that the writer has committed.
    pub fn add(&mut self, slice: &Slice, recorded: Recorded) {
        self.cache.add(slice, recorded);
    }

    /// Reads on through another connection; what was read so far is read again.
    pub fn reconnect(&mut self, database: Database) {
        let (near, listed) = (self.near, Listed::split_by(self.split().cloned()));
        *self = Self { near, listed, ..Self::new(database, std::mem::take(&mut self.path), self.scope) };
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    const fn sent(&self, window: Window) -> Sent {
        Sent::of(window, self.scope.interval)
    }

    fn read_links(&self, near: Neighbourhood) -> database::Result<Links> {
        let Scope { origin, interval, .. } = self.scope;
        let hull = self.sent(near.hull());
        // Ranges that touch the hull end a second beside it under some intervals.
        let (from, to) = (hull.after.plus_seconds(-1), hull.before.plus_seconds(1));
        let statement = "SELECT range_start, range_end FROM ranges
             WHERE origin = ?1 AND doublings = ?2 AND range_start BETWEEN ?3 AND ?4 AND range_end >= ?5";
        let mut ranges = Vec::new();
        for doublings in 0..=Sent::MOST_DOUBLINGS {
            let earliest = from.plus_seconds(2_i64.saturating_pow(doublings + 1).saturating_neg());
            let bounds = values![origin, doublings, earliest.0, to.0, from.0];
            self.database.each(statement, bounds, |row| {
                let sent = Sent { after: UnixSeconds(row.integer(0)?), before: UnixSeconds(row.integer(1)?) };
                // Bounds that were sent under another interval may enclose nothing under this one.
                ranges.extend(sent.window(interval));
                Ok(())
            })?;
        }
        Ok(Links::among(ranges, near))
    }

    fn read_sums(&mut self) -> database::Result<Sums> {
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

    fn read(&mut self, range: Window) -> database::Result<RangeAnswers> {
        let Sent { after, before } = self.sent(range);
        let mut answers = RangeAnswers::with_room_for(self.cache.latest());
        let Self { database, lookup, scope, .. } = self;
        database.each(
            "SELECT run, service, country, channel, prefix, round, asked_at, attempts, converted, implied,
                    server_at, proved
             FROM answers
             WHERE origin = ?1 AND range_start = ?2 AND range_end = ?3 ORDER BY id",
            values![scope.origin, after.0, before.0],
            |row| {
                if let Some((filters, recorded)) = recorded(row, database, lookup)? {
                    answers.push(filters, recorded);
                }
                Ok(())
            },
        )?;
        Ok(answers)
    }

    /// Reads which windows of others may be told: all around the range that the ledger recalls around, so that a planner
    /// which goes from window to window needs it once.
    fn read_stock(&mut self, range: Window) -> database::Result<()> {
        let Some(split) = self.listed.split() else { return Ok(()) };
        let hull = self.near.map(Neighbourhood::hull).filter(|hull| hull.contains(range)).unwrap_or(range);
        let Scope { origin, policy: ReusePolicy { run, settling }, .. } = self.scope;
        let seeker = Seeker { run, split: &split.key, prefixes: &prefixes(Some(split)), settling };
        let stock = table::stock(&self.database, (origin, seeker), hull, &mut self.lookup)?;
        self.listed.put_stock(hull, stock);
        Ok(())
    }

    /// What listed attempts of a segment add up to.
    pub fn find_listed(&mut self, segment: &Segment) -> Result<Option<Tally>, LedgerError> {
        let found = match segment.reuse {
            reuse if reuse.may_ask() => self.read_own(segment.range),
            Reuse::SettledOnly => self.read_listed(segment.range),
            _ => Ok(None),
        };
        self.checked(found)
    }

    fn read_own(&mut self, range: Window) -> database::Result<Option<Tally>> {
        let (Some(split), Some(run)) = (self.listed.split(), self.scope.policy.run) else { return Ok(None) };
        let own = (self.scope.origin, run);
        let found = table::own(&self.database, own, range, &prefixes(Some(split)), &mut self.lookup)?;
        let Some((piece, head)) = found else { return Ok(None) };
        let rows = table::rows(&self.database, &piece, &mut self.lookup)?;
        let counts = total(&rows).ok_or_else(|| codec::bad_content("more attempts than can be counted"))?;
        Ok(Some(Tally { rows, answer: head.answer(counts, AnswerSource::ThisRun) }))
    }

    fn read_listed(&mut self, range: Window) -> database::Result<Option<Tally>> {
        if self.listed.lacks_stock(range) {
            self.read_stock(range)?;
        }
        let Self { database, listed, lookup, .. } = self;
        listed.tally(range, |piece| table::rows(database, piece, lookup))
    }

    /// Every answer to a slice, in the order in which they were recorded.
    pub fn history(&self, slice: &Slice) -> Result<Vec<PastAnswer>, LedgerError> {
        self.checked(past::history(&self.database, self.scope.origin, self.sent(slice.range), slice))
    }

    /// Attempts that other runs counted in each country, in ranges within a window.
    pub fn attempts_by_country(&self, within: Window) -> Result<BTreeMap<Country, i64>, LedgerError> {
        self.checked(attempts::by_country(&self.database, self.within(within)))
    }

    /// Whether other runs counted attempts in a range within a window.
    pub fn has_attempts(&self, within: Window) -> Result<bool, LedgerError> {
        self.checked(attempts::any(&self.database, self.within(within)))
    }

    /// Whether a run was recorded, and answers to a range, or a list of it.
    pub fn has_worked(&self, run: RunId, range: Window) -> Result<bool, LedgerError> {
        self.checked(run_table::has_worked(&self.database, self.scope.origin, run, range, self.sent(range)))
    }

    /// Whether a run was answered without counts for a time that lay half an hour ahead.
    pub fn has_future_without_counts(&self, run: i64, started: UnixSeconds) -> Result<bool, LedgerError> {
        self.checked(self.database.only(
            "SELECT EXISTS (SELECT 1 FROM answers WHERE origin = ?1 AND range_start > ?3 AND run = ?2 AND implied = 0
                AND total_attempts IS NULL AND total_converted IS NULL AND total_unconverted IS NULL)",
            values![self.scope.origin, run, started.0 + 1800],
            |row| row.flag(0),
        ))
    }

    pub fn notes(&self) -> Result<Vec<Note>, LedgerError> {
        self.checked(note_table::all(&self.database, self.scope.origin))
    }

    const fn within(&self, window: Window) -> Within {
        Within { origin: self.scope.origin, run: self.scope.policy.run, window, bounds: self.sent(window) }
    }

    /// Names the ledger in an error.
    pub fn checked<T>(&self, found: database::Result<T>) -> Result<T, LedgerError> {
        found.map_err(|source| LedgerError::of(&self.path, source))
    }
}

/// A row of `answers`, unless its run lends it to nobody.
fn recorded(row: &Row, database: &Database, lookup: &mut Lookup) -> database::Result<Option<(Filters, Recorded)>> {
    let run = row.integer(0)?;
    let asker = lookup.run(database, run)?;
    let proof = if row.flag(11)? { Proof::Proved } else { Proof::Unproved };
    if !asker.lends(proof) {
        return Ok(None);
    }
    let filters = Filters {
        service: row.maybe_integer(1)?.map(|number| lookup.service(database, number)).transpose()?,
        country: row.maybe_text(2)?.map(codec::country).transpose()?,
        channel: row.maybe_text(3)?.map(codec::channel).transpose()?,
        prefix: row.maybe_integer(4)?.map(codec::prefix).transpose()?,
    };
    let recorded = Recorded {
        run,
        as_of: asker.as_of,
        round: codec::round(row.integer(5)?)?,
        asked_at: UnixMicros(row.integer(6)?),
        counts: codec::counts(row.integer(7)?, row.integer(8)?)?,
        provenance: codec::provenance(row.integer(9)?)?,
        server_at: row.maybe_integer(10)?.map(UnixSeconds),
        proof,
    };
    Ok(Some((filters, recorded)))
}

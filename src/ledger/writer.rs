//! The one writer: a thread that commits whatever is queued, at once, as one group.
//!
//! It never waits for more to come. While a group is being synced the next one gathers, so groups grow with the load
//! and a lone answer is durable after one sync.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use tokio::sync::mpsc::{Receiver, Sender};

use super::database::{self, Database, Value, values};
use super::error::LedgerError;
use super::fence::{Fence, Passed};
use super::home::Home;
use super::listed::table;
use super::log::{Inference, NewAnswer, Pending};
use super::run::Owner;
use super::sent::Sent;
use super::step::{LedgerStep, StepHook};
use super::texts::Texts;
use super::{codec, run_table};
use crate::model::{Body, Channel, Country, Counts, Round, Slice, UnixMicros, UnixSeconds};
use crate::postgres::Absence;

/// The most answers and tallies of one group: it bounds how long the first of them waits.
const GROUP: usize = 64;

/// How many ranges are remembered.
const REMEMBERED: usize = 4096;

/// What a group's end was: the tickets that are durable now, or why none is any more.
pub(super) type Acknowledgement = Result<Vec<u64>, LedgerError>;

#[derive(Debug)]
pub(super) struct Writer {
    pub database: Database,
    pub home: Home,
    pub owner: Owner,
    /// Where hosts could follow one another.
    pub fence: Option<Fence>,
    pub queue: Receiver<Pending>,
    pub acknowledgements: Sender<Acknowledgement>,
    /// Set once, by the first failure.
    pub failure: Arc<OnceLock<Failed>>,
    pub hook: StepHook,
}

/// The first failure in words, and whether a server was away.
pub(super) type Failed = (String, bool);

/// What writes on where a writer ended.
#[derive(Debug)]
pub(super) struct Desk {
    pub database: Database,
    pub fence: Option<Fence>,
}

impl Writer {
    /// Commits until the queue is closed and empty, and hands back what is needed to write on; `None` after a failure.
    pub fn run(mut self) -> Option<Desk> {
        let mut known = Known::default();
        let mut seen = UnixSeconds(i64::MIN);
        let mut group = Vec::with_capacity(GROUP);
        while self.queue.blocking_recv_many(&mut group, GROUP) > 0 {
            if let Err(error) = self.commit_where_it_counts(&group, &mut known, &mut seen) {
                self.home.before_closing(&self.database);
                // The field is set here alone. Nobody need be left to hear of it.
                let _ = self.failure.set((error.to_string(), error.absence().is_some()));
                let _ = self.acknowledgements.blocking_send(Err(error));
                return None;
            }
            self.hook.reached(LedgerStep::BatchCommitted);
            let tickets = group.drain(..).map(|pending| pending.ticket()).collect();
            // A caller that went away needs no tickets, but what it recorded is kept.
            let _ = self.acknowledgements.blocking_send(Ok(tickets));
            self.hook.reached(LedgerStep::BatchReported);
        }
        Some(Desk { database: self.database, fence: self.fence })
    }

    fn commit_where_it_counts(
        &mut self,
        group: &[Pending],
        known: &mut Known,
        seen: &mut UnixSeconds,
    ) -> Result<(), LedgerError> {
        self.home.patiently(|| {
            self.home.check()?;
            let committed = self.commit(group, known, *seen);
            if committed.is_err() {
                // What it had added is gone.
                *known = Known::default();
            }
            committed.map_err(|source| self.home.failed(source))
        })?;
        if let Some(fence) = &mut self.fence {
            fence.passed();
        }
        *seen = latest(group).floor_seconds().max(*seen);
        self.home.check_committed()
    }

    fn commit(&self, group: &[Pending], known: &mut Known, seen: UnixSeconds) -> database::Result<()> {
        let _turn = self.home.turn();
        self.database.write(|database| {
            let passed = self.fence.as_ref().map(|fence| fence.pass(database, self.owner.run)).transpose()?;
            if passed == Some(Passed::Before) {
                return Ok(());
            }
            self.hook.reached(LedgerStep::BatchBegun);
            known.as_of_connection(database.connections());
            let answers = group.iter().filter_map(|pending| match pending {
                Pending::Answer(answer) => Some(answer),
                Pending::Tally { .. } => None,
            });
            add(database, self.owner, known, answers.map(Row::from))?;
            for pending in group {
                if let Pending::Tally { ticket: _, tally, prefixes } = pending {
                    table::add(database, self.owner, tally, prefixes, &mut known.texts)?;
                }
            }
            // Once a second of the run's time is often enough for a run that stays open for an hour.
            let latest = latest(group);
            if latest.floor_seconds() > seen {
                run_table::seen(database, self.owner.run, latest)?;
            }
            self.hook.reached(LedgerStep::BatchInserted);
            Ok(())
        })
    }
}

/// When the latest of a group was asked.
fn latest(group: &[Pending]) -> UnixMicros {
    group.iter().map(Pending::asked_at).max().unwrap_or(UnixMicros(i64::MIN))
}

const INSERT: &str =
    "INSERT INTO answers (origin, run, range_start, range_end, service, country, channel, prefix, round,
        asked_at, attempts, converted, total_attempts, total_converted, total_unconverted, rate, url, implied,
        server_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";

/// What a row says.
struct Row<'a> {
    slice: &'a Slice,
    round: Round,
    asked_at: UnixMicros,
    counts: Counts,
    /// The answer as received; `None`: nobody answered, it is implied.
    body: Option<&'a Body>,
    /// The server's time when it answered.
    server_at: Option<UnixSeconds>,
}

impl<'a> From<&'a NewAnswer> for Row<'a> {
    fn from(answer: &'a NewAnswer) -> Self {
        let &NewAnswer { ticket: _, ref question, asked_at, ref body, counts, server_at } = answer;
        Self { slice: &question.slice, round: question.round, asked_at, counts, body: Some(body), server_at }
    }
}

fn add<'a>(
    database: &Database,
    owner: Owner,
    known: &mut Known,
    rows: impl Iterator<Item = Row<'a>>,
) -> database::Result<()> {
    database.execute_each(INSERT, rows.map(|row| columns(database, owner, known, &row)))
}

/// What stands in the columns of a row, once the other tables hold what it names.
fn columns<'a>(
    database: &Database,
    owner: Owner,
    known: &mut Known,
    row: &Row<'a>,
) -> database::Result<Vec<Value<'a>>> {
    let &Row { slice, round, asked_at, counts, body, server_at } = row;
    let sent = Sent::of(slice.range, owner.interval);
    known.ranges.enter(database, owner.origin, sent)?;
    let service = slice.service.map(|service| known.texts.number(database, &service.to_string())).transpose()?;
    let url = match body.and_then(|body| body.url.as_ref()) {
        Some(Some(url)) => Some(known.texts.number(database, url)?),
        Some(None) => Some(codec::NULL_URL),
        None => None,
    };
    Ok(values![
        owner.origin,
        owner.run,
        sent.after.0,
        sent.before.0,
        service,
        slice.country.as_ref().map(Country::code),
        slice.channel.map(Channel::name),
        slice.prefix.map(codec::prefix_number),
        codec::round_number(round),
        asked_at.0,
        counts.attempts(),
        counts.converted(),
        body.and_then(|body| body.total_attempts),
        body.and_then(|body| body.total_converted),
        body.and_then(|body| body.total_unconverted),
        body.and_then(|body| body.conversion_rate_percentage.as_ref()).map(codec::rate_literal),
        url,
        body.is_none(),
        server_at.map(|at| at.0),
    ]
    .to_vec())
}

/// Keeps what a run's answers imply, range by range: later runs read a range at a time, and rows that lie together cost
/// a read of the disk for all of them, not for each.
pub(super) fn add_inferences(database: &Database, owner: Owner, inferences: &[Inference]) -> database::Result<()> {
    let mut by_range: Vec<&Inference> = inferences.iter().collect();
    by_range.sort_by_key(|inference| inference.slice.range);
    let rows = by_range.into_iter().map(|&Inference { ref slice, counts, asked_at }| Row {
        slice,
        round: Round::First,
        asked_at,
        counts,
        body: None,
        server_at: None,
    });
    add(database, owner, &mut Known::default(), rows)
}

/// What is known to stand in the other tables. It stays right for as long as the connection lasts: only pruning removes
/// anything, and that needs the ledger for itself.
#[derive(Debug, Default)]
struct Known {
    texts: Texts,
    ranges: Ranges,
    connection: u64,
}

impl Known {
    /// Forgets what was known over another connection.
    fn as_of_connection(&mut self, connection: u64) {
        if self.connection != connection {
            *self = Self { connection, ..Self::default() };
        }
    }
}

/// The ranges met.
#[derive(Debug, Default)]
struct Ranges(HashSet<Sent>);

impl Ranges {
    fn enter(&mut self, database: &Database, origin: i64, range: Sent) -> database::Result<()> {
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        if self.0.insert(range) {
            let insert = "INSERT INTO ranges (origin, doublings, range_start, range_end) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO NOTHING";
            database.execute(insert, values![origin, range.doublings(), range.after.0, range.before.0])?;
        }
        Ok(())
    }
}

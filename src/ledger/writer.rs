//! The one writer: a thread that commits whatever is queued, at once, as one group.
//!
//! It never waits for more to come. While a group is being synced the next one gathers, so groups grow with the load
//! and a lone answer is durable after one sync.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use rusqlite::{CachedStatement, Connection, TransactionBehavior, params};
use tokio::sync::mpsc::{Receiver, Sender};

use super::{Inference, LedgerError, Record, Step, StepHook, codec, run_table};
use crate::model::{Body, Channel, Country, Counts, Round, Slice, UnixMicros, UnixSeconds};

/// The most answers of one group: it bounds how long the first of them waits.
const GROUP: usize = 64;

/// How many different texts are remembered; there are few, unless every answer brings a url of its own.
const TEXTS: usize = 4096;

/// What a group's end was: the tickets that are durable now, or why none is any more.
pub(super) type Acknowledgement = Result<Vec<u64>, LedgerError>;

#[derive(Debug)]
pub(super) struct Writer {
    pub connection: Connection,
    pub path: PathBuf,
    pub origin: i64,
    pub run: i64,
    pub queue: Receiver<Record>,
    pub acknowledgements: Sender<Acknowledgement>,
    /// Set once, by the first failure.
    pub failure: Arc<OnceLock<String>>,
    pub hook: StepHook,
}

impl Writer {
    /// Commits until the queue is closed and empty, and hands the connection back; `None` after a failure.
    pub fn run(mut self) -> Option<Connection> {
        let mut texts = Texts::default();
        let mut seen = UnixSeconds(i64::MIN);
        let mut group = Vec::with_capacity(GROUP);
        while self.queue.blocking_recv_many(&mut group, GROUP) > 0 {
            if let Err(source) = self.commit(&group, &mut texts, &mut seen) {
                let error = LedgerError::sqlite(&self.path, source);
                // The field is set here alone. Nobody need be left to hear of it.
                let _ = self.failure.set(error.to_string());
                let _ = self.acknowledgements.blocking_send(Err(error));
                return None;
            }
            self.hook.reached(Step::BatchCommitted);
            let tickets = group.drain(..).map(|record| record.ticket).collect();
            // A caller that went away needs no tickets, but what it recorded is kept.
            let _ = self.acknowledgements.blocking_send(Ok(tickets));
            self.hook.reached(Step::BatchReported);
        }
        Some(self.connection)
    }

    fn commit(&mut self, group: &[Record], texts: &mut Texts, seen: &mut UnixSeconds) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        self.hook.reached(Step::BatchBegun);
        let mut insert = transaction.prepare_cached(INSERT)?;
        for record in group {
            let Record { ticket: _, question, asked_at, body, counts, server_at: _ } = record;
            let round = question.round;
            let row = Row { slice: &question.slice, round, asked_at: *asked_at, counts: *counts, body: Some(body) };
            add(&transaction, &mut insert, self.origin, self.run, &row, texts)?;
        }
        drop(insert);
        // Once a second of the run's time is often enough for a run that stays open for an hour.
        let latest = group.iter().map(|record| record.asked_at).max().unwrap_or(UnixMicros(i64::MIN));
        if latest.floor_seconds() > *seen {
            run_table::seen(&transaction, self.run, latest)?;
            *seen = latest.floor_seconds();
        }
        self.hook.reached(Step::BatchInserted);
        transaction.commit()
    }
}

const INSERT: &str =
    "INSERT INTO answers (origin, run, range_start, range_end, service, country, channel, prefix, round,
        asked_at, attempts, converted, total_attempts, total_converted, total_unconverted, rate, url, implied)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)";

/// What a row says.
struct Row<'a> {
    slice: &'a Slice,
    round: Round,
    asked_at: UnixMicros,
    counts: Counts,
    /// The answer as received; `None`: nobody answered, it is implied.
    body: Option<&'a Body>,
}

fn add(
    connection: &Connection,
    insert: &mut CachedStatement,
    origin: i64,
    run: i64,
    row: &Row,
    texts: &mut Texts,
) -> rusqlite::Result<()> {
    let &Row { slice, round, asked_at, counts, body } = row;
    let service = match slice.service {
        Some(service) => Some(texts.number(connection, &service.to_string())?),
        None => None,
    };
    let url = match body.and_then(|body| body.url.as_ref()) {
        Some(Some(url)) => Some(texts.number(connection, url)?),
        Some(None) => Some(codec::NULL_URL),
        None => None,
    };
    insert.execute(params![
        origin,
        run,
        slice.range.start().0,
        slice.range.end().0,
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
        i64::from(body.is_none()),
    ])?;
    Ok(())
}

/// Keeps what a run's answers imply.
pub(super) fn add_inferences(
    connection: &Connection,
    origin: i64,
    run: i64,
    inferences: &[Inference],
) -> rusqlite::Result<()> {
    let mut texts = Texts::default();
    let mut insert = connection.prepare_cached(INSERT)?;
    for &Inference { ref slice, counts, asked_at } in inferences {
        let row = Row { slice, round: Round::First, asked_at, counts, body: None };
        add(connection, &mut insert, origin, run, &row, &mut texts)?;
    }
    Ok(())
}

/// The numbers of texts met. They stay right for as long as the ledger is open: only pruning removes texts, and that
/// needs the ledger for itself.
#[derive(Debug, Default)]
struct Texts(HashMap<String, i64>);

impl Texts {
    fn number(&mut self, connection: &Connection, text: &str) -> rusqlite::Result<i64> {
        if let Some(number) = self.0.get(text) {
            return Ok(*number);
        }
        connection.prepare_cached("INSERT OR IGNORE INTO texts (text) VALUES (?1)")?.execute([text])?;
        let number =
            connection.prepare_cached("SELECT id FROM texts WHERE text = ?1")?.query_row([text], |row| row.get(0))?;
        if self.0.len() >= TEXTS {
            self.0.clear();
        }
        self.0.insert(text.to_owned(), number);
        Ok(number)
    }
}

//! The ledger of a run, in a database.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::anchor::Anchor;
use super::database::Database;
use super::error::LedgerError;
use super::fence::{Fence, Passed};
use super::home::Home;
use super::listed::look::prefixes;
use super::listed::table;
use super::log::{AnswerLog, FindAnswer, NewAnswer, Pending};
use super::past::PastAnswer;
use super::reader::{Reader, Scope};
use super::run::{BegunRun, EndOfRun, Origin, Owner, RunEnd, RunRequest};
use super::schema;
use super::sent::Sent;
use super::step::{LedgerStep, StepHook};
use super::writer::{self, Acknowledgement, Desk, Failed, Writer};
use super::{note_table, run_table};
use crate::model::{
    Answer, Country, NewTally, Note, Proof, Provenance, Question, RunId, Segment, Slice, Split, Tally, Window,
};
use crate::recall::{Recorded, ReusePolicy};
use crate::state::{State, StateDirectory};

/// How a ledger is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LedgerOptions {
    /// How many answers and tallies may be recorded and not yet acknowledged: the run's concurrency.
    pub unacknowledged: NonZeroUsize,
    /// How long to wait for another process that is writing.
    pub lock_wait: Duration,
}

impl LedgerOptions {
    /// Long enough for a queue of other writers, short enough to notice one that hangs.
    pub const LOCK_WAIT: Duration = Duration::from_secs(30);
}

/// A run's ledger: one thread writes, lookups read on a connection of their own.
///
/// Dropping it without [`Ledger::end_run`] leaves the run open, as a crash would, but still writes what was recorded.
#[derive(Debug)]
pub struct Ledger {
    run: BegunRun,
    pub(super) owner: Owner,
    pub(super) home: Home,
    pub(super) reader: Reader,
    /// `None` once the ledger is closing.
    queue: Option<Sender<Pending>>,
    acknowledgements: Receiver<Acknowledgement>,
    writer: Option<JoinHandle<Option<Desk>>>,
    failure: Arc<OnceLock<Failed>>,
    /// What is recorded and not yet acknowledged, by ticket; `None`: a tally, which is read from the file.
    unacknowledged: HashMap<u64, Option<(Slice, Recorded)>>,
    limit: usize,
    hook: StepHook,
}

impl Ledger {
    /// Opens the ledger of a state directory, making both where they are missing, and begins a run or takes one up.
    ///
    /// # Errors
    /// The directory cannot be written, or the ledger is locked, damaged, foreign or of a newer format.
    pub fn begin_run(
        dir: &Path,
        origin: &Origin,
        request: &RunRequest,
        options: LedgerOptions,
    ) -> Result<Self, LedgerError> {
        Self::begin_in_directory(dir, None, origin, request, options, StepHook::none())
    }

    /// The same in a state that this process may use, and as long as it may; the hook listens to the ledger's steps.
    ///
    /// # Errors
    /// As [`Ledger::begin_run`]; or a server cannot be reached, or has tables of a newer format.
    pub fn begin_run_in(
        state: &State,
        origin: &Origin,
        request: &RunRequest,
        options: LedgerOptions,
        hook: StepHook,
    ) -> Result<Self, LedgerError> {
        match state {
            State::Directory(directory) => {
                Self::begin_in_directory(directory.folder(), Some(directory), origin, request, options, hook)
            }
            State::Server(server, lease) => {
                let home = Home::Server { server: (**server).clone(), lease: lease.clone() };
                Self::begin_at(home, origin, request, options.unacknowledged, hook)
            }
        }
    }

    pub(super) fn begin_in_directory(
        dir: &Path,
        state: Option<&StateDirectory>,
        origin: &Origin,
        request: &RunRequest,
        options: LedgerOptions,
        hook: StepHook,
    ) -> Result<Self, LedgerError> {
        let path = schema::create_in(dir)?;
        hook.reached(LedgerStep::LedgerCreated);
        let anchor = Anchor::of(&path, state)?;
        let home = Home::File { path, anchor, lock_wait: options.lock_wait };
        Self::begin_at(home, origin, request, options.unacknowledged, hook)
    }

    fn begin_at(
        home: Home,
        origin: &Origin,
        request: &RunRequest,
        unacknowledged: NonZeroUsize,
        hook: StepHook,
    ) -> Result<Self, LedgerError> {
        let writing = home.open()?;
        home.check()?;
        let enter = |database: &Database| {
            let origin = run_table::add_origin(database, origin)?;
            let (number, run) = run_table::begin(database, origin, request)?;
            let fence = Fence::take(database, number, home.lease())?;
            hook.reached(LedgerStep::RunEntered);
            Ok((origin, number, run, fence))
        };
        let begun = home.patiently(|| {
            let _turn = home.turn();
            writing.write(enter).map_err(|source| home.failed(source))
        });
        let (origin, number, run, fence) = begun?;
        // What a try entered whose acknowledgement was lost is none that had begun before.
        let run = BegunRun { taken_up: run.taken_up && run.started_at != request.now.into(), ..run };
        hook.reached(LedgerStep::RunOpened);

        let reading = home.open()?;
        let policy = ReusePolicy { run: Some(number), settling: request.settling };
        let owner = Owner { origin, run: number, interval: request.interval };
        let reader = Reader::new(reading, home.path(), Scope { origin, interval: request.interval, policy });
        let limit = unacknowledged.get();
        let (queue, queued) = channel(limit);
        // A group has at least one answer, so there is room for the end of every group, and for a failure.
        let (acknowledge, acknowledgements) = channel(limit + 1);
        let failure = Arc::new(OnceLock::new());
        let writer = Writer {
            database: writing.for_origin(origin),
            home: home.clone(),
            owner,
            fence,
            queue: queued,
            acknowledgements: acknowledge,
            failure: Arc::clone(&failure),
            hook: hook.clone(),
        };
        let thread = thread::Builder::new().name("ledger".to_owned());
        let writer = thread.spawn(move || writer.run()).map_err(LedgerError::Writer)?;
        Ok(Self {
            run,
            owner,
            home,
            reader,
            queue: Some(queue),
            acknowledgements,
            writer: Some(writer),
            failure,
            unacknowledged: HashMap::with_capacity(limit),
            limit,
            hook,
        })
    }

    /// The run that this ledger was opened for.
    #[must_use]
    pub const fn run(&self) -> &BegunRun {
        &self.run
    }

    /// Tells the range that holds all questions, the job's: around it, sums of other runs' answers are sought for what
    /// none of them is about. Until then, and elsewhere, none is told.
    pub fn recall_around(&mut self, range: Window) {
        self.reader.recall_around(range);
    }

    /// Tells how the job splits what is listed. Until then nothing listed is found, and no window can be confirmed.
    pub fn split_by(&mut self, split: Split) {
        self.reader.split_by(split);
    }

    /// What other runs listed of a slice, where it counts the same as an answer that passed the checks of its run: what a
    /// later run will find in the answer's place, with its cost.
    ///
    /// # Errors
    /// The ledger is damaged or cannot be read.
    pub fn listed_as(&mut self, slice: Slice, answer: Answer) -> Result<Option<Answer>, LedgerError> {
        self.reader.listed_as(slice, answer)
    }

    /// Every answer ever recorded to a slice, in the order of recording.
    ///
    /// # Errors
    /// The ledger is damaged or cannot be read.
    pub fn history(&self, slice: &Slice) -> Result<Vec<PastAnswer>, LedgerError> {
        self.reader.history(slice)
    }

    /// How many attempts earlier runs counted in each country, in ranges within a window; ranges that overlap count
    /// twice. It is a hint of where to look first, and nothing to publish.
    ///
    /// # Errors
    /// The ledger is damaged or cannot be read.
    pub fn attempts_by_country(&self, within: Window) -> Result<BTreeMap<Country, i64>, LedgerError> {
        self.reader.attempts_by_country(within)
    }

    /// Whether this run was answered without counts for a time that lay ahead, so that this is a form of zero.
    ///
    /// # Errors
    /// The ledger is damaged or cannot be read.
    pub fn has_future_without_counts(&self) -> Result<bool, LedgerError> {
        self.reader.has_future_without_counts(self.owner.run, self.run.started_at.floor_seconds())
    }

    /// What earlier runs saw of the account, by name.
    ///
    /// # Errors
    /// The ledger is damaged or cannot be read.
    pub fn notes(&self) -> Result<Vec<Note>, LedgerError> {
        self.reader.notes()
    }

    /// Whether earlier runs know of attempts in ranges that lie wholly inside a window; those of runs that met an
    /// ignored filter don't count.
    ///
    /// # Errors
    /// The ledger is damaged or cannot be read.
    pub fn has_attempts(&self, within: Window) -> Result<bool, LedgerError> {
        self.reader.has_attempts(within)
    }

    /// Whether a run worked with this ledger, and it holds answers to a range that it published, or a list of it.
    ///
    /// # Errors
    /// The ledger is damaged or cannot be read.
    pub fn has_worked(&self, run: RunId, range: Window) -> Result<bool, LedgerError> {
        self.reader.has_worked(run, range)
    }

    /// Writes what is still queued, then in one step how the run ended and what is kept of it, and closes the ledger.
    /// It blocks for as long as that takes: a few milliseconds, unless another process holds the lock.
    ///
    /// # Errors
    /// A write failed, now or before; the run then stays open.
    pub fn end_run(mut self, kept: &EndOfRun, now: DateTime<Utc>) -> Result<(), LedgerError> {
        let Desk { database, fence } = self.close().ok_or_else(|| self.earlier_failure())?;
        let ended = self.write_end(&database, fence.as_ref(), kept, now);
        self.home.before_closing(&database);
        ended
    }

    fn write_end(
        &self,
        database: &Database,
        fence: Option<&Fence>,
        kept: &EndOfRun,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        self.home.check()?;
        let write = |database: &Database| {
            if fence.map(|fence| fence.pass(database, self.owner.run)).transpose()? == Some(Passed::Before) {
                return Ok(());
            }
            writer::add_inferences(database, self.owner, kept.inferences)?;
            note_table::update(database, self.owner.origin, kept.forgotten_notes, kept.notes)?;
            let bounds: Vec<Sent> = kept.proved.iter().map(|&range| Sent::of(range, self.owner.interval)).collect();
            run_table::prove(database, self.owner.origin, &bounds)?;
            if let Some(split) = self.reader.split().filter(|_| kept.end != RunEnd::Untrusted) {
                table::confirm(database, self.owner, (&split.key, &prefixes(Some(split))), kept.confirmed)?;
            }
            run_table::end(database, self.owner.run, kept.end, now.into())
        };
        self.home.patiently(|| {
            let _turn = self.home.turn();
            database.write(write).map_err(|source| self.home.failed(source))
        })?;
        self.home.check()?;
        self.hook.reached(LedgerStep::RunEnded);
        Ok(())
    }

    /// Ends the writer once its queue is empty.
    fn close(&mut self) -> Option<Desk> {
        self.queue = None;
        // A writer that panicked is like one that failed.
        self.writer.take()?.join().ok().flatten()
    }

    fn earlier_failure(&self) -> LedgerError {
        let unexpected = || ("the writer ended unexpectedly".to_owned(), false);
        let (cause, was_absence) = self.failure.get().cloned().unwrap_or_else(unexpected);
        LedgerError::EarlierFailure { cause, was_absence }
    }
}

impl FindAnswer for Ledger {
    fn find(&mut self, question: &Question) -> Result<Option<Answer>, LedgerError> {
        self.reader.find(question)
    }

    fn find_listed(&mut self, segment: &Segment) -> Result<Option<Tally>, LedgerError> {
        self.reader.find_listed(segment)
    }
}

impl Ledger {
    /// Hands something to the writer, with what is to be known of it once it is durable.
    fn enqueue(&mut self, pending: Pending, known: Option<(Slice, Recorded)>) -> Result<(), LedgerError> {
        if self.unacknowledged.len() >= self.limit {
            return Err(LedgerError::TooManyUnacknowledged { limit: self.limit });
        }
        let ticket = pending.ticket();
        // The writer says so before it goes: its queue may still be open.
        let queue = self.queue.as_ref().filter(|_| self.failure.get().is_none());
        let Some(queue) = queue else { return Err(self.earlier_failure()) };
        match queue.try_send(pending) {
            Ok(()) => {}
            // Cannot be: the queue has room for all that may be unacknowledged.
            Err(TrySendError::Full(_)) => return Err(LedgerError::TooManyUnacknowledged { limit: self.limit }),
            Err(TrySendError::Closed(_)) => return Err(self.earlier_failure()),
        }
        self.unacknowledged.insert(ticket, known);
        Ok(())
    }
}

impl AnswerLog for Ledger {
    fn record(&mut self, record: NewAnswer) -> Result<(), LedgerError> {
        let recorded = Recorded {
            run: self.owner.run,
            as_of: self.run.as_of,
            round: record.question.round,
            asked_at: record.asked_at,
            counts: record.counts,
            provenance: Provenance::Measured,
            server_at: record.server_at,
            proof: Proof::Unproved,
        };
        let slice = record.question.slice;
        self.enqueue(Pending::Answer(record), Some((slice, recorded)))
    }

    fn record_tally(&mut self, ticket: u64, tally: NewTally) -> Result<(), LedgerError> {
        let prefixes = prefixes(self.reader.split());
        self.enqueue(Pending::Tally { ticket, tally, prefixes }, None)
    }

    async fn committed(&mut self) -> Result<Vec<u64>, LedgerError> {
        let durable = self.acknowledgements.recv().await.ok_or_else(|| self.earlier_failure())??;
        for ticket in &durable {
            if let Some(Some((slice, recorded))) = self.unacknowledged.remove(ticket) {
                self.reader.add(&slice, recorded);
            }
        }
        Ok(durable)
    }
}

/// Waits for the writer, so that no thread outlives its ledger.
impl Drop for Ledger {
    fn drop(&mut self) {
        if let Some(Desk { database, .. }) = self.close() {
            self.home.before_closing(&database);
        }
        self.home.before_closing(self.reader.database());
    }
}

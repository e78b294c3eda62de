//! A ledger in memory, for tests and simulations on virtual time: no thread, no file, nothing outlives the process.
//!
//! It keeps the same contract as the SQLite ledger, at once: an answer counts as durable when it is acknowledged, and a
//! ledger that is dropped loses what was not, as in a crash.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::future;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use super::cache::RangeAnswers;
use super::error::LedgerError;
use super::listed::in_memory::Tallies;
use super::listed::look::{Listed, Seen, prefixes};
use super::listed::margins::total;
use super::listed::stock::{Head, Seeker, Stock};
use super::log::{AnswerLog, FindAnswer, Inference, NewAnswer, Pending};
use super::run::{self, BegunRun, EndOfRun, OpenRun, Origin, RunEnd, RunRequest};
use super::sent::Sent;
use crate::model::{
    Answer, AnswerSource, Interval, NewTally, Note, Proof, Provenance, Question, Reuse, Round, Segment, Slice, Split,
    Tally, UnixSeconds, Window,
};
use crate::recall::{Gathering, Links, Neighbourhood, Recorded, ReusePolicy};

/// What a state directory is to the SQLite ledger: runs that share one see each other's answers.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    runs: Vec<RunEntry>,
    answers: HashMap<Origin, HashMap<Sent, RangeAnswers>>,
    notes: HashMap<Origin, BTreeMap<String, Note>>,
    tallies: HashMap<Origin, Tallies>,
}

impl Content {
    /// The instant of a run that lends what it learnt.
    fn lent(&self, run: i64, proof: Proof) -> Option<UnixSeconds> {
        let run = usize::try_from(run).ok().and_then(|number| self.runs.get(number))?;
        run.end.is_none_or(|end| end.lends(proof)).then_some(run.run.as_of.instant())
    }

    /// An answer with what its run came to; `None`: it must not be reused.
    fn judged(&self, recorded: &Recorded) -> Option<Recorded> {
        self.lent(recorded.run, recorded.proof).map(|_| *recorded)
    }
}

#[derive(Debug)]
struct RunEntry {
    origin: Origin,
    fingerprint: String,
    run: OpenRun,
    end: Option<RunEnd>,
}

impl MemoryStore {
    fn lock(&self) -> MutexGuard<'_, Content> {
        // Every change is a single step, so a panic elsewhere leaves the content whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run's ledger in memory.
#[derive(Debug)]
pub struct MemoryLedger {
    store: MemoryStore,
    origin: Origin,
    begun: BegunRun,
    /// The run's place among the runs.
    number: usize,
    interval: Interval,
    policy: ReusePolicy,
    /// Where sums are sought; `None`: nowhere.
    near: Option<Neighbourhood>,
    listed: Listed,
    unacknowledged: Vec<Pending>,
    limit: usize,
}

impl MemoryLedger {
    /// Begins a run, or takes one up; `unacknowledged` is as in [`super::LedgerOptions`].
    #[must_use]
    pub fn begin_run(store: &MemoryStore, origin: &Origin, request: &RunRequest, unacknowledged: NonZeroUsize) -> Self {
        let mut content = store.lock();
        let open = content
            .runs
            .iter()
            .filter(|entry| entry.origin == *origin && request.fingerprints().any(|known| known == entry.fingerprint))
            .filter(|entry| entry.end.is_none_or(RunEnd::stays_open))
            .map(|entry| entry.run);
        let (id, begun) = if let Some(open) = run::to_take_up(open, request) {
            (open.id, open.begun())
        } else {
            let begun = request.fresh();
            let id = i64::try_from(content.runs.len()).expect("fewer runs than fit in memory");
            let &BegunRun { run_id, started_at, .. } = &begun;
            let run = OpenRun { id, run_id, as_of: request.fresh_as_of(), started_at, seen_at: started_at };
            let fingerprint = request.fingerprint.to_owned();
            content.runs.push(RunEntry { origin: origin.clone(), fingerprint, run, end: None });
            (id, begun)
        };
        let number = usize::try_from(id).expect("numbers are places in a vector");
        content.runs[number].saw(request.now.into());
        content.runs[number].end = None;
        drop(content);
        Self {
            store: store.clone(),
            origin: origin.clone(),
            begun,
            number,
            interval: request.interval,
            policy: ReusePolicy { run: Some(id), settling: request.settling },
            near: None,
            listed: Listed::default(),
            unacknowledged: Vec::new(),
            limit: unacknowledged.get(),
        }
    }

    /// The run that this ledger was opened for.
    #[must_use]
    pub const fn run(&self) -> &BegunRun {
        &self.begun
    }

    /// As [`super::Ledger::recall_around`].
    pub fn recall_around(&mut self, range: Window) {
        self.near = Some(Neighbourhood::of(range));
    }

    /// As [`super::Ledger::split_by`].
    pub fn split_by(&mut self, split: Split) {
        self.listed = Listed::split_by(Some(split));
    }

    /// As [`super::Ledger::notes`].
    #[must_use]
    pub fn notes(&self) -> Vec<Note> {
        self.store.lock().notes.get(&self.origin).into_iter().flat_map(|notes| notes.values().cloned()).collect()
    }

    /// As [`super::Ledger::has_attempts`].
    #[must_use]
    pub fn has_attempts(&self, within: Window) -> bool {
        let content = self.store.lock();
        let ranges = content.answers.get(&self.origin).into_iter().flatten();
        ranges
            .filter(|(sent, _)| sent.window(self.interval).is_some_and(|range| within.contains(range)))
            .flat_map(|(_, answers)| answers.all())
            .filter(|recorded| Some(recorded.run) != self.policy.run && content.judged(recorded).is_some())
            .any(|recorded| recorded.counts.attempts() > 0)
            || content.tallies.get(&self.origin).is_some_and(|tallies| {
                tallies.has_attempts(within, |run| {
                    Some(run) != self.policy.run && content.lent(run, Proof::Proved).is_some()
                })
            })
    }

    /// As [`super::Ledger::end_run`].
    pub fn end_run(mut self, kept: &EndOfRun, now: DateTime<Utc>) {
        self.commit();
        let mut content = self.store.lock();
        let run = content.runs[self.number].run;
        for &Inference { slice, counts, asked_at } in kept.inferences {
            let (as_of, provenance) = (self.begun.as_of, Provenance::Implied);
            let (server_at, proof) = (None, Proof::Unproved);
            let recorded =
                Recorded { run: run.id, as_of, round: Round::First, asked_at, counts, provenance, server_at, proof };
            let ranges = content.answers.entry(self.origin.clone()).or_default();
            ranges.entry(Sent::of(slice.range, self.interval)).or_default().push((&slice).into(), recorded);
        }
        let notes = content.notes.entry(self.origin.clone()).or_default();
        notes.retain(|name, _| !kept.forgotten_notes.contains(name));
        for note in kept.notes {
            if notes.get(&note.name).is_none_or(|known| known.seen_at <= note.seen_at) {
                notes.insert(note.name.clone(), note.clone());
            }
        }
        let distrusted: Vec<bool> =
            content.runs.iter().map(|run| run.end.is_some_and(|end| !end.lends(Proof::Unproved))).collect();
        let is_trusted =
            |run: i64| usize::try_from(run).is_ok_and(|run| distrusted.get(run).is_some_and(|distrusted| !distrusted));
        let entry = &mut content.runs[self.number];
        entry.end = Some(kept.end);
        entry.saw(now.into());
        if let Some(split) = self.listed.split().filter(|_| kept.end != RunEnd::Untrusted) {
            let tallies = content.tallies.entry(self.origin.clone()).or_default();
            tallies.confirm(run.id, (&split.key, &prefixes(Some(split))), kept.confirmed);
        }
        let ranges = content.answers.entry(self.origin.clone()).or_default();
        for range in kept.proved {
            if let Some(answers) = ranges.get_mut(&Sent::of(*range, self.interval)) {
                answers.prove(is_trusted);
            }
        }
    }

    fn commit(&mut self) -> Vec<u64> {
        let mut content = self.store.lock();
        let run = content.runs[self.number].run;
        let mut tickets = Vec::with_capacity(self.unacknowledged.len());
        for pending in self.unacknowledged.drain(..) {
            tickets.push(pending.ticket());
            content.runs[self.number].saw(pending.asked_at());
            let NewAnswer { ticket: _, question, asked_at, counts, body: _, server_at } = match pending {
                Pending::Answer(answer) => answer,
                Pending::Tally { ticket: _, tally, prefixes } => {
                    content.tallies.entry(self.origin.clone()).or_default().add(run.id, prefixes, tally);
                    continue;
                }
            };
            let recorded = Recorded {
                run: run.id,
                as_of: self.begun.as_of,
                round: question.round,
                asked_at,
                counts,
                provenance: Provenance::Measured,
                server_at,
                proof: Proof::Unproved,
            };
            let ranges = content.answers.entry(self.origin.clone()).or_default();
            ranges
                .entry(Sent::of(question.slice.range, self.interval))
                .or_default()
                .push((&question.slice).into(), recorded);
        }
        tickets
    }

    fn push(&mut self, pending: Pending) -> Result<(), LedgerError> {
        if self.unacknowledged.len() >= self.limit {
            return Err(LedgerError::TooManyUnacknowledged { limit: self.limit });
        }
        self.unacknowledged.push(pending);
        Ok(())
    }
}

/// What other runs listed and confirmed, at any time.
fn stock(content: &Content, origin: &Origin, split: &Split, policy: ReusePolicy) -> Stock {
    let seeker =
        Seeker { run: policy.run, split: &split.key, prefixes: &prefixes(Some(split)), settling: policy.settling };
    let lent = |run| content.lent(run, Proof::Proved);
    content.tallies.get(origin).unwrap_or(&Tallies::default()).stock(seeker, lent)
}

impl RunEntry {
    fn saw(&mut self, at: crate::model::UnixMicros) {
        self.run.seen_at = self.run.seen_at.max(at);
    }
}

/// What was listed of a question's slice.
fn look(
    content: &Content,
    origin: &Origin,
    listed: &mut Listed,
    policy: ReusePolicy,
    (question, exact): (&Question, Option<Answer>),
) -> Option<Answer> {
    let Some(tallies) = content.tallies.get(origin) else { return exact };
    loop {
        match listed.look(question, exact) {
            Seen::Done(found) => return found,
            Seen::NoStock(range) => {
                let Some(split) = listed.split() else { return exact };
                let stock = stock(content, origin, split, policy);
                listed.put_stock(range, stock);
            }
            Seen::NoRows(window) => {
                let Ok(()) = listed.load(window, |piece| Ok::<_, Infallible>(tallies.rows(piece)));
            }
        }
    }
}

impl FindAnswer for MemoryLedger {
    fn find(&mut self, question: &Question) -> Result<Option<Answer>, LedgerError> {
        let content = self.store.lock();
        let sent = Sent::of(question.slice.range, self.interval);
        let answers = content.answers.get(&self.origin).and_then(|ranges| ranges.get(&sent));
        let judged = |recorded: &Recorded| content.judged(recorded);
        let chosen = answers
            .and_then(|answers| self.policy.choose(question, answers.to((&question.slice).into()).filter_map(judged)));
        let chosen = look(&content, &self.origin, &mut self.listed, self.policy, (question, chosen));
        let Some(near) = self.near.filter(|_| chosen.is_none() && ReusePolicy::admits_sums(question)) else {
            return Ok(chosen);
        };
        // It is for small stores: nothing of this is remembered.
        let ranges = content.answers.get(&self.origin).into_iter().flatten();
        let ranges: HashMap<_, _> =
            ranges.filter_map(|(sent, answers)| Some((sent.window(self.interval)?, answers))).collect();
        let mut settled = Gathering::default();
        for &range in Links::among(ranges.keys().copied(), near).ranges() {
            let slice = Slice { range, ..question.slice };
            let recorded = ranges[&range].to((&slice).into()).filter_map(judged);
            if let Some(answer) = self.policy.choose_settled(slice, recorded) {
                settled.add(slice, answer);
            }
        }
        let inferred = ReusePolicy::infer(question, &settled.sums());
        Ok(look(&content, &self.origin, &mut self.listed, self.policy, (question, inferred)))
    }

    fn find_listed(&mut self, segment: &Segment) -> Result<Option<Tally>, LedgerError> {
        let content = self.store.lock();
        let (Some(split), Some(run)) = (self.listed.split().cloned(), self.policy.run) else { return Ok(None) };
        let Some(tallies) = content.tallies.get(&self.origin) else { return Ok(None) };
        let range = segment.range;
        if segment.reuse.may_ask() {
            let own = |tally: &NewTally| {
                let (rows, as_of) = (tally.rows.clone(), self.begun.as_of);
                let head = Head { range, as_of, asked_at: tally.asked_at, server_at: tally.server_at };
                let answer = head.answer(total(&rows)?, AnswerSource::ThisRun);
                Some(Tally { rows, answer })
            };
            return Ok(tallies.own(run, range, &prefixes(Some(&split))).and_then(own));
        }
        if segment.reuse != Reuse::SettledOnly {
            return Ok(None);
        }
        if self.listed.lacks_stock(range) {
            self.listed.put_stock(range, stock(&content, &self.origin, &split, self.policy));
        }
        self.listed.tally(range, |piece| Ok(tallies.rows(piece)))
    }
}

impl AnswerLog for MemoryLedger {
    fn record(&mut self, record: NewAnswer) -> Result<(), LedgerError> {
        self.push(Pending::Answer(record))
    }

    fn record_tally(&mut self, ticket: u64, tally: NewTally) -> Result<(), LedgerError> {
        self.push(Pending::Tally { ticket, tally, prefixes: prefixes(self.listed.split()) })
    }

    async fn committed(&mut self) -> Result<Vec<u64>, LedgerError> {
        if self.unacknowledged.is_empty() {
            // Nothing can arrive while this borrows the ledger.
            future::pending::<()>().await;
        }
        Ok(self.commit())
    }
}

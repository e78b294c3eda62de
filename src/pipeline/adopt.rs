//! A machine that lost its state and kept its dataset: final rows in files that are as the manifest says are taken as
//! answers, so that a run asks nothing settled again.
//!
//! Rows from before `published_at` come from a release that kept no evidence. They are taken too, and told as unproved
//! until `--refresh` asks them anew.

use std::collections::HashMap;

use super::failure::{Failure, chain};
use super::lock::identity;
use super::message::PipelineMessage;
use super::order::Order;
use crate::clock::{Clock, SystemClock};
use crate::ledger::{FindAnswer, Inference, LastRun, Ledger, LedgerError, ReadOnlyLedger};
use crate::message::tell;
use crate::model::{
    Answer, AnswerSource, Country, Counts, Interval, Matrix, Note, Proof, Question, Reuse, Round, Row, RunId, Segment,
    Slice, Tally, UnixMicros, Window,
};
use crate::planner::Freshness;
use crate::sink::dataset::{Dataset, Manifest, Stored};

/// Takes over the windows of a matrix that the ledger knows nothing of, and says how many.
///
/// # Errors
/// The ledger or the dataset cannot be used.
pub fn adopt(dataset: &Dataset, ledger: &mut Ledger, matrix: &Matrix, interval: Interval) -> Result<usize, Failure> {
    let is_known = |window, run| match ledger.has_worked(run, window) {
        // Where the run is known that published it, so is what it learnt: no need to read that.
        Ok(false) => knows(ledger, matrix, window),
        worked => worked,
    };
    let missing = missing(dataset.stored(), matrix, interval, is_known)?;
    if missing.is_empty() {
        return Ok(0);
    }
    let adopted = gather(dataset.stored(), &missing)?;
    let now = SystemClock.now();
    let notes = adopted.note(dataset, UnixMicros::from(now));
    ledger.adopt(&adopted.answers, notes.as_slice(), now).map_err(|error| Failure::caused(&error))?;
    tell(&PipelineMessage::WindowsAdopted { windows: missing.len() as u64 });
    Ok(missing.len())
}

/// What a run would know that began now: the ledger's answers, and what it would take over from the dataset. Nothing is
/// written.
pub struct Foreseen {
    ledger: ReadOnlyLedger,
    adopted: HashMap<Slice, Answer>,
}

impl Foreseen {
    /// Of an order and its matrix. A dataset that a run would refuse is left alone.
    ///
    /// # Errors
    /// The ledger or the dataset cannot be read.
    pub fn new(order: &Order, mut ledger: ReadOnlyLedger, matrix: &Matrix) -> Result<Self, Failure> {
        let stored = match order.options.freshness {
            Freshness::Reuse => Stored::read(&order.dataset()).map_err(|error| Failure::caused(&error))?,
            Freshness::Refresh => None,
        };
        let identity = identity(order);
        let is_ours =
            |stored: &Stored| stored.manifest().is_some_and(|it| it.identity.differences(&identity).is_empty());
        let Some(stored) = stored.filter(is_ours) else { return Ok(Self { ledger, adopted: HashMap::new() }) };
        let is_known = |window, run| match ledger.has_worked(run, window) {
            Ok(false) => knows(&mut ledger, matrix, window),
            worked => worked,
        };
        let missing = missing(&stored, matrix, order.job.source.interval, is_known)?;
        let answer = |Inference { slice, counts, asked_at }| {
            let (source, proof) = (AnswerSource::Inference, Proof::Proved);
            (slice, Answer { counts, asked_at, as_of: asked_at.floor_seconds(), source, server_at: None, proof })
        };
        let adopted = gather(&stored, &missing)?.answers.into_iter().map(answer).collect();
        Ok(Self { ledger, adopted })
    }

    /// The run of a job of this name that began last.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn last_run(&mut self, job: &str) -> Result<Option<LastRun>, Failure> {
        self.ledger.last_run(job).map_err(|error| Failure::caused(&error))
    }
}

impl FindAnswer for Foreseen {
    fn find(&mut self, question: &Question) -> Result<Option<Answer>, LedgerError> {
        let found = self.ledger.find(question)?;
        let is_reused = matches!(question.reuse, Reuse::Settled | Reuse::SettledOnly);
        Ok(found.or_else(|| self.adopted.get(&question.slice).copied().filter(|_| is_reused)))
    }

    fn find_listed(&mut self, segment: &Segment) -> Result<Option<Tally>, LedgerError> {
        self.ledger.find_listed(segment)
    }
}

/// Whether the ledger answers the first cell of a window.
fn knows(ledger: &mut impl FindAnswer, matrix: &Matrix, window: Window) -> Result<bool, LedgerError> {
    let slice = Slice::from(&matrix.shape().cell(window, 0));
    let question = Question { slice, round: Round::First, reuse: Reuse::SettledOnly };
    Ok(ledger.find(&question)?.is_some())
}

/// Windows that are published whole, in files that are as the manifest says, and of which nothing is known otherwise.
fn missing(
    stored: &Stored,
    matrix: &Matrix,
    interval: Interval,
    mut is_known: impl FnMut(Window, RunId) -> Result<bool, LedgerError>,
) -> Result<Vec<Window>, Failure> {
    // Rows that were asked for by other bounds answer other questions.
    let is_asked_alike = |manifest: &Manifest| manifest.interval.as_deref().is_none_or(|it| it == interval.symbol());
    let mut missing = Vec::new();
    if !stored.manifest().is_some_and(is_asked_alike) {
        return Ok(missing);
    }
    let is_whole = |window: &Window| stored.archived(*window, matrix.shape()) && stored.is_vouched_for(*window);
    for window in matrix.windows().iter().copied().filter(is_whole) {
        let Some(run) = stored.publisher(window) else { continue };
        if !is_known(window, run).map_err(|error| Failure::caused(&error))? {
            missing.push(window);
        }
    }
    Ok(missing)
}

/// The rows of some windows, ascending, as answers.
fn gather(stored: &Stored, windows: &[Window]) -> Result<Adopted, Failure> {
    let mut adopted = Adopted::default();
    let hull = windows.first().zip(windows.last()).and_then(|(first, last)| Window::new(first.start(), last.end()));
    let Some(hull) = hull else { return Ok(adopted) };
    for row in stored.rows(Some(hull)) {
        let row = row.map_err(|error| Failure::failed(chain(&error)))?;
        if windows.binary_search(&row.key.window).is_ok() {
            adopted.add(&row);
        }
    }
    if stored.manifest().is_some_and(|manifest| manifest.identity.remainder) {
        adopted.add_totals();
    }
    Ok(adopted)
}

/// What is told while rows without evidence stand in for answers.
pub fn unproved(dataset: &Dataset, ledger: &Ledger) -> Result<Option<String>, Failure> {
    let notes = ledger.notes().map_err(|error| Failure::caused(&error))?;
    let name = note_name(dataset);
    let rows = notes.into_iter().find(|note| note.name == name).map(|note| note.value);
    Ok(rows.map(|rows| {
        format!(
            "not proved: {rows} published rows are from before evidence was kept, and stand in for answers that were \
             lost; --refresh asks anew what the API still holds"
        )
    }))
}

/// The note about rows without evidence.
pub fn note_name(dataset: &Dataset) -> String {
    format!("rows without evidence: {}", dataset.layout().job())
}

#[derive(Default)]
struct Adopted {
    answers: Vec<Inference>,
    /// What the countries of a slice and its remainder add up to; `None`: more than can be counted.
    totals: HashMap<Slice, Option<(Counts, UnixMicros)>>,
    without_evidence: i64,
}

impl Adopted {
    fn add(&mut self, row: &Row) {
        let key = row.key;
        let Row { counts, asked_at, .. } = *row;
        self.without_evidence += i64::from(row.published_at.is_none());
        if key.country.is_some() {
            let none = Some((Counts::ZERO, UnixMicros(i64::MIN)));
            let total = self.totals.entry(Slice { country: None, ..key.slice() }).or_insert(none);
            *total = total.and_then(|(sum, at)| Some((sum.checked_add(counts)?, asked_at.max(at))));
        }
        if key.country != Some(Country::REMAINDER) {
            self.answers.push(Inference { slice: key.slice(), counts, asked_at });
        }
    }

    fn add_totals(&mut self) {
        let known = |(&slice, total): (&Slice, &Option<_>)| {
            total.map(|(counts, asked_at)| Inference { slice, counts, asked_at })
        };
        self.answers.extend(self.totals.iter().filter_map(known));
    }

    fn note(&self, dataset: &Dataset, seen_at: UnixMicros) -> Option<Note> {
        let note = || Note { name: note_name(dataset), value: self.without_evidence, seen_at };
        (self.without_evidence > 0).then(note)
    }
}

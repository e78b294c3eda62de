//! A machine that lost its state and kept its dataset: final rows in files that are as the manifest says are taken as
//! answers, so that a run asks nothing settled again.
//!
//! Rows from before `published_at` come from a release that kept no evidence. They are taken too, and told as unproved
//! until `--refresh` asks them anew.

use std::collections::HashMap;

use super::failure::{Failure, chain};
use crate::clock::{Clock, SystemClock};
use crate::ledger::{FindAnswer, Inference, Ledger};
use crate::model::{Country, Counts, Interval, Matrix, Note, Question, Reuse, Round, Row, Slice, UnixMicros, Window};
use crate::sink::dataset::{Dataset, Manifest};

/// Takes over the windows of a matrix that the ledger knows nothing of, and says how many.
///
/// # Errors
/// The ledger or the dataset cannot be used.
pub fn adopt(dataset: &Dataset, ledger: &mut Ledger, matrix: &Matrix, interval: Interval) -> Result<usize, Failure> {
    let stored = dataset.stored();
    // Rows that were asked for by other bounds answer other questions.
    let is_asked_alike = |manifest: &Manifest| manifest.interval.as_deref().is_none_or(|it| it == interval.symbol());
    if !stored.manifest().is_some_and(is_asked_alike) {
        return Ok(0);
    }
    let is_whole = |window: &Window| stored.archived(*window, matrix.shape()) && stored.is_vouched_for(*window);
    let mut wanted = Vec::new();
    for window in matrix.windows().iter().filter(|window| is_whole(window)) {
        // Where the run is known that published it, so is what it learnt: no need to read that.
        let publisher = stored.publisher(*window);
        let worked = publisher.map_or(Ok(false), |run| ledger.has_worked(run, *window));
        if worked.map_err(|error| Failure::caused(&error))? {
            continue;
        }
        let slice = Slice::from(&matrix.shape().cell(*window, 0));
        let question = Question { slice, round: Round::First, reuse: Reuse::SettledOnly };
        if ledger.find(&question).map_err(|error| Failure::caused(&error))?.is_none() {
            wanted.push(*window);
        }
    }
    let Some(range) =
        wanted.first().zip(wanted.last()).and_then(|(first, last)| Window::new(first.start(), last.end()))
    else {
        return Ok(0);
    };
    let has_remainders = stored.manifest().is_some_and(|manifest| manifest.identity.remainder);
    let mut adopted = Adopted::default();
    for row in stored.rows(Some(range)) {
        let row = row.map_err(|error| Failure::failed(chain(&error)))?;
        if wanted.binary_search(&row.key.window).is_ok() {
            adopted.add(&row);
        }
    }
    if has_remainders {
        adopted.add_totals();
    }
    let now = SystemClock.now();
    let notes = adopted.note(dataset, UnixMicros::from(now));
    ledger.adopt(&adopted.answers, notes.as_slice(), now).map_err(|error| Failure::caused(&error))?;
    tracing::info!("the ledger knew nothing of {} published windows: their rows are taken as answers", wanted.len());
    Ok(wanted.len())
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

//! What the ledger says of a published window: its rows anew, and whether stored ones are the same.
//!
//! Nothing is guessed: a window that the ledger does not know whole, or of which it has other answers than those that
//! the rows rest on, is not known.

use super::failure::Failure;
use crate::ledger::{FindAnswer, Ledger, LedgerError, ReadOnlyLedger};
use crate::model::{Answer, AnswerSource, MatrixShape, Provenance, Question, Reuse, Round, Row, Slice, Split, Window};
use crate::recall::{Known, Remainders, window_findings};
use crate::rollup::RowContext;

/// Whether a window's stored rows are what the ledger knows.
pub enum Comparison {
    /// They are.
    Agrees,
    /// The ledger does not know the window whole, or not the answers that the rows rest on.
    Unknown,
    /// They contradict it: the rows with what the ledger has in place of those that do.
    Differs(Vec<Row>),
}

/// A ledger that is told which window is looked at.
pub trait Recall: FindAnswer {
    /// Seeks sums around a range, and what was listed under a split, from now on.
    fn turn_to(&mut self, range: Window, split: Split);
}

impl Recall for Ledger {
    fn turn_to(&mut self, range: Window, split: Split) {
        self.recall_around(range);
        self.split_by(split);
    }
}

impl Recall for ReadOnlyLedger {
    fn turn_to(&mut self, range: Window, split: Split) {
        self.recall_around(range);
        self.split_by(split);
    }
}

/// The ledger as a source of rows.
pub struct KnownRows<'a, L> {
    /// The ledger.
    pub ledger: &'a mut L,
    /// What its rows share.
    pub rows: RowContext,
    /// Whether the table has remainders.
    pub remainders: Remainders,
}

impl<L: Recall> KnownRows<'_, L> {
    /// A window's rows in the table's order, if the ledger knows all of them.
    pub fn window(&mut self, window: Window, shape: &MatrixShape) -> Result<Option<Vec<Row>>, Failure> {
        self.ledger.turn_to(window, Split::of(shape));
        let findings = window_findings(window, shape, self.remainders, |slice| self.look_up(slice));
        let findings = findings.map_err(|error| Failure::caused(&error))?;
        Ok(findings.map(|findings| {
            let mut rows: Vec<_> = findings.iter().map(|finding| self.rows.row(finding)).collect();
            rows.sort_unstable_by_key(|row| row.key);
            rows
        }))
    }

    /// What was settled when it was asked, else whatever was asked last.
    fn look_up(&mut self, slice: &Slice) -> Result<Option<Known>, LedgerError> {
        let mut find = |reuse| self.ledger.find(&Question { slice: *slice, round: Round::First, reuse });
        let known = |answer: Answer, is_final| Known {
            counts: answer.counts,
            cost: match answer.source {
                AnswerSource::List(cost) => Some(cost),
                AnswerSource::Inference | AnswerSource::ThisRun | AnswerSource::EarlierRun => None,
            },
            provenance: match answer.source {
                AnswerSource::Inference => Provenance::Implied,
                AnswerSource::List(_) => Provenance::Listed,
                AnswerSource::ThisRun | AnswerSource::EarlierRun => Provenance::Measured,
            },
            is_final,
            asked_at: answer.asked_at,
        };
        if let Some(answer) = find(Reuse::SettledOnly)? {
            return Ok(Some(known(answer, true)));
        }
        Ok(find(Reuse::AnyAgeOnly)?.map(|answer| known(answer, false)))
    }

    /// Holds a window's stored rows, in the table's order, against what the ledger knows.
    pub fn compare(&mut self, window: Window, shape: &MatrixShape, rows: &[Row]) -> Result<Comparison, Failure> {
        let Some(known) = self.window(window, shape)? else { return Ok(Comparison::Unknown) };
        if rows.len() != known.len() {
            return Ok(Comparison::Unknown);
        }
        let mut right = rows.to_vec();
        for (row, answered) in right.iter_mut().zip(&known) {
            if row.key != answered.key {
                return Ok(Comparison::Unknown);
            }
            if !contradicts(row, answered) {
                continue;
            }
            // A row that rests on another answer than the ledger's newest is not contradicted by it.
            if row.asked_at != answered.asked_at {
                if row.counts == answered.counts {
                    continue;
                }
                return Ok(Comparison::Unknown);
            }
            *row = *answered;
        }
        Ok(if right == rows { Comparison::Agrees } else { Comparison::Differs(right) })
    }
}

/// Whether a stored row says something else than the ledger's answer in its place. What the ledger merely infers may have
/// been asked, or listed, by somebody whose ledger was lost, as rows that were adopted are.
pub fn contradicts(row: &Row, known: &Row) -> bool {
    let told = |row: &Row| (row.provenance, row.cost);
    let has_stray_cost = row.cost.is_some() && row.provenance != Provenance::Listed;
    let is_vouched_for = has_stray_cost || known.provenance != Provenance::Implied;
    row.counts != known.counts || (is_vouched_for && told(row) != told(known))
}

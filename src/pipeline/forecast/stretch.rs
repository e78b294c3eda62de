//! A run of open windows, as pages of the list would tell it: what the ledger keeps of the list need not be read again,
//! but for this job's margins it is confirmed.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::failure::Failure;
use crate::ledger::FindAnswer;
use crate::model::{Channel, Country, Matrix, MatrixShape, Question, Reuse, Round, Segment, Slice, TallyRow};
use crate::planner::{Freshness, KeptList, Load};

/// A run of settled windows that are open.
#[derive(Debug, Default)]
pub(super) struct Stretch {
    /// Windows that the list does not reach.
    pub(super) old: usize,
    /// Of those that it reaches, how many the ledger keeps.
    pub(super) kept: usize,
    /// And how many are to be read.
    unread: usize,
    /// Windows whose total is to be asked.
    totals: usize,
    /// Attempts that are kept.
    attempts: i64,
    /// Countries that have some of them.
    countries: BTreeSet<Country>,
    /// Whether some outside e-mail name no country: they may be any country's.
    has_homeless: bool,
}

impl Stretch {
    /// Of a run of a matrix, whose windows the list reaches from `reached` on.
    pub(super) fn look(
        matrix: &Matrix,
        run: &Range<usize>,
        reached: usize,
        freshness: Freshness,
        ledger: &mut impl FindAnswer,
    ) -> Result<Self, Failure> {
        let first = reached.clamp(run.start, run.end);
        let mut stretch = Self { old: first - run.start, ..Self::default() };
        let failed = |error| Failure::caused(&error);
        for &range in &matrix.windows()[first..run.end] {
            if freshness == Freshness::Refresh {
                (stretch.unread, stretch.totals) = (stretch.unread + 1, stretch.totals + 1);
                continue;
            }
            let segment = Segment { range, attempts: 0, reuse: Reuse::SettledOnly };
            match ledger.find_listed(&segment).map_err(failed)? {
                Some(tally) => stretch.keep(tally.answer.counts.attempts(), &tally.rows),
                None => stretch.unread += 1,
            }
            let total = Question { slice: Slice::whole(range), round: Round::First, reuse: Reuse::Settled };
            stretch.totals += usize::from(ledger.find(&total).map_err(failed)?.is_none());
        }
        Ok(stretch)
    }

    fn keep(&mut self, attempts: i64, rows: &[TallyRow]) {
        self.kept += 1;
        self.attempts = self.attempts.saturating_add(attempts);
        self.countries.extend(rows.iter().filter_map(|row| row.country));
        self.has_homeless |= rows.iter().any(|row| row.country.is_none() && row.channel != Some(Channel::Email));
    }

    /// What it takes, with so many attempts in a window that is read.
    pub(super) fn questions(&self, shape: &MatrixShape, attempts: f64) -> f64 {
        let answered = self.kept + self.unread - self.totals;
        (self.chosen_by(shape, attempts) - count(answered)).max(0.0)
    }

    /// The same as a plan sees it when it chooses: whether windows' totals were asked before it does not know yet.
    pub(super) fn chosen_by(&self, shape: &MatrixShape, attempts: f64) -> f64 {
        let has_some = |it: &&Country| self.has_homeless || self.countries.contains(it);
        let countries = shape.countries.iter().flatten().filter(has_some).count();
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let kept = KeptList { attempts: self.attempts as f64, countries };
        Load::listed(shape, self.kept + self.unread, attempts * count(self.unread), kept)
    }
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
const fn count(number: usize) -> f64 {
    number as f64
}

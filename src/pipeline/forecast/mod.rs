//! How many requests a run would send, before it sends any: what each strategy asks at least, at most, and as may be
//! expected. `plan` prints it, and a run's progress is measured by it.
//!
//! What `exhaustive` asks is counted. What `drill-down` asks depends on the answers, so it is estimated from the
//! attempts that the ledger knows of (`history`), and where it knows none from a range of assumptions. Answers that
//! come, filters that are heeded and sums that add up are taken for granted.

mod count;
mod history;
mod requests;
mod stretch;

use super::failure::Failure;
use crate::job::Job;
use crate::ledger::{FindAnswer, LedgerError};
use crate::model::{Answer, AnswerSource, JobStrategy, Matrix, Question, Segment, Strategy, Tally, UnixSeconds};
use crate::planner::{Pages, Plan, Terms};
use crate::run::{Basis, Expected};
use count::Count;
use history::History;
pub use requests::{Grounds, Requests};

/// What a run would ask.
#[derive(Debug)]
pub struct Forecast {
    /// Questions that the ledger answers.
    answered: u64,
    /// Windows of which it keeps what was listed.
    kept: u64,
    /// By asking every cell.
    pub exhaustive: Requests,
    /// By the drill-down.
    pub drill_down: Requests,
    /// By pages of the list, as far back as it reaches, and the drill-down before.
    pub list: Requests,
    /// By what of it a plan chooses.
    chosen_by: u64,
}

/// Looking up more cells than this takes seconds, in which no signal is heard.
const MOST_LOOKED_UP: usize = 200_000;

/// A ledger without the answers of the run that it was opened for.
struct OtherRuns<'a, L>(&'a mut L);

impl<L: FindAnswer> FindAnswer for OtherRuns<'_, L> {
    fn find(&mut self, question: &Question) -> Result<Option<Answer>, LedgerError> {
        Ok(self.0.find(question)?.filter(|answer| answer.source != AnswerSource::ThisRun))
    }

    fn find_listed(&mut self, segment: &Segment) -> Result<Option<Tally>, LedgerError> {
        Ok(self.0.find_listed(segment)?.filter(|tally| tally.answer.source != AnswerSource::ThisRun))
    }
}

/// A ledger that knows nothing.
struct Nothing;

impl FindAnswer for Nothing {
    fn find(&mut self, _: &Question) -> Result<Option<Answer>, LedgerError> {
        Ok(None)
    }
}

impl Forecast {
    /// Of a job's matrix, by what `ledger` knows.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn new(
        job: &Job,
        matrix: &Matrix,
        terms: &Terms,
        as_of: UnixSeconds,
        ledger: &mut impl FindAnswer,
    ) -> Result<Self, Failure> {
        let outline = Plan::outline(matrix, terms);
        let count = Count::new(&outline, matrix, ledger)?;
        let history = History::look(job, matrix, as_of, terms.freshness, &count.runs, ledger)?;
        let exhaustive = count.exhaustive(&outline);
        let (drill_down, (list, chosen_by)) = (count.drilled(&outline, &history), count.listed(&outline, &history));
        Ok(Self { answered: count.answered, kept: history.kept as u64, exhaustive, drill_down, list, chosen_by })
    }

    /// What a run's progress is measured by; `None` where that cannot be told, which is no reason not to run. Answers of
    /// this very run, before it was taken up again, count as asked.
    pub fn for_progress(
        job: &Job,
        matrix: &Matrix,
        terms: &Terms,
        as_of: UnixSeconds,
        ledger: &mut impl FindAnswer,
    ) -> Option<Expected> {
        let forecast = if matrix.cells() > MOST_LOOKED_UP {
            Self::new(job, matrix, terms, as_of, &mut Nothing)
        } else {
            Self::new(job, matrix, terms, as_of, &mut OtherRuns(ledger))
        };
        let Requests { expected, drilled, evidence, grounds, .. } = forecast.ok()?.under(terms);
        let basis = if grounds.are_known() { Basis::Known } else { Basis::Assumed };
        Some(Expected { questions: expected, drilled, evidence, basis })
    }

    /// How many questions the ledger answers under these terms, windows that it keeps of the list among them.
    #[must_use]
    pub const fn answered_from_ledger(&self, terms: &Terms) -> u64 {
        let kept = if matches!(self.taken(terms), JobStrategy::List) { self.kept } else { 0 };
        self.answered + kept
    }

    /// Which of the strategies a plan under these terms takes; never [`JobStrategy::Auto`], which is a choice among them.
    #[must_use]
    pub const fn taken(&self, terms: &Terms) -> JobStrategy {
        match (terms.strategy, terms.pages) {
            (Strategy::Exhaustive, _) => JobStrategy::Exhaustive,
            (Strategy::DrillDown, Pages::WhereTheyReach) => JobStrategy::List,
            (Strategy::DrillDown, Pages::WhereFewer) if self.chosen_by < self.drill_down.expected => JobStrategy::List,
            (Strategy::DrillDown, _) => JobStrategy::DrillDown,
        }
    }

    /// As a plan under these terms will ask.
    #[must_use]
    pub const fn under(&self, terms: &Terms) -> Requests {
        match self.taken(terms) {
            JobStrategy::Exhaustive => self.exhaustive,
            JobStrategy::List => self.list,
            JobStrategy::DrillDown | JobStrategy::Auto => self.drill_down,
        }
    }
}

//! How many requests a run would send, before it sends any: what each strategy asks at least, at most, and as may be
//! expected. `plan` prints it, and a run's progress is measured by it.
//!
//! What `exhaustive` asks is counted. What `drill-down` asks depends on the answers, so it is estimated from the
//! attempts that the ledger knows of (`history`), and where it knows none from a range of assumptions. Answers that
//! come, filters that are heeded and sums that add up are taken for granted.

mod count;
mod history;
mod requests;

use super::failure::Failure;
use crate::job::Job;
use crate::ledger::FindAnswer;
use crate::model::{Matrix, Strategy, UnixSeconds};
use crate::planner::{Plan, Terms};
use count::Count;
use history::History;
pub use requests::{Grounds, Requests};

/// What a run would ask.
#[derive(Debug)]
pub struct Forecast {
    /// Questions that the ledger answers.
    pub answered_from_ledger: u64,
    /// By asking every cell.
    pub exhaustive: Requests,
    /// By the drill-down.
    pub drill_down: Requests,
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
        let history = History::look(job, matrix, as_of, &count.runs, ledger)?;
        let exhaustive = count.exhaustive(&outline);
        let drill_down = count.drilled(&outline, history.questions, history.grounds);
        Ok(Self { answered_from_ledger: count.answered, exhaustive, drill_down })
    }

    /// By a strategy.
    #[must_use]
    pub const fn by(&self, strategy: Strategy) -> Requests {
        match strategy {
            Strategy::Exhaustive => self.exhaustive,
            Strategy::DrillDown => self.drill_down,
        }
    }
}

//! What the next run would be: its instant, its windows, and what it would ask. `plan` prints it, `status` its cost.
//! Nothing is asked, and nothing is left behind.

use chrono::{DateTime, Utc};

use super::adopt::Foreseen;
use super::failure::Failure;
use super::forecast::{Forecast, Requests};
use super::order::Order;
use super::setup::{read_ledger, terms};
use crate::model::{Matrix, Split, UnixSeconds};
use crate::planner::Terms;

/// A run that would begin now.
pub struct Foresight {
    /// Its instant: that of an open run, if it would take one up.
    pub as_of: UnixSeconds,
    /// What it is asked for.
    pub matrix: Matrix,
    /// On which terms it would ask.
    pub terms: Terms,
    /// How much it would ask, by each strategy.
    pub forecast: Forecast,
    /// What it would know already.
    pub known: Foreseen,
}

impl Foresight {
    /// Of an order, by what ledger and dataset hold.
    ///
    /// # Errors
    /// The job has too many cells; ledger or dataset cannot be read.
    pub fn new(order: &Order, now: DateTime<Utc>) -> Result<Self, Failure> {
        let (mut ledger, as_of) = read_ledger(order, now)?;
        let matrix = order.job.matrix(as_of).map_err(Failure::usage)?;
        let terms = terms(order, as_of.min(UnixSeconds::from(now)), UnixSeconds::from(now));
        ledger.split_by(Split::of(matrix.shape()));
        if let Some(range) = matrix.range() {
            ledger.recall_around(range);
        }
        let mut known = Foreseen::new(order, ledger, &matrix)?;
        let forecast = Forecast::new(&order.job, &matrix, &terms, as_of, &mut known)?;
        Ok(Self { as_of, matrix, terms, forecast, known })
    }

    /// What it would ask by the order's strategy.
    #[must_use]
    pub const fn requests(&self) -> Requests {
        self.forecast.under(&self.terms)
    }

    /// What the ledger answers of it.
    #[must_use]
    pub const fn answered_from_ledger(&self) -> u64 {
        self.forecast.answered_from_ledger(&self.terms)
    }
}

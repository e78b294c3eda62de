//! What earlier runs listed tells the cost of what this one asked or inferred.
//!
//! A rerun finds such cells in the ledger, with their cost; so that it changes nothing, the run that asks publishes them
//! with it. Refused: a window that has not passed all checks.

use super::Conclusion;
use crate::model::{Answer, AnswerSource, Proof, Slice, UnixSeconds};

impl Conclusion {
    /// Takes over the cost of cells and totals of proved windows. `listed` says what a list that counts the same has of a
    /// slice, given what its answers say.
    ///
    /// # Errors
    /// Those of `listed`.
    pub fn price<E>(
        &mut self,
        as_of: UnixSeconds,
        mut listed: impl FnMut(Slice, Answer) -> Result<Option<Answer>, E>,
    ) -> Result<(), E> {
        let is_proved = |window: &usize| self.proved.contains(&self.layout.matrix().windows()[*window]);
        let windows: Vec<_> = self.layout.windows().filter(is_proved).collect();
        for window in windows {
            for node in self.layout.nodes_of_window(window) {
                let Some(known) = self.store.answered(node, as_of) else { continue };
                let told = listed(self.layout.slice(node), Answer { proof: Proof::Proved, ..known })?;
                if let Some(Answer { source: AnswerSource::List(cost), asked_at, .. }) = told {
                    self.store.price(node, cost, asked_at);
                }
            }
        }
        self.count();
        Ok(())
    }
}

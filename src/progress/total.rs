//! How many questions there will be, as the bar shows it: what is expected, which may turn out to be more.
//!
//! Invariant: the share that is done never shrinks, whatever is expected later. A total that must grow follows as far as
//! what is done allows.

use crate::run::{Basis, Expected, Snapshot};

/// The total that is shown.
#[derive(Debug, Default)]
pub(super) struct Total {
    expected: Option<Expected>,
    shown: u64,
    /// What was done when it was shown.
    done: u64,
}

/// What is expected by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Prospect {
    /// Questions in all, those that are done included.
    pub(super) all: u64,
    /// The most that there can be of them, but for evidence beyond what is usual.
    pub(super) most: u64,
    pub(super) basis: Basis,
}

impl Total {
    pub(super) const fn expect(&mut self, expected: Expected) {
        self.expected = Some(expected);
    }

    /// What is expected by now. What the drill-down's own answers tell of it replaces what was expected of it before; and
    /// what the planner counts at most bounds everything.
    pub(super) fn prospect(&self, snapshot: &Snapshot) -> Prospect {
        let Snapshot { done, wanted, open, drilled, .. } = *snapshot;
        let Some(expected) = self.expected else {
            let all = done + open.max(wanted);
            return Prospect { all, most: all, basis: Basis::Known };
        };
        let (all, basis) = match drilled {
            Some(drilled) => (expected.questions.saturating_sub(expected.drilled) + drilled, Basis::Known),
            None => (expected.questions, expected.basis),
        };
        let most = done + open.max(wanted) + expected.evidence;
        Prospect { all: all.min(most).max(done + wanted), most, basis }
    }

    /// The total to show beside what is done.
    pub(super) fn follow(&mut self, done: u64, all: u64) -> u64 {
        let wanted = all.max(done);
        let allowed = match self.done {
            0 => wanted,
            before => {
                let allowed = u128::from(self.shown) * u128::from(done) / u128::from(before);
                u64::try_from(allowed).unwrap_or(u64::MAX)
            }
        };
        self.shown = wanted.min(allowed).max(done);
        self.done = done;
        self.shown
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EXPECTED: Expected = Expected { questions: 300, drilled: 200, evidence: 20, basis: Basis::Assumed };

    fn prospect(snapshot: &Snapshot) -> Prospect {
        let mut total = Total::default();
        total.expect(EXPECTED);
        total.prospect(snapshot)
    }

    #[test]
    fn the_estimate_counts_and_not_what_the_planner_counts_at_most() {
        let first = prospect(&Snapshot { done: 10, wanted: 4, open: 2_000, ..Snapshot::default() });
        assert_eq!(first, Prospect { all: 300, most: 2_030, basis: Basis::Assumed });
    }

    #[test]
    fn what_the_answers_tell_of_the_drill_down_replaces_what_was_assumed() {
        let told = prospect(&Snapshot { done: 90, wanted: 4, open: 2_000, drilled: Some(120), ..Snapshot::default() });
        assert_eq!((told.all, told.basis), (220, Basis::Known));
    }

    #[test]
    fn nothing_is_expected_that_the_planner_knows_not_to_come() {
        assert_eq!(prospect(&Snapshot { done: 4, open: 2, ..Snapshot::default() }).all, 26);
        assert_eq!(prospect(&Snapshot { done: 298, wanted: 9, open: 9, ..Snapshot::default() }).all, 307);
    }

    proptest! {
        #[test]
        fn the_share_that_is_done_never_shrinks(steps in prop::collection::vec((0_u64..40, 0_u64..5_000), 1..60)) {
            let mut total = Total::default();
            let (mut done, mut share) = (0, 0.0_f64);
            for (step, all) in steps {
                done += step;
                let shown = total.follow(done, all);
                prop_assert!(shown >= done);
                #[expect(clippy::cast_precision_loss, reason = "small numbers")]
                let now = if shown == 0 { 0.0 } else { done as f64 / shown as f64 };
                prop_assert!(now >= share - 1e-9, "{now} after {share}");
                share = now;
            }
        }
    }
}

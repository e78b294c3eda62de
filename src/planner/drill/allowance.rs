//! What searching a block's pairs may cost: no more than asking every window of them, but for an allowance.
//!
//! A search saves questions on the average and loses some at worst: where every other window holds attempts it asks for
//! nearly every edge, and what it inferred beside a remainder is asked once more. So one begins only while the worst
//! that can come of it and of those under way is paid for: by the windows that it stands for, by what earlier searches
//! saved, and by the allowance. That makes `requests_max` of `plan` a bound that holds.

use crate::model::Counts;

/// The allowance, in windows of the block: enough that no account as they are was seen to miss it.
const ALLOWANCE: usize = 2;

/// The most that a search over so many windows can ask beyond one question for each of them. What has as many attempts
/// as half of the windows is not searched.
pub(in crate::planner) const fn worst_loss(windows: usize) -> usize {
    windows.div_ceil(2).saturating_sub(2)
}

/// The most that searching all of so many pairs can ask beyond their totals and windows.
pub(in crate::planner) fn most_lost(windows: usize, pairs: usize) -> usize {
    (pairs * worst_loss(windows)).min(ALLOWANCE * windows)
}

/// What was spent of a block, and what for.
#[derive(Debug, Default)]
pub(super) struct Allowance {
    /// Questions put, and inferences that may have to be asked.
    spent: usize,
    /// The windows of all pairs whose search began, and the allowance.
    worth: usize,
}

/// What the search of a pair may come to, the question of its total apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stake {
    /// The windows that are not known.
    windows: usize,
    /// How many inferences may have to be asked.
    inferences: usize,
}

impl Stake {
    /// Of a pair with so many unknown windows. Beside a remainder what is inferred to hold attempts is asked.
    pub(super) fn of(windows: usize, total: Counts, is_beside_remainder: bool) -> Self {
        let attempts = usize::try_from(total.attempts()).unwrap_or(usize::MAX);
        Self { windows, inferences: if is_beside_remainder { attempts.min(windows) } else { 0 } }
    }
}

impl Allowance {
    pub(super) fn new(windows: usize) -> Self {
        Self { spent: 0, worth: ALLOWANCE * windows }
    }

    /// Takes note of questions.
    pub(super) fn spend(&mut self, questions: usize) {
        self.spent += questions;
    }

    /// Begins the search of some pairs, if it can be afforded while those under way may ask so many questions more.
    pub(super) fn begin(&mut self, stakes: &[Stake], under_way: usize) -> bool {
        let worth = self.worth + stakes.iter().map(|stake| stake.windows).sum::<usize>();
        let inferences = stakes.iter().map(|stake| stake.inferences).sum::<usize>();
        let questions = stakes.iter().map(|stake| stake.windows.saturating_sub(1)).sum::<usize>();
        if self.spent + under_way + inferences + questions > worth {
            return false;
        }
        self.worth = worth;
        self.spent += inferences;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stake(attempts: i64) -> Stake {
        Stake::of(31, Counts::new(attempts, 0).unwrap(), true)
    }

    #[test]
    fn searches_that_lose_use_the_allowance_up() {
        let mut allowance = Allowance::new(31);
        let mut lost = 0;
        // 30 edges and 15 inferences for 31 windows.
        while allowance.begin(&[stake(15)], 0) {
            allowance.spend(30);
            lost += 14;
        }
        assert_eq!(lost, 56);
        assert!(lost <= most_lost(31, 12), "{} at most", most_lost(31, 12));
        assert!(allowance.begin(&[stake(1)], 0), "what cannot lose may always be searched");
    }

    #[test]
    fn searches_that_save_refill_it() {
        let mut allowance = Allowance::new(31);
        for _ in 0..100 {
            assert!(allowance.begin(&[stake(15)], 0));
            allowance.spend(16);
        }
    }

    #[test]
    fn what_is_under_way_counts_as_if_it_went_ill() {
        let mut allowance = Allowance::new(31);
        assert!(allowance.begin(&[stake(15)], 0));
        // Of the allowance's 62 windows 14 may be lost by the first, and 14 by each of the next.
        assert!(allowance.begin(&[stake(15); 3], 30));
        assert!(!allowance.begin(&[stake(15)], 120));
    }

    #[test]
    fn nothing_can_be_lost_where_few_windows_are_searched() {
        assert_eq!([1, 2, 3, 4, 5, 6, 31].map(|windows| most_lost(windows, 1)), [0, 0, 0, 0, 1, 1, 14]);
        assert_eq!(most_lost(31, 1000), 62);
    }
}

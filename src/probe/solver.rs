//! Whether some distribution of attempts over time explains every reply.
//!
//! Let `P(c)` be the number of attempts before a cut `c`. A question that covers `[from, to]` and brought `n` says
//! `P(to) − P(from) = n`, time says that `P` never falls, and stamps in whole seconds say where it cannot rise. These
//! are difference constraints: a distribution exists unless they contain a negative cycle, which Bellman and Ford find.

use std::collections::BTreeSet;

use super::hypothesis::{Cut, Hypothesis, Stamps};
use crate::model::UnixMillis;

/// What a question between two bounds brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Observation {
    pub(super) after: UnixMillis,
    pub(super) before: UnixMillis,
    /// `None`: it was refused.
    pub(super) count: Option<i64>,
}

/// A span of time that holds at least one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AtLeastOne {
    pub(super) from: Cut,
    pub(super) to: Cut,
}

/// Whether a hypothesis explains all observations, and the demand if there is one.
pub(super) fn explains(hypothesis: Hypothesis, observations: &[Observation], demand: Option<AtLeastOne>) -> bool {
    let mut equations = Vec::with_capacity(observations.len());
    for observation in observations {
        match (hypothesis.covers(observation.after, observation.before), observation.count) {
            (None, None) => {}
            // An empty range holds nothing.
            (Some((from, to)), Some(count)) if to <= from => {
                if count != 0 {
                    return false;
                }
            }
            (Some((from, to)), Some(count)) => equations.push((from, to, count)),
            (None, Some(_)) | (Some(_), None) => return false,
        }
    }
    let bounds = equations.iter().flat_map(|(from, to, _)| [*from, *to]);
    let demanded = demand.iter().flat_map(|demand| [demand.from, demand.to]);
    let cuts: Vec<Cut> = bounds.chain(demanded).collect::<BTreeSet<_>>().into_iter().collect();
    let place = |cut: Cut| cuts.binary_search(&cut).unwrap_or_else(|place| place);

    // (a, b, n): P(b) ≤ P(a) + n.
    let mut limits = Vec::new();
    for (index, pair) in cuts.windows(2).enumerate() {
        limits.push((index + 1, index, 0));
        if hypothesis.stamps == Stamps::Whole && !pair[0].has_whole_second_until(pair[1]) {
            limits.push((index, index + 1, 0));
        }
    }
    for (from, to, count) in equations {
        limits.push((place(from), place(to), count));
        limits.push((place(to), place(from), -count));
    }
    limits.extend(demand.map(|demand| (place(demand.to), place(demand.from), -1)));
    is_feasible(cuts.len(), &limits)
}

fn is_feasible(places: usize, limits: &[(usize, usize, i64)]) -> bool {
    let mut values = vec![0i64; places];
    // Without a negative cycle, values are settled after as many rounds as there are places.
    (0..=places).any(|_| {
        let mut is_settled = true;
        for &(from, to, difference) in limits {
            let most = values[from].saturating_add(difference);
            if values[to] > most {
                values[to] = most;
                is_settled = false;
            }
        }
        is_settled
    })
}

#[cfg(test)]
mod tests {
    use super::super::hypothesis::Fractions;
    use super::*;
    use crate::model::Interval;

    fn hypothesis(interval: Interval, stamps: Stamps) -> Hypothesis {
        Hypothesis { interval, stamps, fractions: Fractions::Heeded }
    }

    fn seen(after: i64, before: i64, count: i64) -> Observation {
        Observation { after: UnixMillis(after), before: UnixMillis(before), count: Some(count) }
    }

    #[test]
    fn overlaps_and_gaps_tell_the_ends() {
        // Two halves and their whole: equal sums, more in the halves, less in the halves.
        for (halves, whole, possible) in [
            ((2, 3), 5, vec![Interval::ClosedOpen, Interval::OpenClosed, Interval::Closed, Interval::Open]),
            ((2, 3), 4, vec![Interval::Closed]),
            ((2, 3), 6, vec![Interval::Open]),
            ((2, 3), 2, vec![]),
        ] {
            let observations = [seen(0, 2000, halves.0), seen(2000, 4000, halves.1), seen(0, 4000, whole)];
            let explaining = |interval: &Interval| explains(hypothesis(*interval, Stamps::Whole), &observations, None);
            let found: Vec<_> = Interval::ALL.into_iter().filter(explaining).collect();
            assert_eq!(found, possible, "{halves:?} {whole}");
        }
    }

    #[test]
    fn whole_stamps_leave_no_attempt_inside_a_second() {
        let inside = [seen(1, 999, 1)];
        assert!(!explains(hypothesis(Interval::Closed, Stamps::Whole), &inside, None));
        assert!(explains(hypothesis(Interval::Closed, Stamps::Fractional), &inside, None));
        // Open ends, one second apart.
        assert!(!explains(hypothesis(Interval::Open, Stamps::Whole), &[seen(1000, 2000, 1)], None));
        assert!(explains(hypothesis(Interval::OpenClosed, Stamps::Whole), &[seen(1000, 2000, 1)], None));
    }

    #[test]
    fn a_demand_can_make_it_impossible() {
        let observations = [seen(0, 1000, 4), seen(0, 1, 4)];
        let demand = |from, to| Some(AtLeastOne { from: Cut::after(from), to: Cut::before(to) });
        let account = hypothesis(Interval::ClosedOpen, Stamps::Fractional);
        assert!(explains(account, &observations, None));
        assert!(!explains(account, &observations, demand(1, 1000)));
        assert!(explains(account, &observations[..1], demand(1, 1000)));
    }

    #[test]
    fn refusals_count_too() {
        let refused = Observation { after: UnixMillis(1), before: UnixMillis(1000), count: None };
        let of = |fractions| Hypothesis { fractions, ..hypothesis(Interval::ClosedOpen, Stamps::Whole) };
        let explaining = |fraction: &Fractions| explains(of(*fraction), &[refused], None);
        assert_eq!(Fractions::ALL.into_iter().filter(explaining).collect::<Vec<_>>(), [Fractions::Refused]);
        let answered = seen(1, 1000, 0);
        let explaining = |fraction: &Fractions| explains(of(*fraction), &[answered], None);
        assert_eq!(Fractions::ALL.into_iter().filter(explaining).count(), 3);
    }
}

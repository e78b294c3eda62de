//! Takes out of the table what an attack brought, part by part, so that sums, baselines and comparisons are all cleared
//! of it alike.
//!
//! What was usual stays: it is shared out over the finest parts as they shared the place's other days, and no part is
//! left with more than it had.

use std::collections::BTreeSet;

use super::super::cube::{Amount, Cube};
use super::super::key::Key;

/// Leaves of some parts only so much in some units of time; `known` are the units that tell how the parts share.
pub(super) fn clear(cube: &mut Cube, is_inside: impl Fn(Key) -> bool, left: &[(usize, Amount)], known: &[usize]) {
    let hit: BTreeSet<usize> = left.iter().map(|(unit, _)| *unit).collect();
    let parts: Vec<Key> = cube.leaves().keys().copied().filter(|leaf| is_inside(*leaf)).collect();
    let others = || known.iter().filter(|unit| !hit.contains(unit));
    let share = |leaf: &Key| others().map(|unit| cube.leaves()[leaf][*unit].attempts).sum::<f64>();
    let shares: Vec<f64> = parts.iter().map(share).collect();
    let all: f64 = shares.iter().sum();
    for (unit, left) in left {
        let seen: f64 = parts.iter().map(|leaf| cube.leaves()[leaf][*unit].converted).sum();
        let converts = if seen > 0.0 { (left.converted / seen).min(1.0) } else { 0.0 };
        for (leaf, share) in parts.iter().zip(&shares) {
            let amount = cube.leaves()[leaf][*unit];
            let part = if all > 0.0 { share / all } else { 0.0 };
            let attempts = amount.attempts.min(left.attempts * part);
            let converted = (amount.converted * converts).min(attempts);
            cube.set(*leaf, *unit, Amount { attempts, converted });
        }
    }
}

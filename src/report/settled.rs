//! What of the period had settled, without attacks: what one account may be held against others by.

use super::cube::{Amount, Amounts, Cube};
use super::key::{Dimension, Key, Level};
use super::model::SettledCell;
use super::scope::Scope;

/// By country and channel, as far as these are split, from a table without attacks.
pub(super) fn settled(scope: &Scope, cleared: &Cube) -> Vec<SettledCell> {
    use Dimension::{Channel, Country};
    let level = [&[Country, Channel][..], &[Country], &[Channel]].into_iter().find_map(|split| cleared.has(split));
    let units: Vec<usize> = scope.current.iter().copied().filter(|unit| scope.units[*unit].is_final()).collect();
    let cell = |(key, amounts): (Key, Amounts)| {
        let Amount { attempts, converted } = Amount::sum(units.iter().map(|unit| amounts[*unit]));
        let cell = SettledCell { country: key.country, channel: key.channel, attempts, converted };
        (attempts > 0.0).then_some(cell)
    };
    cleared.by(level.unwrap_or(Level::WHOLE)).into_iter().filter_map(cell).collect()
}

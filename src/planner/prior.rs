//! Which countries to expect attempts in, before they are asked for.

use std::cmp::Reverse;

use crate::model::{Country, MatrixShape};

/// The indices of a shape's countries, those to be expected first in front: what `known` attempts they had in windows
/// that earlier runs asked for decides, then the prior.
pub(super) fn order(shape: &MatrixShape, known: impl Fn(usize) -> i64) -> Vec<usize> {
    let Some(countries) = &shape.countries else { return vec![0] };
    let by_size: Vec<Country> = Country::by_size().collect();
    let rank = |country: &Country| by_size.iter().position(|it| it == country);
    let mut order: Vec<usize> = (0..countries.len()).collect();
    order.sort_by_cached_key(|&index| (Reverse(known(index)), rank(&countries[index])));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_comes_before_what_is_guessed() {
        let countries = ["AD", "CO", "US", "ZW"].map(|code| code.parse().unwrap());
        let shape = MatrixShape { countries: Some(countries.to_vec()), ..MatrixShape::default() };
        assert_eq!(order(&shape, |_| 0), [2, 1, 0, 3], "the busy ones, then as listed");
        assert_eq!(order(&shape, |index| [0, 5, 0, 7][index]), [3, 1, 2, 0]);
    }
}

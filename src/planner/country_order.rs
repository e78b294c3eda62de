//! Which countries to expect attempts in, before they are asked for.

use std::cmp::Reverse;

use super::index::{CountryIndex, Position, all};
use crate::model::{Country, MatrixShape};

/// A shape's countries, those to be expected first in front: what `known` attempts they had in windows
/// that earlier runs asked for decides, then the prior.
pub(super) fn order(shape: &MatrixShape, known: impl Fn(CountryIndex) -> i64) -> Vec<CountryIndex> {
    let mut order: Vec<CountryIndex> = all(shape.country_count()).collect();
    let by_size: Vec<Country> = Country::by_size().collect();
    let rank = |country: Country| by_size.iter().position(|it| *it == country);
    order.sort_by_cached_key(|&index| (Reverse(known(index)), shape.country(index.number()).map(rank)));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::index::Each;

    #[test]
    fn what_is_known_comes_before_what_is_guessed() {
        let countries: [Country; 4] = ["AD", "CO", "US", "ZW"].map(|code| code.parse().unwrap());
        let shape = MatrixShape { countries: Some(countries.to_vec()), ..MatrixShape::default() };
        let names = |known: [i64; 4]| {
            let known: Each<CountryIndex, i64> = known.into_iter().collect();
            let order = order(&shape, |index| known[index]).into_iter();
            order.map(|index| countries[index.number()].to_string()).collect::<Vec<_>>()
        };
        assert_eq!(names([0; 4]), ["US", "CO", "AD", "ZW"], "the busy ones, then as listed");
        assert_eq!(names([0, 5, 0, 7]), ["ZW", "CO", "US", "AD"]);
    }
}

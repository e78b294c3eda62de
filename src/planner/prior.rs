//! Which countries to expect attempts in, before they are asked for.

use std::cmp::Reverse;

use crate::model::{Country, MatrixShape};

/// Countries where one-time codes are sent a lot, the most first: large populations that are online, and the homes of
/// companies that send. A wrong guess costs a few questions and changes no row.
const BUSY: &str = "US IN BR GB MX ID DE FR CO NG PH ES IT CA TR AR PK VN SA AE ZA EG PL NL AU BD KE PE MY TH CL JP \
                    RU UA SG IL MA EC RO GH SE BE PT IQ KW QA CH DO GT VE HK TW KR CZ GR HU AT IE NO DK FI NZ";

/// The indices of a shape's countries, those to be expected first in front: what `known` attempts they had in windows
/// that earlier runs asked for decides, then the prior.
pub(super) fn order(shape: &MatrixShape, known: impl Fn(usize) -> i64) -> Vec<usize> {
    let Some(countries) = &shape.countries else { return vec![0] };
    let rank = |code: &str| BUSY.split_whitespace().position(|busy| busy == code).unwrap_or(usize::MAX);
    let mut order: Vec<usize> = (0..countries.len()).collect();
    order.sort_by_cached_key(|&index| (Reverse(known(index)), rank(countries[index].code())));
    order
}

/// Every country, those to be expected first in front.
pub(super) fn by_size() -> impl Iterator<Item = Country> {
    let busy = BUSY.split_whitespace().filter_map(|code| code.parse::<Country>().ok());
    let others = Country::all().filter(|country| !BUSY.split_whitespace().any(|code| code == country.code()));
    busy.chain(others)
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

    #[test]
    fn the_busy_countries_exist_and_are_named_once() {
        let codes: Vec<&str> = BUSY.split_whitespace().collect();
        let distinct: std::collections::HashSet<_> = codes.iter().collect();
        assert_eq!(distinct.len(), codes.len());
        assert!(codes.iter().all(|code| code.parse::<crate::model::Country>().is_ok()));
    }
}

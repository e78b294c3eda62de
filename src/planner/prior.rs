//! Which countries to expect attempts in, before any answer tells.

use crate::model::MatrixShape;

/// Countries where one-time codes are sent a lot, the most first: large populations that are online, and the homes of
/// companies that send. A wrong guess costs a few questions and changes no row.
const BUSY: &str = "US IN BR GB MX ID DE FR CO NG PH ES IT CA TR AR PK VN SA AE ZA EG PL NL AU BD KE PE MY TH CL JP \
                    RU UA SG IL MA EC RO GH SE BE PT IQ KW QA CH DO GT VE HK TW KR CZ GR HU AT IE NO DK FI NZ";

/// The indices of a shape's countries, those to be expected first in front.
pub(super) fn order(shape: &MatrixShape) -> Vec<usize> {
    let Some(countries) = &shape.countries else { return vec![0] };
    let rank = |code: &str| BUSY.split_whitespace().position(|busy| busy == code).unwrap_or(usize::MAX);
    let mut order: Vec<usize> = (0..countries.len()).collect();
    order.sort_by_key(|&index| rank(countries[index].code()));
    order
}

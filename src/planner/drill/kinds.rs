//! The kinds of attempts: those that converted and those that did not add up separately, so each bounds by itself.

use crate::model::Counts;

/// What of counts bounds others: both kinds of attempts, each by itself.
pub(super) type Kinds = fn(Counts) -> Counts;

/// Whether some of one can be some of the other, as both have attempts of the same kind.
pub(super) fn can_share(one: Counts, other: Counts, kinds: Kinds) -> bool {
    let (one, other) = (kinds(one), kinds(other));
    (one.converted() > 0 && other.converted() > 0) || (one.unconverted() > 0 && other.unconverted() > 0)
}

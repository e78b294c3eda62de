//! One slice looked into: which block of numbers holds what did not convert, over whom, when, and at what cost. Pure.
//!
//! There are two ways to look. Attempts of the list are added up one by one ([`Tally`]), and each ends there; without a
//! list Summary is asked by prefix, a digit a level ([`Descent`]). Both judge a block by the same [`Usual`]: what of its
//! attempts would have converted on other days.
//!
//! What is told of numbers are blocks, of seven digits at most, and no group of fewer than ten attempts.

mod descent;
mod groups;
mod tally;
#[cfg(test)]
mod tests;
mod usual;

pub use descent::{Descent, Told};
pub use groups::Groups;
pub use tally::Tally;
pub use usual::Usual;

use crate::model::{Counts, Prefix};

/// The block that holds what stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// How its numbers begin.
    pub prefix: Prefix,
    /// What was sent to it.
    pub counts: Counts,
}

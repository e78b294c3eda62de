//! What tests of other rooms take from the world, and nothing else ships.

pub(crate) mod attacks;
pub(crate) mod sketch;

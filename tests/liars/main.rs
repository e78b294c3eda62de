//! APIs that lie, and honest ones that look as if they did: the program is played against each, by both strategies and
//! with a kill in between, and no final row that it publishes may be wrong.
//!
//! One case by name: `cargo test --test liars filters::country_is_ignored`. `VERIFY_ROLLUP_LIARS` says how many random
//! liars there are, `VERIFY_ROLLUP_LIAR_SEED` plays a single one again.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod api;
mod bodies;
mod case;
mod clock;
mod filters;
mod growth;
mod history;
mod honest;
mod job;
mod kept;
mod liar;
mod life;
mod listed;
mod long_ranges;
mod pages;
mod proof;
mod question;
mod random;
mod roll;
mod rules;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod vanished;
mod world;

/// Each case is a test of its own, so that it can be run by its name.
macro_rules! cases {
    ($($(#[$meta:meta])* $name:ident => $case:expr;)*) => {
        $($(#[$meta])* #[test] fn $name() { $case.prove(stringify!($name)); })*
    };
}
pub(crate) use cases;

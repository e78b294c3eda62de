//! Long runs, for `make soak`: a million requests over real HTTP, a month of virtual time, and the order of system
//! calls. Each prints what it measured. They are minutes long in a release build, so `make test` doesn't know them.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod million;
mod month;
mod process;
#[path = "../support/mod.rs"]
mod support;
mod system_calls;

/// A size from the environment, to try a soak at a smaller one.
fn size(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

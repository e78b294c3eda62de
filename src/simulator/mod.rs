//! A simulated Verify account: its past, with a known truth.
//!
//! [`World`] is the account's past, a pure function of a seed: some sixty countries with a long tail of volumes, four
//! services, five channels, rates that differ by country and hour, e-mail without country or number, conversions that
//! come hours late, now and then a pumping attack. Any range has data, from [`World::OPENED`] to the present instant.
//!
//! [`World::truth`] and [`World::truth_table`] enumerate what really happened, on a path of their own.

mod attack;
mod cache;
mod countries;
mod day;
mod random;
mod traffic;
mod truth;
mod world;

pub use truth::TruthTable;
pub use world::World;

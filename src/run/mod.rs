//! The loop that turns questions into durable answers, and its events.
//!
//! [`drive()`] alone owns the planner, the ledger and the limiter; only requests are concurrent, and every queue is
//! bounded. An answer is learnt after the ledger has committed it: until then its request counts as in flight, and at
//! most `concurrency` are. Retries wait in the loop, hold no place among the requests in flight, and pay a token again.
//!
//! The pages of the list are read one after the other, those of several segments side by side. Each is a request like any
//! other; what a segment adds up to becomes durable whole, and is learnt then. A list that fails costs its segment alone.
//!
//! One place claims tokens, sends and judges failures (`attempt`); the loop and the [`Asker`] only schedule attempts.
//!
//! Stopping is in order: no new request, the answers in flight are awaited and committed, then the loop returns.

mod absent;
mod asker;
mod attempt;
mod drive;
mod ending;
mod events;
mod reach;
mod reader;
mod waiting;

pub use absent::AbsentCounts;
pub use asker::{Asked, Asker, Notice};
pub use drive::{Deps, ListDeps, Pace, RefusedCountries, drive};
pub use ending::{DriveError, DriveFailure, Driven, Ending, GiveUp, Stop};
pub use events::{Basis, Crowded, Event, Expected, Observer, Silent, Snapshot, Tally, Wanted};

//! `verify-rollup` turns a Twilio Verify account into a reconciled, warehouse-ready table of verification attempts and
//! conversion rates.
//!
//! ```text
//! job file ─► job ─► planner ─► run ─► rollup ─► sink ─► files ─► report
//!                       ▲         │
//!                       └─outcomes┤
//!                     ledger ◄────┤
//!                     fetch  ◄────┘      (simulator: the same API, in process)
//! ```
//!
//! Data flows one way: lower rooms never import higher ones, and no files import each other in a circle
//! (`tests/layers.rs` and `tests/circles.rs` keep the rules):
//!
//! - [`model`]: the shared words. It imports nothing of ours.
//! - [`job`]: the job file, its mistakes, calendars; it ends in a [`model::Matrix`]. [`planner`]: what to ask, and what
//!   the answers imply. `probe`: how an account behaves where the API's documentation is silent. [`rollup`]: rows,
//!   rates, the schema. `recall`: what recorded answers say together. These five import `model` only
//!   (the planner draws its samples by [`splitmix64`]): no I/O, no clock.
//! - [`state`]: the state directory, and the one machine that holds it at a time.
//! - [`fetch`]: one HTTP try, the token bucket, what a failure means. [`ledger`]: what has been answered.
//!   [`simulator`]: an account with a known truth. [`sink`]: tables and the dataset on disk. They don't know one
//!   another.
//! - `report`: what a period's rows say, and what in them deserves attention: pure, from rows that are handed to it;
//!   its page, charts and workbook.
//! - [`run`]: the loop that owns planner, ledger and limiter. `progress`: its events, shown. [`pipeline`]: a
//!   job from lock to report. [`cli`]: arguments in, words and an exit code out.
//! - [`clock`]: the one place that reads clocks; everything else is handed one. [`splitmix64`]: numbers that look
//!   random and never change, for [`planner`] and [`simulator`].
//!
//! The rules of the house: an answer is durable before it counts; a request takes a token before its first byte; what
//! could not be learnt is named and never becomes a zero; a window is published when its sums hold; files appear whole;
//! secrets are in one header and nowhere else; only `main` returns an exit code.

pub mod cli;
pub mod clock;
pub mod fetch;
pub mod job;
pub mod ledger;
pub mod model;
pub mod pipeline;
pub mod planner;
mod probe;
mod progress;
mod recall;
mod report;
pub mod rollup;
pub mod run;
pub mod simulator;
pub mod sink;
pub mod splitmix64;
pub mod state;

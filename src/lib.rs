//! `verify-rollup` turns a Twilio Verify account into a reconciled, warehouse-ready table of verification attempts and
//! conversion rates.

pub mod cli;
pub mod clock;
pub mod fetch;
pub mod job;
pub mod ledger;
pub mod model;
pub mod planner;
pub mod progress;
pub mod rollup;
pub mod run;
pub mod simulator;
pub mod sink;

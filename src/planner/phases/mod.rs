//! The phases of a plan, each with its own state. They run one after the other and share what is known alone.
//!
//! Invariant: a phase decides at its barriers. Between two of them its questions are fixed, so that they do not depend
//! on the order in which answers come.
//!
//! What several of them do alike is no phase itself: [afresh], [bisection], [`by_level`], [`country_doubt`], [hidden].

mod account;
mod afresh;
mod begin;
mod bisection;
mod bounds;
mod by_level;
mod cells;
mod closing;
mod controls;
mod country_doubt;
mod drill;
mod earlier;
mod filters;
mod hidden;
mod list;
mod margins;
mod phase;
mod prefixes;
mod recall;
mod recheck;
mod repeat;
mod retention;
mod review;
mod seconds;
mod siblings;
mod spot_check;
mod stage;
mod zeros;

pub(super) use phase::{Phase, Turn};
pub(super) use prefixes::most_questions as most_prefix_questions;
pub(super) use recheck::Failures;
pub(super) use retention::most_questions as most_retention_questions;
pub(super) use stage::Stage;

use seconds::{DAY, HOUR};

//! What a probe brought, for people and for scripts.

use super::advice::Advice;
use crate::model::UnixSeconds;
use crate::pipeline::Order;
use crate::probe::Findings;
use crate::run::{GiveUp, Tally};

/// The findings, what follows from them, and what they took.
pub(super) struct Report<'a> {
    pub(super) order: &'a Order,
    pub(super) as_of: UnixSeconds,
    pub(super) findings: Findings,
    pub(super) advice: Advice,
    pub(super) tally: Tally,
    /// Why the rest was not asked.
    pub(super) ended: Option<GiveUp>,
}

//! The clocks of a plan: the server's, the host's, and the instant that the job asks for (V8).

use super::Knowledge;
use crate::model::{UnixSeconds, Window};
use crate::planner::Terms;
use crate::planner::retention::WindowStatus;

impl Knowledge {
    /// The server's time, or where it never said one the host's.
    pub(in crate::planner) fn now(&self) -> UnixSeconds {
        self.evidence.server_at.unwrap_or(self.terms.now)
    }

    /// The latest of all clocks and of what the job asks for.
    pub(in crate::planner) fn latest(&self) -> UnixSeconds {
        let seen = self.evidence.server_at.max(self.evidence.asked_at);
        self.terms.as_of.max(self.terms.now).max(seen.unwrap_or(self.terms.now))
    }

    /// Whether the server's clock is so far behind that windows have not ended, or not settled, as they should have.
    pub(in crate::planner) fn is_ahead_of_server(&self) -> Option<UnixSeconds> {
        let now = self.evidence.server_at.filter(|now| *now < self.terms.as_of)?;
        let differs = |window: &Window| {
            self.terms.settling.is_settled(*window, self.terms.as_of) != self.terms.settling.is_settled(*window, now)
                || (window.end() > now && window.end() <= self.terms.as_of)
        };
        self.layout.matrix().windows().iter().any(differs).then_some(now)
    }

    /// Begins anew for an earlier instant, as the server's clock is behind `as_of`: what ends after it has no counts
    /// yet. What was seen of the account stays.
    pub(in crate::planner) fn restart(&mut self, now: UnixSeconds) {
        let matrix = self.layout.matrix().clone();
        let terms = Terms { as_of: now, ..self.terms.clone() };
        let mut fresh = Self::new(matrix, terms, |_| false);
        std::mem::swap(&mut fresh.archived, &mut self.archived);
        std::mem::swap(&mut fresh.evidence, &mut self.evidence);
        std::mem::swap(&mut fresh.memory, &mut self.memory);
        std::mem::swap(&mut fresh.expected, &mut self.expected);
        std::mem::swap(&mut fresh.spot, &mut self.spot);
        fresh.progress.done = self.progress.done;
        for (window, status) in fresh.layout.matrix().windows().iter().zip(&mut fresh.status) {
            if window.end() > now {
                *status = WindowStatus::Future;
            }
        }
        *self = fresh;
    }
}

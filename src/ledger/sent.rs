//! The bounds by which the ledger keys its answers: as they were sent.
//!
//! An answer belongs to its `DateCreatedAfter` and `DateCreatedBefore`, whatever the job believed of their exact
//! second. So a job whose `interval` was corrected finds no answer that was sent under the mistaken one, and asks anew.
//! Formats 1 and 2 stored windows, which count as sent under `[)`: its bounds are those of the window.

use crate::model::{Interval, UnixSeconds, Window};

/// What a question's `DateCreatedAfter` and `DateCreatedBefore` were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Sent {
    pub after: UnixSeconds,
    pub before: UnixSeconds,
}

impl Sent {
    /// The greatest number of [`Sent::doublings`].
    pub const MOST_DOUBLINGS: u32 = 62;

    /// What is sent to ask for a window.
    pub const fn of(window: Window, interval: Interval) -> Self {
        let (after, before) = interval.on_the_wire(window);
        Self { after, before }
    }

    /// The window that these bounds select; `None`: not a second lies between them.
    pub fn window(self, interval: Interval) -> Option<Window> {
        interval.window(self.after, self.before)
    }

    /// How often a second is doubled within its length. Ranges are kept by it, so that those which overlap a stretch of
    /// time are found without a look at all others: none of them begins earlier than twice their length before it.
    pub fn doublings(self) -> u32 {
        let length = self.before.0.saturating_sub(self.after.0);
        length.checked_ilog2().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_lies_between_its_power_of_two_and_the_next() {
        for (length, doublings) in [(-1, 0), (0, 0), (1, 0), (2, 1), (3, 1), (86_399, 16), (86_400, 16), (i64::MAX, 62)]
        {
            let sent = Sent { after: UnixSeconds(0), before: UnixSeconds(length) };
            assert_eq!(sent.doublings(), doublings, "{length}");
        }
        assert_eq!(Sent { after: UnixSeconds(i64::MIN), before: UnixSeconds(i64::MAX) }.doublings(), 62);
    }
}

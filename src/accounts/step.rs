//! The points that a turn passes, for crash tests.

/// A point after which a crash leaves something new behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnStep {
    /// The turn is this host's; the account's run has not begun.
    Taken,
    /// The account's run is over, and what it published is; nobody is told that the turn is.
    Worked,
}

impl TurnStep {
    /// Every step, in the order in which a turn passes them.
    pub const ALL: [Self; 2] = [Self::Taken, Self::Worked];

    /// Its name, distinct from those of other rooms' steps.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Taken => "turn-taken",
            Self::Worked => "turn-worked",
        }
    }
}

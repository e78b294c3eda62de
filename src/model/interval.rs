//! How the API treats the exact second of `DateCreatedAfter` and `DateCreatedBefore`, which it does not document.

use std::fmt;
use std::str::FromStr;

use super::{UnixSeconds, Window};

/// Which ends of (after, before) belong to an answer, written as in mathematics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Interval {
    /// `[)`: after ≤ t < before.
    #[default]
    ClosedOpen,
    /// `(]`: after < t ≤ before.
    OpenClosed,
    /// `[]`: after ≤ t ≤ before.
    Closed,
    /// `()`: after < t < before.
    Open,
}

impl Interval {
    /// All four.
    pub const ALL: [Self; 4] = [Self::ClosedOpen, Self::OpenClosed, Self::Closed, Self::Open];

    /// As the job file writes it.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::ClosedOpen => "[)",
            Self::OpenClosed => "(]",
            Self::Closed => "[]",
            Self::Open => "()",
        }
    }

    /// The `DateCreatedAfter` and `DateCreatedBefore` that select exactly the whole seconds of a range.
    #[must_use]
    pub const fn on_the_wire(self, range: Window) -> (UnixSeconds, UnixSeconds) {
        let after = match self {
            Self::ClosedOpen | Self::Closed => range.start(),
            Self::OpenClosed | Self::Open => range.start().plus_seconds(-1),
        };
        let before = match self {
            Self::ClosedOpen | Self::Open => range.end(),
            Self::OpenClosed | Self::Closed => range.end().plus_seconds(-1),
        };
        (after, before)
    }

    /// The whole seconds that these bounds select: the way back from [`Interval::on_the_wire`]. `None`: there are none.
    #[must_use]
    pub fn window(self, after: UnixSeconds, before: UnixSeconds) -> Option<Window> {
        let start = match self {
            Self::ClosedOpen | Self::Closed => after,
            Self::OpenClosed | Self::Open => after.plus_seconds(1),
        };
        let end = match self {
            Self::ClosedOpen | Self::Open => before,
            Self::OpenClosed | Self::Closed => before.plus_seconds(1),
        };
        Window::new(start, end)
    }

    /// Whether an attempt of the second `at` belongs to an answer for (after, before); `None` = no bound.
    #[must_use]
    pub fn admits(self, after: Option<UnixSeconds>, before: Option<UnixSeconds>, at: UnixSeconds) -> bool {
        let after_holds = after.is_none_or(|bound| match self {
            Self::ClosedOpen | Self::Closed => bound <= at,
            Self::OpenClosed | Self::Open => bound < at,
        });
        let before_holds = before.is_none_or(|bound| match self {
            Self::ClosedOpen | Self::Open => at < bound,
            Self::OpenClosed | Self::Closed => at <= bound,
        });
        after_holds && before_holds
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

/// The text is none of the four.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected one of [) (] [] ()")]
pub struct UnknownInterval;

impl FromStr for Interval {
    type Err = UnknownInterval;

    fn from_str(text: &str) -> Result<Self, UnknownInterval> {
        Self::ALL.into_iter().find(|interval| interval.symbol() == text).ok_or(UnknownInterval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_selects_the_window_under_its_own_semantics() {
        let range = Window::new(UnixSeconds(100), UnixSeconds(160)).unwrap();
        for interval in Interval::ALL {
            let (after, before) = interval.on_the_wire(range);
            assert_eq!(interval.window(after, before), Some(range), "{interval}");
            for at in 95..165 {
                let inside = interval.admits(Some(after), Some(before), UnixSeconds(at));
                assert_eq!(inside, (100..160).contains(&at), "{interval} at {at}");
            }
        }
        assert_eq!(
            Interval::Closed.window(UnixSeconds(100), UnixSeconds(100)),
            Window::new(UnixSeconds(100), UnixSeconds(101))
        );
        assert_eq!(Interval::Open.window(UnixSeconds(100), UnixSeconds(101)), None);
    }
}

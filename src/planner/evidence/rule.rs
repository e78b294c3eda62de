//! Rules that a test can switch off, to see that a liar is found by the rule that is there for it.
//!
//! Every job's plan heeds all of them: no setting reaches this, and only a debug build looks for the name of one.

use std::str::FromStr;

/// A rule of `docs/EVIDENCE.md` that puts questions of its own, or that judges.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// A filter must be seen to narrow.
    V2,
    /// Disjoint parts never exceed their whole.
    V3,
    /// Nothing vanishes into the remainder.
    V4,
    /// Totals are asked again at the end.
    V5,
    /// A blank account is no zero.
    V6,
    /// History ends inside windows.
    V7,
    /// Time is the server's.
    V8,
    /// One bad value must not cost all the others.
    V10,
    /// Growth explains growth only.
    V11,
}

impl Rule {
    /// All of them, in order.
    pub const ALL: [Self; 9] =
        [Self::V2, Self::V3, Self::V4, Self::V5, Self::V6, Self::V7, Self::V8, Self::V10, Self::V11];
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|rule| format!("{rule:?}") == text);
        found.ok_or_else(|| format!("`{text}` is no rule that can be left out; it takes one of {:?}", Self::ALL))
    }
}

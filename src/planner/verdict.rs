//! How a window comes out of a plan.

/// What becomes of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// All its cells are known and no identity forbids it: it is published.
    Complete,
    /// Something is unknown; [`Conclusion::missing`](super::Conclusion::missing) names it. Its former rows stay.
    Incomplete,
    /// An identity that covers it fails; [`Conclusion::differences`](super::Conclusion::differences) says how. Its
    /// former rows stay.
    Differs,
    /// The API holds it no longer, and no earlier run learnt it: it is absent, which is no failure.
    Expired,
    /// It ends after the server's now: there is nothing to count yet.
    Future,
    /// As [`Verdict::Expired`], but the published dataset has it: its rows stay.
    Archived,
}

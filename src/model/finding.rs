//! What a planner concludes: a finding for each cell, and the identities that differ.

use std::fmt;

use super::{Channel, Cost, Country, Counts, Prefix, Provenance, ServiceSid, Slice, UnixMicros, Window};

/// One value from each dimension that the job splits. A country may be the remainder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cell {
    /// The cell's window.
    pub window: Window,
    /// `None` = all.
    pub service: Option<ServiceSid>,
    /// `None` = all; [`Country::REMAINDER`] = those that the job does not list.
    pub country: Option<Country>,
    /// `None` = all.
    pub channel: Option<Channel>,
    /// `None` = all.
    pub prefix: Option<Prefix>,
}

impl From<&Cell> for Slice {
    fn from(cell: &Cell) -> Self {
        let &Cell { window: range, service, country, channel, prefix } = cell;
        Self { range, service, country, channel, prefix }
    }
}

/// A known cell: counts with their provenance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// What was found.
    pub cell: Cell,
    /// The counts.
    pub counts: Counts,
    /// Asked, inferred, or listed.
    pub provenance: Provenance,
    /// What its attempts cost, where they are listed.
    pub cost: Option<Cost>,
    /// Whether every answer that it rests on was settled when asked.
    pub is_final: bool,
    /// When it was asked; of inferred cells, the latest of the answers they rest on.
    pub asked_at: UnixMicros,
    /// What shows that it is so.
    pub rests_on: RestsOn,
}

/// What shows that counts are so, besides the answer that says them: the first of these that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RestsOn {
    /// Nothing yet, as the window still grows: a younger whole that its parts do not exceed.
    Growth,
    /// The checks of an earlier run.
    EarlierChecks,
    /// The window's countries make up their total, so that none of them can lack anything.
    WholeTotal,
    /// The same answer once more, in this run or an earlier one.
    Repetition,
    /// A sum over windows or channels that was asked after its parts.
    Sum,
    /// The totals of its window, its channel and its country, each of which the listed attempts add up to.
    Margins,
    /// The totals above, which the window's rows do not exceed, and which were the same at the end.
    Totals,
}

impl RestsOn {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Growth, Self::EarlierChecks, Self::WholeTotal, Self::Repetition, Self::Sum, Self::Margins, Self::Totals];

    /// Its name in `run --json`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Growth => "growth",
            Self::EarlierChecks => "earlier_checks",
            Self::WholeTotal => "whole_total",
            Self::Repetition => "repetition",
            Self::Sum => "sum",
            Self::Margins => "margins",
            Self::Totals => "totals",
        }
    }
}

/// A cell that could not be learnt, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingCell {
    /// The cell, or the total that its window wants.
    pub cell: Cell,
    /// For people.
    pub reason: String,
}

/// The identities of the design's "Reconciliation".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identity {
    /// Σ countries ≤ the total of window × channel.
    R1,
    /// Σ window totals = the range's total, per channel.
    R2,
    /// Σ channels' range totals = the range's total.
    R3,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::R1 => "R1",
            Self::R2 => "R2",
            Self::R3 => "R3",
        })
    }
}

/// Which count differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// `total_attempts`
    Attempts,
    /// `total_converted`
    Converted,
    /// `total_unconverted`
    Unconverted,
}

impl Metric {
    /// The column's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attempts => "total_attempts",
            Self::Converted => "total_converted",
            Self::Unconverted => "total_unconverted",
        }
    }
}

/// An identity that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which identity.
    pub identity: Identity,
    /// The range it speaks of.
    pub window: Window,
    /// The service it speaks of; `None` = all.
    pub service: Option<ServiceSid>,
    /// The channel it speaks of; `None` = all.
    pub channel: Option<Channel>,
    /// The prefix it speaks of; `None` = all.
    pub prefix: Option<Prefix>,
    /// Which count.
    pub metric: Metric,
    /// What the whole says (of R1: at most this; of a range that still grows: its nearer bound; of a whole that shrank:
    /// what it said first).
    pub expected: i64,
    /// What the parts add up to, or to what the whole shrank.
    pub actual: i64,
}

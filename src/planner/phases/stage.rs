//! The order of a plan: wholes before parts, then again after them where they may have grown.
//!
//! Between two stages everything in flight comes back. That makes a whole's first answer older than its parts and its
//! second one younger, and lets every decision rest on complete stages, whatever the order of answers within one.

use std::ops::Range;

use crate::model::{Reuse, Round};

use crate::planner::Freshness;
use crate::planner::evidence::Rule;
use crate::planner::layout::Layout;

/// A stage, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::planner) enum Stage {
    /// Looks old windows up in the ledger.
    Recall,
    /// Asks for the account as a whole.
    Account,
    /// Finds out how far back the API holds data.
    Retention,
    /// Looks for prefixes of settled windows that have nothing.
    Prefixes,
    AllChannels,
    RangeTotals,
    /// Asks for each service and channel without prefix.
    Margins,
    /// Looks for values that answer like the whole above them.
    Siblings,
    /// Reads settled windows page by page, and has Summary confirm them; what it leaves is drilled.
    List,
    /// Finds the cells of settled windows from fewer questions; what it leaves is asked below.
    Drill,
    WindowTotals,
    /// Reads growing windows page by page.
    ListGrowing,
    Cells,
    WindowTotalsAfter,
    /// Holds what was listed of growing windows against their totals before and after.
    Grown,
    RangeTotalsAfter,
    AllChannelsAfter,
    /// Control questions for what no answer showed; then the identities are checked.
    Review,
    /// Slices of identities that differ, parts first; then a review.
    Recheck,
    /// A sample of what was implied, directly.
    SpotCheck,
    /// What was implied beside an inference that the sample belied, directly; then a review.
    Doubted,
    /// The largest cell once more.
    Repeat,
    /// Looks zeros up that earlier runs saw as well.
    Earlier,
    /// Sums that were not used to infer their parts.
    Zeros,
    /// Whether filters narrow.
    Filters,
    /// Whether bounds are used to the second.
    Bounds,
    /// Totals once more.
    Closing,
    /// Whether both ends of a range are still heeded.
    Controls,
    Over,
}

impl Stage {
    pub(in crate::planner) const fn next(self) -> Self {
        match self {
            Self::Recall => Self::Account,
            Self::Account => Self::Retention,
            Self::Retention => Self::Prefixes,
            Self::Prefixes => Self::AllChannels,
            Self::AllChannels => Self::RangeTotals,
            Self::RangeTotals => Self::Margins,
            Self::Margins => Self::Siblings,
            Self::Siblings => Self::List,
            Self::List => Self::Drill,
            Self::Drill => Self::WindowTotals,
            Self::WindowTotals => Self::ListGrowing,
            Self::ListGrowing => Self::Cells,
            Self::Cells => Self::WindowTotalsAfter,
            Self::WindowTotalsAfter => Self::Grown,
            Self::Grown => Self::RangeTotalsAfter,
            Self::RangeTotalsAfter => Self::AllChannelsAfter,
            Self::AllChannelsAfter | Self::Recheck | Self::SpotCheck | Self::Doubted => Self::Review,
            Self::Review => Self::Repeat,
            Self::Repeat => Self::Earlier,
            Self::Earlier => Self::Zeros,
            Self::Zeros => Self::Filters,
            Self::Filters => Self::Bounds,
            Self::Bounds => Self::Closing,
            Self::Closing => Self::Controls,
            Self::Controls | Self::Over => Self::Over,
        }
    }

    /// The rule that the stage is there for, where it is there for one alone.
    pub(in crate::planner) const fn rule(self) -> Option<Rule> {
        match self {
            Self::Filters => Some(Rule::V2),
            Self::Repeat | Self::Earlier | Self::Zeros => Some(Rule::V4),
            Self::Closing => Some(Rule::V5),
            Self::Bounds | Self::Controls => Some(Rule::V8),
            Self::Siblings => Some(Rule::V10),
            _ => None,
        }
    }

    pub(in crate::planner) const fn round(self) -> Round {
        match self {
            Self::WindowTotalsAfter | Self::RangeTotalsAfter | Self::AllChannelsAfter => Round::After,
            Self::Recheck | Self::SpotCheck => Round::Again,
            _ => Round::First,
        }
    }

    /// Whether cells and totals are asked here for the first time.
    pub(in crate::planner) const fn is_first_asking(self) -> bool {
        matches!(
            self,
            Self::Prefixes | Self::AllChannels | Self::RangeTotals | Self::Drill | Self::WindowTotals | Self::Cells
        )
    }

    /// Whether slices are asked here that a later stage may want, too.
    pub(in crate::planner) const fn is_about_wholes(self) -> bool {
        matches!(self, Self::Account | Self::Retention | Self::Prefixes | Self::Margins | Self::List)
    }

    /// Where the answers of the stage may come from.
    pub(in crate::planner) fn reuse(self, is_provisional: bool, freshness: Freshness) -> Reuse {
        match self {
            Self::Recall => Reuse::SettledOnly,
            _ if self.is_first_asking() && !is_provisional && freshness == Freshness::Reuse => Reuse::Settled,
            _ => Reuse::Never,
        }
    }

    /// The numbers that the stage goes through, ascending; `old` windows are looked up first. Some may be skipped.
    pub(in crate::planner) fn nodes(self, layout: &Layout, old: usize) -> Vec<Range<u32>> {
        let grows = layout.is_provisional_range();
        let mut runs = match self {
            Self::Recall if old > 0 => vec![
                layout.cells_of_windows(0..old),
                layout.totals_of_windows(0..old),
                layout.range_totals(),
                layout.group_wholes(),
            ],
            Self::AllChannels => vec![layout.group_wholes()],
            Self::RangeTotals => vec![layout.range_totals()],
            Self::WindowTotals => vec![layout.totals_of_windows(layout.windows())],
            Self::Cells if !layout.windows().is_empty() => {
                let last = layout.window_asked_last();
                [0..last, last + 1..layout.windows().end, last..last + 1].map(|it| layout.cells_of_windows(it)).into()
            }
            Self::WindowTotalsAfter => vec![layout.totals_of_windows(layout.provisional_windows())],
            Self::RangeTotalsAfter if grows => vec![layout.range_totals()],
            Self::AllChannelsAfter if grows => vec![layout.group_wholes()],
            _ => Vec::new(),
        };
        runs.retain(|run| !run.is_empty());
        runs
    }
}

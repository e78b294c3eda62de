//! Ablation: a plan with one of its searches switched off, so that the benchmark shows what each of them saves.
//!
//! The table is the same without it, and what saves nothing goes. Every job's plan has them all: no setting reaches
//! this.

/// What can be switched off.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// Asking each country in all channels before its channels.
    CountryTotals,
    /// Asking a country's channels together before an edge.
    ChannelsTogether,
    /// What a channel's window has left, as a bound of the countries' cells in it.
    Room,
    /// Searching a channel with few attempts instead of asking all its windows.
    SparseColumns,
    /// Bounds of converted and unconverted attempts by themselves.
    BothKinds,
    /// The countries to be expected first.
    ExpectedFirst,
    /// The pairs with the most attempts before those with few.
    BusyFirst,
    /// Asking the windows of busy pairs instead of searching them, where inferences would have to be asked.
    BusyByWindow,
    /// The edge where half of the attempts is to be expected before it, instead of half of the windows.
    WeighedEdge,
    /// Looking for the zeros of growing windows.
    Growing,
    /// Prefixes shorter than the job's.
    ShortPrefixes,
    /// Several countries, and several searches, at a time.
    SideBySide,
}

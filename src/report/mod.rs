//! The report of a period, from the rows of a published dataset.
//!
//! [`Analysis`](analysis::Analysis) says which windows it needs and is handed their rows, once; what comes out is a
//! [`Report`], plain data that a page, a workbook or a message shows (`render`). Everything here is pure: no file, no
//! clock.
//!
//! Rates stand beside their sample size, and small samples are not ranked. A day that is missing is missing, not zero.
//! A flag needs statistical proof and a size that matters ([`Attention`](model::Attention)); what may still change
//! raises no drop.

pub mod accounts;
mod analysis;
mod attention;
mod calendar;
mod compare;
mod costs;
mod cube;
mod day;
mod fees;
pub mod format;
mod key;
mod model;
mod movers;
mod places;
mod prefixes;
pub mod priced;
mod read;
mod recorded;
pub mod render;
pub mod said;
mod scope;
mod sections;
mod series;
mod settled;
mod stats;

#[cfg(test)]
mod tests;

pub use calendar::{PeriodChoice, PeriodName};
pub use model::{
    Alike, AskedInPart, Change, Cleared, Cost, CostLine, CostSource, Costs, Countries, CountryLine, Coverage,
    CurrencyCosts, Evidence, Figure, Flag, FlagKind, FlagScope, Fresh, HeatMap, History, HourCell, HourGrid, Interval,
    Look, Member, MixBasis, Mover, Movers, Note, Period, Prefixes, Report, RunFacts, ServiceCosts, ServiceLine,
    Thresholds, TidyLine, TrendPoint, TrendState, Unlooked, WhyUnpriced,
};
pub use read::{Compared, ReportError, Request, read};

//! What is asked: the job file, its checks and messages, calendars. A checked [`Job`] ends in a
//! [`Matrix`](crate::model::Matrix).
//!
//! [`Job::parse`] takes text and gives either a job in which everything fits, or all [`Mistakes`] at once, each with
//! its place and its remedy. [`Job::matrix`] expands it at an instant. Both are pure: reading files, the clock and the
//! command line are others' business. Refused: keys that nothing reads, values that are only nearly right (codes are
//! exact), and anything that would count an attempt twice.

mod accounts;
mod calendar;
mod check;
mod duration;
mod endpoint;
mod field;
mod mistakes;
mod notify;
mod prices;
mod raw;
mod reference;
mod report;
mod routing;
mod rows;
mod service;
mod spec;
mod values;
mod windows;

pub use accounts::{AccountList, AccountSigning, Accounts, JobAccount, SecretPlace};
pub use calendar::{Unit, day_start, local_date};
pub use duration::{DurationError, parse_duration};
pub use endpoint::{Endpoint, EndpointError};
pub use mistakes::{Mistake, Mistakes, Style};
pub use notify::{NotifyEvent, NotifyForm, NotifySettings};
pub use prices::{Price, PriceList, PricedPart, Prices};
pub use raw::json_schema;
pub use reference::markdown as reference;
pub use report::{AttentionSettings, PeriodKind, ReportFormat, ReportSettings, Share};
pub use routing::{Routing, RoutingError};
pub use spec::{InvalidJobName, Job, JobName, Limits, MOST_CELLS, OutputSettings, Source, TooManyCells};
pub use windows::{Every, Range, RangeError, WindowPlan};

#[cfg(test)]
mod tests;

//! The statistics of the report: intervals of rates and of their differences, tests of proportions, false discoveries.
//!
//! Pure functions of numbers. Rates come with real-valued sample sizes, as an expected rate at another weekday mix has
//! no whole number of conversions. Nothing here knows what an attempt is.

mod discovery;
mod distributions;
mod proportions;
mod scan;

pub(super) use discovery::q_values;
pub(super) use distributions::binomial_at_most;
pub(super) use proportions::{Sample, difference, drop_p_value};
pub(super) use scan::{Failing, Stretch, failed_stretches};

//! The statistics of the report: intervals of rates and of their differences, tests of proportions, false discoveries.
//!
//! Pure functions of numbers. Rates come with real-valued sample sizes, as an expected rate at another weekday mix has
//! no whole number of conversions. Nothing here knows what an attempt is.

mod discovery;
mod dispersion;
mod distributions;
mod levels;
mod proportions;
mod scan;
mod spread;

pub(super) use discovery::{q_values, weighted_q_values};
pub(super) use dispersion::{Correlation, RateDay, RateSpread};
pub(super) use distributions::{binomial_at_most, both};
pub(super) use levels::Levels;
pub(super) use proportions::{Sample, difference, fall_p_value};
pub(super) use scan::{Failing, Scan, Stretch, failed_stretches};
pub(super) use spread::{Differing, Spread, differences};

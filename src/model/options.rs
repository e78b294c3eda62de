//! What a job chooses that others need to know: the planner, the dataset, the files.

use super::keywords::words;

words! {
    /// `[plan] strategy`: how a job's cells are learnt.
    JobStrategy {
        /// From pages of the list where that takes fewer requests and the job allows it, else by drill-down.
        Auto = "auto",
        /// From pages of the list as far back as it reaches, else by drill-down.
        List = "list",
        /// From the fewest questions.
        DrillDown = "drill-down",
        /// From one question for each cell.
        Exhaustive = "exhaustive",
    }
}

impl JobStrategy {
    /// How slices are asked where no page is read.
    #[must_use]
    pub const fn of_slices(self) -> Strategy {
        match self {
            Self::Auto | Self::List | Self::DrillDown => Strategy::DrillDown,
            Self::Exhaustive => Strategy::Exhaustive,
        }
    }
}

words! {
    /// Which slices are asked.
    Strategy {
        /// What tells all cells of settled windows from the fewest requests.
        DrillDown = "drill-down",
        /// One request for each cell, and the totals that they add up to.
        Exhaustive = "exhaustive",
    }
}

/// How the values of a dimension were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// Not at all: the dimension is not split.
    Unsplit,
    /// One by one.
    Listed,
    /// As `"all"`.
    Every,
}

/// What becomes of attempts outside the job's countries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remainder {
    /// They are a `ZZ` row.
    Keep,
    /// They are asked for, to reconcile, but have no row.
    Drop,
}

/// `[output] history`: whether every change of a published row is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChangeLog {
    /// The table tells how rows stand, and no more.
    #[default]
    Off,
    /// A log beside it tells how they came to.
    Kept,
}

words! {
    /// A file format of the table.
    Format {
        /// Apache Parquet.
        Parquet = "parquet",
        /// Comma-separated text.
        Csv = "csv",
    }
}

words! {
    /// One file for each of these; a row belongs to the local date at which its window starts, however long the window
    /// is. So any partition goes with any `every`: a month's window stands in the file of its first day.
    Partition {
        /// `day=2026-10-01/`.
        Day = "day",
        /// `month=2026-10/`.
        Month = "month",
        /// One file.
        None = "none",
    }
}

words! {
    /// How Parquet pages are compressed.
    Compression {
        /// The smallest files.
        Zstd = "zstd",
        /// Quick to write, and read by everything.
        Snappy = "snappy",
        /// Not at all.
        None = "none",
    }
}

//! The one summary of a run: its fields (`record`), and how they follow from what was found (`fill`).

mod fill;
mod listed;
mod record;

pub(super) use fill::{add_conclusion, add_published, add_tally, blank, window_record};
pub use record::{
    CellRecord, DayRecord, DifferenceRecord, EvidenceRecord, MissingRecord, OutputRecord, ReportRecord, RequestRecord,
    SpotCheckDifference, Status, Summary, UnprovenRecord, WindowRecord,
};

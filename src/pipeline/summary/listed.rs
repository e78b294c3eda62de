//! What the list told, in a run's summary.

use super::Summary;
use super::record::{ListedDifferenceKind, ListedDifferenceRecord};
use crate::model::{Counts, Metric};
use crate::planner::{Conclusion, ListedDifference, Margin};

/// Where Summary counts otherwise than the list, count by count.
fn listed_differences(difference: &ListedDifference) -> Vec<ListedDifferenceRecord> {
    let ListedDifference { margin, slice, listed, summary } = *difference;
    let kind = match (margin, slice.channel.is_some(), slice.service.is_some(), slice.prefix.is_some()) {
        (Margin::Window | Margin::Growing, ..) => ListedDifferenceKind::Window,
        (Margin::Country, ..) => ListedDifferenceKind::Country,
        (Margin::Lane, true, ..) => ListedDifferenceKind::Channel,
        (Margin::Lane, false, true, _) => ListedDifferenceKind::Service,
        (Margin::Lane, false, false, true) => ListedDifferenceKind::Prefix,
        (Margin::Lane, false, false, false) => ListedDifferenceKind::Whole,
    };
    let metrics =
        [(Metric::Attempts, Counts::attempts as fn(Counts) -> i64), (Metric::Converted, Counts::converted as _)];
    let differing = metrics.into_iter().map(|(metric, of)| (metric, of(listed), of(summary)));
    let record = |(metric, listed, summary): (Metric, i64, i64)| ListedDifferenceRecord {
        kind,
        window_start: slice.range.start().to_string(),
        window_end: slice.range.end().to_string(),
        service_sid: slice.service.map(|it| it.to_string()),
        country: slice.country.map(|it| it.to_string()),
        channel: slice.channel.map(|it| it.to_string()),
        destination_prefix: slice.prefix.map(|it| it.to_string()),
        metric: metric.name().to_owned(),
        listed,
        summary,
    };
    differing.filter(|(_, listed, summary)| listed != summary).map(record).collect()
}

/// What the list told, and where it is not to be believed.
pub(super) fn add_listed(summary: &mut Summary, conclusion: &Conclusion) {
    summary.listed_cells = conclusion.listed_cells;
    summary.listed_attempts = conclusion.listed_attempts;
    summary.listed_differences = conclusion.listed_differences.iter().flat_map(listed_differences).collect();
    if let Some(first) = conclusion.listed_differences.first() {
        let (attempts, of) = (first.listed.attempts(), first.summary.attempts());
        summary.warnings.push(format!(
            "the list and Summary differ in {} sums, the first of them {}: {attempts} attempts are listed, {of} counted; \
             what is at fault was asked for instead",
            conclusion.listed_differences.len(),
            first.slice
        ));
    }
}

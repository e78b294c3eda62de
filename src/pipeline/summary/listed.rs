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
    summary.warnings.extend(told(&conclusion.listed_differences));
}

/// How many sums differ, and the first of them by a count that does.
fn told(differences: &[ListedDifference]) -> Option<String> {
    let ListedDifference { slice, listed, summary, .. } = differences.first()?;
    let (what, listed, counted) = if listed.attempts() == summary.attempts() {
        ("converted attempts", listed.converted(), summary.converted())
    } else {
        ("attempts", listed.attempts(), summary.attempts())
    };
    Some(format!(
        "the list and Summary differ in {} sums, the first of them {slice}: {listed} {what} are listed, {counted} \
         counted; what is at fault was asked for instead",
        differences.len()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Slice, UnixSeconds, Window};

    /// Before, lists that differ in conversions alone were told with as many attempts listed as counted.
    #[test]
    fn a_difference_is_told_by_a_count_that_differs() {
        let slice = Slice::whole(Window::new(UnixSeconds(0), UnixSeconds(3600)).unwrap());
        let counts = |attempts, converted| Counts::new(attempts, converted).unwrap();
        for (listed, words) in [
            (counts(9, 5), ": 9 attempts are listed, 8 counted; "),
            (counts(9, 6), ": 9 attempts are listed, 8 counted; "),
            (counts(8, 6), ": 6 converted attempts are listed, 5 counted; "),
        ] {
            let differs = ListedDifference { margin: Margin::Window, slice, listed, summary: counts(8, 5) };
            let told = told(&[differs]).unwrap();
            assert!(told.contains(words) && told.starts_with("the list and Summary differ in 1 sums"), "{told}");
        }
        assert_eq!(told(&[]), None);
    }
}

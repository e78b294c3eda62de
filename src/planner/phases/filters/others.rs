//! Values that the job does not list: which of them could show that a filter works, and where they are asked.

use super::case::control_note;
use crate::model::{Channel, Counts, Prefix, Slice, Window};
use crate::planner::evidence::{Candidate, Part};
use crate::planner::knowledge::Knowledge;
use crate::planner::phases::DAY;

/// How far back, in seconds, positive controls reach where nothing limits them: an account that was silent for longer
/// has nothing to show.
const LONGEST_CONTROL: i64 = 400 * DAY;

pub(super) fn candidate(known: &Knowledge, name: String, slice: Slice) -> Candidate {
    Candidate { name, remembered: known.evidence.notes.ever(&control_note(&slice)), slice }
}

/// Where other values are asked: beside one that holds everything under the whole that it is held against, beside
/// values that hold nothing over the longest stretch that the account answers.
pub(super) fn place_of_others(known: &Knowledge, whole: Slice, parts: &[Part]) -> Slice {
    let is_silent = parts.iter().all(|part| part.counts == Counts::ZERO);
    let reach = known.longest.unwrap_or(LONGEST_CONTROL);
    let start = whole.range.start().min(whole.range.end().plus_seconds(-reach));
    match Window::new(start, whole.range.end()) {
        Some(range) if is_silent => Slice { range, ..whole },
        _ => whole,
    }
}

pub(super) fn channels_unlisted(known: &Knowledge, scope: Slice, parts: &[Part]) -> Vec<Candidate> {
    let place = place_of_others(known, scope, parts);
    let listed = known.layout.matrix().shape().channels.as_deref().unwrap_or_default();
    let others = Channel::ALL.into_iter().filter(|channel| !listed.contains(channel));
    others.map(|channel| candidate(known, channel.to_string(), Slice { channel: Some(channel), ..place })).collect()
}

/// Prefixes that show whether the filter works: where listed ones hold nothing, every first digit; beside one that
/// holds everything, those that have no number in common with a listed one, which its own first digits may hide.
pub(super) fn prefixes_unlisted(listed: &[Prefix], busiest: Option<Prefix>) -> impl Iterator<Item = Prefix> {
    let start = busiest.map_or_else(String::new, |prefix| prefix.digits().to_string());
    let depths = 0..start.len().max(1);
    let all: Vec<Prefix> = depths
        .flat_map(|depth| (0..=9).map(move |digit| (depth, digit)))
        .filter_map(|(depth, digit)| format!("{}{digit}", &start[..depth]).parse().ok())
        .filter_map(Prefix::from_digits)
        .collect();
    let listed: Vec<Prefix> = if busiest.is_some() { listed.to_vec() } else { Vec::new() };
    all.into_iter().filter(move |other| !listed.iter().any(|it| it.is_start_of(*other) || other.is_start_of(*it)))
}

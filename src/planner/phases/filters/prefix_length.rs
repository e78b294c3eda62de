//! Whether all digits of a prefix count: a listed one, continued to the longest number, holds less than by itself.

use super::Filters;
use super::case::filters_of;
use crate::model::{Counts, Prefix, Round, Slice, Window};
use crate::planner::evidence::Withheld;
use crate::planner::knowledge::Knowledge;

/// The digits of the longest number.
const LONGEST_NUMBER: usize = 15;

impl Filters {
    /// Chooses the longest prefix that holds attempts.
    pub(super) fn begin_prefix_length(&mut self, known: &Knowledge, range: Window) {
        let layout = &known.layout;
        let longest = layout
            .lanes()
            .filter_map(|lane| {
                let prefix = layout.prefix(layout.prefix_of(lane))?;
                let counts = known.lane_tried(lane)?;
                let length = prefix.digits().to_string().len();
                (counts != Counts::ZERO && length < LONGEST_NUMBER).then_some((length, counts.attempts(), lane))
            })
            .max_by_key(|&(length, attempts, lane)| (length, attempts, std::cmp::Reverse(lane)));
        let Some((_, _, lane)) = longest else { return };
        let slice = layout.slice_of(range, None, lane);
        let Some(prefix) = slice.prefix else { return };
        let digits = format!("{:9<LONGEST_NUMBER$}", prefix.digits());
        let continued = digits.parse().ok().and_then(Prefix::from_digits);
        let slice = Slice { prefix: continued, ..slice };
        let note = format!("narrows DestinationPrefix {}", filters_of(&slice));
        if known.evidence.notes.lately(&note).is_none() {
            self.continued = known.lane_tried(lane).map(|counts| (slice, counts));
        }
    }

    pub(super) fn settle_prefix_length(&mut self, known: &mut Knowledge) {
        if let Some((slice, held)) = self.continued.take() {
            known.evidence.counts.controls += 1;
            match self.inquiry.answer(&slice, Round::Proof) {
                Some(answer) if answer.counts.attempts() < held.attempts() => {
                    known.evidence.notes.add(format!("narrows DestinationPrefix {}", filters_of(&slice)), 1);
                }
                Some(_) => known.evidence.withhold(Withheld::Ignored(
                    "DestinationPrefix",
                    format!(
                        "the API cuts DestinationPrefix short: {} holds as much as the shorter prefix it begins with; \
                         leave destination_prefixes out, or ask the vendor",
                        filters_of(&slice)
                    ),
                )),
                None => known.evidence.leave_unproven(
                    "DestinationPrefix",
                    "whether the API uses all digits of a prefix could not be learnt".to_owned(),
                ),
            }
        }
    }
}

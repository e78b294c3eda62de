//! Sums of windows against the answers for all of them.

use super::{Zeros, ZerosStep};
use crate::model::{Counts, Round, Slice};
use crate::planner::evidence::{Withheld, change};
use crate::planner::knowledge::Knowledge;
use crate::planner::phases::{Stage, Turn};

impl Zeros {
    /// Asks for all windows of each sum.
    pub(super) fn ask_sums(&mut self, known: &Knowledge) {
        self.step = ZerosStep::Sums;
        for (filters, windows) in &self.sums {
            if let Some(range) = known.layout.hull(windows.clone()) {
                self.inquiry.put(Slice { range, ..*filters }, Round::Proof);
            }
        }
    }

    /// Holds them against what is known; those that differ are narrowed down.
    pub(super) fn settle_sums(&mut self, known: &mut Knowledge) -> Turn {
        let mut differing = Vec::new();
        let (mut full, mut blank) = (0, 0);
        for (filters, windows) in std::mem::take(&mut self.sums) {
            let Some(range) = known.layout.hull(windows.clone()) else { continue };
            let slice = Slice { range, ..filters };
            let Some(answer) = self.inquiry.answer(&slice, Round::Proof) else {
                let reason = format!("the sum that proves {slice} could not be asked");
                windows.for_each(|window| known.evidence.lack(window, &reason));
                continue;
            };
            let Some(sum) = known.sum(&slice, windows.clone()) else { continue };
            known.evidence.counts.sums_checked += 1;
            if let Some(before) = known.answered.get(&slice).copied().filter(|before| !before.may_become(answer.counts))
            {
                let reason = format!("{}: attempts do not go away", change(&slice, before, answer.counts));
                windows.clone().for_each(|window| known.evidence.hold(window, &reason));
            }
            full += usize::from(sum != Counts::ZERO);
            blank += usize::from(sum != Counts::ZERO && answer.counts == Counts::ZERO);
            if let Some(country) = known.layout.country_index(slice.country).filter(|_| slice.channel.is_none()) {
                known.country_totals.insert((slice.service, slice.prefix, country), answer.counts);
            }
            if sum == answer.counts {
                let series = known.series_within(&slice);
                known.evidence.grounds.add_sum(series);
            } else {
                differing.push((filters, windows, answer.counts));
            }
        }
        if full > 1 && blank == full {
            known.evidence.withhold(Withheld::Unsure(
                "the API shows nothing for any country now, though it did a while ago: run again later".to_owned(),
            ));
            return Turn::To(Stage::Controls);
        }
        for (filters, windows, stated) in differing {
            self.bisection.begin(known, filters, windows, stated);
        }
        self.step = ZerosStep::Halves;
        Turn::More
    }
}

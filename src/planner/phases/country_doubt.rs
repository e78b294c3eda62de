//! Countries that answer like the whole above them, while others hold attempts (V10): they are asked once more, and
//! their attempts count in the remainder if they still do.

use super::siblings::to_confirm;
use crate::model::{Counts, Outcome, Question, Round, Slice};
use crate::planner::evidence::{Inquiry, Rule, Suspicion, Withheld, suspect};
use crate::planner::index::CountryIndex;
use crate::planner::knowledge::Knowledge;

/// Countries that answered like the whole above them, until they are asked once more.
#[derive(Debug, Default)]
pub(super) struct CountryDoubt {
    inquiry: Inquiry,
    open: Option<Family>,
}

/// A whole and all countries under it, each with what it held.
#[derive(Debug)]
struct Family {
    whole: (Slice, Counts),
    countries: Vec<(CountryIndex, Slice, Counts)>,
}

impl CountryDoubt {
    /// Begins to doubt countries under a whole, if they give cause; `false` if not.
    pub(super) fn begin(
        &mut self,
        known: &Knowledge,
        whole: (Slice, Counts),
        countries: Vec<(CountryIndex, Slice, Counts)>,
    ) -> bool {
        let suspects = to_confirm(countries.iter().map(|(country, _, counts)| (*country, *counts)), whole.1);
        if suspects.is_empty() || !known.evidence.heeds(Rule::V10) {
            return false;
        }
        for (country, slice, _) in &countries {
            if suspects.contains(country) {
                self.inquiry.put(*slice, Round::Again);
            }
        }
        self.inquiry.put(whole.0, Round::Again);
        // Nothing is asked again twice.
        let is_open = self.inquiry.len() > 0;
        self.open = is_open.then_some(Family { whole, countries });
        is_open
    }

    pub(super) fn next(&mut self) -> Option<Question> {
        self.inquiry.next()
    }

    pub(super) const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    pub(super) fn learn(&mut self, question: &Question, outcome: &Outcome) {
        self.inquiry.learn(question, outcome);
    }

    /// Folds the countries that still answer like the whole; whether there were any.
    pub(super) fn settle(&mut self, known: &mut Knowledge) -> bool {
        let Some(Family { whole, countries }) = self.open.take() else { return false };
        let again = |slice: &Slice| self.inquiry.answer(slice, Round::Again).map(|answer| answer.counts);
        let values = countries.iter().filter_map(|(country, slice, _)| Some((*country, again(slice)?)));
        match suspect(values, again(&whole.0).unwrap_or(whole.1)) {
            Suspicion::None | Suspicion::Exceeds => false,
            Suspicion::Ignored => {
                known.evidence.withhold(Withheld::Ignored(
                    "Country",
                    format!(
                        "the API seems to ignore Country: each country answers like all of them together ({})",
                        whole.0
                    ),
                ));
                true
            }
            Suspicion::Values(suspects) => {
                for country in suspects {
                    known.fold(country);
                }
                true
            }
        }
    }
}

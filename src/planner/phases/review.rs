//! Holds the identities against what was found: what differs is asked again, then a sample of what was implied.

use super::country_doubt::CountryDoubt;
use super::stage::Stage;
use super::{Failures, Phase, Turn};
use crate::model::{Outcome, Question};
use crate::planner::identities::Subject;
use crate::planner::knowledge::Knowledge;

/// The phase: it asks only for countries that answer like the whole above them.
#[derive(Debug, Default)]
pub(super) struct Review {
    doubt: CountryDoubt,
    has_doubted: bool,
}

impl Review {
    /// Whether countries that exceed a settled total answer like it.
    fn begin_doubt(&mut self, known: &Knowledge) -> bool {
        let layout = &known.layout;
        let subjects = known.windows_in_doubt().flat_map(|window| Subject::countries(layout, window));
        let failing = subjects.filter(|&subject| known.fails(subject));
        let mut failing = failing.collect::<Vec<_>>().into_iter();
        failing.any(|subject| {
            let whole = subject.whole(layout);
            let mut countries = Vec::new();
            known.each_part(subject, |node| {
                let country = layout.country_index(layout.slice(node).country);
                countries.extend(
                    country
                        .zip(known.store.counts(node))
                        .map(|(country, counts)| (country, layout.slice(node), counts)),
                );
            });
            let whole = known.store.counts(whole).map(|counts| (layout.slice(whole), counts));
            whole.is_some_and(|whole| self.doubt.begin(known, whole, countries))
        })
    }
}

impl Phase for Review {
    fn next(&mut self, _: &mut Knowledge) -> Option<Question> {
        self.doubt.next()
    }

    fn learn(&mut self, known: &mut Knowledge, question: &Question, outcome: &Outcome) {
        known.evidence.see(outcome);
        self.doubt.learn(question, outcome);
    }

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        if self.doubt.is_open() {
            // One that is folded may leave another.
            self.has_doubted = !self.doubt.settle(known);
            return if known.evidence.withheld.is_some() { Turn::To(Stage::Controls) } else { Turn::More };
        }
        if !self.has_doubted && self.begin_doubt(known) {
            return Turn::More;
        }
        if !Failures::of(known).is_empty() {
            return Turn::To(Stage::Recheck);
        }
        if known.begin_spot_check() { Turn::To(Stage::SpotCheck) } else { Turn::Over }
    }
}

//! What the trials come to: rows that are not final, a parameter without proof, or nothing that is published.

use super::Filters;
use super::case::{control_note, filters_of};
use crate::model::Filter;
use crate::planner::evidence::{Ruling, Withheld};
use crate::planner::knowledge::Knowledge;

impl Filters {
    /// Takes note of what each trial came to.
    pub(super) fn rule(&mut self, known: &mut Knowledge) {
        let is_alive = |filter: Filter| {
            self.cases
                .iter()
                .any(|case| case.filter == filter && case.ruling == Some(Ruling::Narrows) && !case.trial.is_idle())
        };
        let alive = [Filter::Country, Filter::Channel, Filter::Prefix].map(|filter| (filter, is_alive(filter)));
        for case in std::mem::take(&mut self.cases) {
            let parameter = case.filter.parameter();
            let scope = filters_of(&case.scope);
            for (slice, attempts) in case.trial.asked(&self.inquiry) {
                known.evidence.counts.controls += 1;
                known.evidence.notes.add(control_note(&slice), attempts);
            }
            let doubts = |known: &mut Knowledge, reason: String| {
                known.evidence.leave_unproven(parameter, reason);
                let is_dead = !alive.contains(&(case.filter, true));
                if case.lanes.is_empty() || is_dead {
                    known.evidence.unsettled_lanes.extend(known.layout.lanes());
                } else {
                    known.evidence.unsettled_lanes.extend(&case.lanes);
                }
            };
            if matches!(case.ruling, Some(Ruling::Exceeds | Ruling::Ignored(_) | Ruling::Dead)) {
                known.evidence.notes.revoke(&format!("narrows {parameter} {scope}"));
            }
            match case.ruling.unwrap_or(Ruling::Unproven) {
                Ruling::Narrows | Ruling::Unproven if case.filter == Filter::Service && case.trial.is_lopsided() => {
                    known.evidence.leave_unproven(parameter, lone_service());
                }
                Ruling::Narrows => {
                    if case.trial.has_cost() {
                        known.evidence.notes.add(format!("narrows {parameter} {scope}"), 1);
                    }
                }
                Ruling::Exceeds => known.evidence.withhold(Withheld::Ignored(
                    parameter,
                    format!(
                        "{parameter} seems to be ignored: its values hold more together than all of them \
                         ({scope})"
                    ),
                )),
                Ruling::Ignored(index) => known.evidence.withhold(Withheld::Ignored(
                    parameter,
                    format!(
                        "{} of {parameter} answers like all of them together ({scope}), while another value holds \
                         attempts, too: leave it out of the job, or ask the vendor",
                        case.trial.name(index)
                    ),
                )),
                Ruling::Unproven => {
                    doubts(known, format!("no value of {parameter} that could show it was answered ({scope})"));
                }
                Ruling::OutOfQuestions => doubts(
                    known,
                    format!(
                        "every value asked so far holds nothing under a whole that holds attempts ({scope}); the \
                         next run asks on"
                    ),
                ),
                Ruling::Dead if alive.contains(&(case.filter, true)) => doubts(
                    known,
                    format!(
                        "every value holds nothing under a whole that holds attempts ({scope}); elsewhere it \
                         works"
                    ),
                ),
                Ruling::Dead => known.evidence.withhold(Withheld::Ignored(
                    parameter,
                    format!(
                        "{parameter} seems to be dead: every value holds nothing under a whole that holds attempts \
                         ({scope})"
                    ),
                )),
            }
        }
    }
}

fn lone_service() -> String {
    "one service holds everything, so whether the API filters by it cannot be seen from outside".to_owned()
}

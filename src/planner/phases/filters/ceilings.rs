//! Services and prefixes against the wholes that bound them (V3).

use crate::model::Counts;
use crate::planner::index::Lane;
use crate::planner::knowledge::Knowledge;

impl Knowledge {
    /// Services and prefixes never exceed what bounds them (V3).
    pub(super) fn bound_parts(&mut self) {
        let Some(windows) = self.stretch_in_doubt() else { return };
        let mut wrong = Vec::new();
        for &(slice, whole) in &self.margins {
            let totals = self.attempts_tried(self.lanes_within(&slice));
            wrong.extend(totals.filter(|sum| *sum > whole.attempts()).map(|sum| (slice, sum, whole)));
        }
        if let Some((slice, whole)) = self.settled_whole
            && self.layout.matrix().shape().services.is_some()
            && self.layout.matrix().shape().prefixes.is_none()
        {
            let totals = self.attempts_tried(self.layout.lanes());
            wrong.extend(totals.filter(|sum| *sum > whole.attempts()).map(|sum| (slice, sum, whole)));
        }
        if let Some((slice, whole)) = self.settled_whole {
            let sum = self.margins.iter().map(|(_, counts)| counts.attempts()).sum::<i64>();
            wrong.extend((sum > whole.attempts()).then_some((slice, sum, whole)));
        }
        for (slice, sum, whole) in wrong {
            let reason =
                format!("the parts of {slice} hold {sum} attempts together, more than its {}", whole.attempts());
            windows.clone().for_each(|window| self.evidence.hold(window, &reason));
        }
    }
    /// The attempts of some lanes in the windows by which filters are tried.
    fn attempts_tried(&self, lanes: impl IntoIterator<Item = Lane>) -> Option<i64> {
        lanes.into_iter().map(|lane| self.lane_tried(lane).map(Counts::attempts)).sum()
    }
}

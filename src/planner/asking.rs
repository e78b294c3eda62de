//! The next question of a stage: what is asked, what is skipped, where the answer may come from.

use crate::model::{Answer, Question, Reuse, Slice};

use super::expired::Standing;
use super::layout::{Node, Place};
use super::plan::Plan;
use super::stages::Stage;

impl Plan {
    /// The next question of the present stage, if it has one before the next barrier.
    pub(super) fn candidate(&mut self) -> Option<Question> {
        match self.stage {
            Stage::Ground => self.ask_ground(),
            Stage::Again => self.ask_again(),
            Stage::Spot | Stage::Doubted => self.ask_spot(),
            Stage::Prefixes => self.ask_prefix(),
            Stage::Drill => self.ask_drill(),
            _ => self.ask_stage(),
        }
    }

    fn ask_stage(&mut self) -> Option<Question> {
        loop {
            let span = self.spans.last_mut()?;
            let Some(index) = (span.start < span.end).then_some(span.start) else {
                self.spans.pop();
                continue;
            };
            let node = Node(index);
            let place = self.layout.place(node);
            if self.stage == Stage::Cells && self.is_checkpoint(place) {
                return None;
            }
            if let Some(span) = self.spans.last_mut() {
                span.start += 1;
            }
            let is_counted = self.stage != Stage::Recall && self.is_live(place) && !self.is_drilled(place);
            if !self.wants(node, place) {
                self.done += u64::from(is_counted);
                continue;
            }
            if self.stage != Stage::Recall && self.is_drilled(place) {
                // The drill left it over.
                self.add_planned(1);
            }
            let question = self.question(node, place);
            if let Some(answer) = self.told_by_ground(&question) {
                self.take(node, place, &question, &answer);
                self.done += u64::from(self.stage != Stage::Recall && self.is_live(place));
                continue;
            }
            return Some(question);
        }
    }

    /// Whether the cells before this one are windows that may have shown a parameter to be ignored.
    fn is_checkpoint(&self, place: Place) -> bool {
        let Place::Cell { window, .. } = place else { return false };
        self.checked_windows < window && self.trust.is_open()
    }

    fn is_live(&self, place: Place) -> bool {
        match place {
            Place::Cell { window, .. } | Place::WindowTotal { window, .. } => self.standings[window] == Standing::Live,
            Place::RangeTotal { .. } | Place::AllChannels { .. } => true,
        }
    }

    fn wants(&self, node: Node, place: Place) -> bool {
        match self.stage {
            Stage::Recall => true,
            Stage::WindowTotalsAfter | Stage::RangeTotalsAfter | Stage::AllChannelsAfter => self.is_live(place),
            _ => {
                let is_refused = matches!(place, Place::Cell { country, .. } if self.is_refused(country));
                let was_asked = self.is_drilled(place) && self.store.is_failed(node);
                self.is_live(place) && !is_refused && !was_asked && !self.store.is_known(node)
            }
        }
    }

    pub(super) fn question(&self, node: Node, place: Place) -> Question {
        let is_provisional = self.layout.is_provisional(place);
        let reuse = match self.stage {
            Stage::Recall if is_provisional => Reuse::AnyAgeOnly,
            stage => stage.reuse(is_provisional, self.terms.freshness),
        };
        Question { slice: self.layout.slice(node), round: self.stage.round(), reuse }
    }

    /// The search's own answer to a question, when the job splits nothing but time.
    fn told_by_ground(&self, question: &Question) -> Option<Answer> {
        if !self.stage.is_first_asking() {
            return None;
        }
        self.ground_answers.iter().find(|(slice, _)| *slice == question.slice).map(|(_, answer)| *answer)
    }

    fn is_drilled(&self, place: Place) -> bool {
        match place {
            Place::Cell { window, .. } | Place::WindowTotal { window, .. } => {
                self.drilled.get(window).copied().unwrap_or_default() && self.stage.is_first_asking()
            }
            Place::RangeTotal { .. } | Place::AllChannels { .. } => false,
        }
    }

    fn ask_drill(&mut self) -> Option<Question> {
        let slice = self.drill.next_slice()?;
        // Slices of growing windows are asked afresh: what counts of them is whether there is anything.
        let is_provisional = !self.layout.is_settled_at(slice.range, self.terms.as_of);
        let reuse = self.stage.reuse(is_provisional, self.terms.freshness);
        Some(Question { slice, round: self.stage.round(), reuse })
    }

    fn ask_ground(&self) -> Option<Question> {
        let windows = self.layout.matrix().windows();
        let count = self.ground.as_ref().filter(|_| self.in_flight == 0)?.next().ok()?;
        let slice = Slice::whole(windows[0].hull(windows[count - 1]));
        Some(Question { slice, round: self.stage.round(), reuse: Reuse::Never })
    }

    fn ask_again(&mut self) -> Option<Question> {
        let node = *self.again.last()?;
        let place = self.layout.place(node);
        if place.level() != self.again_level && self.in_flight > 0 {
            return None;
        }
        self.again_level = place.level();
        self.again.pop();
        self.store.mark_asked_again(node);
        Some(self.question(node, place))
    }
}

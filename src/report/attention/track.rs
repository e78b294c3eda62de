//! A place's volumes day by day or hour by hour, against what was to be expected, and the stretches in which they fell
//! away; `way` fills it.

use std::ops::Range;

use super::super::key::Key;
use super::super::stats::{Levels, Stretch};
use super::usual::Expected;

/// What fell away more often than so many times is no news, but the place's habit.
const HABIT: usize = 3;

/// A stretch of a place in which attempts fell away.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Silent {
    pub part: Key,
    /// Of the finest time.
    pub slots: Range<usize>,
    pub seen: f64,
    pub expected: f64,
    pub p_value: f64,
}

/// A place's volumes, and what was to be expected.
#[derive(Debug)]
pub(super) struct Track {
    /// By slot.
    pub seen: Vec<f64>,
    /// By slot; not a number where nothing is to be expected.
    pub expected: Vec<f64>,
    /// By position in the timeline.
    pub days: Vec<Option<Expected>>,
    /// Days of which an attack was taken out, and whose hours still hold it, by position in the timeline.
    pub attacked: Vec<bool>,
    /// Days that fell away, by position in the timeline.
    pub silent: Vec<bool>,
    pub stretches: Vec<Stretch>,
    /// At what levels the other days stood.
    pub levels: Levels,
    /// Whether these say anything of other places.
    pub is_busy: bool,
    /// Slots of a day.
    pub period: usize,
}

impl Track {
    /// Adds to what all places say of volumes.
    pub(super) fn add_to(&self, pooled: &mut Levels) {
        if self.is_busy {
            pooled.add(&self.levels);
        }
    }

    /// What was seen in some slots, and what was to be expected in them.
    pub(super) fn sums(&self, slots: Range<usize>) -> (f64, f64) {
        let known = slots.filter(|slot| self.is_known(*slot));
        known.fold((0.0, 0.0), |sum, slot| (sum.0 + self.seen[slot], sum.1 + self.expected[slot]))
    }

    pub(super) fn is_known(&self, slot: usize) -> bool {
        self.expected[slot].is_finite()
    }

    /// What the days of a unit's position rest on.
    pub(super) fn day(&self, at: usize) -> Option<&Expected> {
        self.days[at].as_ref()
    }

    /// How probable it is that so little came by chance: by the levels that the same hours of other days stood at, or as
    /// many days one after the other, and those of all places.
    pub(super) fn p_value(&self, tested: Stretch, pooled: &Levels) -> f64 {
        let slots = tested.first..tested.last + 1;
        let (seen, expected) = self.sums(slots.clone());
        let is_habit = self.stretches.len() > HABIT;
        let is_usual = |block: &Range<usize>| {
            let holds = |stretch: &Stretch| stretch.first < block.end && block.start <= stretch.last;
            let is_silent = self.stretches.iter().any(|stretch| holds(stretch) && (*stretch == tested || !is_habit));
            block.clone().all(|slot| self.is_known(slot)) && !is_silent
        };
        let length = slots.len();
        let shifted = |start: Option<usize>| {
            start.map(|start| start..start + length).filter(|block| block.end <= self.seen.len())
        };
        let steps = 1..=self.seen.len() / self.period;
        let before = steps.clone().map(|days| shifted(slots.start.checked_sub(days * self.period)));
        let after = steps.map(|days| shifted(Some(slots.start + days * self.period)));
        let mut own = Levels::default();
        for block in before.chain(after).flatten().filter(is_usual) {
            let (seen, expected) = self.sums(block);
            own.note(seen, expected);
        }
        own.at_most(pooled, seen, expected)
    }
}

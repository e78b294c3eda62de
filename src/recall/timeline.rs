//! What the answers to one line say together.
//!
//! A *line* is everything but the range: one service, country, channel and prefix. Each settled answer of a line is the
//! difference of what the line has held by either end of its range. Ends that are linked by answers therefore tell
//! every range between them: days add up to their month, and a month without its other days is the one that is left.
//!
//! Only ranges are added up. Parts of another dimension are not known to be all there are: countries leave a remainder,
//! and a channel or a service may be one that nobody lists.
//!
//! Answers that contradict each other tell nothing more of their line. Only settled answers belong here: others move.

use std::collections::HashMap;

use crate::model::{Answer, Counts, Proof, UnixMicros, UnixSeconds, Window};

/// What the answers have in common that something rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grounds {
    /// When the youngest of them was asked.
    pub asked_at: UnixMicros,
    /// The server's time when it answered that one.
    pub server_at: Option<UnixSeconds>,
    /// Proved if all of them are.
    pub proof: Proof,
}

impl Grounds {
    /// Of no answer.
    pub const NONE: Self = Self { asked_at: UnixMicros(i64::MIN), server_at: None, proof: Proof::Proved };

    fn and(self, other: Self) -> Self {
        let youngest = if self.asked_at < other.asked_at { other } else { self };
        let is_proved = self.proof == Proof::Proved && other.proof == Proof::Proved;
        Self { proof: if is_proved { Proof::Proved } else { Proof::Unproved }, ..youngest }
    }
}

impl From<&Answer> for Grounds {
    fn from(answer: &Answer) -> Self {
        let &Answer { asked_at, server_at, proof, .. } = answer;
        Self { asked_at, server_at, proof }
    }
}

/// What an end hangs on, and what lies between the two.
#[derive(Debug, Clone, Copy)]
struct End {
    /// A root hangs on itself.
    above: usize,
    between: Distance,
    /// Of a root: how many ends its tree has.
    size: usize,
}

/// What a line holds from one end to a later one; less than nothing, to an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Distance {
    attempts: i64,
    converted: i64,
    grounds: Grounds,
}

impl Distance {
    const NONE: Self = Self { attempts: 0, converted: 0, grounds: Grounds::NONE };

    /// `None`: it is more than can be counted.
    fn and(self, other: Self) -> Option<Self> {
        let attempts = self.attempts.checked_add(other.attempts)?;
        let converted = self.converted.checked_add(other.converted)?;
        Some(Self { attempts, converted, grounds: self.grounds.and(other.grounds) })
    }

    fn back(self) -> Option<Self> {
        let (attempts, converted) = (self.attempts.checked_neg()?, self.converted.checked_neg()?);
        Some(Self { attempts, converted, ..self })
    }
}

/// The ends of one line's answers, in trees in which each end knows its distance to the one above: a weighted
/// union–find (Galler and Fischer, 1964). The smaller tree hangs on the larger, so none is deeper than the logarithm of
/// its size.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    places: HashMap<UnixSeconds, usize>,
    ends: Vec<End>,
    /// Whether answers contradicted each other.
    is_contradicted: bool,
}

impl Timeline {
    fn place(&mut self, at: UnixSeconds) -> usize {
        let next = self.ends.len();
        let place = *self.places.entry(at).or_insert(next);
        if place == next {
            self.ends.push(End { above: next, between: Distance::NONE, size: 1 });
        }
        place
    }

    /// The root of an end, and how far the end is from it.
    fn root(&self, mut place: usize) -> Option<(usize, Distance)> {
        let mut distance = Distance::NONE;
        loop {
            let End { above, between, .. } = self.ends[place];
            distance = distance.and(between)?;
            if above == place {
                return Some((place, distance));
            }
            place = above;
        }
    }

    /// Adds what a range holds.
    pub fn add(&mut self, range: Window, counts: Counts, grounds: Grounds) {
        let (start, end) = (self.place(range.start()), self.place(range.end()));
        let held = Distance { attempts: counts.attempts(), converted: counts.converted(), grounds };
        if self.link(start, end, held).is_none() {
            self.is_contradicted = true;
        }
    }

    /// `None`: the ends were linked already, and there was something else between them.
    fn link(&mut self, start: usize, end: usize, held: Distance) -> Option<()> {
        let ((root, before), (other, after)) = (self.root(start)?, self.root(end)?);
        let between = before.and(held)?.and(after.back()?)?;
        if root == other {
            return (between.attempts == 0 && between.converted == 0).then_some(());
        }
        let size = self.ends[root].size + self.ends[other].size;
        let (above, below, between) = if self.ends[root].size < self.ends[other].size {
            (other, root, between.back()?)
        } else {
            (root, other, between)
        };
        self.ends[above].size = size;
        self.ends[below] = End { above, between, ..self.ends[below] };
        Some(())
    }

    /// Whether some linked ends hold less than nothing between them, so that an answer is wrong: nobody knows which.
    fn falls(&self) -> bool {
        let mut ends: Vec<_> = self.places.iter().filter_map(|(at, &place)| Some((self.root(place)?, *at))).collect();
        ends.sort_by_key(|((root, _), at)| (*root, *at));
        ends.windows(2).any(|pair| {
            let [((root, before), _), ((other, after), _)] = pair else { return false };
            let grows = || {
                let Distance { attempts, converted, .. } = before.back()?.and(*after)?;
                Counts::new(attempts, converted)
            };
            root == other && grows().is_none()
        })
    }

    /// Notes whether it contradicts itself, once all answers are there.
    pub fn check(&mut self) {
        self.is_contradicted |= self.falls();
    }

    /// What a range holds, and on what grounds.
    pub fn tell(&self, range: Window) -> Option<(Counts, Grounds)> {
        if self.is_contradicted {
            return None;
        }
        let (start, end) = (*self.places.get(&range.start())?, *self.places.get(&range.end())?);
        let Distance { attempts, converted, grounds } = self.between(start, end)?;
        Some((Counts::new(attempts, converted)?, grounds))
    }

    /// From one end to another by way of the nearest that both hang on: what lies above it is no ground for this.
    fn between(&self, mut start: usize, mut end: usize) -> Option<Distance> {
        let (mut before, mut after) = (Distance::NONE, Distance::NONE);
        while start != end {
            // Whatever an end hangs on has the larger tree, so the smaller one is not above the other.
            let (lower, so_far) = if self.ends[start].size <= self.ends[end].size {
                (&mut start, &mut before)
            } else {
                (&mut end, &mut after)
            };
            let End { above, between, .. } = self.ends[*lower];
            if above == *lower {
                return None;
            }
            (*lower, *so_far) = (above, so_far.and(between)?);
        }
        before.back()?.and(after)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(start: i64, end: i64) -> Window {
        Window::new(UnixSeconds(start), UnixSeconds(end)).unwrap()
    }

    fn counts(attempts: i64, converted: i64) -> Counts {
        Counts::new(attempts, converted).unwrap()
    }

    fn at(micros: i64) -> Grounds {
        Grounds { asked_at: UnixMicros(micros), ..Grounds::NONE }
    }

    #[test]
    fn parts_tell_their_whole_and_a_whole_the_part_that_is_left() {
        let mut line = Timeline::default();
        line.add(range(0, 1), counts(3, 1), at(5));
        line.add(range(1, 2), counts(4, 4), at(9));
        assert_eq!(line.tell(range(0, 2)), Some((counts(7, 5), at(9))));
        assert_eq!(line.tell(range(0, 3)), None);
        line.add(range(0, 3), counts(9, 5), at(7));
        assert_eq!(line.tell(range(2, 3)), Some((counts(2, 0), at(9))));
    }

    #[test]
    fn ranges_that_share_an_end_make_no_deep_tree() {
        let mut line = Timeline::default();
        for start in 0..1_000 {
            line.add(range(start, 1_000), counts(1_000 - start, 0), at(1));
        }
        let depth = |mut place: usize| {
            let mut steps = 0;
            while line.ends[place].above != place {
                (place, steps) = (line.ends[place].above, steps + 1);
            }
            steps
        };
        assert!((0..line.ends.len()).map(depth).max() <= Some(10));
        assert_eq!(line.tell(range(3, 5)), Some((counts(2, 0), at(1))));
    }

    #[test]
    fn what_is_not_linked_tells_nothing() {
        let mut line = Timeline::default();
        line.add(range(0, 1), counts(3, 1), at(5));
        line.add(range(2, 3), counts(4, 4), at(9));
        assert_eq!(line.tell(range(0, 3)), None);
        assert_eq!(line.tell(range(1, 2)), None);
    }

    #[test]
    fn answers_that_contradict_each_other_tell_nothing() {
        let mut line = Timeline::default();
        line.add(range(0, 1), counts(3, 1), at(5));
        line.add(range(1, 2), counts(4, 4), at(5));
        line.add(range(0, 2), counts(7, 4), at(5));
        assert_eq!(line.tell(range(0, 2)), None);
        // A part above its whole.
        let mut line = Timeline::default();
        line.add(range(0, 1), counts(3, 1), at(5));
        line.add(range(0, 2), counts(2, 1), at(5));
        assert_eq!(line.tell(range(1, 2)), None);
    }

    proptest! {
        #[test]
        fn what_it_tells_is_true_and_it_tells_what_follows(
            held in prop::collection::vec((0i64..9, 0i64..9), 1..10),
            ranges in prop::collection::vec((0usize..10, 1usize..10), 0..14),
            wanted in (0usize..10, 1usize..10),
        ) {
            let held: Vec<Counts> = held.into_iter().map(|(kept, more)| counts(kept + more, kept)).collect();
            let span = |(start, length): (usize, usize)| {
                let start = start % held.len();
                start..(start + length).min(held.len())
            };
            let second = |place: usize| i64::try_from(place).unwrap();
            let sum = |span: std::ops::Range<usize>| {
                held[span].iter().fold(Counts::ZERO, |sum, counts| sum.checked_add(*counts).unwrap())
            };
            let mut line = Timeline::default();
            let mut links = Vec::new();
            for answered in ranges.into_iter().map(span) {
                line.add(range(second(answered.start), second(answered.end)), sum(answered.clone()), at(1));
                links.push(answered);
            }
            let wanted = span(wanted);
            let mut reached = vec![wanted.start];
            while let Some(link) =
                links.iter().position(|it| reached.contains(&it.start) != reached.contains(&it.end))
            {
                let link = links.swap_remove(link);
                reached.extend([link.start, link.end]);
            }
            let told = line.tell(range(second(wanted.start), second(wanted.end)));
            prop_assert_eq!(told.map(|(counts, _)| counts), reached.contains(&wanted.end).then(|| sum(wanted)));
        }
    }
}

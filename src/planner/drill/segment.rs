//! Windows among which known totals are spread in an unknown way.

use crate::model::Counts;

/// What a window of a channel can hold at most; `None`: nothing is known of that.
pub(super) type Room<'a> = &'a dyn Fn(usize, usize) -> Option<Counts>;

/// Some windows of a channel, ascending, that may hold attempts, and what they hold together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) channel: usize,
    pub(super) windows: Vec<usize>,
    pub(super) total: Counts,
}

/// Parts of one country, or of all, that are cut at the same edges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) country: Option<usize>,
    pub(super) parts: Vec<Part>,
}

/// What is left to do with a part.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Simplified {
    /// These windows hold this much, the others nothing.
    Known(Vec<(usize, Counts)>),
    /// It must be cut.
    Open(Part),
    /// It holds more than there is room for.
    Contradiction,
}

impl Part {
    /// Leaves out windows without room.
    pub(super) fn simplify(mut self, room: Room) -> Simplified {
        if self.total == Counts::ZERO {
            return Simplified::Known(Vec::new());
        }
        let (converts, stays) = (self.total.converted() > 0, self.total.unconverted() > 0);
        self.windows.retain(|&window| {
            room(self.channel, window)
                .is_none_or(|room| (converts && room.converted() > 0) || (stays && room.unconverted() > 0))
        });
        if let Some(all) = sum_of_room(room, self.channel, &self.windows) {
            match self.total.within(all) {
                None => return Simplified::Contradiction,
                Some(Counts::ZERO) => {
                    let full = |&window: &usize| Some((window, room(self.channel, window)?));
                    return Simplified::Known(self.windows.iter().filter_map(full).collect());
                }
                Some(_) => {}
            }
        }
        match self.windows[..] {
            [] => Simplified::Contradiction,
            [window] => Simplified::Known(vec![(window, self.total)]),
            _ => Simplified::Open(self),
        }
    }

    /// How many of its windows are before another.
    pub(super) fn before(&self, at: usize) -> usize {
        self.windows.partition_point(|&window| window < at)
    }

    /// The attempts to expect in each window, were they spread as the room is.
    fn expected(&self, room: Room) -> Vec<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a weight")]
        let float = |count: i64| count as f64;
        let rooms: Option<Vec<Counts>> = self.windows.iter().map(|&window| room(self.channel, window)).collect();
        let Some(rooms) = rooms else {
            return vec![float(self.total.attempts()); self.windows.len()];
        };
        let share = |part: fn(Counts) -> i64| {
            let all: f64 = rooms.iter().map(|room| float(part(*room))).sum();
            if all > 0.0 { float(part(self.total)) / all } else { 0.0 }
        };
        let (converted, unconverted) = (share(Counts::converted), share(Counts::unconverted));
        rooms.iter().map(|room| converted * float(room.converted()) + unconverted * float(room.unconverted())).collect()
    }
}

/// `None`: not known, or more than can be counted, which bounds nothing either.
pub(super) fn sum_of_room(room: Room, channel: usize, windows: &[usize]) -> Option<Counts> {
    windows.iter().try_fold(Counts::ZERO, |sum, &window| sum.checked_add(room(channel, window)?))
}

impl Segment {
    /// The window before which it is cut: about half of what it holds is to be expected on either side.
    pub(super) fn cut(&self, room: Room) -> usize {
        let mut weights: Vec<(usize, f64)> = Vec::new();
        for part in &self.parts {
            weights.extend(part.windows.iter().copied().zip(part.expected(room)));
        }
        weights.sort_by_key(|&(window, _)| window);
        let half = weights.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
        let mut before = 0.0;
        let (mut best, mut distance) = (weights[0].0 + 1, f64::INFINITY);
        for (index, (window, weight)) in weights.iter().enumerate() {
            let next = weights.get(index + 1).map(|(next, _)| *next);
            before += weight;
            if next.is_some_and(|next| next > *window) && (before - half).abs() < distance {
                (best, distance) = (window + 1, (before - half).abs());
            }
        }
        best
    }

    /// Its first window.
    pub(super) fn start(&self) -> usize {
        self.parts.iter().filter_map(|part| part.windows.first()).copied().min().unwrap_or_default()
    }

    /// Whether a part of it is about this channel in some of these windows.
    pub(super) fn meets(&self, country: usize, channel: usize, windows: &std::ops::Range<usize>) -> bool {
        self.country == Some(country)
            && self
                .parts
                .iter()
                .any(|part| part.channel == channel && part.windows.iter().any(|window| windows.contains(window)))
    }
}

//! Windows among which a known total is spread in an unknown way.

use crate::model::Counts;

/// Some windows of a line, ascending, that may hold attempts, and what they hold together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) country: Option<usize>,
    pub(super) channel: usize,
    pub(super) windows: Vec<usize>,
    pub(super) total: Counts,
}

/// What is left to do with a segment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Simplified {
    /// These windows hold this much, the others nothing.
    Known(Vec<(usize, Counts)>),
    /// It must be cut.
    Open(Segment),
    /// It holds more than there is room for.
    Contradiction,
}

impl Segment {
    /// Leaves out windows without room; `room` is what a window can hold at most. `None`: nothing is known of that.
    pub(super) fn simplify(mut self, room: Option<&dyn Fn(usize) -> Counts>) -> Simplified {
        if self.total == Counts::ZERO {
            return Simplified::Known(Vec::new());
        }
        if let Some(room) = room {
            let (converts, stays) = (self.total.converted() > 0, self.total.unconverted() > 0);
            self.windows.retain(|&window| {
                let room = room(window);
                (converts && room.converted() > 0) || (stays && room.unconverted() > 0)
            });
            let all = self.windows.iter().try_fold(Counts::ZERO, |sum, &window| sum.checked_add(room(window)));
            match all.and_then(|all| self.total.within(all)) {
                None => return Simplified::Contradiction,
                Some(Counts::ZERO) => {
                    return Simplified::Known(self.windows.iter().map(|&window| (window, room(window))).collect());
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

    /// How many of its windows to ask for: those that are expected to hold half of it.
    pub(super) fn cut(&self, room: Option<&dyn Fn(usize) -> Counts>) -> usize {
        let weights: Vec<f64> = match room {
            None => vec![1.0; self.windows.len()],
            Some(room) => self.expected(room),
        };
        let half = weights.iter().sum::<f64>() / 2.0;
        let mut before = 0.0;
        let (mut best, mut distance) = (1, f64::INFINITY);
        for (index, weight) in weights.iter().enumerate().take(weights.len() - 1) {
            before += weight;
            if (before - half).abs() < distance {
                (best, distance) = (index + 1, (before - half).abs());
            }
        }
        best
    }

    /// The attempts to expect in each window, were they spread as the room is.
    fn expected(&self, room: &dyn Fn(usize) -> Counts) -> Vec<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a weight")]
        let float = |count: i64| count as f64;
        let rooms: Vec<Counts> = self.windows.iter().map(|&window| room(window)).collect();
        let share = |part: fn(Counts) -> i64| {
            let all: f64 = rooms.iter().map(|room| float(part(*room))).sum();
            if all > 0.0 { float(part(self.total)) / all } else { 0.0 }
        };
        let (converted, unconverted) = (share(Counts::converted), share(Counts::unconverted));
        rooms.iter().map(|room| converted * float(room.converted()) + unconverted * float(room.unconverted())).collect()
    }

    /// Its first windows, and the others once it is known what the first hold. `None` if they hold more than it.
    pub(super) fn split(self, first: usize, held: Counts) -> Option<[Self; 2]> {
        let rest = held.within(self.total)?;
        let Self { country, channel, mut windows, .. } = self;
        let others = windows.split_off(first);
        Some([Self { country, channel, windows, total: held }, Self { country, channel, windows: others, total: rest }])
    }
}

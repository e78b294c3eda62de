//! Questions that wait: for a token, or for their next try. They hold no place among the requests in flight.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use super::attempt::Effort;
use crate::model::Question;

/// A question on its way to an answer.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) question: Question,
    pub(super) effort: Effort,
}

impl Pending {
    pub(super) fn new(question: Question) -> Self {
        Self { question, effort: Effort::default() }
    }
}

/// Those ready to be sent, in order, and those whose next try is due later.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    ready: VecDeque<Pending>,
    delayed: BinaryHeap<Reverse<Delayed>>,
    delays: u64,
}

impl Waiting {
    pub(super) fn len(&self) -> usize {
        self.ready.len() + self.delayed.len()
    }

    /// Adds a question that may be sent at once, behind the others.
    pub(super) fn push(&mut self, pending: Pending) {
        self.ready.push_back(pending);
    }

    /// Gives back a question that found no token, before the others.
    pub(super) fn put_back(&mut self, pending: Pending) {
        self.ready.push_front(pending);
    }

    /// Adds a question whose next try is due at a monotonic time.
    pub(super) fn delay(&mut self, pending: Pending, due: Duration) {
        self.delays += 1;
        self.delayed.push(Reverse(Delayed { due, number: self.delays, pending }));
    }

    /// The first question that may be sent now.
    pub(super) fn pop(&mut self, now: Duration) -> Option<Pending> {
        while self.next_due().is_some_and(|due| due <= now) {
            let Reverse(next) = self.delayed.pop()?;
            self.ready.push_back(next.pending);
        }
        self.ready.pop_front()
    }

    /// When the next delayed question is due.
    pub(super) fn next_due(&self) -> Option<Duration> {
        self.delayed.peek().map(|Reverse(next)| next.due)
    }
}

/// Ordered by due time, then by the order of delaying.
#[derive(Debug)]
struct Delayed {
    due: Duration,
    number: u64,
    pending: Pending,
}

impl PartialEq for Delayed {
    fn eq(&self, other: &Self) -> bool {
        (self.due, self.number) == (other.due, other.number)
    }
}

impl Eq for Delayed {}

impl PartialOrd for Delayed {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Delayed {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.due, self.number).cmp(&(other.due, other.number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Reuse, Round, Slice, UnixSeconds, Window};

    fn pending(number: i64) -> Pending {
        let range = Window::new(UnixSeconds(number), UnixSeconds(number + 1)).unwrap();
        Pending::new(Question { slice: Slice::whole(range), round: Round::First, reuse: Reuse::Never })
    }

    #[test]
    fn the_due_come_in_order_behind_the_ready_and_no_sooner() {
        let mut waiting = Waiting::default();
        let second = Duration::from_secs(1);
        waiting.delay(pending(3), 2 * second);
        waiting.delay(pending(2), second);
        waiting.delay(pending(4), 2 * second);
        waiting.push(pending(1));
        assert_eq!((waiting.len(), waiting.next_due()), (4, Some(second)));
        let mut popped = |now| waiting.pop(now).map(|pending| pending.question.slice.range.start().0);
        assert_eq!([popped(Duration::ZERO), popped(Duration::ZERO)], [Some(1), None]);
        assert_eq!([popped(2 * second), popped(2 * second), popped(2 * second)], [Some(2), Some(3), Some(4)]);
    }
}

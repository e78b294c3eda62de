//! What waits for a token, or for its next try: questions, or pages. It holds no place among the requests in flight.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use super::attempt::Effort;

/// Something on its way to an answer.
pub(super) struct Pending<T> {
    pub(super) asked: T,
    pub(super) effort: Effort,
}

impl<T> Pending<T> {
    pub(super) fn new(asked: T) -> Self {
        Self { asked, effort: Effort::default() }
    }
}

/// Those ready to be sent, in order, and those whose next try is due later.
pub(super) struct Waiting<T> {
    ready: VecDeque<Pending<T>>,
    delayed: BinaryHeap<Reverse<Delayed<T>>>,
    delays: u64,
}

impl<T> Default for Waiting<T> {
    fn default() -> Self {
        Self { ready: VecDeque::new(), delayed: BinaryHeap::new(), delays: 0 }
    }
}

impl<T> Waiting<T> {
    pub(super) fn len(&self) -> usize {
        self.ready.len() + self.delayed.len()
    }

    /// Adds what may be sent at once, behind the others.
    pub(super) fn push(&mut self, pending: Pending<T>) {
        self.ready.push_back(pending);
    }

    /// Gives back what found no token, before the others.
    pub(super) fn put_back(&mut self, pending: Pending<T>) {
        self.ready.push_front(pending);
    }

    /// Adds what is tried again when that is due at a monotonic time.
    pub(super) fn delay(&mut self, pending: Pending<T>, due: Duration) {
        self.delays += 1;
        self.delayed.push(Reverse(Delayed { due, number: self.delays, pending }));
    }

    /// The first that may be sent now.
    pub(super) fn pop(&mut self, now: Duration) -> Option<Pending<T>> {
        while self.next_due().is_some_and(|due| due <= now) {
            let Reverse(next) = self.delayed.pop()?;
            self.ready.push_back(next.pending);
        }
        self.ready.pop_front()
    }

    /// All of them.
    pub(super) fn into_waiting(self) -> impl Iterator<Item = Pending<T>> {
        self.ready.into_iter().chain(self.delayed.into_iter().map(|Reverse(next)| next.pending))
    }

    /// When the next delayed one is due.
    pub(super) fn next_due(&self) -> Option<Duration> {
        self.delayed.peek().map(|Reverse(next)| next.due)
    }
}

/// Ordered by due time, then by the order of delaying.
struct Delayed<T> {
    due: Duration,
    number: u64,
    pending: Pending<T>,
}

impl<T> PartialEq for Delayed<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.due, self.number) == (other.due, other.number)
    }
}

impl<T> Eq for Delayed<T> {}

impl<T> PartialOrd for Delayed<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Delayed<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.due, self.number).cmp(&(other.due, other.number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_due_come_in_order_behind_the_ready_and_no_sooner() {
        let mut waiting = Waiting::default();
        let second = Duration::from_secs(1);
        waiting.delay(Pending::new(3), 2 * second);
        waiting.delay(Pending::new(2), second);
        waiting.delay(Pending::new(4), 2 * second);
        waiting.push(Pending::new(1));
        assert_eq!((waiting.len(), waiting.next_due()), (4, Some(second)));
        let mut popped = |now| waiting.pop(now).map(|pending| pending.asked);
        assert_eq!([popped(Duration::ZERO), popped(Duration::ZERO)], [Some(1), None]);
        assert_eq!([popped(2 * second), popped(2 * second), popped(2 * second)], [Some(2), Some(3), Some(4)]);
    }
}

//! A bounded cache of things that are costly to make and never change: second chance, the cheap relative of LRU.
//!
//! The bound is in bytes, because days of small accounts are small: of those many are kept.
//!
//! A hit takes a read lock and at most one store. Values are made outside the lock, once, however many threads want
//! them at the same time.

use std::collections::{HashMap, VecDeque};
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// A world's seed and a day, or what stands for one.
pub(super) type Key = (u64, i64);

/// What a value's place takes beside the value, about.
const PLACE: usize = 160;

/// What can be kept in a bounded room.
pub(super) trait Weigh {
    /// Bytes that it holds beside itself.
    fn weight(&self) -> usize;
}

/// A value that stays alive while it is held, evicted or not.
#[derive(Debug)]
pub(super) struct Cached<T>(Arc<Slot<T>>);

#[derive(Debug)]
struct Slot<T> {
    value: OnceLock<T>,
    used: AtomicBool,
}

impl<T> Deref for Cached<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.value.get().expect("slots leave the cache only when filled")
    }
}

#[derive(Debug)]
struct Shelf<T> {
    /// With the bytes that each is counted for: none while it is being made.
    slots: HashMap<Key, (Arc<Slot<T>>, usize)>,
    /// The keys of `slots`, the next candidate for eviction first.
    queue: VecDeque<Key>,
    bytes: usize,
}

/// Values by world and day, in about `room` bytes.
#[derive(Debug)]
pub(super) struct Cache<T> {
    room: usize,
    shelf: RwLock<Shelf<T>>,
}

impl<T: Weigh> Cache<T> {
    pub(super) fn new(room: usize) -> Self {
        Self { room, shelf: RwLock::new(Shelf { slots: HashMap::new(), queue: VecDeque::new(), bytes: 0 }) }
    }

    /// Bytes that are taken, at most the room.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.shelf.read().unwrap_or_else(PoisonError::into_inner).bytes
    }

    /// The value, if it has been made and not been evicted.
    pub(super) fn get(&self, key: Key) -> Option<Cached<T>> {
        let shelved = self.shelf.read().unwrap_or_else(PoisonError::into_inner);
        let (slot, _) = shelved.slots.get(&key).filter(|(slot, _)| slot.value.get().is_some())?;
        // Written only when it changes something: a hot value's cache line stays shared between cores.
        if !slot.used.load(Ordering::Relaxed) {
            slot.used.store(true, Ordering::Relaxed);
        }
        Some(Cached(Arc::clone(slot)))
    }

    /// The value, made now if need be.
    pub(super) fn get_or_make(&self, key: Key, make: impl FnOnce() -> T) -> Cached<T> {
        if let Some(value) = self.get(key) {
            return value;
        }
        let held = || self.shelf.write().unwrap_or_else(PoisonError::into_inner);
        let slot = held().slot(key);
        let mut is_new = false;
        slot.value.get_or_init(|| {
            is_new = true;
            make()
        });
        if is_new {
            held().settle(key, &slot, self.room);
        }
        Cached(slot)
    }
}

impl<T: Weigh> Shelf<T> {
    fn slot(&mut self, key: Key) -> Arc<Slot<T>> {
        if let Some((slot, _)) = self.slots.get(&key) {
            return Arc::clone(slot);
        }
        let slot = Arc::new(Slot { value: OnceLock::new(), used: AtomicBool::new(false) });
        self.slots.insert(key, (Arc::clone(&slot), 0));
        self.queue.push_back(key);
        slot
    }

    /// Counts a value that has been made, and makes room for it.
    fn settle(&mut self, key: Key, made: &Arc<Slot<T>>, room: usize) {
        // It may have been evicted meanwhile, and another be in the making.
        let Some((slot, bytes)) = self.slots.get_mut(&key).filter(|(slot, _)| Arc::ptr_eq(slot, made)) else { return };
        *bytes = PLACE + slot.value.get().map_or(0, Weigh::weight);
        self.bytes += *bytes;
        while self.bytes > room {
            let Some(candidate) = self.queue.pop_front() else { break };
            let used = self.slots.get(&candidate).is_some_and(|(slot, _)| slot.used.swap(false, Ordering::Relaxed));
            if used {
                self.queue.push_back(candidate);
            } else if let Some((_, bytes)) = self.slots.remove(&candidate) {
                self.bytes -= bytes;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Weigh for i64 {
        fn weight(&self) -> usize {
            usize::try_from(*self).unwrap()
        }
    }

    fn cache(room: usize) -> Cache<i64> {
        Cache::new(room)
    }

    #[test]
    fn values_are_made_once() {
        let cache = cache(2 * PLACE);
        assert!(cache.get((7, 1)).is_none());
        assert_eq!(*cache.get_or_make((7, 1), || 0), 0);
        assert_eq!(*cache.get_or_make((7, 1), || unreachable!("already made")), 0);
        assert!(cache.get((8, 1)).is_none(), "another world's");
    }

    #[test]
    fn the_bound_holds_and_used_values_stay() {
        let cache = cache(3 * (PLACE + 50));
        for day in 0..100 {
            let held = cache.get_or_make((7, day), || 50);
            assert_eq!(*held, 50);
            cache.get((7, 0)).unwrap();
            assert!(cache.bytes() <= 3 * (PLACE + 50));
        }
        let shelf = cache.shelf.read().unwrap();
        assert_eq!((shelf.slots.len(), shelf.queue.len(), shelf.bytes), (3, 3, 3 * (PLACE + 50)));
        drop(shelf);
        assert!(cache.get((7, 50)).is_none());
    }

    /// The bound is of bytes: of small values many are kept, and one that is larger than all of them is given up first.
    #[test]
    fn small_values_take_little_room() {
        let cache = cache(100 * PLACE);
        for day in 0..100 {
            cache.get_or_make((7, day), || 0);
        }
        assert!((0..100).all(|day| cache.get((7, day)).is_some()));
        let large = cache.get_or_make((7, 100), || 1_000_000);
        assert_eq!((*large, cache.bytes()), (1_000_000, 100 * PLACE), "used values stay");
        cache.get_or_make((7, 101), || 0);
        assert!(cache.get((7, 101)).is_some() && cache.get((7, 100)).is_none());
    }
}

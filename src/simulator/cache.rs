//! A bounded cache of things that are costly to make and never change: second chance, the cheap relative of LRU.
//!
//! A hit takes a read lock and at most one store. Values are made outside the lock, once, however many threads want
//! them at the same time.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroUsize;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

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
    slots: HashMap<i64, Arc<Slot<T>>>,
    /// The keys of `slots`, the next candidate for eviction first.
    queue: VecDeque<i64>,
}

/// At most `capacity` values by day.
#[derive(Debug)]
pub(super) struct Cache<T> {
    capacity: NonZeroUsize,
    shelf: RwLock<Shelf<T>>,
}

impl<T> Cache<T> {
    pub(super) fn new(capacity: NonZeroUsize) -> Self {
        Self { capacity, shelf: RwLock::new(Shelf { slots: HashMap::new(), queue: VecDeque::new() }) }
    }

    /// The value, if it has been made and not been evicted.
    pub(super) fn get(&self, key: i64) -> Option<Cached<T>> {
        let shelved = self.shelf.read().unwrap_or_else(PoisonError::into_inner);
        let slot = shelved.slots.get(&key).filter(|slot| slot.value.get().is_some())?;
        // Written only when it changes something: a hot value's cache line stays shared between cores.
        if !slot.used.load(Ordering::Relaxed) {
            slot.used.store(true, Ordering::Relaxed);
        }
        Some(Cached(Arc::clone(slot)))
    }

    /// The value, made now if need be.
    pub(super) fn get_or_make(&self, key: i64, make: impl FnOnce() -> T) -> Cached<T> {
        if let Some(value) = self.get(key) {
            return value;
        }
        let slot = self.shelf.write().unwrap_or_else(PoisonError::into_inner).slot(key, self.capacity.get());
        slot.value.get_or_init(make);
        Cached(slot)
    }
}

impl<T> Shelf<T> {
    fn slot(&mut self, key: i64, capacity: usize) -> Arc<Slot<T>> {
        if let Some(slot) = self.slots.get(&key) {
            return Arc::clone(slot);
        }
        while self.slots.len() >= capacity {
            let Some(candidate) = self.queue.pop_front() else { break };
            let used = self.slots.get(&candidate).is_some_and(|slot| slot.used.swap(false, Ordering::Relaxed));
            if used {
                self.queue.push_back(candidate);
            } else {
                self.slots.remove(&candidate);
            }
        }
        let slot = Arc::new(Slot { value: OnceLock::new(), used: AtomicBool::new(false) });
        self.slots.insert(key, Arc::clone(&slot));
        self.queue.push_back(key);
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(capacity: usize) -> Cache<i64> {
        Cache::new(NonZeroUsize::new(capacity).unwrap())
    }

    #[test]
    fn values_are_made_once() {
        let cache = cache(2);
        assert!(cache.get(1).is_none());
        assert_eq!(*cache.get_or_make(1, || 10), 10);
        assert_eq!(*cache.get_or_make(1, || unreachable!("already made")), 10);
    }

    #[test]
    fn the_bound_holds_and_used_values_stay() {
        let cache = cache(3);
        for key in 0..100 {
            let held = cache.get_or_make(key, || key * 2);
            assert_eq!(*held, key * 2);
            cache.get(0).unwrap();
            assert!(cache.shelf.read().unwrap().slots.len() <= 3);
        }
        assert_eq!(cache.shelf.read().unwrap().queue.len(), 3);
        assert!(cache.get(50).is_none());
    }
}

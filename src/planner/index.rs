//! Positions in the planner's lists, each kind a type of its own, so that a country is never taken for a channel, nor a
//! lane for a group.
//!
//! Each word has one meaning in the whole planner:
//! - a *lane* is one service, channel and prefix: what the total of a window or of the range is about;
//! - a *group* is one service and prefix: its lanes are the channels, which R3 adds up. A block of the drill-down is
//!   some windows of a group;
//! - a *pair* is one country in one channel, where a single group is looked at: in the drill-down and in the estimate
//!   of it.
//!
//! A value that the job does not split has one position, the first. Positions come from [`all`], from [`Each`] and from
//! the [`Layout`](super::layout::Layout), never from bare numbers elsewhere. Windows stay bare numbers: they are
//! counted, and their ranges are walked.

use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// A position of one kind.
pub(super) trait Position: Copy {
    fn at(number: usize) -> Self;

    fn number(self) -> usize;
}

macro_rules! positions {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(super) struct $name(usize);

        impl Position for $name {
            fn at(number: usize) -> Self {
                Self(number)
            }

            fn number(self) -> usize {
                self.0
            }
        }
    )* };
}

positions! {
    /// Of a country in the job's list.
    CountryIndex;
    /// Of a channel in the job's list.
    ChannelIndex;
    /// Of a service in the job's list.
    ServiceIndex;
    /// Of a prefix in the job's list.
    PrefixIndex;
    /// Of a service, channel and prefix among all of them.
    Lane;
    /// Of a service and prefix among all of them.
    Group;
}

/// The first positions of a kind, ascending.
pub(super) fn all<I: Position>(
    count: usize,
) -> impl DoubleEndedIterator<Item = I> + ExactSizeIterator + Clone + use<I> {
    (0..count).map(I::at)
}

/// Something for each position of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Each<I, T> {
    values: Vec<T>,
    of: PhantomData<I>,
}

impl<I: Position, T> Each<I, T> {
    /// The same for each of so many.
    pub(super) fn of(count: usize, value: T) -> Self
    where
        T: Clone,
    {
        vec![value; count].into_iter().collect()
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn get(&self, position: I) -> Option<&T> {
        self.values.get(position.number())
    }

    pub(super) fn get_mut(&mut self, position: I) -> Option<&mut T> {
        self.values.get_mut(position.number())
    }

    pub(super) fn positions(&self) -> impl DoubleEndedIterator<Item = I> + ExactSizeIterator + Clone + use<I, T> {
        all(self.len())
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (I, &T)> {
        self.positions().zip(&self.values)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &T> + Clone {
        self.values.iter()
    }

    pub(super) fn fill(&mut self, value: T)
    where
        T: Clone,
    {
        self.values.fill(value);
    }
}

impl<I, T> Default for Each<I, T> {
    fn default() -> Self {
        Self { values: Vec::new(), of: PhantomData }
    }
}

impl<I, T> FromIterator<T> for Each<I, T> {
    fn from_iter<V: IntoIterator<Item = T>>(values: V) -> Self {
        Self { values: values.into_iter().collect(), of: PhantomData }
    }
}

impl<I: Position, T> Index<I> for Each<I, T> {
    type Output = T;

    fn index(&self, position: I) -> &T {
        &self.values[position.number()]
    }
}

impl<I: Position, T> IndexMut<I> for Each<I, T> {
    fn index_mut(&mut self, position: I) -> &mut T {
        &mut self.values[position.number()]
    }
}

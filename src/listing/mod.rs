//! Attempts read page by page: each counted once, and an end that can be believed; what they add up to. Pure.
//!
//! What an API may do to who follows its pages is end them too late or never: a page that brings nothing new, a page that
//! was there before, more pages than there can be attempts. Any of these ends the reading as failed; short pages do not,
//! as an API may well give fewer attempts than it was asked for.

mod tally;

use std::collections::HashSet;

pub use tally::Counter;

use crate::model::{AttemptId, Listed};

/// Pages beyond twice the expected ones that are still followed.
const ALLOWANCE: u64 = 10;

/// Why the pages of a reading cannot be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Untrustworthy {
    /// A page names a next one and holds no attempt.
    #[error("a page of the list is empty and names a next one")]
    Empty,
    /// A page names a next one and holds no attempt that was not there before.
    #[error("a page of the list holds nothing new and names a next one")]
    NothingNew,
    /// The next page was read already.
    #[error("a page of the list names a next one that was read already")]
    Circle,
    /// There is no end.
    #[error(
        "the list has more than {pages} pages, over twice as many as its attempts need; it gives up to {largest} \
         attempts a page"
    )]
    Endless {
        /// Those that were read.
        pages: u64,
        /// Attempts on the fullest of them: few are a sign that it gives less than it is asked for.
        largest: usize,
    },
}

/// The pages of one stretch, so far. It has no debug form, as what it holds has none.
pub struct Reading {
    seen: HashSet<AttemptId>,
    followed: HashSet<u64>,
    pages: u64,
    most_pages: u64,
    /// Attempts on the fullest page.
    largest: usize,
}

impl Reading {
    /// Nothing yet of a stretch that about so many pages are expected of.
    #[must_use]
    pub fn expecting(pages: u64) -> Self {
        let most_pages = pages.saturating_mul(2).saturating_add(ALLOWANCE);
        Self { seen: HashSet::new(), followed: HashSet::new(), pages: 0, most_pages, largest: 0 }
    }

    /// Takes a page in: those of its attempts that were on none before. `next` tells the page that follows it from others.
    ///
    /// # Errors
    /// If the pages cannot be trusted; nothing of them counts then.
    pub fn take(&mut self, attempts: Vec<Listed>, next: Option<u64>) -> Result<Vec<Listed>, Untrustworthy> {
        self.pages += 1;
        self.largest = self.largest.max(attempts.len());
        let is_empty = attempts.is_empty();
        let fresh: Vec<_> = attempts.into_iter().filter(|attempt| self.seen.insert(attempt.id)).collect();
        let Some(next) = next else { return Ok(fresh) };
        if fresh.is_empty() {
            return Err(if is_empty { Untrustworthy::Empty } else { Untrustworthy::NothingNew });
        }
        if !self.followed.insert(next) {
            return Err(Untrustworthy::Circle);
        }
        if self.pages >= self.most_pages {
            return Err(Untrustworthy::Endless { pages: self.pages, largest: self.largest });
        }
        Ok(fresh)
    }

    /// Pages read.
    #[must_use]
    pub const fn pages(&self) -> u64 {
        self.pages
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UnixSeconds;

    fn attempts(sids: std::ops::Range<u32>) -> Vec<Listed> {
        let listed = |sid: u32| Listed {
            id: AttemptId::of(&sid.to_string()),
            created: UnixSeconds(0),
            is_converted: false,
            service: None,
            country: None,
            channel: None,
            number: None,
            price: None,
            carrier: None,
            message_status: None,
            error_code: None,
        };
        sids.map(listed).collect()
    }

    fn take(reading: &mut Reading, sids: std::ops::Range<u32>, next: Option<u64>) -> Result<usize, Untrustworthy> {
        reading.take(attempts(sids), next).map(|fresh| fresh.len())
    }

    #[test]
    fn an_attempt_counts_once_wherever_it_comes_again() {
        let mut reading = Reading::expecting(3);
        assert_eq!(take(&mut reading, 0..10, Some(1)), Ok(10));
        assert_eq!(take(&mut reading, 5..15, Some(2)), Ok(5));
        assert_eq!(take(&mut reading, 0..15, None), Ok(0), "the last page may bring nothing");
        assert_eq!(reading.pages(), 3);
    }

    #[test]
    fn pages_without_end_are_left() {
        let mut stale = Reading::expecting(3);
        assert_eq!(take(&mut stale, 0..10, Some(1)), Ok(10));
        assert_eq!(take(&mut stale, 0..10, Some(2)), Err(Untrustworthy::NothingNew));
        assert_eq!(take(&mut Reading::expecting(0), 0..0, Some(1)), Err(Untrustworthy::Empty));
        let mut circle = Reading::expecting(3);
        assert_eq!(take(&mut circle, 0..10, Some(1)), Ok(10));
        assert_eq!(take(&mut circle, 10..20, Some(1)), Err(Untrustworthy::Circle));
        let mut endless = Reading::expecting(1);
        let until = (0..100)
            .find_map(|page| take(&mut endless, page..page + 1, Some(u64::from(page))).err().map(|it| (page, it)));
        assert_eq!(until, Some((11, Untrustworthy::Endless { pages: 12, largest: 1 })));
    }
}

//! Which page is asked for.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::super::wire;
use crate::model::{PAGE_SIZE, RawSlice};

/// The longest query of a next page that is followed.
const LONGEST_QUERY: usize = 8 * 1024;

/// The query of the page that follows another. It may name an attempt, so it has no text of its own.
#[derive(Clone, PartialEq, Eq)]
pub struct NextPage(Arc<str>);

impl NextPage {
    /// Of `meta.next_page_url`: whatever host and path it names, only its query counts. `None`: it has none that could be
    /// sent.
    #[must_use]
    pub fn of(url: &str) -> Option<Self> {
        let (_, rest) = url.split_once('?')?;
        let query = rest.split_once('#').map_or(rest, |(query, _)| query);
        let is_plain = query.bytes().all(|byte| byte.is_ascii_graphic());
        (is_plain && (1..=LONGEST_QUERY).contains(&query.len())).then(|| Self(query.into()))
    }

    /// What tells it from all others, as far as 64 bits can.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        hasher.finish()
    }
}

/// A page of a slice's attempts.
#[derive(Clone, PartialEq, Eq)]
pub struct PageQuestion {
    /// The slice, without a prefix: the list has no such filter.
    pub slice: RawSlice,
    /// Which page; `None`: the first.
    pub next: Option<NextPage>,
}

impl PageQuestion {
    /// The query.
    pub(in crate::fetch) fn query(&self) -> String {
        if let Some(NextPage(query)) = &self.next {
            return query.to_string();
        }
        let filters = wire::query(&RawSlice { prefix: None, ..self.slice });
        let and = if filters.is_empty() { "" } else { "&" };
        format!("{filters}{and}PageSize={PAGE_SIZE}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_page_names_the_slice_and_the_next_one_what_the_page_said() {
        let slice = RawSlice {
            country: Some("CO".parse().unwrap()),
            prefix: Some("+57".parse().unwrap()),
            ..RawSlice::default()
        };
        let first = PageQuestion { slice, next: None };
        assert_eq!(first.query(), "Country=CO&PageSize=1000");
        assert_eq!(PageQuestion { slice: RawSlice::default(), next: None }.query(), "PageSize=1000");
        let url = "https://elsewhere.example/x?Country=CO&PageToken=PAVL12%3D#part";
        let next = PageQuestion { slice, next: NextPage::of(url) };
        assert_eq!(next.query(), "Country=CO&PageToken=PAVL12%3D");
        assert!(NextPage::of("/v2/Attempts?PageToken=1").is_some(), "also without a host");
    }

    #[test]
    fn a_next_page_that_cannot_be_asked_for_is_none() {
        let long = format!("?{}", "x".repeat(LONGEST_QUERY + 1));
        for url in ["", "https://verify.twilio.com/v2/Attempts", "x?", "x?#y", "x?a b", "x?a\nb", "x?ä", &long] {
            assert!(NextPage::of(url).is_none(), "{url}");
        }
    }
}

//! The last requests, for whoever asks what his client sent.
//!
//! Bounded in number and in length. Headers are never kept, so no secret is; whom a list was asked about is masked.

use std::collections::VecDeque;

use serde::Serialize;
use url::form_urlencoded;

/// Requests that are kept.
const MOST: usize = 10_000;
/// Letters of a path or a query that are kept.
const LONGEST: usize = 1000;
const MASK: &str = "***";

/// A request as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Entry {
    /// Counted from 1.
    pub(super) n: u64,
    /// When, RFC 3339.
    pub(super) arrived: String,
    /// Who asked, where each SID is an account of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    /// `null` while there is no answer, or if none was given.
    pub(super) status: Option<u16>,
    /// What struck it.
    pub(super) fault: Option<String>,
    /// How long the answer took; `null` while there is no end.
    pub(super) milliseconds: Option<u64>,
}

/// The newest last.
#[derive(Debug, Default, Serialize)]
pub(super) struct Log {
    requests: VecDeque<Entry>,
    /// Older ones that are no longer kept.
    forgotten: u64,
}

impl Log {
    pub(super) fn push(&mut self, entry: Entry) {
        if self.requests.len() >= MOST {
            self.requests.pop_front();
            self.forgotten += 1;
        }
        self.requests.push_back(entry);
    }

    /// The n-th request, if it is still kept. Numbers follow one another.
    pub(super) fn entry(&mut self, n: u64) -> Option<&mut Entry> {
        let at = n.checked_sub(self.requests.front()?.n)?;
        self.requests.get_mut(usize::try_from(at).ok()?)
    }
}

/// A text of bounded length.
pub(super) fn shortened(text: &str) -> String {
    // Most are short, and this is done for every request.
    if text.len() <= LONGEST { text.to_owned() } else { text.chars().take(LONGEST).collect() }
}

/// A query without the numbers and addresses that a list was asked about.
pub(super) fn masked(query: &str) -> String {
    let is_personal = |name: &str| ["channeldata.to", "to"].contains(&name.to_ascii_lowercase().as_str());
    if !form_urlencoded::parse(query.as_bytes()).any(|(name, _)| is_personal(&name)) {
        return shortened(query);
    }
    let mut masked = String::new();
    for part in query.split('&') {
        let name = form_urlencoded::parse(part.as_bytes()).next().map(|(name, _)| name);
        if !masked.is_empty() {
            masked.push('&');
        }
        match name.filter(|name| is_personal(name)) {
            Some(name) => masked.extend([&*name, "=", MASK]),
            None => masked.push_str(part),
        }
    }
    shortened(&masked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(n: u64) -> Entry {
        let text = || String::new();
        Entry {
            n,
            arrived: text(),
            account: None,
            method: text(),
            path: text(),
            query: text(),
            status: None,
            fault: None,
            milliseconds: None,
        }
    }

    #[test]
    fn recipients_are_masked_however_they_are_written() {
        for (query, shown) in [
            ("Country=CO&PageSize=2", "Country=CO&PageSize=2"),
            (
                "Country=CO&ChannelData.To=%2B573003003030&Status=converted",
                "Country=CO&ChannelData.To=***&Status=converted",
            ),
            ("channeldata%2Eto=+573003003030", "channeldata.to=***"),
            ("ChannelData.To=a@b.example&ChannelData.To=%2B1", "ChannelData.To=***&ChannelData.To=***"),
            ("To=%2B573003003030", "To=***"),
            ("", ""),
        ] {
            assert_eq!(masked(query), shown, "{query}");
        }
        assert_eq!(masked(&"ä".repeat(5000)).chars().count(), LONGEST);
    }

    #[test]
    fn the_last_are_kept_and_found() {
        let mut log = Log::default();
        assert!(log.entry(1).is_none());
        for n in 5..=MOST as u64 + 7 {
            log.push(entry(n));
        }
        assert_eq!((log.requests.len(), log.forgotten), (MOST, 3));
        assert_eq!(log.entry(8).unwrap().n, 8);
        assert_eq!(log.entry(MOST as u64 + 7).unwrap().n, MOST as u64 + 7);
        assert!(log.entry(7).is_none() && log.entry(MOST as u64 + 8).is_none());
    }
}

//! The bytes of a mark. Pure.
//!
//! ```text
//! verify-rollup holder 1
//! boot 6f9e…               the machine's boot
//! host db-1                its name
//! pid 4242                 the process that took the directory; others of the boot may have joined
//! since 2026-11-28T10:41:12Z
//! id 0193…                 unlike every other mark's
//! past known               or lost: it was taken from a machine that had fallen silent
//! ```
//! Each line once, in this order, and nothing else. Anything else, also a later version, is a mark that cannot be read.

use std::fmt;

const TITLE: &str = "verify-rollup holder 1";

/// What the directory tells of the requests that were sent before it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// Where there is no bucket, nothing was spent.
    Known,
    /// It was taken from a machine that had fallen silent: every bucket counts as just spent, also a missing one.
    Lost,
}

/// The longest file that is read.
pub(super) const LONGEST: usize = 1024;
/// The longest value that is written.
const LONGEST_VALUE: usize = 64;

/// Who holds a state directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) boot: String,
    pub(super) host: String,
    pub(super) pid: String,
    pub(super) since: String,
    pub(super) id: String,
    pub(super) past: Past,
}

impl Mark {
    /// Values that a line cannot hold are made fit.
    pub(super) fn encode(&self) -> Vec<u8> {
        let Self { boot, host, pid, since, id, past } = self;
        let [boot, host, pid, since, id] = [boot, host, pid, since, id].map(|value| fit(value));
        let past = word(*past);
        format!("{TITLE}\nboot {boot}\nhost {host}\npid {pid}\nsince {since}\nid {id}\npast {past}\n").into_bytes()
    }

    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut lines = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?.split('\n');
        if lines.next()? != TITLE {
            return None;
        }
        let mut value = |key: &str| {
            let value = lines.next()?.strip_prefix(key)?.strip_prefix(' ')?;
            (!value.is_empty() && fit(value) == value).then(|| value.to_owned())
        };
        let [boot, host, pid, since, id, past] = ["boot", "host", "pid", "since", "id", "past"].map(&mut value);
        let past = past.and_then(|past| [Past::Known, Past::Lost].into_iter().find(|known| word(*known) == past));
        let mark = Self { boot: boot?, host: host?, pid: pid?, since: since?, id: id?, past: past? };
        lines.next().is_none().then_some(mark)
    }
}

const fn word(past: Past) -> &'static str {
    match past {
        Past::Known => "known",
        Past::Lost => "lost",
    }
}

/// What a terminal can be shown, and never nothing.
pub(super) fn fit(value: &str) -> String {
    let plain: String = value.chars().filter(char::is_ascii_graphic).take(LONGEST_VALUE).collect();
    if plain.is_empty() { "unknown".to_owned() } else { plain }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (process {} since {})", self.host, self.pid, self.since)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mark() -> Mark {
        Mark {
            boot: "6f9e".to_owned(),
            host: "db-1".to_owned(),
            pid: "4242".to_owned(),
            since: "2026-11-28T10:41:12Z".to_owned(),
            id: "0193".to_owned(),
            past: Past::Lost,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for past in [Past::Known, Past::Lost] {
            let mark = Mark { past, ..mark() };
            assert_eq!(Mark::parse(&mark.encode()), Some(mark));
        }
    }

    #[test]
    fn odd_names_are_made_fit() {
        let odd = Mark { host: format!("a b\n\x1b[31mé{}", "x".repeat(5000)), pid: String::new(), ..mark() };
        let bytes = odd.encode();
        assert!(bytes.len() < LONGEST);
        let read = Mark::parse(&bytes).unwrap();
        assert!(read.host.starts_with("ab[31mxxx") && read.host.len() == 64, "{read}");
        assert_eq!(read.pid, "unknown");
    }

    #[test]
    fn anything_else_is_refused() {
        let text = String::from_utf8(mark().encode()).unwrap();
        for changed in [
            text.replace("holder 1", "holder 2"),
            text.replace("host", "hots"),
            text.replace("db-1", "db\x1b1"),
            text.replace("db-1", ""),
            text.replace("past lost", "past gone"),
            format!("{text}more\n"),
            text.trim_end().to_owned(),
            String::new(),
        ] {
            assert_eq!(Mark::parse(changed.as_bytes()), None, "{changed}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert_eq!(Mark::parse(&bytes), None);
        }

        #[test]
        fn every_cut_is_noticed(at: prop::sample::Index) {
            let bytes = mark().encode();
            prop_assert_eq!(Mark::parse(&bytes[..at.index(bytes.len())]), None);
        }
    }
}

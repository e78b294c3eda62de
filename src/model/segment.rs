//! Stretches of the list: which attempts are read page by page, and what they add up to.
//!
//! Pages end where they are counted. What goes on from there are sums, which name nobody.

use super::{
    Answer, ApiFailure, Channel, Cost, Country, Counts, MatrixShape, Prefix, Reuse, ServiceSid, UnixMicros,
    UnixSeconds, Window,
};

/// Attempts on a page of the list, the most that the API gives.
pub const PAGE_SIZE: u16 = 1000;

/// Whole windows whose attempts are read as one piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Segment {
    /// From the first window's start to the last one's end.
    pub range: Window,
    /// How many attempts are expected.
    pub attempts: i64,
    /// Whether what another run read will do: [`Reuse::SettledOnly`] reads no page, [`Reuse::Never`] takes nothing but
    /// what this very run read already.
    pub reuse: Reuse,
}

impl Segment {
    /// How many pages are expected, one at least.
    #[must_use]
    pub fn pages(&self) -> u64 {
        u64::try_from(self.attempts / i64::from(PAGE_SIZE)).unwrap_or(0) + 1
    }
}

/// Attempts that are alike in all of this, and what they add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TallyRow {
    /// The start of their slot: a quarter of an hour, cut where a window begins within it.
    pub slot: UnixSeconds,
    /// Their service; `None`: none that can be read.
    pub service: Option<ServiceSid>,
    /// Their country; `None`: none was named.
    pub country: Option<Country>,
    /// Their channel; `None`: one that is not known.
    pub channel: Option<Channel>,
    /// Which of the job's prefixes their number begins with; `None`: none of them.
    pub prefix: Option<Prefix>,
    /// How many they are.
    pub counts: Counts,
    /// What they cost.
    pub cost: Cost,
}

/// What the attempts of a segment add up to: each row once, none without attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// By slot, in any order.
    pub rows: Vec<TallyRow>,
    /// As whose answer it counts: when the first page was asked for, and by whom. Its counts are all attempts.
    pub answer: Answer,
}

/// What came back for a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListOutcome {
    /// Its attempts, counted.
    Listed(Tally),
    /// No list, or one that cannot be trusted.
    Failed(ApiFailure),
    /// No page may be read, and the ledger has nothing.
    NotRecorded,
}

/// A segment's tally on its way to the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTally {
    /// What was read.
    pub range: Window,
    /// When its first page was asked for.
    pub asked_at: UnixMicros,
    /// The server's own time then.
    pub server_at: Option<UnixSeconds>,
    /// The rows.
    pub rows: Vec<TallyRow>,
}

/// How a job splits what is listed, as far as the ledger must know: equal keys, equal margins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Split {
    /// A text that is equal for equal services, countries, channels and prefixes.
    pub key: String,
    /// The prefixes by which attempts are counted.
    pub prefixes: Vec<Prefix>,
}

impl Split {
    /// Of a matrix.
    #[must_use]
    pub fn of(shape: &MatrixShape) -> Self {
        fn list<T: ToString + Ord>(name: &str, values: Option<&Vec<T>>) -> String {
            let mut values: Vec<&T> = values.into_iter().flatten().collect();
            values.sort_unstable();
            values.dedup();
            let values: Vec<String> = values.into_iter().map(ToString::to_string).collect();
            format!("{name}={}", values.join(","))
        }
        let MatrixShape { services, countries, channels, prefixes } = shape;
        // A dimension that is not split has no value; one that is has one at least.
        let key = [
            list("services", services.as_ref()),
            list("countries", countries.as_ref()),
            list("channels", channels.as_ref()),
            list("prefixes", prefixes.as_ref()),
        ]
        .join(";");
        let mut prefixes = prefixes.clone().unwrap_or_default();
        prefixes.sort_unstable();
        prefixes.dedup();
        Self { key, prefixes }
    }
}

/// A window whose listed sums Summary confirmed, in every margin that the job splits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    /// It.
    pub window: Window,
    /// Channels that the list does not have as Summary has them: nothing listed of them counts.
    pub without_channels: Vec<Channel>,
    /// Countries likewise.
    pub without_countries: Vec<Country>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_are_equal_that_ask_for_the_same_margins() {
        let countries = |codes: &[&str]| Some(codes.iter().map(|code| code.parse().unwrap()).collect());
        let shape = |codes: &[&str]| MatrixShape { countries: countries(codes), ..MatrixShape::default() };
        let split = Split::of(&shape(&["US", "DE"]));
        assert_eq!(split.key, "services=;countries=DE,US;channels=;prefixes=");
        assert_eq!(split, Split::of(&shape(&["DE", "US", "DE"])));
        assert_ne!(split, Split::of(&shape(&["DE"])));
        assert_ne!(split, Split::of(&MatrixShape::default()));
        let prefixes = ["+49", "+1"].map(|text| text.parse().unwrap());
        let split = Split::of(&MatrixShape { prefixes: Some(prefixes.to_vec()), ..MatrixShape::default() });
        assert_eq!(split.prefixes, [prefixes[1], prefixes[0]]);
    }
}

//! What an answer proves, and what must be seen before a row is published: the rules V1–V15 of `docs/EVIDENCE.md`.
//!
//! This room keeps what was found out about the account and its filters; the phases that ask for it write here, and the
//! judge reads it. What was seen in earlier runs comes in as notes, and goes out as notes.

mod grounds;
mod inquiry;
pub(super) mod notes;
mod rule;
mod siblings;
mod trial;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use grounds::Grounds;
pub(super) use inquiry::Inquiry;
pub(super) use notes::Notes;
pub use rule::Rule;
pub(super) use siblings::{Suspicion, suspect};
pub(super) use trial::{Candidate, Part, Ruling, Trial};

use super::index::Lane;
use super::layout::Layout;
use crate::model::{Answer, AnswerSource, Counts, Listing, Outcome, Slice, Strategy, UnixSeconds};

/// How much was looked at, for `run --json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EvidenceCounts {
    /// Questions whose true answer is known, or that only show that a filter works.
    pub controls: u64,
    /// Sums held against an answer that was not used to infer their parts.
    pub sums_checked: u64,
    /// Totals that were asked once more at the end.
    pub totals_repeated: u64,
}

/// A parameter of the API, or a property of the account, that no answer proved. Rows that rest on it are published.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unproven {
    /// The parameter's name, `history` or `bounds`.
    pub filter: String,
    /// Why, and what to do.
    pub reason: String,
}

/// What is known of the account besides its counts.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Evidence {
    pub(super) notes: Notes,
    pub(super) counts: EvidenceCounts,
    /// The newest time that the server said.
    pub(super) server_at: Option<UnixSeconds>,
    /// When the youngest answer was asked, by the host's clock.
    pub(super) asked_at: Option<UnixSeconds>,
    /// Where the future begins that was asked for.
    pub(super) future_from: Option<UnixSeconds>,
    /// By parameter: why no answer proved it.
    pub(super) unproven: BTreeMap<&'static str, String>,
    /// For people.
    pub(super) warnings: Vec<String>,
    /// Why nothing at all is published.
    pub(super) withheld: Option<Withheld>,
    /// Windows that are not published, each with the reason.
    pub(super) held: BTreeMap<usize, String>,
    /// Windows whose proof got no answer, each with the reason: they are not published either.
    pub(super) lacking: BTreeMap<usize, String>,
    /// Whether something on settled ground was not what it had been.
    pub(super) has_moved: bool,
    /// Windows that are published and not final.
    pub(super) unsettled_windows: BTreeSet<usize>,
    /// Lanes whose rows are published and not final.
    pub(super) unsettled_lanes: BTreeSet<Lane>,
    /// Whether attempts were seen before the settled range; `None`: nobody asked.
    pub(super) history: Option<History>,
    /// What lies before it, if that was asked.
    pub(super) history_counts: Option<Counts>,
    /// Whether the question about the future was not answered.
    pub(super) is_future_refused: bool,
    /// Whether the question about the distant past was not answered.
    pub(super) is_past_refused: bool,
    /// The server's time less the host's, in seconds, as the last answer of this run showed it.
    pub(super) skew: Option<i64>,
    /// Whether an answer of this run came without the server's time.
    pub(super) is_without_date: bool,
    /// What cells rest on.
    pub(super) grounds: Grounds,
    /// A rule that a test has switched off.
    pub(super) without: Option<Rule>,
}

/// How a count differs from what it was, for messages.
pub(super) fn change(slice: &Slice, before: Counts, now: Counts) -> String {
    format!(
        "{slice} held {} attempts, {} converted, and a while later {}, {} converted",
        before.attempts(),
        before.converted(),
        now.attempts(),
        now.converted()
    )
}

/// Why nothing is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Withheld {
    /// The API does something else than what it is asked for, so its answers are worth nothing to other runs either.
    Ignored(&'static str, String),
    /// What was seen doesn't suffice; another run may see more.
    Unsure(String),
}

impl Withheld {
    pub(super) fn reason(&self) -> &str {
        match self {
            Self::Ignored(_, reason) | Self::Unsure(reason) => reason,
        }
    }
}

/// What lies before the settled range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum History {
    /// Attempts: the API holds the whole range.
    Shown,
    /// Nothing, or the question was refused.
    Nothing,
}

/// How many questions a run puts for evidence at most, where every answer comes and every sum adds up.
pub(super) fn most_questions(layout: &Layout) -> u64 {
    let shape = layout.matrix().shape();
    let sums = if layout.splits_countries() { layout.country_count() * layout.lane_count() } else { 0 };
    let margins = shape.service_count() * shape.channel_count();
    // The account, its clock and history, the repeated cell, the candidates of filters, and their wholes.
    let account = 10;
    let filters = 12 + 2 * layout.group_count() + layout.lane_count() + 4;
    (account + filters + sums + 2 * margins + 2) as u64
}

/// How many questions a run usually puts for evidence of so many settled windows that it asks, and of those that grow:
/// where filters show in the cells, and nothing is suspect.
pub(super) fn expected_questions(layout: &Layout, settled: usize, strategy: Strategy, countries: Listing) -> u64 {
    let shape = layout.matrix().shape();
    let grows = !layout.provisional_windows().is_empty();
    let margins = shape.service_count() * shape.channel_count();
    // The future; what has settled, what lies before it and the distant past; what grows. Where there is one group with
    // a whole, that is everything, too, and counted with the totals.
    let is_total = layout.has_group_wholes() && layout.group_count() == 1;
    let account = 1 + if settled > 0 { 3 } else { 0 } + usize::from(grows) - usize::from(is_total && settled > 0);
    // A large cell, the whole and what grows once more; of what has settled the margins, too, and both controls.
    let repeated = match settled {
        0 => 3 * usize::from(grows),
        _ => 1 + margins + 1 + usize::from(grows) + 2,
    };
    let without_prefix = if shape.prefixes.is_some() { margins } else { 0 };
    // A drill proves by sums only zeros that were asked one by one: where a country's are, in all channels at once.
    let may_be_loose = countries == Listing::Listed && layout.has_all_channels();
    let wholes = if layout.has_all_channels() { layout.group_count() } else { layout.lane_count() };
    let sums = match (settled, strategy) {
        (0 | 1, _) => 0,
        (_, Strategy::DrillDown) if !may_be_loose => 0,
        _ if layout.splits_countries() => layout.country_count() * wholes,
        _ => 0,
    };
    (account + repeated + without_prefix + sums) as u64
}

impl Evidence {
    pub(super) fn new(notes: Notes) -> Self {
        Self { notes, ..Self::default() }
    }

    /// Whether a rule holds: all do, but for the one that a test has switched off.
    pub(super) fn heeds(&self, rule: Rule) -> bool {
        self.without != Some(rule)
    }

    /// Takes note of the server's time.
    pub(super) fn see(&mut self, outcome: &Outcome) {
        if let Outcome::Answered(answer) = outcome {
            self.see_time(answer);
            if answer.source == AnswerSource::ThisRun {
                self.skew = answer.server_at.map(|at| at.0 - answer.asked_at.floor_seconds().0).or(self.skew);
                self.is_without_date |= answer.server_at.is_none();
            }
        }
    }

    pub(super) fn see_time(&mut self, answer: &Answer) {
        self.server_at = self.server_at.max(answer.server_at);
        self.asked_at = self.asked_at.max(Some(answer.asked_at.floor_seconds()));
    }

    /// Keeps everything back; the first reason stays.
    pub(super) fn withhold(&mut self, reason: Withheld) {
        self.withheld.get_or_insert(reason);
    }

    /// Keeps a window back; the first reason stays.
    pub(super) fn hold(&mut self, window: usize, reason: &str) {
        self.held.entry(window).or_insert_with(|| reason.to_owned());
    }

    /// Keeps a window back until its proof is answered; the first reason stays.
    pub(super) fn lack(&mut self, window: usize, reason: &str) {
        self.lacking.entry(window).or_insert_with(|| reason.to_owned());
    }

    /// Keeps everything back for what explains all that was seen before.
    pub(super) fn blame(&mut self, reason: Withheld) {
        self.withheld = Some(reason);
    }

    pub(super) fn leave_unproven(&mut self, parameter: &'static str, reason: String) {
        self.unproven.entry(parameter).or_insert(reason);
    }

    /// What stands without proof, by name.
    pub(super) fn unproven(&self) -> Vec<Unproven> {
        let named =
            |(filter, reason): (&&str, &String)| Unproven { filter: (*filter).to_owned(), reason: reason.clone() };
        self.unproven.iter().map(named).collect()
    }

    /// Whether the answers for a window need no new sums in later runs.
    pub(super) fn proves(&self, window: usize) -> bool {
        self.withheld.is_none()
            && self.unsettled_lanes.is_empty()
            && !self.held.contains_key(&window)
            && !self.lacking.contains_key(&window)
            && !self.unsettled_windows.contains(&window)
    }
}

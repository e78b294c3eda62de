//! The identities: sums of parts against their wholes, in exact integers.
//!
//! R1, Σ countries ≤ the window's total, leaves room for the remainder. R2 and R3 are equations on settled ground. A
//! range that still grows was asked before and after its parts: there the sum must lie between the two.
//!
//! Attempts and conversions only grow, but an attempt that converts leaves the unconverted. So while a window is
//! provisional its unconverted attempts are not compared. A whole that shrinks contradicts itself, whatever its sum.

use crate::model::{Counts, Difference, Identity, Metric, Window};

use super::index::{CountryIndex, Group, Lane};
use super::layout::{Layout, Node};
use super::store::Store;

/// Whether an identity holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    Holds,
    /// A part or the whole is unknown, and what is known does not contradict it.
    Open,
    Fails,
}

/// One identity with its numbers.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts about its numbers")]
pub(super) struct Equation {
    pub(super) identity: Identity,
    /// Attempts and conversions of the known parts.
    sum: [i128; 2],
    has_unknown_parts: bool,
    whole: Option<Counts>,
    /// The whole as it was before its parts: a lower bound.
    before: Option<Counts>,
    /// What the whole was when it was asked first, if it and some part shrank since: attempts that were counted once
    /// are gone. A slice that shrinks alone had a passing fault.
    shrunk_from: Option<Counts>,
    pub(super) is_provisional: bool,
    /// Whether the whole may hold more than its parts.
    is_open_above: bool,
    has_implied: bool,
}

/// Where an identity speaks of its parts and its whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// R1 of a window and lane.
    Countries { window: usize, lane: Lane },
    /// R2 of a lane.
    Windows { lane: Lane },
    /// R3 of a group.
    Channels { group: Group },
}

impl Subject {
    /// Every R1 of one window.
    pub(super) fn countries(layout: &Layout, window: usize) -> impl Iterator<Item = Self> + use<> {
        let splits = layout.splits_countries();
        layout.lanes().filter(move |_| splits).map(move |lane| Self::Countries { window, lane })
    }

    /// Every R2 and R3.
    pub(super) fn range(layout: &Layout) -> impl Iterator<Item = Self> + use<> {
        let has_totals = layout.has_range_totals();
        let has_wholes = layout.has_group_wholes() && layout.range().is_some();
        let windows = layout.lanes().filter(move |_| has_totals).map(|lane| Self::Windows { lane });
        windows.chain(layout.groups().filter(move |_| has_wholes).map(|group| Self::Channels { group }))
    }

    pub(super) fn whole(self, layout: &Layout) -> Node {
        match self {
            Self::Countries { window, lane } => layout.window_total(window, lane),
            Self::Windows { lane } => layout.range_total(lane),
            Self::Channels { group } => layout.all_channels(group),
        }
    }

    /// The parts, in ascending order; countries that the API refuses are none.
    pub(super) fn parts(
        self,
        layout: &Layout,
        is_refused: &dyn Fn(CountryIndex, Lane) -> bool,
        mut each: impl FnMut(Node),
    ) {
        match self {
            Self::Countries { window, lane } => layout
                .countries()
                .filter(|&country| !is_refused(country, lane))
                .for_each(|country| each(layout.cell(window, country, lane))),
            Self::Windows { lane } => {
                layout.range_windows().for_each(|window| each(layout.window_total(window, lane)));
            }
            Self::Channels { group } => layout.lanes_of(group).for_each(|lane| each(layout.range_total(lane))),
        }
    }

    const fn identity(self) -> Identity {
        match self {
            Self::Countries { .. } => Identity::R1,
            Self::Windows { .. } => Identity::R2,
            Self::Channels { .. } => Identity::R3,
        }
    }

    fn is_provisional(self, layout: &Layout) -> bool {
        match self {
            Self::Countries { window, .. } => layout.is_provisional_window(window),
            Self::Windows { .. } | Self::Channels { .. } => layout.is_provisional_range(),
        }
    }

    /// Reads the numbers of this identity.
    pub(super) fn equation(
        self,
        layout: &Layout,
        store: &Store,
        is_refused: &dyn Fn(CountryIndex, Lane) -> bool,
    ) -> Equation {
        let (mut sum, mut has_unknown_parts, mut has_shrunk_parts) = ([0i128; 2], false, false);
        let mut has_implied = store.is_implied(self.whole(layout));
        self.parts(layout, is_refused, |part| match store.counts(part) {
            Some(counts) => {
                sum[0] += i128::from(counts.attempts());
                sum[1] += i128::from(counts.converted());
                has_shrunk_parts |= store.shrunk_from(part).is_some();
                has_implied |= store.is_implied(part);
            }
            None => has_unknown_parts = true,
        });
        let whole = self.whole(layout);
        Equation {
            identity: self.identity(),
            sum,
            has_unknown_parts,
            whole: store.counts(whole),
            before: store.before(whole),
            shrunk_from: store.shrunk_from(whole).filter(|_| has_shrunk_parts),
            is_provisional: self.is_provisional(layout),
            is_open_above: match self {
                Self::Countries { .. } => true,
                Self::Windows { .. } => false,
                Self::Channels { .. } => !layout.has_all_channels(),
            },
            has_implied,
        }
    }

    /// The differences of an equation that fails.
    pub(super) fn differences(self, layout: &Layout, equation: &Equation, into: &mut Vec<Difference>) {
        let windows = layout.matrix().windows();
        let (window, lane) = match self {
            Self::Countries { window, lane } => (Some(windows[window]), lane),
            Self::Windows { lane } => (layout.range(), lane),
            Self::Channels { group } => (layout.range(), layout.any_lane_of(group)),
        };
        let Some(window): Option<Window> = window else { return };
        let cell = layout.cell_of(window, None, lane);
        let channel = if matches!(self, Self::Channels { .. }) { None } else { cell.channel };
        equation.each_difference(|metric, expected, actual| {
            into.push(Difference {
                identity: equation.identity,
                window,
                service: cell.service,
                channel,
                prefix: cell.prefix,
                metric,
                expected,
                actual,
            });
        });
    }
}

impl Equation {
    pub(super) fn check(&self) -> Check {
        let mut fails = false;
        self.each_difference(|_, _, _| fails = true);
        let is_bounded = !self.is_provisional || self.is_open_above || self.before.is_some();
        if fails {
            Check::Fails
        } else if self.has_unknown_parts || self.whole.is_none() || !is_bounded {
            Check::Open
        } else {
            Check::Holds
        }
    }

    /// Whether a failure may be the growth of a window: it is told, and keeps nothing back. Parts that exceed the whole
    /// that was asked after them are no growth.
    pub(super) fn is_drift(&self) -> bool {
        let exceeds =
            |whole: Counts| self.sum[0] > i128::from(whole.attempts()) || self.sum[1] > i128::from(whole.converted());
        self.is_provisional && !self.whole.is_some_and(exceeds)
    }

    /// Whether listed attempts of a growing window converted after their country was asked, so many that the remainder
    /// would hold more conversions than attempts: its row holds as many as it can.
    pub(super) fn caps_the_remainder(&self) -> bool {
        let unconverted = self.sum[0] - self.sum[1];
        self.identity == Identity::R1
            && self.is_provisional
            && self.whole.is_some_and(|whole| unconverted > i128::from(whole.unconverted()))
    }

    /// Whether all numbers are known, so that holding or failing means something.
    pub(super) const fn is_complete(&self) -> bool {
        !self.has_unknown_parts && self.whole.is_some()
    }

    /// Whether some of its numbers may have been inferred from this very identity, so that it tests nothing.
    pub(super) const fn rests_on_itself(&self) -> bool {
        self.has_implied
    }

    /// Calls `each(metric, expected, actual)` for each count that contradicts the identity.
    fn each_difference(&self, mut each: impl FnMut(Metric, i64, i64)) {
        let Some(whole) = self.whole else { return };
        let triple = |counts: Counts| [counts.attempts(), counts.converted(), counts.unconverted()].map(i128::from);
        let metrics = [Metric::Attempts, Metric::Converted, Metric::Unconverted];
        let compared = if self.is_provisional { 2 } else { 3 };
        let sum = [self.sum[0], self.sum[1], self.sum[0] - self.sum[1]];
        let most = triple(whole);
        let least = if self.is_open_above || self.has_unknown_parts {
            None
        } else if self.is_provisional {
            self.before.map(triple)
        } else {
            Some(most)
        };
        // What was counted once and is counted no more.
        let gone = if self.is_provisional { self.before } else { self.shrunk_from }.map(triple);
        let clamp = |value: i128| i64::try_from(value).unwrap_or(i64::MAX);
        for index in 0..compared {
            if let Some(gone) = gone
                && gone[index] > most[index]
            {
                each(metrics[index], clamp(gone[index]), clamp(most[index]));
            } else if sum[index] > most[index] {
                each(metrics[index], clamp(most[index]), clamp(sum[index]));
            } else if let Some(least) = least
                && sum[index] < least[index]
            {
                each(metrics[index], clamp(least[index]), clamp(sum[index]));
            }
        }
    }
}

//! Where attempts could hide (V4): windows and lanes of which something lies outside the listed countries, and what
//! this run found to be nothing, or inferred, in them.

use std::collections::BTreeSet;

use crate::model::{AnswerSource, Counts, Provenance, Slice};
use crate::planner::index::{Each, Lane};
use crate::planner::knowledge::Knowledge;
use crate::planner::layout::{Node, Place};

/// What is known, and where it leaves a remainder.
pub(super) struct Hidden<'a> {
    known: &'a Knowledge,
    /// By window.
    has_remainder: Vec<Each<Lane, bool>>,
}

impl<'a> Hidden<'a> {
    pub(super) fn new(known: &'a Knowledge) -> Self {
        let layout = &known.layout;
        let open = |window: usize, lane: Lane| {
            let Some(mut rest) = known.store.counts(layout.window_total(window, lane)).map(Counts::attempts) else {
                return true;
            };
            for country in known.countries_of(lane) {
                let Some(cell) = known.store.counts(layout.cell(window, country, lane)) else { return true };
                rest -= cell.attempts();
            }
            rest != 0
        };
        let in_doubt: BTreeSet<usize> = known.windows_in_doubt().collect();
        let of_window = |window| layout.lanes().map(|lane| in_doubt.contains(&window) && open(window, lane)).collect();
        let has_remainder = layout.windows().map(of_window).collect();
        Self { known, has_remainder }
    }

    fn has_remainder(&self, window: usize, lane: Lane) -> bool {
        self.has_remainder[window][lane]
    }

    /// E-mail has no countries, so all of it is remainder, and a zero there is none to prove.
    fn hides_zeros(&self, window: usize, lane: Lane) -> bool {
        !self.known.layout.is_email(lane) && self.has_remainder(window, lane)
    }

    /// A piece may hold too much where its own window has room for it, or where other windows of its lane have: they
    /// may lack what it got.
    pub(super) fn may_hide_piece(&self, node: Node) -> bool {
        let Place::Cell { window, country, lane } = self.known.layout.place(node) else { return false };
        let has_room = |window: usize| {
            let cell = self.known.layout.cell(window, country, lane);
            self.known.store.counts(cell) == Some(Counts::ZERO) && self.hides_zeros(window, lane)
        };
        self.known.store.is_implied(node)
            && self.known.store.counts(node).is_some_and(|counts| counts != Counts::ZERO)
            && !self.known.is_refused_in(country, lane)
            && (self.has_remainder(window, lane) || self.known.windows_in_doubt().any(has_room))
    }

    /// Whether an answer of nothing covers cells of a listed country that nothing else proves.
    pub(super) fn may_hide(&self, slice: &Slice) -> bool {
        self.zeros_within(slice).iter().any(|cell| !self.known.zeros_seen.contains(cell))
    }

    /// The cells below an answer of nothing in which attempts could have been lost.
    pub(super) fn zeros_within(&self, slice: &Slice) -> Vec<Node> {
        let layout = &self.known.layout;
        let windows = layout.matrix().windows();
        let country = self.known.layout.country_index(slice.country).filter(|&country| !self.known.is_refused(country));
        let Some(country) = country else { return Vec::new() };
        let within = layout.windows().filter(|&window| slice.range.contains(windows[window]));
        let lanes = self.known.lanes_within(slice);
        within
            .flat_map(|window| lanes.iter().map(move |&lane| (window, lane)))
            .filter(|&(window, lane)| self.hides_zeros(window, lane))
            .map(|(window, lane)| layout.cell(window, country, lane))
            .collect()
    }

    /// Zeros that were asked or recalled one by one; those that this run inferred rest on answers that are asked again.
    pub(super) fn loose_zeros(&self) -> Vec<Node> {
        let layout = &self.known.layout;
        let is_loose = |cell: Node| {
            self.known.store.known(cell).is_some_and(|known| {
                let is_inferred = known.provenance == Provenance::Implied && known.source == AnswerSource::ThisRun;
                let is_listed = known.provenance == Provenance::Listed;
                known.counts == Counts::ZERO && !is_inferred && !is_listed
            })
        };
        let mut zeros = Vec::new();
        for window in self.known.windows_in_doubt() {
            for lane in layout.lanes().filter(|&lane| self.hides_zeros(window, lane)) {
                for country in self.known.countries_of(lane) {
                    let cell = layout.cell(window, country, lane);
                    let is_proved = self.known.store.is_proved(cell) || self.known.zeros_seen.contains(&cell);
                    if is_loose(cell) && !is_proved {
                        zeros.push(cell);
                    }
                }
            }
        }
        zeros
    }
}

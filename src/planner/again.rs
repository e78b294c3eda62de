//! What is asked again: the slices of identities that fail, once.
//!
//! Sums that differ on settled ground may be a passing fault of the API, and so may slices that used up their tries: an
//! outage ends some dozens of them before the API is back. Where a range grows, a whole must be younger than its parts,
//! so whatever is asked again takes the wholes above it along.

use super::expired::{Held, Standing};
use super::identities::{Check, Subject};
use super::layout::{Node, Place};
use super::plan::Plan;

impl Plan {
    /// Whether the API still holds what a window's slices count.
    fn is_askable(&self, window: usize) -> bool {
        matches!(self.standings[window], Standing::Live | Standing::Recalled(Held::Yes))
    }

    /// The slices of identities that fail, and what used up its tries, wholes first (they are taken from the end).
    /// Cells of growing windows are left to the next run, which asks their window afresh anyway.
    pub(super) fn slices_to_ask_again(&self) -> Vec<Node> {
        let mut again = Vec::new();
        for window in (0..self.layout.windows()).filter(|&window| self.is_askable(window)) {
            for subject in Subject::countries(&self.layout, window) {
                self.collect(subject, &mut again);
            }
        }
        if self.layout.range_windows().all(|window| self.is_askable(window)) {
            for subject in Subject::range(&self.layout) {
                self.collect(subject, &mut again);
            }
        }
        again.retain(|&node| !self.store.was_asked_again(node));
        again.sort_unstable_by(|a, b| b.cmp(a));
        again.dedup();
        again
    }

    fn collect(&self, subject: Subject, again: &mut Vec<Node>) {
        let is_refused = |country| self.is_refused(country);
        let whole = subject.whole(&self.layout);
        if self.store.is_worth_another_try(whole) {
            again.push(whole);
        }
        let fails = subject.equation(&self.layout, &self.store, &is_refused).check() == Check::Fails;
        if let Subject::Countries { window, lane } = subject {
            if !self.layout.is_provisional_window(window) {
                subject.parts(&self.layout, &is_refused, |part| {
                    if self.store.is_worth_another_try(part) {
                        again.push(part);
                    }
                });
            }
            // A remainder must not absorb what its total gained after the countries were asked.
            if fails || self.store.changed_again(whole) {
                subject.parts(&self.layout, &is_refused, |part| again.push(part));
            }
            if fails {
                again.push(whole);
                if self.layout.is_provisional_window(window) && self.layout.range_windows().contains(&window) {
                    self.collect_wholes_above(lane, again);
                }
            }
        } else if fails {
            again.push(whole);
            subject.parts(&self.layout, &is_refused, |part| self.collect_part(part, again));
            if let Subject::Windows { lane } = subject
                && self.layout.is_provisional_range()
            {
                self.collect_wholes_above(lane, again);
            }
        }
    }

    /// A total with, while it grows, the countries that were asked before it.
    fn collect_part(&self, part: Node, again: &mut Vec<Node>) {
        again.push(part);
        if let Place::WindowTotal { window, lane } = self.layout.place(part)
            && self.layout.is_provisional_window(window)
        {
            let countries = Subject::Countries { window, lane };
            countries.parts(&self.layout, &|country| self.is_refused(country), |cell| again.push(cell));
        }
    }

    /// Wholes that still grow must be younger than their parts.
    fn collect_wholes_above(&self, lane: usize, again: &mut Vec<Node>) {
        again.push(self.layout.range_total(lane));
        if self.layout.has_all_channels() {
            again.push(self.layout.all_channels(self.layout.group_of(lane)));
        }
    }
}

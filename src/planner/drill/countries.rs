//! How much each country has in all channels: a few at a time, those to be expected first, until they make up the whole.

use super::ablation::Search;
use super::extent::Extent;
use super::margins::Margins;
use super::notebook::Contradiction;
use super::target::Target;
use crate::model::Counts;
use crate::planner::index::{CountryIndex, Each};

/// The countries' totals, and what their pairs leave of them.
#[derive(Debug)]
pub(super) struct CountryTotals {
    /// Those with the most attempts to be expected first.
    order: Vec<CountryIndex>,
    /// How many of them were asked.
    asked: usize,
    answers: Each<CountryIndex, Option<Counts>>,
    /// What each has beyond its pairs that are known; `None`: not asked, or not answered.
    left: Each<CountryIndex, Option<Counts>>,
}

impl CountryTotals {
    pub(super) fn new(order: Vec<CountryIndex>, countries: usize) -> Self {
        Self { order, asked: 0, answers: Each::of(countries, None), left: Each::of(countries, None) }
    }

    pub(super) fn forget_order(&mut self) {
        self.order.sort_unstable();
    }

    pub(super) fn order(&self) -> &[CountryIndex] {
        &self.order
    }

    /// Asks for more countries, unless those found make up everything, or one channel's pairs will tell as much.
    pub(super) fn ask(&mut self, margins: &Margins, extent: &Extent) -> Vec<Target> {
        if margins.busy_channels() < 2 || !extent.has(Search::CountryTotals) {
            return Vec::new();
        }
        let found = self.left.values().flatten().try_fold(Counts::ZERO, |sum, of| sum.checked_add(*of));
        if margins.whole().is_some() && found == margins.whole() {
            for &country in &self.order[self.asked..] {
                self.left[country] = Some(Counts::ZERO);
            }
            self.asked = self.order.len();
        }
        // Those asked beside the one that completes the whole are asked in vain.
        let end = (self.asked + extent.breadth).min(self.order.len());
        let targets = self.order[self.asked..end].iter().copied().map(Target::Country).collect();
        self.asked = end;
        targets
    }

    pub(super) fn learn(&mut self, country: CountryIndex, counts: Option<Counts>) {
        self.answers[country] = counts;
        self.left[country] = counts;
    }

    /// What a country has beyond its pairs that are known.
    pub(super) fn left(&self, country: CountryIndex) -> Option<Counts> {
        self.left[country]
    }

    /// Whether any country's total is known.
    pub(super) fn are_known(&self) -> bool {
        self.left.values().any(Option::is_some)
    }

    /// Takes a pair's attempts from its country.
    pub(super) fn take(&mut self, country: CountryIndex, counts: Counts) -> Result<(), Contradiction> {
        if let Some(left) = &mut self.left[country] {
            *left = counts.within(*left).ok_or(Contradiction)?;
        }
        Ok(())
    }

    pub(super) fn answered(&self) -> impl Iterator<Item = (CountryIndex, Counts)> + '_ {
        self.answers.iter().filter_map(|(country, counts)| Some((country, (*counts)?)))
    }
}

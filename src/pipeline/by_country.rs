//! What a run published, by country, for its summary.

use std::collections::BTreeMap;

use crate::model::{Country, Finding};

/// Attempts and conversions per country of the published rows.
#[derive(Debug, Default)]
pub struct ByCountry {
    totals: BTreeMap<Country, (i64, i64)>,
}

impl ByCountry {
    /// Counts a cell.
    pub fn add(&mut self, finding: &Finding) {
        if let Some(country) = finding.cell.country.filter(|country| *country != Country::REMAINDER) {
            let total = self.totals.entry(country).or_default();
            total.0 += finding.counts.attempts();
            total.1 += finding.counts.converted();
        }
    }

    /// Each country with its attempts and conversions.
    pub fn totals(&self) -> impl Iterator<Item = (Country, i64, i64)> + '_ {
        self.totals.iter().map(|(country, (attempts, converted))| (*country, *attempts, *converted))
    }
}

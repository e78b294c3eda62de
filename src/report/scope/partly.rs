//! What was asked for on some of the period's days and not on others, as a job's lists change: its sums are of those days.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;

use super::super::model::{AskedInPart, FlagScope};
use crate::model::{Country, MatrixShape};

/// The period's days by the matrix that their windows were asked with.
#[derive(Debug, Default)]
pub(super) struct Lists(Vec<(Arc<MatrixShape>, BTreeSet<NaiveDate>)>);

impl Lists {
    /// Adds the days of a window.
    pub(super) fn add(&mut self, shape: &Arc<MatrixShape>, days: impl Iterator<Item = NaiveDate>) {
        let is_it = |(known, _): &(Arc<MatrixShape>, _)| Arc::ptr_eq(known, shape) || known == shape;
        match self.0.iter_mut().rev().find(|known| is_it(known)) {
            Some((_, known)) => known.extend(days),
            None => self.0.push((shape.clone(), days.collect())),
        }
    }

    /// Values that some windows asked for and others did not; `lead` also if none asked for it.
    pub(super) fn in_part(&self, lead: Option<Country>) -> Vec<AskedInPart> {
        let scope = FlagScope::default;
        let services = self.of(|shape| shape.services.as_deref(), None);
        let countries = self.of(|shape| shape.countries.as_deref(), lead);
        let channels = self.of(|shape| shape.channels.as_deref(), None);
        let prefixes = self.of(|shape| shape.prefixes.as_deref(), None);
        let services = services.map(|(value, days)| (FlagScope { service: Some(value), ..scope() }, days));
        let countries = countries.map(|(value, days)| (FlagScope { country: Some(value), ..scope() }, days));
        let channels = channels.map(|(value, days)| (FlagScope { channel: Some(value), ..scope() }, days));
        let prefixes = prefixes.map(|(value, days)| (FlagScope { prefix: Some(value), ..scope() }, days));
        let of = self.0.iter().flat_map(|(_, days)| days).collect::<BTreeSet<_>>().len();
        let all = countries.chain(channels).chain(services).chain(prefixes);
        all.map(|(place, days)| AskedInPart { place, days, of }).collect()
    }

    /// The values of one list with the days on which all windows asked for them. Lists of a matrix ascend.
    fn of<T: Ord + Copy>(
        &self,
        list: impl Fn(&MatrixShape) -> Option<&[T]>,
        lead: Option<T>,
    ) -> impl Iterator<Item = (T, usize)> {
        let lists: Vec<(&[T], &BTreeSet<NaiveDate>)> =
            self.0.iter().filter_map(|(shape, days)| Some((list(shape)?, days))).collect();
        let is_there = !lists.is_empty();
        let values: BTreeSet<T> =
            lists.iter().flat_map(|(list, _)| *list).copied().chain(lead.filter(|_| is_there)).collect();
        let asked = |value: T| {
            let lacking = lists.iter().filter(|(list, _)| list.binary_search(&value).is_err());
            let lacking: BTreeSet<&NaiveDate> = lacking.flat_map(|(_, days)| *days).collect();
            let known: BTreeSet<&NaiveDate> = lists.iter().flat_map(|(_, days)| *days).collect();
            (!lacking.is_empty()).then(|| (value, known.difference(&lacking).count()))
        };
        // One matrix, which lists whoever leads, asked for everything on all days.
        let found: Vec<(T, usize)> = values.into_iter().filter_map(asked).collect();
        found.into_iter()
    }
}

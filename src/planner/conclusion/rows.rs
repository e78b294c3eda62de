//! The rows of complete windows: cells, and remainders.

use super::{Conclusion, Verdict};
use std::rc::Rc;

use crate::model::{AnswerSource, Country, Counts, Finding, MatrixShape, Provenance, Remainder, RestsOn};
use crate::planner::index::{CountryIndex, Each, Lane, Position, all};
use crate::planner::store::Known;

impl Conclusion {
    /// The rows of a window in the table's order; none unless its verdict is [`Verdict::Complete`].
    pub fn findings(&self, window: usize) -> impl Iterator<Item = Finding> + '_ {
        let is_published = self.verdicts.get(window) == Some(&Verdict::Complete);
        let has_remainder = self.layout.splits_countries() && self.remainder == Remainder::Keep;
        let countries = self.layout.countries().map(Some).chain(has_remainder.then_some(None));
        let services = self.layout.services().filter(move |_| is_published);
        let lines = services.flat_map(move |service| countries.clone().map(move |country| (service, country)));
        let may_be_whole = is_published && self.layout.splits_countries();
        let is_whole = |lane| may_be_whole && self.has_no_remainder(window, lane);
        let is_whole: Rc<Each<Lane, bool>> = Rc::new(self.layout.lanes().map(is_whole).collect());
        lines.flat_map(move |(service, country)| {
            let is_whole = Rc::clone(&is_whole);
            self.layout.lanes_of_service(service).filter_map(move |lane| {
                let finding = self.finding(window, country, lane)?;
                Some(Finding { rests_on: self.rests_on(window, country, lane, &is_whole), ..finding })
            })
        })
    }

    /// The values that the findings cover: those of the job without the ones that are left out.
    #[must_use]
    pub fn shape(&self) -> MatrixShape {
        let layout = &self.layout;
        let shape = layout.matrix().shape();
        let has_rows = |is_it: &dyn Fn(Lane) -> bool| layout.lanes().any(|lane| !self.is_left_out[lane] && is_it(lane));
        MatrixShape {
            services: kept(shape.services.as_ref(), |it| has_rows(&|lane| layout.service_of(lane) == it)),
            countries: kept(shape.countries.as_ref(), |it| !self.held_countries.contains(&it)),
            channels: kept(shape.channels.as_ref(), |it| has_rows(&|lane| layout.channel_of(lane) == it)),
            prefixes: kept(shape.prefixes.as_ref(), |it| has_rows(&|lane| layout.prefix_of(lane) == it)),
        }
    }

    /// `country`: `None` for the remainder.
    fn finding(&self, window: usize, country: Option<CountryIndex>, lane: Lane) -> Option<Finding> {
        if self.is_left_out[lane] {
            return None;
        }
        let range = self.layout.matrix().windows()[window];
        let (name, known, provenance) = match country {
            None => (Some(Country::REMAINDER), self.remainder(window, lane)?, None),
            Some(country) if self.is_refused[country] || self.has_no_countries[lane] => return None,
            Some(country) => {
                let known = self.store.known(self.layout.cell(window, country, lane))?;
                (self.layout.country(country), known, Some(known.provenance))
            }
        };
        // What a listed total has beyond listed countries was counted as they were.
        let of_the_rest = || if known.cost.is_some() { Provenance::Listed } else { Provenance::Implied };
        let provenance = provenance.unwrap_or_else(of_the_rest);
        Some(Finding {
            cell: self.layout.cell_of(range, name, lane),
            counts: known.counts,
            provenance,
            cost: known.cost,
            is_final: known.is_final
                && !self.unsettled_windows.contains(&window)
                && !self.unsettled_lanes.contains(&lane),
            asked_at: known.asked_at,
            rests_on: RestsOn::Totals,
        })
    }

    /// `is_whole`: whether a lane's countries make up its total.
    fn rests_on(
        &self,
        window: usize,
        country: Option<CountryIndex>,
        lane: Lane,
        is_whole: &Each<Lane, bool>,
    ) -> RestsOn {
        let total = self.layout.window_total(window, lane);
        let node = country.map_or(total, |country| self.layout.cell(window, country, lane));
        match country {
            _ if self.layout.is_provisional_window(window) => RestsOn::Growth,
            _ if self.store.is_proved(node) => RestsOn::EarlierChecks,
            // What was asked or inferred, and is priced by a list, rests on what it would rest on without.
            _ if self.store.known(node).is_some_and(|it| it.cost.is_some() && it.source != AnswerSource::ThisRun) => {
                RestsOn::Margins
            }
            _ if is_whole[lane] => RestsOn::WholeTotal,
            Some(country) if self.layout.splits_countries() => self.grounds.of(node, country, lane),
            _ => RestsOn::Totals,
        }
    }

    fn has_no_remainder(&self, window: usize, lane: Lane) -> bool {
        self.remainder(window, lane).is_some_and(|rest| rest.counts == Counts::ZERO)
    }

    /// What the total holds beyond the countries.
    ///
    /// While a window grows, attempts of listed countries convert after their country was asked: then the total may
    /// hold more conversions beyond them than attempts. The remainder has no more conversions than attempts.
    fn remainder(&self, window: usize, lane: Lane) -> Option<Known> {
        let mut rest = self.store.known(self.layout.window_total(window, lane))?;
        let (mut attempts, mut converted) = (rest.counts.attempts(), rest.counts.converted());
        for country in
            self.layout.countries().filter(|&country| !self.is_refused[country] && !self.has_no_countries[lane])
        {
            let part = self.store.known(self.layout.cell(window, country, lane))?;
            attempts -= part.counts.attempts();
            converted -= part.counts.converted();
            rest.cost = rest.cost.zip(part.cost).map(|(rest, part)| rest.without(part));
            rest.is_final &= part.is_final;
            rest.asked_at = rest.asked_at.max(part.asked_at);
        }
        rest.counts = Counts::new(attempts, converted.min(attempts))?;
        rest.cost = rest.cost.and_then(|cost| cost.among(rest.counts.attempts()));
        Some(rest)
    }
}

/// The values at positions that have rows.
fn kept<I: Position, T: Copy>(values: Option<&Vec<T>>, has_rows: impl Fn(I) -> bool) -> Option<Vec<T>> {
    let kept = |(index, value): (I, &T)| has_rows(index).then_some(*value);
    values.map(|values| all(values.len()).zip(values).filter_map(kept).collect())
}

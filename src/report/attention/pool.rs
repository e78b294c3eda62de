//! Countries that are too small to be judged alone, together.
//!
//! Too small is a country whose usual day, times what makes a spike, is still less than the least excess of a flag:
//! an attack that is spread over many of these is none in any of them. What lies outside the job's countries is judged
//! by itself.

use std::collections::BTreeSet;

use super::super::cube::{Amount, Amounts, ByKey, Cube};
use super::super::key::{Dimension, Key, Level};
use super::super::model::Member;
use super::super::series::{is_phone, real, real_len};
use super::usual::{Timeline, median};
use super::view::View;
use crate::model::Country;

/// Fewer countries are no pool.
const LEAST: usize = 3;

/// The countries.
pub(super) struct Pool(BTreeSet<Country>);

impl Pool {
    pub(super) fn of(look: &View<'_>, timeline: &Timeline, cube: &Cube) -> Option<Self> {
        let level = cube.has(&[Dimension::Country])?;
        let thresholds = look.thresholds;
        let complete: Vec<usize> =
            timeline.units.iter().copied().filter(|unit| look.unit(*unit).is_complete()).collect();
        let small = cube.by_if(level, |key| is_phone(key.channel)).into_iter().filter_map(|(key, amounts)| {
            let country = key.country.filter(|country| *country != Country::REMAINDER)?;
            let daily = complete.iter().map(|unit| amounts[*unit].attempts / f64::from(look.unit(*unit).days));
            let usual = median(daily.collect());
            (usual * (thresholds.spike_factor - 1.0) < real(thresholds.spike_attempts)).then_some(country)
        });
        let small: BTreeSet<Country> = small.collect();
        (small.len() >= LEAST).then_some(Self(small))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn countries(&self) -> impl Iterator<Item = Country> + '_ {
        self.0.iter().copied()
    }

    pub(super) fn holds(&self, leaf: Key) -> bool {
        leaf.country.is_some_and(|country| self.0.contains(&country))
    }

    /// Those without countries: all of them, by channel, by service, by both.
    pub(super) fn levels(cube: &Cube) -> Vec<Level> {
        let mut levels = cube.levels();
        levels.retain(|level| !level.holds(Dimension::Country) && cube.is_exact(*level));
        levels
    }

    pub(super) fn parts(&self, cube: &Cube, level: Level) -> ByKey {
        cube.by_if(level, |leaf| self.holds(leaf) && is_phone(leaf.channel))
    }

    /// The countries with attempts beyond the usual in some units, those with the most first.
    pub(super) fn members(&self, cube: &Cube, part: Key, units: &[usize], timeline: &Timeline) -> Vec<Member> {
        let Some(level) = cube.has(&[Dimension::Country]) else { return Vec::new() };
        let is_inside = |leaf: Key| self.holds(leaf) && part.contains(leaf) && is_phone(leaf.channel);
        let others: Vec<usize> = timeline.units.iter().copied().filter(|unit| !units.contains(unit)).collect();
        let per_unit = real_len(units.len()) / real_len(others.len().max(1));
        let member = |(key, amounts): (Key, Amounts)| {
            let sum = |of: &[usize]| Amount::sum(of.iter().map(|unit| amounts[*unit]));
            let (seen, usual) = (sum(units), sum(&others).attempts * per_unit);
            let beyond = seen.attempts - usual;
            (beyond > 0.0)
                .then_some((beyond, Member { country: key.country?, counts: seen.counts(), usual_attempts: usual }))
        };
        let mut members: Vec<(f64, Member)> = cube.by_if(level, is_inside).into_iter().filter_map(member).collect();
        members.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.country.cmp(&b.1.country)));
        members.into_iter().map(|(_, member)| member).collect()
    }
}

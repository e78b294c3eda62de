//! What is planted in a world's October: an attack on a cell, or attempts that fall away.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::{Draw, Drawn, World, hours};
use crate::model::Country;
use crate::report::tests::sample::{Dataset, day};

/// History, compared month, and the month itself.
pub const FIRST: &str = "2026-08-05";
pub const NOVEMBER: &str = "2026-11-01";

/// A month with something in it.
pub struct Planted {
    pub dataset: Dataset,
    pub date: NaiveDate,
    pub country: Option<Country>,
}

fn date(at: i64) -> NaiveDate {
    NaiveDate::default() + Days::new(at.cast_unsigned())
}

/// A part of the cells: service, country, channel, `None` = all.
type Part = (Option<usize>, Option<usize>, Option<usize>);

fn holds(part: Part, cell: &Drawn) -> bool {
    let fits = |of: Option<usize>, value: usize| of.is_none_or(|of| of == value);
    fits(part.0, cell.service) && fits(part.1, cell.country) && fits(part.2, cell.channel)
}

impl World {
    fn october(&self, seed: u64, change: impl FnMut(i64, &mut Vec<Drawn>)) -> Dataset {
        self.dataset(seed, day(FIRST)..day(NOVEMBER), change)
    }

    /// A calm month.
    pub fn calm(&self, seed: u64) -> Dataset {
        self.october(seed, |_, _| {})
    }

    /// Three times a cell's attempts of the day, none of which converts, on top of them; cells with fewer than `least`
    /// are left alone. `None` if there is no other.
    pub fn attacked(&self, seed: u64, least: f64) -> Option<Planted> {
        let mut draw = Draw::of(&[seed, 99]);
        let at = day("2026-10-01") + i64::try_from(draw.below(31)).unwrap();
        // The two channels over the phone network come first.
        let able = |cell: &Drawn| cell.hour == 0 && cell.channel < 2 && cell.mean >= least;
        let able: Vec<Drawn> = self.day(seed, at).into_iter().filter(able).collect();
        if able.is_empty() {
            return None;
        }
        let hit = able[draw.below(able.len())];
        let slots = if self.every == "hour" { 24.0 } else { 1.0 };
        let part = (Some(hit.service), Some(hit.country), Some(hit.channel));
        let dataset = self.october(seed, |day, cells| {
            for cell in cells.iter_mut().filter(|cell| day == at && holds(part, cell)) {
                cell.attempts += (3.0 * hit.mean / slots).round();
            }
        });
        Some(Planted { dataset, date: date(at), country: self.country(hit.country) })
    }

    /// A day of a part of the account, or eight hours where windows are hours, of which `part` is left: below a fifth of
    /// what was to be expected from the four weeks before, where that is `least` or more. `None` if there is no such part.
    pub fn silenced(&self, seed: u64, least: f64, part: f64) -> Option<Planted> {
        let mut draw = Draw::of(&[seed, 77]);
        let at = day("2026-10-01") + i64::try_from(draw.below(31)).unwrap();
        let silent = if self.every == "hour" {
            let start = i64::try_from(draw.below(16)).unwrap();
            start..start + 8
        } else {
            0..24
        };
        let share: f64 = (0..).zip(hours()).filter(|(hour, _)| silent.contains(hour)).map(|(_, part)| part).sum();
        let able: Vec<(Part, f64)> =
            self.usual(seed, at).into_iter().filter(|(_, usual)| usual * share >= least).collect();
        if able.is_empty() {
            return None;
        }
        let (place, usual) = able[draw.below(able.len())];
        let mut came = 0.0;
        let dataset = self.october(seed, |day, cells| {
            for cell in cells.iter_mut().filter(|cell| day == at && silent.contains(&cell.hour) && holds(place, cell)) {
                let left = draw.binomial(cell.attempts, part);
                cell.converted = draw.binomial(left, cell.converted / cell.attempts.max(1.0));
                cell.attempts = left;
                came += left;
            }
        });
        let planted = Planted { dataset, date: date(at), country: place.1.and_then(|country| self.country(country)) };
        (came < 0.2 * usual * share).then_some(planted)
    }

    /// What each part had on the same weekday of the four weeks before.
    fn usual(&self, seed: u64, at: i64) -> BTreeMap<Part, f64> {
        let mut usual = BTreeMap::new();
        for cell in (1..=4).flat_map(|back| self.day(seed, at - 7 * back)).filter(|cell| cell.hour == 0) {
            let services = if self.services > 0 { vec![None, Some(cell.service)] } else { vec![None] };
            for service in services {
                for country in [None, Some(cell.country)] {
                    for channel in [None, Some(cell.channel)] {
                        *usual.entry((service, country, channel)).or_default() += cell.mean / 4.0;
                    }
                }
            }
        }
        usual
    }
}

//! Which parts of the table the windows of a unit of time asked for, and whether two units asked alike.
//!
//! A job's lists change: a country that is no longer listed is not silent, it is not asked for, and what it had is the
//! remainder's from then on. Numbers of two units are compared only where both asked for the same.

use std::sync::Arc;

use super::super::key::Key;
use crate::model::{Country, MatrixShape};

/// What has to be equal for two units' numbers of a part to mean the same: the lists that were summed over.
pub(in crate::report) type Likeness = [usize; 4];

/// The matrices of the units.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Each with the first one that has the same prefixes, services, channels and countries.
    shapes: Vec<(Arc<MatrixShape>, Likeness)>,
    /// By the position of a unit; `None`: its windows asked for different things.
    units: Vec<Option<usize>>,
}

impl Asked {
    /// Windows come in ascending order.
    pub(super) fn add(&mut self, unit: usize, shape: &Arc<MatrixShape>) {
        let is_it = |known: &(Arc<MatrixShape>, Likeness)| Arc::ptr_eq(&known.0, shape) || known.0 == *shape;
        let number = self.shapes.iter().rposition(is_it).unwrap_or_else(|| {
            let first = |is_like: &dyn Fn(&MatrixShape) -> bool| {
                self.shapes.iter().position(|(known, _)| is_like(known)).unwrap_or(self.shapes.len())
            };
            let likeness = [
                first(&|known| known.prefixes == shape.prefixes),
                first(&|known| known.services == shape.services),
                first(&|known| known.channels == shape.channels),
                first(&|known| known.countries == shape.countries),
            ];
            self.shapes.push((shape.clone(), likeness));
            self.shapes.len() - 1
        });
        match self.units.get_mut(unit) {
            Some(known) if *known == Some(number) => {}
            Some(mixed) => *mixed = None,
            None => self.units.push(Some(number)),
        }
    }

    /// For each unit what makes its number of a part comparable with others; `None` where it was not asked for.
    pub(super) fn likeness(&self, part: Key, units: usize, has_remainder: bool) -> Vec<Option<Likeness>> {
        let by_shape: Vec<Option<Likeness>> =
            self.shapes.iter().map(|shape| likeness(part, shape, has_remainder)).collect();
        (0..units).map(|unit| by_shape[self.units.get(unit).copied().flatten()?]).collect()
    }
}

fn likeness(part: Key, (shape, alike): &(Arc<MatrixShape>, Likeness), has_remainder: bool) -> Option<Likeness> {
    fn lacks<T: PartialEq>(list: Option<&Vec<T>>, value: Option<T>) -> bool {
        value.is_some_and(|value| list.is_some_and(|list| !list.contains(&value)))
    }
    let is_rest = part.country == Some(Country::REMAINDER);
    if lacks(shape.services.as_ref(), part.service)
        || lacks(shape.channels.as_ref(), part.channel)
        || lacks(shape.countries.as_ref(), part.country.filter(|_| !is_rest))
    {
        return None;
    }
    let sums_countries = is_rest || (part.country.is_none() && !has_remainder);
    let matters = [true, part.service.is_none(), part.channel.is_none(), sums_countries];
    Some(std::array::from_fn(|list| if matters[list] { alike[list] } else { 0 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Channel;

    fn shape(countries: &[&str]) -> Arc<MatrixShape> {
        let countries = countries.iter().map(|code| code.parse().unwrap()).collect();
        Arc::new(MatrixShape {
            countries: Some(countries),
            channels: Some(vec![Channel::Sms]),
            ..MatrixShape::default()
        })
    }

    #[test]
    fn a_list_that_grew_leaves_its_old_countries_and_the_whole_comparable_and_not_the_remainder() {
        let mut asked = Asked::default();
        asked.add(0, &shape(&["US"]));
        asked.add(1, &shape(&["US"]));
        asked.add(2, &shape(&["CO", "US"]));
        asked.add(3, &shape(&["CO"]));
        asked.add(3, &shape(&["US"]));
        let of = |country: Option<&str>, has_remainder: bool| {
            let country = country.map(|code| Country::from_table(code).unwrap());
            let likeness = asked.likeness(Key { country, ..Key::default() }, 4, has_remainder);
            let known: Vec<bool> = likeness.iter().map(Option::is_some).collect();
            (likeness[0] == likeness[1], likeness[0] == likeness[2], known)
        };
        assert_eq!(of(Some("US"), true), (true, true, vec![true, true, true, false]));
        assert_eq!(of(Some("CO"), true), (true, false, vec![false, false, true, false]));
        assert_eq!(of(Some("ZZ"), true), (true, false, vec![true, true, true, false]));
        assert_eq!(of(None, true), (true, true, vec![true, true, true, false]));
        assert_eq!(of(None, false), (true, false, vec![true, true, true, false]));
    }
}

//! The finest time that there is: hours, where windows are hours, else days or longer windows.

use std::collections::BTreeMap;

use super::super::key::{Key, Level};
use super::super::series::SmallTally;
use super::usual::Timeline;
use super::view::View;
use crate::model::Window;

/// A slot of time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    /// Position of the unit that it is, or lies in.
    pub unit: usize,
    /// Of an hour: its position among the windows, the window, and the hour of the local day.
    pub hour: Option<(usize, Window, usize)>,
    pub is_final: bool,
    pub is_current: bool,
}

/// All slots of the units that are read, ascending.
pub(super) struct Time {
    pub slots: Vec<Slot>,
}

impl Time {
    pub(super) fn of(look: &View<'_>, timeline: &Timeline) -> Self {
        let scope = look.scope;
        if !scope.has_hours {
            return Self::of_units(look, timeline);
        }
        let hour = |(at, (window, is_final)): (usize, &(Window, bool))| {
            let placed = scope.place(*window)?;
            let is_current = look.is_current(placed.unit);
            let hour = Some((at, *window, placed.hour.0));
            Some(Slot { unit: placed.unit, hour, is_final: *is_final, is_current })
        };
        Self { slots: scope.windows.iter().enumerate().filter_map(hour).collect() }
    }

    /// Units, even where windows are hours.
    pub(super) fn of_units(look: &View<'_>, timeline: &Timeline) -> Self {
        let day = |unit: &usize| Slot {
            unit: *unit,
            hour: None,
            is_final: look.unit(*unit).is_final(),
            is_current: look.is_current(*unit),
        };
        Self { slots: timeline.units.iter().map(day).collect() }
    }
}

/// The time of some slots, where they are hours.
pub(super) fn window(slots: &[Slot]) -> Option<Window> {
    let (first, last) = (slots.first()?.hour?, slots.last()?.hour?);
    Some(first.1.hull(last.1))
}

/// Counts of hours by part, where windows are hours and the level has them; parts of a level with both countries and
/// services have days alone.
pub(super) fn by_hour(look: &View<'_>, level: Level) -> BTreeMap<Key, Vec<SmallTally>> {
    use super::super::key::Dimension::{Country, Service};
    let mut found: BTreeMap<Key, Vec<SmallTally>> = BTreeMap::new();
    if !look.scope.has_hours || (level.holds(Country) && level.holds(Service)) {
        return found;
    }
    let table = if level.holds(Service) { &look.all_series.services } else { &look.all_series.cells };
    for (key, series) in table {
        let sum = found.entry(key.at(level)).or_insert_with(|| vec![SmallTally::default(); series.hours.len()]);
        sum.iter_mut().zip(&series.hours).for_each(|(sum, hour)| sum.join(*hour));
    }
    found
}

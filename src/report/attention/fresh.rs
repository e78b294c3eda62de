//! Places that too little is known of to judge them, since a job's lists changed: what entered, what was left to the
//! remainder, what sums over either. They are named, as nothing that befalls them is found.

use super::super::key::{Dimension, Key, Level};
use super::super::model::{FlagScope, Fresh};
use super::usual::LEAST_UNITS;
use super::view::View;

/// Those that had attempts on such days of the period, the coarsest first. None where all that is known is too little:
/// that is said of everything.
pub(super) fn find(look: &View<'_>) -> Vec<Fresh> {
    if look.known_units() < LEAST_UNITS {
        return Vec::new();
    }
    let single = [Level::WHOLE]
        .into_iter()
        .chain([Dimension::Service, Dimension::Country, Dimension::Channel].map(|dimension| Level::of(&[dimension])));
    let split = look.cube.levels();
    let mut found: Vec<Fresh> = Vec::new();
    for level in single.filter(|level| split.contains(level)) {
        for (part, amounts) in look.cube.by(level) {
            found.extend(fresh(look, part, |unit| amounts[unit].attempts > 0.0));
        }
        // What is too new as a whole is so in all its parts.
        if level == Level::WHOLE && !found.is_empty() {
            break;
        }
    }
    found
}

fn fresh(look: &View<'_>, part: Key, is_busy: impl Fn(usize) -> bool) -> Option<Fresh> {
    let likeness = look.scope.likeness(part);
    let known = look.known();
    let alike = |unit: usize| {
        known.iter().filter(|other| look.unit(**other).is_complete() && likeness[**other] == likeness[unit]).count()
    };
    let current = look.scope.current.iter().copied().filter(|unit| likeness[*unit].is_some() && is_busy(*unit));
    let few: Vec<(usize, usize)> =
        current.map(|unit| (unit, alike(unit))).filter(|(_, alike)| *alike < LEAST_UNITS).collect();
    let units: Vec<usize> = few.iter().map(|(unit, _)| *unit).collect();
    let there = few.iter().map(|(_, alike)| *alike).max()?;
    let (first, last, _) = look.span(&units);
    let service_name = part.service.and_then(|service| look.service_name(service));
    Some(Fresh { place: FlagScope { service_name, ..part.place() }, first, last, there, needed: LEAST_UNITS })
}

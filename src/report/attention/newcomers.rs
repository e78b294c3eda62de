//! Countries with attempts that had none before: news, or, where hardly any of them converts, an attack.

use super::super::cube::{Amount, whole};
use super::super::format::{grouped, percent, when};
use super::super::key::{Dimension, Key};
use super::super::model::{Evidence, Flag, FlagKind, FlagScope, Look, Unlooked};
use super::super::series::{is_phone, real};
use super::super::stats::binomial_at_most;
use super::prefix_job::prefix_job;
use super::view::View;
use crate::model::Country;

/// Fewer days before the period can't tell that a country is new.
const LEAST_DAYS: usize = 14;
/// A country that had less than this part of its present attempts a day is as good as new.
const AS_GOOD_AS_NONE: f64 = 0.01;
/// A rate that chance makes of the usual one so seldom is that of an attack.
const CHANCE: f64 = 1e-6;

/// Finds countries that appeared; one whose attempts are an attack already is no news. `everywhere` is the usual rate.
pub(super) fn find(look: &View<'_>, flags: &[Flag], everywhere: f64) -> (Vec<Flag>, Look) {
    let days_before = look.scope.history.map_or(0, |history| history.days);
    let unlooked = |unlooked| {
        let look = Look { kind: FlagKind::NewCountry, judged: 0, units: 0, tests: 0.0, unlooked: Some(unlooked) };
        (Vec::new(), look)
    };
    let Some(level) = look.cube.has(&[Dimension::Country]) else { return unlooked(Unlooked::NoCountries) };
    if days_before < LEAST_DAYS {
        return unlooked(Unlooked::TooFewBefore { there: days_before, needed: LEAST_DAYS });
    }
    let units: Vec<usize> = look.scope.current.iter().copied().filter(|unit| look.unit(*unit).covered > 0.0).collect();
    let (mut judged, mut found) = (0, Vec::new());
    for (key, amounts) in look.cube.by(level) {
        let asked =
            key.country.filter(|country| *country != Country::REMAINDER && look.scope.was_asked_before(*country));
        let Some(country) = asked else { continue };
        judged += 1;
        let is_told = flags.iter().any(|flag| {
            flag.place.country == Some(country) || flag.members.iter().any(|member| member.country == country)
        });
        if !is_told {
            found.extend(newcomer(look, country, (&amounts, &units), days_before, everywhere));
        }
    }
    let units = look.complete_units();
    let unlooked = (units == 0).then_some(Unlooked::NoneComplete);
    let judged = if units == 0 { 0 } else { judged };
    (found, Look { kind: FlagKind::NewCountry, judged, units, tests: 0.0, unlooked })
}

fn newcomer(
    look: &View<'_>,
    country: Country,
    (amounts, units): (&[Amount], &[usize]),
    days_before: usize,
    everywhere: f64,
) -> Option<Flag> {
    let scope = look.scope;
    let complete = |unit: &&usize| look.unit(**unit).is_complete();
    let before: Vec<usize> = scope.before.iter().filter(complete).copied().collect();
    let days = |units: &[usize]| units.iter().map(|unit| f64::from(look.unit(*unit).days)).sum::<f64>();
    let sum = |units: &[usize]| Amount::sum(units.iter().map(|unit| amounts[*unit]));
    let with_attempts: Vec<usize> = units.iter().copied().filter(|unit| amounts[*unit].attempts > 0.0).collect();
    let (now, earlier) = (sum(&with_attempts), sum(&before));
    let length = days(&scope.current).max(1.0);
    let (a_day, a_day_before) = (now.attempts / length, earlier.attempts / days(&before).max(1.0));
    if now.attempts < real(look.thresholds.new_country_attempts) || a_day_before > AS_GOOD_AS_NONE * a_day {
        return None;
    }
    let (first, last, is_provisional) = look.span(&with_attempts);
    let had = match whole(earlier.attempts) {
        0 => "none".to_owned(),
        some => format!("only {}", grouped(some)),
    };
    let place = FlagScope { country: Some(country), ..FlagScope::default() };
    let (attempts, name) = (grouped(whole(now.attempts)), country.name());
    let attack = attack(look, country, units, everywhere);
    let (kind, sentence) = match attack {
        Some(_) => (
            FlagKind::Pumping,
            format!(
                "{name}: {attempts} attempts {}, {had} in the {days_before} days before, and {} of them converted.",
                when(first, last),
                percent(now.converted / now.attempts),
            ),
        ),
        None => (
            FlagKind::NewCountry,
            format!("{name}: {attempts} attempts since {first}, {had} in the {days_before} days before."),
        ),
    };
    Some(Flag {
        kind,
        job: attack.and_then(|_| prefix_job(look.asked, &place, first, last)),
        place,
        first,
        last,
        window: None,
        is_provisional,
        evidence: Evidence {
            counts: now.counts(),
            usual_attempts: a_day_before * length,
            usual_rate: attack.map(|_| everywhere),
            usual_of: None,
            basis: None,
            p_value: attack,
            weight: now.attempts,
        },
        members: Vec::new(),
        sentence,
    })
}

/// How improbable the rate of a newcomer's messages over the phone network is, if they look like an attack. What may
/// still convert says nothing.
fn attack(look: &View<'_>, country: Country, units: &[usize], everywhere: f64) -> Option<f64> {
    let level = look.cube.has(&[Dimension::Country])?;
    let key = Key { country: Some(country), ..Key::default() };
    let of_phone = look.cube.by_if(level, |leaf| key.contains(leaf) && is_phone(leaf.channel)).remove(&key)?;
    let settled = Amount::sum(units.iter().filter(|unit| look.unit(**unit).is_final()).map(|unit| of_phone[*unit]));
    let is_low = settled.attempts > 0.0 && settled.converted <= look.thresholds.spike_rate * settled.attempts;
    let p_value = binomial_at_most(settled.converted, settled.attempts, everywhere);
    (is_low && p_value < CHANCE).then_some(p_value)
}

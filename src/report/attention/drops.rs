//! Conversion drops: a place's rate against its own history, with the share of false flags bounded over all places.
//!
//! Tested are each country × channel, each channel over all countries, and each service × channel, where these are
//! split and have enough attempts in the period and before it. A place's rate is held against what its finest parts
//! converted before, at the period's mix of them: a country that sends more than it used to is no drop of its channel.
//! Days vary as the place's own days did (`stats::dispersion`). A drop has to surpass two fifths of the least one
//! surely: rates drift by less than that.
//!
//! Attacks are taken out of both sides; days of a failed channel and of silence count for nothing, in the period or
//! before, and days that may still change are left out.
//!
//! All that was tested is handed on: over many accounts the share of false flags is that of all their places together.

use super::super::cube::{Amount, Cube, whole};
use super::super::format::{about, percent, place_name, probability};
use super::super::key::{Dimension, Key, Level};
use super::super::model::{DropTest, Evidence, Flag, FlagKind, FlagScope, Look, Unlooked};
use super::super::series::{real, real_len};
use super::super::stats::{RateDay, RateSpread, Sample, fall_p_value, weighted_q_values};
use super::explained::Explained;
use super::view::View;
use crate::model::Channel;

/// When this part of a channel's tested countries fell, it is the channel that fell.
const BROAD: f64 = 0.5;
/// Fewer countries say nothing of the channel.
const LEAST_COUNTRIES: usize = 3;
/// A fall that is this part of the least one may be drift.
const DRIFT: f64 = 0.4;
/// How many attempts at the place's rate count beside those of a finest part.
const PRIOR: f64 = 20.0;

/// From fewer days before the period nobody can tell how much days differ.
const LEAST_DAYS: usize = 2;

/// A place in the period, and before it.
struct Held {
    place: FlagScope,
    now: Vec<RateDay>,
    before: Vec<RateDay>,
}

/// A place that is tested.
struct Tested {
    place: FlagScope,
    now: Amount,
    before: Amount,
    /// The rate that was to be expected.
    usual: f64,
    p_value: f64,
}

impl Tested {
    fn rate(&self) -> f64 {
        self.now.converted / self.now.attempts
    }

    fn fall(&self) -> f64 {
        self.usual - self.rate()
    }
}

/// Tests for drops in a table without attacks and failures; `attacks` says where sums of services may hold one all the
/// same.
pub(super) fn find(look: &View<'_>, cube: &Cube, attacks: &Explained) -> (Vec<DropTest>, Look) {
    let tested = tested(look, cube, attacks);
    let is_candidate =
        |place: &Tested| place.p_value <= look.thresholds.false_discovery && place.fall() >= look.thresholds.drop;
    let test = |place: &Tested| DropTest {
        place: place.place.clone(),
        p_value: place.p_value,
        flag: is_candidate(place).then(|| Box::new(flag(look, place))),
    };
    (tested.iter().map(test).collect(), said(look, tested.len()))
}

/// The drops that are told of one report by itself.
pub(super) fn told_alone(tests: &[DropTest], false_discovery: f64) -> Vec<Flag> {
    // A sure fall that is too small to be told makes no other one surer.
    let candidates = tests.iter().filter(|test| test.flag.is_some()).map(|test| test.p_value);
    let mut q_values = weighted_q_values(&candidates.collect::<Vec<_>>(), real_len(tests.len())).into_iter();
    let is_sure = |test: &DropTest| test.flag.is_some() && q_values.next().is_some_and(|q| q <= false_discovery);
    let is_sure: Vec<bool> = tests.iter().map(is_sure).collect();
    told(tests, |at| is_sure[at]).cloned().collect()
}

/// Those of the drops that are no chance, but for what another one of them tells.
pub(in crate::report) fn told(tests: &[DropTest], is_sure: impl Fn(usize) -> bool) -> impl Iterator<Item = &Flag> {
    let fallen: Vec<(&DropTest, &Flag)> = tests
        .iter()
        .enumerate()
        .filter_map(|(at, test)| Some((test, test.flag.as_deref().filter(|_| is_sure(at))?)))
        .collect();
    let places: Vec<&FlagScope> = fallen.iter().map(|(test, _)| &test.place).collect();
    let is_told_elsewhere: Vec<bool> = places.iter().map(|place| is_told(place, &places, tests)).collect();
    fallen.into_iter().zip(is_told_elsewhere).filter(|(_, elsewhere)| !elsewhere).map(|((_, flag), _)| flag)
}

/// The levels that are tested.
fn levels(cube: &Cube) -> Vec<Level> {
    use Dimension::{Channel, Country, Service};
    let has = |dimensions: &[Dimension]| cube.has(dimensions);
    let cells =
        has(&[Country, Channel]).or_else(|| has(&[Country])).or_else(|| has(&[Channel])).unwrap_or(Level::WHOLE);
    let channels = has(&[Channel]);
    let services = has(&[Service, Channel]).or_else(|| has(&[Service]));
    let mut levels: Vec<Level> = [Some(cells), channels, services].into_iter().flatten().collect();
    levels.dedup();
    levels
}

fn tested(look: &View<'_>, cube: &Cube, attacks: &Explained) -> Vec<Tested> {
    let mut tested = Vec::new();
    for level in levels(cube) {
        let parts = cube.by(level);
        // With one country the channel is its cell.
        if level == Level::of(&[Dimension::Channel]) && countries(cube) == 1 {
            continue;
        }
        let held: Vec<Held> = parts
            .iter()
            .filter(|(_, amounts)| has_enough(look, amounts))
            .filter_map(|(part, _)| hold(look, cube, level, *part, attacks))
            .collect();
        let spreads: Vec<RateSpread> = held.iter().map(|held| RateSpread::of(&held.before)).collect();
        let pooled = RateSpread::sum(spreads.iter().copied());
        tested.extend(held.into_iter().zip(spreads).filter_map(|(held, spread)| test(look, held, spread, pooled)));
    }
    tested
}

fn countries(cube: &Cube) -> usize {
    cube.has(&[Dimension::Country]).map_or(0, |level| cube.by(level).len())
}

fn has_enough(look: &View<'_>, amounts: &[Amount]) -> bool {
    let of = |units: &[usize]| units.iter().map(|unit| amounts[*unit].attempts).sum::<f64>();
    of(&look.scope.current).min(of(&look.scope.before)) >= real(look.thresholds.drop_attempts)
}

/// A place's days with the rates that were to be expected of them: what its finest parts converted before.
fn hold(look: &View<'_>, cube: &Cube, level: Level, part: Key, attacks: &Explained) -> Option<Held> {
    let likeness = look.scope.likeness(part);
    let now = look.scope.current.iter().rev().find_map(|unit| likeness[*unit]);
    let counts = |unit: &usize| {
        let is_blurred = !cube.is_exact(level) && attacks.touches(part, *unit);
        look.unit(*unit).is_final() && likeness[*unit].is_some() && likeness[*unit] == now && !is_blurred
    };
    let units = |units: &[usize]| -> Vec<usize> { units.iter().copied().filter(|unit| counts(unit)).collect() };
    let (here, there) = (units(&look.scope.current), units(&look.scope.before));
    let leaves = cube.parts_of(level, part);
    let sum = |units: &[usize], leaf: &[Amount]| Amount::sum(units.iter().map(|unit| leaf[*unit]));
    let before = Amount::sum(leaves.iter().map(|leaf| sum(&there, leaf)));
    let all = Amount::sum(leaves.iter().map(|leaf| sum(&here, leaf)));
    if before.attempts.min(all.attempts) < real(look.thresholds.drop_attempts) {
        return None;
    }
    let overall = before.converted / before.attempts;
    let rates: Vec<f64> = leaves
        .iter()
        .map(|leaf| {
            let known = sum(&there, leaf);
            PRIOR.mul_add(overall, known.converted) / (PRIOR + known.attempts)
        })
        .collect();
    let day = |unit: &usize| {
        let seen = Amount::sum(leaves.iter().map(|leaf| leaf[*unit]));
        let usual: f64 = leaves.iter().zip(&rates).map(|(leaf, rate)| leaf[*unit].attempts * rate).sum();
        (seen.attempts > 0.0).then(|| RateDay {
            attempts: seen.attempts,
            converted: seen.converted,
            rate: usual / seen.attempts,
        })
    };
    let days = |units: &[usize]| units.iter().filter_map(day).collect();
    let service_name = part.service.and_then(|service| look.service_name(service));
    Some(Held { place: FlagScope { service_name, ..part.place() }, now: days(&here), before: days(&there) })
}

fn test(look: &View<'_>, held: Held, spread: RateSpread, pooled: RateSpread) -> Option<Tested> {
    let sum = |days: &[RateDay]| {
        Amount::sum(days.iter().map(|day| Amount { attempts: day.attempts, converted: day.converted }))
    };
    let usual = |days: &[RateDay]| days.iter().map(|day| day.attempts * day.rate).sum::<f64>();
    let (now, before) = (sum(&held.now), sum(&held.before));
    // What rates drawn to the place's own miss in the history, they miss in the period.
    let usual = usual(&held.now) / now.attempts * before.converted / usual(&held.before).max(f64::MIN_POSITIVE);
    let correlation = spread.within(pooled);
    let effective = |days: &[RateDay]| correlation.effective(days.iter().map(|day| (day.attempts, 1.0)));
    let sample = |rate: f64, days: &[RateDay]| Sample { rate: rate.clamp(0.0, 1.0), trials: effective(days) };
    let p_value = fall_p_value(
        sample(now.converted / now.attempts, &held.now),
        sample(usual, &held.before),
        (now.converted + usual * before.attempts) / (now.attempts + before.attempts),
        correlation.freedom,
        DRIFT * look.thresholds.drop,
    )?;
    Some(Tested { place: held.place, now, before, usual, p_value })
}

/// Whether a fall is told by that of its whole channel: where at least half of the channel's countries fell, the
/// channel did, and neither they nor the services repeat it; where fewer did, they tell it better than the channel.
fn is_told(place: &FlagScope, fallen: &[&FlagScope], tested: &[DropTest]) -> bool {
    let Some(channel) = place.channel else { return false };
    let is_whole =
        |place: &FlagScope| place.country.is_none() && place.service.is_none() && place.channel == Some(channel);
    if !tested.iter().any(|other| is_whole(&other.place)) {
        return false;
    }
    let whole_fell = fallen.iter().any(|other| is_whole(other));
    let is_broad = is_broad(channel, fallen, tested);
    if is_whole(place) { !is_broad && has_countries(channel, fallen) } else { whole_fell && is_broad }
}

fn has_countries(channel: Channel, fallen: &[&FlagScope]) -> bool {
    fallen.iter().any(|place| place.channel == Some(channel) && place.country.is_some())
}

fn is_broad(channel: Channel, fallen: &[&FlagScope], tested: &[DropTest]) -> bool {
    let is_part = |place: &FlagScope| place.channel == Some(channel) && place.country.is_some();
    let down = fallen.iter().filter(|place| is_part(place)).count();
    let all = tested.iter().filter(|place| is_part(&place.place)).count();
    down >= LEAST_COUNTRIES && real_len(down) >= BROAD * real_len(all)
}

fn flag(look: &View<'_>, place: &Tested) -> Flag {
    let (first, last, _) = look.span(&look.scope.current);
    let before_days = look.scope.history.map_or(0, |history| history.days);
    let sentence = format!(
        "{}: {} of {} attempts converted, where {} were to be expected from {} in the {before_days} days before ({}, by \
         how much such days differ).",
        place_name(&place.place),
        percent(place.rate()),
        about(place.now.attempts),
        percent(place.usual),
        about(place.before.attempts),
        probability(place.p_value),
    );
    Flag {
        kind: FlagKind::Drop,
        place: place.place.clone(),
        first,
        last,
        window: None,
        is_provisional: false,
        evidence: Evidence {
            counts: place.now.counts(),
            usual_attempts: place.now.attempts,
            usual_rate: Some(place.usual),
            usual_of: Some(whole(place.before.attempts)),
            basis: None,
            p_value: Some(place.p_value),
            weight: place.fall() * place.now.attempts,
        },
        members: Vec::new(),
        sentence,
        job: None,
    }
}

fn said(look: &View<'_>, judged: usize) -> Look {
    let units = look.scope.current.iter().filter(|unit| look.unit(**unit).is_final()).count();
    let there = look.scope.history.map_or(0, |history| history.days);
    let unlooked = if there < LEAST_DAYS {
        Some(Unlooked::TooFewBefore { there, needed: LEAST_DAYS })
    } else if units == 0 {
        Some(Unlooked::AllProvisional)
    } else if judged == 0 {
        Some(Unlooked::TooFewAttempts { needed: look.thresholds.drop_attempts })
    } else {
        None
    };
    Look { kind: FlagKind::Drop, judged, units, tests: real_len(judged), unlooked }
}

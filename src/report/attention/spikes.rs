//! SMS pumping: far more messages to a country than usual, of which hardly any converts.
//!
//! Messages over the phone network are looked at (SMS and calls, where channels are split), for only these earn a share
//! of the fee. Usual is the median day, of the same kind, working day or weekend, so that the attack itself does not
//! count: a median ignores up to half of the days. A flag needs all of: the factor over the usual, a least excess, a
//! low rate of the excess, and a rate of the whole that chance does not explain (below one in a million).

use super::super::format::{about, grouped, percent, place_name, when};
use super::super::model::{Evidence, Flag, FlagKind, FlagScope};
use super::super::series::{Tally, is_phone};
use super::super::stats::binomial_at_most;
use super::explained::Explained;
use super::prefix_job::prefix_job;
use super::view::View;
use crate::model::{Country, ServiceSid};

/// Fewer units tell nothing of what is usual.
const LEAST_UNITS: usize = 7;
/// Fewer units of one kind are not taken apart from the others.
const LEAST_OF_A_KIND: usize = 4;
/// A day with more than this many times the usual attempts does not enter the usual rate.
const ORDINARY: f64 = 1.5;
/// The rate of a flagged day is this improbable, given the usual one.
const CHANCE: f64 = 1e-6;
/// A service that has this part of the excess is the one that was attacked.
const NEARLY_ALL: f64 = 0.9;

/// What is usual for a country.
struct Usual {
    /// By the position in the timeline.
    attempts: Vec<f64>,
    rate: Option<f64>,
    /// The attempts that the rate rests on.
    rate_of: i64,
}

/// Finds attacks in the period, and marks those of the history as well.
pub(super) fn find(look: &View<'_>, explained: &mut Explained) -> Vec<Flag> {
    let timeline = look.timeline();
    if timeline.len() < LEAST_UNITS {
        return Vec::new();
    }
    let mut flags = Vec::new();
    for (country, series) in phone_series(look) {
        let usual = usual(look, &timeline, &series);
        let hit: Vec<bool> = (0..timeline.len()).map(|at| is_spike(look, &timeline, &usual, &series, at)).collect();
        for (at, _) in hit.iter().enumerate().filter(|(_, hit)| **hit) {
            explained.mark(country, None, timeline[at]);
        }
        let current: Vec<usize> = (0..hit.len()).filter(|at| hit[*at] && look.is_current(timeline[*at])).collect();
        for group in current.chunk_by(|one, next| one + 1 == *next) {
            flags.push(flag(look, country, &series, &timeline, &usual, group));
        }
    }
    flags
}

fn phone_series(look: &View<'_>) -> Vec<(Option<Country>, Vec<Tally>)> {
    let mut found: Vec<(Option<Country>, Vec<Tally>)> = Vec::new();
    for (key, series) in look.all_series.cells.iter().filter(|(key, _)| is_phone(key.channel)) {
        match found.last_mut() {
            // Cells are sorted by country.
            Some((country, sum)) if *country == key.country => {
                sum.iter_mut().zip(&series.units).for_each(|(sum, tally)| sum.add(*tally));
            }
            _ => found.push((key.country, series.units.clone())),
        }
    }
    found
}

fn usual(look: &View<'_>, timeline: &[usize], series: &[Tally]) -> Usual {
    let units = &look.scope.units;
    let per_day = |unit: usize| series[unit].floats().0 / f64::from(units[unit].days);
    let medians = [false, true].map(|weekend| {
        let kind: Vec<f64> =
            timeline.iter().filter(|unit| units[**unit].is_weekend() == weekend).map(|unit| per_day(*unit)).collect();
        (kind.len() >= LEAST_OF_A_KIND).then(|| median(kind))
    });
    let overall = median(timeline.iter().map(|unit| per_day(*unit)).collect());
    let attempts: Vec<f64> = timeline
        .iter()
        .map(|unit| {
            let kind = medians[usize::from(units[*unit].is_weekend())].unwrap_or(overall);
            kind * f64::from(units[*unit].days)
        })
        .collect();
    let ordinary = timeline.iter().zip(&attempts).filter(|(unit, usual)| {
        // The median day of a quiet country is empty, yet its few attempts tell its rate.
        series[**unit].floats().0 <= (ORDINARY * **usual).max(10.0)
    });
    let known = Tally::sum(ordinary.map(|(unit, _)| series[*unit]));
    let (all, converted) = known.floats();
    Usual { attempts, rate: (all > 0.0).then(|| converted / all), rate_of: known.attempts }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        count if count.is_multiple_of(2) => f64::midpoint(values[count / 2 - 1], values[count / 2]),
        count => values[count / 2],
    }
}

fn is_spike(look: &View<'_>, timeline: &[usize], usual: &Usual, series: &[Tally], at: usize) -> bool {
    let (attempts, converted) = series[timeline[at]].floats();
    let expected = usual.attempts[at];
    let excess = attempts - expected;
    let least = Tally { attempts: look.thresholds.spike_attempts, converted: 0 }.floats().0;
    if attempts < look.thresholds.spike_factor * expected || excess < least {
        return false;
    }
    let beyond = (converted - expected * usual.rate.unwrap_or(0.0)).max(0.0);
    let is_improbable = usual.rate.is_none_or(|rate| binomial_at_most(converted, attempts, rate) < CHANCE);
    beyond <= look.thresholds.spike_rate * excess && is_improbable
}

fn flag(
    look: &View<'_>,
    country: Option<Country>,
    series: &[Tally],
    timeline: &[usize],
    usual: &Usual,
    group: &[usize],
) -> Flag {
    let units: Vec<usize> = group.iter().map(|at| timeline[*at]).collect();
    let (first, last, is_provisional) = look.span(&units);
    let tally = Tally::sum(units.iter().map(|unit| series[*unit]));
    let (attempts, converted) = tally.floats();
    let expected: f64 = group.iter().map(|at| usual.attempts[*at]).sum();
    let excess = attempts - expected;
    let beyond = (converted - expected * usual.rate.unwrap_or(0.0)).max(0.0);
    let service = attacked_service(look, country, &units, timeline, excess);
    let place = FlagScope {
        country,
        service,
        service_name: service.and_then(|service| look.service_name(service)),
        channel: None,
    };
    let channels = if look.by_channel.is_empty() { "messages" } else { "text messages and calls" };
    let usually =
        usual.rate.map_or(String::new(), |rate| format!(" (usually {} of {})", percent(rate), grouped(usual.rate_of)));
    let sentence = format!(
        "{}: {} {channels} {} where {} are usual, and {} of the {} beyond converted{usually}.",
        place_name(&place),
        grouped(tally.attempts),
        when(first, last),
        about(expected),
        percent(beyond / excess),
        about(excess),
    );
    Flag {
        kind: FlagKind::Pumping,
        job: prefix_job(look.job, &place, first, last),
        place,
        first,
        last,
        window: None,
        is_provisional,
        evidence: Evidence {
            counts: tally.counts(),
            usual_attempts: expected,
            usual_rate: usual.rate,
            p_value: usual.rate.map(|rate| binomial_at_most(converted, attempts, rate)),
            weight: excess,
        },
        sentence,
    }
}

/// The service that has nearly all of the excess, if one has.
fn attacked_service(
    look: &View<'_>,
    country: Option<Country>,
    units: &[usize],
    timeline: &[usize],
    excess: f64,
) -> Option<ServiceSid> {
    look.all_series.phone_by_service.iter().find_map(|((service, place), series)| {
        let all = usual(look, timeline, series);
        let beyond: f64 = timeline
            .iter()
            .zip(&all.attempts)
            .filter(|(unit, _)| units.contains(unit))
            .map(|(unit, usual)| series[*unit].floats().0 - usual)
            .sum();
        (*place == country && beyond >= NEARLY_ALL * excess).then_some(*service)
    })
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_the_middle() {
        for (values, middle) in [(vec![], 0.0), (vec![3.0, 1.0, 2.0], 2.0), (vec![4.0, 1.0], 2.5)] {
            assert!((median(values) - middle).abs() < 1e-12, "{middle}");
        }
    }
}

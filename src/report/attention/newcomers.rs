//! Countries with attempts that had none before.

use super::super::format::grouped;
use super::super::model::{Evidence, Flag, FlagKind, FlagScope};
use super::super::series::Tally;
use super::view::View;
use crate::model::Country;

/// Fewer days before the period can't tell that a country is new.
const LEAST_DAYS: usize = 14;
/// A country that had less than this part of its present attempts a day is as good as new.
const AS_GOOD_AS_NONE: f64 = 0.01;

/// Finds countries that appeared; one whose attempts are an attack already is no news.
pub(super) fn find(look: &View<'_>, flags: &[Flag]) -> Vec<Flag> {
    let Some(history) = look.scope.history.filter(|history| history.days >= LEAST_DAYS) else { return Vec::new() };
    let complete = |unit: &&usize| look.scope.units[**unit].is_complete();
    let before: Vec<usize> = look.scope.before.iter().filter(complete).copied().collect();
    let days = |units: &[usize]| units.iter().map(|unit| f64::from(look.scope.units[*unit].days)).sum::<f64>();
    let mut found = Vec::new();
    for (country, series) in look.by_country {
        let is_told = flags.iter().any(|flag| flag.place.country == Some(*country));
        if *country == Country::REMAINDER || is_told || !look.scope.was_asked_before(*country) {
            continue;
        }
        let with_attempts: Vec<usize> =
            look.scope.current.iter().filter(|unit| series[**unit].attempts > 0).copied().collect();
        let now = Tally::sum(with_attempts.iter().map(|unit| series[*unit]));
        let earlier = Tally::sum(before.iter().map(|unit| series[*unit]));
        let (rate_now, rate_before) =
            (now.floats().0 / days(&look.scope.current).max(1.0), earlier.floats().0 / days(&before).max(1.0));
        if now.attempts < look.thresholds.new_country_attempts || rate_before > AS_GOOD_AS_NONE * rate_now {
            continue;
        }
        let (first, last, is_provisional) = look.span(&with_attempts);
        let had = match earlier.attempts {
            0 => "none".to_owned(),
            some => format!("only {}", grouped(some)),
        };
        found.push(Flag {
            kind: FlagKind::NewCountry,
            place: FlagScope { country: Some(*country), ..FlagScope::default() },
            first,
            last,
            window: None,
            is_provisional,
            evidence: Evidence {
                counts: now.counts(),
                usual_attempts: rate_before * days(&look.scope.current),
                usual_rate: None,
                p_value: None,
                weight: now.floats().0,
            },
            sentence: format!(
                "{}: {} attempts since {first}, {had} in the {} days before.",
                country.name(),
                grouped(now.attempts),
                history.days
            ),
            job: None,
        });
    }
    found
}

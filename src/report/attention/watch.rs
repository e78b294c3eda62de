//! A place watched for attempts that hardly convert, as those of an attack do.
//!
//! Suspect is a day with several times the usual attempts, where hardly any of what came beyond the usual converted. On a
//! holiday less is usual than on such days: then the day's conversions tell how many attempts were genuine. How improbable
//! a day is: by the levels that the place's days stood at (`stats::levels`) and by the beta-binomial of its rate, put
//! together (Fisher).
//!
//! A lesser attack has several times the usual unconverted attempts beside the usual conversions. It raises no flag, and
//! is taken out of comparisons all the same; beside days that raise one it belongs to them.

use super::super::cube::Amount;
use super::super::key::Key;
use super::super::scope::Likeness;
use super::super::series::real_len;
use super::super::stats::{Correlation, Levels, RateDay, RateSpread, binomial_at_most, both};
use super::everywhere::{Everywhere, WORKS};
use super::usual::{Expected, Timeline, Volumes, median};
use super::view::View;

/// A day with more than this many times the usual attempts does not enter the usual rate.
const ORDINARY: f64 = 1.5;
/// Fewer attempts enter the usual rate all the same: the median day of a quiet country is empty.
const FEW: f64 = 10.0;
/// How many attempts with the rate of all places count beside a place's own.
const PRIOR: f64 = 20.0;
/// Conversions tell how many attempts were genuine where they are this part of the usual ones or more, and attempts are so
/// many times the usual: more than who tries again makes.
const GENUINE: (f64, f64) = (0.35, 1.5);
/// A lesser excess is not suspect, however small a place is.
const LEAST_EXCESS: f64 = 5.0;
/// With fewer attempts a day a place says nothing of the volumes of others.
pub(super) const BUSY: f64 = 30.0;
/// A day at the edge of an attack that is less improbable does not belong to it.
const EDGE: f64 = 1e-3;

/// A place's days and what was usual.
pub(super) struct Watched {
    pub part: Key,
    /// By position in the timeline.
    days: Vec<Amount>,
    expected: Vec<Option<Expected>>,
    /// Days of an attack, and those of them that are flagged.
    suspects: Vec<bool>,
    spikes: Vec<bool>,
    works_elsewhere: Vec<bool>,
    /// The mean of ordinary days: the median of a quiet country is zero.
    mean: f64,
    /// The usual rate, drawn to that of all places.
    rate: f64,
    /// The place's own, and the attempts that it is of.
    pub own_rate: Option<(f64, f64)>,
    levels: Levels,
    rates: RateSpread,
}

/// The dispersion that a place is judged by.
#[derive(Debug, Clone, Default)]
pub(super) struct Dispersion {
    levels: Levels,
    rates: RateSpread,
}

impl Dispersion {
    /// What all places say: of volumes only busy ones do, as a few attempts stand at any level.
    pub(super) fn of(places: &[Watched]) -> Self {
        let mut pooled = Self::default();
        for place in places {
            pooled.rates.add(place.rates);
            if place.mean >= BUSY {
                pooled.levels.add(&place.levels);
            }
        }
        pooled
    }
}

/// Days one after the other that may be an attack, and what speaks for it.
#[derive(Debug, Clone)]
pub(super) struct Group {
    /// Positions, ascending.
    pub at: Vec<usize>,
    pub seen: Amount,
    /// What was to be expected.
    pub usual: Amount,
    pub p_value: f64,
    /// The greatest excess of a day.
    pub peak: f64,
    /// Whether it is flagged.
    pub is_spike: bool,
}

impl Group {
    pub(super) fn excess(&self) -> f64 {
        self.seen.attempts - self.usual.attempts
    }

    /// Conversions beyond the usual ones.
    pub(super) fn converted_beyond(&self) -> f64 {
        (self.seen.converted - self.usual.converted).max(0.0)
    }
}

impl Watched {
    /// Whether anything could be seen in a place, or it tells of others: it is busy, had a day that would be enough, or
    /// days one after the other with far more unconverted attempts than the median day, which are enough together.
    pub(super) fn is_worth(timeline: &Timeline, amounts: &[Amount], least: f64) -> bool {
        let days = || timeline.units.iter().map(|unit| amounts[*unit]);
        let all: f64 = days().map(|day| day.attempts).sum();
        if all >= BUSY * real_len(timeline.len()) || days().any(|day| day.attempts >= least) {
            return true;
        }
        if all < least {
            return false;
        }
        let many = (ORDINARY * median(days().map(Amount::unconverted).collect())).max(LEAST_EXCESS / 2.0);
        let mut run = 0.0;
        days().any(|day| {
            run = if day.unconverted() >= many { run + day.attempts } else { 0.0 };
            run >= least
        })
    }

    /// `amounts` and `likeness` are by unit.
    pub(super) fn new(
        look: &View<'_>,
        timeline: &Timeline,
        part: Key,
        (amounts, likeness): (&[Amount], &[Option<Likeness>]),
        everywhere: &Everywhere,
    ) -> Self {
        let days: Vec<Amount> = timeline.units.iter().map(|unit| amounts[*unit]).collect();
        let is_known =
            |at: &usize| look.unit(timeline.units[*at]).is_complete() && likeness[timeline.units[*at]].is_some();
        let length = |at: usize| f64::from(look.unit(timeline.units[at]).days);
        let known: Vec<usize> = (0..days.len()).filter(is_known).collect();
        let middle = median(known.iter().map(|at| days[*at].attempts / length(*at)).collect());
        let ordinary: Vec<usize> = known
            .iter()
            .copied()
            .filter(|at| days[*at].attempts <= (ORDINARY * middle * length(*at)).max(FEW))
            .collect();
        let final_days = ordinary.iter().copied().filter(|at| look.unit(timeline.units[*at]).is_final());
        let all = Amount::sum(final_days.clone().map(|at| days[at]));
        let rate = PRIOR.mul_add(everywhere.rate, all.converted) / (PRIOR + all.attempts);
        let length_of_all: f64 = ordinary.iter().map(|at| length(*at)).sum();
        let mean = ordinary.iter().map(|at| days[*at].attempts).sum::<f64>() / length_of_all.max(1.0);
        let rates: Vec<RateDay> =
            final_days.map(|at| RateDay { attempts: days[at].attempts, converted: days[at].converted, rate }).collect();
        let mut watched = Self {
            part,
            expected: vec![None; days.len()],
            suspects: vec![false; days.len()],
            spikes: vec![false; days.len()],
            works_elsewhere: timeline
                .units
                .iter()
                .map(|unit| everywhere.works_besides(*unit, amounts[*unit]))
                .collect(),
            days,
            mean,
            rate,
            own_rate: (all.attempts > 0.0).then(|| (all.converted / all.attempts, all.attempts)),
            levels: Levels::default(),
            rates: RateSpread::of(&rates),
        };
        watched.walk(look, timeline, (amounts, likeness));
        watched
    }

    fn walk(&mut self, look: &View<'_>, timeline: &Timeline, by_unit: (&[Amount], &[Option<Likeness>])) {
        let mut volumes = Volumes::new(timeline, by_unit.0, by_unit.1);
        for at in 0..self.days.len() {
            let unit = look.unit(timeline.units[at]);
            // Of a day that is known in part all of its usual attempts are expected: it shows an attack the less.
            self.expected[at] = volumes.expect(at, &self.suspects);
            self.spikes[at] = self.is_spike(look, at, unit.is_final());
            self.suspects[at] = self.spikes[at] || (unit.is_final() && self.is_lesser(look, at));
        }
        for at in 0..self.days.len() {
            let is_usual = !self.suspects[at] && look.unit(timeline.units[at]).is_complete();
            if let Some(expected) = self.expected[at].as_ref().filter(|_| is_usual) {
                self.levels.note(self.days[at].attempts, expected.attempts);
            }
        }
    }

    /// Whether hardly any of what came beyond the usual converted, of what is not nothing.
    fn converts_hardly(look: &View<'_>, seen: Amount, usual: Amount) -> bool {
        let excess = seen.attempts - usual.attempts;
        let beyond = (seen.converted - usual.converted).max(0.0);
        excess >= LEAST_EXCESS && beyond <= look.thresholds.spike_rate * excess
    }

    fn is_lesser(&self, look: &View<'_>, at: usize) -> bool {
        let Some((seen, usual)) = self.day(at) else { return false };
        seen.unconverted() >= look.thresholds.spike_factor * usual.unconverted()
            && seen.converted >= WORKS * usual.converted
            && Self::converts_hardly(look, seen, usual)
    }

    fn is_spike(&self, look: &View<'_>, at: usize, is_final: bool) -> bool {
        let Some((seen, usual)) = self.day(at) else { return false };
        let factor = look.thresholds.spike_factor;
        let (least, more) = GENUINE;
        // Conversions that may still come tell nothing, nor does a channel that fails.
        let is_known = is_final
            && seen.converted >= least * usual.converted
            && seen.attempts >= more * usual.attempts
            && self.works_elsewhere[at];
        let genuine = if is_known { usual.attempts.min(seen.converted / self.rate) } else { usual.attempts };
        seen.attempts >= factor * genuine && Self::converts_hardly(look, seen, usual)
    }

    /// What was to be expected at a position.
    fn usual(&self, at: usize) -> Option<Amount> {
        let attempts = self.expected[at].as_ref()?.attempts;
        Some(Amount { attempts, converted: attempts * self.rate })
    }

    /// What was seen at a position, and what was to be expected.
    fn day(&self, at: usize) -> Option<(Amount, Amount)> {
        Some((self.days[at], self.usual(at)?))
    }

    /// What is left of a day without its attack: what was usual, or, where less converted than is usual, as many attempts
    /// as these conversions speak of.
    pub(super) fn left(&self, at: usize) -> Option<Amount> {
        let (seen, usual) = self.day(at)?;
        if seen.converted >= usual.converted {
            return Some(usual);
        }
        let genuine = (seen.converted / self.rate).max(GENUINE.0 * usual.attempts).min(usual.attempts);
        Some(Amount { attempts: genuine, converted: seen.converted })
    }

    pub(super) fn expectations<'s>(&'s self, at: &'s [usize]) -> impl Iterator<Item = &'s Expected> {
        at.iter().filter_map(|at| self.expected[*at].as_ref())
    }

    fn p_value(&self, seen: Amount, usual: Amount, days: f64, pooled: &Dispersion) -> f64 {
        let mean = usual.attempts.max(self.mean * days);
        let Correlation { value, .. } = self.rates.within(pooled.rates);
        // As many attempts as they are worth where a day's hang together.
        let worth = 1.0 / (1.0 + (seen.attempts - 1.0).max(0.0) * value);
        let rate = binomial_at_most(seen.converted * worth, seen.attempts * worth, self.rate);
        both(self.levels.at_least(&pooled.levels, seen.attempts, mean), rate)
    }

    fn group(&self, look: &View<'_>, timeline: &Timeline, at: Vec<usize>, pooled: &Dispersion) -> Group {
        let seen = Amount::sum(at.iter().map(|at| self.days[*at]));
        let usual = Amount::sum(at.iter().filter_map(|at| self.usual(*at)));
        let days = at.iter().map(|at| f64::from(look.unit(timeline.units[*at]).days)).sum();
        let excess = |at: &usize| self.days[*at].attempts - self.usual(*at).unwrap_or_default().attempts;
        let peak = at.iter().map(excess).fold(0.0, f64::max);
        Group {
            p_value: self.p_value(seen, usual, days, pooled),
            seen,
            usual,
            peak,
            is_spike: at.iter().any(|at| self.spikes[*at]),
            at,
        }
    }

    /// Suspect days one after the other, without those at the edges that are nothing by themselves.
    pub(super) fn groups(&self, look: &View<'_>, timeline: &Timeline, pooled: &Dispersion) -> Vec<Group> {
        let suspects: Vec<usize> = (0..self.days.len()).filter(|at| self.suspects[*at]).collect();
        let runs =
            suspects.chunk_by(|one, next| one + 1 == *next && look.touch(timeline.units[*one], timeline.units[*next]));
        let is_nothing = |at: usize| self.group(look, timeline, vec![at], pooled).p_value > EDGE;
        let trimmed = |run: &[usize]| {
            let first = run.iter().position(|at| !is_nothing(*at));
            let last = run.iter().rposition(|at| !is_nothing(*at));
            let kept = first.zip(last).map_or(run, |(first, last)| &run[first..=last]);
            self.group(look, timeline, kept.to_vec(), pooled)
        };
        runs.map(trimmed).collect()
    }
}

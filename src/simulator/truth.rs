//! The ground truth, by plain enumeration.
//!
//! On purpose it shares nothing with the counting that answers requests but the attempts themselves: no index, no
//! cache, no common sums. What both agree on is right. It knows neither retention nor the misbehaviours of a server:
//! it says what happened.

use chrono::{DateTime, Utc};

use super::attempt::Attempt;
use super::calendar::DAY;
use super::world::World;
use crate::model::{Cell, Country, Counts, Matrix, MatrixShape, Slice, UnixSeconds, Window};

/// The true counts of a matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TruthTable {
    /// By the index of [`Matrix::cell`].
    pub cells: Vec<Counts>,
    /// Attempts outside the listed countries, those without a country included, as cells of country
    /// [`Country::REMAINDER`] in the order window, service, channel, prefix. Empty when countries are not split.
    pub remainders: Vec<(Cell, Counts)>,
}

impl World {
    /// The true counts of a slice at an instant. It makes every day afresh: some milliseconds per day.
    #[must_use]
    pub fn truth(&self, slice: &Slice, now: DateTime<Utc>) -> Counts {
        let now = UnixSeconds::from(now);
        let mut sum = Sum::default();
        for (at, attempt) in self.history(slice.range, now) {
            let belongs = slice.service.is_none_or(|sid| self.services()[usize::from(attempt.service)] == sid)
                && slice.country.is_none_or(|country| attempt.country() == Some(country))
                && slice.channel.is_none_or(|channel| attempt.channel == channel)
                && slice.prefix.is_none_or(|prefix| attempt.number.is_some_and(|number| prefix.is_start_of(number)));
            if belongs {
                sum.add(at, &attempt, now);
            }
        }
        sum.counts()
    }

    /// The true counts of all cells and remainders in one pass.
    #[must_use]
    pub fn truth_table(&self, matrix: &Matrix, now: DateTime<Utc>) -> TruthTable {
        let now = UnixSeconds::from(now);
        let shape = matrix.shape();
        let split = shape.countries.is_some();
        let rest = MatrixShape { countries: split.then(|| vec![Country::REMAINDER]), ..shape.clone() };
        let mut cells = vec![Sum::default(); matrix.cells()];
        let mut remainders =
            vec![Sum::default(); if split { matrix.windows().len() * rest.cells_per_window() } else { 0 }];
        let history = matrix.range().into_iter().flat_map(|range| self.history(range, now));
        for (at, attempt) in history {
            let window = matrix.windows().partition_point(|window| window.end() <= at);
            let Some(place) = self.locate(shape, &attempt) else { continue };
            let (sums, shape, country) = match place.country {
                Some(country) => (&mut cells, shape, country),
                None => (&mut remainders, &rest, 0),
            };
            let index = ((place.service * shape.country_count() + country) * shape.channel_count() + place.channel)
                * shape.prefix_count()
                + place.prefix;
            sums[window * shape.cells_per_window() + index].add(at, &attempt, now);
        }
        let per_window = rest.cells_per_window();
        TruthTable {
            cells: cells.iter().map(Sum::counts).collect(),
            remainders: (0..)
                .zip(&remainders)
                .map(|(index, sum): (usize, _)| {
                    (rest.cell(matrix.windows()[index / per_window], index % per_window), sum.counts())
                })
                .collect(),
        }
    }

    /// Everything that happened in a range up to now, with its instant.
    fn history(&self, range: Window, now: UnixSeconds) -> impl Iterator<Item = (UnixSeconds, Attempt)> {
        let first = range.start().max(Self::OPENED).0.div_euclid(DAY);
        let last = (range.end().0 - 1).min(now.0).div_euclid(DAY);
        (first..=last).flat_map(move |day| {
            self.attempts(day)
                .into_iter()
                .map(move |attempt| (UnixSeconds(day * DAY + i64::from(attempt.second)), attempt))
                .filter(move |(at, _)| range.start() <= *at && *at < range.end() && *at <= now)
        })
    }

    /// Where an attempt belongs; `None` if one of the listed values would have to be another.
    fn locate(&self, shape: &MatrixShape, attempt: &Attempt) -> Option<TrueCell> {
        fn index<T>(values: Option<&Vec<T>>, is_it: impl Fn(&T) -> bool) -> Option<usize> {
            values.map_or(Some(0), |values| values.iter().position(is_it))
        }
        let sid = self.services()[usize::from(attempt.service)];
        Some(TrueCell {
            service: index(shape.services.as_ref(), |value| *value == sid)?,
            country: index(shape.countries.as_ref(), |value| Some(*value) == attempt.country()),
            channel: index(shape.channels.as_ref(), |value| *value == attempt.channel)?,
            prefix: index(shape.prefixes.as_ref(), |value| {
                attempt.number.is_some_and(|number| value.is_start_of(number))
            })?,
        })
    }
}

/// Indices into a matrix's values.
struct TrueCell {
    service: usize,
    /// `None`: the remainder.
    country: Option<usize>,
    channel: usize,
    prefix: usize,
}

#[derive(Debug, Clone, Default)]
struct Sum {
    attempts: i64,
    converted: i64,
}

impl Sum {
    fn add(&mut self, at: UnixSeconds, attempt: &Attempt, now: UnixSeconds) {
        self.attempts += 1;
        if attempt.delay.is_some_and(|delay| at.plus_seconds(i64::from(delay)) <= now) {
            self.converted += 1;
        }
    }

    fn counts(&self) -> Counts {
        Counts::new(self.attempts, self.converted).expect("each attempt converts at most once")
    }
}

//! What a drill-down is expected to ask of a job's open windows, and on what grounds.
//!
//! The ledger's settled cells of the job's own windows and of the range before it tell how many attempts each country
//! and channel has in a window. Where it knows no whole window, three accounts of different size are assumed.

use std::ops::Range;

use super::super::failure::Failure;
use super::requests::{ASSUMED, Grounds};
use super::stretch::Stretch;
use crate::job::Job;
use crate::ledger::FindAnswer;
use crate::model::{Matrix, MatrixShape, Question, Reuse, Round, Slice, UnixSeconds, Window};
use crate::planner::{Freshness, Load, list_reaches};

/// At most so many windows of the past are looked at.
const MOST_WINDOWS: usize = 62;

pub(super) struct History {
    /// For few attempts, for what is expected, and for many.
    pub(super) questions: [u64; 3],
    /// The same where the list is read as far back as it reaches.
    pub(super) listed: [u64; 3],
    /// By what of it a plan chooses.
    pub(super) chosen_by: u64,
    /// Windows of which the ledger keeps what was listed.
    pub(super) kept: usize,
    /// The attempts of a window.
    pub(super) attempts: [f64; 3],
    pub(super) grounds: Grounds,
}

impl History {
    /// Estimates the questions for a plan's runs of settled windows that are open.
    pub(super) fn look(
        job: &Job,
        matrix: &Matrix,
        as_of: UnixSeconds,
        freshness: Freshness,
        runs: &[Range<usize>],
        ledger: &mut impl FindAnswer,
    ) -> Result<Self, Failure> {
        let shape = matrix.shape();
        let mut windows: Vec<Window> = matrix.windows().to_vec();
        if let Some(range) = matrix.range() {
            let length = range.end().0 - range.start().0;
            let before = job.matrix(as_of.plus_seconds(-length)).map_err(Failure::usage)?;
            windows.extend(before.windows());
        }
        windows.sort_by_key(|window| window.start());
        windows.dedup();
        let mut past = Past::new(shape);
        for window in windows.into_iter().rev() {
            if past.windows == MOST_WINDOWS {
                break;
            }
            past.look(shape, window, ledger)?;
        }
        let (few, grounds) = if past.windows > 0 {
            let grounds = Grounds::History { windows: past.windows, attempts: whole(past.attempts) };
            ([past.per_window(); 3], grounds)
        } else {
            (ASSUMED.map(|attempts| attempts * mean_days(matrix)), Grounds::Assumption)
        };
        let groups = shape.service_count() * shape.prefix_count();
        let loads = few.map(|attempts| match past.windows {
            0 => vec![Load::prior(shape, attempts); groups],
            _ => past.loads(),
        });
        let drilled = |loads: &[Load], windows: usize| loads.iter().map(|load| load.questions(windows)).sum::<f64>();
        let questions = loads.each_ref().map(|loads| whole(runs.iter().map(|run| drilled(loads, run.len())).sum()));
        // Windows before the first that the list reaches are drilled.
        let reached = matrix.windows().partition_point(|window| !list_reaches(*window, as_of));
        let stretches = runs.iter().map(|run| Stretch::look(matrix, run, reached, freshness, ledger));
        let stretches = stretches.collect::<Result<Vec<_>, _>>()?;
        let sum = |size: usize, of: &dyn Fn(&Stretch, f64) -> f64| {
            let of = |stretch: &Stretch| drilled(&loads[size], stretch.old) + of(stretch, few[size]);
            whole(stretches.iter().map(of).sum())
        };
        let listed = [0, 1, 2].map(|size| sum(size, &|stretch, attempts| stretch.questions(shape, attempts)));
        let chosen_by = sum(1, &|stretch, attempts| stretch.chosen_by(shape, attempts));
        let kept = stretches.iter().map(|stretch| stretch.kept).sum();
        let grounds = if runs.is_empty() { Grounds::NothingSettled } else { grounds };
        Ok(Self { questions, listed, chosen_by, kept, attempts: few, grounds })
    }
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn mean_days(matrix: &Matrix) -> f64 {
    let seconds: i64 = matrix.windows().iter().map(|window| window.end().0 - window.start().0).sum();
    seconds as f64 / 86_400.0 / matrix.windows().len().max(1) as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small, and not negative")]
fn whole(number: f64) -> u64 {
    number.round().max(0.0) as u64
}

/// What whole windows in the ledger hold, by service and prefix, country and channel.
struct Past {
    windows: usize,
    attempts: f64,
    cells: Vec<f64>,
    totals: Vec<f64>,
    empty: Load,
    countries: usize,
    channels: usize,
}

impl Past {
    fn new(shape: &MatrixShape) -> Self {
        let (countries, channels) = (shape.country_count(), shape.channel_count());
        let groups = shape.service_count() * shape.prefix_count();
        Self {
            windows: 0,
            attempts: 0.0,
            cells: vec![0.0; groups * countries * channels],
            totals: vec![0.0; groups * channels],
            empty: Load::none(shape),
            countries,
            channels,
        }
    }

    /// Takes in a window of which the ledger knows every cell and total, and leaves others out.
    fn look(&mut self, shape: &MatrixShape, window: Window, ledger: &mut impl FindAnswer) -> Result<(), Failure> {
        let (mut cells, mut totals) = (Vec::with_capacity(self.cells.len()), Vec::with_capacity(self.totals.len()));
        for group in 0..shape.service_count() * shape.prefix_count() {
            let (service, prefix) = (group / shape.prefix_count(), group % shape.prefix_count());
            let (service, prefix) = (shape.service(service), shape.prefix(prefix));
            for channel in 0..shape.channel_count() {
                let slice = |country| {
                    let channel = shape.channel(channel);
                    Slice { range: window, service, country, channel, prefix }
                };
                let Some(total) = attempts(slice(None), ledger)? else { return Ok(()) };
                totals.push(total);
                for country in 0..shape.country_count() {
                    let Some(cell) = attempts(slice(shape.country(country)), ledger)? else { return Ok(()) };
                    cells.push(cell);
                }
            }
        }
        self.windows += 1;
        self.attempts += totals.iter().sum::<f64>();
        self.cells.iter_mut().zip(cells).for_each(|(sum, cell)| *sum += cell);
        self.totals.iter_mut().zip(totals).for_each(|(sum, total)| *sum += total);
        Ok(())
    }

    /// The attempts of a window.
    #[expect(clippy::cast_precision_loss, reason = "a few windows")]
    fn per_window(&self) -> f64 {
        self.attempts / self.windows as f64
    }

    fn loads(&self) -> Vec<Load> {
        #[expect(clippy::cast_precision_loss, reason = "a few windows")]
        let windows = self.windows as f64;
        let lanes = self.cells.chunks(self.countries * self.channels);
        let of_group = |(cells, totals): (&[f64], &[f64])| {
            let mut load = self.empty.clone();
            for (channel, (cells, total)) in cells.chunks(self.countries).zip(totals).enumerate() {
                for (country, cell) in cells.iter().enumerate() {
                    load.set(country, channel, cell / windows);
                }
                load.set_beyond(channel, (total - cells.iter().sum::<f64>()) / windows);
            }
            load
        };
        lanes.zip(self.totals.chunks(self.channels)).map(of_group).collect()
    }
}

/// The attempts of a slice, if the ledger has a final answer.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn attempts(slice: Slice, ledger: &mut impl FindAnswer) -> Result<Option<f64>, Failure> {
    let question = Question { slice, round: Round::First, reuse: Reuse::SettledOnly };
    let answer = ledger.find(&question).map_err(|error| Failure::caused(&error))?;
    Ok(answer.map(|answer| answer.counts.attempts() as f64))
}

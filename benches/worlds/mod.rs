//! Seeded accounts of a month, and how many requests the planner needs for them: for the benchmark and for the tests of
//! the estimate.
//!
//! The countries have a long tail (the n-th busiest has 1/n^0.8 of the busiest one's attempts), days follow the week,
//! countries differ in their channels and in how many attempts convert; e-mail has no country.
#![allow(clippy::unwrap_used, dead_code, reason = "a seeded world is its own proof; each user takes a part")]

use std::collections::HashMap;
use std::time::Duration;

use verify_rollup::clock::{Clock, SystemClock};
use verify_rollup::model::{
    Answer, AnswerSource, Channel, Country, Counts, Matrix, MatrixShape, Outcome, Proof, Slice, UnixMicros,
    UnixSeconds, Window,
};
use verify_rollup::planner::{Listing, Next, Plan, Planner, Strategy, Terms, Verdict};

const DAY: i64 = 86_400;
pub const DAYS: usize = 31;
/// 2026-10-01T00:00:00Z
const START: i64 = 1_790_812_800;
/// Of sms, call, email, whatsapp and rbm.
const MIX: [f64; 5] = [0.70, 0.08, 0.06, 0.14, 0.02];

/// Attempts and conversions before each day.
type Sums = Vec<(i64, i64)>;

/// Those of each country and channel; `None` = all.
pub struct World {
    sums: HashMap<(Option<Country>, Option<Channel>), Sums>,
    pub countries: Vec<Country>,
    /// Cells with attempts, those without a country left out.
    pub nonzero: usize,
    /// Cells with attempts, those without a country too.
    pub support: usize,
}

/// The index of the drawn weight.
fn draw(random: &mut fastrand::Rng, cumulated: &[f64]) -> usize {
    let point = random.f64() * cumulated.last().copied().unwrap_or_default();
    cumulated.partition_point(|&weight| weight <= point).min(cumulated.len() - 1)
}

fn cumulated(weights: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut sum = 0.0;
    weights
        .into_iter()
        .map(|weight| {
            sum += weight;
            sum
        })
        .collect()
}

impl World {
    /// `attempts` spread over the first `active` of `countries` in an order of their own.
    pub fn long_tail(seed: u64, attempts: usize, active: usize, countries: usize, exponent: f64) -> Self {
        Self::another_month(0, seed, attempts, active, countries, exponent)
    }

    /// The same account in another month: other attempts, the same habits.
    pub fn another_month(
        month: usize,
        seed: u64,
        attempts: usize,
        active: usize,
        countries: usize,
        exponent: f64,
    ) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut all: Vec<Country> = Country::all().take(countries).collect();
        let listed = all.clone();
        random.shuffle(&mut all);
        #[expect(clippy::cast_precision_loss, reason = "a rank")]
        let by_country = cumulated((0..active).map(|rank| 1.0 / ((rank + 1) as f64).powf(exponent)));
        let by_day = cumulated((0..DAYS).map(|day| if day % 7 < 5 { 1.0 } else { 0.6 }));
        let habits: Vec<(Vec<f64>, f64)> = (0..active)
            .map(|_| {
                let (whatsapp, rbm) = (random.f64() < 0.5, random.f64() < 0.1);
                let has = [true, true, true, whatsapp, rbm];
                let mix = cumulated(MIX.iter().zip(has).map(|(weight, has)| if has { *weight } else { 0.0 }));
                (mix, 0.5 + 0.45 * random.f64())
            })
            .collect();
        let mut cells = HashMap::new();
        for attempt in 0..attempts * (month + 1) {
            if attempt == attempts * month {
                cells = HashMap::new();
            }
            let country = draw(&mut random, &by_country);
            let (mix, rate) = &habits[country];
            let channel =
                [Channel::Sms, Channel::Call, Channel::Email, Channel::Whatsapp, Channel::Rbm][draw(&mut random, mix)];
            let name = (channel != Channel::Email).then(|| all[country]);
            let cell: &mut (i64, i64) = cells.entry((name, channel, draw(&mut random, &by_day))).or_default();
            cell.0 += 1;
            cell.1 += i64::from(random.f64() < *rate);
        }
        Self::of(cells, listed)
    }

    /// One to nine attempts in every cell of every listed country, e-mail too.
    pub fn full(countries: usize) -> Self {
        let mut random = fastrand::Rng::with_seed(1);
        let listed: Vec<Country> = Country::all().take(countries).collect();
        let mut cells = HashMap::new();
        for &country in &listed {
            for channel in Channel::ALL {
                for day in 0..DAYS {
                    let attempts = random.i64(1..10);
                    cells.insert((Some(country), channel, day), (attempts, random.i64(0..=attempts)));
                }
            }
        }
        Self::of(cells, listed)
    }

    fn of(cells: HashMap<(Option<Country>, Channel, usize), (i64, i64)>, countries: Vec<Country>) -> Self {
        let (nonzero, support) = (cells.keys().filter(|(country, ..)| country.is_some()).count(), cells.len());
        let mut sums: HashMap<_, Sums> = HashMap::new();
        for ((country, channel, day), (attempts, converted)) in cells {
            let all_countries = country.is_some().then_some(None);
            for country in std::iter::once(country).chain(all_countries) {
                for channel in [Some(channel), None] {
                    let line = sums.entry((country, channel)).or_insert_with(|| vec![(0, 0); DAYS + 1]);
                    line[day + 1].0 += attempts;
                    line[day + 1].1 += converted;
                }
            }
        }
        for line in sums.values_mut() {
            for day in 0..DAYS {
                line[day + 1].0 += line[day].0;
                line[day + 1].1 += line[day].1;
            }
        }
        Self { sums, countries, nonzero, support }
    }

    /// The attempts of a country, or of all, in a channel.
    pub fn attempts(&self, country: Option<Country>, channel: Channel) -> i64 {
        self.sums.get(&(country, Some(channel))).map_or(0, |line| line[DAYS].0)
    }

    fn count(&self, slice: &Slice) -> Counts {
        let day = |at: UnixSeconds| usize::try_from((at.0 - START) / DAY).unwrap_or(0).min(DAYS);
        let Some(line) = self.sums.get(&(slice.country, slice.channel)) else { return Counts::ZERO };
        let (from, to) = (line[day(slice.range.start())], line[day(slice.range.end())]);
        Counts::new(to.0 - from.0, to.1 - from.1).unwrap()
    }
}

pub fn requests(world: &World, strategy: Strategy) -> (u64, Duration) {
    let windows = (0..DAYS).map(|day| window(START + i64::try_from(day).unwrap() * DAY)).collect();
    let shape = MatrixShape {
        countries: Some(world.countries.clone()),
        channels: Some(Channel::ALL.to_vec()),
        ..MatrixShape::default()
    };
    let matrix = Matrix::new(windows, shape);
    let as_of = UnixSeconds(START + 60 * DAY);
    let terms = Terms { strategy, channels: Listing::Every, ..Terms::new(as_of) };
    let began = SystemClock.monotonic();
    let mut plan = Plan::new(matrix.clone(), terms, |_| false);
    let mut sent = 0;
    let mut waiting = Vec::new();
    loop {
        match plan.next() {
            Next::Ask(question) if !question.reuse.may_ask() => {
                plan.learn(&question, Outcome::NotRecorded);
            }
            Next::Ask(question) => waiting.push(question),
            Next::Wait => {
                for question in waiting.drain(..) {
                    sent += 1;
                    let counts = world.count(&question.slice);
                    let asked_at = UnixMicros(as_of.0 * 1_000_000);
                    let answer = Answer {
                        counts,
                        asked_at,
                        as_of,
                        source: AnswerSource::ThisRun,
                        server_at: None,
                        proof: Proof::Unproved,
                    };
                    plan.learn(&question, Outcome::Answered(answer));
                }
            }
            Next::Done => break,
        }
    }
    let conclusion = plan.conclude();
    let took = SystemClock.monotonic().saturating_sub(began);
    assert!(conclusion.verdicts.iter().all(|verdict| *verdict == Verdict::Complete));
    for window in 0..DAYS {
        for finding in conclusion.findings(window).filter(|finding| finding.cell.country != Some(Country::REMAINDER)) {
            let cell = finding.cell;
            let slice =
                Slice { range: cell.window, service: None, country: cell.country, channel: cell.channel, prefix: None };
            assert_eq!(finding.counts, world.count(&slice), "{slice}");
        }
    }
    (sent, took)
}

fn window(start: i64) -> Window {
    Window::new(UnixSeconds(start), UnixSeconds(start + DAY)).unwrap()
}

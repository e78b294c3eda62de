//! Seeded accounts of a month, and how many requests the planner needs for them: for the benchmark and for the tests of
//! the estimate.
//!
//! The countries have a long tail (the n-th busiest has 1/n^0.8 of the busiest one's attempts), days follow the week,
//! countries differ in their channels and in how many attempts convert; e-mail has no country.
#![allow(
    clippy::unwrap_used,
    dead_code,
    unused_imports,
    reason = "a seeded world is its own proof; each user takes a part"
)]

mod driver;
mod habits;

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;

use verify_rollup::model::{
    Channel, Cost, Country, Counts, Listing, Matrix, MatrixShape, Prefix, Slice, Strategy, TallyRow, UnixSeconds,
    Window,
};
use verify_rollup::planner::{Pages, Plan, Terms};

pub use driver::{requests, requests_knowing, requests_listing, requests_listing_without, requests_without};
pub use habits::Habits;

const DAY: i64 = 86_400;
pub const DAYS: usize = 31;
/// 2026-10-01T00:00:00Z
const START: i64 = 1_790_812_800;

/// Attempts and conversions before each window.
type Sums = Vec<(i64, i64)>;

/// A country, a channel and a prefix; `None` = all.
type Line = (Option<Country>, Option<Channel>, Option<Prefix>);

/// What has attempts: a country, if it has one, in a channel, in a window, with numbers that begin so.
type Place = (Option<Country>, Channel, usize, Option<Prefix>);

/// An account, and the job that asks for it.
pub struct World {
    sums: HashMap<Line, Sums>,
    pub matrix: Matrix,
    pub countries: Vec<Country>,
    as_of: UnixSeconds,
    /// Each country's attempts in the month before, where that is known.
    before: BTreeMap<Country, i64>,
    /// Cells with attempts, those without a country left out.
    pub nonzero: usize,
    /// Cells with attempts, those without a country too.
    pub support: usize,
}

impl World {
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
        let habits = Habits::month(attempts, active, countries, exponent);
        let (cells, listed) = habits.cells(month, &mut fastrand::Rng::with_seed(seed));
        Self::of(&cells, listed, DAYS, DAY)
    }

    pub fn of_habits(seed: u64, habits: Habits) -> Self {
        let (cells, listed) = habits.cells(0, &mut fastrand::Rng::with_seed(seed));
        Self::of(&cells, listed, habits.windows, habits.seconds)
    }

    /// The account of some habits without e-mail, so that all attempts have a country, and its past.
    pub fn without_email(seed: u64, habits: Habits) -> Self {
        let countries = |month| {
            let (mut cells, listed) = habits.cells(month, &mut fastrand::Rng::with_seed(seed));
            cells.retain(|(country, ..), _| country.is_some());
            (cells, listed)
        };
        let (mut before, (cells, listed)) = (BTreeMap::new(), countries(1));
        for ((country, ..), (attempts, _)) in countries(0).0 {
            *before.entry(country.unwrap()).or_default() += attempts;
        }
        Self { before, ..Self::of(&cells, listed, habits.windows, habits.seconds) }
    }

    /// The account of some habits, asked for so many of its countries: the others are the remainder.
    pub fn few_countries(seed: u64, habits: Habits, count: usize) -> Self {
        let (cells, mut listed) = habits.cells(0, &mut fastrand::Rng::with_seed(seed));
        listed.truncate(count);
        Self::of(&cells, listed, habits.windows, habits.seconds)
    }

    /// As [`World::few_countries`], of those with the most attempts.
    pub fn busiest_countries(seed: u64, habits: Habits, count: usize) -> Self {
        let (cells, mut listed) = habits.cells(0, &mut fastrand::Rng::with_seed(seed));
        let attempts = |listed: &Country| -> i64 {
            cells.iter().filter(|((country, ..), _)| *country == Some(*listed)).map(|(_, (attempts, _))| attempts).sum()
        };
        listed.sort_by_key(|country| std::cmp::Reverse(attempts(country)));
        listed.truncate(count);
        listed.sort();
        Self::of(&cells, listed, habits.windows, habits.seconds)
    }

    /// Attempts in the first `busy` of 100 number ranges that begin alike, and in another country; countries are not
    /// split.
    pub fn number_ranges(attempts: usize, busy: u64, windows: usize) -> Self {
        let mut random = fastrand::Rng::with_seed(1);
        let mut ranges: Vec<u64> = (57_300..57_400).collect();
        random.shuffle(&mut ranges);
        let busy = &ranges[..usize::try_from(busy).unwrap()];
        let mut cells: HashMap<Place, (i64, i64)> = HashMap::new();
        for _ in 0..attempts {
            let range = if random.f64() < 0.5 || busy.is_empty() { 44_770 } else { busy[random.usize(0..busy.len())] };
            let channel = [Channel::Sms, Channel::Call, Channel::Whatsapp][random.usize(0..3)];
            let cell = cells.entry((None, channel, random.usize(0..windows), Prefix::from_digits(range))).or_default();
            cell.0 += 1;
            cell.1 += i64::from(random.f64() < 0.7);
        }
        let mut world = Self::of(&cells, Vec::new(), windows, DAY);
        let prefixes = (57_300..57_400).filter_map(Prefix::from_digits).collect();
        let shape =
            MatrixShape { channels: Some(Channel::ALL.to_vec()), prefixes: Some(prefixes), ..MatrixShape::default() };
        world.matrix = Matrix::new(world.matrix.windows().to_vec(), shape);
        world.nonzero = cells.keys().filter(|(.., prefix)| *prefix != Prefix::from_digits(44_770)).count();
        world
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
                    cells.insert((Some(country), channel, day, None), (attempts, random.i64(0..=attempts)));
                }
            }
        }
        Self::of(&cells, listed, DAYS, DAY)
    }

    /// Asked two hours after its last window: attempts stand still, conversions may come.
    pub fn growing(mut self) -> Self {
        let range = self.matrix.range().unwrap();
        self.as_of = range.end().plus_seconds(2 * 3600);
        self
    }

    fn of(cells: &HashMap<Place, (i64, i64)>, countries: Vec<Country>, windows: usize, seconds: i64) -> Self {
        let is_listed = |country: &Option<Country>| country.is_some_and(|country| countries.contains(&country));
        let (nonzero, support) = (cells.keys().filter(|(country, ..)| is_listed(country)).count(), cells.len());
        let mut sums: HashMap<Line, Sums> = HashMap::new();
        for (&(country, channel, window, prefix), &(attempts, converted)) in cells {
            let all_countries = country.is_some().then_some(None);
            let shorter = std::iter::successors(prefix, |it| Prefix::from_digits(it.digits() / 10));
            for prefix in shorter.map(Some).chain([None]) {
                for country in std::iter::once(country).chain(all_countries) {
                    for channel in [Some(channel), None] {
                        let line = sums.entry((country, channel, prefix)).or_insert_with(|| vec![(0, 0); windows + 1]);
                        line[window + 1].0 += attempts;
                        line[window + 1].1 += converted;
                    }
                }
            }
        }
        for line in sums.values_mut() {
            for window in 0..windows {
                line[window + 1].0 += line[window].0;
                line[window + 1].1 += line[window].1;
            }
        }
        let shape = MatrixShape {
            countries: Some(countries.clone()),
            channels: Some(Channel::ALL.to_vec()),
            ..MatrixShape::default()
        };
        let starts = (0..windows).map(|window| START + i64::try_from(window).unwrap() * seconds);
        let windows = starts.map(|at| Window::new(UnixSeconds(at), UnixSeconds(at + seconds)).unwrap()).collect();
        let as_of = UnixSeconds(START + 60 * DAY.max(seconds));
        Self { sums, matrix: Matrix::new(windows, shape), countries, as_of, before: BTreeMap::new(), nonzero, support }
    }

    /// The attempts of a country, or of all, in a channel.
    pub fn attempts(&self, country: Option<Country>, channel: Channel) -> i64 {
        self.sums.get(&(country, Some(channel), None)).and_then(|line| line.last()).map_or(0, |last| last.0)
    }

    pub fn count(&self, slice: &Slice) -> Counts {
        let windows = self.matrix.windows();
        let before = |at: UnixSeconds| windows.partition_point(|window| window.end() <= at);
        let Some(line) = self.sums.get(&(slice.country, slice.channel, slice.prefix)) else { return Counts::ZERO };
        let (from, to) = (line[before(slice.range.start())], line[before(slice.range.end())]);
        Counts::new(to.0 - from.0, to.1 - from.1).unwrap()
    }

    pub fn plan(&self, strategy: Strategy) -> Plan {
        self.plan_on(&Terms { strategy, ..Terms::new(self.as_of) })
    }

    /// A plan that may read pages where they are fewer.
    pub fn listing_plan(&self) -> Plan {
        self.plan_on(&Terms { strategy: Strategy::DrillDown, pages: Pages::WhereFewer, ..Terms::new(self.as_of) })
    }

    /// Asked a day after its last window, so that the list reaches back to the first of 28 days.
    pub fn fresh(mut self) -> Self {
        self.as_of = self.matrix.range().unwrap().end().plus_seconds(DAY);
        self
    }

    /// The same with its last window growing.
    pub fn last_day_growing(mut self) -> Self {
        self.as_of = self.matrix.range().unwrap().end().plus_seconds(8 * 3600);
        self
    }

    /// What pages of the list add up to in a range of whole windows.
    pub fn tally(&self, range: Window) -> Vec<TallyRow> {
        let mut rows = Vec::new();
        for window in self.matrix.windows().iter().filter(|window| range.contains(**window)) {
            for channel in Channel::ALL {
                let slice = |country| Slice { country, channel: Some(channel), ..Slice::whole(*window) };
                let mut beyond = self.count(&slice(None));
                let lines = self.sums.keys().filter(|(_, of, prefix)| *of == Some(channel) && prefix.is_none());
                let mut countries: Vec<Country> = lines.filter_map(|(country, ..)| *country).collect();
                countries.sort();
                let mut push = |country, counts: Counts| {
                    let (service, prefix, cost) = (None, None, Cost::default());
                    let row = TallyRow {
                        slot: window.start(),
                        service,
                        country,
                        channel: Some(channel),
                        prefix,
                        counts,
                        cost,
                    };
                    rows.extend((counts != Counts::ZERO).then_some(row));
                };
                for country in countries {
                    let counts = self.count(&slice(Some(country)));
                    beyond = counts.within(beyond).unwrap();
                    push(Some(country), counts);
                }
                push(None, beyond);
            }
        }
        rows
    }

    /// A plan whose waves are so broad.
    pub fn broad_plan(&self, strategy: Strategy, breadth: NonZeroUsize) -> Plan {
        self.plan_on(&Terms { strategy, breadth, ..Terms::new(self.as_of) })
    }

    fn plan_on(&self, terms: &Terms) -> Plan {
        let terms = Terms { channels: Listing::Every, ..terms.clone() };
        Plan::new(self.matrix.clone(), terms, |_| false).expecting(&self.before)
    }
}

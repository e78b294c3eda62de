//! The counts of everything that a report shows or tests, gathered in one pass over the rows.
//!
//! No row is kept. A cell is a country × channel, or a service × channel; it holds two numbers for each unit of time,
//! and where windows are hours two small ones for each hour: a year of days over 250 countries and 5 channels is 7 MB.
//! Where services are few, their countries and channels are counted by day as well.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::key::Key;
use super::model::{HourCell, HourGrid};
use super::recorded::Recorded;
use super::scope::{Placed, Scope};
use crate::model::{Channel, Country, Counts, Prefix, Provenance, Row, UnixMicros, Window};

/// Attempts and conversions that are still being summed. Sums saturate: no account comes near.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub attempts: i64,
    pub converted: i64,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.attempts = self.attempts.saturating_add(other.attempts);
        self.converted = self.converted.saturating_add(other.converted);
    }

    pub(super) fn sum(tallies: impl IntoIterator<Item = Self>) -> Self {
        tallies.into_iter().fold(Self::default(), |mut sum, tally| {
            sum.add(tally);
            sum
        })
    }

    pub(super) fn counts(self) -> Counts {
        Counts::new(self.attempts, self.converted.min(self.attempts)).unwrap_or_default()
    }

    /// (attempts, conversions) as statistics want them.
    pub(super) const fn floats(self) -> (f64, f64) {
        (real(self.attempts), real(self.converted))
    }
}

/// A count as statistics want it.
#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 attempts a rate is rounded like any other double")]
pub(super) const fn real(count: i64) -> f64 {
    count as f64
}

/// A number of parts, days or hours as statistics want it.
#[expect(clippy::cast_precision_loss, reason = "lists are short")]
pub(super) const fn real_len(length: usize) -> f64 {
    length as f64
}

impl From<Counts> for Tally {
    fn from(counts: Counts) -> Self {
        Self { attempts: counts.attempts(), converted: counts.converted() }
    }
}

/// The same of an hour, in half the space.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct SmallTally {
    attempts: u32,
    converted: u32,
}

impl SmallTally {
    fn add(&mut self, counts: Counts) {
        let small = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
        self.attempts = self.attempts.saturating_add(small(counts.attempts()));
        self.converted = self.converted.saturating_add(small(counts.converted()));
    }

    pub(super) fn join(&mut self, other: Self) {
        self.attempts = self.attempts.saturating_add(other.attempts);
        self.converted = self.converted.saturating_add(other.converted);
    }

    pub(super) fn tally(self) -> Tally {
        Tally { attempts: i64::from(self.attempts), converted: i64::from(self.converted) }
    }
}

/// A cell's counts over time.
#[derive(Debug, Clone)]
pub(super) struct Series {
    /// By the position of [`Scope::units`].
    pub units: Vec<Tally>,
    /// By the position of [`Scope::windows`]; empty unless windows are hours.
    pub hours: Vec<SmallTally>,
}

impl Series {
    fn new(scope: &Scope) -> Self {
        let hours = if scope.has_hours { scope.windows.len() } else { 0 };
        Self { units: vec![Tally::default(); scope.units.len()], hours: vec![SmallTally::default(); hours] }
    }

    fn add(&mut self, placed: Placed, counts: Counts) {
        self.units[placed.unit].add(counts.into());
        if let Some(hour) = self.hours.get_mut(placed.window) {
            hour.add(counts);
        }
    }
}

/// What the rows of the period say of themselves.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RowFacts {
    pub rows: u64,
    pub measured: u64,
    pub implied: u64,
    pub listed: u64,
    /// Whether one says what its attempts cost.
    pub has_costs: bool,
    pub provisional: u64,
    pub first_asked: Option<UnixMicros>,
    pub last_asked: Option<UnixMicros>,
}

/// Whether messages of a channel travel over the phone network.
pub(super) const fn is_phone(channel: Option<Channel>) -> bool {
    matches!(channel, None | Some(Channel::Sms | Channel::Call))
}

/// A prefix within a country; `None` where countries are not split.
pub(super) type PrefixKey = (Option<Country>, Prefix);

/// What a prefix had in a unit of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct PrefixTally {
    pub all: Tally,
    /// Of it what went over the phone network.
    pub phone: Tally,
}

/// Units of time with attempts.
pub(super) type Units = BTreeMap<usize, PrefixTally>;

/// The prefixes with attempts: a job may list very many of which few have any.
#[derive(Debug, Default)]
pub(super) struct PrefixSeries(BTreeMap<PrefixKey, Units>);

impl PrefixSeries {
    pub(super) fn add(&mut self, key: PrefixKey, unit: usize, is_phone: bool, tally: Tally) {
        if tally.attempts == 0 {
            return;
        }
        let sum = self.0.entry(key).or_default().entry(unit).or_default();
        sum.all.add(tally);
        if is_phone {
            sum.phone.add(tally);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&PrefixKey, &Units)> {
        self.0.iter()
    }
}

/// Everything that was counted.
#[derive(Debug)]
pub(super) struct AllSeries {
    /// By country and channel, in the table's order.
    pub cells: Vec<(Key, Series)>,
    /// By service and channel, in the table's order; empty where services are not split.
    pub services: Vec<(Key, Series)>,
    /// By service, country and channel, where there were attempts; empty where services are not split, or too many.
    pub leaves: Vec<(Key, Vec<Tally>)>,
    /// By country and destination prefix; empty where prefixes are not split.
    pub prefixes: PrefixSeries,
    /// The period's hours.
    pub hours: Option<HourGrid>,
    /// The period's rows.
    pub facts: RowFacts,
    /// Their attempts by what these cost.
    pub recorded: Recorded,
}

/// Counts rows. They may come in any order; the table's own is quickest.
pub(super) struct Counting<'s> {
    scope: &'s Scope,
    /// Positions in `cells`, by country and channel.
    slots: Vec<u32>,
    cells: Vec<(Key, Series)>,
    services: HashMap<Key, Series>,
    leaves: HashMap<Key, Vec<Tally>>,
    prefixes: PrefixSeries,
    hours: Option<HourGrid>,
    facts: RowFacts,
    recorded: Recorded,
    current: Vec<bool>,
    last: Option<(Window, Option<Placed>)>,
}

/// Two letters and none; six channels and none.
const COUNTRY_SLOTS: usize = 26 * 26 + 1;
const CHANNEL_SLOTS: usize = Channel::ALL.len() + 2;
const FREE: u32 = u32::MAX;

/// With more services, countries are not taken apart by them: that would cost memory for each.
const MOST_SERVICES: usize = 16;

fn slot(key: Key) -> usize {
    let country = key.country.map_or(0, |country| {
        let letter = |at: usize| usize::from(country.code().as_bytes()[at].saturating_sub(b'A')).min(25);
        1 + letter(0) * 26 + letter(1)
    });
    country * CHANNEL_SLOTS + key.channel.map_or(0, |channel| 1 + channel as usize)
}

impl<'s> Counting<'s> {
    pub(super) fn new(scope: &'s Scope, ranked_from: i64) -> Self {
        let mut current = vec![false; scope.units.len()];
        for unit in &scope.current {
            current[*unit] = true;
        }
        Self {
            scope,
            slots: vec![FREE; COUNTRY_SLOTS * CHANNEL_SLOTS],
            cells: Vec::new(),
            services: HashMap::new(),
            leaves: HashMap::new(),
            prefixes: PrefixSeries::default(),
            hours: scope.has_hours.then(|| hours_there(scope, &current, ranked_from)),
            facts: RowFacts::default(),
            recorded: Recorded::default(),
            current,
            last: None,
        }
    }

    /// Counts a row; one of a window that the scope does not read is left out.
    pub(super) fn add(&mut self, row: &Row) {
        let placed = match self.last {
            Some((window, placed)) if window == row.key.window => placed,
            _ => {
                let placed = self.scope.place(row.key.window);
                self.last = Some((row.key.window, placed));
                placed
            }
        };
        let Some(placed) = placed else { return };
        let tally = Tally::from(row.counts);
        let key = Key { service: None, country: row.key.country, channel: row.key.channel };
        self.series(key).add(placed, row.counts);
        if let Some(prefix) = row.key.prefix {
            self.prefixes.add((key.country, prefix), placed.unit, is_phone(key.channel), tally);
        }
        if let Some(service) = row.key.service {
            let scope = self.scope;
            let of_service = Key { service: Some(service), country: None, ..key };
            let series = self.services.entry(of_service).or_insert_with(|| Series::new(scope));
            series.add(placed, row.counts);
            if tally.attempts > 0 && self.services.len() <= MOST_SERVICES * CHANNEL_SLOTS {
                let leaf = self.leaves.entry(Key { service: Some(service), ..key });
                leaf.or_insert_with(|| vec![Tally::default(); scope.units.len()])[placed.unit].add(tally);
            }
        }
        if self.current[placed.unit] {
            self.add_current(row, placed);
        }
    }

    fn add_current(&mut self, row: &Row, placed: Placed) {
        if let Some(grid) = &mut self.hours {
            let (hour, weekday) = placed.hour;
            let counts = &mut grid.cells[weekday][hour].counts;
            *counts = counts.checked_add(row.counts).unwrap_or(*counts);
        }
        self.recorded.add(row);
        let facts = &mut self.facts;
        facts.rows += 1;
        match row.provenance {
            Provenance::Measured => facts.measured += 1,
            Provenance::Implied => facts.implied += 1,
            Provenance::Listed => facts.listed += 1,
        }
        facts.has_costs |= row.cost.is_some();
        facts.provisional += u64::from(!row.is_final);
        facts.first_asked = Some(facts.first_asked.map_or(row.asked_at, |first| first.min(row.asked_at)));
        facts.last_asked = facts.last_asked.max(Some(row.asked_at));
    }

    fn series(&mut self, key: Key) -> &mut Series {
        let at = &mut self.slots[slot(key)];
        if *at == FREE {
            *at = u32::try_from(self.cells.len()).unwrap_or(FREE);
            self.cells.push((key, Series::new(self.scope)));
        }
        &mut self.cells[*at as usize].1
    }

    pub(super) fn finish(self) -> AllSeries {
        let Self { mut cells, services, leaves, prefixes, hours, facts, recorded, .. } = self;
        cells.sort_by_key(|(key, _)| *key);
        let services = sorted(services);
        let known: BTreeSet<_> = services.iter().map(|(key, _)| key.service).collect();
        let leaves = if known.len() > MOST_SERVICES { Vec::new() } else { sorted(leaves) };
        AllSeries { cells, services, leaves, prefixes, hours, facts, recorded }
    }
}

/// How often each hour of the week is there, before any row is counted.
fn hours_there(scope: &Scope, current: &[bool], ranked_from: i64) -> HourGrid {
    let mut grid = HourGrid { cells: [[HourCell::default(); 24]; 7], ranked_from };
    let placed = scope.windows.iter().filter_map(|(window, _)| scope.place(*window));
    for Placed { hour: (hour, weekday), .. } in placed.filter(|placed| current[placed.unit]) {
        grid.cells[weekday][hour].times += 1;
    }
    grid
}

fn sorted<T>(found: HashMap<Key, T>) -> Vec<(Key, T)> {
    let mut all: Vec<_> = found.into_iter().collect();
    all.sort_by_key(|(key, _)| *key);
    all
}

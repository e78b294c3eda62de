//! The counts of everything that a report shows or tests, gathered in one pass over the rows.
//!
//! No row is kept. A cell is a country × channel, or a service × channel; it holds two numbers for each unit of time,
//! and where windows are hours two small ones for each hour: a year of days over 250 countries and 5 channels is 7 MB.

use std::collections::{BTreeSet, HashMap};

use super::model::{FlagScope, HourGrid};
use super::scope::{Placed, Scope};
use crate::model::{Channel, Country, Counts, Provenance, Row, ServiceSid, UnixMicros, Window};

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
    #[expect(clippy::cast_precision_loss, reason = "beyond 2^53 attempts a rate is rounded like any other double")]
    pub(super) fn floats(self) -> (f64, f64) {
        (self.attempts as f64, self.converted as f64)
    }
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

/// A country × channel; `None` = not split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct CellKey {
    pub country: Option<Country>,
    pub channel: Option<Channel>,
}

impl CellKey {
    pub(super) fn place(self) -> FlagScope {
        FlagScope { country: self.country, channel: self.channel, ..FlagScope::default() }
    }
}

/// A service × channel.
pub(super) type ServiceKey = (ServiceSid, Option<Channel>);
/// A service × country.
pub(super) type ServicePlace = (ServiceSid, Option<Country>);

/// What the rows of the period say of themselves.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RowFacts {
    pub rows: u64,
    pub measured: u64,
    pub implied: u64,
    pub provisional: u64,
    pub first_asked: Option<UnixMicros>,
    pub last_asked: Option<UnixMicros>,
}

/// Whether messages of a channel travel over the phone network.
pub(super) const fn is_phone(channel: Option<Channel>) -> bool {
    matches!(channel, None | Some(Channel::Sms | Channel::Call))
}

/// Everything that was counted.
#[derive(Debug)]
pub(super) struct AllSeries {
    /// By country and channel, in the table's order.
    pub cells: Vec<(CellKey, Series)>,
    /// By service and channel, in the table's order; empty where services are not split.
    pub services: Vec<(ServiceKey, Vec<Tally>)>,
    /// By service and country, of messages over the phone network; empty where services are not split, or too many.
    pub phone_by_service: Vec<(ServicePlace, Vec<Tally>)>,
    /// The period's hours.
    pub hours: Option<HourGrid>,
    /// The period's rows.
    pub facts: RowFacts,
}

/// Counts rows. They may come in any order; the table's own is quickest.
pub(super) struct Counting<'s> {
    scope: &'s Scope,
    /// Positions in `cells`, by country and channel.
    slots: Vec<u32>,
    cells: Vec<(CellKey, Series)>,
    service_slots: HashMap<ServiceKey, usize>,
    services: Vec<(ServiceKey, Vec<Tally>)>,
    phone: HashMap<ServicePlace, Vec<Tally>>,
    hours: Option<HourGrid>,
    facts: RowFacts,
    current: Vec<bool>,
    last: Option<(Window, Option<Placed>)>,
}

/// Two letters and none; six channels and none.
const COUNTRY_SLOTS: usize = 26 * 26 + 1;
const CHANNEL_SLOTS: usize = Channel::ALL.len() + 2;
const FREE: u32 = u32::MAX;

/// With more services, which of them was attacked is not looked into: that would cost memory for each.
const MOST_SERVICES: usize = 16;

fn slot(key: CellKey) -> usize {
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
            service_slots: HashMap::new(),
            services: Vec::new(),
            phone: HashMap::new(),
            hours: scope.has_hours.then_some(HourGrid { cells: [[Counts::ZERO; 24]; 7], ranked_from }),
            facts: RowFacts::default(),
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
        let key = CellKey { country: row.key.country, channel: row.key.channel };
        let series = self.series(key);
        series.units[placed.unit].add(tally);
        if let Some(hour) = series.hours.get_mut(placed.window) {
            hour.add(row.counts);
        }
        if let Some(service) = row.key.service {
            let units = self.scope.units.len();
            let services = &mut self.services;
            let at = *self.service_slots.entry((service, row.key.channel)).or_insert_with(|| {
                services.push(((service, row.key.channel), vec![Tally::default(); units]));
                services.len() - 1
            });
            services[at].1[placed.unit].add(tally);
            if is_phone(row.key.channel) && tally.attempts > 0 && services.len() <= MOST_SERVICES * CHANNEL_SLOTS {
                let series = self.phone.entry((service, row.key.country));
                series.or_insert_with(|| vec![Tally::default(); units])[placed.unit].add(tally);
            }
        }
        if self.current[placed.unit] {
            self.add_current(row, placed);
        }
    }

    fn add_current(&mut self, row: &Row, placed: Placed) {
        if let Some(grid) = &mut self.hours {
            let (hour, weekday) = placed.hour;
            let cell = &mut grid.cells[weekday][hour];
            *cell = cell.checked_add(row.counts).unwrap_or(*cell);
        }
        let facts = &mut self.facts;
        facts.rows += 1;
        match row.provenance {
            Provenance::Measured => facts.measured += 1,
            Provenance::Implied => facts.implied += 1,
        }
        facts.provisional += u64::from(!row.is_final);
        facts.first_asked = Some(facts.first_asked.map_or(row.asked_at, |first| first.min(row.asked_at)));
        facts.last_asked = facts.last_asked.max(Some(row.asked_at));
    }

    fn series(&mut self, key: CellKey) -> &mut Series {
        let at = &mut self.slots[slot(key)];
        if *at == FREE {
            *at = u32::try_from(self.cells.len()).unwrap_or(FREE);
            let hours = if self.scope.has_hours { self.scope.windows.len() } else { 0 };
            let series = Series {
                units: vec![Tally::default(); self.scope.units.len()],
                hours: vec![SmallTally::default(); hours],
            };
            self.cells.push((key, series));
        }
        &mut self.cells[*at as usize].1
    }

    pub(super) fn finish(self) -> AllSeries {
        let Self { mut cells, mut services, phone, hours, facts, .. } = self;
        cells.sort_by_key(|(key, _)| *key);
        services.sort_by_key(|(key, _)| *key);
        let known: BTreeSet<ServiceSid> = services.iter().map(|((service, _), _)| *service).collect();
        let mut phone_by_service: Vec<_> =
            if known.len() > MOST_SERVICES { Vec::new() } else { phone.into_iter().collect() };
        phone_by_service.sort_by_key(|(key, _)| *key);
        AllSeries { cells, services, phone_by_service, hours, facts }
    }
}

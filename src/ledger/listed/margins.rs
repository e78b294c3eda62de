//! What a window's rows say of slices of it (pure).

use std::collections::HashMap;

use crate::model::{Answer, AnswerSource, Cost, Counts, Proof, Slice, TallyRow, Window};
use crate::recall::Filters;

/// Which filters a slice sets: service, country, channel, prefix.
type Mask = [bool; 4];

fn mask(filters: Filters) -> Mask {
    let Filters { service, country, channel, prefix } = filters;
    [service.is_some(), country.is_some(), channel.is_some(), prefix.is_some()]
}

/// What attempts add up to.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    counts: Counts,
    cost: Cost,
}

impl Sum {
    /// `None` beyond 64 bits.
    fn add(&mut self, counts: Counts, cost: Cost) -> Option<()> {
        *self = Self { counts: self.counts.checked_add(counts)?, cost: self.cost.with(cost) };
        Some(())
    }
}

/// All attempts of rows; `None` beyond 64 bits.
pub(in crate::ledger) fn total(rows: &[TallyRow]) -> Option<Counts> {
    rows.iter().try_fold(Counts::ZERO, |sum, row| sum.checked_add(row.counts))
}

/// A window's sums, by what a slice may ask for.
#[derive(Debug)]
pub(in crate::ledger) struct Margins {
    /// Without their time.
    rows: HashMap<Filters, Sum>,
    /// By what is filtered, made when first asked for.
    sums: HashMap<Mask, HashMap<Filters, Sum>>,
    /// As whose answer they count.
    whole: Answer,
    /// Attempts with a price.
    priced: i64,
}

impl Margins {
    /// Of all rows of a window; `None`: they are more than 64 bits count.
    pub fn of(rows: &[TallyRow], whole: Answer) -> Option<Self> {
        let mut sums: HashMap<Filters, Sum> = HashMap::new();
        for &TallyRow { slot: _, service, country, channel, prefix, counts, cost } in rows {
            sums.entry(Filters { service, country, channel, prefix }).or_default().add(counts, cost)?;
        }
        // No sum of some of them is beyond 64 bits if that of all is not.
        total(rows)?;
        let priced = rows.iter().map(|row| row.cost.priced).sum();
        Some(Self { rows: sums, sums: HashMap::new(), whole, priced })
    }

    /// Of a slice of the window: nothing, where no attempt was listed.
    pub fn answer(&mut self, slice: &Slice) -> Answer {
        let asked = Filters::from(slice);
        let mask = mask(asked);
        let rows = &self.rows;
        let sums = self.sums.entry(mask).or_insert_with(|| {
            let mut sums: HashMap<Filters, Sum> = HashMap::new();
            for (filters, sum) in rows {
                if let Some(admitted) = admitted(*filters, mask) {
                    let _ = sums.entry(admitted).or_default().add(sum.counts, sum.cost);
                }
            }
            sums
        });
        let Sum { counts, cost } = sums.get(&asked).copied().unwrap_or_default();
        Answer { counts, source: AnswerSource::List(cost), proof: Proof::Proved, ..self.whole }
    }

    fn len(&self) -> usize {
        self.rows.len()
    }
}

/// By what a row is found where these filters are set; `None`: it is not, as it has no value there.
fn admitted(row: Filters, set: Mask) -> Option<Filters> {
    let [service, country, channel, prefix] = set;
    let found = Filters {
        service: row.service.filter(|_| service),
        country: row.country.filter(|_| country),
        channel: row.channel.filter(|_| channel),
        prefix: row.prefix.filter(|_| prefix),
    };
    (mask(found) == set).then_some(found)
}

/// What was listed of a window.
#[derive(Debug, Default)]
pub(in crate::ledger) struct Readings {
    /// As it was confirmed under the job's split.
    pub own: Option<Margins>,
    /// As it was read last, if that was another time: it may know prices that were not known before.
    pub latest: Option<Margins>,
}

impl Readings {
    /// What tells the cost of so many attempts of a slice: of the readings that count as many the one that has more
    /// prices of the whole window, else the latest. So the cells of a window and its totals rest on the same reading,
    /// and what its countries leave has a cost, too.
    pub fn best(&mut self, slice: &Slice, counts: Counts) -> Option<Answer> {
        let priced = |margins: &Option<Margins>| margins.as_ref().map_or(-1, |margins| margins.priced);
        let mut readings = [&mut self.latest, &mut self.own];
        if priced(readings[0]) < priced(readings[1]) {
            readings.reverse();
        }
        let mut answers = readings.into_iter().flatten().map(|margins| margins.answer(slice));
        answers.find(|answer| answer.counts == counts)
    }

    /// How much it takes to hold them.
    fn len(&self) -> usize {
        [&self.own, &self.latest].into_iter().flatten().map(Margins::len).sum::<usize>().max(1)
    }
}

/// Rows held at most beside those of the window in use.
const MOST: usize = 100_000;

/// The windows used last: a planner asks many slices of one before it goes on to the next.
#[derive(Debug, Default)]
pub(in crate::ledger) struct Kept {
    windows: HashMap<Window, Readings>,
    rows: usize,
}

impl Kept {
    pub fn put(&mut self, window: Window, readings: Readings) {
        let len = readings.len();
        if self.rows + len > MOST {
            *self = Self::default();
        }
        self.rows += len;
        self.windows.insert(window, readings);
    }

    /// What is known of a window, if it is held.
    pub fn get(&mut self, window: Window) -> Option<&mut Readings> {
        self.windows.get_mut(&window)
    }
}

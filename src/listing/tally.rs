//! What attempts add up to, by quarter of an hour and by whatever a job can split: no identifier and no number is left.
//!
//! Quarters of an hour make up the days of every time zone in use, so that sums of them serve other windows than those
//! they were read for. Where a window begins within a quarter, the quarter is cut.

use std::collections::{HashMap, HashSet};

use crate::model::{Channel, Cost, Country, Counts, Listed, Prefix, ServiceSid, TallyRow, UnixSeconds, Window};

const QUARTER: i64 = 15 * 60;

/// What attempts have in common that are counted together.
type Key = (UnixSeconds, Option<ServiceSid>, Option<Country>, Option<Channel>, Option<Prefix>);

#[derive(Default)]
struct Sum {
    attempts: i64,
    converted: i64,
    cost: Cost,
}

/// Counts the attempts of a range.
pub struct Counter {
    range: Window,
    /// The windows that begin within a quarter of an hour, in order.
    cuts: Vec<Window>,
    prefixes: HashSet<Prefix>,
    sums: HashMap<Key, Sum>,
}

impl Counter {
    /// One that has counted nothing yet. Windows do not overlap, and no prefix begins another.
    #[must_use]
    pub fn new(range: Window, windows: &[Window], prefixes: &[Prefix]) -> Self {
        let is_cut = |window: &&Window| window.overlaps(range) && window.start().0.rem_euclid(QUARTER) != 0;
        let mut cuts: Vec<_> = windows.iter().filter(is_cut).copied().collect();
        cuts.sort_unstable();
        Self { range, cuts, prefixes: prefixes.iter().copied().collect(), sums: HashMap::new() }
    }

    /// Counts an attempt, unless it lies outside the range: pages are asked a second wider on both sides.
    pub fn add(&mut self, attempt: &Listed) {
        let Listed { created, is_converted, service, country, channel, number, price, .. } = attempt;
        if !(self.range.start()..self.range.end()).contains(created) {
            return;
        }
        let prefix = number.filter(|_| !self.prefixes.is_empty()).and_then(|it| it.beginning_among(&self.prefixes));
        let sum = self.sums.entry((self.slot(*created), *service, *country, *channel, prefix)).or_default();
        sum.attempts += 1;
        sum.converted += i64::from(*is_converted);
        sum.cost = sum.cost.with(Cost::of(*price));
    }

    /// The later of the starts of an instant's quarter of an hour and of its window.
    fn slot(&self, created: UnixSeconds) -> UnixSeconds {
        let quarter = UnixSeconds(created.0 - created.0.rem_euclid(QUARTER));
        let before = self.cuts.partition_point(|window| window.start() <= created);
        let window = before.checked_sub(1).map(|at| self.cuts[at]).filter(|window| created < window.end());
        window.map_or(quarter, |window| window.start().max(quarter))
    }

    /// A row for whatever has attempts, in order.
    #[must_use]
    pub fn finish(self) -> Vec<TallyRow> {
        let mut sums: Vec<_> = self.sums.into_iter().collect();
        sums.sort_unstable_by_key(|(key, _)| *key);
        let row = |((slot, service, country, channel, prefix), Sum { attempts, converted, cost })| TallyRow {
            slot,
            service,
            country,
            channel,
            prefix,
            counts: Counts::new(attempts, converted).expect("each attempt counts once, converted or not"),
            cost,
        };
        sums.into_iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AttemptId, Number};

    /// 2026-10-01, midnight.
    const START: i64 = 1_790_812_800;

    fn window(start: i64, end: i64) -> Window {
        Window::new(UnixSeconds(START + start), UnixSeconds(START + end)).unwrap()
    }

    fn at(second: i64) -> Listed {
        Listed {
            id: AttemptId::of(&second.to_string()),
            created: UnixSeconds(START + second),
            is_converted: false,
            service: None,
            country: "CO".parse().ok(),
            channel: Some(Channel::Sms),
            number: Number::parse("+573003003030"),
            price: Some(("0.05".parse().unwrap(), "USD".parse().unwrap())),
            carrier: None,
            message_status: None,
            error_code: None,
        }
    }

    fn count(counter: Counter, attempts: impl IntoIterator<Item = Listed>) -> Vec<TallyRow> {
        let mut counter = counter;
        attempts.into_iter().for_each(|attempt| counter.add(&attempt));
        counter.finish()
    }

    fn slots(counter: Counter, seconds: &[i64]) -> Vec<(i64, i64)> {
        let rows = count(counter, seconds.iter().copied().map(at));
        rows.iter().map(|row| (row.slot.0 - START, row.counts.attempts())).collect()
    }

    #[test]
    fn what_lies_outside_the_range_does_not_count() {
        let range = window(0, 1800);
        let counter = Counter::new(range, &[range], &[]);
        assert_eq!(slots(counter, &[-1, 0, 899, 900, 1799, 1800]), [(0, 2), (900, 2)]);
    }

    #[test]
    fn a_quarter_of_an_hour_is_cut_where_a_window_begins_within_it() {
        let windows = [window(-100, 1000), window(1000, 1030), window(1030, 2700)];
        let counter = Counter::new(window(-100, 2700), &windows, &[]);
        let seconds = [-100, -1, 0, 900, 999, 1000, 1029, 1030, 1799, 1800, 2699];
        assert_eq!(slots(counter, &seconds), [(-100, 2), (0, 1), (900, 2), (1000, 2), (1030, 2), (1800, 2)]);
        let before_the_epoch = Window::new(UnixSeconds(-1800), UnixSeconds(0)).unwrap();
        let old = Listed { created: UnixSeconds(-1), ..at(0) };
        assert_eq!(count(Counter::new(before_the_epoch, &[], &[]), [old])[0].slot, UnixSeconds(-900));
    }

    #[test]
    fn attempts_add_up_by_whatever_a_job_can_split() {
        let range = window(0, 900);
        let prefixes: Vec<Prefix> = ["+57", "+1"].map(|it| it.parse().unwrap()).into();
        let attempts = || {
            [
                at(0),
                Listed { is_converted: true, ..at(1) },
                Listed { price: None, ..at(2) },
                Listed { number: Number::parse("+12025550100"), ..at(3) },
                Listed { number: Number::parse("+4915123456789"), ..at(4) },
                Listed { number: None, ..at(5) },
                Listed { country: None, ..at(6) },
                Listed { channel: None, ..at(7) },
                Listed { service: "VA00000000000000000000000000000001".parse().ok(), ..at(8) },
            ]
        };
        let rows = count(Counter::new(range, &[range], &prefixes), attempts());
        assert!(rows.is_sorted_by_key(|row| (row.slot, row.service, row.country, row.channel, row.prefix)));
        assert_eq!(rows.iter().map(|row| row.counts.attempts()).sum::<i64>(), 9);
        assert_eq!(rows.len(), 6);
        let is_main = |row: &&TallyRow| {
            (row.service, row.country, row.channel, row.prefix)
                == (None, "CO".parse().ok(), Some(Channel::Sms), Some(prefixes[0]))
        };
        let main = rows.iter().find(is_main).unwrap();
        assert_eq!(main.counts, Counts::new(3, 1).unwrap());
        assert_eq!((main.cost.priced, main.cost.amount().unwrap().to_string().as_str()), (2, "0.10"));
        let without_prefixes = count(Counter::new(range, &[range], &[]), attempts());
        assert!(without_prefixes.len() == 4 && without_prefixes.iter().all(|row| row.prefix.is_none()));
        let mut backwards = attempts();
        backwards.reverse();
        assert_eq!(count(Counter::new(range, &[range], &prefixes), backwards), rows, "in whatever order they come");
    }
}

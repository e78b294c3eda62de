//! Attempts of the list, added up one by one. A number is counted into its block and gone.

use std::collections::BTreeMap;

use super::groups::{add, plus};
use super::{Block, Usual};
use crate::model::{Counts, Currency, Listed, Money, Prefix, Slice, UnixSeconds};

const HOUR: i64 = 3600;

/// What became of messages: their state, and the vendor's code for why they did not arrive.
pub type Delivery = (Option<Box<str>>, Option<Box<str>>);

/// What attempts cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Of all of them.
    pub all: Money,
    /// Of those that did not convert.
    pub unconverted: Money,
    /// How many have a price.
    pub priced: i64,
}

/// What the attempts of a slice add up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    slice: Slice,
    /// All of them.
    pub counts: Counts,
    /// By the longest block that may be told.
    pub blocks: BTreeMap<Prefix, Counts>,
    /// By who carried them.
    pub carriers: BTreeMap<Box<str>, Counts>,
    /// By the hour in which they were made.
    pub hours: BTreeMap<UnixSeconds, Counts>,
    /// By what became of them.
    pub delivery: BTreeMap<Delivery, Counts>,
    /// By currency.
    pub costs: BTreeMap<Currency, Cost>,
    /// Attempts that the list handed over although they are not of the slice.
    pub foreign: i64,
}

impl Tally {
    /// Nothing yet of a slice.
    #[must_use]
    pub const fn new(slice: Slice) -> Self {
        Self {
            slice,
            counts: Counts::ZERO,
            blocks: BTreeMap::new(),
            carriers: BTreeMap::new(),
            hours: BTreeMap::new(),
            delivery: BTreeMap::new(),
            costs: BTreeMap::new(),
            foreign: 0,
        }
    }

    /// Adds an attempt, or counts it as foreign. An attempt without country, number or channel counts as the slice's, as
    /// the API was asked for no other.
    pub fn add(&mut self, attempt: &Listed) {
        let Slice { range, service, country, channel, prefix: _ } = self.slice;
        let is_in = range.start() <= attempt.created
            && attempt.created < range.end()
            && (service.is_none() || attempt.service.is_none() || attempt.service == service)
            && (country.is_none() || attempt.country.is_none() || attempt.country == country)
            && (channel.is_none() || attempt.channel.is_none() || attempt.channel == channel);
        if !is_in {
            self.foreign += 1;
            return;
        }
        let one = if attempt.is_converted { Counts::new(1, 1) } else { Counts::new(1, 0) };
        let one = one.unwrap_or_default();
        self.counts = plus(self.counts, one);
        if let Some(block) = attempt.number.and_then(crate::model::Number::block) {
            add(&mut self.blocks, block, one);
        }
        if let Some(carrier) = &attempt.carrier {
            add(&mut self.carriers, carrier.clone(), one);
        }
        add(&mut self.hours, UnixSeconds(attempt.created.0.div_euclid(HOUR) * HOUR), one);
        add(&mut self.delivery, (attempt.message_status.clone(), attempt.error_code.clone()), one);
        if let Some((amount, currency)) = attempt.price {
            let cost = self.costs.entry(currency).or_default();
            cost.all = cost.all + amount;
            if !attempt.is_converted {
                cost.unconverted = cost.unconverted + amount;
            }
            cost.priced += 1;
        }
    }

    /// The smallest block that holds what did not convert beyond what is usual; `None`: no block stands out.
    #[must_use]
    pub fn block(&self, usual: Usual) -> Option<Block> {
        let levels = self.levels();
        let excess = levels.values().map(|counts| usual.excess(*counts)).fold(0.0, f64::max);
        let holding = levels.iter().filter(|(_, counts)| usual.holds(**counts, excess));
        let (prefix, counts) = holding.max_by_key(|(prefix, counts)| (prefix.digits(), counts.attempts()))?;
        usual.is_told(*counts).then_some(Block { prefix: *prefix, counts: *counts })
    }

    /// The blocks beside one, as long as it is.
    #[must_use]
    pub fn beside(&self, block: Prefix) -> BTreeMap<Prefix, Counts> {
        let length = digits(block);
        self.levels().into_iter().filter(|(prefix, _)| digits(*prefix) == length).collect()
    }

    /// Every block of every length.
    fn levels(&self) -> BTreeMap<Prefix, Counts> {
        let mut levels = BTreeMap::new();
        for (block, counts) in &self.blocks {
            let mut rest = block.digits();
            while let Some(prefix) = Prefix::from_digits(rest) {
                add(&mut levels, prefix, *counts);
                rest /= 10;
            }
        }
        levels
    }
}

fn digits(prefix: Prefix) -> u32 {
    prefix.digits().ilog10()
}

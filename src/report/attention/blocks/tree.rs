//! Numbers as a tree of digits, and the smallest parts of it that hold an attack.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::super::cube::Amount;
use super::super::super::series::{PrefixSeries, Units};
use super::judge::{Amounts, Judge};
use crate::model::{Country, Prefix};

/// A part of a block that has less of its excess does not hold the attack by itself.
const HEAVY: f64 = 0.2;
/// A block is left for parts of it that have together this much of its excess.
const NEARLY_ALL: f64 = 0.8;

/// Neighbours among the listed prefixes: all that begin alike.
pub(super) type Part = Range<usize>;

/// The prefixes of a job, bytewise ascending, with what each had in a country.
pub(super) struct Numbers<'s> {
    texts: Vec<String>,
    units: Vec<Option<&'s Units>>,
}

/// The smallest part that holds an attack.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block {
    pub part: Part,
    pub units: Vec<usize>,
    pub seen: Amount,
    pub usual: Amount,
    /// Whether what is usual is known from other days.
    pub is_known: bool,
}

impl<'s> Numbers<'s> {
    pub(super) fn new(listed: &[Prefix], series: &'s PrefixSeries, country: Option<Country>) -> Self {
        let known: BTreeMap<Prefix, &Units> =
            series.iter().filter(|((of, _), _)| *of == country).map(|((_, prefix), units)| (*prefix, units)).collect();
        Self {
            texts: listed.iter().map(ToString::to_string).collect(),
            units: listed.iter().map(|prefix| known.get(prefix).copied()).collect(),
        }
    }

    pub(super) fn whole(&self) -> Part {
        0..self.texts.len()
    }

    /// What a part had over the phone network.
    pub(super) fn amounts(&self, part: &Part) -> Amounts {
        let mut amounts = Amounts::new();
        for (unit, tally) in self.units[part.clone()].iter().flatten().flat_map(|units| units.iter()) {
            amounts.entry(*unit).or_default().add(tally.phone.into());
        }
        amounts
    }

    /// How many characters all of a part begin with.
    fn common(&self, part: &Part) -> usize {
        // Ascending, the first and the last differ the most.
        let (first, last) = (self.texts[part.start].as_bytes(), self.texts[part.end - 1].as_bytes());
        first.iter().zip(last).take_while(|(one, other)| one == other).count()
    }

    /// The digits that a part begins with; `None` where it has none in common.
    pub(super) fn stem(&self, part: &Part) -> Option<Prefix> {
        self.texts[part.start][..self.common(part)].parse().ok()
    }

    /// A part by the next digit in which it differs.
    fn children(&self, part: &Part) -> Vec<Part> {
        let at = self.common(part);
        let mut children: Vec<Part> = Vec::new();
        for index in part.clone() {
            let digit = |index: usize| self.texts[index].as_bytes().get(at);
            match children.last_mut() {
                Some(last) if digit(last.start) == digit(index) => last.end = index + 1,
                _ => children.push(index..index + 1),
            }
        }
        children
    }
}

/// The blocks that hold attacks in some units of time.
pub(super) fn blocks(numbers: &Numbers<'_>, judge: &Judge<'_>, units: &[usize]) -> Vec<Block> {
    let mut found = Vec::new();
    if numbers.whole().is_empty() {
        return found;
    }
    let mut left = vec![(numbers.whole(), units.to_vec())];
    while let Some((part, mut units)) = left.pop() {
        for run in judge.runs(&numbers.amounts(&part), &units) {
            units.retain(|unit| !run.contains(unit));
            narrow(numbers, judge, part.clone(), &run, &mut found);
        }
        if part.len() > 1 && !units.is_empty() {
            left.extend(numbers.children(&part).into_iter().map(|child| (child, units.clone())));
        }
    }
    found
}

/// Goes down to the parts that hold what a part has beyond the usual.
fn narrow(numbers: &Numbers<'_>, judge: &Judge<'_>, part: Part, units: &[usize], found: &mut Vec<Block>) {
    if part.len() > 1 {
        let children = numbers.children(&part).into_iter();
        let children: Vec<(Part, f64)> =
            children.map(|child| (child.clone(), judge.excess(&numbers.amounts(&child), units))).collect();
        let all: f64 = children.iter().map(|(_, excess)| excess).sum();
        let heavy: Vec<&(Part, f64)> = children.iter().filter(|(_, excess)| *excess >= HEAVY * all).collect();
        let held: f64 = heavy.iter().map(|(_, excess)| excess).sum();
        if held >= NEARLY_ALL * all && heavy.iter().all(|(_, excess)| *excess >= judge.least()) {
            for (child, _) in heavy {
                narrow(numbers, judge, child.clone(), units, found);
            }
            return;
        }
    }
    let amounts = numbers.amounts(&part);
    let (seen, usual, is_known) = judge.sums(&amounts, units);
    found.push(Block { part, units: units.to_vec(), seen, usual, is_known });
}

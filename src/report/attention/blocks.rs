//! Which block of numbers holds an attack: a job by destination prefix is looked at prefix by prefix.
//!
//! A part of the numbers is judged by what it had on its other days and, where there are none, as in a job that asks for
//! the days of an attack alone, by how few of its messages convert (`judge`). The coarsest part that stands out is
//! narrowed down, digit by digit, to the smallest one that still holds the attack (`tree`). Where that is one of the
//! job's own prefixes, a job that divides it is offered; where it is wider, its prefixes share the attack evenly, and the
//! block ends there.

mod judge;
mod tree;

use std::collections::BTreeSet;

use self::judge::{Amounts, Judge};
use self::tree::{Block, Numbers, Part};
use super::super::cube::Amount;
use super::super::format::{about, grouped, percent, place_name, when};
use super::super::model::{Evidence, Flag, FlagKind, FlagScope, Look};
use super::prefix_job::prefix_job;
use super::pumping::messages;
use super::view::View;
use crate::model::Country;

/// A coarser finding of which blocks explain this part is told by them.
const MOSTLY: f64 = 0.5;

/// What was found, and in how much it was looked for; `None` where prefixes are not split.
pub(super) fn find(look: &View<'_>) -> Option<(Vec<Flag>, Look)> {
    let listed = look.job.shape.prefixes.as_deref()?;
    let series = &look.all_series.prefixes;
    let countries: BTreeSet<Option<Country>> = series.iter().map(|((country, _), _)| *country).collect();
    let units: Vec<usize> = look.scope.current.iter().copied().filter(|unit| look.unit(*unit).covered > 0.0).collect();
    let mut flags = Vec::new();
    for country in &countries {
        let numbers = Numbers::new(listed, series, *country);
        let judge = Judge::new(look, *country, numbers.amounts(&numbers.whole()));
        let blocks = tree::blocks(&numbers, &judge, &units);
        flags.extend(blocks.iter().map(|block| flag(look, (&numbers, &judge), block, *country)));
    }
    let judged = listed.len() * countries.len().max(1);
    Some((flags, Look { kind: FlagKind::Pumping, judged, units: units.len(), tests: 0.0, unlooked: None }))
}

/// Leaves out the attacks of a whole country that its blocks explain.
pub(super) fn without_told(flags: Vec<Flag>, blocks: &[Flag]) -> Vec<Flag> {
    let is_told = |flag: &Flag| {
        let inside = |block: &&Flag| {
            let is_same_place = block.place.country.is_none() || block.place.country == flag.place.country;
            is_same_place && block.first <= flag.last && flag.first <= block.last
        };
        let told: f64 = blocks.iter().filter(inside).map(|block| block.evidence.weight).sum();
        flag.place.country.is_some() && told >= MOSTLY * flag.evidence.weight
    };
    flags.into_iter().filter(|flag| !is_told(flag)).collect()
}

fn flag(
    look: &View<'_>,
    (numbers, judge): (&Numbers<'_>, &Judge<'_>),
    block: &Block,
    country: Option<Country>,
) -> Flag {
    let (first, last, is_provisional) = look.span(&block.units);
    let place = FlagScope { country, prefix: numbers.stem(&block.part), ..FlagScope::default() };
    let is_listed = block.part.len() == 1;
    let Block { seen, usual, .. } = *block;
    let excess = seen.attempts - usual.attempts;
    let evidence = Evidence {
        counts: seen.counts(),
        usual_attempts: usual.attempts,
        usual_rate: (block.is_known && usual.attempts > 0.0).then(|| usual.converted / usual.attempts),
        usual_of: None,
        basis: None,
        p_value: None,
        weight: excess,
    };
    let sentence = format!(
        "{}: {} {} {}{}{}{}.",
        place_name(&place),
        grouped(evidence.counts.attempts()),
        messages(look, &place),
        when(first, last),
        beyond(block),
        others(numbers, judge.whole(), block),
        if is_listed { String::new() } else { spread(numbers, block) },
    );
    Flag {
        kind: FlagKind::Pumping,
        job: if is_listed { prefix_job(look.asked, &place, first, last) } else { None },
        place,
        first,
        last,
        window: None,
        is_provisional,
        evidence,
        members: Vec::new(),
        sentence,
    }
}

/// How few of them converted: of what is beyond the usual, where that is known.
fn beyond(block: &Block) -> String {
    let Block { seen, usual, .. } = block;
    if !block.is_known {
        return format!(", of which {} converted", percent(seen.converted / seen.attempts));
    }
    let excess = seen.attempts - usual.attempts;
    let converted = (seen.converted - usual.converted).max(0.0);
    format!(
        " where {} are usual, and {} of the {} beyond converted",
        about(usual.attempts),
        percent(converted / excess),
        about(excess)
    )
}

/// What the numbers beside a block had on its days.
fn others(numbers: &Numbers<'_>, whole: &Amounts, block: &Block) -> String {
    let listed = numbers.whole().len() - block.part.len();
    let all = Amount::sum(block.units.iter().filter_map(|unit| whole.get(unit).copied()));
    let attempts = all.attempts - block.seen.attempts;
    if listed == 0 {
        return String::new();
    }
    if attempts < 0.5 {
        return format!("; the other {} prefixes had none", grouped(listed as i128));
    }
    let rate = percent((all.converted - block.seen.converted) / attempts);
    format!("; the other {} prefixes had {}, of which {rate} converted", grouped(listed as i128), about(attempts))
}

/// That a block's prefixes share an attack.
fn spread(numbers: &Numbers<'_>, block: &Block) -> String {
    let parts = block.part.clone().map(|at| at..at + 1);
    let had = |part: &Part| {
        let amounts = numbers.amounts(part);
        block.units.iter().any(|unit| amounts.get(unit).is_some_and(|amount| amount.attempts > 0.0))
    };
    format!(
        "; they are spread over {} of the {} prefixes that were asked for there, so nothing finer is the block",
        parts.filter(had).count(),
        block.part.len()
    )
}

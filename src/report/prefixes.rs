//! The ranking of destination prefixes, from the counts.

use std::collections::BTreeSet;

use super::compare::Figures;
use super::model::{PrefixLine, Prefixes};
use super::series::{PrefixSeries, Tally, Units};
use crate::model::{Country, Prefix};

/// So many prefixes are listed one by one on a page; a job by two digits has a hundred.
const SHOWN: usize = 20;

/// The ranking; `None` where prefixes are not split.
pub(super) fn prefixes(figures: &Figures<'_>, series: &PrefixSeries, listed: Option<&[Prefix]>) -> Option<Prefixes> {
    let listed = listed?;
    let sum = |units: &Units| Tally::sum(figures.scope.current.iter().filter_map(|unit| Some(units.get(unit)?.all)));
    let lines = series.iter().map(|((country, prefix), units)| PrefixLine {
        country: *country,
        prefix: *prefix,
        figure: figures.plain(sum(units).counts()),
    });
    let mut lines: Vec<PrefixLine> = lines.filter(|line| line.figure.counts.attempts() > 0).collect();
    lines.sort_by_key(|line| (-line.figure.counts.attempts(), line.prefix, line.country));
    let shown = if lines.len() <= SHOWN + 1 { lines.len() } else { SHOWN };
    let tail = (shown < lines.len())
        .then(|| figures.plain(Tally::sum(lines[shown..].iter().map(|line| line.figure.counts.into())).counts()));
    let seen: BTreeSet<Prefix> = lines.iter().map(|line| line.prefix).collect();
    let countries: BTreeSet<Option<Country>> = lines.iter().map(|line| line.country).collect();
    Some(Prefixes {
        silent: listed.iter().filter(|prefix| !seen.contains(prefix)).count(),
        has_countries: countries.len() > 1,
        lines,
        shown,
        tail,
    })
}

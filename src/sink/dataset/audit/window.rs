//! One window's rows in one file, held against its matrix and the manifest.

use std::collections::HashMap;

use super::finding::FindingKind;
use super::tally::Tally;
use crate::model::{Channel, Country, MatrixShape, Row};
use crate::rollup::window_date;
use crate::sink::dataset::identity::DatasetIdentity;
use crate::sink::dataset::window::TableWindow;

/// Notes what is amiss with a window's rows, all of them, in order.
pub(super) fn check(rows: &[Row], listed: &TableWindow, identity: &DatasetIdentity, tally: &mut Tally<'_>) {
    sums(rows, listed, tally);
    cells(rows, &listed.shape, identity, tally);
    for row in rows.iter().filter(|row| row.window_date != window_date(identity.timezone, row.key.window)) {
        tally.note(FindingKind::WrongDate, row.key.window, || format!("{} says {}", row.key, row.window_date));
    }
}

fn sums(rows: &[Row], listed: &TableWindow, tally: &mut Tally<'_>) {
    let sum = |of: fn(&Row) -> i64| rows.iter().fold(0, |sum: i64, row| sum.saturating_add(of(row)));
    let pairs = [
        ("rows", i64::try_from(rows.len()).unwrap_or(i64::MAX), i64::try_from(listed.rows).unwrap_or(i64::MAX)),
        ("attempts", sum(|row| row.counts.attempts()), listed.total_attempts),
        ("conversions", sum(|row| row.counts.converted()), listed.total_converted),
    ];
    let differing: Vec<_> = pairs
        .iter()
        .filter(|(_, found, said)| found != said)
        .map(|(what, found, said)| format!("{found} {what}, the manifest says {said}"))
        .collect();
    if !differing.is_empty() {
        tally.note(FindingKind::OtherSums, listed.window, || format!("{}: {}", listed.window, differing.join("; ")));
    }
    if listed.is_final && rows.iter().any(|row| !row.is_final) {
        let said = || format!("{}: some rows are provisional, the manifest says that it is final", listed.window);
        tally.note(FindingKind::OtherSums, listed.window, said);
    }
}

/// Each series (service, channel, prefix) has every country of the matrix once, and the remainder where the table keeps
/// it. Beside e-mail an API may refuse all countries: then the remainder at most stands.
fn cells(rows: &[Row], shape: &MatrixShape, identity: &DatasetIdentity, tally: &mut Tally<'_>) {
    let mut series: HashMap<_, (usize, usize)> = HashMap::new();
    for row in rows {
        let key = row.key;
        let fits = key.account == identity.account_sid
            && is_of(shape.services.as_deref(), key.service)
            && is_of(shape.channels.as_deref(), key.channel)
            && is_of(shape.prefixes.as_deref(), key.prefix)
            && match key.country {
                Some(Country::REMAINDER) => identity.remainder && shape.countries.is_some(),
                country => is_of(shape.countries.as_deref(), country),
            };
        if !fits {
            tally.note(FindingKind::WrongCells, key.window, || format!("{key} is none of the window's cells"));
            continue;
        }
        let (countries, remainders) = series.entry((key.service, key.channel, key.prefix)).or_default();
        if key.country == Some(Country::REMAINDER) { *remainders += 1 } else { *countries += 1 }
    }
    let Some(window) = rows.first().map(|row| row.key.window) else { return };
    let (wanted, kept) = (shape.country_count(), usize::from(identity.remainder && shape.countries.is_some()));
    let mut absent = 0;
    for service in (0..shape.service_count()).map(|index| shape.service(index)) {
        for channel in (0..shape.channel_count()).map(|index| shape.channel(index)) {
            for prefix in (0..shape.prefix_count()).map(|index| shape.prefix(index)) {
                let (countries, remainders) = series.get(&(service, channel, prefix)).copied().unwrap_or_default();
                let has_no_country = channel == Some(Channel::Email) && shape.countries.is_some() && countries == 0;
                let wanted = if has_no_country { 0 } else { wanted };
                absent += wanted.saturating_sub(countries) + kept.saturating_sub(remainders);
            }
        }
    }
    if absent > 0 {
        let are = if absent == 1 { "row of its matrix is" } else { "rows of its matrix are" };
        tally.note(FindingKind::WrongCells, window, || format!("{window}: {absent} {are} absent"));
    }
}

fn is_of<T: Ord>(values: Option<&[T]>, value: Option<T>) -> bool {
    match (values, value) {
        (None, None) => true,
        (Some(values), Some(value)) => values.binary_search(&value).is_ok(),
        _ => false,
    }
}

//! The tables `segments`, `listed` and `confirmed`.
//!
//! A row of `listed` has an empty currency where no attempt had a price, and `*` where prices have several, which do not
//! add up; its cost is in millionths. The rows of a segment lie together in the order of time. Lists in a text are
//! separated by commas.

use std::collections::HashMap;

use super::super::codec;
use super::super::database::{Database, Result, Row, values};
use super::super::lookup::Lookup;
use super::super::run::Owner;
use super::super::texts::Texts;
use super::stock::{By, Entry, Head, Piece, Seeker, Stock};
use crate::model::{
    Channel, Confirmed, Cost, CostUnit, Country, Money, NewTally, Proof, TallyRow, UnixMicros, UnixSeconds, Window,
};

const MIXED: &str = "*";

/// Adds a segment with its rows. Needs a write transaction.
pub(in crate::ledger) fn add(
    database: &Database,
    owner: Owner,
    tally: &NewTally,
    prefixes: &str,
    texts: &mut Texts,
) -> Result<()> {
    let NewTally { range, asked_at, server_at, rows } = tally;
    let (start, end, server_at) = (range.start().0, range.end().0, server_at.map(|at| at.0));
    let segment: i64 = database.only(
        "INSERT INTO segments (origin, run, range_start, range_end, asked_at, server_at, prefixes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
        values![owner.origin, owner.run, start, end, asked_at.0, server_at, prefixes],
        |row| row.integer(0),
    )?;
    let mut rows: Vec<(&TallyRow, (i64, String))> = rows.iter().map(|row| (row, cost_columns(row.cost))).collect();
    rows.sort_by_key(|(row, _)| row.slot);
    database.execute_each(
        "INSERT INTO listed (segment, slot, number, service, country, channel, prefix, attempts, converted, priced,
            cost, currency)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        (0i64..).zip(&rows).map(|(number, (row, (cost, currency)))| {
            let service = row.service.map(|service| texts.number(database, &service.to_string())).transpose()?;
            Ok(values![
                segment,
                row.slot.0,
                number,
                service,
                row.country.as_ref().map(Country::code),
                row.channel.map(Channel::name),
                row.prefix.map(codec::prefix_number),
                row.counts.attempts(),
                row.counts.converted(),
                row.cost.priced,
                *cost,
                currency,
            ]
            .to_vec())
        }),
    )
}

/// Marks windows as confirmed by the owner's run under a split; what was known of one under this split is replaced.
/// Rows are the run's own, or where it listed none of the window, those known before. Needs a write transaction.
pub(in crate::ledger) fn confirm(
    database: &Database,
    owner: Owner,
    (split, prefixes): (&str, &str),
    windows: &[Confirmed],
) -> Result<()> {
    let confirm =
        "INSERT INTO confirmed (origin, range_start, range_end, split, run, without_channels, without_countries, segment)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,
            (SELECT id FROM segments
             WHERE origin = ?1 AND range_end >= ?3 AND range_start <= ?2 AND run = ?5 AND prefixes = ?8
             ORDER BY asked_at DESC, id DESC LIMIT 1))
         ON CONFLICT (origin, range_end, range_start, split) DO UPDATE SET
            segment = coalesce(excluded.segment, confirmed.segment), run = excluded.run,
            without_channels = excluded.without_channels, without_countries = excluded.without_countries";
    let mut texts = Texts::default();
    for Confirmed { window, without_channels, without_countries } in windows {
        let split = texts.number(database, split)?;
        let channels: Vec<&str> = without_channels.iter().map(|channel| channel.name()).collect();
        let countries: Vec<&str> = without_countries.iter().map(Country::code).collect();
        let (start, end) = (window.start().0, window.end().0);
        let (channels, countries) = (channels.join(","), countries.join(","));
        let window = values![owner.origin, start, end, split, owner.run, &channels, &countries, prefixes];
        database.execute(confirm, window)?;
    }
    Ok(())
}

/// The newest segment that a run read of exactly this range, by these prefixes.
pub(in crate::ledger) fn own(
    database: &Database,
    (origin, run): (i64, i64),
    range: Window,
    prefixes: &str,
    lookup: &mut Lookup,
) -> Result<Option<(Piece, Head)>> {
    let as_of = lookup.run(database, run)?.as_of;
    database.first(
        "SELECT id, asked_at, server_at FROM segments
         WHERE origin = ?1 AND range_end = ?2 AND range_start = ?3 AND run = ?4 AND prefixes = ?5
         ORDER BY asked_at DESC, id DESC LIMIT 1",
        values![origin, range.end().0, range.start().0, run, prefixes],
        |row| {
            let (asked_at, server_at) = (UnixMicros(row.integer(1)?), row.maybe_integer(2)?.map(UnixSeconds));
            Ok((Piece { segment: row.integer(0)?, within: range }, Head { range, as_of, asked_at, server_at }))
        },
    )
}

/// What other runs listed and confirmed in a range, as far as they lend it.
pub(in crate::ledger) fn stock(
    database: &Database,
    (origin, seeker): (i64, Seeker),
    range: Window,
    lookup: &mut Lookup,
) -> Result<Stock> {
    let heads = heads(database, (origin, seeker), range, lookup)?;
    let entries = if heads.is_empty() { Vec::new() } else { entries(database, (origin, seeker), range, lookup)? };
    for entry in &entries {
        let head = entry.segment.and_then(|segment| heads.get(&segment));
        if head.is_some_and(|head| !head.range.contains(entry.window)) {
            return Err(codec::bad_content("a confirmed window lies outside its segment"));
        }
    }
    Ok(Stock::new(heads, entries, seeker.settling))
}

fn heads(
    database: &Database,
    (origin, seeker): (i64, Seeker),
    range: Window,
    lookup: &mut Lookup,
) -> Result<HashMap<i64, Head>> {
    let Seeker { run, prefixes, .. } = seeker;
    let mut heads = HashMap::new();
    database.each(
        "SELECT id, run, range_start, range_end, asked_at, server_at FROM segments
         WHERE origin = ?1 AND range_end > ?2 AND range_start < ?3 AND run IS DISTINCT FROM ?4 AND prefixes = ?5",
        values![origin, range.start().0, range.end().0, run, prefixes],
        |row| {
            let asker = lookup.run(database, row.integer(1)?)?;
            if asker.lends(Proof::Proved) {
                let (range, as_of) = (window(row, 2)?, asker.as_of);
                let (asked_at, server_at) = (UnixMicros(row.integer(4)?), row.maybe_integer(5)?.map(UnixSeconds));
                heads.insert(row.integer(0)?, Head { range, as_of, asked_at, server_at });
            }
            Ok(())
        },
    )?;
    Ok(heads)
}

fn entries(
    database: &Database,
    (origin, seeker): (i64, Seeker),
    range: Window,
    lookup: &mut Lookup,
) -> Result<Vec<Entry>> {
    let Seeker { run, split, .. } = seeker;
    let mut entries = Vec::new();
    database.each(
        "SELECT run, split IS NOT DISTINCT FROM (SELECT id FROM texts WHERE text = ?5), range_start, range_end, segment,
                without_channels, without_countries
         FROM confirmed WHERE origin = ?1 AND range_end > ?2 AND range_start < ?3 AND run IS DISTINCT FROM ?4",
        values![origin, range.start().0, range.end().0, run, split],
        |row| {
            if lookup.run(database, row.integer(0)?)?.lends(Proof::Proved) {
                entries.push(Entry {
                    by: if row.flag(1)? { By::ThisSplit } else { By::AnotherSplit },
                    window: window(row, 2)?,
                    segment: row.maybe_integer(4)?,
                    without_channels: list(row.text(5)?, codec::channel)?,
                    without_countries: list(row.text(6)?, codec::country)?,
                });
            }
            Ok(())
        },
    )?;
    Ok(entries)
}

/// The rows of a piece of a segment.
pub(in crate::ledger) fn rows(database: &Database, piece: &Piece, lookup: &mut Lookup) -> Result<Vec<TallyRow>> {
    let Piece { segment, within } = *piece;
    database.all(
        "SELECT slot, service, country, channel, prefix, attempts, converted, priced, cost, currency
         FROM listed WHERE segment = ?1 AND slot >= ?2 AND slot < ?3 ORDER BY slot, number",
        values![segment, within.start().0, within.end().0],
        |row| {
            let counts = codec::counts(row.integer(5)?, row.integer(6)?)?;
            Ok(TallyRow {
                slot: UnixSeconds(row.integer(0)?),
                service: row.maybe_integer(1)?.map(|number| lookup.service(database, number)).transpose()?,
                country: row.maybe_text(2)?.map(codec::country).transpose()?,
                channel: row.maybe_text(3)?.map(codec::channel).transpose()?,
                prefix: row.maybe_integer(4)?.map(codec::prefix).transpose()?,
                counts,
                cost: cost(row.integer(7)?, row.integer(8)?, row.text(9)?, counts.attempts())?,
            })
        },
    )
}

/// The columns `cost` and `currency`. A sum beyond 64 bits, which no prices reach, is none.
fn cost_columns(Cost { priced: _, amount, unit }: Cost) -> (i64, String) {
    match (amount.millionths(), unit) {
        (Some(millionths), CostUnit::Unknown) => (millionths, String::new()),
        (Some(millionths), CostUnit::One(currency)) => (millionths, currency.to_string()),
        (Some(millionths), CostUnit::Mixed) => (millionths, MIXED.to_owned()),
        (None, _) => (0, MIXED.to_owned()),
    }
}

fn cost(priced: i64, millionths: i64, currency: &str, attempts: i64) -> Result<Cost> {
    if !(0..=attempts).contains(&priced) {
        return Err(codec::bad_content("more prices than attempts"));
    }
    let unit = match currency {
        "" if priced == 0 => CostUnit::Unknown,
        MIXED => CostUnit::Mixed,
        one => CostUnit::One(one.parse().map_err(codec::content_error)?),
    };
    Ok(Cost { priced, amount: Money::from_millionths(millionths), unit })
}

fn list<T>(text: &str, read: impl Fn(&str) -> Result<T>) -> Result<Vec<T>> {
    text.split(',').filter(|word| !word.is_empty()).map(read).collect()
}

/// The range in two columns.
fn window(row: &Row, column: usize) -> Result<Window> {
    let window = Window::new(UnixSeconds(row.integer(column)?), UnixSeconds(row.integer(column + 1)?));
    window.ok_or_else(|| codec::bad_content("a range ends before it begins"))
}

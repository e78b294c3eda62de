//! The tables `segments`, `listed` and `confirmed`.
//!
//! A row of `listed` has an empty currency where no attempt had a price, and `*` where prices have several, which do not
//! add up; its cost is in millionths. The rows of a segment lie together in the order of time. Lists in a text are
//! separated by commas.

use std::collections::HashMap;

use rusqlite::types::Type;
use rusqlite::{Connection, Error, OptionalExtension, Row, params};

use super::super::codec;
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
    connection: &Connection,
    owner: Owner,
    tally: &NewTally,
    prefixes: &str,
    texts: &mut Texts,
) -> rusqlite::Result<()> {
    let NewTally { range, asked_at, server_at, rows } = tally;
    let mut insert = connection.prepare_cached(
        "INSERT INTO segments (origin, run, range_start, range_end, asked_at, server_at, prefixes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let (start, end, server_at) = (range.start().0, range.end().0, server_at.map(|at| at.0));
    insert.execute(params![owner.origin, owner.run, start, end, asked_at.0, server_at, prefixes])?;
    let segment = connection.last_insert_rowid();
    let mut insert = connection.prepare_cached(
        "INSERT INTO listed (segment, slot, number, service, country, channel, prefix, attempts, converted, priced,
            cost, currency)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    let mut rows: Vec<&TallyRow> = rows.iter().collect();
    rows.sort_by_key(|row| row.slot);
    for (number, row) in (0i64..).zip(rows) {
        let service = match row.service {
            Some(service) => Some(texts.number(connection, &service.to_string())?),
            None => None,
        };
        let (cost, currency) = cost_columns(row.cost);
        insert.execute(params![
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
            cost,
            currency,
        ])?;
    }
    Ok(())
}

/// Marks windows as confirmed by the owner's run under a split; what was known of one under this split is replaced.
/// Rows are the run's own, or where it listed none of the window, those known before. Needs a write transaction.
pub(in crate::ledger) fn confirm(
    connection: &Connection,
    owner: Owner,
    (split, prefixes): (&str, &str),
    windows: &[Confirmed],
) -> rusqlite::Result<()> {
    let mut insert = connection.prepare(
        "INSERT INTO confirmed (origin, range_start, range_end, split, run, without_channels, without_countries, segment)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,
            (SELECT id FROM segments
             WHERE origin = ?1 AND range_end >= ?3 AND range_start <= ?2 AND run = ?5 AND prefixes = ?8
             ORDER BY asked_at DESC, id DESC LIMIT 1))
         ON CONFLICT (origin, range_end, range_start, split) DO UPDATE SET
            segment = coalesce(excluded.segment, segment), run = excluded.run,
            without_channels = excluded.without_channels, without_countries = excluded.without_countries",
    )?;
    let mut texts = Texts::default();
    for Confirmed { window, without_channels, without_countries } in windows {
        let split = texts.number(connection, split)?;
        let channels: Vec<&str> = without_channels.iter().map(|channel| channel.name()).collect();
        let countries: Vec<&str> = without_countries.iter().map(Country::code).collect();
        let (start, end) = (window.start().0, window.end().0);
        let (channels, countries) = (channels.join(","), countries.join(","));
        insert.execute(params![owner.origin, start, end, split, owner.run, channels, countries, prefixes])?;
    }
    Ok(())
}

/// The newest segment that a run read of exactly this range, by these prefixes.
pub(in crate::ledger) fn own(
    connection: &Connection,
    (origin, run): (i64, i64),
    range: Window,
    prefixes: &str,
    lookup: &mut Lookup,
) -> rusqlite::Result<Option<(Piece, Head)>> {
    let as_of = lookup.run(connection, run)?.as_of;
    let mut statement = connection.prepare_cached(
        "SELECT id, asked_at, server_at FROM segments
         WHERE origin = ?1 AND range_end = ?2 AND range_start = ?3 AND run = ?4 AND prefixes = ?5
         ORDER BY asked_at DESC, id DESC LIMIT 1",
    )?;
    let read = |row: &Row| {
        let (asked_at, server_at) = (UnixMicros(row.get(1)?), row.get::<_, Option<i64>>(2)?.map(UnixSeconds));
        Ok((Piece { segment: row.get(0)?, within: range }, Head { range, as_of, asked_at, server_at }))
    };
    statement.query_row(params![origin, range.end().0, range.start().0, run, prefixes], read).optional()
}

/// What other runs listed and confirmed in a range, as far as they lend it.
pub(in crate::ledger) fn stock(
    connection: &Connection,
    (origin, seeker): (i64, Seeker),
    range: Window,
    lookup: &mut Lookup,
) -> rusqlite::Result<Stock> {
    let heads = heads(connection, (origin, seeker), range, lookup)?;
    let entries = if heads.is_empty() { Vec::new() } else { entries(connection, (origin, seeker), range, lookup)? };
    for entry in &entries {
        let head = entry.segment.and_then(|segment| heads.get(&segment));
        if head.is_some_and(|head| !head.range.contains(entry.window)) {
            return Err(codec::bad_content("a confirmed window lies outside its segment"));
        }
    }
    Ok(Stock::new(heads, entries, seeker.settling))
}

fn heads(
    connection: &Connection,
    (origin, seeker): (i64, Seeker),
    range: Window,
    lookup: &mut Lookup,
) -> rusqlite::Result<HashMap<i64, Head>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, run, range_start, range_end, asked_at, server_at FROM segments
         WHERE origin = ?1 AND range_end > ?2 AND range_start < ?3 AND run IS NOT ?4 AND prefixes = ?5",
    )?;
    let Seeker { run, prefixes, .. } = seeker;
    let mut rows = statement.query(params![origin, range.start().0, range.end().0, run, prefixes])?;
    let mut heads = HashMap::new();
    while let Some(row) = rows.next()? {
        let asker = lookup.run(connection, row.get(1)?)?;
        if asker.lends(Proof::Proved) {
            let (range, as_of) = (window(row, 2)?, asker.as_of);
            let (asked_at, server_at) = (UnixMicros(row.get(4)?), row.get::<_, Option<i64>>(5)?.map(UnixSeconds));
            heads.insert(row.get(0)?, Head { range, as_of, asked_at, server_at });
        }
    }
    Ok(heads)
}

fn entries(
    connection: &Connection,
    (origin, seeker): (i64, Seeker),
    range: Window,
    lookup: &mut Lookup,
) -> rusqlite::Result<Vec<Entry>> {
    let mut statement = connection.prepare_cached(
        "SELECT run, split IS (SELECT id FROM texts WHERE text = ?5), range_start, range_end, segment,
                without_channels, without_countries
         FROM confirmed WHERE origin = ?1 AND range_end > ?2 AND range_start < ?3 AND run IS NOT ?4",
    )?;
    let Seeker { run, split, .. } = seeker;
    let mut rows = statement.query(params![origin, range.start().0, range.end().0, run, split])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        if lookup.run(connection, row.get(0)?)?.lends(Proof::Proved) {
            entries.push(Entry {
                by: if row.get(1)? { By::ThisSplit } else { By::AnotherSplit },
                window: window(row, 2)?,
                segment: row.get(4)?,
                without_channels: list(row.get_ref(5)?.as_str()?, codec::channel)?,
                without_countries: list(row.get_ref(6)?.as_str()?, codec::country)?,
            });
        }
    }
    Ok(entries)
}

/// The rows of a piece of a segment.
pub(in crate::ledger) fn rows(
    connection: &Connection,
    piece: &Piece,
    lookup: &mut Lookup,
) -> rusqlite::Result<Vec<TallyRow>> {
    let mut statement = connection.prepare_cached(
        "SELECT slot, service, country, channel, prefix, attempts, converted, priced, cost, currency
         FROM listed WHERE segment = ?1 AND slot >= ?2 AND slot < ?3 ORDER BY slot, number",
    )?;
    let Piece { segment, within } = *piece;
    let mut found = statement.query(params![segment, within.start().0, within.end().0])?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let service = match row.get(1)? {
            Some(number) => Some(lookup.service(connection, number)?),
            None => None,
        };
        let counts = codec::counts(row.get(5)?, row.get(6)?)?;
        rows.push(TallyRow {
            slot: UnixSeconds(row.get(0)?),
            service,
            country: row.get_ref(2)?.as_str_or_null()?.map(codec::country).transpose()?,
            channel: row.get_ref(3)?.as_str_or_null()?.map(codec::channel).transpose()?,
            prefix: row.get::<_, Option<i64>>(4)?.map(codec::prefix).transpose()?,
            counts,
            cost: cost(row.get(7)?, row.get(8)?, row.get_ref(9)?.as_str()?, counts.attempts())?,
        });
    }
    Ok(rows)
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

fn cost(priced: i64, millionths: i64, currency: &str, attempts: i64) -> Result<Cost, Error> {
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

fn list<T>(text: &str, read: impl Fn(&str) -> Result<T, Error>) -> Result<Vec<T>, Error> {
    text.split(',').filter(|word| !word.is_empty()).map(read).collect()
}

/// The range in two columns.
fn window(row: &Row, column: usize) -> rusqlite::Result<Window> {
    let window = Window::new(UnixSeconds(row.get(column)?), UnixSeconds(row.get(column + 1)?));
    window.ok_or_else(|| Error::FromSqlConversionFailure(column, Type::Integer, "a range ends before it begins".into()))
}

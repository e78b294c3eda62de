//! Every answer that was ever recorded to a slice, in full.

use rusqlite::{Connection, Row, params};

use super::codec;
use super::sent::Sent;
use crate::model::{Body, Channel, Country, Counts, Round, Slice, UnixMicros};

/// A recorded answer in full, for those who want to check it again.
#[derive(Debug, Clone, PartialEq)]
pub struct PastAnswer {
    /// Which asking of its run it was.
    pub round: Round,
    /// When it was asked.
    pub asked_at: UnixMicros,
    /// The answer as received.
    pub body: Body,
    /// What it was taken to say.
    pub counts: Counts,
}

/// The answers to a slice in the order in which they were recorded.
pub(super) fn history(
    connection: &Connection,
    origin: i64,
    sent: Sent,
    slice: &Slice,
) -> rusqlite::Result<Vec<PastAnswer>> {
    let mut statement = connection.prepare_cached(
        "SELECT round, asked_at, attempts, converted, total_attempts, total_converted, total_unconverted, rate,
                url, texts.text
         FROM answers LEFT JOIN texts ON texts.id = url
         WHERE origin = ?1 AND range_start = ?2 AND range_end = ?3 AND implied = 0
           AND service IS (SELECT id FROM texts WHERE text = ?4) AND (service IS NULL) = (?4 IS NULL)
           AND country IS ?5 AND channel IS ?6 AND prefix IS ?7
         ORDER BY answers.id",
    )?;
    let key = params![
        origin,
        sent.after.0,
        sent.before.0,
        slice.service.map(|service| service.to_string()),
        slice.country.as_ref().map(Country::code),
        slice.channel.map(Channel::name),
        slice.prefix.map(codec::prefix_number),
    ];
    statement.query_map(key, past_answer)?.collect()
}

fn past_answer(row: &Row) -> rusqlite::Result<PastAnswer> {
    let url = match row.get::<_, Option<i64>>(8)? {
        None => None,
        Some(codec::NULL_URL) => Some(None),
        Some(_) => Some(Some(row.get(9)?)),
    };
    Ok(PastAnswer {
        round: codec::round(row.get(0)?)?,
        asked_at: UnixMicros(row.get(1)?),
        counts: codec::counts(row.get(2)?, row.get(3)?)?,
        body: Body {
            total_attempts: row.get(4)?,
            total_converted: row.get(5)?,
            total_unconverted: row.get(6)?,
            conversion_rate_percentage: row.get::<_, Option<String>>(7)?.map(codec::rate).transpose()?,
            url,
        },
    })
}

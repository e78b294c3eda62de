//! Every answer that was ever recorded to a slice, in full.

use super::codec;
use super::database::{Database, Result, Row, values};
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
pub(super) fn history(database: &Database, origin: i64, sent: Sent, slice: &Slice) -> Result<Vec<PastAnswer>> {
    let service = slice.service.map(|service| service.to_string());
    database.all(
        "SELECT round, asked_at, attempts, converted, total_attempts, total_converted, total_unconverted, rate,
                url, texts.text
         FROM answers LEFT JOIN texts ON texts.id = url
         WHERE origin = ?1 AND range_start = ?2 AND range_end = ?3 AND implied = 0
           AND service IS NOT DISTINCT FROM (SELECT id FROM texts WHERE text = ?4)
           AND (service IS NULL) = (?4 IS NULL)
           AND country IS NOT DISTINCT FROM ?5 AND channel IS NOT DISTINCT FROM ?6 AND prefix IS NOT DISTINCT FROM ?7
         ORDER BY answers.id",
        values![
            origin,
            sent.after.0,
            sent.before.0,
            service.as_ref(),
            slice.country.as_ref().map(Country::code),
            slice.channel.map(Channel::name),
            slice.prefix.map(codec::prefix_number),
        ],
        past_answer,
    )
}

fn past_answer(row: &Row) -> Result<PastAnswer> {
    let url = match row.maybe_integer(8)? {
        None => None,
        Some(codec::NULL_URL) => Some(None),
        Some(_) => Some(Some(row.text(9)?.to_owned())),
    };
    Ok(PastAnswer {
        round: codec::round(row.integer(0)?)?,
        asked_at: UnixMicros(row.integer(1)?),
        counts: codec::counts(row.integer(2)?, row.integer(3)?)?,
        body: Body {
            total_attempts: row.maybe_integer(4)?,
            total_converted: row.maybe_integer(5)?,
            total_unconverted: row.maybe_integer(6)?,
            conversion_rate_percentage: row.maybe_text(7)?.map(codec::rate).transpose()?,
            url,
        },
    })
}

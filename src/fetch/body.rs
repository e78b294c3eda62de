//! From the bytes of an answer to checked counts. Pure.
//!
//! A body is good when at least one count is present (missing ones are 0 then), none is negative, converted +
//! unconverted = attempts, and the percentage fits them. Refused: anything but a JSON object, counts that are not
//! 64-bit JSON integers (null and text included: neither says a number), a field given twice. Unknown fields pass.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::Received;
use super::percentage::Percentage;
use crate::model::{Body, Counts, Rate};

/// Why a body holds no counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Not the JSON object it should be.
    #[error("the body is not the expected JSON object ({0})")]
    Unreadable(String),
    /// None of the three counts is there.
    #[error("the body holds no count")]
    NoCounts,
    /// A count below zero.
    #[error("{field} is negative ({value})")]
    Negative {
        /// The API's field name.
        field: &'static str,
        /// What it said.
        value: i64,
    },
    /// Converted + unconverted ≠ attempts.
    #[error("{converted} converted and {unconverted} unconverted are not {attempts} attempts")]
    Sum {
        /// `total_attempts`, or 0
        attempts: i64,
        /// `total_converted`, or 0
        converted: i64,
        /// `total_unconverted`, or 0
        unconverted: i64,
    },
    /// The percentage is not that of the counts.
    #[error("conversion_rate_percentage does not fit {converted} converted of {attempts} attempts")]
    Percentage {
        /// `total_attempts`
        attempts: i64,
        /// `total_converted`
        converted: i64,
    },
}

/// Reads and checks an answer's body.
pub fn read_body(bytes: &[u8]) -> Result<Received, BodyError> {
    let body = parse(bytes)?;
    let counts = check_body(&body)?;
    Ok(Received::new(body, counts))
}

/// The counts of a body that says something and does not contradict itself.
pub fn check_body(body: &Body) -> Result<Counts, BodyError> {
    let fields = [
        ("total_attempts", body.total_attempts),
        ("total_converted", body.total_converted),
        ("total_unconverted", body.total_unconverted),
    ];
    if fields.iter().all(|(_, value)| value.is_none()) {
        return Err(BodyError::NoCounts);
    }
    for (field, value) in fields {
        if let Some(value) = value.filter(|value| *value < 0) {
            return Err(BodyError::Negative { field, value });
        }
    }
    let [attempts, converted, unconverted] = fields.map(|(_, value)| value.unwrap_or(0));
    let counts = (converted.checked_add(unconverted) == Some(attempts))
        .then(|| Counts::new(attempts, converted))
        .flatten()
        .ok_or(BodyError::Sum { attempts, converted, unconverted })?;
    if let Some(Rate::Text(text) | Rate::Number(text)) = &body.conversion_rate_percentage
        && attempts > 0
        && !Percentage::parse(text).is_some_and(|percentage| percentage.fits(counts))
    {
        return Err(BodyError::Percentage { attempts, converted });
    }
    Ok(counts)
}

/// The fields as raw JSON, so that a percentage keeps its literal form.
#[derive(Deserialize)]
struct RawBody<'a> {
    #[serde(default, deserialize_with = "present")]
    total_attempts: Option<i64>,
    #[serde(default, deserialize_with = "present")]
    total_converted: Option<i64>,
    #[serde(default, deserialize_with = "present")]
    total_unconverted: Option<i64>,
    #[serde(borrow, default, deserialize_with = "present")]
    conversion_rate_percentage: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    url: Option<&'a RawValue>,
}

/// Keeps null apart from absent, which serde's own `Option` does not.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn parse(bytes: &[u8]) -> Result<Body, BodyError> {
    // serde would take a JSON array for the fields in order.
    match bytes.trim_ascii_start().first() {
        Some(b'{') => {}
        Some(b'<') => return Err(BodyError::Unreadable("it is an HTML page".to_owned())),
        _ => return Err(BodyError::Unreadable("it does not begin with {".to_owned())),
    }
    // serde_json quotes no more of the input than a value of the wrong type; http.rs cuts and cleans messages.
    let raw: RawBody = serde_json::from_slice(bytes).map_err(|error| BodyError::Unreadable(error.to_string()))?;
    Ok(Body {
        total_attempts: raw.total_attempts,
        total_converted: raw.total_converted,
        total_unconverted: raw.total_unconverted,
        conversion_rate_percentage: raw.conversion_rate_percentage.map(rate).transpose()?,
        url: raw.url.and_then(url),
    })
}

fn rate(raw: &RawValue) -> Result<Rate, BodyError> {
    let literal = raw.get();
    match literal.as_bytes().first() {
        Some(b'"') => match serde_json::from_str(literal) {
            Ok(text) => Ok(Rate::Text(text)),
            Err(error) => Err(BodyError::Unreadable(error.to_string())),
        },
        Some(b'n') => Ok(Rate::Null),
        Some(b'-' | b'0'..=b'9') => Ok(Rate::Number(literal.to_owned())),
        _ => Err(BodyError::Unreadable("conversion_rate_percentage is neither text, number nor null".to_owned())),
    }
}

#[expect(clippy::option_option, reason = "the shared word keeps null apart from absent")]
/// The link carries no counts, so one of the wrong type counts as absent.
fn url(raw: &RawValue) -> Option<Option<String>> {
    serde_json::from_str(raw.get()).ok()
}

#[cfg(test)]
mod tests;

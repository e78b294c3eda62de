//! From the bytes of an answer to checked counts. Pure.
//!
//! A body is good when no count is negative, converted + unconverted = attempts, and the percentage fits them; counts
//! that are left out or null are 0 then. Whether a body without any count says zero is the run's to judge, so it is
//! told apart ([`ZeroForm`]). Refused: anything but a JSON object, counts that are not 64-bit integers in one of JSON's
//! forms, a field given twice, an error of the API's that came with HTTP success. Unknown fields pass.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::api_error::RawError;
use super::integer::integer;
use super::percentage::Percentage;
use super::{ApiError, AskError, AskErrorKind, Received, ZeroForm};
use crate::model::{Body, Counts, Rate};

/// Why a body holds no counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Not the JSON object it should be.
    #[error("the body is not the expected JSON object ({0})")]
    Unreadable(String),
    /// None of the three counts is there, and what is there says that this is no zero.
    #[error("the body holds no count")]
    NoCounts,
    /// It is an error of the API's, sent with HTTP success.
    #[error("the body holds an error: {0}")]
    Error(ApiError),
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

impl AskError {
    /// A body without any count, from an API that was not seen to write its zeros so.
    #[must_use]
    pub fn no_counts() -> Self {
        Self { kind: AskErrorKind::Unusable, message: format!("HTTP 200, but {}", BodyError::NoCounts) }
    }
}

/// Reads and checks an answer's body.
pub fn read_body(bytes: &[u8]) -> Result<Received, BodyError> {
    let raw = RawBody::parse(bytes)?;
    let zero_form = raw.zero_form();
    let error = RawError { status: raw.status, code: raw.code, message: raw.message }.read();
    if error.status.is_some_and(|status| status >= 400) || zero_form != ZeroForm::Given && is_given(raw.code) {
        return Err(BodyError::Error(error));
    }
    // Who explains himself did not count nothing.
    if zero_form != ZeroForm::Given && error.message.is_some() {
        return Err(BodyError::NoCounts);
    }
    let body = raw.body()?;
    let counts = check_body(&body)?;
    Ok(Received { zero_form, ..Received::new(body, counts) })
}

/// The counts of a body that does not contradict itself; where it says nothing at all, zero.
pub fn check_body(body: &Body) -> Result<Counts, BodyError> {
    let fields = [
        ("total_attempts", body.total_attempts),
        ("total_converted", body.total_converted),
        ("total_unconverted", body.total_unconverted),
    ];
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
    let Some(Rate::Text(text) | Rate::Number(text)) = &body.conversion_rate_percentage else { return Ok(counts) };
    let percentage = Percentage::parse(text);
    if attempts > 0 && !percentage.is_some_and(|percentage| percentage.fits(counts)) {
        return Err(BodyError::Percentage { attempts, converted });
    }
    let says_nothing = fields.iter().all(|(_, value)| value.is_none());
    if says_nothing && percentage.is_some_and(|percentage| !percentage.is_zero()) {
        return Err(BodyError::NoCounts);
    }
    Ok(counts)
}

/// The fields as raw JSON: numbers keep their literal form, and an error's counts are nobody's concern.
#[derive(Deserialize)]
struct RawBody<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    total_attempts: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    total_converted: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    total_unconverted: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    conversion_rate_percentage: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    url: Option<&'a RawValue>,
    #[serde(borrow, default)]
    status: Option<&'a RawValue>,
    #[serde(borrow, default)]
    code: Option<&'a RawValue>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
}

/// Keeps null apart from absent, which serde's own `Option` does not.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Whether a field is there and says more than null.
fn is_given(raw: Option<&RawValue>) -> bool {
    raw.is_some_and(|raw| raw.get() != "null")
}

impl<'a> RawBody<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, BodyError> {
        // serde would take a JSON array for the fields in order.
        match bytes.trim_ascii_start().first() {
            Some(b'{') => {}
            Some(b'<') => return Err(BodyError::Unreadable("it is an HTML page".to_owned())),
            _ => return Err(BodyError::Unreadable("it does not begin with {".to_owned())),
        }
        // serde_json quotes nothing of the input but a value of the wrong type; http.rs cuts and cleans messages.
        serde_json::from_slice(bytes).map_err(|error| BodyError::Unreadable(error.to_string()))
    }

    fn zero_form(&self) -> ZeroForm {
        let counts = [self.total_attempts, self.total_converted, self.total_unconverted];
        if counts.into_iter().any(is_given) {
            ZeroForm::Given
        } else if counts.iter().any(Option::is_some) {
            ZeroForm::Null
        } else {
            ZeroForm::LeftOut
        }
    }

    fn body(&self) -> Result<Body, BodyError> {
        Ok(Body {
            total_attempts: count("total_attempts", self.total_attempts)?,
            total_converted: count("total_converted", self.total_converted)?,
            total_unconverted: count("total_unconverted", self.total_unconverted)?,
            conversion_rate_percentage: self.conversion_rate_percentage.map(rate).transpose()?,
            url: self.url.and_then(url),
        })
    }
}

fn count(field: &str, raw: Option<&RawValue>) -> Result<Option<i64>, BodyError> {
    let Some(raw) = raw.filter(|raw| is_given(Some(raw))) else { return Ok(None) };
    let whole = integer(raw.get());
    whole.map(Some).ok_or_else(|| BodyError::Unreadable(format!("{field} is no whole number of 64 bits")))
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

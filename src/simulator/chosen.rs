//! Answers that somebody chose to get instead of the right one: a status, a form, and how often.

use std::fmt;
use std::str::FromStr;

use hyper::StatusCode;
use serde::{Deserialize, Serialize};

use super::probability::Probability;

/// What the body of a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The API's error body.
    Json,
    /// A page, as gateways give it.
    Html,
    /// Nothing.
    Empty,
    /// A line of text, as load balancers give it.
    Text,
}

impl Form {
    const ALL: [Self; 4] = [Self::Json, Self::Html, Self::Empty, Self::Text];

    const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Html => "html",
            Self::Empty => "empty",
            Self::Text => "text",
        }
    }
}

/// A status from 400 to 599 in a form. Shown as `503:json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    pub(super) status: StatusCode,
    pub(super) form: Form,
}

impl Failure {
    /// 503 with the API's error body.
    pub(super) const USUAL: Self = Self { status: StatusCode::SERVICE_UNAVAILABLE, form: Form::Json };
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.status.as_u16(), self.form.name())
    }
}

/// A failure and how often it strikes, as `--fault` takes it: `503:json:0.05`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChosenFault {
    pub(super) failure: Failure,
    pub(super) probability: Probability,
}

/// The text is no such fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected STATUS:FORM:P, such as 503:json:0.05: a status from 400 to 599, one of json, html, empty and text, and a \
     probability from 0 to 1"
)]
pub struct InvalidFault;

impl FromStr for ChosenFault {
    type Err = InvalidFault;

    fn from_str(text: &str) -> Result<Self, InvalidFault> {
        let mut parts = text.splitn(3, ':');
        let mut part = || parts.next().ok_or(InvalidFault);
        let (status, form, probability) = (part()?, part()?, part()?);
        let status = status.parse().ok().and_then(|status| StatusCode::from_u16(status).ok());
        let status = status.filter(|status| status.is_client_error() || status.is_server_error());
        let form = Form::ALL.into_iter().find(|known| known.name() == form);
        let (status, form) = status.zip(form).ok_or(InvalidFault)?;
        let probability = probability.parse().map_err(|_| InvalidFault)?;
        Ok(Self { failure: Failure { status, form }, probability })
    }
}

impl fmt::Display for ChosenFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.failure, self.probability.value())
    }
}

impl TryFrom<String> for ChosenFault {
    type Error = InvalidFault;

    fn try_from(text: String) -> Result<Self, InvalidFault> {
        text.parse()
    }
}

impl From<ChosenFault> for String {
    fn from(fault: ChosenFault) -> Self {
        fault.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_chosen_by_status_form_and_probability() {
        for text in ["503:json:0.05", "400:html:1", "599:empty:0", "429:text:0.5"] {
            assert_eq!(text.parse::<ChosenFault>().map(String::from), Ok(text.to_owned()));
        }
        for bad in [
            "",
            "503",
            "503:json",
            "503:json:",
            "503:xml:0.1",
            "503:JSON:0.1",
            "399:json:0.1",
            "600:json:0.1",
            "200:json:1",
            "503:json:2",
            "503:json:0.1:",
            "+503:json:NaN",
        ] {
            assert_eq!(bad.parse::<ChosenFault>(), Err(InvalidFault), "{bad}");
        }
    }
}

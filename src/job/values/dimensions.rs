//! The values of the dimensions that a job can split.

use schemars::{Schema, SchemaGenerator, json_schema};
use toml::Spanned;
use toml::de::DeValue;

use super::read_text;
use crate::job::field::{Example, Value};
use crate::job::mistakes::Findings;
use crate::model::{AccountSid, Channel, Country, CountryError, Prefix, ServiceSid, UnknownWord};

impl Value for Country {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        read_text(value, key, "a country code in quotes, such as \"US\"", findings, |given| {
            given.parse().map_err(|error| match error {
                CountryError::DidYouMean(country) => (
                    format!("`{given}` is no ISO 3166-1 alpha-2 code"),
                    format!("write \"{country}\", {}", country.name()),
                ),
                CountryError::Remainder => (
                    format!("`{given}` stands for the remainder and cannot be asked for"),
                    "leave it out; `remainder = true` adds its rows".to_owned(),
                ),
                CountryError::Unknown => (
                    format!("`{given}` is no ISO 3166-1 alpha-2 code"),
                    "write two upper-case letters, such as \"US\"".to_owned(),
                ),
            })
        })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        let codes: Vec<String> = Self::all().map(|country| country.to_string()).collect();
        json_schema!({ "type": "string", "enum": codes })
    }
}

impl Example for Country {
    const EXAMPLE: &str = "US";
}

impl Value for Channel {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        read_text(value, key, "a channel in quotes, such as \"sms\"", findings, |given| {
            given.parse().map_err(|_| {
                let known = Self::ALL.map(Self::name);
                let remedy = UnknownWord::new(given, &known).remedy().to_owned();
                (format!("`{given}` is no channel"), remedy)
            })
        })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": Self::ALL.map(Self::name) })
    }
}

impl Example for Channel {
    const EXAMPLE: &str = "sms";
}

impl Value for Prefix {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        read_text(value, key, "a prefix in quotes, such as \"+57305\"", findings, |given| {
            given.parse().map_err(|_| {
                let remedy = "write + and 1 to 15 digits of which the first is not 0, such as \"+57305\"";
                (format!("`{given}` is no destination prefix"), remedy.to_owned())
            })
        })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"^\+[1-9][0-9]{0,14}$" })
    }
}

impl Example for Prefix {
    const EXAMPLE: &str = "+57305";
}

macro_rules! sid_values {
    ($($name:ident = $what:literal $letters:literal),+) => { $(
        impl Value for $name {
            fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
                read_text(value, key, concat!("the ", $what, "'s SID in quotes"), findings, |given| {
                    given.parse().map_err(|_| {
                        let what = format!(concat!("`{}` is no ", $what, " SID"), given);
                        (what, concat!("write ", $letters, " and 32 hexadecimal digits").to_owned())
                    })
                })
            }

            fn schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": concat!("^", $letters, "[0-9a-fA-F]{32}$") })
            }
        }
    )+ };
}
sid_values!(AccountSid = "account" "AC", ServiceSid = "service" "VA");

/// A service, with or without a name.
#[derive(Debug, Clone)]
pub(in crate::job) struct Service {
    /// Its SID.
    pub(in crate::job) sid: ServiceSid,
    /// Its name, if one is given.
    pub(in crate::job) name: Option<String>,
}

impl Example for Service {
    const EXAMPLE: &str = "VA…";
}

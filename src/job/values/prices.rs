//! Values of `[report.prices]`. What they may be, `prices` knows, of a job file and a price file alike.

use schemars::{Schema, SchemaGenerator, json_schema};
use toml::Spanned;
use toml::de::DeValue;

use crate::job::field::{Span, Value, text, wrong_type};
use crate::job::mistakes::Findings;
use crate::model::{Currency, Money};

/// An amount of money as it was written: quoted or not, no digit of it passes through a float.
#[derive(Debug, Clone)]
pub(in crate::job) struct PriceText(pub(in crate::job) String);

impl Value for PriceText {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        match value.get_ref() {
            DeValue::Float(number) => Some(Self(number.as_str().to_owned())),
            DeValue::Integer(number) if number.radix() == 10 => Some(Self(number.as_str().to_owned())),
            _ => text(value, key, "a decimal number, such as \"0.0538\"", findings).map(|text| Self(text.to_owned())),
        }
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "string", "pattern": Money::PATTERN },
            { "type": "number", "minimum": 0, "exclusiveMaximum": 1_000_000 },
        ] })
    }
}

/// A currency as it was written.
#[derive(Debug, Clone)]
pub(in crate::job) struct CurrencyText(pub(in crate::job) String);

impl Value for CurrencyText {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        text(value, key, "a currency in quotes, such as \"USD\"", findings).map(|text| Self(text.to_owned()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": Currency::PATTERN })
    }
}

/// A table of which there are several.
pub(in crate::job) trait Row {
    /// As it stands between the brackets.
    const NAME: &str;
}

/// Tables, at least one, each with its place.
#[derive(Debug, Clone)]
pub(in crate::job) struct Rows<T>(pub(in crate::job) Vec<(Span, T)>);

impl<T: Value + Row> Value for Rows<T> {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        let Some(rows) = value.get_ref().as_array() else {
            wrong_type(value, key, &format!("tables, each under [[{}]]", T::NAME), findings);
            return None;
        };
        if rows.is_empty() {
            findings.add(value.span(), format!("`{key}` is empty"), "add one, or leave the key out");
            return None;
        }
        Some(Self(rows.iter().filter_map(|row| Some((row.span(), T::read(row, key, findings)?))).collect()))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let items = T::schema(generator);
        json_schema!({ "type": "array", "items": items, "minItems": 1 })
    }
}

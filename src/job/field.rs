//! How values are read from TOML, keeping their places, and described in the JSON Schema: both stand side by side, so
//! that file and schema can't drift apart.

use std::borrow::Cow;
use std::ops::Range;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::json;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::mistakes::Findings;

/// A place in the file, in bytes.
pub(super) type Span = Range<usize>;

/// A value of the job file.
pub(super) trait Value: Sized {
    /// Reads the value of `key`. What is wrong with it is noted, and gives `None`.
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self>;

    /// Which values are right.
    fn schema(generator: &mut SchemaGenerator) -> Schema;
}

/// A key's value, if the file has it.
#[derive(Debug, Clone, Default)]
pub(super) enum Field<T> {
    /// The key is left out.
    #[default]
    Absent,
    /// The value is wrong, which is noted already.
    Wrong(Span),
    /// The value and its place.
    Read(Span, T),
}

impl<T: Value> Field<T> {
    /// Reads a key of a table.
    pub(super) fn of(table: &DeTable<'_>, key: &str, findings: &mut Findings) -> Self {
        table.get(key).map_or(Self::Absent, |value| Self::new(value, key, findings))
    }

    fn new(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Self {
        match T::read(value, key, findings) {
            Some(read) => Self::Read(value.span(), read),
            None => Self::Wrong(value.span()),
        }
    }
}

impl<T> Field<T> {
    /// The value, or else the default.
    pub(super) fn or(self, default: T) -> T {
        self.value().unwrap_or(default)
    }

    /// The value, if it is there and right.
    pub(super) fn value(self) -> Option<T> {
        match self {
            Self::Read(_, value) => Some(value),
            Self::Absent | Self::Wrong(_) => None,
        }
    }

    /// Where the value stands, right or wrong.
    pub(super) fn span(&self) -> Option<Span> {
        match self {
            Self::Read(span, _) | Self::Wrong(span) => Some(span.clone()),
            Self::Absent => None,
        }
    }
}

impl<T: Value> JsonSchema for Field<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed(std::any::type_name::<T>())
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::schema(generator)
    }
}

/// Notes that a value has the wrong type.
pub(super) fn wrong_type(value: &Spanned<DeValue<'_>>, key: &str, right: &str, findings: &mut Findings) {
    let found = match value.get_ref() {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    findings.add(value.span(), format!("`{key}` is {found}"), format!("write {right}"));
}

/// The text of a string; anything else is noted.
pub(super) fn text<'a>(
    value: &'a Spanned<DeValue<'_>>,
    key: &str,
    right: &str,
    findings: &mut Findings,
) -> Option<&'a str> {
    if value.get_ref().is_str() {
        value.get_ref().as_str()
    } else {
        wrong_type(value, key, right, findings);
        None
    }
}

/// Any text.
impl Value for String {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        text(value, key, "a string in quotes", findings).map(str::to_owned)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "string" })
    }
}

impl Value for bool {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        let read = value.get_ref().as_bool();
        if read.is_none() {
            wrong_type(value, key, "true or false, without quotes", findings);
        }
        read
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "boolean" })
    }
}

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whole<const MIN: u32, const MAX: u32>(pub(super) u32);

impl<const MIN: u32, const MAX: u32> Value for Whole<MIN, MAX> {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        let right = format!("a whole number from {MIN} to {MAX}");
        let Some(number) = value.get_ref().as_integer() else {
            wrong_type(value, key, &right, findings);
            return None;
        };
        let read = u32::from_str_radix(number.as_str(), number.radix()).ok().filter(|read| (MIN..=MAX).contains(read));
        if read.is_none() {
            findings.add(value.span(), format!("`{key}` is out of range"), format!("write {right}"));
        }
        read.map(Self)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }
}

/// A list that is not empty; its elements keep their places.
#[derive(Debug, Clone)]
pub(super) struct List<T>(pub(super) Vec<(Span, T)>);

impl<T: Value> List<T> {
    fn elements(array: &DeArray<'_>, key: &str, findings: &mut Findings) -> Self {
        // Wrong elements are noted; the others are still worth checking against each other.
        Self(array.iter().filter_map(|value| Some((value.span(), T::read(value, key, findings)?))).collect())
    }

    fn read_or(value: &Spanned<DeValue<'_>>, key: &str, right: &str, findings: &mut Findings) -> Option<Self> {
        match value.get_ref() {
            DeValue::Array(array) if array.is_empty() => {
                findings.add(value.span(), format!("`{key}` is empty"), "name at least one, or leave the key out");
                None
            }
            DeValue::Array(array) => Some(Self::elements(array, key, findings)),
            _ => {
                wrong_type(value, key, right, findings);
                None
            }
        }
    }
}

impl<T: Value + Example> Value for List<T> {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        Self::read_or(value, key, &format!("a list such as [\"{}\"]", T::EXAMPLE), findings)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let items = T::schema(generator);
        schemars::json_schema!({ "type": "array", "items": items, "minItems": 1, "uniqueItems": true })
    }
}

/// A text of a list, to show its form.
pub(super) trait Example {
    /// As it stands between quotes.
    const EXAMPLE: &str;
}

/// Either `"all"` or a list.
#[derive(Debug, Clone)]
pub(super) enum AllOr<T> {
    /// Every value there is.
    All,
    /// Those that are written down.
    Listed(List<T>),
}

impl<T: Value + Example> Value for AllOr<T> {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        if value.get_ref().as_str() == Some("all") {
            return Some(Self::All);
        }
        let right = format!("\"all\", or a list such as [\"{}\"]", T::EXAMPLE);
        List::read_or(value, key, &right, findings).map(Self::Listed)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let list = List::<T>::schema(generator);
        schemars::json_schema!({ "anyOf": [json!({ "const": "all" }), list] })
    }
}

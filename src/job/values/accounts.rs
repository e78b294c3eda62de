//! The value of `accounts`: a table that names a file, or a table for each account.

use schemars::{Schema, SchemaGenerator, json_schema};
use toml::Spanned;
use toml::de::DeValue;

use super::prices::{Row, Rows};
use crate::job::field::{Value, wrong_type};
use crate::job::mistakes::Findings;

/// Where the accounts are.
#[derive(Debug, Clone)]
pub(in crate::job) enum FileOrRows<F, T> {
    /// In what a table names.
    File(Box<F>),
    /// Here.
    Listed(Rows<T>),
}

impl<F: Value, T: Value + Row> Value for FileOrRows<F, T> {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(_) => F::read(value, key, findings).map(|file| Self::File(Box::new(file))),
            DeValue::Array(_) => Rows::read(value, key, findings).map(Self::Listed),
            _ => {
                let right = format!("[{0}] with file = \"{0}.csv\", or [[{0}]] for each", T::NAME);
                wrong_type(value, key, &right, findings);
                None
            }
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let (file, listed) = (F::schema(generator), Rows::<T>::schema(generator));
        json_schema!({ "anyOf": [file, listed] })
    }
}

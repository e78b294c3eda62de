//! The value of `accounts`: a table that names a file, or a table for each account.

use schemars::{Schema, SchemaGenerator, json_schema};
use toml::Spanned;
use toml::de::DeValue;

use super::prices::Rows;
use crate::job::field::{Value, wrong_type};
use crate::job::mistakes::Findings;
use crate::job::raw::{RawAccount, RawAccountsFile};

/// Where the accounts are.
#[derive(Debug, Clone)]
pub(in crate::job) enum RawAccounts {
    /// `[accounts]`
    File(Box<RawAccountsFile>),
    /// `[[accounts]]`
    Listed(Rows<RawAccount>),
}

impl Value for RawAccounts {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        match value.get_ref() {
            DeValue::Table(_) => RawAccountsFile::read(value, key, findings).map(|file| Self::File(Box::new(file))),
            DeValue::Array(_) => Rows::read(value, key, findings).map(Self::Listed),
            _ => {
                wrong_type(value, key, "[accounts] with file = \"accounts.csv\", or [[accounts]] for each", findings);
                None
            }
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let (file, listed) = (RawAccountsFile::schema(generator), Rows::<RawAccount>::schema(generator));
        json_schema!({ "anyOf": [file, listed] })
    }
}

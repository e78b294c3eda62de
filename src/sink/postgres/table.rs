//! The table: how it is made, and whether one that is there is ours.

use serde::{Deserialize, Serialize};

use super::destination::Destination;
use super::error::LoadError;
use crate::postgres::Connection;
use crate::rollup::{Column, Kind};
use crate::sink::dataset::DatasetIdentity;

/// What stands in a table's comment before the dataset's identity.
const COMMENT: &str = "Verification attempts and conversion rates, kept by verify-rollup. Dataset: ";

/// Whose rows a table holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Owner {
    name: String,
    /// Whether the identity's account is but the first of several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accounts: Option<Accounts>,
    #[serde(flatten)]
    identity: DatasetIdentity,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Accounts {
    Several,
}

impl Owner {
    fn of(to: &Destination<'_>) -> Self {
        Self {
            name: to.name.job.clone(),
            accounts: to.name.account.map(|_| Accounts::Several),
            identity: to.identity.clone(),
        }
    }

    /// In what it differs from another.
    fn differences(mut self, here: &Self) -> Vec<String> {
        if self.accounts == here.accounts && self.accounts.is_some() {
            self.identity.account_sid = here.identity.account_sid;
        }
        let mut differences = self.identity.differences(&here.identity);
        if self.name != here.name {
            differences.push(format!("name is {} there and {} here", self.name, here.name));
        }
        if self.accounts != here.accounts {
            let told = |accounts: Option<Accounts>| accounts.map_or("one", |_| "several");
            let (there, here) = (told(self.accounts), told(here.accounts));
            differences.push(format!("accounts are {there} there and {here} here"));
        }
        differences
    }
}

/// A table as it was found.
pub(super) enum Found {
    /// There is none.
    Absent,
    /// One of this dataset, which lacks these columns of later schemas.
    Ours { lacking: Vec<Column> },
}

impl Found {
    /// Whether nothing has to be made.
    pub(super) const fn is_whole(&self) -> bool {
        matches!(self, Self::Ours { lacking } if lacking.is_empty())
    }
}

/// `PostgreSQL`'s name of a column's type.
const fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Timestamp => "timestamp with time zone",
        Kind::Date => "date",
        Kind::Integer => "bigint",
        Kind::Float => "double precision",
        Kind::Decimal => "numeric(18,6)",
        Kind::Boolean => "boolean",
    }
}

fn definition(column: Column) -> String {
    format!("{} {}", column.name(), type_name(column.kind()))
}

fn definitions() -> String {
    Column::ALL.map(definition).join(", ")
}

/// A text between quotes.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The names of all columns.
pub(super) fn columns() -> String {
    Column::ALL.map(Column::name).join(", ")
}

/// A table of the session's own, for rows on their way.
pub(super) fn staging() -> String {
    format!("CREATE TEMPORARY TABLE verify_rollup_staging ({}) ON COMMIT DROP", definitions())
}

/// Looks at the table, which must be of this dataset.
pub(super) async fn look(connection: &Connection, to: &Destination<'_>) -> Result<Found, LoadError> {
    let table = &to.output.table;
    let what = "describe the table";
    let found = connection
        .query(
            what,
            "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), obj_description(a.attrelid, 'pg_class') \
             FROM pg_attribute a WHERE a.attrelid = to_regclass($1::text) AND a.attnum > 0 AND NOT a.attisdropped",
            &[&table.to_string()],
        )
        .await?;
    let Some(first) = found.first() else { return Ok(Found::Absent) };
    let name = || table.plain();
    let comment: Option<String> = first.get(2);
    let there: Vec<(String, String)> = found.iter().map(|row| (row.get(0), row.get(1))).collect();
    let type_there = |column: Column| there.iter().find(|(name, _)| name == column.name()).map(|(_, it)| it.as_str());
    let (lacking, present): (Vec<_>, Vec<_>) = Column::ALL.into_iter().partition(|it| type_there(*it).is_none());
    let is_old = |column: &&Column| column.since() == 1;
    let lost: Vec<_> = lacking.iter().filter(is_old).map(|column| column.name()).collect();
    if !lost.is_empty() {
        return Err(LoadError::NotATable { table: name(), lacking: lost.join(", ") });
    }
    if let Some(column) = present.into_iter().find(|it| type_there(*it) != Some(type_name(it.kind()))) {
        let (there, wanted) = (type_there(column).unwrap_or_default().to_owned(), type_name(column.kind()));
        return Err(LoadError::OtherType { table: name(), column: column.name(), there, wanted });
    }
    let owner = comment.as_deref().and_then(|text| text.strip_prefix(COMMENT));
    let differences = match owner.and_then(|json| serde_json::from_str::<Owner>(json).ok()) {
        Some(owner) => owner.differences(&Owner::of(to)),
        None => other_account(connection, to).await?.into_iter().collect(),
    };
    if !differences.is_empty() {
        return Err(LoadError::OtherDataset { table: name(), differences: differences.join("; ") });
    }
    Ok(Found::Ours { lacking })
}

/// Of a table that does not tell whose it is: what its rows say.
async fn other_account(connection: &Connection, to: &Destination<'_>) -> Result<Option<String>, LoadError> {
    let account = to.identity.account_sid.to_string();
    let statement = format!("SELECT account_sid FROM {} WHERE account_sid <> $1 LIMIT 1", to.output.table);
    let rows = connection.query("read the table", &statement, &[&account]).await?;
    Ok(rows.first().map(|row| format!("account is {} there and {account} here", row.get::<_, String>(0))))
}

/// Makes the table, or what it lacks.
pub(super) async fn make(connection: &Connection, to: &Destination<'_>, found: &Found) -> Result<(), LoadError> {
    let table = &to.output.table;
    match found {
        Found::Absent => {
            let owner = serde_json::to_string(&Owner::of(to)).expect("texts and flags are JSON");
            let mut statements = format!(
                "CREATE TABLE {table} ({}, PRIMARY KEY (row_key)); CREATE INDEX ON {table} ({}window_start); COMMENT ON \
                 TABLE {table} IS {};",
                definitions(),
                to.name.account.map_or("", |_| "account_sid, "),
                literal(&format!("{COMMENT}{owner}"))
            );
            for column in Column::ALL {
                statements += &comment(to, column);
            }
            connection.run("make the table", &statements).await?;
        }
        Found::Ours { lacking } if !lacking.is_empty() => {
            let add = |column: &Column| {
                format!("ALTER TABLE {table} ADD COLUMN {};{}", definition(*column), comment(to, *column))
            };
            let statements: String = lacking.iter().map(add).collect();
            connection.run("add the columns of this version, as only the table's owner may", &statements).await?;
        }
        Found::Ours { .. } => {}
    }
    Ok(())
}

fn comment(to: &Destination<'_>, column: Column) -> String {
    format!("COMMENT ON COLUMN {}.{} IS {};", to.output.table, column.name(), literal(column.meaning()))
}

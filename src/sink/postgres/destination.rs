//! Which table of which database follows which dataset.

use crate::model::{DatasetName, PostgresOutput};
use crate::postgres::Login;
use crate::sink::dataset::DatasetIdentity;

/// Where to, and what for.
#[derive(Debug, Clone, Copy)]
pub struct Destination<'a> {
    /// The database and the table.
    pub output: &'a PostgresOutput,
    /// By which password.
    pub login: &'a Login,
    /// The dataset's name.
    pub name: &'a DatasetName,
    /// What it is about.
    pub identity: &'a DatasetIdentity,
}

impl Destination<'_> {
    /// Which rows of the table are the dataset's, as a condition behind others.
    pub(super) fn condition(&self) -> String {
        // A SID is letters and digits.
        self.name.account.map_or_else(String::new, |account| format!(" AND account_sid = '{account}'"))
    }
}

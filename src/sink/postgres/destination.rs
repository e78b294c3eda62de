//! Which table of which database follows which dataset.

use crate::model::PostgresOutput;
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
    pub name: &'a str,
    /// What it is about.
    pub identity: &'a DatasetIdentity,
}

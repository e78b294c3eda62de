//! What goes wrong with a database.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::login::LoginError;
use crate::model::shown;

/// What went wrong with a database.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// No connection.
    #[error("cannot connect to {server}; see that it is up, and that role, password and pg_hba.conf let the run in")]
    Connect {
        /// Where to.
        server: String,
        /// Why.
        source: tokio_postgres::Error,
    },
    /// No answer.
    #[error("{server} did not answer within {} s; see what keeps it", within.as_secs())]
    Silent {
        /// Who.
        server: String,
        /// For how long it was waited.
        within: Duration,
    },
    /// A statement failed, or the connection did.
    #[error("{server} failed to {what}")]
    Statement {
        /// Where.
        server: String,
        /// What was to be done.
        what: &'static str,
        /// Why.
        source: tokio_postgres::Error,
    },
    /// No trust store.
    #[error(
        "cannot set up TLS to {server} by {}; name a PEM file in sslrootcert, or install ca-certificates",
        file.as_ref().map_or_else(|| "the system's certificates".to_owned(), |path| shown(path).to_string())
    )]
    Tls {
        /// Where to.
        server: String,
        /// What was to be trusted.
        file: Option<PathBuf>,
        /// Why.
        source: io::Error,
    },
    /// A column holds something else than it should.
    #[error("a column of the database is not what it should be")]
    Column(#[source] tokio_postgres::Error),
    /// No thread for it.
    #[error("cannot start the thread of a database's connection")]
    Thread(#[source] io::Error),
    /// No password could be looked up.
    #[error(transparent)]
    Login(#[from] LoginError),
}

//! What goes wrong with a database.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::error::SqlState;

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
    /// The connection went while a transaction was open, and what it did with it.
    #[error("the connection to {server} was lost within a transaction")]
    Lost {
        /// To whom.
        server: String,
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

impl PostgresError {
    /// Whether the server, or the way to it, is away and may come back: what was to be done can be tried again then.
    #[must_use]
    pub fn is_absence(&self) -> bool {
        match self {
            Self::Silent { .. } | Self::Lost { .. } => true,
            Self::Connect { source, .. } | Self::Statement { source, .. } => match source.code() {
                Some(code) => COMES_BACK.contains(code) || code.code().starts_with("08"),
                None => is_of_the_way(source),
            },
            Self::Tls { .. } | Self::Column(_) | Self::Thread(_) | Self::Login(_) => false,
        }
    }

    /// Which server; nothing where it is none's fault.
    #[must_use]
    pub fn server(&self) -> &str {
        match self {
            Self::Connect { server, .. }
            | Self::Silent { server, .. }
            | Self::Statement { server, .. }
            | Self::Lost { server }
            | Self::Tls { server, .. } => server,
            Self::Column(_) | Self::Thread(_) | Self::Login(_) => "",
        }
    }

    /// With what led to it.
    pub(super) fn told(&self) -> String {
        let mut words = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(next) = cause {
            words = format!("{words}: {next}");
            cause = next.source();
        }
        words
    }
}

/// What servers say that start, stop, are full of sessions, follow another one, found us asleep, took too long, or ended one
/// of two who waited for each other.
const COMES_BACK: [SqlState; 10] = [
    SqlState::ADMIN_SHUTDOWN,
    SqlState::CRASH_SHUTDOWN,
    SqlState::CANNOT_CONNECT_NOW,
    SqlState::TOO_MANY_CONNECTIONS,
    SqlState::READ_ONLY_SQL_TRANSACTION,
    SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    SqlState::QUERY_CANCELED,
    SqlState::T_R_DEADLOCK_DETECTED,
    SqlState::T_R_SERIALIZATION_FAILURE,
    SqlState::LOCK_NOT_AVAILABLE,
];

/// A closed connection, or what the system says of one; not a server that is not who it should be.
fn is_of_the_way(error: &tokio_postgres::Error) -> bool {
    let io = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
    error.is_closed() || io.is_some_and(|io| io.kind() != io::ErrorKind::InvalidData)
}

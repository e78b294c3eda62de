//! One connection. Dropping it closes it; the server then takes back what was not
//! committed.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::try_join_all;
use futures_util::{SinkExt, TryStreamExt};
use secrecy::ExposeSecret;
use tokio::time::timeout;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Row, Socket, Statement};

use super::error::PostgresError;
use super::login::Login;
use super::tls::Tls;
use super::value::Param;
use crate::model::{Encryption, PostgresUrl};

/// How long a peer may be silent on the wire before it counts as gone.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// Between two signs of life of an idle connection.
const SIGN: Duration = Duration::from_secs(10);

/// How long a server may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Until it has let us in.
    connect: Duration,
    /// For one statement, waiting for locks included.
    statement: Duration,
    /// How much longer we wait for it to say so.
    grace: Duration,
    /// How long we may do nothing within a transaction, and keep others from what it holds.
    idle: Duration,
}

impl Bounds {
    /// Of work on tables of any size.
    pub const LARGE: Self = Self {
        connect: Duration::from_secs(15),
        statement: Duration::from_mins(10),
        grace: Duration::from_secs(10),
        idle: Duration::from_mins(10),
    };
    /// Of work for which a run stands still, and which must not stand in others' way while it sleeps.
    pub const AWAKE: Self = Self { statement: Duration::from_secs(30), idle: Duration::from_secs(10), ..Self::LARGE };
    /// Of a look at some rows, for which a run stands still.
    pub const SMALL: Self = Self {
        connect: Duration::from_secs(3),
        statement: Duration::from_secs(3),
        grace: Duration::from_secs(1),
        idle: Duration::from_secs(3),
    };
}

/// A connection to a database.
pub struct Connection {
    client: Client,
    server: String,
    bounds: Bounds,
}

impl Connection {
    /// Connects and logs in.
    ///
    /// # Errors
    /// The server cannot be reached, is not who it should be, or lets the role not in.
    pub async fn open(url: &PostgresUrl, login: &Login, bounds: Bounds) -> Result<Self, PostgresError> {
        let server = url.to_string();
        let mut config = Config::new();
        config.host(&url.host).port(url.port).user(&url.user).dbname(&url.database);
        config.application_name(concat!("verify-rollup/", env!("CARGO_PKG_VERSION"))).connect_timeout(bounds.connect);
        config.keepalives_idle(KEEP_ALIVE).keepalives_interval(SIGN).tcp_user_timeout(2 * KEEP_ALIVE);
        if let Some(password) = login.password_for(url)? {
            config.password(password.expose_secret());
        }
        let client = match url.encryption {
            Encryption::Off => connect(config.ssl_mode(SslMode::Disable), NoTls, (&server, bounds)).await?,
            Encryption::Verified => {
                let file = url.root_certificates.clone();
                let tls = Tls::trusting(file.as_deref());
                let tls = tls.map_err(|source| PostgresError::Tls { server: server.clone(), file, source })?;
                connect(config.ssl_mode(SslMode::Require), tls, (&server, bounds)).await?
            }
        };
        let connection = Self { client, server, bounds };
        let settings = format!(
            "SET statement_timeout = {}; SET idle_in_transaction_session_timeout = {}; SET client_min_messages = warning;
             SET default_transaction_isolation = 'read committed'",
            bounds.statement.as_millis(),
            bounds.idle.as_millis()
        );
        connection.run("prepare the session", &settings).await?;
        Ok(connection)
    }

    /// Whether nothing more can be asked of it.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Runs statements that give nothing back. `what` completes the sentence that a failure begins.
    pub async fn run(&self, what: &'static str, statements: &str) -> Result<(), PostgresError> {
        self.bounded(what, self.client.batch_execute(statements)).await
    }

    /// Runs a statement that gives rows back.
    pub async fn query(
        &self,
        what: &'static str,
        statement: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, PostgresError> {
        self.bounded(what, self.client.query(statement, values)).await
    }

    /// Prepares a statement.
    pub(super) async fn prepare(&self, what: &'static str, statement: &str) -> Result<Statement, PostgresError> {
        self.bounded(what, self.client.prepare(statement)).await
    }

    /// Runs a prepared statement that gives rows back.
    pub(super) async fn query_prepared(
        &self,
        what: &'static str,
        statement: &Statement,
        values: &[Param],
    ) -> Result<Vec<Row>, PostgresError> {
        let found = async { self.client.query_raw(statement, values).await?.try_collect().await };
        self.bounded(what, found).await
    }

    /// Runs a prepared statement for each of several lists of values, without waiting for one before the next is sent.
    pub(super) async fn execute_all(
        &self,
        what: &'static str,
        statement: &Statement,
        all: &[Vec<Param>],
    ) -> Result<u64, PostgresError> {
        let sent = try_join_all(all.iter().map(|values| self.client.execute_raw(statement, values)));
        self.bounded(what, async { Ok(sent.await?.into_iter().sum()) }).await
    }

    /// Gives the data of a `COPY … FROM STDIN` to the server.
    pub async fn copy(&self, what: &'static str, statement: &str, data: Vec<u8>) -> Result<u64, PostgresError> {
        let copied = async {
            let mut sink = Box::pin(self.client.copy_in::<_, Bytes>(statement).await?);
            sink.send(Bytes::from(data)).await?;
            sink.as_mut().finish().await
        };
        self.bounded(what, copied).await
    }

    async fn bounded<T>(
        &self,
        what: &'static str,
        step: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, PostgresError> {
        let within = self.bounds.statement + self.bounds.grace;
        match timeout(within, step).await {
            Ok(done) => done.map_err(|source| PostgresError::Statement { server: self.server.clone(), what, source }),
            Err(_) => Err(PostgresError::Silent { server: self.server.clone(), within }),
        }
    }
}

async fn connect<T>(config: &Config, tls: T, (server, bounds): (&str, Bounds)) -> Result<Client, PostgresError>
where
    T: MakeTlsConnect<Socket>,
    T::TlsConnect: Send,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    T::Stream: Send + 'static,
{
    match timeout(bounds.connect, config.connect(tls)).await {
        Ok(Ok((client, connection))) => {
            // It ends with the client; what goes wrong with it the client's next statement tells.
            tokio::spawn(connection);
            Ok(client)
        }
        Ok(Err(source)) => Err(PostgresError::Connect { server: server.to_owned(), source }),
        Err(_) => Err(PostgresError::Silent { server: server.to_owned(), within: bounds.connect }),
    }
}

//! A connection for code that waits in its thread: each call blocks until the server has answered.
//!
//! The connection is served by a thread of its own, also while the caller's runtime stands still. Statements are
//! prepared once. One that was lost is made anew by the next call; where a transaction was open, that call is the next
//! one's first, and those in between fail: what a transaction did is taken back as a whole, or its end is unknown.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::Statement;

use super::connection::{Bounds, Connection};
use super::error::PostgresError;
use super::login::Login;
use super::patience::Patience;
use super::value::{Param, Record};
use crate::model::PostgresUrl;

/// Between two looks at whether anybody still wants to wait.
const LOOK: Duration = Duration::from_millis(100);
/// How long a server may take once nobody does.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// Where a session leads, and how it behaves.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The database.
    pub url: PostgresUrl,
    /// Who logs in.
    pub login: Login,
    /// How long the server may take.
    pub bounds: Bounds,
    /// How long it is waited for while it is away, but within a transaction.
    pub patience: Patience,
    /// Statements that each connection begins with.
    pub start: String,
}

/// A connection that is waited for.
pub struct Session {
    terms: Terms,
    link: Mutex<Link>,
    /// How many connections there were.
    connections: AtomicU64,
    /// `None` while it is being dropped.
    runtime: Option<Runtime>,
}

#[derive(Default)]
struct Link {
    /// `None`: lost.
    connection: Option<Arc<Connection>>,
    prepared: HashMap<String, Statement>,
    is_in_transaction: bool,
}

impl Session {
    /// Connects and logs in at once, without waiting for a server that is away.
    ///
    /// # Errors
    /// As [`Connection::open`]; or no thread can be started.
    pub fn open(url: &PostgresUrl, login: &Login) -> Result<Self, PostgresError> {
        let (url, login) = (url.clone(), login.clone());
        Self::open_on(Terms { url, login, bounds: Bounds::LARGE, patience: Patience::none(), start: String::new() })
    }

    /// Connects and logs in, on these terms.
    ///
    /// # Errors
    /// As [`Session::open`], or the server is away for longer than is waited for.
    pub fn open_on(terms: Terms) -> Result<Self, PostgresError> {
        let thread = Builder::new_multi_thread().worker_threads(1).thread_name("postgres").enable_all().build();
        let runtime = thread.map_err(PostgresError::Thread)?;
        let session = Self { terms, link: Mutex::default(), connections: AtomicU64::new(0), runtime: Some(runtime) };
        session.patiently(|| session.connection().map(drop))?;
        Ok(session)
    }

    /// How long the server is waited for.
    pub const fn patience(&self) -> &Patience {
        &self.terms.patience
    }

    /// How many connections there were: what one knew of rows by their numbers, the next need not find.
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    /// Begins each connection with these statements from now on, this one included.
    pub fn start_with(&mut self, what: &'static str, statements: &str) -> Result<(), PostgresError> {
        statements.clone_into(&mut self.terms.start);
        self.run(what, statements)
    }

    /// Runs statements that take and give nothing. `what` completes the sentence that a failure begins.
    pub fn run(&self, what: &'static str, statements: &str) -> Result<(), PostgresError> {
        let connection = self.connection()?;
        self.outcome(self.wait({
            let statements = statements.to_owned();
            async move { connection.run(what, &statements).await }
        }))
    }

    /// Begins a transaction by these statements.
    pub fn begin(&self, what: &'static str, statements: &str) -> Result<(), PostgresError> {
        let begun = self.run(what, statements);
        let mut link = self.link();
        link.is_in_transaction = begun.is_ok();
        if begun.is_err() {
            // It may have begun and not got what it was to begin with.
            link.connection = None;
        }
        begun
    }

    /// Ends the transaction by these statements; after a failure it is unknown what became of it.
    pub fn end(&self, what: &'static str, statements: &str) -> Result<(), PostgresError> {
        let ended = self.run(what, statements);
        self.link().is_in_transaction = false;
        ended
    }

    /// Runs a statement once for each list of values, all on their way at once; tells how many rows were changed.
    pub fn execute(&self, what: &'static str, statement: &str, all: Vec<Vec<Param>>) -> Result<u64, PostgresError> {
        let (connection, statement) = self.prepare(what, statement)?;
        self.outcome(self.wait(async move { connection.execute_all(what, &statement, &all).await }))
    }

    /// The rows that a statement finds.
    pub fn query(&self, what: &'static str, statement: &str, values: &[Param]) -> Result<Vec<Record>, PostgresError> {
        let query = || {
            let (connection, statement) = self.prepare(what, statement)?;
            let values = values.to_vec();
            let rows = async move { connection.query_prepared(what, &statement, &values).await };
            Ok(self.outcome(self.wait(rows))?.into_iter().map(Record::from).collect())
        };
        if self.link().is_in_transaction { query() } else { self.patiently(query) }
    }

    fn patiently<T>(&self, step: impl FnMut() -> Result<T, PostgresError>) -> Result<T, PostgresError> {
        self.terms.patience.wait(step)
    }

    fn prepare(&self, what: &'static str, text: &str) -> Result<(Arc<Connection>, Statement), PostgresError> {
        let connection = self.connection()?;
        if let Some(statement) = self.link().prepared.get(text) {
            return Ok((connection, statement.clone()));
        }
        let (preparing, owned) = (Arc::clone(&connection), text.to_owned());
        let prepared = self.wait(async move { preparing.prepare(what, &owned).await });
        let statement = self.outcome(prepared)?;
        self.link().prepared.insert(text.to_owned(), statement.clone());
        Ok((connection, statement))
    }

    /// The connection, made anew where it was lost.
    fn connection(&self) -> Result<Arc<Connection>, PostgresError> {
        let mut link = self.link();
        match &link.connection {
            Some(connection) if !connection.is_closed() => return Ok(Arc::clone(connection)),
            _ if link.is_in_transaction => return Err(PostgresError::Lost { server: self.terms.url.to_string() }),
            _ => *link = Link::default(),
        }
        let Terms { url, login, bounds, start, .. } = self.terms.clone();
        let connection = self.wait(async move {
            let connection = Connection::open(&url, &login, bounds).await?;
            connection.run("begin the session", &start).await?;
            Ok(Arc::new(connection))
        })?;
        link.connection = Some(Arc::clone(&connection));
        self.connections.fetch_add(1, Ordering::Relaxed);
        Ok(connection)
    }

    /// Waits for a step; not for long once nobody wants to wait any more.
    fn wait<T: Send + 'static>(
        &self,
        step: impl Future<Output = Result<T, PostgresError>> + Send + 'static,
    ) -> Result<T, PostgresError> {
        let (done, awaited) = channel();
        self.runtime().spawn(async move { done.send(step.await) });
        let mut left = LAST_WAIT;
        loop {
            match awaited.recv_timeout(LOOK) {
                Ok(done) => return done,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(PostgresError::Thread(std::io::Error::other("its thread ended")));
                }
                Err(RecvTimeoutError::Timeout) if self.terms.patience.goes_on() => {}
                Err(RecvTimeoutError::Timeout) if left.is_zero() => {
                    return Err(PostgresError::Silent { server: self.terms.url.to_string(), within: LAST_WAIT });
                }
                Err(RecvTimeoutError::Timeout) => left = left.saturating_sub(LOOK),
            }
        }
    }

    /// Gives a connection up whose server is away, though it may not know that yet.
    fn outcome<T>(&self, done: Result<T, PostgresError>) -> Result<T, PostgresError> {
        if done.as_ref().is_err_and(PostgresError::is_absence) {
            self.link().connection = None;
        }
        done
    }

    /// A thread that panicked with it left whole statements, or none.
    fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    const fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("it is taken by the drop alone")
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session")
    }
}

/// A runtime may not be waited for within another.
impl Drop for Session {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

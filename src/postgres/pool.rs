//! Connections that sessions share: each is lent for a statement or a transaction, and comes back.
//!
//! There are never more than the pool may have; who finds none free waits. They are served by one thread. One that was lost
//! is made anew by whoever wants it next.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::Statement;

use super::connection::{Bounds, Connection};
use super::error::PostgresError;
use super::login::Login;
use super::patience::Patience;
use crate::model::PostgresUrl;

/// Between two looks at whether anybody still wants to wait.
const LOOK: Duration = Duration::from_millis(100);
/// How long a server may take once nobody does.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// Where connections lead, and how they behave.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The database.
    pub url: PostgresUrl,
    /// Who logs in.
    pub login: Login,
    /// How long the server may take.
    pub bounds: Bounds,
}

/// Connections to one database.
pub struct Pool {
    terms: Terms,
    most: usize,
    /// Statements that each connection begins with.
    start: Mutex<String>,
    lent: Mutex<Lent>,
    /// Told when one comes back, or may be made.
    free: Condvar,
    /// How many connections there were.
    connections: AtomicU64,
    /// `None` while it is being dropped.
    runtime: Option<Runtime>,
}

#[derive(Default)]
struct Lent {
    idle: Vec<Link>,
    /// Those that are out, or being made.
    out: usize,
}

/// A connection with what was prepared on it.
pub(super) struct Link {
    pub(super) connection: Arc<Connection>,
    prepared: HashMap<String, Statement>,
}

impl Pool {
    /// A pool of at most so many connections, of which none is made yet.
    ///
    /// # Errors
    /// No thread can be started.
    pub fn new(terms: Terms, most: usize) -> Result<Arc<Self>, PostgresError> {
        let thread = Builder::new_multi_thread().worker_threads(1).thread_name("postgres").enable_all().build();
        let runtime = Some(thread.map_err(PostgresError::Thread)?);
        let (start, lent, free) = (Mutex::default(), Mutex::default(), Condvar::new());
        Ok(Arc::new(Self { terms, most, start, lent, free, connections: AtomicU64::new(0), runtime }))
    }

    /// How the server is called.
    pub(super) fn server(&self) -> String {
        self.terms.url.to_string()
    }

    /// How many connections there were.
    pub(super) fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    /// Begins connections with these statements from now on.
    pub(super) fn start_with(&self, statements: &str) {
        statements.clone_into(&mut self.start.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Lends a connection that works, as far as that is known; it must be given back or given up.
    pub(super) fn lend(&self, patience: &Patience) -> Result<Link, PostgresError> {
        let (mut lent, mut patience_left) = (self.lent(), LAST_WAIT);
        loop {
            while let Some(link) = lent.idle.pop() {
                if !link.connection.is_closed() {
                    lent.out += 1;
                    return Ok(link);
                }
            }
            if lent.out < self.most {
                lent.out += 1;
                break;
            }
            if !patience.goes_on() {
                if patience_left.is_zero() {
                    return Err(PostgresError::Silent { server: self.server(), within: LAST_WAIT });
                }
                patience_left = patience_left.saturating_sub(LOOK);
            }
            let waited = self.free.wait_timeout(lent, LOOK);
            lent = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(lent);
        self.connect(patience).inspect_err(|_| self.give_up())
    }

    fn connect(&self, patience: &Patience) -> Result<Link, PostgresError> {
        let Terms { url, login, bounds } = self.terms.clone();
        let start = self.start.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let connection = self.wait(patience, async move {
            let connection = Connection::open(&url, &login, bounds).await?;
            connection.run("begin the session", &start).await?;
            Ok(Arc::new(connection))
        })?;
        self.connections.fetch_add(1, Ordering::Relaxed);
        Ok(Link { connection, prepared: HashMap::new() })
    }

    /// Takes one back.
    pub(super) fn give_back(&self, link: Link) {
        let mut lent = self.lent();
        lent.out -= 1;
        lent.idle.push(link);
        self.free.notify_one();
    }

    /// Does without one that was lent, which is closed.
    pub(super) fn give_up(&self) {
        self.lent().out -= 1;
        self.free.notify_one();
    }

    /// A statement as it was prepared on a connection, or is now.
    pub(super) fn prepare(
        &self,
        link: &mut Link,
        patience: &Patience,
        (what, text): (&'static str, &str),
    ) -> Result<Statement, PostgresError> {
        if let Some(statement) = link.prepared.get(text) {
            return Ok(statement.clone());
        }
        let (connection, owned) = (Arc::clone(&link.connection), text.to_owned());
        let statement = self.wait(patience, async move { connection.prepare(what, &owned).await })?;
        link.prepared.insert(text.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Waits for a step; not for long once nobody wants to wait any more.
    pub(super) fn wait<T: Send + 'static>(
        &self,
        patience: &Patience,
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
                Err(RecvTimeoutError::Timeout) if patience.goes_on() => {}
                Err(RecvTimeoutError::Timeout) if left.is_zero() => {
                    return Err(PostgresError::Silent { server: self.server(), within: LAST_WAIT });
                }
                Err(RecvTimeoutError::Timeout) => left = left.saturating_sub(LOOK),
            }
        }
    }

    /// A thread that panicked with it left whole connections.
    fn lent(&self) -> MutexGuard<'_, Lent> {
        self.lent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    const fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("it is taken by the drop alone")
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("most", &self.most).finish_non_exhaustive()
    }
}

/// A runtime may not be waited for within another.
impl Drop for Pool {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

//! Work on a database for code that waits in its thread: each call blocks until the server has answered.
//!
//! A session has a connection of its own, or borrows one of a pool that others use too: for a statement, or from the
//! beginning of a transaction to its end. One that was lost is made anew by the next call; where a transaction was open,
//! the calls up to its end fail: what it did is taken back as a whole, or its end is unknown.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::connection::{Bounds, Connection};
use super::error::PostgresError;
use super::login::Login;
use super::patience::Patience;
use super::pool::{Link, Pool, Terms};
use super::value::{Param, Record};
use crate::model::PostgresUrl;

/// A connection that is waited for.
pub struct Session {
    pool: Arc<Pool>,
    /// How long the server is waited for while it is away, but within a transaction.
    patience: Patience,
    /// What a transaction has, from its beginning to its end.
    transaction: Mutex<Transaction>,
}

#[derive(Default)]
enum Transaction {
    #[default]
    None,
    Open(Link),
    /// Its connection was lost.
    Lost,
}

impl Session {
    /// Connects and logs in at once, without waiting for a server that is away.
    ///
    /// # Errors
    /// As [`Connection::open`]; or no thread can be started.
    pub fn open(url: &PostgresUrl, login: &Login) -> Result<Self, PostgresError> {
        let terms = Terms { url: url.clone(), login: login.clone(), bounds: Bounds::LARGE };
        Self::open_on(&Pool::new(terms, 1)?, Patience::none())
    }

    /// Uses a pool, once a connection of it works.
    ///
    /// # Errors
    /// As [`Session::open`], or the server is away for longer than is waited for.
    pub fn open_on(pool: &Arc<Pool>, patience: Patience) -> Result<Self, PostgresError> {
        let session = Self { pool: Arc::clone(pool), patience, transaction: Mutex::default() };
        session.patience.wait(|| session.with(|_| Ok(())))?;
        Ok(session)
    }

    /// How long the server is waited for.
    pub const fn patience(&self) -> &Patience {
        &self.patience
    }

    /// How many connections there were: what one knew of rows by their numbers, the next need not find.
    pub fn connections(&self) -> u64 {
        self.pool.connections()
    }

    /// Begins each connection with these statements from now on, the one of this session included; to be called before a
    /// pool is shared.
    pub fn start_with(&mut self, what: &'static str, statements: &str) -> Result<(), PostgresError> {
        self.pool.start_with(statements);
        self.run(what, statements)
    }

    /// Runs statements that take and give nothing. `what` completes the sentence that a failure begins.
    pub fn run(&self, what: &'static str, statements: &str) -> Result<(), PostgresError> {
        self.with(|link| self.run_on(link, what, statements))
    }

    fn run_on(&self, link: &Link, what: &'static str, statements: &str) -> Result<(), PostgresError> {
        let (connection, statements): (Arc<Connection>, _) = (Arc::clone(&link.connection), statements.to_owned());
        self.pool.wait(&self.patience, async move { connection.run(what, &statements).await })
    }

    /// Begins a transaction by these statements.
    pub fn begin(&self, what: &'static str, statements: &str) -> Result<(), PostgresError> {
        let link = self.pool.lend(&self.patience)?;
        match self.run_on(&link, what, statements) {
            Ok(()) => {
                *self.transaction() = Transaction::Open(link);
                Ok(())
            }
            Err(error) => {
                // It may have begun and not got what it was to begin with.
                self.pool.give_up();
                Err(error)
            }
        }
    }

    /// Ends the transaction by these statements; after a failure it is unknown what became of it.
    pub fn end(&self, what: &'static str, statements: &str) -> Result<(), PostgresError> {
        match std::mem::take(&mut *self.transaction()) {
            Transaction::None => self.run(what, statements),
            Transaction::Lost => Err(self.lost()),
            Transaction::Open(link) => {
                let ended = self.run_on(&link, what, statements);
                // After a failure it may be open still, but on a connection that is closed.
                if ended.is_ok() {
                    self.pool.give_back(link);
                } else {
                    self.pool.give_up();
                }
                ended
            }
        }
    }

    /// Runs a statement once for each list of values, all on their way at once; tells how many rows were changed.
    pub fn execute(&self, what: &'static str, statement: &str, all: Vec<Vec<Param>>) -> Result<u64, PostgresError> {
        self.with(|link| {
            let statement = self.pool.prepare(link, &self.patience, (what, statement))?;
            let connection = Arc::clone(&link.connection);
            self.pool.wait(&self.patience, async move { connection.execute_all(what, &statement, &all).await })
        })
    }

    /// The rows that a statement finds.
    pub fn query(&self, what: &'static str, statement: &str, values: &[Param]) -> Result<Vec<Record>, PostgresError> {
        let query = || {
            self.with(|link| {
                let statement = self.pool.prepare(link, &self.patience, (what, statement))?;
                let (connection, values) = (Arc::clone(&link.connection), values.to_vec());
                let rows = async move { connection.query_prepared(what, &statement, &values).await };
                let rows = self.pool.wait(&self.patience, rows)?;
                Ok(rows.into_iter().map(Record::from).collect())
            })
        };
        let is_in_transaction = !matches!(*self.transaction(), Transaction::None);
        if is_in_transaction { query() } else { self.patience.wait(query) }
    }

    /// Takes a step on the transaction's connection, or on one that is lent for it. One whose server is away is given up,
    /// though it may not know that yet.
    fn with<T>(&self, step: impl FnOnce(&mut Link) -> Result<T, PostgresError>) -> Result<T, PostgresError> {
        let mut transaction = self.transaction();
        match &mut *transaction {
            Transaction::Lost => Err(self.lost()),
            Transaction::Open(link) => {
                let done = step(link);
                if link.connection.is_closed() || done.as_ref().is_err_and(PostgresError::is_absence) {
                    *transaction = Transaction::Lost;
                    self.pool.give_up();
                }
                done
            }
            Transaction::None => {
                drop(transaction);
                let mut link = self.pool.lend(&self.patience)?;
                let done = step(&mut link);
                let is_away = done.as_ref().is_err_and(PostgresError::is_absence);
                if is_away {
                    self.pool.give_up();
                } else {
                    self.pool.give_back(link);
                }
                done
            }
        }
    }

    fn lost(&self) -> PostgresError {
        PostgresError::Lost { server: self.pool.server() }
    }

    /// A thread that panicked with it left a whole connection, or none.
    fn transaction(&self) -> MutexGuard<'_, Transaction> {
        self.transaction.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session")
    }
}

/// A transaction that was not ended is taken back: its connection is closed.
impl Drop for Session {
    fn drop(&mut self) {
        if let Transaction::Open(_) = std::mem::take(&mut *self.transaction()) {
            self.pool.give_up();
        }
    }
}

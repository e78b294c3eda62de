//! A connection for code that waits in its thread: each call blocks until the server has answered.
//!
//! The connection is served by a thread of its own, also while the caller's runtime stands still. Statements are
//! prepared once.

use std::collections::HashMap;
use std::fmt;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::Statement;

use super::connection::Connection;
use super::error::PostgresError;
use super::login::Login;
use super::value::{Param, Record};
use crate::model::PostgresUrl;

/// A connection that is waited for.
pub struct Session {
    connection: Arc<Connection>,
    prepared: Mutex<HashMap<String, Statement>>,
    /// `None` while it is being dropped.
    runtime: Option<Runtime>,
}

impl Session {
    /// Connects and logs in.
    ///
    /// # Errors
    /// As [`Connection::open`]; or no thread can be started.
    pub fn open(url: &PostgresUrl, login: &Login) -> Result<Self, PostgresError> {
        let thread = Builder::new_multi_thread().worker_threads(1).thread_name("postgres").enable_all().build();
        let runtime = thread.map_err(PostgresError::Thread)?;
        let (url, login) = (url.clone(), login.clone());
        let connection = wait(&runtime, async move { Connection::open(&url, &login).await })?;
        Ok(Self { connection: Arc::new(connection), prepared: Mutex::default(), runtime: Some(runtime) })
    }

    /// Runs statements that take and give nothing. `what` completes the sentence that a failure begins.
    pub fn run(&self, what: &'static str, statements: &str) -> Result<(), PostgresError> {
        let statements = statements.to_owned();
        self.wait(|connection| async move { connection.run(what, &statements).await })
    }

    /// Runs a statement once for each list of values, all on their way at once; tells how many rows were changed.
    pub fn execute(&self, what: &'static str, statement: &str, all: Vec<Vec<Param>>) -> Result<u64, PostgresError> {
        let statement = self.prepare(what, statement)?;
        self.wait(|connection| async move { connection.execute_all(what, &statement, &all).await })
    }

    /// The rows that a statement finds.
    pub fn query(&self, what: &'static str, statement: &str, values: Vec<Param>) -> Result<Vec<Record>, PostgresError> {
        let statement = self.prepare(what, statement)?;
        let rows = self.wait(|connection| async move { connection.query_prepared(what, &statement, &values).await })?;
        Ok(rows.into_iter().map(Record::from).collect())
    }

    fn prepare(&self, what: &'static str, text: &str) -> Result<Statement, PostgresError> {
        // A thread that panicked here left whole statements, or none.
        let known = || self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(statement) = known().get(text) {
            return Ok(statement.clone());
        }
        let owned = text.to_owned();
        let statement = self.wait(|connection| async move { connection.prepare(what, &owned).await })?;
        known().insert(text.to_owned(), statement.clone());
        Ok(statement)
    }

    fn wait<T: Send + 'static, F: Future<Output = Result<T, PostgresError>> + Send + 'static>(
        &self,
        step: impl FnOnce(Arc<Connection>) -> F,
    ) -> Result<T, PostgresError> {
        let runtime = self.runtime.as_ref().expect("it is taken by the drop alone");
        wait(runtime, step(Arc::clone(&self.connection)))
    }
}

fn wait<T: Send + 'static>(
    runtime: &Runtime,
    step: impl Future<Output = Result<T, PostgresError>> + Send + 'static,
) -> Result<T, PostgresError> {
    let (done, awaited) = channel();
    runtime.spawn(async move { done.send(step.await) });
    awaited.recv().unwrap_or_else(|_| Err(PostgresError::Thread(std::io::Error::other("its thread ended"))))
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

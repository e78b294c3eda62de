//! A real server for tests: one for all tests of a process, a database for each.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Login, Session};
use crate::model::{Encryption, PostgresUrl};

#[path = "../../tests/support/postgres_server.rs"]
mod real;

/// The URL of a new database that nobody else uses.
pub(crate) fn new_database() -> PostgresUrl {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let database = format!("d{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let server = url("postgres");
    let session = Session::open(&server, &Login::default()).unwrap();
    session.run("make a database", &format!("CREATE DATABASE {database}")).unwrap();
    PostgresUrl { database, ..server }
}

fn url(database: &str) -> PostgresUrl {
    static SERVER: OnceLock<real::PostgresServer> = OnceLock::new();
    PostgresUrl {
        host: SERVER.get_or_init(real::PostgresServer::start).socket().to_owned(),
        port: 5432,
        user: "tests".to_owned(),
        database: database.to_owned(),
        encryption: Encryption::Off,
        root_certificates: None,
    }
}

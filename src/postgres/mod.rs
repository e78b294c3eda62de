//! The way to a `PostgreSQL` server: who logs in, by which password, over which connection.
//!
//! Nothing here knows what lies in a database. Every step is bounded in time, on this side as on the server's, so that
//! neither a dead server nor a dead run keeps the other waiting. What is encrypted is verified. A password is never
//! part of a message, and none is read from a URL.

mod connection;
mod error;
mod login;
mod message;
mod patience;
mod pool;
#[cfg(test)]
pub(crate) mod server;
mod session;
mod tls;
mod value;

pub use connection::{Bounds, Connection};
pub use error::PostgresError;
pub use login::{Login, LoginError};
pub use message::PostgresMessage;
pub use patience::{Absence, Patience, tell_absence};
pub use pool::{Pool, Terms};
pub use session::Session;
pub use value::{Param, Record};

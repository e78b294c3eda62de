//! What is told of a server on the way.

use schemars::JsonSchema;
use serde::Serialize;

use crate::message::{Level, Message};

/// An event of a server's.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum PostgresMessage {
    /// The server of the state is away, and is waited for.
    ServerAwaited {
        /// Which one.
        server: String,
        /// How that was found.
        cause: String,
        /// For how long it is waited for, at most.
        seconds: u64,
    },
    /// It is there again.
    ServerBack {
        /// Which one.
        server: String,
        /// After how long.
        seconds: f64,
    },
}

impl Message for PostgresMessage {
    fn level(&self) -> Level {
        Level::WARN
    }

    fn words(&self) -> Option<String> {
        Some(match self {
            Self::ServerAwaited { cause, seconds, .. } => {
                format!("waiting up to {seconds} s for the database, nothing is asked meanwhile: {cause}")
            }
            Self::ServerBack { server, seconds } => format!("{server} is there again, after {seconds:.0} s"),
        })
    }
}

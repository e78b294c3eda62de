//! What is told on the way: the same event in words for people and in fields for programs.
//!
//! Each room that has something to tell has a type for it, whose variants are its events: their names and fields are
//! what `docs/LOGS.md` promises, so they change as the command line does. [`tell`] hands an event to `tracing`, with its
//! fields as one JSON text; `cli` writes the words or the fields. Nothing else calls `tracing`.

use std::fmt;

use serde::Serialize;
pub use tracing::Level;

/// An event.
pub trait Message: Serialize {
    /// How much it matters.
    fn level(&self) -> Level;

    /// What people are told; `None`: nothing.
    fn words(&self) -> Option<String>;
}

/// Tells of an event.
pub fn tell(message: &impl Message) {
    tell_at(message.level(), message);
}

/// Tells of an event that matters more or less than such events usually do.
pub fn tell_at(level: Level, message: &impl Message) {
    let (fields, words) = (Fields(message), Words(message));
    match level {
        Level::ERROR => tracing::error!(%fields, "{words}"),
        Level::WARN => tracing::warn!(%fields, "{words}"),
        Level::INFO => tracing::info!(%fields, "{words}"),
        Level::DEBUG => tracing::debug!(%fields, "{words}"),
        Level::TRACE => tracing::trace!(%fields, "{words}"),
    }
}

/// The fields as a JSON object, made when somebody wants to see them.
struct Fields<'a, M>(&'a M);

impl<M: Message> fmt::Display for Fields<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is told has names for keys, and nothing that JSON cannot say.
        f.write_str(&serde_json::to_string(self.0).map_err(|_| fmt::Error)?)
    }
}

/// The words, likewise.
struct Words<'a, M>(&'a M);

impl<M: Message> fmt::Display for Words<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.words().unwrap_or_default())
    }
}

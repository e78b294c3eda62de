//! Tells others how a run goes: a watcher of jobs that should have come, a chat, a program.
//!
//! Nothing here can fail a run: what could not be told is a warning of the log. A notice is sent several times if need
//! be, for a bounded time, so that it may arrive twice. A URL is a secret, as whoever knows it may post: it comes from
//! the environment and is part of no message. Refused: http to anything but loopback, redirects.

mod form;
mod message;
mod notice;
mod post;

pub use message::{NotifyMessage, NotifyProblem};
pub use notice::{Notice, Target, variable};
pub use post::post;

#[cfg(test)]
mod tests;

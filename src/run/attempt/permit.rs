//! The right to send: lent under a limit, used up by sending, and only while it is fresh.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::fetch::{AskError, Limiter, Received, Token};
use crate::model::UnixMicros;

/// The right to send one request, at once.
#[must_use = "a permit pays for one request"]
pub(in crate::run) struct Permit {
    pub(super) kind: Kind,
    pub(super) token: Token,
    pub(super) started: Duration,
    pub(super) asked_at: UnixMicros,
    pub(super) clock: Arc<dyn Clock>,
}

impl Permit {
    /// Sends, unless too much time has passed since the permit was lent. Dropped on the way, it is as a process that
    /// died: the token comes back by itself, when the request has surely arrived.
    pub async fn send<T>(self, asking: impl Future<Output = Result<T, AskError>>) -> Sent<T> {
        let is_fresh = self.token.is_fresh(self.clock.monotonic());
        let result = if is_fresh { Some(asking.await) } else { None };
        Sent { permit: self, result }
    }
}

/// What a permit was used for.
#[must_use = "its token is to be given back"]
pub(in crate::run) struct Sent<T = Received> {
    pub(super) permit: Permit,
    /// `None`: too late to send.
    pub(super) result: Option<Result<T, AskError>>,
}

/// Whether a request may be sent.
pub(in crate::run) enum Permission<T = Permit> {
    /// Now.
    Granted(T),
    /// Not before this monotonic time; then ask again.
    NotBefore(Duration),
}

/// What a request asks for, which decides whose limit it falls under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::run) enum Kind {
    /// The counts of a slice.
    Question,
    /// A page of the list.
    Page,
}

/// A limit, and when it lets the next request start.
pub(super) struct Lane<'a> {
    pub(super) limiter: &'a mut Limiter,
    /// Monotonic time before which the limiter grants no token, so that nobody needs to ask it.
    pub(super) due: Duration,
}

impl<'a> Lane<'a> {
    pub(super) const fn new(limiter: &'a mut Limiter) -> Self {
        Self { limiter, due: Duration::ZERO }
    }
}

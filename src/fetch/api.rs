//! The seam between the run and the API: one try, and how it can fail.

use std::future::Future;
use std::time::Duration;

use super::Completion;
use crate::model::{Body, Counts, FailureKind, RawSlice, Slice, UnixSeconds};

/// Something that answers slices: the API over HTTP, or a fake in virtual time.
pub trait Api: Send + Sync + 'static {
    /// Asks once: no retry, no limiter.
    fn ask(&self, slice: Slice) -> impl Future<Output = Result<Received, AskError>> + Send;
}

/// Something that can be asked in the API's own terms, whatever its bounds turn out to include.
pub trait RawApi: Send + Sync + 'static {
    /// Asks once: no retry, no limiter.
    fn ask_raw(&self, slice: RawSlice) -> impl Future<Output = Result<Received, AskError>> + Send;
}

/// A good answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// As it came.
    pub body: Body,
    /// As it was checked.
    pub counts: Counts,
    /// Whether the body wrote counts, or left out what may be zero.
    pub zero_form: ZeroForm,
    /// The server's own time when it answered, from its `Date` header; `None`: it said none that can be read.
    pub server_at: Option<UnixSeconds>,
}

impl Received {
    /// An answer with counts, of a server that says no time.
    #[must_use]
    pub const fn new(body: Body, counts: Counts) -> Self {
        Self { body, counts, zero_form: ZeroForm::Given, server_at: None }
    }
}

/// How a body gives its counts. A body without any may mean zero, or be an answer gone blank: only a question whose
/// answer is known to be zero can tell, and only for the form that it came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZeroForm {
    /// At least one count is a number.
    Given,
    /// No count is there, as in `{}`.
    LeftOut,
    /// No count is a number, and some are null.
    Null,
}

/// One try that brought no counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct AskError {
    /// What decides about retries.
    pub kind: AskErrorKind,
    /// For people: status, API code and message. Holds no secret, header or userinfo.
    pub message: String,
}

/// How a try failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskErrorKind {
    /// No connection came about, so no request was sent.
    NoAnswer(NoAnswerKind),
    /// The time was up.
    Timeout(Reached),
    /// The connection broke, or what came over it was no HTTP.
    Broken(Reached),
    /// HTTP 429: over the limit; the request was not processed.
    TooManyRequests {
        /// How long the server asked to wait, if it said so.
        retry_after: Option<Duration>,
        /// How many requests the server counted at once, if it said so.
        at_once: Option<u32>,
    },
    /// HTTP 5xx, or 408.
    Server {
        /// The HTTP status.
        status: u16,
        /// How long the server asked to wait, if it said so.
        retry_after: Option<Duration>,
    },
    /// HTTP 401 or 403: the credentials are refused.
    Unauthorized {
        /// The HTTP status.
        status: u16,
        /// The API's own code.
        code: Option<u32>,
    },
    /// Any other HTTP 4xx: the API does not take this slice.
    Client {
        /// The HTTP status.
        status: u16,
        /// The API's own code.
        code: Option<u32>,
    },
    /// HTTP 3xx. Never followed: it would carry the secret elsewhere.
    Redirect {
        /// The HTTP status.
        status: u16,
    },
    /// HTTP success with a body that is unreadable, too large or contradicts itself.
    Unusable,
}

/// Which step towards a connection failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAnswerKind {
    /// The host's name has no address.
    Name,
    /// No TCP connection.
    Connect,
    /// No TLS session, such as for a certificate that is not trusted.
    Tls,
}

/// How the range of a question compares with the windows of the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// No longer than the longest window: nothing shorter could be asked in its place.
    Window,
    /// Longer: if it cannot be answered whole, its parts may be.
    Longer,
}

/// How far a try came before it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// No HTTP status arrived.
    Request,
    /// The status arrived, but not the whole body.
    Response,
}

impl AskErrorKind {
    /// Whether an HTTP status arrived.
    #[must_use]
    pub const fn saw_http(self) -> bool {
        !matches!(self, Self::NoAnswer(_) | Self::Timeout(Reached::Request) | Self::Broken(Reached::Request))
    }

    /// Whether a shorter range might have been answered. A connection that never came about, a 429 or a refusal says
    /// nothing of the range.
    #[must_use]
    pub const fn may_come_of_length(self) -> bool {
        matches!(self, Self::Timeout(_) | Self::Broken(_) | Self::Server { .. } | Self::Unusable)
    }

    /// What the limiter may conclude: a request that was answered has arrived, any other may still be under way.
    #[must_use]
    pub const fn completion(self) -> Completion {
        if self.saw_http() { Completion::Complete } else { Completion::Unknown }
    }

    /// What the planner is told when no further try follows.
    #[must_use]
    pub const fn failure_kind(self) -> FailureKind {
        match self {
            Self::Client { status: 400 | 404 | 422, .. } => FailureKind::Refused,
            Self::Client { .. } | Self::Unauthorized { .. } => FailureKind::Rejected,
            _ => FailureKind::Exhausted,
        }
    }
}

impl AskError {
    /// A failure of the list: that it is closed says nothing of the credentials, which may be good for Summary; where
    /// they are not, the next question tells.
    pub(super) fn of_the_list(self) -> Self {
        let kind = match self.kind {
            AskErrorKind::Unauthorized { status, code } => AskErrorKind::Client { status, code },
            kind => kind,
        };
        Self { kind, ..self }
    }

    /// Whether an HTTP status arrived.
    #[must_use]
    pub const fn saw_http(&self) -> bool {
        self.kind.saw_http()
    }

    /// What the limiter may conclude about the request.
    #[must_use]
    pub const fn completion(&self) -> Completion {
        self.kind.completion()
    }
}

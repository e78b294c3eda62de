//! What commands tell besides their results.

use super::args::RunFailOn;
use crate::accounts::AccountsSummary;
use crate::message::{Level, Message};
use crate::pipeline::Summary;
use schemars::JsonSchema;
use serde::Serialize;

/// An event of a command.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum CommandMessage {
    /// A run has ended: with everything that can be told of it.
    RunEnded {
        /// The process's exit code.
        exit: u8,
        /// What `run --json` prints.
        summary: Box<Summary>,
        /// What it prints of accounts, where the job has several.
        #[serde(skip_serializing_if = "Option::is_none")]
        accounts: Option<Box<AccountsSummary>>,
    },
    /// A command failed: the last line.
    CommandFailed {
        /// The process's exit code.
        exit: u8,
        /// What happened, where, and what to do; it may span lines.
        error: String,
    },
    /// A command was stopped by a signal, or as its time was up, before it had begun its work: the last line.
    CommandStopped {
        /// The process's exit code.
        exit: u8,
    },
    /// A signal came.
    Signal {
        /// `SIGINT` or `SIGTERM`.
        signal: &'static str,
        /// What follows.
        then: AfterSignal,
    },
    /// A run came to what its `--fail-on` names: its exit code is 5.
    RunFailsOn {
        /// Which of it.
        what: Vec<RunFailOn>,
    },
    /// The time that `--stop-after` gave is up: what is in flight is awaited and kept.
    TimeIsUp {
        /// How long it was.
        seconds: u64,
    },
    /// A defect of this program: the last line. The exit code is 101.
    Panicked {
        /// What it says.
        cause: String,
        /// Where, in the sources.
        location: Option<String>,
    },
    /// Which host is about to get the credentials.
    Asking {
        /// Scheme, host and port.
        origin: String,
    },
    /// `.env` cannot be read, which is no failure as long as nothing is missed.
    DotenvUnread {
        /// Why.
        cause: String,
    },
    /// A probe begins to ask about something.
    ProbeAsks {
        /// About what.
        about: ProbeTopic,
    },
    /// A question of a probe was answered.
    ProbeAnswered {
        /// What was asked.
        question: String,
        /// How many attempts it holds.
        attempts: i64,
    },
    /// The API refused a question of a probe, which is an answer of a kind.
    ProbeRefused {
        /// What was asked.
        question: String,
        /// What it said.
        cause: String,
    },
    /// A question of a probe was given up.
    ProbeFailed {
        /// What was asked.
        question: String,
        /// What went wrong, and how often it was tried.
        cause: String,
    },
    /// A probe or an investigation was stopped by a signal.
    ProbeStopped {
        /// HTTP requests sent until then.
        requests: u64,
    },
    /// A probe or an investigation waits for the limit.
    LimitAwaited {
        /// How long.
        seconds: f64,
    },
    /// Something is amiss with the dataset that is reported.
    ReportDamaged {
        /// What.
        damage: String,
    },
    /// An account's dataset cannot be read, and is in no sum of the report.
    AccountNotReported {
        /// Its name in the job.
        account: String,
        /// Why.
        reason: String,
    },
    /// The report's files may not be written; it is told on stdout.
    ReportNotWritten {
        /// Where they would be.
        folder: String,
        /// The system's own words.
        cause: String,
    },
    /// The desktop did not open the page.
    PageNotOpened {
        /// What was started for it.
        program: String,
        /// What went wrong.
        cause: String,
        /// The page.
        page: String,
    },
}

/// What a signal leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AfterSignal {
    /// No new requests; what is in flight is awaited and kept.
    Drain,
    /// It leaves at once.
    Abort,
}

/// What a probe asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProbeTopic {
    /// Which parameters are heeded.
    Filters,
    /// How far back there are attempts.
    History,
    /// How bounds are treated.
    Ends,
}

impl Message for CommandMessage {
    fn level(&self) -> Level {
        match self {
            Self::RunEnded { exit: 0, .. } => Level::INFO,
            Self::RunEnded { .. } | Self::RunFailsOn { .. } | Self::CommandFailed { .. } | Self::Panicked { .. } => {
                Level::ERROR
            }
            Self::ProbeFailed { .. }
            | Self::ReportDamaged { .. }
            | Self::AccountNotReported { .. }
            | Self::ReportNotWritten { .. }
            | Self::PageNotOpened { .. } => Level::WARN,
            Self::DotenvUnread { .. } | Self::ProbeAnswered { .. } | Self::ProbeRefused { .. } => Level::DEBUG,
            _ => Level::INFO,
        }
    }

    fn words(&self) -> Option<String> {
        Some(match self {
            Self::RunEnded { .. } => "run ended".to_owned(),
            Self::CommandFailed { error, .. } => error.clone(),
            Self::CommandStopped { .. } | Self::Signal { .. } => return None,
            Self::RunFailsOn { what } => {
                format!("--fail-on: {}", what.iter().map(|what| what.word()).collect::<Vec<_>>().join(", "))
            }
            Self::TimeIsUp { .. } => "time is up (--stop-after): awaiting what is in flight".to_owned(),
            Self::Panicked { cause, location } => {
                let place = location.as_ref().map_or_else(String::new, |location| format!(" at {location}"));
                format!("internal error, please report it: {cause}{place}")
            }
            Self::Asking { origin } => format!("asking {origin}"),
            Self::DotenvUnread { cause } => format!("cannot read .env: {cause}"),
            Self::ProbeAsks { about: ProbeTopic::Filters } => "asking which parameters are heeded".to_owned(),
            Self::ProbeAsks { about: ProbeTopic::History } => "asking how far back there are attempts".to_owned(),
            Self::ProbeAsks { about: ProbeTopic::Ends } => "asking how bounds are treated".to_owned(),
            Self::ProbeAnswered { question, attempts } => format!("{question}: {attempts} attempts"),
            Self::ProbeRefused { question, cause } => format!("{question}: refused, {cause}"),
            Self::ProbeFailed { question, cause } => format!("{question}: {cause}"),
            Self::ProbeStopped { requests } => {
                let what = if *requests == 1 { "request" } else { "requests" };
                format!("stopped after {requests} {what}; nothing was written")
            }
            Self::LimitAwaited { seconds } => format!("waiting {seconds:.0} s for the rate limit"),
            Self::ReportDamaged { damage } => format!("{damage}; the next run puts it right"),
            Self::AccountNotReported { account, reason } => format!("account {account} is not in the report: {reason}"),
            Self::ReportNotWritten { folder, cause } => {
                format!("the report's files may not be written to {folder} by this user: {cause}")
            }
            Self::PageNotOpened { program, cause, page } => {
                format!("{program} did not open the page ({cause}); it is at {page}")
            }
        })
    }
}

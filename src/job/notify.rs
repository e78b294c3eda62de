//! `[notify]`: who is told how a run goes.

use crate::model::words;

words! {
    /// What is told of a run.
    NotifyEvent {
        /// It begins.
        Start = "start",
        /// It ended with exit code 0.
        Success = "success",
        /// It ended with another exit code.
        Failure = "failure",
        /// It published what it could, and something in it wants a look: a flag of the report, an expired window, what
        /// `--fail-on` names.
        Attention = "attention",
    }
}

words! {
    /// How it is told.
    NotifyForm {
        /// To a watcher of jobs that should have come: no body that means anything, the URL says it.
        Ping = "ping",
        /// To a channel of a chat.
        Slack = "slack",
        /// To a program.
        Json = "json",
    }
}

/// `[notify]`: the events that are told in each form, each once, in the order of [`NotifyEvent::ALL`].
pub type NotifySettings = Vec<(NotifyForm, Vec<NotifyEvent>)>;

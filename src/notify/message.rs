//! What is told of telling.

use schemars::JsonSchema;
use serde::Serialize;

use super::notice::variable;
use crate::job::{NotifyEvent, NotifyForm};
use crate::message::{Level, Message};

/// Why a notice did not arrive. No part of the URL is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotifyProblem {
    /// The variable holds something else.
    #[error("it holds no http or https URL")]
    NoUrl,
    /// http would show it to the network.
    #[error("its URL is plain http to another machine; use https")]
    PlainHttp,
    /// A name or password would end up in logs on the way.
    #[error("its URL holds a user name or password, which is not sent; use a URL that is secret itself")]
    Userinfo,
    /// The variables say nothing usable.
    #[error("{0}")]
    Variable(String),
    /// The client cannot be built.
    #[error("{0}")]
    Client(String),
    /// The receiver refuses.
    #[error("answered with HTTP status {0}")]
    Status(u16),
    /// No answer came.
    #[error("no answer: {0}")]
    NoAnswer(String),
}

/// An event of telling.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum NotifyMessage {
    /// A notice arrived.
    Notified {
        /// In which form: `ping`, `slack` or `json`.
        form: &'static str,
        /// Of what: `start`, `success`, `failure` or `attention`.
        of: &'static str,
    },
    /// A notice did not arrive, or not for sure. The run goes on as if it had.
    NotNotified {
        /// In which form: `ping`, `slack` or `json`.
        form: &'static str,
        /// Of what; `null`: of nothing in this run.
        of: Option<&'static str>,
        /// The variable that holds the URL.
        variable: &'static str,
        /// Why.
        cause: String,
    },
}

impl NotifyMessage {
    /// A notice that did not arrive; without an event, none will.
    pub fn failed(form: NotifyForm, of: Option<NotifyEvent>, problem: &NotifyProblem) -> Self {
        Self::NotNotified {
            form: form.word(),
            of: of.map(NotifyEvent::word),
            variable: variable(form).name,
            cause: problem.to_string(),
        }
    }
}

impl Message for NotifyMessage {
    fn level(&self) -> Level {
        match self {
            Self::Notified { .. } => Level::DEBUG,
            // Whoever asks for nothing but what went wrong would wait for notices in vain.
            Self::NotNotified { .. } => Level::ERROR,
        }
    }

    fn words(&self) -> Option<String> {
        Some(match self {
            Self::Notified { form, of } => format!("notified of {of} ({form})"),
            Self::NotNotified { form, of: Some(of), variable, cause } => {
                format!("nobody was notified of {of} ({form}, {variable}): {cause}")
            }
            Self::NotNotified { form, of: None, variable, cause } => {
                format!("nobody is notified of this run ({form}, {variable}): {cause}")
            }
        })
    }
}

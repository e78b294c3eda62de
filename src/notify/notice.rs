//! What is told, and to whom.

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use crate::fetch::SecretVariable;
use crate::job::{NotifyEvent, NotifyForm};

/// Where a form's URL comes from.
#[must_use]
pub const fn variable(form: NotifyForm) -> SecretVariable {
    match form {
        NotifyForm::Ping => SecretVariable { name: "VERIFY_ROLLUP_PING_URL", file: "VERIFY_ROLLUP_PING_URL_FILE" },
        NotifyForm::Slack => SecretVariable { name: "VERIFY_ROLLUP_SLACK_URL", file: "VERIFY_ROLLUP_SLACK_URL_FILE" },
        NotifyForm::Json => SecretVariable { name: "VERIFY_ROLLUP_JSON_URL", file: "VERIFY_ROLLUP_JSON_URL_FILE" },
    }
}

/// Who is told.
#[derive(Debug, Clone)]
pub struct Target {
    /// How.
    pub form: NotifyForm,
    /// Of what.
    pub events: Vec<NotifyEvent>,
    /// Where; `{job}` stands for the job's name.
    pub url: SecretString,
}

/// What there is to tell of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// What it may be told as; a target takes the first that it wants. Not empty.
    pub events: Vec<NotifyEvent>,
    /// The job's name.
    pub job: String,
    /// The process's exit code; `None`: it goes on.
    pub exit: Option<u8>,
    /// In words.
    pub text: String,
    /// What `run --json` prints, if the run came so far.
    pub summary: Option<serde_json::Value>,
    /// When it happened.
    pub at: DateTime<Utc>,
}

impl Notice {
    /// As what a target is told of it, if at all.
    #[must_use]
    pub fn event_for(&self, target: &Target) -> Option<NotifyEvent> {
        self.events.iter().copied().find(|event| target.events.contains(event))
    }
}

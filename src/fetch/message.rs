//! What is told of single answers, to who asks for more.

use crate::message::{Level, Message};
use schemars::JsonSchema;
use serde::Serialize;

/// An event of asking.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum FetchMessage {
    /// An HTTP answer came, whatever it says.
    RequestAnswered {
        /// Its HTTP status.
        status: u16,
        /// What the vendor calls the request.
        request_id: String,
        /// How long the vendor says it took.
        request_duration: String,
        /// How many requests the vendor says were in flight.
        concurrent_requests: String,
    },
}

impl Message for FetchMessage {
    fn level(&self) -> Level {
        Level::DEBUG
    }

    fn words(&self) -> Option<String> {
        let Self::RequestAnswered { status, request_id, request_duration, concurrent_requests } = self;
        Some(format!(
            "answered status={status} request_id=\"{request_id}\" request_duration=\"{request_duration}\" \
             concurrent_requests=\"{concurrent_requests}\""
        ))
    }
}

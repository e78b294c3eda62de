//! Events that no test of a whole run comes by, against the schema.

#[path = "../../../../tests/support/json_schema.rs"]
mod json_schema;

use super::*;
use crate::cli::message::{AfterSignal, ProbeTopic};
use crate::message::Message;

fn check(message: &impl Message) {
    let mut line = serde_json::to_value(message).unwrap();
    let common = json!({
        "time": "2026-11-15T06:30:00.000Z",
        "level": message.level().as_str(),
        "job": null,
        "run_id": "018f",
        "message": message.words(),
    });
    line.as_object_mut().unwrap().extend(common.as_object().unwrap().clone());
    json_schema::check(&schema(), &line).unwrap_or_else(|error| panic!("{error}: {line}"));
    // What it does not know it refuses, so that the check means something.
    line["other"] = Value::Null;
    json_schema::check(&schema(), &line).unwrap_err();
}

/// Events that no test of a whole run comes by.
#[test]
fn rare_events_are_as_the_schema_says() {
    let text = || "text".to_owned();
    for location in [None, Some(text())] {
        check(&CommandMessage::Panicked { cause: text(), location });
    }
    check(&CommandMessage::Signal { signal: "SIGINT", then: AfterSignal::Abort });
    check(&CommandMessage::Asking { origin: text() });
    check(&CommandMessage::DotenvUnread { cause: text() });
    check(&CommandMessage::LimitAwaited { seconds: 1.5 });
    check(&CommandMessage::PageNotOpened { program: text(), cause: text(), page: text() });
    check(&CommandMessage::ProbeAsks { about: ProbeTopic::Ends });
    check(&CommandMessage::ProbeFailed { question: text(), cause: text() });
    check(&CommandMessage::ProbeRefused { question: text(), cause: text() });
    check(&CommandMessage::ProbeStopped { requests: 1 });
    check(&CommandMessage::ReportNotWritten { folder: text(), cause: text() });
    check(&PipelineMessage::StateDirectoryAwaited { holder: text() });
    check(&PipelineMessage::StateDirectoryTakenOver { holder: text(), silent_seconds: 130 });
    check(&PipelineMessage::WindowsAdopted { windows: 2 });
    check(&PipelineMessage::RowsLost { windows: 2 });
    check(&PipelineMessage::NothingImplied {});
    check(&PipelineMessage::NothingToReport { period: text() });
    check(&ProgressMessage::BucketLost { cause: text() });
    check(&ProgressMessage::NoAnswerYet { cause: text() });
    check(&ProgressMessage::Paused { seconds: 0.5 });
    check(&ProgressMessage::Stopping { in_flight: 3 });
    for limit in [None, Some(100)] {
        check(&ProgressMessage::Crowded { tokens_out: 9, limit, in_flight: 16, allowed: 8, words: text() });
    }
    check(&ProgressMessage::QuestionFailed { question: text(), cause: text(), is_last_told: true });
}

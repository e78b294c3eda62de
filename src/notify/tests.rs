use chrono::DateTime;
use serde_json::{Value, json};

use super::form::posted;
use super::{Notice, NotifyProblem};
use crate::job::{NotifyEvent, NotifyForm};

fn notice(exit: Option<u8>, text: &str) -> Notice {
    Notice {
        events: vec![NotifyEvent::Failure],
        job: "daily".to_owned(),
        exit,
        text: text.to_owned(),
        summary: Some(json!({ "rows": 3 })),
        at: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
    }
}

#[test]
fn a_ping_says_by_its_path_what_the_exit_code_was() {
    for (url, exit, expected) in [
        ("https://ping.example/uuid", None, "https://ping.example/uuid/start"),
        ("https://ping.example/uuid", Some(0), "https://ping.example/uuid"),
        ("https://ping.example/uuid", Some(3), "https://ping.example/uuid/fail"),
        ("https://ping.example/uuid/", Some(5), "https://ping.example/uuid/fail"),
        ("https://ping.example/key/{job}?create=1", None, "https://ping.example/key/daily/start?create=1"),
        ("https://ping.example", Some(143), "https://ping.example/fail"),
        ("http://localhost:8000/ping", Some(0), "http://localhost:8000/ping"),
    ] {
        let posted = posted(NotifyForm::Ping, NotifyEvent::Failure, &notice(exit, "why"), url).unwrap();
        assert_eq!((posted.url.as_str(), posted.body.as_str()), (expected, "why"), "{url}");
    }
}

#[test]
fn a_chat_gets_a_text_in_which_nothing_is_markup() {
    let text = format!("a & b <!channel> {}", "ü".repeat(5000));
    let posted = posted(NotifyForm::Slack, NotifyEvent::Failure, &notice(Some(1), &text), "https://chat.example/x");
    let posted = posted.unwrap();
    let body: Value = serde_json::from_str(&posted.body).unwrap();
    let text = body["text"].as_str().unwrap();
    assert!(text.starts_with("a &amp; b &lt;!channel&gt; üü") && text.ends_with("ü…"), "{text}");
    assert_eq!(text.chars().count(), 3001);
    assert_eq!(posted.url.as_str(), "https://chat.example/x");
}

#[test]
fn a_program_gets_all_there_is() {
    let posted =
        posted(NotifyForm::Json, NotifyEvent::Failure, &notice(Some(3), "in part"), "https://hook.example/{job}");
    let posted = posted.unwrap();
    let body: Value = serde_json::from_str(&posted.body).unwrap();
    let expected = json!({
        "event": "failure", "job": "daily", "at": "2026-09-21T14:13:20Z", "exit": 3, "text": "in part",
        "summary": { "rows": 3 },
    });
    assert_eq!((body, posted.url.as_str()), (expected, "https://hook.example/daily"));
}

#[test]
fn what_would_show_the_url_is_refused_without_showing_it() {
    for (url, problem) in [
        ("http://hidden.example/s", NotifyProblem::PlainHttp),
        ("https://name:hidden@hook.example/", NotifyProblem::Userinfo),
        ("ftp://hidden.example", NotifyProblem::NoUrl),
        ("hidden", NotifyProblem::NoUrl),
        ("", NotifyProblem::NoUrl),
    ] {
        let refused = posted(NotifyForm::Ping, NotifyEvent::Start, &notice(None, ""), url).unwrap_err();
        assert!(!refused.to_string().contains("hidden"), "{refused}");
        assert_eq!(refused, problem, "{url}");
    }
}

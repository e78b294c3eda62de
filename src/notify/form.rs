//! A notice in each form: where it goes and what is sent. Pure.

use serde_json::json;
use url::Url;

use super::message::NotifyProblem;
use super::notice::Notice;
use crate::job::{NotifyEvent, NotifyForm};
use crate::model::is_loopback;

/// Chats cut longer texts, or refuse them.
const LONGEST_TEXT: usize = 3000;

/// What is posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Posted {
    pub(super) url: Url,
    pub(super) content_type: &'static str,
    pub(super) body: String,
}

/// The notice as it is posted to a target's URL.
pub(super) fn posted(
    form: NotifyForm,
    event: NotifyEvent,
    notice: &Notice,
    url: &str,
) -> Result<Posted, NotifyProblem> {
    let mut url = Url::parse(&url.replace("{job}", &notice.job)).map_err(|_| NotifyProblem::NoUrl)?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err(NotifyProblem::PlainHttp),
        _ => return Err(NotifyProblem::NoUrl),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(NotifyProblem::Userinfo);
    }
    let (content_type, body) = match form {
        NotifyForm::Ping => {
            add_step(&mut url, notice)?;
            ("text/plain; charset=utf-8", shortened(&notice.text))
        }
        NotifyForm::Slack => {
            // https://docs.slack.dev/messaging/formatting-message-text#escaping
            let escaped = notice.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            ("application/json", json!({ "text": shortened(&escaped) }).to_string())
        }
        NotifyForm::Json => {
            let body = json!({
                "event": event.word(),
                "job": notice.job,
                "at": notice.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
                "exit": notice.exit,
                "text": notice.text,
                "summary": notice.summary,
            });
            ("application/json", body.to_string())
        }
    };
    Ok(Posted { url, content_type, body })
}

/// <https://healthchecks.io/docs/http_api/>: the URL alone is a success. A watcher wants to know whether the job works, so
/// that the exit code decides, not the event.
fn add_step(url: &mut Url, notice: &Notice) -> Result<(), NotifyProblem> {
    let step = match notice.exit {
        None => "start",
        Some(0) => return Ok(()),
        Some(_) => "fail",
    };
    let mut segments = url.path_segments_mut().map_err(|()| NotifyProblem::NoUrl)?;
    segments.pop_if_empty().push(step);
    Ok(())
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

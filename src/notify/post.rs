//! The posting: each target in its own time, again after what may pass, for no longer than those wait who are to know.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use secrecy::ExposeSecret;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::form::{Posted, posted};
use super::message::{NotifyMessage, NotifyProblem};
use super::notice::{Notice, Target};
use crate::fetch::{HttpApiError, ProxySettings, client};
use crate::job::NotifyEvent;
use crate::message::tell;
use crate::model::{printable, with_plain_host};

/// A machine that is there takes a connection sooner.
const LONGEST_CONNECTING: Duration = Duration::from_secs(5);
/// A receiver that is slow has the notice already: sooner tried again, it would be told twice.
const LONGEST_TRY: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Tells all targets that want to know, at the same time, and returns when each was told or given up, which is at `until`;
/// that may come nearer meanwhile. Needs a tokio runtime.
pub async fn post(targets: &[Target], notice: &Notice, until: &watch::Receiver<Instant>) {
    let tell_one = |target: Target, event: NotifyEvent, notice: Notice, until| async move {
        match deliver(&target, event, &notice, until).await {
            Ok(()) => tell(&NotifyMessage::Notified { form: target.form.word(), of: event.word() }),
            Err(problem) => tell(&NotifyMessage::failed(target.form, Some(event), &problem)),
        }
    };
    let mut told = tokio::task::JoinSet::new();
    for target in targets {
        if let Some(event) = notice.event_for(target) {
            told.spawn(tell_one(target.clone(), event, notice.clone(), until.clone()));
        }
    }
    told.join_all().await;
}

async fn deliver(
    target: &Target,
    event: NotifyEvent,
    notice: &Notice,
    mut until: watch::Receiver<Instant>,
) -> Result<(), NotifyProblem> {
    let mut posted = posted(target.form, event, notice, target.url.expose_secret())?;
    posted.url = with_plain_host(posted.url).ok_or(NotifyProblem::NoUrl)?;
    let cannot = |error: HttpApiError| NotifyProblem::Client(error.to_string());
    let proxy = ProxySettings::towards(&posted.url).map_err(|error| cannot(error.into()))?;
    let builder = client(&posted.url, &proxy).map_err(cannot)?;
    let built = builder.connect_timeout(LONGEST_CONNECTING).timeout(LONGEST_TRY).build();
    let client = built.map_err(|error| cannot(HttpApiError::Client(error.without_url())))?;
    let mut pause = FIRST_PAUSE;
    let mut last = NotifyProblem::NoAnswer("it took too long".to_owned());
    loop {
        let Some(tried) = in_time(&mut until, try_once(&client, &posted)).await else { return Err(last) };
        let again_after = match tried {
            Tried::Taken => return Ok(()),
            Tried::Refused(problem) => return Err(problem),
            Tried::Failed { problem, wait } => {
                last = problem;
                wait.unwrap_or(pause)
            }
        };
        let is_too_late = Instant::now() + again_after >= *until.borrow();
        if is_too_late || in_time(&mut until, sleep(again_after)).await.is_none() {
            return Err(last);
        }
        pause *= 2;
    }
}

/// What comes of it, unless that takes too long.
async fn in_time<T>(until: &mut watch::Receiver<Instant>, work: impl Future<Output = T>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    loop {
        let end = *until.borrow_and_update();
        tokio::select! {
            done = &mut work => return Some(done),
            () = sleep_until(end) => return None,
            Ok(()) = until.changed() => {}
        }
    }
}

/// What came of one try.
enum Tried {
    Taken,
    /// It would be refused again.
    Refused(NotifyProblem),
    /// It may pass; the receiver may have said when.
    Failed {
        problem: NotifyProblem,
        wait: Option<Duration>,
    },
}

async fn try_once(client: &reqwest::Client, posted: &Posted) -> Tried {
    let request = client.post(posted.url.clone()).header(CONTENT_TYPE, posted.content_type).body(posted.body.clone());
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) => {
            return Tried::Failed { problem: NotifyProblem::NoAnswer(cause(&error.without_url())), wait: None };
        }
    };
    let status = answer.status();
    if status.is_success() {
        return Tried::Taken;
    }
    let problem = NotifyProblem::Status(status.as_u16());
    let may_pass = status.is_server_error() || [408, 429].contains(&status.as_u16());
    if !may_pass {
        return Tried::Refused(problem);
    }
    let seconds = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Tried::Failed { problem, wait: seconds.map(Duration::from_secs) }
}

/// What is at the bottom of an error, which names no URL.
fn cause(error: &reqwest::Error) -> String {
    let mut root: &dyn std::error::Error = error;
    while let Some(next) = root.source() {
        root = next;
    }
    if error.is_timeout() {
        let longest = if error.is_connect() { LONGEST_CONNECTING } else { LONGEST_TRY };
        return format!("nothing within {} s", longest.as_secs());
    }
    printable(&root.to_string()).into_owned()
}

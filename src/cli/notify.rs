//! What others are told of a run: that it began, and how it ended.

use std::convert::Infallible;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use super::exit::{CommandError, Exit};
use super::signals::runtime;
use crate::clock::{Clock, SystemClock};
use crate::job::NotifyEvent;
use crate::model::printable;
use crate::notify::{Notice, Target, post};
use crate::pipeline::Summary;
use crate::report::format::grouped;
use crate::run::Stop;

/// How long it is tried to tell of a beginning: the run goes on meanwhile.
const BEGINNING: Duration = Duration::from_secs(10);
/// And of an end.
const ENDED: Duration = Duration::from_secs(30);
/// And of the end of a run that somebody stopped, who waits for it.
const STOPPED: Duration = Duration::from_secs(3);

/// Tells the targets of one run.
pub struct Notifier {
    targets: Vec<Target>,
    job: String,
    /// Closed when the beginning was told, beside the run, or given up.
    beginning: oneshot::Receiver<()>,
}

impl Notifier {
    /// Tells that a job's run begins.
    pub fn begin(targets: Vec<Target>, job: &str) -> Self {
        let (told, beginning) = oneshot::channel();
        let notifier = Self { targets, job: job.to_owned(), beginning };
        let notice = notifier.notice(vec![NotifyEvent::Start], "the run begins");
        notifier.tell_beside(notice, told);
        notifier
    }

    /// Tells how it ended, and returns once that has arrived or was given up. Whoever stops the run, before or meanwhile,
    /// waits no longer than [`STOPPED`], and not at all once he says it again.
    pub async fn end(
        self,
        ended: &Result<Exit, CommandError>,
        summary: Option<&Summary>,
        mut stop: watch::Receiver<Stop>,
    ) {
        let exit = ended.as_ref().map_or_else(|error| error.exit, |exit| *exit);
        let error = ended.as_ref().err().map(|error| error.message.as_str());
        let events = events(exit, summary);
        let text = text(exit, error, summary);
        let notice = Notice {
            exit: Some(exit as u8),
            summary: summary.and_then(|summary| serde_json::to_value(summary).ok()),
            ..self.notice(events, &text)
        };
        // Whoever watches must not hear of the beginning last; whoever stopped the run waits no longer for that.
        tokio::select! {
            _ = self.beginning => {}
            Ok(_) = stop.wait_for(|stop| *stop != Stop::Go) => {}
        }
        let (sooner, until) = watch::channel(Instant::now() + ENDED);
        tokio::select! {
            () = post(&self.targets, &notice, &until) => {}
            never = hurry(stop, sooner) => match never {},
        }
    }

    fn notice(&self, events: Vec<NotifyEvent>, text: &str) -> Notice {
        let at: DateTime<Utc> = SystemClock.now();
        let text = format!("verify-rollup {}: {text}", self.job);
        Notice { events, job: self.job.clone(), exit: None, text, summary: None, at }
    }

    /// On a thread of its own: the run's does nothing else. `told` goes when that is over, be it since nobody wants to
    /// know or there is no thread.
    fn tell_beside(&self, notice: Notice, told: oneshot::Sender<()>) {
        let targets: Vec<_> =
            self.targets.iter().filter(|target| notice.event_for(target).is_some()).cloned().collect();
        if targets.is_empty() {
            return;
        }
        let Ok(runtime) = runtime() else { return };
        let post_all = move || {
            let (_, until) = watch::channel(Instant::now() + BEGINNING);
            runtime.block_on(post(&targets, &notice, &until));
            drop(told);
        };
        // Without it nobody is told.
        let _ = std::thread::Builder::new().name("notify".to_owned()).spawn(post_all);
    }
}

/// Brings the end of the waiting nearer, at the first stop, and at one after that.
async fn hurry(mut stop: watch::Receiver<Stop>, until: watch::Sender<Instant>) -> Infallible {
    if stop.wait_for(|stop| *stop != Stop::Go).await.is_ok() {
        until.send_replace(Instant::now() + STOPPED);
        if stop.changed().await.is_ok() {
            until.send_replace(Instant::now());
        }
    }
    std::future::pending().await
}

/// What the end of a run may be told as, the most telling first.
fn events(exit: Exit, summary: Option<&Summary>) -> Vec<NotifyEvent> {
    let wants_a_look =
        summary.is_some_and(|summary| !summary.attention.is_empty() || !summary.windows_expired.is_empty());
    match exit {
        Exit::Success if wants_a_look => vec![NotifyEvent::Attention, NotifyEvent::Success],
        Exit::Success => vec![NotifyEvent::Success],
        Exit::Attention => vec![NotifyEvent::Attention, NotifyEvent::Failure],
        Exit::Failed | Exit::Usage | Exit::Partial | Exit::Locked | Exit::Interrupted | Exit::Terminated => {
            vec![NotifyEvent::Failure]
        }
    }
}

/// A line of what counts, then what wants a look, then what went wrong.
fn text(exit: Exit, error: Option<&str>, summary: Option<&Summary>) -> String {
    let mut lines = vec![match exit {
        Exit::Success => "published".to_owned(),
        exit => format!("exit code {}", exit as u8),
    }];
    if let Some(summary) = summary {
        let windows =
            format!("{} of {} windows", grouped(summary.windows_published as u64), grouped(summary.windows as u64));
        lines[0] = format!("{}, {windows}, {} requests", lines[0], grouped(summary.requests.sent));
        if let Some(day) = &summary.last_day {
            let (attempts, converted) = (grouped(day.total_attempts), grouped(day.total_converted));
            lines.push(format!("{}: {attempts} attempts, {converted} converted", day.date));
        }
        lines.extend(summary.attention.iter().cloned());
        if let Some(first) = summary.windows_expired.first() {
            let count = grouped(summary.windows_expired.len() as u64);
            lines.push(format!("{count} windows have expired, the first of {}", first.window_start));
        }
    }
    if let Some(error) = error {
        lines.extend(error.lines().map(|line| printable(line).into_owned()));
    } else if let (true, Some(summary)) = (exit != Exit::Success, summary) {
        lines.extend(summary.warnings.iter().map(|warning| printable(warning).into_owned()));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_stop_leaves_three_seconds_and_the_next_none() {
        for before in [Stop::Go, Stop::Drain, Stop::Abort] {
            let (signal, stop) = watch::channel(before);
            let began = Instant::now();
            let (sooner, mut until) = watch::channel(began + ENDED);
            tokio::spawn(hurry(stop, sooner));
            if before == Stop::Go {
                tokio::time::sleep(Duration::from_secs(1)).await;
                assert_eq!(*until.borrow_and_update(), began + ENDED);
                signal.send_replace(Stop::Drain);
            }
            until.changed().await.unwrap();
            assert_eq!(*until.borrow_and_update(), Instant::now() + STOPPED, "{before:?}");
            signal.send_replace(Stop::Abort);
            until.changed().await.unwrap();
            assert_eq!(*until.borrow(), Instant::now(), "{before:?}");
        }
    }

    #[test]
    fn each_exit_code_is_told_as_one_event() {
        use NotifyEvent::{Attention, Failure, Success};
        for (exit, told) in [
            (Exit::Success, vec![Success]),
            (Exit::Attention, vec![Attention, Failure]),
            (Exit::Failed, vec![Failure]),
            (Exit::Usage, vec![Failure]),
            (Exit::Partial, vec![Failure]),
            (Exit::Locked, vec![Failure]),
            (Exit::Interrupted, vec![Failure]),
            (Exit::Terminated, vec![Failure]),
        ] {
            assert_eq!(events(exit, None), told, "{exit:?}");
        }
    }
}

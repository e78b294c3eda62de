//! What others are told of a run: that it began, and how it ended.

use std::thread::JoinHandle;

use chrono::{DateTime, Utc};

use super::exit::{CommandError, Exit};
use crate::clock::{Clock, SystemClock};
use crate::job::NotifyEvent;
use crate::model::printable;
use crate::notify::{Notice, Patience, Target, post};
use crate::pipeline::Summary;
use crate::report::format::grouped;

/// Tells the targets of one run.
pub struct Notifier {
    targets: Vec<Target>,
    job: String,
    /// Tells of the beginning, beside the run.
    beginning: Option<JoinHandle<()>>,
}

impl Notifier {
    /// Tells that a job's run begins.
    pub fn begin(targets: Vec<Target>, job: &str) -> Self {
        let mut notifier = Self { targets, job: job.to_owned(), beginning: None };
        let notice = notifier.notice(vec![NotifyEvent::Start], "the run begins");
        notifier.beginning = notifier.tell(notice, Patience::Beginning);
        notifier
    }

    /// Tells how it ended, and waits until that has arrived or was given up.
    pub fn end(mut self, ended: &Result<Exit, CommandError>, summary: Option<&Summary>) {
        let exit = ended.as_ref().map_or_else(|error| error.exit, |exit| *exit);
        let error = ended.as_ref().err().map(|error| error.message.as_str());
        let events = events(exit, summary);
        let text = text(exit, error, summary);
        let notice = Notice {
            exit: Some(exit as u8),
            summary: summary.and_then(|summary| serde_json::to_value(summary).ok()),
            ..self.notice(events, &text)
        };
        let patience = match exit {
            Exit::Interrupted | Exit::Terminated => Patience::Stopped,
            _ => Patience::Ended,
        };
        // Whoever watches must not hear of the beginning last; whoever stopped the run waits no longer for that.
        if patience == Patience::Ended {
            wait(self.beginning.take());
        }
        wait(self.tell(notice, patience));
    }

    fn notice(&self, events: Vec<NotifyEvent>, text: &str) -> Notice {
        let at: DateTime<Utc> = SystemClock.now();
        let text = format!("verify-rollup {}: {text}", self.job);
        Notice { events, job: self.job.clone(), exit: None, text, summary: None, at }
    }

    /// On a thread of its own: the run's does nothing else. `None` if nobody wants to know, or there is no thread.
    fn tell(&self, notice: Notice, patience: Patience) -> Option<JoinHandle<()>> {
        let targets: Vec<_> =
            self.targets.iter().filter(|target| notice.event_for(target).is_some()).cloned().collect();
        if targets.is_empty() {
            return None;
        }
        let runtime = super::signals::runtime().ok()?;
        let post_all = move || runtime.block_on(post(&targets, &notice, patience));
        std::thread::Builder::new().name("notify".to_owned()).spawn(post_all).ok()
    }
}

fn wait(thread: Option<JoinHandle<()>>) {
    // One that panicked has said so.
    drop(thread.map(JoinHandle::join));
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

//! Events to a bar on a terminal, to plain lines elsewhere, or to nothing. Nothing here changes what a run does.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::clock::{Clock, SystemClock};
use crate::run::{Event, Observer, Snapshot};

/// Between two plain lines of progress.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Longer than answers usually take: a connection that nothing answers to shows in no failure for ten seconds.
const LONG_FOR_AN_ANSWER: Duration = Duration::from_millis(1500);

/// How many given-up questions are told one by one: an outage ends many, and the summary names what is missing.
const FAILURES_TOLD: u64 = 10;

/// A duration for people: `2 minutes`.
#[must_use]
pub fn human(time: Duration) -> String {
    HumanDuration(time).to_string()
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Display {
    /// A bar when stderr is a terminal, lines otherwise.
    Automatic,
    /// Nothing is shown, not even lines.
    Silent,
}

/// The watcher that the command line uses.
pub struct Progress {
    bar: Option<ProgressBar>,
    lines: bool,
    /// When the first request was sent.
    started: Duration,
    last_line: Duration,
    failures: u64,
    /// Why there is no answer yet, as it was told last.
    told: Option<String>,
    requests_per_minute: Option<u32>,
}

impl Progress {
    /// `requests_per_minute` is the limit under which the remaining time is estimated; `None` = no limit.
    #[must_use]
    pub fn new(display: Display, requests_per_minute: Option<u32>) -> Self {
        let on_terminal = std::io::stderr().is_terminal();
        let bar = (display == Display::Automatic && on_terminal).then(|| {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(8));
            let style = ProgressStyle::with_template("{spinner:.cyan} {bar:32.cyan/dim} {pos}/{len}  {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.set_style(style.progress_chars("━━─"));
            bar
        });
        let now = SystemClock.monotonic();
        let lines = display != Display::Silent && bar.is_none();
        Self { bar, lines, started: now, last_line: now, failures: 0, told: None, requests_per_minute }
    }

    fn note(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| tracing::info!("{line}")),
            None if self.lines => tracing::info!("{line}"),
            None => {}
        }
    }

    /// Until the first answer comes, whatever hinders it is told at once, and once: it may well hinder all others.
    fn tell_of_silence(&mut self, reason: &str) {
        if self.told.as_deref() != Some(reason) {
            self.note(&format!("no usable answer yet: {reason}"));
            self.told = Some(reason.to_owned());
        }
    }

    /// A warning, whatever else is shown.
    fn warn(&self, line: &impl std::fmt::Display) {
        let tell = || tracing::warn!("{line}");
        self.bar.as_ref().map_or_else(tell, |bar| bar.suspend(tell));
    }

    /// `97/min · 2 throttled · 3 retries · about 4 minutes left`
    fn describe(&self, snapshot: &Snapshot) -> String {
        let elapsed = SystemClock.monotonic().saturating_sub(self.started);
        let tally = snapshot.tally;
        let mut parts = Vec::new();
        if elapsed > Duration::from_secs(1) {
            #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
            let rate = tally.sent as f64 * 60.0 / elapsed.as_secs_f64();
            parts.push(format!("{rate:.0}/min"));
        }
        if tally.throttled > 0 {
            parts.push(format!("{} throttled", tally.throttled));
        }
        if tally.retries > 0 {
            parts.push(format!("{} retries", tally.retries));
        }
        if tally.failed > 0 {
            parts.push(format!("{} failed", tally.failed));
        }
        if snapshot.is_unanswered() {
            // Nobody knows whether one will come, so nothing is said of the end.
            parts.push("no usable answer yet".to_owned());
        } else if let Some(left) = self.time_left(snapshot, elapsed) {
            parts.push(format!("about {} left", HumanDuration(left)));
        }
        parts.join(" · ")
    }

    /// Under a limit: whole minutes of tokens that the open questions need beyond those of the first minute. Without
    /// one: at the rate so far.
    fn time_left(&self, snapshot: &Snapshot, elapsed: Duration) -> Option<Duration> {
        let open = snapshot.total.saturating_sub(snapshot.done);
        if open == 0 {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
        let seconds = match self.requests_per_minute {
            Some(limit) => {
                let all = snapshot.tally.sent + open;
                let needed = all.saturating_sub(u64::from(limit)) as f64 * 60.0 / f64::from(limit);
                needed - elapsed.as_secs_f64()
            }
            None if snapshot.done > 0 => elapsed.as_secs_f64() * open as f64 / snapshot.done as f64,
            None => return None,
        };
        (seconds >= 1.0).then(|| Duration::from_secs_f64(seconds))
    }

    fn progress(&mut self, snapshot: &Snapshot) {
        let now = SystemClock.monotonic();
        if snapshot.tally.sent == 0 {
            self.started = now;
        }
        if snapshot.is_unanswered() && self.told.is_none() && now.saturating_sub(self.started) >= LONG_FOR_AN_ANSWER {
            self.tell_of_silence("the first request is still on its way");
        }
        if let Some(bar) = &self.bar {
            bar.set_length(snapshot.total);
            bar.set_position(snapshot.done);
            bar.set_message(self.describe(snapshot));
            bar.tick();
            return;
        }
        if self.lines && now.saturating_sub(self.last_line) >= LINE_EVERY {
            self.last_line = now;
            let described = self.describe(snapshot);
            tracing::info!("{}/{} answered · {described}", snapshot.done, snapshot.total);
        }
    }
}

impl Observer for Progress {
    fn on(&mut self, event: &Event<'_>) {
        match event {
            Event::Progress(snapshot) => self.progress(snapshot),
            Event::BucketLost(lost) => self.warn(lost),
            Event::Throttled { pause } => {
                self.note(&format!(
                    "the API answered 429 (too many requests): nobody asks for {}",
                    HumanDuration(*pause)
                ));
            }
            Event::Crowded(crowded) => self.warn(crowded),
            Event::Paused { pause } => {
                self.note(&format!("no request succeeds: pausing for {:.1} s", pause.as_secs_f64()));
            }
            Event::Retrying { slice, reason, wait, answered } => {
                if *answered == 0 {
                    self.tell_of_silence(reason);
                }
                tracing::debug!("{slice}: {reason}; again in {:.1} s", wait.as_secs_f64());
            }
            Event::Failed { slice, reason } => {
                self.failures += 1;
                if self.failures <= FAILURES_TOLD {
                    self.note(&format!("given up: {slice}: {reason}"));
                } else {
                    tracing::debug!("given up: {slice}: {reason}");
                }
                if self.failures == FAILURES_TOLD {
                    self.note("further questions that are given up are only counted (-v tells each)");
                }
            }
            Event::Draining { in_flight } => {
                self.note(&format!(
                    "stopping: {in_flight} requests in flight are awaited and kept; a second signal leaves at once"
                ));
            }
            Event::Ended(_) => {
                if let Some(bar) = self.bar.take() {
                    bar.finish_and_clear();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Tally;

    fn shown(sent: u64, answered: u64) -> String {
        let mut progress = Progress::new(Display::Silent, Some(100));
        progress.started = SystemClock.monotonic().saturating_sub(Duration::from_secs(30));
        let tally = Tally { sent, answered, ..Tally::default() };
        progress.describe(&Snapshot { done: answered, total: 1_831, in_flight: 1, tally })
    }

    #[test]
    fn how_long_it_takes_is_told_once_an_answer_has_come() {
        assert!(shown(16, 0).ends_with(" · no usable answer yet"), "{}", shown(16, 0));
        assert!(shown(16, 1).ends_with(" left"), "{}", shown(16, 1));
        assert!(shown(0, 0).ends_with(" left"), "nothing was asked that could be answered");
    }

    #[test]
    fn a_cause_is_told_until_another_takes_its_place() {
        let mut progress = Progress::new(Display::Silent, None);
        let mut told = Vec::new();
        for (reason, answered) in [("no name", 0), ("no name", 0), ("HTTP 503", 0), ("HTTP 504", 7)] {
            let range = crate::model::Window::new(crate::model::UnixSeconds(0), crate::model::UnixSeconds(1));
            let slice = crate::model::Slice::whole(range.expect("it ends after its start"));
            progress.on(&Event::Retrying { slice: &slice, reason, wait: Duration::ZERO, answered });
            told.push(progress.told.clone());
        }
        assert_eq!(told, ["no name", "no name", "HTTP 503", "HTTP 503"].map(|reason| Some(reason.to_owned())));
    }
}

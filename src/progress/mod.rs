//! A run's events on a terminal as a bar, elsewhere as plain lines, or as objects for programs. Nothing here changes what
//! a run does.
//!
//! What is shown follows from what was heard: [`view`] keeps it, with the rate over the last minute ([`rate`]), the total
//! that is expected ([`total`]), the time that is left ([`eta`]) and what is waited for ([`hindrance`]). [`mod@line`] lays it
//! out for a width, [`bar`] draws it, and [`message`] tells it.

mod accounts;
mod bar;
mod counts;
mod eta;
mod hindrance;
mod line;
mod message;
mod rate;
#[cfg(test)]
mod tests;
mod total;
mod view;

use std::io::IsTerminal;
use std::time::Duration;

pub use accounts::{AccountObserver, AccountsProgress, Completeness};
pub use bar::human;
pub use message::ProgressMessage;

use crate::clock::{Clock, SystemClock};
use crate::message::{Level, Message, tell, tell_at};
use crate::run::{Event, Observer, Snapshot};
use bar::Bar;
use view::Heard;

/// Between two lines of progress.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Longer than answers usually take: a connection that nothing answers to shows in no failure for ten seconds.
const LONG_FOR_AN_ANSWER: Duration = Duration::from_millis(1500);

/// How many given-up questions are told people one by one: an outage ends many, and the summary names what is missing.
const FAILURES_TOLD: u64 = 10;

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Display {
    /// A bar when stderr is a terminal, lines otherwise.
    Automatic,
    /// Lines, terminal or not.
    Lines,
    /// Events for programs, of which none is left out.
    Events,
}

/// The watcher that the command line uses.
pub struct Progress {
    display: Display,
    bar: Option<Bar>,
    heard: Heard,
    /// When the last line was told, or the first could have been.
    last_line: Option<Duration>,
    failures: u64,
    /// Why there is no answer yet, as it was told last.
    told: Option<String>,
}

impl Progress {
    /// `requests_per_minute` is the run's limit; `None` = no limit.
    #[must_use]
    pub fn new(display: Display, requests_per_minute: Option<u32>) -> Self {
        let has_bar = display == Display::Automatic && std::io::stderr().is_terminal();
        Self {
            display,
            bar: has_bar.then(Bar::on_stderr),
            heard: Heard::new(requests_per_minute),
            last_line: None,
            failures: 0,
            told: None,
        }
    }

    /// Tells of an event, above the bar if there is one.
    fn tell(&self, message: &impl Message) {
        self.tell_at(message.level(), message);
    }

    fn tell_at(&self, level: Level, message: &impl Message) {
        match &self.bar {
            Some(bar) => bar.suspend(|| tell_at(level, message)),
            None => tell_at(level, message),
        }
    }

    /// Until the first answer comes, whatever hinders it is told at once, and once: it may well hinder all others.
    fn tell_of_silence(&mut self, reason: &str) {
        if self.told.as_deref() != Some(reason) {
            self.tell(&ProgressMessage::NoAnswerYet { cause: reason.to_owned() });
            self.told = Some(reason.to_owned());
        }
    }

    /// Events that people are told a few of are told programs all.
    fn tell_of_failure(&mut self, message: &ProgressMessage) {
        self.failures += 1;
        let is_told = self.display == Display::Events || self.failures <= FAILURES_TOLD;
        self.tell_at(if is_told { Level::INFO } else { Level::DEBUG }, message);
    }

    fn progress(&mut self, snapshot: &Snapshot, now: Duration) {
        let view = self.heard.look(snapshot, now);
        let is_long = self.heard.running() >= LONG_FOR_AN_ANSWER;
        if snapshot.is_unanswered() && self.told.is_none() && is_long {
            self.tell_of_silence("the first request is still on its way");
        }
        if let Some(bar) = &self.bar {
            bar.draw(&view);
            return;
        }
        let is_due = match self.last_line {
            Some(last) => now >= last + LINE_EVERY,
            // People need no line to see that a run has begun.
            None => self.display == Display::Events,
        };
        if is_due {
            tell(&ProgressMessage::progress(&view));
        }
        if is_due || self.last_line.is_none() {
            self.last_line = Some(now);
        }
    }

    fn end(&mut self, snapshot: &Snapshot, now: Duration) {
        if let Some(bar) = self.bar.take() {
            bar.clear();
        }
        if self.display == Display::Events {
            let view = self.heard.look(snapshot, now).at_the_end(snapshot);
            tell(&ProgressMessage::progress(&view));
        }
    }
}

impl Observer for Progress {
    fn on(&mut self, event: &Event<'_>) {
        let now = SystemClock.monotonic();
        self.heard.hear(event, now);
        match event {
            Event::Began { run_id, as_of, taken_up } => self.tell(&ProgressMessage::RunBegan {
                as_of: as_of.to_string(),
                taken_up: *taken_up,
                run_id: run_id.to_string(),
            }),
            Event::Foreseen(expected) => self.tell(&ProgressMessage::foreseen(expected)),
            Event::Progress(snapshot) => self.progress(snapshot, now),
            Event::BucketLost(lost) => self.tell(&ProgressMessage::BucketLost { cause: lost.to_string() }),
            Event::Throttled { pause } => self.tell(&ProgressMessage::Throttled { seconds: pause.as_secs_f64() }),
            Event::Crowded(crowded) => self.tell(&ProgressMessage::crowded(crowded)),
            Event::Paused { pause } => self.tell(&ProgressMessage::Paused { seconds: pause.as_secs_f64() }),
            Event::Retrying { wanted, reason, wait, answered } => {
                if *answered == 0 {
                    self.tell_of_silence(reason);
                }
                self.tell(&ProgressMessage::Retrying {
                    question: wanted.to_string(),
                    cause: (*reason).to_owned(),
                    seconds: wait.as_secs_f64(),
                });
            }
            Event::Failed { wanted, reason } => self.tell_of_failure(&ProgressMessage::QuestionFailed {
                question: wanted.to_string(),
                cause: (*reason).to_owned(),
                is_last_told: self.failures + 1 == FAILURES_TOLD,
            }),
            Event::Draining { in_flight } => {
                self.tell(&ProgressMessage::Stopping { in_flight: *in_flight as u64 });
            }
            Event::Ended(snapshot) => self.end(snapshot, now),
        }
    }
}

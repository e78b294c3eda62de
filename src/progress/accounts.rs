//! How the work on many accounts goes: one bar or one line for all of them, never one for each.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::bar::{AccountsBar, human, human_count};
use super::counts::Counts;
use super::message::ProgressMessage;
use super::{Display, LINE_EVERY};
use crate::clock::{Clock, SystemClock};
use crate::message::{Message, tell};
use crate::run::{Event, Observer};

/// Between two drawings of the bar.
const DRAW_EVERY: Duration = Duration::from_millis(200);

/// The watcher of all accounts. Threads may share it; what it tells comes from a thread of its own, which works on none.
pub struct AccountsProgress {
    board: Arc<Board>,
    /// Closed at the end, when the teller stops.
    end: Sender<()>,
    teller: Option<JoinHandle<()>>,
}

struct Board {
    bar: Option<AccountsBar>,
    began: Duration,
    counts: Mutex<Counts>,
    sent: AtomicU64,
    throttled: AtomicU64,
}

impl AccountsProgress {
    /// Of so many accounts.
    #[must_use]
    pub fn new(display: Display, accounts: u64) -> Self {
        let has_bar = display == Display::Automatic && std::io::stderr().is_terminal();
        let every = if has_bar { DRAW_EVERY } else { LINE_EVERY };
        let board = Arc::new(Board {
            bar: has_bar.then(AccountsBar::on_stderr),
            began: SystemClock.monotonic(),
            counts: Mutex::new(Counts { total: accounts, ..Counts::default() }),
            sent: AtomicU64::new(0),
            throttled: AtomicU64::new(0),
        });
        let (end, ended) = channel();
        let telling = Arc::clone(&board);
        let teller = std::thread::Builder::new().name("progress".to_owned()).spawn(move || {
            while ended.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                telling.show();
            }
        });
        // Without it nothing is told, and all is done.
        Self { board, end, teller: teller.ok() }
    }

    /// The work on an account begins; who hears of its run.
    #[must_use]
    pub fn began(&self) -> AccountObserver<'_> {
        self.board.change(|counts| counts.at_work += 1);
        AccountObserver { board: &self.board, sent: 0, throttled: 0 }
    }

    /// The work on an account is over; tells of it.
    pub fn ended(&self, is_complete: Completeness, message: &impl Message) {
        self.board.tell(message);
        self.board.change(|counts| {
            counts.at_work -= 1;
            counts.done += 1;
            counts.incomplete += u64::from(is_complete == Completeness::Lacking);
        });
    }

    /// The work on an account is given up, for others to do; tells of it.
    pub fn left(&self, message: &impl Message) {
        self.board.tell(message);
        self.board.change(|counts| counts.at_work -= 1);
    }

    /// All of it is over.
    pub fn end(self) {
        let Self { board, end, teller } = self;
        drop(end);
        if let Some(teller) = teller {
            // A panic in it was told.
            let _ = teller.join();
        }
        if let Some(bar) = &board.bar {
            bar.clear();
        }
    }
}

impl Board {
    fn change(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Beside the bar, if there is one.
    fn tell(&self, message: &impl Message) {
        match &self.bar {
            Some(bar) => bar.suspend(|| tell(message)),
            None => tell(message),
        }
    }

    fn show(&self) {
        let running = SystemClock.monotonic().saturating_sub(self.began);
        let counts = Counts {
            sent: self.sent.load(Ordering::Relaxed),
            throttled: self.throttled.load(Ordering::Relaxed),
            ..*self.counts.lock().unwrap_or_else(PoisonError::into_inner)
        };
        let words = words(&counts, running);
        match &self.bar {
            Some(bar) => bar.draw(counts.total, counts.done, &words),
            None => tell(&ProgressMessage::accounts(&counts, words)),
        }
    }
}

/// Whether all of an account was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// It was.
    Whole,
    /// It was not.
    Lacking,
}

/// Adds an account's requests to those of all. What else happens to it is told when its turn is over.
pub struct AccountObserver<'a> {
    board: &'a Board,
    sent: u64,
    throttled: u64,
}

impl Observer for AccountObserver<'_> {
    fn on(&mut self, event: &Event<'_>) {
        match event {
            Event::Progress(snapshot) | Event::Ended(snapshot) => {
                let tally = snapshot.tally;
                self.board.sent.fetch_add(tally.sent.saturating_sub(self.sent), Ordering::Relaxed);
                self.board.throttled.fetch_add(tally.throttled.saturating_sub(self.throttled), Ordering::Relaxed);
                (self.sent, self.throttled) = (tally.sent, tally.throttled);
            }
            Event::BucketLost(lost) => tell(&ProgressMessage::BucketLost { cause: lost.to_string() }),
            Event::Crowded(crowded) => tell(&ProgressMessage::crowded(crowded)),
            _ => {}
        }
    }
}

/// As in: 412 of 3,000 accounts done, about 43 minutes left, 3 not complete, 100 at work, 41,234 requests.
fn words(counts: &Counts, running: Duration) -> String {
    let Counts { total, done, incomplete, at_work, sent, throttled } = *counts;
    let some = |count: u64, what: &str| match count {
        0 => String::new(),
        count => format!(", {} {what}", human_count(count)),
    };
    let left = match (u32::try_from(done), u32::try_from(total - done.min(total))) {
        (Ok(done @ 1..), Ok(left @ 1..)) => format!(", about {} left", human(running / done * left)),
        _ => String::new(),
    };
    format!(
        "{} of {} accounts done{left}{}, {} at work, {} requests{}",
        human_count(done),
        human_count(total),
        some(incomplete, "not complete"),
        human_count(at_work),
        human_count(sent),
        some(throttled, "answered 429"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_tells_of_all_accounts() {
        let counts = Counts { total: 3000, done: 412, incomplete: 3, at_work: 100, sent: 41_234, throttled: 0 };
        assert_eq!(
            words(&counts, Duration::from_secs(412)),
            "412 of 3,000 accounts done, about 43 minutes left, 3 not complete, 100 at work, 41,234 requests"
        );
        let none = Counts { total: 5, throttled: 2, ..Counts::default() };
        assert_eq!(words(&none, Duration::ZERO), "0 of 5 accounts done, 0 at work, 0 requests, 2 answered 429");
    }
}

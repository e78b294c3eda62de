//! The loop: when it looks at what. See the module head of `run` for its rules; what is asked next is `steps`, what becomes
//! of a question `replies`, of a page of the list `pages`.

mod pages;
mod replies;
mod steps;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::attempt::{Attempts, Sent};
use super::ending::{DriveError, DriveFailure, Driven, Ending, Stop};
use super::reach::Reach;
use super::reader::Reader;
use super::waiting::{Pending, Waiting};
use super::{AbsentCounts, Event, Observer, Snapshot};
use crate::clock::Clock;
use crate::fetch::{Api, Limiter, ListApi, Page, RetryPolicy};
use crate::ledger::AnswerLog;
use crate::model::{Answer, ApiFailure, Prefix, Question, Segment, Tally, UnixSeconds, Window};
use crate::planner::Planner;
use crate::postgres::Absence;

/// How often watchers hear of progress.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// What the loop works with.
pub struct Deps<'a, A, L> {
    /// How a question is asked, once.
    pub api: Arc<A>,
    /// What has been answered.
    pub ledger: &'a mut L,
    /// When a request may be sent.
    pub limiter: &'a mut Limiter,
    /// What the pages of the list need besides.
    pub list: ListDeps<'a>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Who watches.
    pub observer: &'a mut dyn Observer,
    /// Uniform numbers in [0, 1) for jitter.
    pub jitter: &'a mut dyn FnMut() -> f64,
}

/// What the pages of the list need besides; the default will do for who reads none.
#[derive(Debug, Default)]
pub struct ListDeps<'a> {
    /// When a page may be asked for; `None`: under the one limit.
    pub limiter: Option<&'a mut Limiter>,
    /// The job's windows.
    pub windows: &'a [Window],
    /// The job's prefixes.
    pub prefixes: &'a [Prefix],
}

/// How hard the loop may try.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The most requests in flight, those not yet durable included.
    pub concurrency: NonZeroU32,
    /// How often and how long a question is repeated.
    pub retry: RetryPolicy,
    /// The run's `as_of`, kept with each answer.
    pub as_of: UnixSeconds,
    /// What a refused country means.
    pub refused_countries: RefusedCountries,
    /// The length of the job's longest window: what is longer can be asked in parts. `None`: no question is longer.
    pub longest_window: Option<Duration>,
    /// The forms in which this account's zeros are known to come without counts, from what earlier runs saw.
    pub absent_counts: AbsentCounts,
}

/// What HTTP 400 or 404 to a question about one country means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusedCountries {
    /// The job lists the country: its question failed.
    Fail,
    /// The job asks for every country that there is, and the API knows fewer.
    Expected,
}

/// What a request's task brings back.
enum Reply {
    Question(Pending<Question>, Sent),
    Page(Pending<Box<Reader>>, Sent<Page>),
}

/// What is on its way to the disk.
enum Commit {
    Answer(Question, Answer),
    Listed(Segment, Tally),
}

/// Why no request can be sent right now.
#[derive(Debug, PartialEq, Eq)]
enum Blocked {
    /// Nothing hinders; other events deserve a look first.
    No,
    /// As many requests as allowed are in flight, or enough questions wait for their next try.
    Full,
    /// A pause, a token or a retry is due at this monotonic time.
    Until(Duration),
    /// The planner waits for answers.
    Answers,
    /// The planner is done.
    Done,
    /// The loop is ending.
    Ending,
}

struct Loop<'a, P, A, L> {
    planner: &'a mut P,
    api: Arc<A>,
    ledger: &'a mut L,
    attempts: Attempts<'a>,
    clock: Arc<dyn Clock>,
    observer: &'a mut dyn Observer,
    pace: Pace,
    reach: Reach,
    requests: JoinSet<Reply>,
    /// What the ledger was handed and is not yet durable, by ticket.
    commits: HashMap<u64, Commit>,
    questions: Waiting<Question>,
    pages: Waiting<Box<Reader>>,
    /// Pages that are expected after those that wait or are in flight.
    pages_to_come: u64,
    /// Why no page is asked for any more.
    list_given_up: Option<ApiFailure>,
    windows: &'a [Window],
    prefixes: &'a [Prefix],
    tickets: u64,
    /// Questions and pages of this run that are over.
    done: u64,
    ending: Option<Ending>,
    shown_at: Duration,
    /// Until when watchers know that nobody asks after a 429.
    throttled_until: Duration,
}

/// Asks what the planner wants until it is done, a signal stops it, or the run must give up.
pub async fn drive<'a, P, A, L>(
    planner: &'a mut P,
    deps: Deps<'a, A, L>,
    pace: Pace,
    stop: watch::Receiver<Stop>,
) -> Result<Driven, DriveFailure>
where
    P: Planner,
    A: Api + ListApi,
    L: AnswerLog,
{
    let Deps { api, ledger, limiter, list, clock, observer, jitter } = deps;
    let ListDeps { limiter: of_list, windows, prefixes } = list;
    let began = clock.monotonic();
    let Pace { retry, concurrency, absent_counts, .. } = pace;
    let attempts =
        Attempts::new(limiter, Arc::clone(&clock), jitter, retry, concurrency, absent_counts).with_list_limit(of_list);
    let mut this = Loop {
        planner,
        api,
        ledger,
        attempts,
        clock,
        observer,
        reach: Reach::new(pace.longest_window),
        pace,
        requests: JoinSet::new(),
        commits: HashMap::new(),
        questions: Waiting::default(),
        pages: Waiting::default(),
        pages_to_come: 0,
        list_given_up: None,
        windows,
        prefixes,
        tickets: 0,
        done: 0,
        ending: None,
        shown_at: Duration::ZERO,
        throttled_until: Duration::ZERO,
    };
    let mut ended = this.run(stop.clone()).await;
    if ended.as_ref().is_err_and(Absence::comes_of_absence) && *stop.borrow() != Stop::Go {
        // Who was told to stop waits for no server.
        (this.ending, ended) = (Some(Ending::Stopped), Ok(()));
    }
    let elapsed = this.clock.monotonic().saturating_sub(began);
    let snapshot = this.snapshot();
    this.observer.on(&Event::Ended(snapshot));
    let Loop { ending, attempts, .. } = this;
    let tally = attempts.tally();
    ended.map_err(|error| DriveFailure { error, tally })?;
    Ok(Driven {
        ending: ending.unwrap_or(Ending::Finished),
        tally,
        elapsed,
        absent_counts: attempts.absent_counts(),
        server_now: attempts.server_now(),
        crowded: attempts.crowded(),
        odd_prices: attempts.into_odd_prices(),
    })
}

impl<P, A, L> Loop<'_, P, A, L>
where
    P: Planner,
    A: Api + ListApi,
    L: AnswerLog,
{
    async fn run(&mut self, mut stop: watch::Receiver<Stop>) -> Result<(), DriveError> {
        let mut watching = true;
        loop {
            match *stop.borrow_and_update() {
                Stop::Go => {}
                Stop::Drain => self.end(Ending::Stopped),
                Stop::Abort => {
                    self.ending = Some(Ending::Stopped);
                    return Ok(());
                }
            }
            let blocked = self.ask_more()?;
            self.look_around()?;
            if self.in_flight() == 0 {
                match blocked {
                    Blocked::Done | Blocked::Ending => return Ok(()),
                    Blocked::Answers | Blocked::Full => {
                        return Err(DriveError::Bug(format!("nothing in flight, yet blocked: {blocked:?}")));
                    }
                    Blocked::No | Blocked::Until(_) => {}
                }
            }
            if blocked == Blocked::No {
                tokio::task::yield_now().await;
                while let Some(reply) = self.requests.try_join_next() {
                    self.receive(reply)?;
                }
                continue;
            }
            let now = self.clock.monotonic();
            let wake = match blocked {
                Blocked::Until(due) => due.saturating_sub(now).min(PROGRESS_EVERY),
                _ => PROGRESS_EVERY,
            };
            tokio::select! {
                changed = stop.changed(), if watching => watching = changed.is_ok(),
                Some(reply) = self.requests.join_next(), if !self.requests.is_empty() => {
                    self.receive(reply)?;
                    while let Some(reply) = self.requests.try_join_next() {
                        self.receive(reply)?;
                    }
                }
                tickets = self.ledger.committed(), if !self.commits.is_empty() => self.learn_committed(tickets?)?,
                () = tokio::time::sleep(wake) => {}
            }
        }
    }

    /// Requests on their way or answered but not yet durable.
    fn in_flight(&self) -> usize {
        self.requests.len() + self.commits.len()
    }

    /// What waits for a token or its next try.
    fn waiting(&self) -> usize {
        self.questions.len() + self.pages.len()
    }

    fn end(&mut self, ending: Ending) {
        if self.ending.is_none() {
            self.ending = Some(ending);
            let in_flight = self.in_flight();
            if in_flight > 0 {
                self.observer.on(&Event::Draining { in_flight });
            }
        }
    }

    fn snapshot(&self) -> Snapshot {
        let (over, planned) = self.planner.progress();
        Snapshot {
            done: self.done,
            wanted: (self.in_flight() + self.waiting()) as u64 + self.pages_to_come,
            open: planned.saturating_sub(over),
            drilled: self.planner.drilled(),
            in_flight: self.in_flight(),
            token_in: self.attempts.token_in(self.clock.monotonic()),
            outlook: self.attempts.outlook(),
            tally: self.attempts.tally(),
        }
    }

    /// A few times a second: watchers hear of progress, and a run whose state became another machine's ends, also while
    /// it only waits.
    fn look_around(&mut self) -> Result<(), DriveError> {
        let now = self.clock.monotonic();
        if now.saturating_sub(self.shown_at) >= PROGRESS_EVERY {
            self.shown_at = now;
            let snapshot = self.snapshot();
            self.observer.on(&Event::Progress(snapshot));
            self.attempts.tend()?;
        }
        Ok(())
    }
}

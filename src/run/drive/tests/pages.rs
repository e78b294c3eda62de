//! Pages of the list, read by the loop from a scripted account onto a slow disk.

mod faults;
mod given_up;
mod limits;
mod reading;

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::fetch::{Limit, NextPage, OddPrices, PageQuestion};
use crate::ledger::{FindAnswer, LedgerError, NewAnswer};
use crate::model::{AnswerSource, ApiFailure, AttemptId, Channel, FailureKind, ListOutcome, Listed, NewTally};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
/// How long a page takes to come.
const LATENCY: Duration = Duration::from_millis(500);
/// How long the disk takes.
const DISK: Duration = Duration::from_millis(50);

/// A day, so many days from now, of which so many pages are expected.
fn segment(offset: i64, pages: i64) -> Segment {
    Segment { range: day(offset).range, attempts: (pages - 1) * 1000, reuse: Reuse::Never }
}

/// Wants segments, so many at once, and questions beside them.
struct Wishes {
    segments: VecDeque<Segment>,
    at_once: usize,
    reading: usize,
    questions: VecDeque<Slice>,
    asking: usize,
    listed: Vec<(Duration, Segment, ListOutcome)>,
    answered: Vec<(Slice, Outcome)>,
    clock: Arc<Virtual>,
}

impl Planner for Wishes {
    fn next(&mut self) -> Next {
        if self.reading < self.at_once
            && let Some(segment) = self.segments.pop_front()
        {
            self.reading += 1;
            return Next::List(segment);
        }
        if let Some(slice) = self.questions.pop_front() {
            self.asking += 1;
            return Next::Ask(Question { slice, round: Round::First, reuse: Reuse::Never });
        }
        if self.reading + self.asking > 0 { Next::Wait } else { Next::Done }
    }

    fn learn(&mut self, question: &Question, outcome: Outcome) {
        self.asking -= 1;
        self.answered.push((question.slice, outcome));
    }

    fn learn_listed(&mut self, segment: &Segment, outcome: ListOutcome) {
        self.reading -= 1;
        self.listed.push((self.clock.monotonic(), *segment, outcome));
    }

    fn progress(&self) -> (u64, u64) {
        (0, 0)
    }

    fn conclude(self) -> Conclusion {
        unreachable!("only asked here")
    }
}

/// What survives a process.
type Disk = Arc<Mutex<BTreeMap<Window, NewTally>>>;

/// A ledger that takes a while, and keeps tallies.
struct SlowLedger {
    clock: Arc<Virtual>,
    disk: Disk,
    writing: Vec<(Duration, u64, Option<NewTally>)>,
}

impl FindAnswer for SlowLedger {
    fn find(&mut self, _: &Question) -> Result<Option<Answer>, LedgerError> {
        Ok(None)
    }

    fn find_listed(&mut self, segment: &Segment) -> Result<Option<Tally>, LedgerError> {
        let tally = |NewTally { asked_at, server_at, rows, .. }: NewTally| {
            let (source, proof) = (AnswerSource::ThisRun, crate::model::Proof::Unproved);
            let counts = Counts::ZERO;
            Tally { rows, answer: Answer { counts, asked_at, as_of: NOW, source, server_at, proof } }
        };
        Ok(self.disk.lock().unwrap().get(&segment.range).cloned().map(tally))
    }
}

impl AnswerLog for SlowLedger {
    fn record(&mut self, record: NewAnswer) -> Result<(), LedgerError> {
        self.writing.push((self.clock.monotonic() + DISK, record.ticket, None));
        Ok(())
    }

    fn record_tally(&mut self, ticket: u64, tally: NewTally) -> Result<(), LedgerError> {
        self.writing.push((self.clock.monotonic() + DISK, ticket, Some(tally)));
        Ok(())
    }

    async fn committed(&mut self) -> Result<Vec<u64>, LedgerError> {
        let Some(due) = self.writing.iter().map(|(due, ..)| *due).min() else { return std::future::pending().await };
        tokio::time::sleep(due.saturating_sub(self.clock.monotonic())).await;
        let (over, left) = std::mem::take(&mut self.writing).into_iter().partition(|(at, ..)| *at <= due);
        self.writing = left;
        let mut disk = self.disk.lock().unwrap();
        let over: Vec<(Duration, u64, Option<NewTally>)> = over;
        Ok(over
            .into_iter()
            .map(|(_, ticket, tally)| {
                disk.extend(tally.map(|tally| (tally.range, tally)));
                ticket
            })
            .collect())
    }
}

/// What the list says to a page of a day, from 1, at a time.
type Pages = dyn Fn(i64, u64, Duration) -> Result<Page, AskErrorKind> + Send + Sync;

/// An account with a list, which answers every question.
struct Account {
    clock: Arc<Virtual>,
    pages: Box<Pages>,
    /// When which page of which day was asked for.
    asked: Mutex<Vec<(Duration, i64, u64)>>,
    /// When questions were.
    questions: Mutex<Vec<Duration>>,
}

impl Api for Account {
    async fn ask(&self, _: Slice) -> Result<Received, AskError> {
        self.questions.lock().unwrap().push(self.clock.monotonic());
        tokio::time::sleep(LATENCY).await;
        Ok(counted(1))
    }
}

impl ListApi for Account {
    async fn page(&self, question: PageQuestion) -> Result<Page, AskError> {
        let PageQuestion { slice, next } = question;
        let (after, before) = (slice.after.unwrap().0 / 1000, slice.before.unwrap().0 / 1000);
        assert_eq!(before - after, DAY + 2, "a second wider on both sides");
        let day = (after + 1 - NOW.0) / DAY;
        let number = next.map_or(1, |next| (2..=1000).find(|number| next == page_after(number - 1)).unwrap());
        let now = self.clock.monotonic();
        self.asked.lock().unwrap().push((now, day, number));
        let page = (self.pages)(day, number, now);
        tokio::time::sleep(LATENCY).await;
        page.map_err(|kind| AskError { kind, message: "scripted".to_owned() })
    }
}

fn page_after(number: u64) -> NextPage {
    NextPage::of(&format!("/v2/Attempts?PageToken={}", number + 1)).unwrap()
}

/// Three attempts of a day, one of them a second before it.
fn page(day: i64, number: u64, last: u64) -> Page {
    let attempt = |index: i64| Listed {
        id: AttemptId::of(&format!("{day} {number} {index}")),
        created: NOW.plus_seconds(day * DAY + index),
        is_converted: index == 0,
        service: None,
        country: "CO".parse().ok(),
        channel: Some(Channel::Sms),
        number: None,
        price: None,
        carrier: None,
        message_status: None,
        error_code: None,
    };
    let next = (number < last).then(|| page_after(number));
    Page {
        attempts: (-1..2).map(attempt).collect(),
        next,
        odd_prices: OddPrices::default(),
        server_at: Some(NOW.plus_seconds(i64::try_from(number).unwrap())),
    }
}

/// How a run is set up.
struct Setting {
    segments: Vec<Segment>,
    at_once: usize,
    questions: usize,
    concurrency: u32,
    limit: Option<u32>,
    own_limit: Option<u32>,
    stop: Option<(Duration, Stop)>,
    disk: Disk,
}

impl Setting {
    fn of(segments: impl Into<Vec<Segment>>) -> Self {
        let disk = Disk::default();
        let segments = segments.into();
        Self { segments, at_once: 4, questions: 0, concurrency: 8, limit: None, own_limit: None, stop: None, disk }
    }
}

struct Played {
    driven: Driven,
    listed: Vec<(Duration, Segment, ListOutcome)>,
    answered: Vec<(Slice, Outcome)>,
    asked: Vec<(Duration, i64, u64)>,
    questions: Vec<Duration>,
    told: Told,
    snapshots: Vec<Snapshot>,
}

impl Played {
    /// The attempts of each segment, `None` of one that failed, by its day.
    fn counts(&self) -> BTreeMap<i64, Option<i64>> {
        let count = |(_, segment, outcome): &(Duration, Segment, ListOutcome)| {
            let attempts = match outcome {
                ListOutcome::Listed(tally) => {
                    let sum = tally.rows.iter().map(|row| row.counts.attempts()).sum();
                    (tally.answer.source == AnswerSource::ThisRun).then_some(sum)
                }
                ListOutcome::Failed(_) | ListOutcome::NotRecorded => None,
            };
            ((segment.range.start().0 - NOW.0) / DAY, attempts)
        };
        self.listed.iter().map(count).collect()
    }

    /// The pages of a day, in the order of asking.
    fn pages(&self, day: i64) -> Vec<u64> {
        self.asked.iter().filter(|(_, of, _)| *of == day).map(|(_, _, number)| *number).collect()
    }
}

/// Hears what is told, and how far the run is.
#[derive(Default)]
struct Watching(Told, Vec<Snapshot>);

impl Observer for Watching {
    fn on(&mut self, event: &Event<'_>) {
        match event {
            Event::Retrying { wanted, .. } => self.0.0.push(format!("retrying {wanted}")),
            Event::Failed { wanted, reason } => self.0.0.push(format!("failed {wanted}: {reason}")),
            Event::Progress(snapshot) | Event::Ended(snapshot) => self.1.push(*snapshot),
            _ => {}
        }
    }
}

async fn read(
    setting: Setting,
    pages: impl Fn(i64, u64, Duration) -> Result<Page, AskErrorKind> + Send + Sync + 'static,
) -> Played {
    let clock = Arc::new(Virtual(Instant::now()));
    let shared = || Arc::<Virtual>::clone(&clock) as Arc<dyn Clock>;
    let limiter = |limit: Option<u32>| match limit.and_then(NonZeroU32::new) {
        Some(limit) => Limiter::in_memory(Limit::new(limit, None, Duration::from_secs(20)), shared()),
        None => Limiter::unlimited(shared()),
    };
    let (mut account_limit, mut list_limit) = (limiter(setting.limit), limiter(setting.own_limit));
    let (asked, questions) = (Mutex::default(), Mutex::default());
    let api = Arc::new(Account { clock: Arc::clone(&clock), pages: Box::new(pages), asked, questions });
    let windows: Vec<_> = setting.segments.iter().map(|segment| segment.range).collect();
    let mut planner = Wishes {
        segments: setting.segments.into(),
        at_once: setting.at_once,
        reading: 0,
        questions: (0..setting.questions).map(|offset| day(-100 - i64::try_from(offset).unwrap())).collect(),
        asking: 0,
        listed: Vec::new(),
        answered: Vec::new(),
        clock: Arc::clone(&clock),
    };
    let mut ledger = SlowLedger { clock: Arc::clone(&clock), disk: setting.disk, writing: Vec::new() };
    let mut watching = Watching::default();
    let deps = Deps {
        api: Arc::clone(&api),
        ledger: &mut ledger,
        limiter: &mut account_limit,
        list: ListDeps { limiter: setting.own_limit.map(|_| &mut list_limit), windows: &windows, prefixes: &[] },
        clock: shared(),
        observer: &mut watching,
        jitter: &mut || 1.0,
    };
    let (sender, stop) = watch::channel(Stop::Go);
    if let Some((after, stop)) = setting.stop {
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            let _ = sender.send(stop);
        });
    }
    let driven = drive(&mut planner, deps, pace(setting.concurrency, RETRY), stop).await.unwrap();
    let Wishes { listed, answered, .. } = planner;
    let (asked, questions) = (api.asked.lock().unwrap().clone(), api.questions.lock().unwrap().clone());
    let Watching(told, snapshots) = watching;
    Played { driven, listed, answered, asked, questions, told, snapshots }
}

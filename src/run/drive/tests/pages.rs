//! Pages of the list: read in order, under the limit, and learnt as one once durable.

mod given_up;

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

    fn failure(&self) -> &ApiFailure {
        match &self.listed[..] {
            [(_, _, ListOutcome::Failed(failure))] => failure,
            other => panic!("{other:?}"),
        }
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

/// The most that lie within any minute.
fn most_in_a_minute(times: impl IntoIterator<Item = Duration>) -> usize {
    let mut times: Vec<_> = times.into_iter().collect();
    times.sort_unstable();
    let within = |from: &Duration| times.iter().filter(|at| (*from..=*from + MINUTE).contains(at)).count();
    times.iter().map(within).max().unwrap_or(0)
}

#[tokio::test(start_paused = true)]
async fn the_pages_of_a_segment_come_in_order_and_count_once_durable() {
    let played = read(Setting::of([segment(-2, 3)]), |day, number, _| Ok(page(day, number, 3))).await;
    assert_eq!(played.driven.ending, Ending::Finished);
    assert_eq!(
        played.asked.iter().map(|(at, _, number)| (*at, *number)).collect::<Vec<_>>(),
        [(Duration::ZERO, 1), (LATENCY, 2), (2 * LATENCY, 3)]
    );
    let [(learnt, _, ListOutcome::Listed(tally))] = &played.listed[..] else { panic!("{:?}", played.listed) };
    assert_eq!(*learnt, 3 * LATENCY + DISK, "not before it is on the disk");
    assert_eq!(tally.answer.counts, Counts::new(6, 3).unwrap(), "what lies a second before does not count");
    assert_eq!((tally.rows.len(), tally.rows[0].counts), (1, tally.answer.counts));
    assert_eq!(tally.answer.asked_at, NOW.to_micros(), "when the first page was asked for");
    assert_eq!(tally.answer.server_at, Some(NOW.plus_seconds(1)), "what the first page said");
    assert_eq!((tally.answer.as_of, tally.answer.source), (NOW, AnswerSource::ThisRun));
    assert_eq!((played.driven.tally.sent, played.driven.tally.answered, played.driven.tally.pages), (3, 3, 3));
    assert_eq!(played.driven.server_now, Some(NOW.plus_seconds(3)));
}

#[tokio::test(start_paused = true)]
async fn several_segments_are_read_side_by_side_and_one_page_of_each_at_a_time() {
    let segments: Vec<_> = (2..8).map(|ago| segment(-ago, 5)).collect();
    let played =
        read(Setting { questions: 10, ..Setting::of(segments) }, |day, number, _| Ok(page(day, number, 5))).await;
    assert_eq!(played.counts(), (-7..-1).map(|day| (day, Some(10))).collect());
    for day in -7..-1 {
        assert_eq!(played.pages(day), [1, 2, 3, 4, 5]);
    }
    let at = |time: Duration| played.asked.iter().filter(move |(at, ..)| *at == time).map(|(_, day, _)| *day);
    assert_eq!(at(LATENCY).collect::<BTreeSet<_>>().len(), 4, "as many as the planner wants");
    assert_eq!((played.answered.len(), played.driven.tally.answered, played.driven.tally.pages), (10, 40, 30));
}

#[tokio::test(start_paused = true)]
async fn progress_counts_pages() {
    let played = read(Setting::of([segment(-2, 20)]), |day, number, _| Ok(page(day, number, 20))).await;
    let snapshots = &played.snapshots;
    assert!(snapshots.iter().all(|it| it.done + it.wanted == 20 || it.done + it.wanted == 0), "{snapshots:?}");
    assert!(snapshots.is_sorted_by_key(|it| it.done));
    assert_eq!((snapshots.last().unwrap().done, snapshots.last().unwrap().wanted), (20, 0));
    // More, and fewer, than expected.
    for (expected, last) in [(2, 9), (9, 2)] {
        let played =
            read(Setting::of([segment(-2, expected)]), move |day, number, _| Ok(page(day, number, last))).await;
        let end = played.snapshots.last().unwrap();
        assert_eq!((end.done, end.wanted), (last, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_429_or_a_5xx_the_same_page_is_asked_for_again() {
    for (kind, at_least) in [
        (AskErrorKind::TooManyRequests { retry_after: Some(7 * SECOND), at_once: None }, 7 * SECOND),
        (AskErrorKind::Server { status: 503, retry_after: None }, SECOND),
        (AskErrorKind::Timeout(crate::fetch::Reached::Request), SECOND),
    ] {
        let is_down = move |number, now| number == 2 && now < SECOND;
        let setting = Setting { limit: Some(100), ..Setting::of([segment(-2, 3)]) };
        let pages = move |day, number, now| if is_down(number, now) { Err(kind) } else { Ok(page(day, number, 3)) };
        let played = read(setting, pages).await;
        assert_eq!(played.pages(-2), [1, 2, 2, 3], "{kind:?}");
        assert!(played.asked[2].0 >= played.asked[1].0 + at_least, "{kind:?}: {:?}", played.asked);
        assert_eq!(played.counts(), [(-2, Some(4 + 2))].into());
        assert_eq!((played.driven.tally.retries, played.driven.tally.failed), (1, 0));
        let is_told = played.told.0.iter().any(|it| it.starts_with("retrying page 2 of the list, "));
        assert_eq!(is_told, !matches!(kind, AskErrorKind::TooManyRequests { .. }), "{:?}", played.told.0);
    }
}

#[tokio::test(start_paused = true)]
async fn pages_that_cannot_be_trusted_end_their_segment_alone() {
    let endless = |day, number, _| Ok(page(day, number, u64::MAX));
    let played = read(Setting { questions: 2, ..Setting::of([segment(-2, 3)]) }, endless).await;
    assert_eq!(played.pages(-2).len(), 2 * 3 + 10);
    assert!(played.failure().message.contains("more than 16 pages"), "{:?}", played.failure());
    assert_eq!((played.driven.ending.clone(), played.answered.len()), (Ending::Finished, 2));
    assert_eq!((played.driven.tally.pages, played.driven.tally.failed), (16, 1));

    let nothing_new = |day, number: u64, _| Ok(Page { next: Some(page_after(number)), ..page(day, 1, 9) });
    let played = read(Setting::of([segment(-2, 3)]), nothing_new).await;
    assert!(played.failure().message.contains("nothing new"), "{:?}", played.failure());
    assert_eq!(played.pages(-2), [1, 2]);
    let end = played.snapshots.last().unwrap();
    assert_eq!(end.wanted, 0);

    let circle = |day, number, now: Duration| {
        let other = page(day, 100 + u64::from(now.subsec_millis()) + 1000 * now.as_secs(), u64::MAX);
        Ok(Page { next: Some(page_after(if number == 3 { 1 } else { number })), ..other })
    };
    let played = read(Setting::of([segment(-2, 30)]), circle).await;
    assert!(played.failure().message.contains("read already"), "{:?}", played.failure());
}

#[tokio::test(start_paused = true)]
async fn after_a_signal_no_page_is_asked_for_and_a_segment_without_its_end_is_lost() {
    let segments = [segment(-2, 5), segment(-3, 1)];
    let stop = Some((LATENCY / 2, Stop::Drain));
    let disk = Disk::default();
    let setting = Setting { stop, disk: Arc::clone(&disk), ..Setting::of(segments) };
    let played = read(setting, |day, number, _| Ok(page(day, number, if day == -2 { 5 } else { 1 }))).await;
    assert_eq!(played.driven.ending, Ending::Stopped);
    assert_eq!(played.asked.len(), 2, "{:?}", played.asked);
    assert_eq!(played.counts(), [(-3, Some(2))].into(), "what was in flight is awaited, and kept if it was the last");
    assert_eq!(disk.lock().unwrap().len(), 1);

    // The run that takes it up reads what was lost from its first page on.
    let again = Setting { disk: Arc::clone(&disk), ..Setting::of(segments) };
    let played = read(again, |day, number, _| Ok(page(day, number, if day == -2 { 5 } else { 1 }))).await;
    assert_eq!((played.pages(-2), played.pages(-3)), (vec![1, 2, 3, 4, 5], vec![]));
    assert_eq!(played.counts(), [(-2, Some(10)), (-3, Some(2))].into());
    assert_eq!((played.driven.tally.from_ledger, played.driven.tally.sent), (1, 5));
}

/// At whatever moment the process dies: no segment counts that is not on the disk, and none that is there is read again.
#[tokio::test(start_paused = true)]
async fn a_process_may_die_at_any_moment() {
    for died in 0..40 {
        let segments: Vec<_> = (2..6).map(|ago| segment(-ago, ago)).collect();
        let pages = |day: i64, number, _| Ok(page(day, number, day.unsigned_abs()));
        let disk = Disk::default();
        let stop = Some((died * Duration::from_millis(100) + SECOND / 100, Stop::Abort));
        let killed =
            read(Setting { stop, at_once: 2, disk: Arc::clone(&disk), ..Setting::of(segments.clone()) }, pages);
        let killed = killed.await;
        let kept: BTreeSet<Window> = disk.lock().unwrap().keys().copied().collect();
        assert!(killed.listed.iter().all(|(_, segment, _)| kept.contains(&segment.range)), "{died}");
        let taken_up = read(Setting { disk: Arc::clone(&disk), ..Setting::of(segments) }, pages).await;
        assert_eq!(taken_up.counts(), (-5..-1).map(|day: i64| (day, Some(2 * day.abs()))).collect(), "{died}");
        let read_again =
            (-5..-1).filter(|offset| kept.contains(&day(*offset).range) && !taken_up.pages(*offset).is_empty());
        assert_eq!(read_again.count(), 0, "{died}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_segment_that_may_only_be_looked_up_reads_no_page() {
    let known = segment(-2, 3);
    let disk = Disk::default();
    read(Setting { disk: Arc::clone(&disk), ..Setting::of([known]) }, |day, number, _| Ok(page(day, number, 3))).await;
    let only = |offset| Segment { reuse: Reuse::SettledOnly, ..segment(offset, 3) };
    let setting = Setting { disk, ..Setting::of([only(-2), only(-3)]) };
    let played = read(setting, |_, _, _| unreachable!("no page may be asked for")).await;
    let outcomes: Vec<_> = played.listed.iter().map(|(_, _, outcome)| outcome).collect();
    assert!(matches!(outcomes[..], [ListOutcome::Listed(_), ListOutcome::NotRecorded]), "{outcomes:?}");
}

/// Promise 1, with pages: they and questions together keep the account's one limit.
#[tokio::test(start_paused = true)]
async fn pages_and_questions_share_one_limit() {
    for limit in [1, 7, 60] {
        let segments: Vec<_> = (2..8).map(|ago| segment(-ago, 5)).collect();
        let setting = Setting { questions: 40, limit: Some(limit), concurrency: 16, ..Setting::of(segments) };
        let played = read(setting, |day, number, now| {
            let flaky = AskErrorKind::Server { status: 500, retry_after: None };
            if now.as_millis() % 3 == 1 { Err(flaky) } else { Ok(page(day, number, 5)) }
        });
        let played = played.await;
        assert_eq!((played.driven.ending.clone(), played.answered.len()), (Ending::Finished, 40));
        let times = played.asked.iter().map(|(at, ..)| *at).chain(played.questions.iter().copied());
        assert!(most_in_a_minute(times) <= limit as usize, "{limit}");
    }
}

#[tokio::test(start_paused = true)]
async fn pages_with_a_limit_of_their_own_keep_it_and_leave_questions_theirs() {
    let segments: Vec<_> = (2..8).map(|ago| segment(-ago, 5)).collect();
    let (limit, own_limit) = (Some(10), Some(10));
    let setting = Setting { questions: 40, limit, own_limit, concurrency: 16, ..Setting::of(segments) };
    let played = read(setting, |day, number, _| Ok(page(day, number, 5))).await;
    let pages = || played.asked.iter().map(|(at, ..)| *at);
    assert_eq!((most_in_a_minute(pages()), most_in_a_minute(played.questions.iter().copied())), (10, 10));
    assert_eq!(most_in_a_minute(pages().chain(played.questions.iter().copied())), 20);
}

#[tokio::test(start_paused = true)]
async fn a_429_to_a_page_pauses_questions_only_under_the_one_limit() {
    for (own_limit, goes_on) in [(Some(100), true), (None, false)] {
        let setting =
            Setting { questions: 12, limit: Some(100), own_limit, concurrency: 2, ..Setting::of([segment(-2, 1)]) };
        let refused = AskErrorKind::TooManyRequests { retry_after: Some(30 * SECOND), at_once: None };
        let played =
            read(setting, move |day, number, now| if now < SECOND { Err(refused) } else { Ok(page(day, number, 1)) });
        let played = played.await;
        assert_eq!(played.pages(-2), [1, 1]);
        assert!(played.asked[1].0 >= 30 * SECOND);
        let meanwhile = played.questions.iter().filter(|at| (LATENCY + DISK..30 * SECOND).contains(at)).count();
        assert_eq!(meanwhile > 5, goes_on, "{:?}", played.questions);
    }
}

//! What is told of whole runs, in virtual time: of a job over a simulated account, held against how long it then took.

mod play;

use std::time::Duration;

use super::eta::Left;
use super::hindrance::Reason;
use super::view::View;
use super::{Display, Progress};
use crate::fetch::AskErrorKind;
use crate::ledger::MemoryStore;
use crate::model::{Slice, UnixSeconds, Window};
use crate::run::{Basis, Event, Observer, Wanted};
use play::{AS_OF, DAY, LIMIT, Run, Seen};

/// Tokens come back all at once: who expects 399 questions, where 401 come, is wrong by a cycle.
const CYCLE: f64 = 66.0;

impl Seen {
    /// What holds of every run: no share of it shrinks, and no rate is above the limit.
    fn check(&self) -> &Self {
        let mut share = 0.0_f64;
        for (at, view) in &self.views {
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let now = view.done as f64 / view.total.max(1) as f64;
            assert!(view.done <= view.total && now >= share - 1e-9, "{at:?}: {view:?} after {share}");
            share = now;
            assert!(view.per_minute.is_none_or(|rate| rate <= u64::from(LIMIT)), "{at:?}: {view:?}");
        }
        self
    }

    /// By how much the time that was told was wrong from some time on: at most, in seconds, and on the average, as a
    /// share of what the run took.
    fn errors(&self, from: Duration) -> (f64, f64) {
        let began = self.views[0].0;
        let (mut most, mut sum, mut count) = (0.0_f64, 0.0, 0.0);
        for (at, view) in self.views.iter().filter(|(at, _)| *at >= began + from) {
            let left = self.ended.saturating_sub(*at).as_secs_f64();
            let told = match view.left {
                Left::About(told) => told.as_secs_f64(),
                Left::Untold => 0.0,
                Left::AtMost(_) | Left::Unanswered => continue,
            };
            most = most.max((told - left).abs());
            sum += (told - left).abs();
            count += 1.0;
        }
        (most, sum / count / self.ended.saturating_sub(began).as_secs_f64())
    }

    fn at(&self, seconds: u64) -> &View {
        let from = self.views[0].0 + Duration::from_secs(seconds);
        &self.views.iter().find(|(at, _)| *at >= from).unwrap().1
    }
}

/// Nothing is known of the account: first the most is told, and once the totals of countries and channels are known,
/// what is to be expected.
#[tokio::test(start_paused = true)]
async fn a_first_run_tells_the_most_and_then_what_its_answers_let_expect() {
    let store = MemoryStore::default();
    let seen = Run::new(&store).watch().await;
    seen.check();
    let most = |view: &View| if let Left::AtMost(time) = view.left { Some(time) } else { None };
    for (at, view) in &seen.views {
        let left = seen.ended.saturating_sub(*at);
        assert!(most(view).is_none_or(|told| told + Duration::from_secs(5) >= left), "{at:?}: {view:?}, {left:?}");
        assert_eq!(view.basis == Basis::Assumed, most(view).is_some() || view.left == Left::Unanswered, "{view:?}");
    }
    assert!(seen.views.iter().any(|(_, view)| most(view).is_some()));
    let told = seen.views.iter().filter(|(_, view)| matches!(view.left, Left::About(_))).count();
    assert!(2 * told > seen.views.len(), "{told} of {}", seen.views.len());
    let (most, mean) = seen.errors(Duration::ZERO);
    assert!(most < CYCLE && mean < 0.2, "{most} s, {mean}");
}

/// The month before tells.
#[tokio::test(start_paused = true)]
async fn a_run_with_a_past_tells_its_end_from_the_beginning() {
    let store = MemoryStore::default();
    Run { as_of: AS_OF.plus_seconds(-14 * DAY), limit: None, ..Run::new(&store) }.watch().await;
    let seen = Run::new(&store).watch().await;
    seen.check();
    let first = &seen.at(2);
    assert_eq!(first.basis, Basis::Known);
    let (told, sent) = (first.total, seen.sent);
    assert!(10 * told < 12 * sent && 10 * sent < 12 * told, "{told} were expected, {sent} sent");
    let (most, mean) = seen.errors(Duration::from_secs(3));
    assert!(most < CYCLE && mean < 0.2, "{most} s, {mean}");
}

/// What was answered before it was stopped is done, and no work that is left.
#[tokio::test(start_paused = true)]
async fn a_run_that_is_taken_up_goes_on_where_it_was() {
    let store = MemoryStore::default();
    let first = Run { stop_after: Some(150), ..Run::new(&store) }.watch().await;
    let seen = Run::new(&store).watch().await;
    seen.check();
    let (_, then) = first.views.last().unwrap();
    let view = seen.at(1);
    assert!(view.done >= then.done && view.tally.sent < 100, "{then:?}, then {view:?}");
    let left = view.total - view.done;
    assert!(4 * left < 5 * seen.sent && 4 * seen.sent < 5 * left, "{left} were left, {} sent", seen.sent);
}

#[tokio::test(start_paused = true)]
async fn tokens_that_others_took_count_from_the_first_moment() {
    let store = MemoryStore::default();
    Run { as_of: AS_OF.plus_seconds(-14 * DAY), limit: None, ..Run::new(&store) }.watch().await;
    // All of them ten seconds before: a process died, and they come back 80 s after it took them.
    let seen = Run { taken: (LIMIT, Duration::from_secs(10)), ..Run::new(&store) }.watch().await;
    seen.check();
    let view = seen.at(1);
    let waiting = view.waiting.as_ref().unwrap();
    assert_eq!(waiting.what, Reason::Limit);
    assert!((68..=70).contains(&waiting.left.as_secs()), "{waiting:?}");
    let Left::About(told) = view.left else { panic!("{view:?}") };
    let left = seen.ended.saturating_sub(seen.views[0].0);
    assert!((told.as_secs_f64() - left.as_secs_f64()).abs() < CYCLE, "{told:?}, {left:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_waited_for_is_told() {
    let store = MemoryStore::default();
    let fails = |since: Duration| {
        let second = since.as_secs();
        (25..50).contains(&second).then_some(AskErrorKind::Server { status: 503, retry_after: None })
    };
    let seen = Run { fails, limit: None, longest: Duration::from_secs(5), ..Run::new(&store) }.watch().await;
    let told: Vec<_> = seen.views.iter().filter_map(|(_, view)| view.waiting.as_ref()).collect();
    assert!(told.iter().any(|waiting| waiting.what == Reason::Paused), "{told:?}");
    assert!(told.iter().all(|waiting| waiting.cause.as_deref() == Some("HTTP 503")), "{told:?}");
    let seen = Run::new(&MemoryStore::default()).watch().await;
    let limited = |(_, view): &&(Duration, View)| view.waiting.as_ref().is_some_and(|it| it.what == Reason::Limit);
    assert!(3 * seen.views.iter().filter(limited).count() > seen.views.len(), "it mostly waits for the limit");
}

/// Until an answer comes whatever hinders it is told, each cause until another takes its place.
#[test]
fn a_cause_is_told_until_another_takes_its_place() {
    let mut progress = Progress::new(Display::Lines, None);
    let mut told = Vec::new();
    for (reason, answered) in [("no name", 0), ("no name", 0), ("HTTP 503", 0), ("HTTP 504", 7)] {
        let slice = Slice::whole(Window::new(UnixSeconds(0), UnixSeconds(1)).unwrap());
        progress.on(&Event::Retrying { wanted: Wanted::Slice(slice), reason, wait: Duration::ZERO, answered });
        told.push(progress.told.clone());
    }
    assert_eq!(told, ["no name", "no name", "HTTP 503", "HTTP 503"].map(|reason| Some(reason.to_owned())));
}

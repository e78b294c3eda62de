//! Ranges longer than any window: given up early when their length may be what fails, at nobody else's cost.

use super::*;
use crate::fetch::{GiveUpReason, NoAnswerKind, Reached};
use crate::model::FailureKind;

const TIMEOUT: Duration = Duration::from_secs(20);
const BROKEN: AskErrorKind = AskErrorKind::Server { status: 503, retry_after: None };

fn by_days(concurrency: u32, retry: RetryPolicy) -> Pace {
    Pace { longest_window: Some(Duration::from_hours(24)), ..pace(concurrency, retry) }
}

fn is_longer(slice: &Slice) -> bool {
    slice.range.length() > Duration::from_hours(24)
}

/// A month, its halves, and so on down to days, one level after the other, as a planner asks for what fails.
fn levels() -> Vec<Vec<Slice>> {
    let mut level = vec![Window::new(NOW.plus_seconds(-34 * DAY), NOW.plus_seconds(-2 * DAY)).unwrap()];
    let mut levels = Vec::new();
    while level[0].length() > Duration::from_hours(24) {
        levels.push(level.iter().copied().map(Slice::whole).collect());
        let halves = |window: &Window| {
            let middle = UnixSeconds(i64::midpoint(window.start().0, window.end().0));
            [(window.start(), middle), (middle, window.end())].map(|(start, end)| Window::new(start, end).unwrap())
        };
        level = level.iter().flat_map(halves).collect();
    }
    levels.push(level.into_iter().map(Slice::whole).collect());
    levels
}

#[tokio::test(start_paused = true)]
async fn months_that_always_fail_leave_time_for_their_days() {
    for kind in [AskErrorKind::Timeout(Reached::Request), BROKEN, AskErrorKind::Unusable] {
        for concurrency in [1, 16] {
            // One question's two tries take most of it.
            let retry = RetryPolicy { max_tries: 6, retry_for: Duration::from_secs(45) };
            let story = play(by_days(concurrency, retry), levels(), move |slice, _| {
                if is_longer(slice) { (TIMEOUT, Err(kind)) } else { (TIMEOUT / 40, Ok(counted(1))) }
            });
            let story = story.await;
            assert_eq!(story.driven.ending, Ending::Finished, "{kind:?}");
            let (longer, days): (Vec<_>, Vec<_>) = story.learnt.iter().partition(|(slice, _)| is_longer(slice));
            assert_eq!((longer.len(), days.len()), (31, 32));
            assert!(days.iter().all(|(_, outcome)| matches!(outcome, Outcome::Answered(_))), "{days:?}");
            let is_given_up = |outcome: &Outcome| {
                let Outcome::Failed(failure) = outcome else { return false };
                failure.kind == FailureKind::Exhausted
            };
            assert!(longer.iter().all(|(_, outcome)| is_given_up(outcome)));
            assert_eq!(story.asked.iter().filter(|(_, slice)| is_longer(slice)).count(), 2 * 31);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_fails_everything_still_ends_the_run_in_time() {
    for concurrency in [1, 16] {
        let more = (40..400).map(|offset| day(-offset)).collect();
        let asking = [levels(), vec![more]].concat();
        let story = play(by_days(concurrency, RETRY), asking, |_, _| (TIMEOUT / 40, Err(BROKEN))).await;
        let ending = &story.driven.ending;
        assert!(
            matches!(ending, Ending::GaveUp(end) if matches!(end.end, GiveUpReason::NoUsableAnswer(_))),
            "{ending:?}"
        );
        assert!(RETRY.retry_for < story.took && story.took < 2 * RETRY.retry_for, "{:?}", story.took);
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_not_there_ends_the_run_as_soon_as_ever() {
    let refused = AskErrorKind::NoAnswer(NoAnswerKind::Connect);
    let story = play(by_days(16, RETRY), levels(), move |_, _| (Duration::ZERO, Err(refused))).await;
    assert!(matches!(&story.driven.ending, Ending::GaveUp(end) if end.end == GiveUpReason::NoHttpAnswer));
    assert_eq!(story.asked.len(), 6, "the length of a range is not to blame");

    let hangs = AskErrorKind::Timeout(Reached::Request);
    let story = play(by_days(16, RETRY), levels(), move |_, _| (TIMEOUT, Err(hangs))).await;
    assert!(matches!(&story.driven.ending, Ending::GaveUp(end) if end.end == GiveUpReason::NoHttpAnswer));
    let days = story.asked.iter().filter(|(_, slice)| !is_longer(slice)).count();
    assert!((6..=6 * 16).contains(&days), "{days} requests for days");
}

#[tokio::test(start_paused = true)]
async fn without_windows_to_compare_with_no_range_is_long() {
    let story = play(pace(1, RETRY), [levels().remove(0)], |_, _| (TIMEOUT / 40, Err(AskErrorKind::Unusable))).await;
    assert_eq!(story.asked.len(), 6);
}

//! Bodies without counts: no answer, until a question about the future shows that they mean zero.

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn without_counts(zero_form: ZeroForm) -> Received {
    Received { zero_form, ..Received::new(Body::default(), Counts::ZERO) }
}

/// From a point ahead of now to 2100.
fn ahead(seconds: i64) -> Slice {
    Slice::whole(Window::new(NOW.plus_seconds(seconds), UnixSeconds(4_102_444_800)).unwrap())
}

fn is_ahead(slice: &Slice) -> bool {
    slice.range.start() > NOW
}

/// Days of which every third has attempts.
fn account(form: ZeroForm) -> impl Fn(&Slice, Duration) -> (Duration, Result<Received, AskErrorKind>) + Send + Sync {
    move |slice, _| {
        let has_attempts = !is_ahead(slice) && (slice.range.start().0 / DAY) % 3 == 0;
        (SECOND / 10, Ok(if has_attempts { counted(5) } else { without_counts(form) }))
    }
}

fn days() -> Vec<Slice> {
    (2..32).map(|offset| day(-offset)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_run_whose_zeros_have_no_counts_ends_well_when_it_asks_about_the_future_first() {
    for (form, note) in [(ZeroForm::LeftOut, 1), (ZeroForm::Null, 2)] {
        for max_tries in [1, 6] {
            let retry = RetryPolicy { max_tries, ..RETRY };
            let story = play(pace(8, retry), [vec![ahead(3600)], days()], account(form)).await;
            assert_eq!(story.driven.ending, Ending::Finished);
            assert_eq!(story.driven.absent_counts.note(), Some(note));
            assert_eq!((story.driven.tally.retries, story.driven.tally.failed), (0, 0));
            assert_eq!(story.counts().iter().filter(|counts| **counts == Some(0)).count(), 1 + 20);
            assert_eq!(story.counts().iter().filter(|counts| **counts == Some(5)).count(), 10);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_earlier_runs_saw_needs_no_control() {
    let known = Pace { absent_counts: AbsentCounts::from_note(1), ..pace(8, RETRY) };
    let story = play(known, [days()], account(ZeroForm::LeftOut)).await;
    assert_eq!((story.asked.len(), story.driven.tally.failed), (30, 0));
    assert!(story.counts().iter().all(Option::is_some));
}

#[tokio::test(start_paused = true)]
async fn questions_that_came_too_early_succeed_once_the_form_is_known() {
    let slow_control = |slice: &Slice, now| {
        let (latency, answer) = account(ZeroForm::LeftOut)(slice, now);
        (if is_ahead(slice) { 4 * SECOND } else { latency }, answer)
    };
    let story = play(pace(8, RETRY), [vec![day(-2), day(-3), day(-4), ahead(3600)]], slow_control).await;
    assert_eq!(story.driven.tally.failed, 0);
    assert!(story.driven.tally.retries > 0);
    assert!(story.counts().iter().all(Option::is_some), "{:?}", story.learnt);
    assert!(story.took < 10 * SECOND, "{:?}", story.took);
}

#[tokio::test(start_paused = true)]
async fn nothing_else_shows_what_they_mean() {
    for first in [day(-40), ahead(29 * 60)] {
        let retry = RetryPolicy { max_tries: 2, ..RETRY };
        let story = play(pace(8, retry), [vec![first], vec![day(-2), day(-3)]], |_, _| {
            (SECOND / 10, Ok(without_counts(ZeroForm::LeftOut)))
        });
        let story = story.await;
        assert_eq!(story.driven.absent_counts.note(), None);
        assert_eq!(story.counts(), [None; 3]);
        let Outcome::Failed(failure) = &story.learnt[1].1 else { panic!("{:?}", story.learnt) };
        assert_eq!(failure.message, "HTTP 200, but the body holds no count (after 2 tries in 1.2 s)");
    }
}

#[tokio::test(start_paused = true)]
async fn the_form_that_was_shown_is_the_only_one() {
    let retry = RetryPolicy { max_tries: 2, ..RETRY };
    let story = play(pace(8, retry), [vec![ahead(3600)], vec![day(-2)]], |slice, _| {
        let form = if is_ahead(slice) { ZeroForm::LeftOut } else { ZeroForm::Null };
        (SECOND / 10, Ok(without_counts(form)))
    });
    assert_eq!(story.await.counts(), [Some(0), None]);
}

/// What is the future to a host whose clock is slow may be past to the server.
#[tokio::test(start_paused = true)]
async fn the_later_of_both_clocks_says_what_the_future_is() {
    for (server, expected) in [(0, Some(0)), (-86_400, Some(0)), (1800, Some(0)), (1801, None), (86_400, None)] {
        let retry = RetryPolicy { max_tries: 1, ..RETRY };
        let story = play(pace(8, retry), [vec![ahead(3600)]], move |_, _| {
            let server_at = Some(NOW.plus_seconds(server));
            (SECOND / 10, Ok(Received { server_at, ..without_counts(ZeroForm::LeftOut) }))
        });
        assert_eq!(story.await.counts(), [expected], "{server}");
    }
}

//! A list that gives no page: how long it is asked, and what goes on meanwhile.

use super::*;

const THROTTLED: AskErrorKind =
    AskErrorKind::TooManyRequests { retry_after: Some(Duration::from_secs(5)), at_once: None };

/// Plays for hours of virtual time at most.
async fn read_in_time(
    setting: Setting,
    pages: impl Fn(i64, u64, Duration) -> Result<Page, AskErrorKind> + Send + Sync + 'static,
) -> Played {
    tokio::time::timeout(10 * RETRY.retry_for, read(setting, pages)).await.expect("it ends")
}

fn days(count: i64) -> Vec<Segment> {
    (2..2 + count).map(|ago| segment(-ago, 3)).collect()
}

/// Before, a list that answered nothing but 429 held the run up for as long as it did.
#[tokio::test(start_paused = true)]
async fn a_list_that_is_always_throttled_costs_the_time_of_retries_once() {
    for own_limit in [None, Some(100)] {
        for questions in [0, 30] {
            let setting = Setting { questions, limit: Some(100), own_limit, ..Setting::of(days(40)) };
            let played = read_in_time(setting, |_, _, _| Err(THROTTLED)).await;
            assert_eq!((played.driven.ending.clone(), played.answered.len()), (Ending::Finished, questions));
            assert!(played.answered.iter().all(|(_, outcome)| matches!(outcome, Outcome::Answered(_))));
            assert_eq!((played.counts().len(), played.driven.tally.failed), (40, 40));
            assert!(played.counts().values().all(Option::is_none));
            let last = played.asked.last().unwrap().0 + LATENCY;
            assert!((RETRY.retry_for..RETRY.retry_for + 10 * SECOND).contains(&last), "{last:?}");
            assert!(played.asked.iter().all(|(_, day, _)| *day >= -5), "no later segment is tried: {:?}", played.asked);
            let ListOutcome::Failed(failure) = &played.listed[39].2 else { panic!("{:?}", played.listed[39]) };
            assert!(failure.kind == FailureKind::Exhausted && failure.message.contains("trying for 60"), "{failure:?}");
            let answered = played.questions.last().copied().unwrap_or_default();
            assert!(own_limit.is_none() || answered < MINUTE, "questions have a limit of their own: {answered:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_throttled_now_and_then_is_read_on() {
    let tried = Mutex::new(BTreeSet::new());
    let played = read_in_time(Setting::of([segment(-2, 200)]), move |day, number, _| {
        if tried.lock().unwrap().insert(number) { Err(THROTTLED) } else { Ok(page(day, number, 200)) }
    });
    let played = played.await;
    assert!(played.asked.last().unwrap().0 > RETRY.retry_for, "all its pauses together outlast the retries of a page");
    assert_eq!(played.counts(), [(-2, Some(400))].into());
    assert_eq!((played.driven.tally.throttled, played.driven.tally.failed), (200, 0));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_always_throttled_ends_its_segment_alone_while_others_come() {
    let setting = Setting { at_once: 2, ..Setting::of([segment(-2, 3), segment(-3, 300), segment(-4, 3)]) };
    let pages = |day, number, _| match day {
        -2 => Err(THROTTLED),
        -3 => Ok(page(day, number, 300)),
        _ => Ok(page(day, number, 3)),
    };
    let played = read_in_time(setting, pages).await;
    assert_eq!(played.counts(), [(-2, None), (-3, Some(600)), (-4, Some(6))].into());
    let given_up = played.listed[0].0;
    assert!(given_up >= RETRY.retry_for && given_up < RETRY.retry_for + MINUTE, "{given_up:?}");
}

/// The list is down for so long that a run which asked nothing else would be given up.
#[tokio::test(start_paused = true)]
async fn a_list_that_is_down_costs_its_segments_and_never_the_run() {
    for kind in [
        AskErrorKind::Server { status: 503, retry_after: None },
        AskErrorKind::NoAnswer(crate::fetch::NoAnswerKind::Connect),
        AskErrorKind::Unusable,
    ] {
        let played = read_in_time(Setting { at_once: 1, ..Setting::of(days(60)) }, move |_, _, _| Err(kind)).await;
        assert_eq!(played.driven.ending, Ending::Finished, "{kind:?}");
        let last = played.asked.last().unwrap().0;
        assert!((RETRY.retry_for..RETRY.retry_for + MINUTE).contains(&last), "{kind:?}: {last:?}");
        assert_eq!((played.listed.len(), played.driven.tally.failed), (60, 60));
        assert!(matches!(&played.listed[0].2, ListOutcome::Failed(failure)
            if failure.kind == FailureKind::Exhausted && failure.message.contains("after 6 tries")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_list_costs_its_segments_and_never_the_run() {
    for (status, asked) in [(401, 4), (403, 4), (404, 40), (400, 40)] {
        // More than twenty refusals, before any answer.
        let setting = Setting { questions: 3, ..Setting::of(days(40)) };
        let played = read_in_time(setting, move |_, _, _| Err(AskErrorKind::Client { status, code: None })).await;
        assert_eq!(played.driven.ending, Ending::Finished, "{status}");
        assert_eq!((played.listed.len(), played.answered.len()), (40, 3));
        assert!(played.counts().values().all(Option::is_none));
        assert_eq!(played.asked.len(), asked, "{status}: who may not read a page may not read another");
        assert_eq!((played.driven.tally.failed, played.driven.tally.pages), (40, 0));
        assert!(played.told.0[0].starts_with("failed page 1 of the list, "), "{:?}", played.told.0);
    }
}

/// What was read of the one that fails counts nowhere, and the others neither wait for it nor lose a page.
#[tokio::test(start_paused = true)]
async fn a_segment_that_fails_midway_leaves_those_beside_it_whole() {
    type Fault = fn(i64, u64) -> Result<Page, AskErrorKind>;
    let refused = |_, _| Err(AskErrorKind::Client { status: 404, code: None });
    let garbled = |_, _| Err(AskErrorKind::Unusable);
    let circle = |day, number: u64| Ok(Page { next: Some(page_after(1)), ..page(day, number, 9) });
    for (fault, asked) in [(refused as Fault, 3), (garbled, 8), (circle, 3)] {
        let setting = Setting { questions: 5, ..Setting::of((2..7).map(|ago| segment(-ago, 6)).collect::<Vec<_>>()) };
        let disk = Arc::clone(&setting.disk);
        let pages =
            move |day, number, _| if (day, number) == (-3, 3) { fault(day, number) } else { Ok(page(day, number, 6)) };
        let played = read_in_time(setting, pages).await;
        let expected = (-6..-1).map(|day| (day, (day != -3).then_some(12)));
        assert_eq!(played.counts(), expected.collect());
        assert_eq!(disk.lock().unwrap().len(), 4, "nothing of it is kept");
        assert_eq!((played.pages(-3).len(), played.pages(-2)), (asked, vec![1, 2, 3, 4, 5, 6]));
        assert_eq!((played.answered.len(), played.driven.tally.failed), (5, 1));
        assert_eq!(played.snapshots.last().unwrap().wanted, 0);
    }
}

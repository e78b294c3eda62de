//! Pages keep the account's limit, or one of their own.

use super::*;

/// The most that lie within any minute.
fn most_in_a_minute(times: impl IntoIterator<Item = Duration>) -> usize {
    let mut times: Vec<_> = times.into_iter().collect();
    times.sort_unstable();
    let within = |from: &Duration| times.iter().filter(|at| (*from..=*from + MINUTE).contains(*at)).count();
    times.iter().map(within).max().unwrap_or(0)
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
        let meanwhile = played.questions.iter().filter(|at| (LATENCY + DISK..30 * SECOND).contains(*at)).count();
        assert_eq!(meanwhile > 5, goes_on, "{:?}", played.questions);
    }
}

//! Lists that are refused, down, or not to be trusted cost their segments alone.

use super::*;

impl Played {
    /// Why the only segment has no pages.
    fn failure(&self) -> &ApiFailure {
        match &self.listed[..] {
            [(_, _, ListOutcome::Failed(failure))] => failure,
            other => panic!("{other:?}"),
        }
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

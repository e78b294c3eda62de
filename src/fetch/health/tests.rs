use super::*;
use crate::fetch::{NoAnswerKind, Reached};

const RETRY_FOR: Duration = Duration::from_mins(10);
const BROKEN: AskErrorKind = AskErrorKind::Server { status: 500, retry_after: None };
const REFUSED: AskErrorKind = AskErrorKind::NoAnswer(NoAnswerKind::Connect);
const THROTTLED: AskErrorKind = AskErrorKind::TooManyRequests { retry_after: None, at_once: None };
const REJECTED: AskErrorKind = AskErrorKind::Client { status: 400, code: None };

fn secs(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn health(concurrency: u32) -> Health {
    Health::new(RETRY_FOR, NonZeroU32::new(concurrency).unwrap())
}

/// Fails `count` tries that start and end now, with the longest pause.
fn fail(health: &mut Health, count: u32, now: f64) {
    for _ in 0..count {
        health.on_failure(secs(now), secs(now), BROKEN, Span::Window, 1.0);
    }
}

#[test]
fn only_a_whole_round_of_failures_pauses() {
    for (concurrency, round) in [(1, 2), (2, 2), (16, 16)] {
        let mut health = health(concurrency);
        fail(&mut health, round - 1, 5.0);
        assert_eq!(health.paused_until(secs(5.0)), None);
        fail(&mut health, 1, 5.0);
        assert_eq!(health.paused_until(secs(5.0)), Some(secs(6.0)));
        assert_eq!(health.paused_until(secs(5.999)), Some(secs(6.0)));
        assert_eq!(health.paused_until(secs(6.0)), None);
    }
}

#[test]
fn pauses_double_up_to_a_minute() {
    let mut health = health(4);
    let mut now = 0.0;
    for gap in [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0] {
        fail(&mut health, 4, now);
        assert_eq!(health.paused_until(secs(now)), Some(secs(now + gap)));
        now += gap;
    }
}

#[test]
fn a_pause_is_jittered_like_a_retry() {
    let mut health = health(2);
    health.on_failure(secs(1.0), secs(0.0), BROKEN, Span::Window, 0.0);
    health.on_failure(secs(1.0), secs(0.0), BROKEN, Span::Window, 0.0);
    assert_eq!(health.paused_until(secs(1.0)), Some(secs(1.5)));
}

#[test]
fn stragglers_of_an_older_round_make_no_new_one() {
    let mut health = health(2);
    fail(&mut health, 2, 10.0);
    for _ in 0..50 {
        health.on_failure(secs(12.0), secs(9.0), BROKEN, Span::Window, 1.0);
    }
    assert_eq!(health.paused_until(secs(12.0)), None);
    fail(&mut health, 2, 12.0);
    assert_eq!(health.paused_until(secs(12.0)), Some(secs(14.0)));
}

#[test]
fn any_usable_answer_starts_afresh() {
    let mut health = health(2);
    fail(&mut health, 2, 0.0);
    fail(&mut health, 1, 1.0);
    health.on_success(secs(1.5));
    fail(&mut health, 1, 2.0);
    assert_eq!(health.paused_until(secs(2.0)), None);
    fail(&mut health, 1, 2.0);
    assert_eq!(health.paused_until(secs(2.0)), Some(secs(3.0)));
    health.on_failure(secs(2.5), secs(1.9), REJECTED, Span::Window, 1.0);
    assert_eq!(health.paused_until(secs(2.5)), None, "a refusal ends the pause too");
}

#[test]
fn throttling_makes_no_gaps_but_uses_up_the_patience() {
    let mut health = health(2);
    for minute in 0..10 {
        health.on_failure(secs(60.0 * f64::from(minute)), secs(60.0 * f64::from(minute)), THROTTLED, Span::Window, 1.0);
        assert_eq!(health.paused_until(secs(60.0 * f64::from(minute))), None);
        assert_eq!(health.verdict(), None);
    }
    health.on_failure(secs(600.0), secs(600.0), THROTTLED, Span::Window, 1.0);
    assert_eq!(health.verdict(), Some(GiveUpReason::NoUsableAnswer(RETRY_FOR)));
}

#[test]
fn patience_runs_from_the_first_failure_after_a_success() {
    let mut health = health(2);
    health.on_success(secs(1000.0));
    health.on_failure(secs(5020.0), secs(5000.0), BROKEN, Span::Window, 1.0);
    assert_eq!(health.verdict(), None, "waiting is not failing");
    health.on_failure(secs(5599.0), secs(5580.0), BROKEN, Span::Window, 1.0);
    assert_eq!(health.verdict(), None);
    health.on_failure(secs(5600.0), secs(5580.0), BROKEN, Span::Window, 1.0);
    assert_eq!(health.verdict(), Some(GiveUpReason::NoUsableAnswer(RETRY_FOR)));
    health.on_success(secs(5601.0));
    assert_eq!(health.verdict(), None);
}

#[test]
fn twenty_refusals_and_no_answer_end_the_run() {
    let refuse = |health: &mut Health, count: u32| {
        for at in 0..count {
            health.on_failure(secs(f64::from(at)), secs(f64::from(at)), REJECTED, Span::Window, 1.0);
        }
    };
    let mut only = health(16);
    refuse(&mut only, 19);
    assert_eq!(only.verdict(), None);
    fail(&mut only, 1, 20.0);
    assert_eq!(only.verdict(), None, "other failures are no refusals");
    refuse(&mut only, 1);
    assert_eq!(only.verdict(), Some(GiveUpReason::Refused(20)));
    for answer in [|health: &mut Health| health.on_success(secs(1.0)), Health::on_recorded_answer] {
        let mut beside = health(16);
        refuse(&mut beside, 10);
        answer(&mut beside);
        refuse(&mut beside, 1000);
        assert_eq!(beside.verdict(), None);
    }
}

#[test]
fn no_pause_outlasts_the_patience() {
    let mut health = Health::new(secs(5.0), NonZeroU32::MIN);
    for now in [0.0, 1.0, 3.0] {
        fail(&mut health, 2, now);
    }
    assert_eq!(health.paused_until(secs(3.0)), Some(secs(5.0)));
    fail(&mut health, 1, 5.0);
    assert_eq!(health.verdict(), Some(GiveUpReason::NoUsableAnswer(secs(5.0))));
}

#[test]
fn a_run_without_any_http_answer_ends_with_its_first_slice() {
    for kind in [REFUSED, AskErrorKind::Timeout(Reached::Request), AskErrorKind::Broken(Reached::Request)] {
        let mut health = health(16);
        health.on_failure(secs(30.0), secs(0.0), kind, Span::Window, 1.0);
        assert_eq!(health.verdict(), None);
        health.on_slice_exhausted();
        assert_eq!(health.verdict(), Some(GiveUpReason::NoHttpAnswer), "{kind:?}");
    }
}

#[test]
fn any_http_answer_keeps_the_run_going() {
    for kind in [BROKEN, THROTTLED, REJECTED, AskErrorKind::Unusable, AskErrorKind::Timeout(Reached::Response)] {
        let mut health = health(16);
        health.on_failure(secs(1.0), secs(0.0), kind, Span::Window, 1.0);
        health.on_failure(secs(30.0), secs(1.0), REFUSED, Span::Window, 1.0);
        health.on_slice_exhausted();
        assert_eq!(health.verdict(), None, "{kind:?}");
    }
    let mut health = health(16);
    health.on_success(secs(1.0));
    health.on_slice_exhausted();
    assert_eq!(health.verdict(), None);
}

/// Fails `count` tries of long ranges, as [`fail`] does.
fn fail_long(health: &mut Health, count: u32, now: f64) {
    for _ in 0..count {
        health.on_failure(secs(now), secs(now), BROKEN, Span::Longer, 1.0);
    }
}

#[test]
fn what_may_come_of_length_runs_down_no_patience_and_pauses_briefly() {
    let timeout = AskErrorKind::Timeout(Reached::Response);
    for kind in [BROKEN, timeout, AskErrorKind::Broken(Reached::Response), AskErrorKind::Unusable] {
        let mut health = health(2);
        let mut now = 0.0;
        for gap in [1.0, 2.0, 4.0, 8.0, 8.0, 8.0] {
            for _ in 0..2 {
                health.on_failure(secs(now + 20.0), secs(now), kind, Span::Longer, 1.0);
            }
            now += 20.0;
            assert_eq!(health.paused_until(secs(now)), Some(secs(now + gap)), "{kind:?}");
            now += gap;
        }
        health.on_failure(secs(1200.0), secs(1180.0), kind, Span::Longer, 1.0);
        assert!(health.is_failing());
        assert_eq!(health.verdict(), None, "{kind:?}");
    }
}

#[test]
fn what_has_nothing_to_do_with_length_counts_as_ever() {
    for kind in [REFUSED, THROTTLED] {
        let mut health = health(2);
        health.on_success(secs(0.0));
        health.on_failure(secs(1.0), secs(1.0), kind, Span::Longer, 1.0);
        health.on_failure(secs(601.0), secs(601.0), kind, Span::Longer, 1.0);
        assert_eq!(health.verdict(), Some(GiveUpReason::NoUsableAnswer(RETRY_FOR)), "{kind:?}");
    }
}

#[test]
fn an_api_that_is_down_fails_the_parts_too() {
    let mut health = health(2);
    fail_long(&mut health, 40, 0.0);
    fail_long(&mut health, 40, 100.0);
    assert_eq!(health.verdict(), None);
    fail(&mut health, 1, 200.0);
    // From here on there is one outage, whatever fails in it; its pauses begin anew.
    fail_long(&mut health, 1, 200.0);
    assert_eq!(health.paused_until(secs(200.0)), Some(secs(201.0)));
    for minute in 1..10 {
        fail_long(&mut health, 2, 200.0 + 60.0 * f64::from(minute));
        fail(&mut health, 2, 200.0 + 60.0 * f64::from(minute));
        assert_eq!(health.verdict(), None);
    }
    assert_eq!(health.paused_until(secs(740.0)), Some(secs(800.0)), "up to a minute");
    fail(&mut health, 1, 800.0);
    assert_eq!(health.verdict(), Some(GiveUpReason::NoUsableAnswer(RETRY_FOR)));
}

#[test]
fn time_in_which_only_long_ranges_were_asked_does_not_count() {
    let mut health = health(2);
    fail(&mut health, 1, 0.0);
    fail(&mut health, 1, 60.0);
    for minute in 2..20 {
        fail_long(&mut health, 2, 60.0 * f64::from(minute));
    }
    fail(&mut health, 1, 1200.0);
    assert_eq!(health.verdict(), None, "2 minutes of 20");
    fail(&mut health, 1, 1300.0);
    fail(&mut health, 1, 1400.0);
    assert_eq!(health.verdict(), None);
    fail(&mut health, 1, 1680.0);
    assert_eq!(health.verdict(), Some(GiveUpReason::NoUsableAnswer(RETRY_FOR)));
}

#[test]
fn long_ranges_alone_end_the_run_after_a_patience_of_their_own() {
    let mut health = health(2);
    for minute in 0..40 {
        fail_long(&mut health, 1, 60.0 * f64::from(minute));
        assert_eq!(health.verdict(), None);
    }
    let mut answered = health.clone();
    answered.on_success(secs(2399.0));
    fail_long(&mut answered, 1, 2400.0);
    assert_eq!(answered.verdict(), None);
    fail_long(&mut health, 1, 2400.0);
    assert_eq!(health.verdict(), Some(GiveUpReason::NoUsableAnswer(Duration::from_mins(40))));
}

/// Whatever fails of it, and however often a page fails that another follows.
#[test]
fn a_list_is_given_up_once_it_gave_no_page_for_so_long_or_is_closed() {
    for kind in [THROTTLED, BROKEN, REFUSED] {
        let mut health = health(4);
        let fails_at = |health: &mut Health, now: f64| {
            health.on_page_failure(secs(now), secs(now - 1.0), kind, 1.0);
            health.has_given_up_list()
        };
        assert!(!fails_at(&mut health, 1.0) && !fails_at(&mut health, 599.0));
        health.on_page(secs(599.5));
        assert!(!fails_at(&mut health, 601.0) && !fails_at(&mut health, 1199.9), "{kind:?}");
        assert!(fails_at(&mut health, 1200.0) && health.verdict().is_none(), "{kind:?}");
    }
    for status in [400, 401, 403, 404] {
        let mut health = health(4);
        health.on_page_failure(secs(1.0), secs(0.0), AskErrorKind::Client { status, code: None }, 1.0);
        assert_eq!(health.has_given_up_list(), [401, 403].contains(&status));
    }
}

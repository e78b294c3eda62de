use std::num::NonZeroU32;
use std::sync::Mutex;

use chrono::{DateTime, Utc};

use super::*;
use crate::model::AccountSid;

#[derive(Default)]
struct Hand(Mutex<Duration>);

impl Hand {
    fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn monotonic(&self) -> Duration {
        *self.0.lock().unwrap()
    }
}

fn grant(limiter: &mut Limiter) -> Token {
    match limiter.try_claim().unwrap() {
        Claim::Granted(token) => token,
        Claim::Wait(wait) => panic!("must wait {wait:?}"),
    }
}

fn limit() -> Limit {
    Limit::new(NonZeroU32::new(2).unwrap(), None, Duration::from_secs(20))
}

#[test]
fn a_limited_run_waits_for_its_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(Hand::default());
    let file = BucketFile::open_in_boot(folder.path(), AccountSid::ZEROS, "simulator", "boot").unwrap();
    for mut limiter in [Limiter::in_memory(limit(), clock.clone()), Limiter::shared(file, limit(), clock.clone())] {
        let token = grant(&mut limiter);
        let _lost = grant(&mut limiter);
        assert_eq!(limiter.try_claim().unwrap(), Claim::Wait(Duration::from_millis(60_050)));
        clock.advance(Duration::from_secs(1));
        limiter.release(token, Completion::Complete).unwrap();
        assert_eq!(limiter.try_claim().unwrap(), Claim::Wait(Duration::from_millis(60_050)));
        clock.advance(Duration::from_millis(60_050));
        let _granted = grant(&mut limiter);
        limiter.pause(Duration::from_mins(3)).unwrap();
        clock.advance(Duration::from_mins(2));
        assert_eq!(limiter.try_claim().unwrap(), Claim::Wait(Duration::from_mins(1)));
    }
}

#[test]
fn without_a_limit_only_pauses_count() {
    let clock = Arc::new(Hand::default());
    let mut limiter = Limiter::unlimited(clock.clone());
    for _ in 0..1000 {
        let token = grant(&mut limiter);
        limiter.release(token, Completion::Unknown).unwrap();
    }
    limiter.pause(Duration::from_secs(7)).unwrap();
    assert_eq!(limiter.try_claim().unwrap(), Claim::Wait(Duration::from_secs(7)));
    clock.advance(Duration::from_secs(7));
    let _granted = grant(&mut limiter);
}

#[test]
fn debug_shows_the_bounds() {
    let limiter = Limiter::unlimited(Arc::new(Hand::default()));
    assert_eq!(format!("{limiter:?}"), r#"Limiter { bounds: "none", .. }"#);
}

//! The state directory and the bucket in it: another machine takes it over, or its past is lost.

use std::fs::File;
use std::path::Path;

use super::*;
use crate::fetch::{BucketError, BucketFile, Limit};
use crate::state::{Machine, State, StateDirectory, Timing};

const TIMING: Timing = Timing { settle: Duration::ZERO, ..Timing::DEFAULT };

fn hold(dir: &Path, name: &str) -> StateDirectory {
    let machine = Machine { boot: name.to_owned(), host: name.to_owned() };
    StateDirectory::hold(dir, &machine, NOW, TIMING).unwrap()
}

fn take_over(dir: &Path) -> StateDirectory {
    let mark = File::options().write(true).open(dir.join("holder")).unwrap();
    let beaten = mark.metadata().unwrap().modified().unwrap();
    mark.set_modified(beaten - TIMING.silence).unwrap();
    hold(dir, "two")
}

fn limit() -> Limit {
    Limit::new(NonZeroU32::MIN, None, Duration::from_secs(20))
}

/// The waits that were explained.
#[derive(Default)]
struct Told(Vec<String>);

impl Observer for Told {
    fn on(&mut self, event: &Event<'_>) {
        if let Event::BucketLost(lost) = event {
            self.0.push(lost.to_string());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_only_waits_ends_when_another_machine_takes_its_state() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, state) = (folder.path().to_owned(), hold(folder.path(), "one"));
    let next = Arc::new(Mutex::new(None));
    let taker = Arc::clone(&next);
    let clock = Arc::new(Virtual(Instant::now()));
    let limiter =
        Limiter::in_memory(limit(), Arc::<Virtual>::clone(&clock) as Arc<dyn Clock>).within(&State::Directory(state));
    let observer = &mut Silent;
    let story = play_with(pace(1, RETRY), [vec![day(-2), day(-3)]], limiter, observer, clock, move |_, _| {
        *taker.lock().unwrap() = Some(take_over(&dir));
        (Duration::ZERO, Ok(counted(1)))
    });
    let (driven, _, asked, took) = story.await;
    let error = driven.unwrap_err().error;
    assert!(matches!(&error, DriveError::Limiter(BucketError::State(lost)) if lost.is_another_machine()), "{error}");
    assert_eq!(asked.len(), 1);
    assert!(took <= Duration::from_secs(1), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_bucket_is_told_once_and_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(Virtual(Instant::now()));
    let bucket = BucketFile::open(&hold(folder.path(), "one"), AccountSid::ZEROS, "scripted").unwrap();
    std::fs::write(bucket.path(), "not a bucket").unwrap();
    let limiter = Limiter::shared(bucket, limit(), Arc::<Virtual>::clone(&clock) as Arc<dyn Clock>);
    let mut told = Told::default();
    let story = play_with(pace(1, RETRY), [vec![day(-2), day(-3)]], limiter, &mut told, clock, |_, _| {
        (Duration::ZERO, Ok(counted(1)))
    });
    let (driven, _, asked, _) = story.await;
    driven.unwrap();
    assert!(asked[0].0 >= Duration::from_secs(80), "{asked:?}");
    assert_eq!(told.0.len(), 1, "{:?}", told.0);
    assert!(told.0[0].contains("is unreadable"), "{:?}", told.0);
}

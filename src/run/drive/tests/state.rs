//! The bucket in the state directory: its past is lost.

use super::*;
use crate::fetch::{BucketFile, Limit};

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
async fn a_lost_bucket_is_told_once_and_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(Virtual(Instant::now()));
    let bucket = BucketFile::open_in_boot(folder.path(), AccountSid::ZEROS, "scripted", "boot").unwrap();
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

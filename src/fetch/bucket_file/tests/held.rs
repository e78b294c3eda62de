//! Buckets in a state directory that machines hold one after the other.

use super::*;
use crate::model::UnixSeconds;
use crate::state::{Machine, Timing};

const TIMING: Timing = Timing { settle: Duration::ZERO, ..Timing::DEFAULT };

fn hold(folder: &Path, name: &str) -> StateDirectory {
    let machine = Machine { boot: name.to_owned(), host: name.to_owned() };
    StateDirectory::hold(folder, &machine, UnixSeconds(0), TIMING).unwrap()
}

/// Turns back the holder's heartbeat.
fn grow_silent(folder: &Path) {
    let mark = File::options().write(true).open(folder.join("holder")).unwrap();
    let beaten = mark.metadata().unwrap().modified().unwrap();
    mark.set_modified(beaten - TIMING.silence).unwrap();
}

fn open_held(state: &StateDirectory, origin: &str) -> BucketFile {
    BucketFile::open(state, AccountSid::ZEROS, origin).unwrap()
}

#[test]
fn who_lost_the_directory_writes_no_bucket() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Hand::at(100);
    let limit = limit(5);
    let old = hold(folder.path(), "one");
    let mut bucket = open_held(&old, ORIGIN);
    let token = claim(&mut bucket, &clock, 5).unwrap();
    grow_silent(folder.path());
    let new = hold(folder.path(), "two");
    let mut next = open_held(&new, ORIGIN);
    assert!(claim(&mut next, &clock, 5).is_err(), "a full minute counts as spent");
    let before = fs::read(next.path()).unwrap();
    let is_lost = |result: Result<(), BucketError>| match result {
        Err(BucketError::State(lost)) => lost.is_another_machine(),
        _ => false,
    };
    assert!(is_lost(bucket.update(&clock, &limit, |bucket, now| drop(bucket.claim(now, &limit)))));
    assert!(is_lost(bucket.update(&clock, &limit, |bucket, now| bucket.pause(now, REST))));
    let release = |bucket: &mut Bucket, now| bucket.release(token, Completion::Complete, now, &limit);
    assert!(is_lost(bucket.update(&clock, &limit, release)));
    assert_eq!(fs::read(next.path()).unwrap(), before);
}

/// A bucket that the machine in between used is lost, one that it left alone is as good as ever.
#[test]
fn a_machine_that_gets_the_directory_back_trusts_what_nobody_else_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Hand::at(100);
    let state = hold(folder.path(), "one");
    for origin in ["used", "alone"] {
        assert!(claim(&mut open_held(&state, origin), &clock, 5).is_ok());
    }
    drop(state);
    assert!(claim(&mut open_held(&hold(folder.path(), "two"), "used"), &clock, 5).is_err());
    let state = hold(folder.path(), "one");
    assert_eq!(claim(&mut open_held(&state, "used"), &clock, 5), Err(REST));
    assert_eq!(drain(&mut open_held(&state, "alone"), &clock, 5), 4);
    assert_eq!(drain(&mut open_held(&state, "new"), &clock, 5), 5);
}

#[test]
fn after_a_silent_machine_a_missing_bucket_counts_as_spent_too() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Hand::at(100);
    let _silent = hold(folder.path(), "one");
    grow_silent(folder.path());
    let state = hold(folder.path(), "two");
    let mut bucket = open_held(&state, ORIGIN);
    assert_eq!(claim(&mut bucket, &clock, 5), Err(REST));
    clock.set(Duration::from_mins(2) + REST);
    assert_eq!(drain(&mut bucket, &clock, 5), 5);
}

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use super::*;
use crate::state::Heartbeat;
use crate::state::disk::RELEASED;

const NOW: UnixSeconds = UnixSeconds(1_790_000_000);
/// Silence comes with the hand, never by waiting.
const TIMING: Timing =
    Timing { beat: Duration::from_millis(5), silence: Duration::from_mins(2), settle: Duration::from_millis(20) };

fn machine(name: &str) -> Machine {
    Machine { boot: format!("boot-of-{name}"), host: name.to_owned() }
}

fn hold(folder: &Path, name: &str) -> Result<StateDirectory, StateError> {
    StateDirectory::hold(folder, &machine(name), NOW, TIMING)
}

/// Moves the mark's heartbeat back, or ahead.
fn age(folder: &Path, seconds: i64) {
    let mark = File::options().write(true).open(folder.join(FILE)).unwrap();
    let now = mark.metadata().unwrap().modified().unwrap();
    let by = Duration::from_secs(seconds.unsigned_abs());
    mark.set_modified(if seconds < 0 { now + by } else { now - by }).unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn is_released(folder: &Path) -> bool {
    fs::metadata(folder.join(FILE)).unwrap().modified().unwrap() == RELEASED
}

fn is_taken_over(state: &StateDirectory, by: &str) -> bool {
    matches!(state.check(), Err(StateError::TakenOver { holder, .. }) if holder.to_string().starts_with(by))
}

#[test]
fn a_machine_takes_a_directory_and_releases_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/state");
    let state = hold(&path, "a").unwrap();
    assert_eq!((state.folder(), state.boot(), state.past()), (path.as_path(), "boot-of-a", Past::Known));
    assert_eq!(names(&path), [FILE]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&path.join(FILE))), (0o700, 0o600));
    state.check().unwrap();
    drop(state);
    assert_eq!(names(&path), [FILE]);
    assert!(is_released(&path));
}

#[test]
fn another_machine_is_told_who_holds_it_and_how_long_to_wait() {
    let folder = tempfile::tempdir().unwrap();
    let state = hold(folder.path(), "a").unwrap();
    age(folder.path(), 100);
    let refused = hold(folder.path(), "b").unwrap_err();
    assert!(refused.is_another_machine());
    let StateError::Held { silent, left, .. } = &refused else { panic!("{refused}") };
    assert!(silent.as_secs() >= 100 && *silent + *left == TIMING.silence, "{refused}");
    let words = refused.to_string();
    let process = format!("a (process {} since {NOW})", std::process::id());
    for word in [process.as_str(), "--state-dir", "--wait", folder.path().to_str().unwrap()] {
        assert!(words.contains(word), "{word} is not in: {words}");
    }
    assert!(StateDirectory::look(folder.path(), &machine("b"), TIMING).is_err());
    assert_eq!(names(folder.path()), [FILE], "who is refused leaves nothing behind");
    state.check().unwrap();
    drop(state);
    let next = hold(folder.path(), "b").expect("a clean end lets another machine start at once");
    assert_eq!((next.past(), next.replaced()), (Past::Known, None));
}

#[test]
fn processes_of_one_boot_share_it_and_the_last_one_releases_it() {
    let folder = tempfile::tempdir().unwrap();
    let first = hold(folder.path(), "a").unwrap();
    age(folder.path(), 1000);
    let container = Machine { host: "a-container".to_owned(), ..machine("a") };
    let second = StateDirectory::hold(folder.path(), &container, NOW, TIMING).unwrap();
    assert!(hold(folder.path(), "b").is_err(), "to join is a heartbeat");
    drop(first);
    second.check().unwrap();
    assert!(hold(folder.path(), "b").is_err());
    StateDirectory::look(folder.path(), &container, TIMING).unwrap();
    drop(second);
    hold(folder.path(), "b").unwrap();
}

#[test]
fn a_silent_machine_is_replaced_and_knows_when_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let old = hold(folder.path(), "a").unwrap();
    age(folder.path(), 121);
    StateDirectory::look(folder.path(), &machine("b"), TIMING).unwrap();
    let new = hold(folder.path(), "b").unwrap();
    assert_eq!(new.past(), Past::Lost);
    assert!(new.replaced().unwrap().silent >= TIMING.silence);
    assert!(is_taken_over(&old, "b ("));
    assert!(old.beat().is_err());
    age(folder.path(), 100);
    assert!(old.beat().is_err());
    let joined = hold(folder.path(), "b").unwrap();
    assert_eq!((joined.past(), joined.replaced()), (Past::Lost, None));
    drop(old);
    new.check().expect("who left was not the holder");
    joined.check().unwrap();
}

/// Its late heartbeat goes to the mark that was replaced.
#[test]
fn a_beat_never_speaks_for_the_successor() {
    let folder = tempfile::tempdir().unwrap();
    let old = hold(folder.path(), "a").unwrap();
    age(folder.path(), 121);
    let _new = hold(folder.path(), "b").unwrap();
    age(folder.path(), 121);
    old.0.touch().unwrap();
    drop(old);
    StateDirectory::look(folder.path(), &machine("c"), TIMING).expect("the successor is silent still");
}

/// A machine that has the directory a second time is not the process that lost it the first time.
#[test]
fn the_same_boot_again_is_another_hold() {
    let folder = tempfile::tempdir().unwrap();
    let first = hold(folder.path(), "a").unwrap();
    age(folder.path(), 121);
    drop(hold(folder.path(), "b").unwrap());
    assert!(is_taken_over(&first, "b ("), "though that machine has ended meanwhile");
    let again = hold(folder.path(), "a").unwrap();
    assert!(is_taken_over(&first, "a ("));
    drop(first);
    again.check().unwrap();
}

#[test]
fn of_many_that_take_over_at_once_one_machine_keeps_it() {
    for round in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let _old = hold(folder.path(), "old").unwrap();
        age(folder.path(), 121);
        let start = Barrier::new(4);
        let taken: Vec<_> = thread::scope(|scope| {
            let (folder, start) = (folder.path(), &start);
            let contender = |number: u32| {
                start.wait();
                hold(folder, &format!("m{number}"))
            };
            let contenders: Vec<_> = (0..4).map(|number| scope.spawn(move || contender(number))).collect();
            contenders.into_iter().filter_map(|contender| contender.join().unwrap().ok()).collect()
        });
        let holding = taken.iter().filter(|state| state.check().is_ok()).count();
        assert_eq!(holding, 1, "round {round}: {} thought so", taken.len());
    }
}

#[test]
fn of_many_that_come_first_one_machine_gets_it_and_its_processes_share_it() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let start = Barrier::new(6);
        let taken: Vec<_> = thread::scope(|scope| {
            let (folder, start) = (folder.path(), &start);
            let contender = |number: u32| {
                start.wait();
                hold(folder, if number.is_multiple_of(2) { "even" } else { "odd" })
            };
            let contenders: Vec<_> = (0..6).map(|number| scope.spawn(move || contender(number))).collect();
            contenders.into_iter().filter_map(|contender| contender.join().unwrap().ok()).collect()
        });
        assert_eq!(taken.len(), 3);
        assert!(taken.iter().all(|state| state.boot() == taken[0].boot() && state.check().is_ok()));
    }
}

/// Whoever comes while the last one leaves finds a mark that stands, or none.
#[test]
fn coming_and_going_of_one_boot_never_loses_the_mark() {
    let folder = tempfile::tempdir().unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..200 {
                    let state = hold(folder.path(), "a").unwrap();
                    state.check().unwrap();
                }
            });
        }
    });
    assert_eq!(names(folder.path()), [FILE]);
    assert!(is_released(folder.path()));
}

#[test]
fn a_mark_that_cannot_be_read_is_another_machines_until_it_is_silent() {
    type Harm = fn(&Path);
    let harms: [Harm; 4] = [
        |path| fs::write(path, "").unwrap(),
        |path| fs::write(path, "verify-rollup holder 2\nboot boot-of-a\n").unwrap(),
        |path| fs::write(path, vec![b'x'; 100_000]).unwrap(),
        |path| fs::write(path, [0xff, 0xfe]).unwrap(),
    ];
    for harm in harms {
        let folder = tempfile::tempdir().unwrap();
        let state = hold(folder.path(), "a").unwrap();
        harm(&folder.path().join(FILE));
        for name in ["a", "b"] {
            let words = hold(folder.path(), name).unwrap_err().to_string();
            assert!(words.contains("cannot be read") && words.contains("--state-dir"), "{words}");
        }
        assert!(state.check().unwrap_err().is_another_machine(), "the holder does not guess either");
        drop(state);
        age(folder.path(), 121);
        assert_eq!(hold(folder.path(), "b").unwrap().past(), Past::Lost);
    }
}

#[test]
fn a_heartbeat_of_the_far_future_locks_nobody_out() {
    let folder = tempfile::tempdir().unwrap();
    let _state = hold(folder.path(), "a").unwrap();
    age(folder.path(), -60);
    assert!(hold(folder.path(), "b").is_err());
    age(folder.path(), -100_000);
    assert!(hold(folder.path(), "b").is_ok());
}

#[test]
fn a_mark_that_is_removed_ends_its_holder() {
    let folder = tempfile::tempdir().unwrap();
    let state = hold(folder.path(), "a").unwrap();
    fs::remove_file(folder.path().join(FILE)).unwrap();
    let error = state.check().unwrap_err();
    assert!(error.to_string().contains("was removed or replaced") && !error.is_another_machine(), "{error}");
}

#[test]
fn no_mark_is_no_hindrance_to_a_look_and_a_look_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    StateDirectory::look(&folder.path().join("missing"), &machine("a"), TIMING).unwrap();
    StateDirectory::look(folder.path(), &machine("a"), TIMING).unwrap();
    assert!(names(folder.path()).is_empty());
}

#[test]
fn the_thread_beats_until_it_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let state = hold(folder.path(), "a").unwrap();
    age(folder.path(), 100);
    let beaten = || fs::metadata(folder.path().join(FILE)).unwrap().modified().unwrap();
    let before = beaten();
    let heartbeat = Heartbeat::start(state.clone(), TIMING.beat).unwrap();
    assert!((0..1000).any(|_| {
        thread::sleep(TIMING.beat);
        beaten() > before + Duration::from_secs(50)
    }));
    drop(state);
    assert!(!is_released(folder.path()), "the thread holds the directory too");
    drop(heartbeat);
    assert!(is_released(folder.path()));
}

#[test]
fn a_directory_that_cannot_be_made_is_named_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    fs::write(&blocked, "").unwrap();
    let error = hold(&blocked.join("state"), "a").unwrap_err();
    assert!(error.to_string().starts_with("cannot use the state directory ") && !error.is_another_machine());
    assert!(std::error::Error::source(&error).is_some());
}

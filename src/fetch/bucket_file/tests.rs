mod held;

use std::num::NonZeroU32;
use std::os::unix::fs::PermissionsExt;
use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::*;
use crate::fetch::{Completion, Token};

const ORIGIN: &str = "https://verify.twilio.com";
const REST: Duration = Duration::from_millis(60_050);

/// A clock that stands until it is moved.
struct Hand(Mutex<Duration>);

impl Hand {
    fn at(seconds: u64) -> Self {
        Self(Mutex::new(Duration::from_secs(seconds)))
    }

    fn set(&self, time: Duration) {
        *self.0.lock().unwrap() = time;
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

fn limit(per_minute: u32) -> Limit {
    Limit::new(NonZeroU32::new(per_minute).unwrap(), None, Duration::from_secs(20))
}

fn open(folder: &Path, boot: &str) -> BucketFile {
    BucketFile::open_in_boot(folder, AccountSid::ZEROS, ORIGIN, boot).unwrap()
}

fn claim(file: &mut BucketFile, clock: &Hand, per_minute: u32) -> Result<Token, Duration> {
    let limit = limit(per_minute);
    file.update(clock, &limit, |bucket, now| bucket.claim(now, &limit)).unwrap()
}

fn drain(file: &mut BucketFile, clock: &Hand, per_minute: u32) -> u32 {
    let mut granted = 0;
    while claim(file, clock, per_minute).is_ok() {
        granted += 1;
    }
    granted
}

#[test]
fn without_a_file_nothing_is_spent() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("new/state");
    let clock = Hand::at(100);
    let mut file = open(&state, "boot");
    assert_eq!(drain(&mut file, &clock, 5), 5);
    assert_eq!(fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(&state).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::read_dir(&state).unwrap().count(), 1, "nothing is left beside the file");
}

#[test]
fn two_runs_share_one_limit_and_restarts_forget_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Hand::at(100);
    let (mut one, mut two) = (open(folder.path(), "boot"), open(folder.path(), "boot"));
    let token = claim(&mut one, &clock, 3).unwrap();
    assert!(claim(&mut two, &clock, 3).is_ok());
    assert!(claim(&mut one, &clock, 3).is_ok());
    assert!(claim(&mut two, &clock, 3).is_err());
    assert!(claim(&mut open(folder.path(), "boot"), &clock, 3).is_err());
    let three = limit(3);
    one.update(&clock, &three, |bucket, now| bucket.release(token, Completion::Complete, now, &three)).unwrap();
    assert_eq!(claim(&mut two, &clock, 3), Err(REST));
    clock.set(Duration::from_secs(100) + REST);
    assert!(claim(&mut two, &clock, 3).is_ok());
    assert!(claim(&mut one, &clock, 3).is_err());
    two.update(&clock, &three, |bucket, now| bucket.pause(now, Duration::from_mins(5))).unwrap();
    assert_eq!(claim(&mut one, &clock, 3), Err(Duration::from_mins(5)));
}

#[test]
fn other_accounts_and_origins_have_buckets_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Hand::at(100);
    let other_account: AccountSid = format!("AC{}", "1".repeat(32)).parse().unwrap();
    for (account, origin) in [
        (AccountSid::ZEROS, ORIGIN),
        (other_account, ORIGIN),
        (AccountSid::ZEROS, "simulator"),
        (AccountSid::ZEROS, "http://a-b"),
        (AccountSid::ZEROS, "http://a:b"),
        (AccountSid::ZEROS, "../../etc/passwd"),
        (AccountSid::ZEROS, &"long".repeat(1000)),
    ] {
        let mut file = BucketFile::open_in_boot(folder.path(), account, origin, "boot").unwrap();
        assert_eq!(drain(&mut file, &clock, 2), 2, "{origin}");
        assert_eq!(file.path().parent(), Some(folder.path()));
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 7);
}

#[test]
fn after_another_boot_or_damage_a_full_minute_was_just_spent() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 5] = [
        ("another boot", |_| {}),
        ("emptied", |path| fs::write(path, "").unwrap()),
        ("text", |path| fs::write(path, "not a bucket").unwrap()),
        ("cut", |path| {
            let bytes = fs::read(path).unwrap();
            fs::write(path, &bytes[..bytes.len() - 1]).unwrap();
        }),
        ("huge", |path| File::options().write(true).open(path).unwrap().set_len(1 << 40).unwrap()),
    ];
    for (name, damage) in damages {
        let folder = tempfile::tempdir().unwrap();
        let clock = Hand::at(100);
        let mut first = open(folder.path(), "boot");
        assert!(claim(&mut first, &clock, 5).is_ok());
        if name == "huge" {
            // A sparse tail is a leftover; only with its head damaged is the file unreadable.
            first.file.write_all_at(b"x", 0).unwrap();
        }
        damage(first.path());
        let boot = if name == "another boot" { "next" } else { "boot" };
        let mut file = open(folder.path(), boot);
        clock.set(Duration::from_secs(200));
        assert_eq!(claim(&mut file, &clock, 5), Err(REST), "{name}");
        assert!(claim(&mut file, &clock, 6).is_err(), "{name}: another run may have spent more");
        assert!(fs::metadata(file.path()).unwrap().len() < 4096, "{name}");
        let under_way = Duration::from_secs(20);
        clock.set(Duration::from_millis(199_999) + under_way + REST);
        assert!(claim(&mut file, &clock, 5).is_err(), "{name}");
        clock.set(Duration::from_secs(200) + under_way + REST);
        assert_eq!(drain(&mut file, &clock, 5), 5, "{name}");
    }
}

#[test]
fn a_file_removed_meanwhile_is_put_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Hand::at(100);
    let mut file = open(folder.path(), "boot");
    assert_eq!(drain(&mut file, &clock, 3), 3);
    fs::remove_file(file.path()).unwrap();
    assert!(claim(&mut file, &clock, 3).is_err());
    assert!(claim(&mut open(folder.path(), "boot"), &clock, 3).is_err());
}

#[test]
fn a_claim_that_changes_nothing_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Hand::at(100);
    let mut file = open(folder.path(), "boot");
    assert_eq!(drain(&mut file, &clock, 3), 3);
    let before = fs::metadata(file.path()).unwrap().modified().unwrap();
    std::thread::sleep(Duration::from_millis(20));
    assert!(claim(&mut file, &clock, 3).is_err());
    assert_eq!(fs::metadata(file.path()).unwrap().modified().unwrap(), before);
}

#[test]
fn a_folder_that_cannot_be_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    fs::write(&blocked, "").unwrap();
    let error = BucketFile::open_in_boot(&blocked.join("state"), AccountSid::ZEROS, ORIGIN, "boot").unwrap_err();
    assert_eq!(error.to_string(), format!("cannot create the state directory {}", blocked.join("state").display()));
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn claims_from_many_threads_never_exceed_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Hand::at(100);
    let granted: u32 = std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..4).map(|_| scope.spawn(|| drain(&mut open(folder.path(), "boot"), &clock, 200))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    assert_eq!(granted, 200);
}

#[test]
fn processes_share_one_limit() {
    // Copies of this test are the other processes; each says how many tokens it got.
    const FOLDER: &str = "VERIFY_ROLLUP_TEST_BUCKET";
    const NAME: &str = "fetch::bucket_file::tests::processes_share_one_limit";
    let clock = Hand::at(100);
    if let Some(folder) = std::env::var_os(FOLDER) {
        println!("granted={};", drain(&mut open(Path::new(&folder), "boot"), &clock, 300));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let process = || {
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", NAME, "--nocapture"]).env(FOLDER, folder.path());
        command.stdout(std::process::Stdio::piped()).spawn().unwrap()
    };
    let granted = [process(), process(), process()].map(|child| {
        let output = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        let (_, count) = output.split_once("granted=").unwrap();
        count.split_once(';').unwrap().0.parse::<u32>().unwrap()
    });
    assert_eq!(granted.iter().sum::<u32>(), 300, "{granted:?}");
}

/// What two machines did to each other before one had to hold the directory.
#[test]
fn two_boots_that_share_a_bucket_block_each_other_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Hand::at(100);
    let (mut one, mut two) = (open(folder.path(), "one"), open(folder.path(), "two"));
    assert!(claim(&mut one, &clock, 100).is_ok());
    for second in 0..200 {
        clock.set(Duration::from_secs(100 + second));
        assert!(claim(&mut two, &clock, 100).is_err() && claim(&mut one, &clock, 100).is_err(), "{second}");
    }
}

#[test]
fn a_lost_past_is_told_once_to_each_who_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Hand::at(100);
    let mut first = open(folder.path(), "boot");
    assert!(claim(&mut first, &clock, 5).is_ok());
    assert_eq!(first.take_lost(), None);
    fs::write(first.path(), "not a bucket").unwrap();
    let told = |file: &mut BucketFile| {
        assert!(claim(file, &clock, 5).is_err());
        let told = file.take_lost().map(|lost| lost.to_string());
        assert!(claim(file, &clock, 5).is_err() && file.take_lost().is_none());
        told.unwrap()
    };
    let line = told(&mut first);
    assert!(line.contains("is unreadable") && line.contains("first request is sent in 81 s"), "{line}");
    let line = told(&mut open(folder.path(), "boot"));
    assert!(line.contains("was found unreadable, or of another boot or machine"), "{line}");
    let line = told(&mut open(folder.path(), "next"));
    assert!(line.contains("is of another boot or another machine"), "{line}");
}

#[test]
fn a_named_bucket_is_not_locked_by_its_maker() {
    let folder = tempfile::tempdir().unwrap();
    let made = open(folder.path(), "boot");
    File::open(made.path()).unwrap().try_lock().unwrap();
}

//! A ledger file: looked into as `plan` does, then written to by a run, read, and pruned.
//!
//! Inputs that begin like an SQLite file are one. Others are patches to a small sound ledger, four bytes each: where
//! (two bytes, little-endian, from the start or, with the highest bit, from the end), what, and how. So a few random
//! bytes reach SQLite's pages and our columns, not only the header's check.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use verify_rollup::ledger::{
    AnswerLog, FindAnswer, Ledger, LedgerError, LedgerOptions, NewAnswer, Origin, ReadOnlyLedger, RunEnd, RunRequest,
    prune,
};
use verify_rollup::model::{
    AccountSid, Body, Channel, Counts, Interval, Question, Rate, Reuse, Round, Settling, Slice, UnixMicros, Window,
};

use super::{START, at, now, scratch};

/// With answers of two runs, in pages of 512 bytes.
pub const SOUND: &[u8] = include_bytes!("../corpus/ledger_file/sound.sqlite");
/// Answers that [`look`] finds in it.
pub const FOUND: usize = 18;
const DAY: i64 = 86_400;

/// Uses a ledger file as every command does.
///
/// # Panics
/// If an answer that was acknowledged isn't found.
pub fn replay(bytes: &[u8]) {
    let folder = scratch();
    std::fs::write(folder.path().join("ledger.sqlite"), content(bytes)).expect("a ledger");
    let _ = look(folder.path());
    let _ = write(folder.path());
    let _ = look(folder.path());
    let _ = prune(folder.path(), at(5 * DAY).to_datetime());
}

fn content(bytes: &[u8]) -> Vec<u8> {
    if bytes.starts_with(b"SQLite format 3") {
        return bytes.to_vec();
    }
    let mut file = SOUND.to_vec();
    for patch in bytes.as_chunks::<4>().0 {
        let [low, high, what, how] = *patch;
        let place = usize::from(u16::from_le_bytes([low, high & 0x7f]));
        let place = if high < 0x80 { place % file.len() } else { file.len() - 1 - place % file.len() };
        let end = (place + usize::from(how >> 2)).min(file.len() - 1);
        match how & 3 {
            0 => file[place] = what,
            1 => file[place] ^= what,
            2 => file[place..=end].fill(what),
            _ => file[place..=end].rotate_left(1),
        }
    }
    file
}

fn origin() -> Origin {
    Origin { account: AccountSid::ZEROS, origin: "simulator".to_owned() }
}

fn request() -> RunRequest<'static> {
    let settling = Settling { settle_after: Duration::from_hours(24) };
    RunRequest {
        job: "fuzzed",
        fingerprint: "same",
        earlier_fingerprints: &[],
        as_of: None,
        now: now(),
        settling,
        interval: Interval::default(),
    }
}

fn both_days() -> Window {
    Window::new(at(0), at(2 * DAY)).expect("two days")
}

/// Two days by three slices.
fn slices() -> impl Iterator<Item = Slice> {
    (0..2).flat_map(|day| {
        let whole = Slice::whole(Window::new(at(day * DAY), at((day + 1) * DAY)).expect("a day"));
        let narrow = Slice {
            service: format!("VA{}", "a".repeat(32)).parse().ok(),
            country: "US".parse().ok(),
            channel: Some(Channel::Sms),
            prefix: "+57305".parse().ok(),
            ..whole
        };
        [whole, Slice { country: "CO".parse().ok(), ..whole }, narrow]
    })
}

/// Asks as `plan` does, and counts the answers.
///
/// # Errors
/// The ledger cannot be used.
pub fn look(folder: &Path) -> Result<usize, LedgerError> {
    let mut ledger = ReadOnlyLedger::open(folder, &origin(), &request())?;
    drop(format!("{:?}", ledger.open_run()));
    drop(format!("{:?} {}", ledger.notes()?, ledger.has_attempts(both_days())?));
    ledger.recall_around(both_days());
    find_all(&mut ledger)
}

fn find_all(ledger: &mut impl FindAnswer) -> Result<usize, LedgerError> {
    let mut found = 0;
    for slice in slices() {
        for round in Round::ALL {
            for reuse in [Reuse::Never, Reuse::Settled, Reuse::SettledOnly, Reuse::AnyAge] {
                if let Some(answer) = ledger.find(&Question { slice, round, reuse })? {
                    drop(format!("{answer:?} {} {}", answer.asked_at, answer.as_of));
                    found += 1;
                }
            }
        }
    }
    Ok(found)
}

/// A run that reads what is there, adds one answer and fails.
///
/// # Errors
/// The ledger cannot be used.
///
/// # Panics
/// As [`replay`].
pub fn write(folder: &Path) -> Result<(), LedgerError> {
    let unacknowledged = NonZeroUsize::new(2).expect("not zero");
    let options = LedgerOptions { unacknowledged, lock_wait: Duration::from_secs(1) };
    let mut ledger = Ledger::begin_run(folder, &origin(), &request(), options)?;
    drop(format!("{:?}", ledger.run()));
    ledger.recall_around(both_days());
    find_all(&mut ledger)?;
    for slice in slices() {
        drop(format!("{:?}", ledger.history(&slice)?));
    }
    let question =
        Question { slice: slices().last().expect("there are slices"), round: Round::Again, reuse: Reuse::Never };
    let body = Body {
        total_attempts: Some(11),
        total_converted: Some(9),
        total_unconverted: None,
        conversion_rate_percentage: Some(Rate::Text("81.8".to_owned())),
        url: Some(Some("https://example.test/summary".to_owned())),
    };
    let counts = Counts::new(11, 9).expect("sound counts");
    let asked_at = UnixMicros((START + 39 * DAY) * 1_000_000);
    ledger.record(NewAnswer { ticket: 7, question, asked_at, body, counts, server_at: None })?;
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let durable = runtime.block_on(ledger.committed())?;
    assert_eq!(durable, [7]);
    assert!(ledger.find(&question)?.is_some(), "an answer that was acknowledged is found");
    ledger.end_run(&RunEnd::Failed.into(), now())
}

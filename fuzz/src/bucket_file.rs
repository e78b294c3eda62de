//! A limiter's bucket file: decoded, claimed from, paused, and written back.
//!
//! Random bytes never pass the checksum, so an input has two forms: after `!` stand the file's bytes as they are;
//! anything else is the file's words after its boot id, to which head and checksum are added.

use std::num::NonZeroU32;
use std::time::Duration;

use chrono::{DateTime, Utc};
use verify_rollup::clock::Clock;
use verify_rollup::fetch::{Bucket, BucketFile, Completion, Limit, Token};
use verify_rollup::model::AccountSid;

use super::{now, scratch};

const BOOT: &str = "5f0c8b2e-fuzz";
const UPTIME: Duration = Duration::from_secs(100_000);
const WORD: usize = size_of::<u64>();
/// Magic and boot id, before the words that an input gives.
const HEAD: usize = 3 * WORD;

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> DateTime<Utc> {
        now()
    }

    fn monotonic(&self) -> Duration {
        UPTIME
    }
}

/// Uses a bucket file as concurrent runs with different limits do.
///
/// # Panics
/// If more tokens are given out than a limit has, or the bucket isn't read back as it was written.
pub fn replay(bytes: &[u8]) {
    let folder = scratch();
    let open = || BucketFile::open_in_boot(folder.path(), AccountSid::ZEROS, "https://fuzz.test", BOOT);
    let mut file = open().expect("an empty state directory");
    let fresh = std::fs::read(file.path()).expect("a bucket");
    std::fs::write(file.path(), content(bytes, &fresh[..HEAD])).expect("a bucket");

    let number = |number| NonZeroU32::new(number).expect("not zero");
    for (per_minute, burst) in [(1, None), (3, Some(2)), (100, Some(1)), (2000, None), (1_000_000, Some(7))] {
        let limit = Limit::new(number(per_minute), burst.map(number), Duration::from_hours(24));
        let most = burst.unwrap_or(per_minute).min(50);
        let left = file.update(&Fixed, &limit, |bucket, at| use_up(bucket, at, &limit, most));
        let left = left.expect("a readable file");
        let read = open().expect("a bucket").update(&Fixed, &limit, |bucket, _| bucket.clone());
        assert_eq!(read.expect("a readable file"), left);
    }
}

/// Claims until it is refused, gives back, pauses, and claims once more.
fn use_up(bucket: &mut Bucket, at: Duration, limit: &Limit, most: u32) -> Bucket {
    let mut tokens: Vec<Token> = Vec::new();
    let wait = loop {
        match bucket.claim(at, limit) {
            Ok(token) => tokens.push(token),
            Err(wait) => break Some(wait),
        }
        if tokens.len() > most as usize {
            break None;
        }
    };
    match wait {
        Some(wait) => assert!(wait > Duration::ZERO),
        // The loop ends by itself only at a limit that it reaches.
        None => assert!(most == 50, "{} tokens of {most}", tokens.len()),
    }
    for (index, token) in tokens.into_iter().enumerate() {
        let completion = if index % 2 == 0 { Completion::Complete } else { Completion::Unknown };
        bucket.release(token, completion, at, limit);
    }
    bucket.pause(at, Duration::from_secs(1));
    assert!(bucket.claim(at, limit).is_err(), "a pause holds");
    bucket.clone()
}

fn content(bytes: &[u8], head: &[u8]) -> Vec<u8> {
    if let Some(raw) = bytes.strip_prefix(b"!") {
        return raw.to_vec();
    }
    let mut file = head.to_vec();
    file.extend_from_slice(bytes);
    // Room for pause, last id and count.
    file.resize(file.len().next_multiple_of(WORD).max(6 * WORD), 0);
    let holds = (file.len() / WORD - 6) / 4;
    file.truncate((6 + 4 * holds) * WORD);
    // One count in two hundred and fifty-six is left as the input has it.
    if file[5 * WORD] != 0xff {
        file[5 * WORD..6 * WORD].copy_from_slice(&(holds as u64).to_le_bytes());
    }
    let words = file.as_chunks::<WORD>().0.iter().map(|word| u64::from_le_bytes(*word));
    let checksum = words
        .fold(0xcbf2_9ce4_8422_2325, |sum: u64, word| (sum ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29));
    file.extend_from_slice(&checksum.to_le_bytes());
    file
}

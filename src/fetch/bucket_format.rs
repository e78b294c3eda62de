//! The bytes of a bucket file. Pure.
//!
//! Little-endian words of 64 bits: magic with version, two of boot id, when the pause ends, the last id, how many
//! holds, four for each hold (id, tokens, started, returns), and a checksum of all before it. Bytes beyond are
//! leftovers of a longer state: the file is only ever overwritten from its start, in one write, so that it never
//! shrinks to nothing. Anything else is refused as a whole; the caller then assumes the worst.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::bucket::{Bucket, Hold, LostPast, MOST_HOLDS};

const MAGIC: u64 = u64::from_le_bytes(*b"vrbuckt\x01");
const WORD: usize = size_of::<u64>();
const HEAD_WORDS: usize = 6;
const HOLD_WORDS: usize = 4;
/// The longest file that is read.
pub(super) const LONGEST: usize = (HEAD_WORDS + HOLD_WORDS * MOST_HOLDS + 1) * WORD;
/// How far a start may lie ahead of the reader's clock; more says that it is of another clock.
const SLACK: Duration = Duration::from_secs(1);

/// Which boot of the machine the monotonic clock counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BootId([u64; 2]);

impl BootId {
    /// No boot's.
    pub(super) const NOBODYS: Self = Self([0, 0]);

    pub(super) fn new(text: &str) -> Self {
        let hash = Sha256::digest(text.trim());
        let mut words = words(&hash);
        Self([words.next().unwrap_or(0), words.next().unwrap_or(0)])
    }
}

/// Replaces `bytes` by a bucket's bytes.
pub(super) fn encode(bucket: &Bucket, boot: BootId, bytes: &mut Vec<u8>) {
    bytes.clear();
    let count = bucket.holds.len() as u64;
    for word in [MAGIC, boot.0[0], boot.0[1], bucket.paused_until, bucket.last_id, count] {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    for hold in &bucket.holds {
        for word in [hold.id, hold.tokens, hold.started, hold.returns] {
            bytes.extend_from_slice(&word.to_le_bytes());
        }
    }
    let checksum = checksum(bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
}

/// The bucket in a file's bytes, unless it is of another boot or they are anything that [`encode`] didn't write.
pub(super) fn decode(bytes: &[u8], boot: BootId, now: Duration) -> Result<Bucket, LostPast> {
    let (written_in, bucket) = parse(bytes).ok_or(LostPast::Unreadable)?;
    if written_in != boot {
        return Err(LostPast::OtherBoot);
    }
    if bucket.holds.iter().any(|hold| Duration::from_nanos(hold.started) > now + SLACK) {
        return Err(LostPast::Unreadable);
    }
    Ok(bucket)
}

fn parse(bytes: &[u8]) -> Option<(BootId, Bucket)> {
    let mut head = words(bytes);
    let mut next = || head.next();
    if next()? != MAGIC {
        return None;
    }
    let boot = BootId([next()?, next()?]);
    let (paused_until, last_id) = (next()?, next()?);
    let count = usize::try_from(next()?).ok().filter(|count| *count <= MOST_HOLDS)?;
    let end = (HEAD_WORDS + HOLD_WORDS * count) * WORD;
    let (content, rest) = bytes.split_at_checked(end)?;
    if words(rest).next()? != checksum(content) {
        return None;
    }
    let mut body = words(&content[HEAD_WORDS * WORD..]);
    let mut holds = Vec::with_capacity(count + 1);
    while let (Some(id), Some(tokens), Some(started), Some(returns)) =
        (body.next(), body.next(), body.next(), body.next())
    {
        holds.push(Hold { id, tokens, started, returns });
    }
    Some((boot, Bucket { holds, paused_until, last_id }))
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes.as_chunks::<WORD>().0.iter().map(|word| u64::from_le_bytes(*word))
}

/// Finds damage, not forgery: FNV-1a by words, with a rotation so that high bits matter too.
fn checksum(bytes: &[u8]) -> u64 {
    words(bytes)
        .fold(0xcbf2_9ce4_8422_2325, |sum: u64, word| (sum ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Duration = Duration::from_secs(1000);

    fn bucket(holds: usize) -> Bucket {
        let hold = |id| Hold { id, tokens: id + 1, started: id * 7, returns: id * 1000 };
        Bucket { holds: (0..holds as u64).map(hold).collect(), paused_until: 5, last_id: 99 }
    }

    fn encoded(bucket: &Bucket) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(bucket, BootId::new("this"), &mut bytes);
        bytes
    }

    #[test]
    fn what_is_written_is_read() {
        for holds in [0, 1, 3, 1000] {
            let mut bytes = encoded(&bucket(holds));
            assert_eq!(decode(&bytes, BootId::new("this\n"), NOW), Ok(bucket(holds)));
            bytes.extend_from_slice(b"leftovers of a longer state");
            assert_eq!(decode(&bytes, BootId::new("this"), NOW), Ok(bucket(holds)));
        }
    }

    #[test]
    fn another_boot_and_another_clock_are_refused() {
        assert_eq!(decode(&encoded(&bucket(3)), BootId::new("that"), NOW), Err(LostPast::OtherBoot));
        let mut ahead = bucket(3);
        ahead.holds[1].started = 1_002_000_000_000;
        assert_eq!(decode(&encoded(&ahead), BootId::new("this"), NOW), Err(LostPast::Unreadable));
    }

    #[test]
    fn a_count_beyond_all_bounds_is_refused() {
        let mut bytes = encoded(&bucket(3));
        for count in [4, MOST_HOLDS as u64 + 1, u64::MAX] {
            bytes[5 * WORD..6 * WORD].copy_from_slice(&count.to_le_bytes());
            assert_eq!(decode(&bytes, BootId::new("this"), NOW), Err(LostPast::Unreadable));
        }
    }

    proptest! {
        #[test]
        fn every_changed_byte_and_every_cut_is_noticed(holds in 0_usize..20, at: prop::sample::Index, flip in 1_u8..) {
            let bytes = encoded(&bucket(holds));
            let at = at.index(bytes.len());
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            prop_assert_eq!(decode(&changed, BootId::new("this"), NOW), Err(LostPast::Unreadable));
            prop_assert_eq!(decode(&bytes[..at], BootId::new("this"), NOW), Err(LostPast::Unreadable));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert_eq!(decode(&bytes, BootId::new("this"), NOW), Err(LostPast::Unreadable));
        }
    }
}

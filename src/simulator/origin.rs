//! What a world follows from: a seed, and how large it is.
//!
//! The one account has all of the table of countries. Of many accounts each has a seed of its own by its SID, and
//! a size with a heavy tail: a few are as large as the one, most have some tens to some hundreds of attempts a day, and
//! some hardly any. The smaller ones send to fewer countries, so that what a day costs to make goes down with its size.
//! Roots are exact on every platform, so the world may rest on them.

use super::countries::NOWHERE;
use super::random::Random;
use crate::model::AccountSid;

/// Whose past the SIDs that come are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Accounts {
    /// One account's, whatever its SID.
    #[default]
    One,
    /// Each SID is an account of its own, most of them small; a key belongs to the account with the same digits.
    Each,
}

const SEEDS: u64 = u64::from_be_bytes(*b"accounts");
const SIZES: u64 = u64::from_be_bytes(*b"account#");

/// The smaller, the more accounts are small: the chance of at least a part `x` of the one account is about `TAIL / x`.
const TAIL: f64 = 0.012;
/// Accounts that are hardly used, and what they have of what they would have.
const IDLE: f64 = 0.1;
const HARDLY: f64 = 0.01;
/// An account sends to each country with this chance times the root of its scale.
const SPREAD: f64 = 3.0;

/// From this and a day follows what happens on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    pub(super) seed: u64,
    /// Expected traffic, as a part of the one account's.
    pub(super) scale: f64,
    /// How likely each place was to be one of `places`.
    presence: f64,
    /// Where there is traffic at all: a bit for each place.
    places: u128,
}

const _: () = assert!((NOWHERE as u32) < u128::BITS);

impl Origin {
    /// The one account of a seed.
    pub(super) const fn one(seed: u64) -> Self {
        Self { seed, scale: 1.0, presence: 1.0, places: u128::MAX }
    }

    /// One of the many accounts of a seed.
    pub(super) fn of(seed: u64, account: AccountSid) -> Self {
        let sid = account.to_string();
        let words = sid.as_bytes().chunks(8).map(|word| word.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte)));
        let path: Vec<u64> = std::iter::once(SEEDS).chain(words).collect();
        let seed = Random::stream(seed, &path).next();
        let mut random = Random::stream(seed, &[SIZES]);
        let scale = TAIL / (TAIL + random.unit());
        let scale = if random.chance(IDLE) { scale * HARDLY } else { scale };
        let presence = (SPREAD * scale.sqrt()).min(1.0);
        let places = (0..=NOWHERE).filter(|_| random.chance(presence)).fold(0, |bits, place| bits | 1 << place);
        Self { seed, scale, presence, places }
    }

    /// Whether there is traffic to a place.
    pub(super) const fn reaches(&self, place: u8) -> bool {
        self.places >> place & 1 == 1
    }

    /// Of so many attempts of the one account, as many as this one has in proportion, rounded up.
    pub(super) fn part_of(&self, count: u32) -> u32 {
        rounded_up(f64::from(count) * self.scale)
    }

    /// Attempts of an attack that would have so many on the one account: by the root of the scale, so that it stands
    /// out on small ones, too.
    pub(super) fn struck_by(&self, count: u32) -> u32 {
        rounded_up(f64::from(count) * self.scale.sqrt())
    }

    /// The traffic to a place that is reached, as a part of the one account's.
    pub(super) fn volume(&self) -> f64 {
        self.scale / self.presence
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small, positive and rounded up")]
fn rounded_up(count: f64) -> u32 {
    count.ceil() as u32
}

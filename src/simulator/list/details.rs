//! What a list tells of an attempt beyond its cell: identifiers, recipient, price, carrier, delivery. Plausible, not measured, and a pure
//! function of the attempt, so that a block of numbers keeps its carrier and a cell's cost is the same in every walk.

use super::super::attempt::Attempt;
use super::super::random::Random;
use crate::model::Channel;

const IDENTIFIERS: u64 = u64::from_be_bytes(*b"attempt ");
const PRICES: u64 = u64::from_be_bytes(*b"prices! ");
const CARRIERS: u64 = u64::from_be_bytes(*b"carriers");

/// An identifier of an attempt: its letters, and digits that are the same in every walk.
pub(super) fn sid(letters: &str, seed: u64, day: i64, index: u32) -> String {
    let kind = letters.bytes().fold(0, |kind, letter| kind * 256 + u64::from(letter));
    let random = Random::stream(seed, &[IDENTIFIERS, kind, day.cast_unsigned(), u64::from(index)]);
    random.sid(letters)
}

/// Whom an attempt was sent to: a number, or an e-mail address.
pub(super) fn recipient(attempt: &Attempt, seed: u64, day: i64, index: u32) -> String {
    attempt
        .number
        .map_or_else(|| format!("{}@example.com", &sid("user", seed, day, index)[..16]), |number| number.to_string())
}

/// Millionths of the currency.
pub(super) const fn in_currency(millionths: u32) -> (u32, u32) {
    (millionths / 1_000_000, millionths % 1_000_000)
}

/// What the channel charges for the attempt, in millionths: by country and channel; e-mail costs a tenth of a cent
/// wherever it goes.
pub(super) fn price(attempt: &Attempt) -> u32 {
    if attempt.channel == Channel::Email {
        return 1_000;
    }
    let mut random = Random::stream(PRICES, &[u64::from(attempt.place)]);
    // From under a cent to over twenty cents.
    let sms = 500 * (random.between(14, 60) + random.below(2) * random.between(60, 380));
    match attempt.channel {
        Channel::Call => sms * 2,
        Channel::Whatsapp => sms * 3 / 5,
        Channel::Rbm => sms * 4 / 5,
        Channel::Sms | Channel::Email | Channel::Control => sms,
    }
}

/// Who carries a number: a block of a million has one carrier.
pub(super) struct Carrier {
    pub(super) name: String,
    pub(super) mobile_country: u32,
    pub(super) mobile_network: u32,
}

impl Carrier {
    /// `None` for e-mail.
    pub(super) fn of(attempt: &Attempt) -> Option<Self> {
        const NAMES: [&str; 4] = ["Mobile", "Telecom", "Cell", "Wireless"];
        let (number, country) = (attempt.number?, attempt.country()?);
        let block = number.digits() / 1_000_000;
        let mut random = Random::stream(CARRIERS, &[u64::from(attempt.place), block]);
        let network = random.below(4);
        Some(Self {
            name: format!("{} {}", country.code(), NAMES[network as usize]),
            mobile_country: 200 + u32::from(attempt.place),
            mobile_network: network + 1,
        })
    }
}

/// What became of the message: its status and, where it did not arrive, the vendor's code. A code that was entered has
/// arrived.
pub(super) fn delivery(attempt: &Attempt, mut lot: Random) -> (&'static str, Option<&'static str>) {
    let arrived = if attempt.channel == Channel::Call { "completed" } else { "delivered" };
    if attempt.delay.is_some() || lot.chance(0.7) {
        return (arrived, None);
    }
    match (attempt.channel, lot.below(3)) {
        (Channel::Call, 0) => ("busy", None),
        (Channel::Call, _) => ("no-answer", None),
        (Channel::Email, _) => ("undelivered", None),
        (_, 0) => ("undelivered", Some("30003")),
        (_, 1) => ("undelivered", Some("30005")),
        _ => ("undelivered", Some("30008")),
    }
}

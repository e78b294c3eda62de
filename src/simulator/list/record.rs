//! One attempt in the API's words.

use serde::Serialize;

use super::super::random::Random;
use super::super::settings::Settings;
use super::super::world::World;
use super::details::{Carrier, delivery, in_currency, price, recipient, sid};
use super::walk::Step;
use crate::model::{AccountSid, UnixSeconds};

const LABEL: u64 = u64::from_be_bytes(*b"attempt ");
/// What the API calls the list, wherever it was asked.
pub(super) const URL: &str = "https://verify.twilio.com/v2/Attempts";
/// How long a price is unknown.
const PRICED_AFTER: i64 = 3600;

/// A page.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    pub(super) attempts: Vec<Record>,
    pub(super) meta: Meta,
}

/// What a page says of itself and of its neighbours.
#[derive(Debug, Serialize)]
pub(super) struct Meta {
    pub(super) key: &'static str,
    pub(super) page: u32,
    pub(super) page_size: u32,
    pub(super) first_page_url: String,
    pub(super) previous_page_url: Option<String>,
    pub(super) url: String,
    pub(super) next_page_url: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Record {
    sid: String,
    account_sid: String,
    service_sid: String,
    verification_sid: String,
    date_created: String,
    date_updated: String,
    conversion_status: &'static str,
    channel: &'static str,
    price: Option<Price>,
    channel_data: ChannelData,
    url: String,
}

#[derive(Debug, Serialize)]
struct Price {
    value: String,
    currency: &'static str,
}

#[derive(Debug, Serialize)]
struct ChannelData {
    to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    mcc: Option<String>,
    mnc: Option<String>,
    carrier: Option<String>,
    status: &'static str,
    message_status: &'static str,
    error_code: Option<&'static str>,
    code_length: u8,
    locale: &'static str,
}

/// An attempt as it stands at `now`.
pub(super) fn attempt(
    world: &World,
    settings: &Settings,
    account: AccountSid,
    step: &Step,
    now: UnixSeconds,
) -> Record {
    let Step { token, at, attempt, index } = step;
    let (seed, day) = (world.seed(), token.day);
    let flaws = &settings.list;
    let mut lot = Random::stream(seed, &[LABEL, day.cast_unsigned(), u64::from(*index)]);
    let has_country = !lot.chance(flaws.without_country.value());
    let has_price = !lot.chance(flaws.without_price.value()) && at.plus_seconds(PRICED_AFTER) <= now;
    let is_converted = attempt.is_converted(*at, now);
    let updated = attempt.delay.filter(|_| is_converted).map_or(1, i64::from);
    let (message_status, error_code) = delivery(attempt, lot);
    let carrier = Carrier::of(attempt);
    let name = sid("VL", seed, day, *index);
    Record {
        url: format!("{URL}/{name}"),
        sid: name,
        account_sid: account.to_string(),
        service_sid: world.services()[usize::from(attempt.service)].to_string(),
        verification_sid: sid("VE", seed, day, *index),
        date_created: at.to_string(),
        date_updated: at.plus_seconds(updated).to_string(),
        conversion_status: if is_converted { "converted" } else { "unconverted" },
        channel: attempt.channel.name(),
        price: has_price.then(|| in_words(price(attempt))),
        channel_data: ChannelData {
            to: recipient(attempt, seed, day, *index),
            country: attempt.country().filter(|_| has_country).map(|country| country.code().to_owned()),
            mcc: carrier.as_ref().map(|carrier| carrier.mobile_country.to_string()),
            mnc: carrier.as_ref().map(|carrier| format!("{:02}", carrier.mobile_network)),
            carrier: carrier.map(|carrier| carrier.name),
            status: if is_converted { "confirmed" } else { "unconfirmed" },
            message_status,
            error_code,
            code_length: 6,
            locale: "en",
        },
    }
}

/// Without zeros at its end: `0.0075`.
fn in_words(millionths: u32) -> Price {
    let (whole, part) = in_currency(millionths);
    let text = format!("{whole}.{part:06}");
    let value = text.trim_end_matches('0').trim_end_matches('.').to_owned();
    Price { value, currency: "usd" }
}

//! From the bytes of a page to its attempts. Pure.
//!
//! An attempt needs an identifier, an instant and a status that is known: a page in which one lacks any of them is of no
//! use, as nobody could say what it counts. Everything else may be missing or of another type, as `channel_data` is not
//! documented. A page is the last one only if it says so: what lacks `meta` may have been cut. What is wrong is told by its
//! place in the body, never by its text.

use std::borrow::Cow;

use chrono::DateTime;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::super::ApiError;
use super::super::api_error::RawError;
use super::json::{object, text};
use super::price::{OddPrices, price};
use super::{NextPage, Page};
use crate::model::{AttemptId, Country, Listed, Number, UnixSeconds};

/// Longer words than these are no carrier's name and no code.
const LONGEST_NAME: usize = 64;
const LONGEST_CODE: usize = 32;

/// Why a page is of no use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnreadablePage {
    /// Not the JSON object it should be.
    #[error("the page is not the expected JSON object (line {line}, column {column})")]
    Body {
        /// Where, from 1; 0: before the first letter.
        line: usize,
        /// Where in the line.
        column: usize,
    },
    /// It is an error of the API's, sent with HTTP success.
    #[error("the page is an error: {0}")]
    Error(ApiError),
    /// An attempt cannot be counted.
    #[error("attempt {place} of the page has {lacks}")]
    Attempt {
        /// Which, from 1.
        place: usize,
        /// What it lacks.
        lacks: &'static str,
    },
    /// There is a next page, and it cannot be asked for.
    #[error("the page names a next one whose address has no query")]
    NextPage,
    /// Nothing shows whether it is the last.
    #[error("the page does not say whether another follows")]
    NoEnd,
}

/// Reads a page.
pub fn read_page(bytes: &[u8]) -> Result<Page, UnreadablePage> {
    // serde would take a JSON array for the fields in order.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(UnreadablePage::Body { line: 1, column: 1 });
    }
    // serde_json's own words quote a value of the wrong type, which may be a number.
    let raw: RawPage<'_> = serde_json::from_slice(bytes).map_err(|error| place(&error))?;
    let Some(attempts) = raw.attempts else {
        let error = RawError { status: raw.status, code: raw.code, message: raw.message }.read();
        let is_error = error.status.is_some_and(|status| status >= 400) || error.code.is_some();
        return Err(if is_error { UnreadablePage::Error(error) } else { UnreadablePage::Body { line: 1, column: 1 } });
    };
    let next = match raw.meta.and_then(|meta| meta.next_page_url).ok_or(UnreadablePage::NoEnd)? {
        url if url.get() == "null" => None,
        url => Some(text(url).and_then(|url| NextPage::of(&url)).ok_or(UnreadablePage::NextPage)?),
    };
    let mut odd_prices = OddPrices::default();
    let attempts = (1..).zip(&attempts).map(|(place, attempt)| {
        attempt.read(&mut odd_prices).map_err(|lacks| UnreadablePage::Attempt { place, lacks })
    });
    Ok(Page { attempts: attempts.collect::<Result<_, _>>()?, next, odd_prices, server_at: None })
}

fn place(error: &serde_json::Error) -> UnreadablePage {
    UnreadablePage::Body { line: error.line(), column: error.column() }
}

#[derive(Deserialize)]
struct RawPage<'a> {
    #[serde(borrow)]
    attempts: Option<Vec<RawAttempt<'a>>>,
    #[serde(borrow, default)]
    meta: Option<RawMeta<'a>>,
    #[serde(borrow, default)]
    status: Option<&'a RawValue>,
    #[serde(borrow, default)]
    code: Option<&'a RawValue>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct RawMeta<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    next_page_url: Option<&'a RawValue>,
}

/// A field that is there, even as null.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(field: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(field).map(Some)
}

#[derive(Deserialize)]
struct RawAttempt<'a> {
    #[serde(borrow, default)]
    sid: Option<&'a RawValue>,
    #[serde(borrow, default)]
    service_sid: Option<&'a RawValue>,
    #[serde(borrow, default)]
    date_created: Option<&'a RawValue>,
    #[serde(borrow, default)]
    conversion_status: Option<&'a RawValue>,
    #[serde(borrow, default)]
    channel: Option<&'a RawValue>,
    #[serde(borrow, default)]
    price: Option<&'a RawValue>,
    #[serde(borrow, default)]
    channel_data: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
struct RawChannelData<'a> {
    #[serde(borrow, default)]
    to: Option<&'a RawValue>,
    #[serde(borrow, default)]
    country: Option<&'a RawValue>,
    #[serde(borrow, default)]
    carrier: Option<&'a RawValue>,
    #[serde(borrow, default)]
    message_status: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error_code: Option<&'a RawValue>,
}

impl RawAttempt<'_> {
    fn read(&self, odd_prices: &mut OddPrices) -> Result<Listed, &'static str> {
        let sid = self.sid.and_then(text).filter(|sid| !sid.is_empty()).ok_or("no identifier")?;
        let created = self.date_created.and_then(text).and_then(|text| instant(&text)).ok_or("no date_created")?;
        let status = self.conversion_status.and_then(text);
        let is_converted = match status.as_deref() {
            Some("converted") => true,
            Some("unconverted") => false,
            _ => return Err("no conversion_status that is known"),
        };
        let data: RawChannelData<'_> = object(self.channel_data);
        let to = data.to.and_then(text);
        Ok(Listed {
            id: AttemptId::of(&sid),
            created,
            is_converted,
            service: self.service_sid.and_then(text).and_then(|sid| sid.parse().ok()),
            country: data.country.and_then(text).and_then(|code| country(&code)),
            channel: self.channel.and_then(text).and_then(|name| name.parse().ok()),
            number: to.and_then(|to| Number::parse(&to)),
            price: price(self.price).unwrap_or_else(|odd| {
                odd_prices.see(odd);
                None
            }),
            carrier: data.carrier.and_then(text).filter(|name| name.len() <= LONGEST_NAME).and_then(|name| word(&name)),
            message_status: data.message_status.and_then(code),
            error_code: data.error_code.and_then(code),
        })
    }
}

fn word(text: &str) -> Option<Box<str>> {
    let text = text.trim();
    // No carrier's name is a number or an address; what looks like one may be somebody's.
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_name = !text.contains('@') && !text.chars().any(char::is_control);
    (!text.is_empty() && digits < 6 && is_name).then(|| text.into())
}

/// A word or number of the vendor's.
fn code(raw: &RawValue) -> Option<Box<str>> {
    let text = text(raw).unwrap_or(Cow::Borrowed(raw.get()));
    let is_code = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if !is_code || text.len() > LONGEST_CODE || raw.get() == "null" { None } else { word(&text) }
}

fn instant(text: &str) -> Option<UnixSeconds> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| UnixSeconds(time.timestamp()))
}

/// Small letters are taken for capitals, as the summary's documentation does not say which it counts.
fn country(code: &str) -> Option<Country> {
    code.to_ascii_uppercase().parse().ok().filter(|country| *country != Country::REMAINDER)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::model::Channel;

    const SID: &str = "VL00112233445566778899aabbccddeeff";

    fn attempt() -> Value {
        json!({
            "sid": SID, "account_sid": "AC", "service_sid": "VA00000000000000000000000000000000",
            "verification_sid": "VE1", "date_created": "2020-08-11T18:36:59Z", "conversion_status": "unconverted",
            "channel": "sms", "price": {"value": "0.005", "currency": "usd"},
            "channel_data": {"to": "+573003003030", "country": "CO", "mcc": "732", "carrier": "Colombia Movil (Tigo)",
                "message_status": "undelivered", "error_code": "30008", "code_length": 6, "locale": "es"},
            "url": "https://verify.twilio.com/v2/Attempts/VL1"
        })
    }

    fn read(page: &Value) -> Result<Page, UnreadablePage> {
        read_page(page.to_string().as_bytes())
    }

    fn one(attempt: &Value) -> Listed {
        let page = read(&json!({"attempts": [attempt], "meta": {"next_page_url": null}}));
        page.unwrap_or_else(|error| panic!("{error}")).attempts.remove(0)
    }

    #[test]
    fn the_documented_attempt_is_read() {
        let listed = one(&attempt());
        assert!(listed.id == AttemptId::of(SID) && !listed.is_converted);
        assert_eq!(listed.created, UnixSeconds(1_597_171_019));
        assert_eq!((listed.channel, listed.country), (Some(Channel::Sms), "CO".parse().ok()));
        assert!(listed.service.is_some());
        assert_eq!(listed.number.and_then(Number::block), "+5730030".parse().ok());
        assert_eq!(listed.price.map(|(amount, currency)| format!("{amount} {currency}")).as_deref(), Some("0.005 USD"));
        let words = [listed.carrier, listed.message_status, listed.error_code].map(Option::unwrap);
        assert_eq!(words.each_ref().map(AsRef::as_ref), ["Colombia Movil (Tigo)", "undelivered", "30008"]);
    }

    #[test]
    fn what_channel_data_holds_may_be_missing_or_of_any_type() {
        let bare = json!({"sid": SID, "date_created": "2020-08-11T18:36:59+02:00", "conversion_status": "converted"});
        let listed = one(&bare);
        assert!(listed.is_converted && listed.number.is_none() && listed.country.is_none() && listed.channel.is_none());
        assert_eq!(listed.created, UnixSeconds(1_597_163_819));
        for data in [
            json!(null),
            json!(7),
            json!("text"),
            json!([1]),
            json!({"to": 5, "country": {}, "carrier": [], "error_code": false}),
        ] {
            let mut odd = attempt();
            odd["channel_data"] = data;
            odd["price"] = json!("free");
            let listed = one(&odd);
            assert!(
                listed.number.is_none()
                    && listed.country.is_none()
                    && listed.carrier.is_none()
                    && listed.price.is_none()
            );
        }
        let mut odd = attempt();
        odd["channel_data"] =
            json!({"to": "a@example.com", "country": "co", "error_code": 30_008, "carrier": "+573003003030"});
        odd["channel"] = json!("pigeon");
        odd["price"] = json!({"value": 0.005, "currency": "USD"});
        let listed = one(&odd);
        assert!(listed.number.is_none() && listed.channel.is_none() && listed.price.is_some());
        assert_eq!(listed.country, "CO".parse().ok());
        assert_eq!(listed.error_code.as_deref(), Some("30008"));
        assert_eq!(listed.carrier, None, "a number where a name belongs is not told");
        for carrier in ["a@example.com", "A\nB", " "] {
            odd["channel_data"]["carrier"] = json!(carrier);
            assert_eq!(one(&odd).carrier, None, "{carrier}");
        }
    }

    #[test]
    fn an_attempt_that_cannot_be_counted_spoils_its_page() {
        for (field, value, lacks) in [
            ("sid", json!(null), "no identifier"),
            ("sid", json!(""), "no identifier"),
            ("date_created", json!("yesterday"), "no date_created"),
            ("conversion_status", json!("pending"), "no conversion_status that is known"),
        ] {
            let mut bad = attempt();
            bad[field] = value;
            let error = read(&json!({"attempts": [attempt(), bad], "meta": {"next_page_url": null}})).err();
            assert_eq!(error, Some(UnreadablePage::Attempt { place: 2, lacks }));
        }
    }

    #[test]
    fn a_page_says_what_follows_it() {
        let next = |meta: &Value| read(&json!({"attempts": [], "meta": meta})).map(|page| page.next.is_some());
        assert_eq!(next(&json!({"next_page_url": null})), Ok(false));
        for silent in [json!({}), json!(null), json!({"page": 0})] {
            assert_eq!(next(&silent), Err(UnreadablePage::NoEnd), "a cut page is not taken for the last: {silent}");
        }
        assert_eq!(read(&json!({"attempts": []})).err(), Some(UnreadablePage::NoEnd));
        assert_eq!(next(&json!({"next_page_url": "https://x.invalid/y?PageToken=1"})), Ok(true));
        for odd in [json!("https://x.invalid/y"), json!(7), json!("")] {
            assert_eq!(next(&json!({"next_page_url": odd})), Err(UnreadablePage::NextPage));
        }
    }

    #[test]
    fn what_is_no_page_is_told_by_its_place() {
        for body in ["", "[]", "<html>", "{}", "{\"attempts\":null}", "{\"attempts\":{}}", "{\"attempts\":[7]}", "null"]
        {
            assert!(matches!(read_page(body.as_bytes()), Err(UnreadablePage::Body { .. })), "{body}");
        }
        let cut = json!({"attempts": [attempt()]}).to_string();
        let error = read_page(&cut.as_bytes()[..cut.len() - 9]).err().unwrap().to_string();
        assert!(error.contains("line 1, column"), "{error}");
        let wrong = cut.replace("\"attempts\":[{", "\"attempts\":\"+573003003030\",\"x\":[{");
        let error = read_page(wrong.as_bytes()).err().unwrap().to_string();
        assert!(!error.contains("5730"), "{error}");
        let refused = json!({"code": 20_003, "status": 401, "message": "Authenticate"});
        assert!(matches!(read(&refused), Err(UnreadablePage::Error(error)) if error.code == Some(20_003)));
    }

    proptest! {
        #[test]
        fn no_page_is_a_panic(text in "[\\PC\\n]{0,200}") {
            let _ = read_page(text.as_bytes());
        }
    }
}

//! The list of the same account, and how it may be wrong.

use std::fmt::Write as _;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;

use crate::api::{Entry, State, error, reply_with};
use crate::liar::{Lie, Lost, Reply};
use crate::question::Question;
use crate::world::{Attempt, Counts, sid};

/// Attempts on a page: fewer than are asked for, so that every account has some pages.
const PAGE: usize = 60;

/// What a list does besides showing each attempt once, as it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ListLie {
    /// Every page gets this status.
    Status(u16),
    /// Only this page, once; the first is 1.
    StatusOnce(u16, usize),
    /// These attempts are not there.
    Lacks(Lost),
    /// Each attempt comes twice.
    Doubles,
    /// In no order, and a part of each page again on the next.
    Overlaps,
    /// The last page names another one, for ever.
    Endless,
    /// The last page names the first one.
    Circle,
    /// The next page lies with somebody else.
    ForeignNext,
    /// There is no page after so many.
    Capped(usize),
    /// So many in a hundred name no country.
    Countryless(usize),
    /// So many in a hundred name this one.
    Country(usize, &'static str),
    /// So many in a hundred name this channel.
    Channel(usize, &'static str),
    /// So many in a hundred have not converted.
    Unconverted(usize),
    /// So many in a hundred were made so many seconds later.
    Later(usize, i64),
    /// Neither prices nor channel data.
    Bare,
    /// Each costs so much.
    Price(&'static str),
    /// Both bounds are ignored.
    Boundless,
    /// An attempt of this page has a status that nobody knows.
    UnknownStatus(usize),
    /// A page that is no JSON.
    Garbled(usize),
}

/// `None` = never.
pub fn respond(query: &str, state: &mut State, host: i64) -> Option<Response<Full<Bytes>>> {
    let shift = state.lies.iter().find_map(|(lie, _)| if let Lie::Clock(shift) = lie { Some(*shift) } else { None });
    let now = host + shift.unwrap_or(0);
    let question = Question::parse(query).ok()?;
    let number = |name: &str| {
        let of = |(key, value): (_, std::borrow::Cow<'_, str>)| (key == name).then(|| value.parse().unwrap_or(0));
        url::form_urlencoded::parse(query.as_bytes()).find_map(of).unwrap_or(0_usize)
    };
    let (page, again) = (number("Page"), number("Again"));
    let lies: Vec<ListLie> =
        state.lies.iter().filter_map(|(lie, _)| if let Lie::List(lie) = lie { Some(*lie) } else { None }).collect();
    let request = u32::try_from(state.log.len()).expect("few requests") + 1;
    let reply = Reply::Page;
    state.log.push(Entry { question: question.clone(), reply, honest: Counts::default() });
    if state.kill_at.is_some_and(|at| request >= at) {
        return None;
    }
    for lie in &lies {
        match *lie {
            ListLie::Status(status) => return Some(error(status, "No list", Some(now))),
            ListLie::StatusOnce(status, at) if page + 1 == at && state.struck.insert(at) => {
                return Some(error(status, "Not now", Some(now)));
            }
            ListLie::Garbled(at) if page + 1 == at => {
                return Some(reply_with(200, "{\"attempts\": [{\"sid\": \"VL".to_owned(), Some(now)));
            }
            _ => {}
        }
    }
    let mut bent = question;
    if lies.contains(&ListLie::Boundless) {
        (bent.after, bent.before) = (None, None);
    }
    let mut shown: Vec<(usize, Attempt)> = Vec::new();
    for (index, attempt) in state.world.attempts.iter().enumerate().filter(|(_, attempt)| attempt.at <= now) {
        if bent.holds(attempt) {
            shown.extend(lies.iter().try_fold(attempt.clone(), |it, lie| lie.shown(index, it)).map(|it| (index, it)));
        }
    }
    if lies.contains(&ListLie::Doubles) {
        shown = shown.iter().flat_map(|it| [it.clone(), it.clone()]).collect();
    }
    let overlap = if lies.contains(&ListLie::Overlaps) { PAGE / 3 } else { 0 };
    if overlap > 0 {
        shown.sort_by_key(|(index, _)| index * 7919 % 10_007);
    }
    let from = (page * (PAGE - overlap)).min(shown.len());
    let to = (from + PAGE).min(shown.len());
    let mut next = (to < shown.len()).then_some((page + 1, 0));
    for lie in &lies {
        next = match lie {
            ListLie::Endless if next.is_none() => Some((page, again + 1)),
            ListLie::Circle if next.is_none() => Some((0, 0)),
            ListLie::Capped(pages) if page + 1 >= *pages => None,
            _ => next,
        };
    }
    let unknown = lies.contains(&ListLie::UnknownStatus(page + 1));
    let bare = lies.contains(&ListLie::Bare);
    let price = lies.iter().find_map(|lie| if let ListLie::Price(price) = lie { Some(*price) } else { None });
    let price = price.unwrap_or("0.0075");
    let attempts = shown[from..to].iter().map(|(index, attempt)| text(*index, attempt, price, bare, unknown));
    let host = if lies.contains(&ListLie::ForeignNext) { "https://evil.example" } else { "https://verify.twilio.com" };
    let filters: Vec<_> = query.split('&').filter(|it| !it.starts_with("Page=") && !it.starts_with("Again=")).collect();
    let next = next.map_or_else(
        || "null".to_owned(),
        |(page, again)| format!("\"{host}/v2/Attempts?{}&Page={page}&Again={again}\"", filters.join("&")),
    );
    let body = format!(
        "{{\"attempts\": [{}], \"meta\": {{\"next_page_url\": {next}, \"key\": \"attempts\"}}}}",
        attempts.collect::<Vec<_>>().join(",")
    );
    Some(reply_with(200, body, Some(now)))
}

impl ListLie {
    /// How an attempt is shown; `None`: not at all.
    fn shown(self, index: usize, mut attempt: Attempt) -> Option<Attempt> {
        let is_it = |percent: usize| index * 37 % 100 < percent;
        match self {
            Self::Lacks(lost) if lost.takes(index, &attempt) => return None,
            Self::Countryless(percent) if is_it(percent) => attempt.country = None,
            Self::Country(percent, country) if is_it(percent) => attempt.country = Some(country),
            Self::Channel(percent, channel) if is_it(percent) => attempt.channel = channel,
            Self::Unconverted(percent) if is_it(percent) => attempt.converted = false,
            Self::Later(percent, seconds) if is_it(percent) => attempt.at += seconds,
            _ => {}
        }
        Some(attempt)
    }
}

fn text(index: usize, attempt: &Attempt, price: &str, is_bare: bool, has_unknown_status: bool) -> String {
    let status = match (has_unknown_status, attempt.converted) {
        (true, _) => "pending",
        (false, true) => "converted",
        (false, false) => "unconverted",
    };
    let mut text = format!(
        "{{\"sid\": \"VL{index:032x}\", \"service_sid\": \"{}\", \"date_created\": \"{}\", \"conversion_status\": \
         \"{status}\", \"channel\": \"{}\"",
        sid(attempt.service),
        crate::job::time(attempt.at),
        attempt.channel
    );
    if !is_bare {
        let to = attempt.number.clone().unwrap_or_else(|| format!("person{index}@example.com"));
        let country = attempt.country.map_or_else(|| "null".to_owned(), |it| format!("\"{it}\""));
        let _ = write!(
            text,
            ", \"price\": {{\"value\": \"{price}\", \"currency\": \"USD\"}}, \"channel_data\": {{\"to\": \"{to}\", \
             \"country\": {country}}}"
        );
    }
    text + "}"
}

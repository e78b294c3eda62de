//! `simulate --describe`: what there is to ask of a simulated account, with a question for each filter that is answered
//! above zero.

use std::fmt::Write;
use std::net::SocketAddr;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use crate::model::{Channel, Country, Prefix, Slice, UnixSeconds, Window};
use crate::simulator::{Accounts, World};

/// Countries of a short description.
const FEW: usize = 10;
/// Digits of the prefix that is asked for: a country's and a few more.
const DIGITS: u32 = 5;

/// How much is told.
#[derive(Debug, Clone, Copy)]
pub enum Extent {
    /// Every country, and questions by their path.
    Whole,
    /// The busiest countries, questions to an address, and what else is there.
    Short(SocketAddr, Accounts),
}

/// Services, countries, channels and the range of attempts, then questions about the last whole day before `now`.
pub fn describe(world: &World, now: DateTime<Utc>, extent: Extent) -> String {
    let day = whole(now.date_naive() - Days::new(1));
    let attempts = |slice: &Slice| world.count(slice, now.into()).attempts();
    let of_country = |country: Country| attempts(&Slice { country: Some(country), ..day });
    let mut countries: Vec<_> = Country::all().map(|country| (of_country(country), country)).collect();
    countries.retain(|(attempts, _)| *attempts > 0);
    countries.sort_by_key(|(attempts, country)| (-attempts, *country));
    let services: Vec<_> =
        world.services().iter().zip(World::service_names()).map(|(sid, name)| format!("{sid}={name}")).collect();
    let mut names: Vec<_> = countries.iter().map(|(_, country)| country.code().to_owned()).collect();
    let channels: Vec<_> =
        Channel::ALL.into_iter().filter(|&it| attempts(&Slice { channel: Some(it), ..day }) > 0).collect();
    let base = match extent {
        Extent::Whole => String::new(),
        Extent::Short(address, _) => {
            let more = names.split_off(FEW.min(names.len())).len();
            names.push(format!("and {more} more"));
            format!("http://{address}")
        }
    };
    let mut text = String::new();
    let mut line = |label: &str, words: &str| {
        let _ = writeln!(text, "  {label:<10} {words}");
    };
    line("attempts", &format!("from {} to {}", World::OPENED, UnixSeconds::from(now)));
    line("services", &services.join(" "));
    line("countries", &names.join(" "));
    line("channels", &channels.iter().map(|channel| channel.name()).collect::<Vec<_>>().join(" "));
    let examples = [
        day,
        Slice { service: world.services().first().copied(), ..day },
        Slice { country: countries.first().map(|(_, country)| *country), ..day },
        Slice { channel: channels.first().copied(), ..day },
        Slice { prefix: busiest_prefix(|prefix| attempts(&Slice { prefix: Some(prefix), ..day })), ..day },
    ];
    for (at, slice) in examples.iter().enumerate() {
        let label = if at == 0 { "ask" } else { "" };
        line(label, &format!("{base}/v2/Attempts/Summary?{}  {} attempts", query(slice), attempts(slice)));
    }
    if let Extent::Short(_, accounts) = extent {
        line(
            "as",
            match accounts {
                Accounts::One => "any AC or SK with 32 hexadecimal digits and any secret, unless --auth names them",
                Accounts::Each => "--account or AC and 32 zeros, with any secret; each other SID is another account",
            },
        );
        line("controls", &format!("{base}/_simulator/stats, requests, faults, reset"));
    }
    text
}

/// The beginning of most numbers, digit by digit.
fn busiest_prefix(attempts: impl Fn(Prefix) -> i64) -> Option<Prefix> {
    (0..DIGITS).fold(None, |start, _| {
        let start = start.map_or(0, Prefix::digits);
        let longer = (0..10).filter_map(|digit| Prefix::from_digits(start * 10 + digit));
        longer.max_by_key(|prefix| attempts(*prefix))
    })
}

fn whole(date: NaiveDate) -> Slice {
    let midnight = |date: NaiveDate| UnixSeconds::from(date.and_time(NaiveTime::MIN).and_utc());
    let window = Window::new(midnight(date), midnight(date + Days::new(1)));
    Slice::whole(window.expect("a day ends after it begins"))
}

fn query(slice: &Slice) -> String {
    let Slice { range, service, country, channel, prefix } = slice;
    let mut query = format!("DateCreatedAfter={}&DateCreatedBefore={}", range.start(), range.end());
    let values = [
        ("VerifyServiceSid", service.map(|it| it.to_string())),
        ("Country", country.map(|it| it.code().to_owned())),
        ("Channel", channel.map(|it| it.name().to_owned())),
        ("DestinationPrefix", prefix.map(|it| it.to_string().replace('+', "%2B"))),
    ];
    for (name, value) in values {
        if let Some(value) = value {
            let _ = write!(query, "&{name}={value}");
        }
    }
    query
}

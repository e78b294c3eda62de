//! `simulate --describe`: what there is to ask of a simulated account, with questions that are answered above zero.

use std::fmt::Write;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use crate::model::{Channel, Country, Slice, UnixSeconds, Window};
use crate::simulator::World;

/// Services, countries, channels and the range of attempts, then questions about the last whole day before `now`.
pub fn describe(world: &World, now: DateTime<Utc>) -> String {
    let yesterday = now.date_naive() - Days::new(1);
    let day = whole(yesterday);
    let attempts = |slice: &Slice| world.count(slice, now.into()).attempts();
    let of_country = |country: Country| attempts(&Slice { country: Some(country), ..day });
    let mut countries: Vec<_> = Country::all().map(|country| (of_country(country), country)).collect();
    countries.retain(|(attempts, _)| *attempts > 0);
    countries.sort_by_key(|(attempts, country)| (-attempts, *country));
    let services: Vec<_> = world.services().iter().map(ToString::to_string).collect();
    let names: Vec<_> = countries.iter().map(|(_, country)| country.code()).collect();
    let channels: Vec<_> =
        Channel::ALL.into_iter().filter(|&it| attempts(&Slice { channel: Some(it), ..day }) > 0).collect();
    let mut text = String::new();
    let mut line = |label: &str, words: &str| {
        let _ = writeln!(text, "  {label:<10} {words}");
    };
    line("attempts", &format!("from {} to {}", World::OPENED, UnixSeconds::from(now)));
    line("services", &services.join(" "));
    line("countries", &names.join(" "));
    line("channels", &channels.iter().map(|channel| channel.name()).collect::<Vec<_>>().join(" "));
    let busiest = countries.first().map(|(_, country)| *country);
    let examples = [
        day,
        Slice { country: busiest, ..day },
        Slice { service: world.services().first().copied(), channel: channels.first().copied(), ..day },
    ];
    for (at, slice) in examples.iter().enumerate() {
        let label = if at == 0 { "ask" } else { "" };
        line(label, &format!("/v2/Attempts/Summary?{}  {} attempts", query(slice), attempts(slice)));
    }
    text
}

fn whole(date: NaiveDate) -> Slice {
    let midnight = |date: NaiveDate| UnixSeconds::from(date.and_time(NaiveTime::MIN).and_utc());
    let window = Window::new(midnight(date), midnight(date + Days::new(1)));
    Slice::whole(window.expect("a day ends after it begins"))
}

fn query(slice: &Slice) -> String {
    let Slice { range, service, country, channel, prefix: _ } = slice;
    let mut query = format!("DateCreatedAfter={}&DateCreatedBefore={}", range.start(), range.end());
    let values = [
        ("VerifyServiceSid", service.map(|it| it.to_string())),
        ("Country", country.map(|it| it.code().to_owned())),
        ("Channel", channel.map(|it| it.name().to_owned())),
    ];
    for (name, value) in values {
        if let Some(value) = value {
            let _ = write!(query, "&{name}={value}");
        }
    }
    query
}

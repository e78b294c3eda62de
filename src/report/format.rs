//! How numbers and names are written for people, in sentences and tables alike.

use chrono::{Datelike, NaiveDate, Weekday};

use super::model::{Flag, FlagKind, FlagScope, Period, PeriodKind, PrefixLine, Prefixes};
use crate::model::{Channel, Country, ServiceSid};

/// `1,234,567`
#[must_use]
pub fn grouped(number: impl Into<i128>) -> String {
    let number = number.into();
    let digits = number.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        out.push('−');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A real number of attempts, rounded and grouped.
#[must_use]
pub fn about(number: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "rounded; beyond 64 bits it saturates")]
    grouped(number.round() as i64)
}

/// `on 2026-10-14`, `from 2026-10-14 to 2026-10-16`
pub(super) fn when(first: NaiveDate, last: NaiveDate) -> String {
    if first == last { format!("on {first}") } else { format!("from {first} to {last}") }
}

/// `2026-10-14`, `2026-10-14 – 2026-10-16`
#[must_use]
pub fn stretch(first: NaiveDate, last: NaiveDate) -> String {
    if first == last { first.to_string() } else { format!("{first} – {last}") }
}

/// `Wednesday`
pub(super) const fn weekday_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}

/// `71.3 %`
#[must_use]
pub fn percent(fraction: f64) -> String {
    format!("{:.1} %", fraction * 100.0)
}

/// `+12.3 %`, `−0.4 %`
#[must_use]
pub fn signed_percent(fraction: f64) -> String {
    signed(fraction * 100.0, " %")
}

/// `+1.3 pp`: percentage points.
#[must_use]
pub fn points(difference: f64) -> String {
    signed(difference * 100.0, " pp")
}

fn signed(number: f64, unit: &str) -> String {
    let text = format!("{:.1}{unit}", number.abs());
    // What rounds to zero has no sign.
    let sign = if text.starts_with("0.0") {
        "±"
    } else if number < 0.0 {
        "−"
    } else {
        "+"
    };
    format!("{sign}{text}")
}

/// `p < 10⁻⁶`, `p = 0.003`
#[must_use]
pub fn probability(p: f64) -> String {
    if p < 1e-6 { "p < 10⁻⁶".to_owned() } else { format!("p = {p:.*}", if p < 1e-3 { 6 } else { 3 }) }
}

/// A channel as people write it.
#[must_use]
pub const fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Call => "Call",
        Channel::Email => "E-mail",
        Channel::Rbm => "RBM",
        Channel::Sms => "SMS",
        Channel::Whatsapp => "WhatsApp",
        Channel::Control => "None",
    }
}

/// `October 2026`, `Week 43 of 2026, 2026-10-19 – 2026-10-25`, `Tuesday 27 October 2026`.
#[must_use]
pub fn period_title(period: &Period) -> String {
    let first = period.first;
    match period.kind {
        PeriodKind::Month => first.format("%B %Y").to_string(),
        PeriodKind::Week => {
            let week = first.iso_week();
            format!("Week {} of {}, {first} – {}", week.week(), week.year(), period.last)
        }
        PeriodKind::Day => first.format("%A %-d %B %Y").to_string(),
    }
}

/// `2026-10-03 – 2026-10-05, 2026-10-09`: ascending dates with neighbours joined.
#[must_use]
pub fn dates(dates: &[NaiveDate]) -> String {
    let runs = dates.chunk_by(|one, next| one.succ_opt() == Some(*next));
    let run = |run: &[NaiveDate]| match run {
        [one] => one.to_string(),
        [first, .., last] => stretch(*first, *last),
        [] => String::new(),
    };
    runs.map(run).collect::<Vec<_>>().join(", ")
}

/// What lies outside the job's countries; e-mail, where it is counted, has none.
pub const ELSEWHERE: &str = "Elsewhere, or no country";

/// Countries that are not listed.
#[must_use]
pub fn more_countries(count: usize) -> String {
    format!("{count} more countries")
}

/// A country, or what lies outside all that were asked for.
#[must_use]
pub fn country_name(country: Country) -> &'static str {
    if country == Country::REMAINDER { ELSEWHERE } else { country.name() }
}

/// A destination prefix, with its country where there are several.
#[must_use]
pub fn prefix_name(line: &PrefixLine, prefixes: &Prefixes) -> String {
    let prefix = line.prefix;
    match line.country.filter(|_| prefixes.has_countries) {
        Some(Country::REMAINDER) => format!("{prefix} elsewhere"),
        Some(country) => format!("{prefix} in {}", country.name()),
        None => prefix.to_string(),
    }
}

/// Destination prefixes that are not listed.
#[must_use]
pub fn more_prefixes(count: usize) -> String {
    format!("{count} more prefixes")
}

/// `98 more prefixes were asked for and had no attempts.`; empty if all had.
#[must_use]
pub fn silent_prefixes(prefixes: &Prefixes) -> String {
    match prefixes.silent {
        0 => String::new(),
        1 => "One more prefix was asked for and had no attempt.".to_owned(),
        silent => format!("{} more prefixes were asked for and had no attempts.", grouped(silent as i128)),
    }
}

/// The first letter large.
#[must_use]
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// A service's name in the job file, or its SID.
#[must_use]
pub fn service_name(service: ServiceSid, name: Option<&str>) -> String {
    name.map_or_else(|| service.to_string(), str::to_owned)
}

/// What a flag is called.
#[must_use]
pub const fn flag_name(kind: FlagKind) -> &'static str {
    match kind {
        FlagKind::Pumping => "Possible SMS pumping",
        FlagKind::Silence => "Attempts fell away",
        FlagKind::Outage => "Channel failed",
        FlagKind::Drop => "Conversion drop",
        FlagKind::NewCountry => "New country",
    }
}

/// A flag in a line.
#[must_use]
pub fn flag_line(flag: &Flag) -> String {
    let provisional = if flag.is_provisional { " (provisional)" } else { "" };
    format!("{}{provisional}: {}", flag_name(flag.kind), flag.sentence)
}

/// `SMS in Colombia for Login`, `Colombia`, `All attempts`.
#[must_use]
pub fn place_name(place: &FlagScope) -> String {
    let channel = place.channel.map(|channel| channel_name(channel).to_owned());
    let small = place.small_countries.map(|count| format!("{count} small countries together"));
    let country = place.country.as_ref().map(|country| country.name().to_owned()).or(small);
    let mut text = match (channel, country) {
        // E-mail goes nowhere.
        (Some(channel), Some(_)) if place.channel == Some(Channel::Email) => channel,
        (Some(channel), Some(country)) => format!("{channel} in {country}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) if place.prefix.is_some() => String::new(),
        (None, None) if place.service.is_some() => "Service".to_owned(),
        (None, None) => "All attempts".to_owned(),
    };
    if let Some(prefix) = place.prefix {
        text = if text.is_empty() { format!("Numbers {prefix}…") } else { format!("{text}, numbers {prefix}…") };
    }
    if let Some(service) = place.service {
        let name = service_name(service, place.service_name.as_deref());
        let word = if text == "Service" { " " } else { " for " };
        text.push_str(word);
        text.push_str(&name);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "−1,234,567")] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(
            [percent(0.7134), signed_percent(0.123), points(-0.05), points(0.0001)],
            ["71.3 %", "+12.3 %", "−5.0 pp", "±0.0 pp"]
        );
        assert_eq!(
            [probability(1e-9), probability(0.0123), probability(0.00012)],
            ["p < 10⁻⁶", "p = 0.012", "p = 0.000120"]
        );
    }

    #[test]
    fn a_sentence_begins_with_a_large_letter() {
        assert_eq!([capitalised("über"), capitalised("")], ["Über", ""]);
    }

    #[test]
    fn periods_and_dates_are_named() {
        let title = |name: &str| {
            let period = crate::report::PeriodName::parse(name).unwrap().in_zone(chrono_tz::Tz::UTC).unwrap();
            period_title(&period)
        };
        assert_eq!(title("2026-10"), "October 2026");
        assert_eq!(title("2026-W43"), "Week 43 of 2026, 2026-10-19 – 2026-10-25");
        assert_eq!(title("2026-10-27"), "Tuesday 27 October 2026");
        let days: Vec<NaiveDate> =
            ["2026-10-30", "2026-10-31", "2026-11-01", "2026-11-09"].iter().map(|day| day.parse().unwrap()).collect();
        assert_eq!(dates(&days), "2026-10-30 – 2026-11-01, 2026-11-09");
        assert_eq!(dates(&[]), "");
    }

    #[test]
    fn places_are_named_by_what_they_split() {
        let place = |country: Option<&str>, channel| FlagScope {
            country: country.map(|code| code.parse().unwrap()),
            channel,
            ..FlagScope::default()
        };
        assert_eq!(place_name(&place(Some("CO"), Some(Channel::Sms))), "SMS in Colombia");
        assert_eq!(place_name(&place(None, Some(Channel::Whatsapp))), "WhatsApp");
        let nowhere = FlagScope { country: Some(Country::REMAINDER), ..place(None, Some(Channel::Email)) };
        assert_eq!(place_name(&nowhere), "E-mail");
        assert_eq!(place_name(&place(None, None)), "All attempts");
        let block = |of: FlagScope| place_name(&FlagScope { prefix: Some("+26132".parse().unwrap()), ..of });
        assert_eq!(block(place(Some("MG"), None)), "Madagascar, numbers +26132…");
        assert_eq!(block(place(None, None)), "Numbers +26132…");
        let service = FlagScope {
            service_name: Some("Login".into()),
            service: Some(crate::model::ServiceSid::ZEROS),
            ..place(None, None)
        };
        assert_eq!(place_name(&service), "Service Login");
        assert_eq!(place_name(&FlagScope { channel: Some(Channel::Sms), ..service }), "SMS for Login");
    }
}

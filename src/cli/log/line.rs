//! One line of the log: the words of an event, or its fields as a JSON object.

use std::fmt;

use chrono::SecondsFormat;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::about::about;
use crate::clock::{Clock, SystemClock};
use crate::job::Style;
use crate::model::printable;

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// Words alone.
    Words,
    /// Words with time and level.
    StampedWords(Style),
    /// Objects.
    Objects,
}

/// What an event of this crate carries ([`crate::message`]).
#[derive(Default)]
struct Seen {
    words: String,
    /// A JSON object.
    fields: Option<String>,
}

impl Visit for Seen {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.words = format!("{value:?}"),
            "fields" => self.fields = Some(format!("{value:?}")),
            _ => {}
        }
    }
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut seen = Seen::default();
        event.record(&mut seen);
        let level = *event.metadata().level();
        match self {
            Self::Objects => writeln!(out, "{}", object(level, &seen)),
            _ if seen.words.is_empty() => Ok(()),
            // Of thousands of accounts only what is amiss with one is told, unless more is asked for.
            Self::Words if level == Level::INFO && about().account.is_some() => Ok(()),
            Self::Words => writeln!(out, "{}{}", whose(), seen.words),
            Self::StampedWords(style) => {
                writeln!(out, "{} {} {}{}", time(), shown(level, *style), whose(), seen.words)
            }
        }
    }
}

/// Before words about one of several accounts: which.
fn whose() -> String {
    about().account.map_or_else(String::new, |account| format!("{}: ", printable(&account.name)))
}

/// RFC 3339 in UTC, with milliseconds.
fn time() -> String {
    SystemClock.now().to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn shown(level: Level, style: Style) -> String {
    let colour = match level {
        Level::ERROR => 31,
        Level::WARN => 33,
        Level::INFO => 32,
        Level::DEBUG => 34,
        Level::TRACE => 35,
    };
    match style {
        Style::Plain => format!("{level:>5}"),
        Style::Coloured => format!("\u{1b}[{colour}m{level:>5}\u{1b}[0m"),
    }
}

/// The common fields, then the event and its own.
fn object(level: Level, seen: &Seen) -> String {
    let about = about();
    let text =
        |text: Option<&str>| text.map_or_else(|| "null".to_owned(), |text| serde_json::Value::from(text).to_string());
    let words = Some(seen.words.as_str()).filter(|words| !words.is_empty());
    // An object of fields begins with the event's name.
    let fields = seen.fields.as_deref().and_then(|fields| fields.strip_prefix('{')?.strip_suffix('}'));
    format!(
        r#"{{"time":"{}","level":"{level}",{},"job":{},"run_id":{}{},"message":{}}}"#,
        time(),
        fields.unwrap_or(r#""event":"other""#),
        text(about.job.as_deref()),
        text(about.run_id.as_deref()),
        about.account.map_or_else(String::new, |account| format!(r#","account_sid":{}"#, text(Some(&account.sid)))),
        text(words),
    )
}

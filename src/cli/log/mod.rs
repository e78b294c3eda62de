//! Messages on stderr: plain text for people or a JSON object a line, as many as were asked for.

mod about;
mod line;
mod schema;

use std::io::IsTerminal;
use std::panic::PanicHookInfo;
use std::sync::OnceLock;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

pub use about::{about_account, about_job, about_no_account, about_run};
pub use schema::{close, schema};

use super::args::{LogArgs, LogFormat};
use super::fence::Log;
use super::message::CommandMessage;
use crate::job::Style;
use crate::message::tell;
use line::Lines;

/// What the process logs for programs, once it is known that it does.
static IS_FOR_PROGRAMS: OnceLock<()> = OnceLock::new();
/// Whether stderr may be coloured: text on a terminal, and `NO_COLOR` not set.
pub fn style() -> Style {
    let may = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    if may && IS_FOR_PROGRAMS.get().is_none() { Style::Coloured } else { Style::Plain }
}

/// Installs the subscriber. Only this crate speaks, so that no dependency's log can hold a header.
pub fn install(arguments: &LogArgs) {
    let level = match (arguments.quiet, arguments.verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => LevelFilter::INFO,
        (false, 1) => LevelFilter::DEBUG,
        (false, _) => LevelFilter::TRACE,
    };
    let format = arguments.log_format;
    if format == LogFormat::Json {
        IS_FOR_PROGRAMS.get_or_init(|| ());
        std::panic::set_hook(Box::new(panicked));
    }
    let style = style();
    let lines = match format {
        LogFormat::Text if arguments.verbose == 0 => Lines::Words,
        LogFormat::Text => Lines::StampedWords(style),
        LogFormat::Json => Lines::Objects,
    };
    let layer = fmt::layer().event_format(lines).with_writer(move || Log { format, style });
    let layer = layer.with_filter(Targets::new().with_target("verify_rollup", level));
    // A second installation can only happen in tests; the first one stays.
    let _ = tracing_subscriber::registry().with(layer).try_init();
}

/// A panic is told as any other event: nothing but objects comes to stderr.
fn panicked(panic: &PanicHookInfo<'_>) {
    let cause = panic.payload_as_str().unwrap_or("a panic without words").to_owned();
    let location = panic.location().map(ToString::to_string);
    tell(&CommandMessage::Panicked { cause, location });
}

/// Whether a command line asks for objects, as far as one that cannot be parsed tells.
pub fn wants_objects(arguments: impl Iterator<Item = std::ffi::OsString>) -> bool {
    let words = arguments.map(|word| word.to_string_lossy().into_owned()).take_while(|word| word != "--");
    let (mut wants, mut is_next) = (false, false);
    for word in words {
        let value = if std::mem::take(&mut is_next) { Some(word.as_str()) } else { word.strip_prefix("--log-format=") };
        wants = value.map_or(wants, |value| value == "json");
        is_next = value.is_none() && word == "--log-format";
    }
    wants
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_that_cannot_be_parsed_still_says_how_to_be_answered() {
        for (line, expected) in [
            ("run x.toml --log-format json --no-such", true),
            ("run --log-format=json", true),
            ("run --log-format text --log-format=json", true),
            ("run --log-format json --log-format text x", false),
            ("run x.toml -- --log-format json", false),
            ("run --log-format", false),
            ("run json", false),
            ("run --output --log-format=json", true),
        ] {
            assert_eq!(wants_objects(line.split(' ').map(Into::into)), expected, "{line}");
        }
    }
}

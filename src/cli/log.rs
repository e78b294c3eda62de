//! Messages on stderr: plain text for people or a JSON object a line, as many as were asked for.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

use super::args::{LogArgs, LogFormat};
use super::fence::Log;
use crate::clock::{Clock, SystemClock};
use crate::job::Style;

/// RFC 3339 with milliseconds, from the injected clock's place.
struct Timestamps;

impl FormatTime for Timestamps {
    fn format_time(&self, writer: &mut Writer<'_>) -> std::fmt::Result {
        write!(writer, "{}", SystemClock.now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
    }
}

/// Whether stderr may be coloured: a terminal, and `NO_COLOR` not set.
pub fn style() -> Style {
    let may = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    if may { Style::Coloured } else { Style::Plain }
}

/// Installs the subscriber. Only this crate speaks, so that no dependency's log can hold a header.
pub fn install(arguments: &LogArgs) {
    let level = match (arguments.quiet, arguments.verbose) {
        (true, _) => "error",
        (false, 0) => "info",
        (false, 1) => "debug",
        (false, _) => "trace",
    };
    let (format, style) = (arguments.log_format, style());
    let filter = EnvFilter::new(format!("off,verify_rollup={level}"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || Log { format, style })
        .with_ansi(style == Style::Coloured)
        .with_target(false)
        .with_timer(Timestamps);
    // A second installation can only happen in tests; the first one stays.
    let _ = match arguments.log_format {
        LogFormat::Text if arguments.verbose == 0 => builder.without_time().with_level(false).compact().try_init(),
        LogFormat::Text => builder.compact().try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}

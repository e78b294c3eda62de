//! The last fence before a terminal: whatever words were put together elsewhere, none leave with a character that would
//! be obeyed instead of seen. Texts from outside are made fit to be read where they enter a sentence; what was forgotten
//! there is caught here.

use std::borrow::Cow;
use std::io::Write;

use super::args::LogFormat;
use crate::job::Style;
use crate::model::{escaped_json, printable_lines};

/// Stderr for the log: whole events at a time.
pub struct Log {
    /// What an event is.
    pub format: LogFormat,
    /// Whether it has colours.
    pub style: Style,
}

impl Write for Log {
    fn write(&mut self, event: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let shown = match self.format {
            LogFormat::Text => fenced(&text, self.style),
            LogFormat::Json => escaped_json(&text),
        };
        std::io::stderr().lock().write_all(shown.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().lock().flush()
    }
}

/// Words without any character that a terminal would obey, but for line feeds and the colours that they may have.
pub fn fenced(text: &str, style: Style) -> Cow<'_, str> {
    match style {
        Style::Plain => printable_lines(text),
        Style::Coloured => but_for_colours(text).into(),
    }
}

fn but_for_colours(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let mut out = printable_lines(pieces.next().unwrap_or_default()).into_owned();
    for piece in pieces {
        let (colour, rest) = piece.split_once('m').unwrap_or((" ", piece));
        if colour.bytes().all(|byte| byte.is_ascii_digit() || byte == b';') {
            out.push_str("\u{1b}[");
            out.push_str(colour);
            out.push('m');
            out.push_str(&printable_lines(rest));
        } else {
            out.push_str(&printable_lines("\u{1b}["));
            out.push_str(&printable_lines(piece));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_pass_and_nothing_else_does() {
        for (text, expected) in [
            ("a\u{1b}[1;31mb\u{1b}[0m\n", "a\u{1b}[1;31mb\u{1b}[0m\n"),
            ("\u{1b}[m", "\u{1b}[m"),
            ("\u{1b}[2Jm", "\\u{1b}[2Jm"),
            ("\u{1b}[", "\\u{1b}["),
            ("\u{1b}]0;title\u{7}\u{1b}\u{1b}[0m\r", "\\u{1b}]0;title\\u{7}\\u{1b}\u{1b}[0m\\r"),
            ("a\u{202e}b", "a\\u{202e}b"),
        ] {
            assert_eq!(fenced(text, Style::Coloured), expected, "{text:?}");
        }
    }
}

//! The two streams: data to stdout, messages to stderr. A reader that closed its end has what it wanted.
//!
//! Everything but exact bytes passes the fence.

use std::borrow::Cow;
use std::io::{ErrorKind, Write};

use clap::error::{ContextKind, ContextValue};

use super::exit::{CommandError, Exit};
use super::fence::fenced;
use super::log::style;
use crate::model::{escaped_json, printable, printable_lines};

/// Writes exact bytes to stdout, which others read.
pub fn print(text: &[u8]) -> Result<Exit, CommandError> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(CommandError::failed(format!("cannot write to stdout: {error}")))
        }
        _ => Ok(Exit::Success),
    }
}

/// Writes words to stdout.
pub fn say(text: &str) -> Result<Exit, CommandError> {
    print(printable_lines(text).as_bytes())
}

/// Writes a JSON text to stdout.
pub fn print_json(text: &str) -> Result<Exit, CommandError> {
    print(escaped_json(text).as_bytes())
}

/// Writes a message to stderr; there is nobody left to tell when that fails.
pub fn tell(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", fenced(text.trim_end(), style()));
}

/// What clap says of a command line: its help, or what is wrong with what was typed.
pub fn tell_of_arguments(answer: clap::Error) {
    // It knows the stream, and whether there are colours.
    let _ = fit(answer).print();
}

/// The same without colours, for a log.
pub fn words_of_arguments(answer: clap::Error) -> String {
    fit(answer).render().to_string().trim_end().to_owned()
}

/// What was typed, in a form that is fit to be read.
fn fit(mut answer: clap::Error) -> clap::Error {
    let typed: Vec<_> = answer.context().filter_map(|(kind, value)| Some((kind, shown(value)?))).collect();
    if !typed.is_empty() {
        // Its tips repeat what was typed, in a form that can only be left out.
        answer.remove(ContextKind::Suggested);
    }
    for (kind, value) in typed {
        answer.insert(kind, value);
    }
    answer
}

/// What of an argument's text is fit to be read, if not all of it is.
fn shown(value: &ContextValue) -> Option<ContextValue> {
    let is_odd = |text: &str| matches!(printable(text), Cow::Owned(_));
    let plain = |text: &str| printable(text).into_owned();
    match value {
        ContextValue::String(text) if is_odd(text) => Some(ContextValue::String(plain(text))),
        ContextValue::Strings(texts) if texts.iter().any(|text| is_odd(text)) => {
            Some(ContextValue::Strings(texts.iter().map(|text| plain(text)).collect()))
        }
        _ => None,
    }
}

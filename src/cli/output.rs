//! The two streams: data to stdout, messages to stderr. A reader that closed its end has what it wanted.

use std::io::{ErrorKind, Write};

use super::exit::{CommandError, Exit};

/// Writes data to stdout.
pub fn print(text: &[u8]) -> Result<Exit, CommandError> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(CommandError::failed(format!("cannot write to stdout: {error}")))
        }
        _ => Ok(Exit::Success),
    }
}

/// Writes a message to stderr; there is nobody left to tell when that fails.
pub fn tell(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", text.trim_end());
}

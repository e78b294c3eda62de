//! The command line, one argument a line: parsed, not executed.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

/// Parses a command line and renders what is wrong with it.
///
/// # Panics
/// If a refusal says nothing.
pub fn replay(bytes: &[u8]) {
    let arguments = bytes.split(|byte| *byte == b'\n').map(|argument| OsString::from_vec(argument.to_vec()));
    match verify_rollup::cli::parse(std::iter::once(OsString::from("verify-rollup")).chain(arguments)) {
        Ok(parsed) => drop(format!("{parsed:?}")),
        Err(error) => assert!(!error.render().to_string().is_empty()),
    }
}

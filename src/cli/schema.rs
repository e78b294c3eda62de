//! `schema` and `completions`: texts for editors and shells.

use std::io::Write;

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Cli;
use super::exit::{CommandError, Exit};

/// Prints the JSON Schema of the job file.
pub fn schema() -> Result<Exit, CommandError> {
    let text = format!("{:#}\n", crate::job::json_schema());
    print(text.as_bytes())
}

/// Prints a completion script.
pub fn completions(shell: Shell) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "verify-rollup", &mut script);
    print(&script)
}

/// Writes to stdout; a reader that closed it early has what it wanted.
pub fn print(text: &[u8]) -> Result<Exit, CommandError> {
    match std::io::stdout().lock().write_all(text) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(CommandError::failed(format!("cannot write to stdout: {error}")))
        }
        _ => Ok(Exit::Success),
    }
}

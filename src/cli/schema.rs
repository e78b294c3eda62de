//! `schema` and `completions`: texts for editors and shells.

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Cli;
use super::exit::{CommandError, Exit};
use super::output::print;

/// Prints the JSON Schema of the job file, or of a line of the log.
pub fn schema(logs: bool) -> Result<Exit, CommandError> {
    let schema = if logs { super::log::schema() } else { crate::job::json_schema() };
    print(format!("{schema:#}\n").as_bytes())
}

/// Prints a completion script.
pub fn completions(shell: Shell) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "verify-rollup", &mut script);
    print(&script)
}

//! `schema` and `completions`: texts for editors and shells.

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Cli;
use super::exit::{CommandError, Exit};
use super::output::print;

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

//! `schema` and `completions`: texts for editors and shells.

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Cli;
use super::exit::{CommandError, Exit};
use super::output::print;

/// Prints a JSON Schema.
pub fn schema(schema: &serde_json::Value) -> Result<Exit, CommandError> {
    print(format!("{schema:#}\n").as_bytes())
}

/// Prints a completion script.
pub fn completions(shell: Shell) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "verify-rollup", &mut script);
    print(&script)
}

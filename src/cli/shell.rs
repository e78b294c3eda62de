//! `completions` and `man`: what a shell and its reader find, from the definition of the command line. The same bytes on
//! every machine: no date, no width of a terminal.

use std::io;
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use super::args::Cli;
use super::exit::{CommandError, Exit};
use super::output::print;
use crate::model::shown;

/// What clap does not know of the whole program.
const REST: &str = include_str!("shell.roff");
/// The end of each command's page.
const BACK: &str = ".SH \"SEE ALSO\"\n.BR verify\\-rollup (1)\n";

/// Prints a completion script.
pub fn completions(shell: Shell) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "verify-rollup", &mut script);
    print(&script)
}

/// Writes a page for the program and one for each command into a folder, over what is there.
pub fn man(folder: &Path) -> Result<Exit, CommandError> {
    // The same page of every build.
    let mut program = Cli::command().long_version(None);
    program.build();
    std::fs::create_dir_all(folder).and_then(|()| write(&program, folder, REST)).map_err(|error| {
        CommandError::failed(format!("cannot write the manual pages to {}: {error}", shown(folder)))
    })?;
    Ok(Exit::Success)
}

/// A command's page, with an end of its own, and the pages of the commands below it.
fn write(command: &clap::Command, folder: &Path, end: &str) -> io::Result<()> {
    // The version stands where a date would: one that is left empty is skipped by readers.
    let page =
        Man::new(command.clone()).date(env!("CARGO_PKG_VERSION")).source("verify-rollup").manual("User Commands");
    let mut text = Vec::new();
    page.render(&mut text)?;
    text.extend(end.as_bytes());
    std::fs::write(folder.join(page.get_filename()), text)?;
    command.get_subcommands().try_for_each(|below| write(below, folder, BACK))
}

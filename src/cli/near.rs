//! What a mistyped word of the command line was probably meant to be.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::args::Cli;
use crate::model::nearest;

/// The job file nearest to a path that leads nowhere: in its own folder, in the working directory or in `jobs/`, with
/// or without the ending.
pub fn job_file(given: &Path) -> Option<PathBuf> {
    let folders = [given.parent().unwrap_or(Path::new("")), Path::new(""), Path::new("jobs")];
    let files: Vec<PathBuf> = folders.into_iter().flat_map(toml_files).collect();
    let near = nearest(stem(given)?, files.iter().filter_map(|path| stem(path)))?;
    files.iter().find(|path| stem(path) == Some(near)).cloned()
}

fn stem(path: &Path) -> Option<&str> {
    path.file_stem().and_then(OsStr::to_str)
}

fn is_toml(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "toml")
}

/// In order of their names; none where the folder cannot be read.
fn toml_files(folder: &Path) -> Vec<PathBuf> {
    let read = if folder == Path::new("") { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(read).into_iter().flatten().flatten();
    let mut files: Vec<_> =
        entries.map(|entry| folder.join(entry.file_name())).filter(|path| is_toml(path) && path.is_file()).collect();
    files.sort();
    files
}

/// Adds the command that was probably meant, where clap finds none: it takes swapped letters for others, and a job file
/// alone for no command at all.
pub fn suggest_command(error: &mut clap::Error) {
    if error.kind() != ErrorKind::InvalidSubcommand || error.get(ContextKind::SuggestedSubcommand).is_some() {
        return;
    }
    let Some(ContextValue::String(given)) = error.get(ContextKind::InvalidSubcommand) else { return };
    let commands = Cli::command();
    let near = match nearest(given, commands.get_subcommands().map(clap::Command::get_name)) {
        None if is_toml(Path::new(given)) => Some(format!("run {given}")),
        near => near.map(str::to_owned),
    };
    if let Some(near) = near {
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(vec![near]));
    }
}

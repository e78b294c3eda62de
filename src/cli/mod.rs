//! The command line: arguments in, one exit code out. Only this room prints.

mod accounts;
mod args;
mod audit;
mod bounded;
mod ca_file;
mod check;
mod conversation;
mod describe;
mod doctor;
mod duration;
mod environment;
mod exit;
#[cfg(debug_assertions)]
mod fail_point;
mod fence;
mod hooks;
mod init;
mod investigate;
mod ledger;
mod load;
mod log;
mod message;
mod metrics;
mod near;
mod notify;
mod outcome;
mod output;
mod plan;
mod probe;
mod refused;
mod report;
mod run;
mod schema;
mod secret;
mod shell;
mod signals;
mod simulate;
mod staged;
mod status;
mod text;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use clap::error::{ContextKind, ContextValue};

use crate::model::shown;
use args::{Cli, Command, LogArgs, LogFormat};
use exit::{CommandError, Exit};

/// What a command line means, the program's name first, without doing it. Public for fuzzing alone.
///
/// # Errors
/// What is wrong with it, or the help that it asks for.
#[doc(hidden)]
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(arguments)
}

/// Parses the process's arguments, runs the command, and returns its exit code.
pub fn main() -> ExitCode {
    let cli = match parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(mut error) => {
            hide_secret(&mut error);
            near::suggest_command(&mut error);
            return answer_arguments(error);
        }
    };
    let format = cli.command.log_arguments().map_or(LogFormat::Text, |arguments| arguments.log_format);
    if let Some(arguments) = cli.command.log_arguments() {
        log::install(arguments);
    }
    match execute(cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            match format {
                LogFormat::Text => output::tell(&error.message),
                LogFormat::Json => error.tell(),
            }
            error.exit.into()
        }
    }
}

/// What follows where there is no command to execute. Help and version are no errors.
fn answer_arguments(error: clap::Error) -> ExitCode {
    if !error.use_stderr() {
        output::tell_of_arguments(error);
        return Exit::Success.into();
    }
    if log::wants_objects(std::env::args_os()) {
        log::install(&LogArgs { log_format: LogFormat::Json, quiet: false, verbose: 0 });
        CommandError::usage(output::words_of_arguments(error)).tell();
    } else {
        output::tell_of_arguments(error);
    }
    Exit::Usage.into()
}

/// A wrong value is repeated in its message, but not one that people put secrets into.
fn hide_secret(error: &mut clap::Error) {
    let is_about = |option| match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => argument.starts_with(option),
        _ => false,
    };
    if ["--base-url", "--auth", "--output", "--state"].into_iter().any(is_about) {
        error.insert(ContextKind::InvalidValue, ContextValue::String("(not shown)".to_owned()));
    }
}

fn execute(cli: Cli) -> Result<Exit, CommandError> {
    if let Some(directory) = &cli.directory {
        std::env::set_current_dir(directory)
            .map_err(|error| CommandError::usage(format!("cannot change to {}: {error}", shown(directory))))?;
    }
    match cli.command {
        Command::Init(arguments) => init::init(&arguments),
        Command::Run(arguments) => run::run(&arguments),
        Command::Plan(arguments) => plan::plan(&arguments.job),
        Command::Status(arguments) => status::status(&arguments),
        Command::Audit(arguments) => audit::audit(&arguments),
        Command::Doctor(arguments) => doctor::doctor(&arguments),
        Command::Probe(arguments) => probe::probe(&arguments),
        Command::Investigate(arguments) => investigate::investigate(&arguments),
        Command::Report(arguments) => report::report(&arguments),
        Command::Check(arguments) => check::check(&arguments),
        Command::Simulate(arguments) => simulate::simulate(&arguments),
        Command::Schema(of) => schema::schema(&of),
        Command::Completions { shell } => shell::completions(shell),
        Command::Man { folder } => shell::man(&folder),
        Command::Ledger { command } => ledger::ledger(command),
    }
}

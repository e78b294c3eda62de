//! Parses, calls the command, returns the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    verify_rollup::cli::main()
}

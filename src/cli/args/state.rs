//! The arguments that say where the state is.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

use crate::model::StatePlace;

/// Not as a comment, in which a URL would be a link.
const HELP: &str = "Where the ledger and the buckets are: a directory, which one machine at a time may use, with all its \
                    containers, or a database, such as postgres://user@host:5432/database";

/// Options of all commands that look at the state, or work with it.
#[derive(Debug, Clone, Args)]
pub struct StateArgs {
    #[arg(
        long,
        help = HELP,
        value_name = "DIR|URL",
        conflicts_with = "state_dir",
        value_parser = OsStringValueParser::new().try_map(StatePlace::of_argument)
    )]
    state: Option<StatePlace>,

    /// The same, for a directory alone
    #[arg(long, value_name = "DIR", value_parser = OsStringValueParser::new().try_map(StatePlace::directory_of_argument))]
    state_dir: Option<PathBuf>,
}

impl StateArgs {
    /// The place that is named.
    pub fn place(&self) -> Option<StatePlace> {
        self.state.clone().or_else(|| self.state_dir.clone().map(StatePlace::Directory))
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, FromArgMatches, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        state: StateArgs,
    }

    fn place(line: &[&str]) -> Result<Option<StatePlace>, clap::Error> {
        let matches = Line::command().try_get_matches_from(std::iter::once("x").chain(line.iter().copied()))?;
        Ok(Line::from_arg_matches(&matches)?.state.place())
    }

    #[test]
    fn either_option_names_a_directory_and_one_a_database() {
        assert_eq!(place(&[]).unwrap(), None);
        for option in ["--state", "--state-dir"] {
            assert_eq!(place(&[option, "a"]).unwrap(), Some(StatePlace::Directory("a".into())));
            assert!(place(&[option, ""]).is_err(), "{option}");
        }
        assert!(matches!(place(&["--state", "postgres://u@h/d"]), Ok(Some(StatePlace::Database(_)))));
        for wrong in [&["--state-dir", "postgres://u@h/d"][..], &["--state", "a", "--state-dir", "a"]] {
            assert!(place(wrong).is_err(), "{wrong:?}");
        }
    }
}

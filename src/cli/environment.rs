//! The process environment over a `.env` in the working directory, and the state directory that follows from it.

use std::path::{Path, PathBuf};

use super::bounded::read_bounded;
use super::exit::CommandError;
use crate::fetch::DotEnv;

/// The longest `.env`, in bytes.
const LONGEST_DOTENV: u64 = 1024 * 1024;

/// Variables as commands see them.
#[derive(Default)]
pub struct Environment {
    dotenv: DotEnv,
}

impl Environment {
    /// Reads `.env` if there is one.
    pub fn load() -> Result<Self, CommandError> {
        let text = match read_bounded(Path::new(".env"), LONGEST_DOTENV) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(CommandError::usage(format!("cannot read .env: {error}"))),
        };
        let text = String::from_utf8(text)
            .map_err(|error| CommandError::usage(format!(".env is not UTF-8 text: {}", error.utf8_error())))?;
        let dotenv = DotEnv::parse(&text).map_err(CommandError::usage)?;
        Ok(Self { dotenv })
    }

    /// The value of a variable; an empty one counts as not set. A secret has two forms, itself and `…_FILE`: one in the
    /// environment overrides either of them in `.env`.
    pub fn get(&self, name: &str) -> Option<String> {
        let other_form = name.strip_suffix("_FILE").map_or_else(|| format!("{name}_FILE"), str::to_owned);
        exported(name).or_else(|| {
            let from_file = self.dotenv.get(name).filter(|value| !value.is_empty() && exported(&other_form).is_none());
            from_file.map(str::to_owned)
        })
    }

    /// Where the value of a variable that is set comes from.
    pub fn place(&self, name: &str) -> &'static str {
        match self.dotenv.get(name) {
            Some(_) if exported(name).is_none() => ".env",
            _ => "the environment",
        }
    }

    /// `--state-dir`, `$STATE_DIRECTORY`, `$XDG_STATE_HOME/verify-rollup`, `~/.local/state/verify-rollup`.
    pub fn state_dir(&self, argument: Option<PathBuf>) -> Result<PathBuf, CommandError> {
        if let Some(path) = argument {
            return Ok(path);
        }
        if let Some(paths) = self.get("STATE_DIRECTORY") {
            // systemd separates several directories with colons.
            return Ok(PathBuf::from(paths.split(':').next().unwrap_or_default()));
        }
        if let Some(home) = self.get("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute()) {
            return Ok(home.join("verify-rollup"));
        }
        match self.get("HOME") {
            Some(home) => Ok(PathBuf::from(home).join(".local/state/verify-rollup")),
            None => Err(CommandError::usage(
                "no state directory: HOME is not set; say where to keep the ledger with --state-dir DIR",
            )),
        }
    }
}

fn exported(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

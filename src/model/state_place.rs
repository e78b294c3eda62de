//! Where a state is: the ledger, and what processes of an account share besides.

use std::ffi::OsString;
use std::path::PathBuf;

use super::postgres::{PostgresUrl, PostgresUrlError};

/// Where a state is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatePlace {
    /// A directory, relative to the working directory. One machine at a time may use it.
    Directory(PathBuf),
    /// A database, of which a schema is the program's.
    Database(PostgresUrl),
}

/// Why an argument names no place. It may be a URL with a password, so no message repeats any of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatePlaceError {
    /// Nothing at all.
    #[error("no place; write a directory, or a URL such as postgres://user@host:5432/database")]
    Nothing,
    /// A URL of no database that can be used.
    #[error(transparent)]
    Url(#[from] PostgresUrlError),
    /// A URL where a directory is meant.
    #[error("a URL, where a directory belongs; --state takes both")]
    NoDirectory,
}

impl StatePlace {
    /// Reads a path, or the URL of a database. A path that looks like a URL can be written `./a://b`.
    pub fn of_argument(argument: OsString) -> Result<Self, StatePlaceError> {
        match argument.to_str() {
            Some("") => Err(StatePlaceError::Nothing),
            Some(text) if is_url(text) => Ok(Self::Database(PostgresUrl::parse(text)?)),
            _ => Ok(Self::Directory(argument.into())),
        }
    }

    /// Reads a path where no URL is meant.
    pub fn directory_of_argument(argument: OsString) -> Result<PathBuf, StatePlaceError> {
        match argument.to_str() {
            Some("") => Err(StatePlaceError::Nothing),
            Some(text) if is_url(text) => Err(StatePlaceError::NoDirectory),
            _ => Ok(argument.into()),
        }
    }
}

impl From<PathBuf> for StatePlace {
    fn from(directory: PathBuf) -> Self {
        Self::Directory(directory)
    }
}

fn is_url(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    #[test]
    fn directories_and_databases_are_told_apart() {
        for text in ["postgres://u@h/d", "postgresql://u@h:5432/d?sslmode=require"] {
            let place = StatePlace::of_argument(text.into()).unwrap();
            assert_eq!(place, StatePlace::Database(PostgresUrl::parse(text).unwrap()), "{text}");
            assert_eq!(StatePlace::directory_of_argument(text.into()), Err(StatePlaceError::NoDirectory), "{text}");
        }
        for text in ["state", ".", "/a/b", "a b", "./postgres://u@h/d", "postgres:", "u@h/d"] {
            assert_eq!(StatePlace::of_argument(text.into()), Ok(StatePlace::Directory(text.into())), "{text}");
            assert_eq!(StatePlace::directory_of_argument(text.into()), Ok(text.into()), "{text}");
        }
        let odd = OsString::from_vec(b"\xff://x".to_vec());
        assert_eq!(StatePlace::of_argument(odd.clone()), Ok(StatePlace::Directory(odd.into())));
    }

    #[test]
    fn what_is_refused_is_not_repeated() {
        for (text, expected) in [
            ("", StatePlaceError::Nothing),
            ("postgres://u:hunter2@h/d", PostgresUrlError::Password.into()),
            ("POSTGRES://u@h/d?password=hunter2", PostgresUrlError::Password.into()),
            ("postgres://hunter2", PostgresUrlError::Incomplete.into()),
            ("mysql://u:hunter2@h/d", PostgresUrlError::Malformed.into()),
            ("s3://hunter2/state", PostgresUrlError::Malformed.into()),
            ("://hunter2", PostgresUrlError::Malformed.into()),
        ] {
            let error = StatePlace::of_argument(text.into()).unwrap_err();
            assert_eq!(error, expected, "{text}");
            assert!(!error.to_string().contains("hunter2"), "{text}");
        }
        assert!(StatePlace::directory_of_argument(OsString::new()).is_err());
    }
}

//! The files that a job names: of its accounts, and of its prices.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::job::{AccountList, Accounts, Job, PriceList, Prices};
use crate::model::shown;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// `[accounts]`
    Accounts,
    /// `[report.prices]`
    Prices,
}

impl Content {
    /// The table of the job file that names it.
    const fn table(self) -> &'static str {
        match self {
            Self::Accounts => "[accounts]",
            Self::Prices => "[report.prices]",
        }
    }

    /// The longest, in bytes: of accounts, some hundred thousand; of prices, far more than every country and channel take.
    const fn longest(self) -> u64 {
        match self {
            Self::Accounts => 32 * 1024 * 1024,
            Self::Prices => 1024 * 1024,
        }
    }
}

/// As in: the price file.
impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accounts => "file of accounts",
            Self::Prices => "price file",
        })
    }
}

/// A file that a job names is no use.
#[derive(Debug, thiserror::Error)]
pub enum NamedFileError {
    /// It cannot be read.
    #[error("cannot read the {content} {} that {} names: {cause}", shown(path), content.table())]
    Unreadable {
        /// What it should hold.
        content: Content,
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// Its rows are wrong: a line for each mistake.
    #[error("the {content} {} cannot be used:\n{mistakes}", shown(path))]
    Wrong {
        /// What it should hold.
        content: Content,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        mistakes: String,
    },
}

/// Reads the files that the job names, so that its accounts and its prices are known.
///
/// # Errors
/// If one cannot be read or used.
pub fn read_named_files(job: &mut Job) -> Result<(), NamedFileError> {
    if let Some(Accounts::File(path)) = &job.accounts {
        job.accounts = Some(Accounts::Known(read(Content::Accounts, path, AccountList::parse)?));
    }
    read_prices(job)
}

/// Reads the price file, if the job names one.
///
/// # Errors
/// As [`read_named_files`].
pub fn read_prices(job: &mut Job) -> Result<(), NamedFileError> {
    let Some(prices) = job.report.as_mut().and_then(|report| report.prices.as_mut()) else { return Ok(()) };
    if let Prices::File(path) = prices {
        *prices = Prices::Known(read(Content::Prices, path, PriceList::parse)?);
    }
    Ok(())
}

fn read<T>(content: Content, path: &Path, parse: impl Fn(&str) -> Result<T, String>) -> Result<T, NamedFileError> {
    let path = path.to_owned();
    let text = match text(&path, content.longest()) {
        Ok(text) => text,
        Err(error) => return Err(NamedFileError::Unreadable { content, path, cause: error.to_string() }),
    };
    parse(&text).map_err(|mistakes| NamedFileError::Wrong { content, path, mistakes })
}

/// The text, or why there is none: longer files, and those without an end, are refused.
fn text(path: &Path, longest: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(longest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > longest {
        return Err(io::Error::new(ErrorKind::FileTooLarge, format!("it is longer than {longest} bytes")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let read = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = read.split(|byte| *byte == b'\n').count();
        io::Error::new(ErrorKind::InvalidData, format!("line {line} is no UTF-8 text"))
    })
}

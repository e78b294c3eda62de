//! The files that a job names: of its accounts, and of its prices.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::job::{AccountList, Accounts, Job, PriceList, Prices};
use crate::model::shown;

/// The longest file of accounts, in bytes: some hundred thousand of them.
const LONGEST_ACCOUNTS: u64 = 32 * 1024 * 1024;
/// The longest price file: every country and channel take some 50 KB.
const LONGEST_PRICES: u64 = 1024 * 1024;

/// A file that a job names is no use.
#[derive(Debug, thiserror::Error)]
pub enum NamedFileError {
    /// The accounts cannot be read.
    #[error("cannot read the file of accounts {} that [accounts] names: {cause}", shown(path))]
    AccountsUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// Its rows are wrong: a line for each mistake.
    #[error("the file of accounts {} cannot be used:\n{mistakes}", shown(path))]
    AccountsWrong {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        mistakes: String,
    },
    /// The prices cannot be read.
    #[error("cannot read the price file {} that [report.prices] names: {cause}", shown(path))]
    PricesUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// Its rows are wrong: a line for each mistake.
    #[error("the price file {} cannot be used:\n{mistakes}", shown(path))]
    PricesWrong {
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
        let path = path.clone();
        let list = match text(&path, LONGEST_ACCOUNTS) {
            Ok(text) => AccountList::parse(&text),
            Err(error) => return Err(NamedFileError::AccountsUnreadable { path, cause: error.to_string() }),
        };
        let list = list.map_err(|mistakes| NamedFileError::AccountsWrong { path, mistakes })?;
        job.accounts = Some(Accounts::Known(list));
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
        let path = path.clone();
        let list = match text(&path, LONGEST_PRICES) {
            Ok(text) => PriceList::parse(&text),
            Err(error) => return Err(NamedFileError::PricesUnreadable { path, cause: error.to_string() }),
        };
        *prices = Prices::Known(list.map_err(|mistakes| NamedFileError::PricesWrong { path, mistakes })?);
    }
    Ok(())
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

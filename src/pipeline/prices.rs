//! The price file that a job names.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::job::{Job, PriceList, Prices};
use crate::model::shown;

/// The longest price file, in bytes: every country and channel take some 50 KB.
const LONGEST: u64 = 1024 * 1024;

/// The price file is no use.
#[derive(Debug, thiserror::Error)]
pub enum PricesError {
    /// It cannot be read.
    #[error("cannot read the price file {} that [report.prices] names: {cause}", shown(path))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// Its rows are wrong: a line for each mistake.
    #[error("the price file {} cannot be used:\n{mistakes}", shown(path))]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        mistakes: String,
    },
}

/// Reads the price file, if the job names one, so that its prices are known.
///
/// # Errors
/// If it cannot be read or used.
pub fn read_prices(job: &mut Job) -> Result<(), PricesError> {
    let Some(prices) = job.report.as_mut().and_then(|report| report.prices.as_mut()) else { return Ok(()) };
    if let Prices::File(path) = prices {
        let text =
            text(path).map_err(|error| PricesError::Unreadable { path: path.clone(), cause: error.to_string() })?;
        let list = PriceList::parse(&text).map_err(|mistakes| PricesError::Wrong { path: path.clone(), mistakes })?;
        *prices = Prices::Known(list);
    }
    Ok(())
}

/// The text, or why there is none: longer files, and those without an end, are refused.
fn text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return Err(io::Error::new(ErrorKind::FileTooLarge, format!("it is longer than {LONGEST} bytes")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let read = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = read.split(|byte| *byte == b'\n').count();
        io::Error::new(ErrorKind::InvalidData, format!("line {line} is no UTF-8 text"))
    })
}

//! How a report reaches who asked for it: its files, and what is printed of it.

use std::fmt::Write as _;

use super::open;
use crate::cli::args::ReportArgs;
use crate::cli::exit::{CommandError, Exit};
use crate::cli::message::CommandMessage;
use crate::cli::output::{print_json, say};
use crate::cli::signals::runtime;
use crate::job::{Job, ReportFormat, ReportSettings};
use crate::message::tell;
use crate::model::{Location, UnixSeconds, shown};
use crate::pipeline::{Look, WriteError, Written};
use crate::report::PeriodName;
use crate::sink::DiskError;

/// What is to be reported, and how.
pub struct Reported<'a> {
    pub job: &'a Job,
    pub settings: &'a ReportSettings,
    pub period: PeriodName,
    pub as_of: UnixSeconds,
    pub arguments: &'a ReportArgs,
}

/// What is printed of a report.
pub struct Told<'a> {
    pub json: &'a dyn Fn() -> String,
    pub text: &'a dyn Fn() -> String,
}

impl Reported<'_> {
    /// The files that were written, in the dataset's store where it has one.
    pub fn written(
        &self,
        look: &Look,
        written: Result<Vec<Written>, WriteError>,
    ) -> Result<Vec<Written>, CommandError> {
        let mut written = match written {
            Ok(written) => written,
            // Who may only read the dataset is told all the same, unless it was files that were asked for.
            Err(WriteError::Disk(error @ DiskError::Denied { .. })) => {
                let (folder, cause) = (shown(&look.paths().reports()).to_string(), cause(&error));
                if !self.arguments.formats.is_empty() || self.arguments.open {
                    return Err(CommandError::failed(format!(
                        "the report's files may not be written to {folder} by this user; leave --format out to have it \
                         told on stdout: {cause}"
                    )));
                }
                tell(&CommandMessage::ReportNotWritten { folder, cause });
                Vec::new()
            }
            Err(error) => return Err(CommandError::caused(&error)),
        };
        if matches!(self.job.output.directory, Location::Store(_)) {
            runtime()?.block_on(look.publish(&mut written))?;
        }
        Ok(written)
    }

    /// Prints the report, or what failed of what somebody wants to be told of, and opens the page.
    pub fn tell(&self, told: &Told<'_>, written: &[Written], failed: &[String]) -> Result<Exit, CommandError> {
        if self.arguments.json {
            print_json(&(told.json)())?;
        } else if self.arguments.log.quiet {
            say(&failed.concat())?;
        } else {
            let mut text = (told.text)();
            for file in written {
                let _ = writeln!(text, "  {:<12} {}", "file", shown(&file.path));
            }
            say(&text)?;
        }
        if let Some(page) = written.iter().find(|file| self.arguments.open && file.format == ReportFormat::Html) {
            open::open(&page.path);
        }
        Ok(if failed.is_empty() { Exit::Success } else { Exit::Attention })
    }
}

/// The system's own words.
fn cause(error: &DiskError) -> String {
    std::error::Error::source(error).map_or_else(String::new, ToString::to_string)
}

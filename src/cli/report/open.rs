//! `--open`: hands the page to whatever the desktop opens pages with.
//!
//! The report is written by then, so nothing that goes wrong here makes the command fail: it is said, with the page's
//! place. The program that is started is handed no secret of ours.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::message::CommandMessage;
use crate::message::tell;
use crate::model::shown;

/// The program, and the arguments that go before the file.
const OPENER: (&str, &[&str]) = if cfg!(target_os = "macos") {
    ("open", &[])
} else if cfg!(target_os = "windows") {
    // The empty text is the window's title, for which `start` would take a quoted path.
    ("cmd", &["/C", "start", ""])
} else {
    ("xdg-open", &[])
};

/// Opens a file, or says where it is.
pub fn open(file: &Path) {
    let (program, _) = OPENER;
    if let Err(error) = started(file) {
        tell(&CommandMessage::PageNotOpened {
            program: program.to_owned(),
            cause: error.to_string(),
            page: shown(&absolute(file)).to_string(),
        });
    }
}

fn absolute(file: &Path) -> PathBuf {
    std::path::absolute(file).unwrap_or_else(|_| file.to_owned())
}

fn started(file: &Path) -> io::Result<()> {
    let (program, before) = OPENER;
    let mut command = Command::new(program);
    command.args(before).arg(absolute(file)).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TWILIO_") {
            command.env_remove(name);
        }
    }
    // An opener ends as soon as the browser has the file.
    let status = command.status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(status.to_string())) }
}

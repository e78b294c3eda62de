//! The ledger for `plan`: it reads, and leaves no trace in the state directory.
//!
//! SQLite reads a WAL ledger that nobody has open only after creating its side files. So a ledger at rest, one without
//! a WAL, is opened as immutable. Should a run open it meanwhile, what was read of the range at hand is dropped and
//! read again through the WAL, which exists by then: the main file changes only after a WAL has appeared.

use std::io;
use std::path::Path;
use std::time::SystemTime;

use rusqlite::{Connection, OpenFlags};

use super::database::Database;
use super::error::LedgerError;
use super::last_run::{LastRun, last_run};
use super::log::FindAnswer;
use super::reader::{Look, Reader, Scope};
use super::run::{BegunRun, OpenRun, Origin, RunRequest};
use super::run_table;
use super::schema::{self, Format};
use super::sqlite::LedgerOptions;
use crate::model::{Answer, Note, Question, RunId, Segment, Split, Tally, Window};
use crate::recall::ReusePolicy;

/// Looks up what a run would find, if it began now. A missing ledger answers nothing.
#[derive(Debug)]
pub struct ReadOnlyLedger {
    open_run: Option<BegunRun>,
    /// `None` where nothing was ever recorded for the account and origin.
    reader: Option<Reader>,
    /// What the file looked like, when it was opened at rest.
    at_rest: Option<AtRest>,
}

impl ReadOnlyLedger {
    /// Opens the ledger of a state directory, which need not exist.
    ///
    /// # Errors
    /// The ledger cannot be read, or is damaged, foreign or of a newer format.
    pub fn open(dir: &Path, origin: &Origin, request: &RunRequest) -> Result<Self, LedgerError> {
        let path = schema::path_in(dir)?;
        match path.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { open_run: None, reader: None, at_rest: None });
            }
            Err(error) => return Err(schema::unusable(dir, error)),
            Ok(_) => {}
        }
        if let Some(at_rest) = AtRest::of(&path) {
            let opened = Self::read(connect(&path, "mode=ro&immutable=1")?, &path, origin, request);
            if AtRest::of(&path).as_ref() == Some(&at_rest) {
                return opened.map(|ledger| Self { at_rest: Some(at_rest), ..ledger });
            }
        }
        Self::read(connect(&path, SHARED)?, &path, origin, request)
    }

    fn read(connection: Connection, path: &Path, origin: &Origin, request: &RunRequest) -> Result<Self, LedgerError> {
        let failed = |source| LedgerError::of(path, source);
        let is_current = match schema::format(&connection, path)? {
            Format::Current => true,
            // The next run brings an older format up to date; until then a plan counts it as empty.
            Format::Empty | Format::Older(_) => false,
        };
        let database = Database::from(connection);
        let origin = if is_current { run_table::origin_number(&database, origin).map_err(failed)? } else { None };
        let Some(origin) = origin else {
            return Ok(Self { open_run: None, reader: None, at_rest: None });
        };
        let open = run_table::to_take_up(&database, origin, request).map_err(failed)?;
        let policy = ReusePolicy { run: open.map(|run| run.id), settling: request.settling };
        let scope = Scope { origin, interval: request.interval, policy };
        let reader = Reader::new(database, path.to_path_buf(), scope);
        Ok(Self { open_run: open.as_ref().map(OpenRun::begun), reader: Some(reader), at_rest: None })
    }

    /// The open run that the request would take up.
    #[must_use]
    pub const fn open_run(&self) -> Option<&BegunRun> {
        self.open_run.as_ref()
    }
}

impl ReadOnlyLedger {
    /// As [`super::Ledger::recall_around`].
    pub fn recall_around(&mut self, range: Window) {
        if let Some(reader) = &mut self.reader {
            reader.recall_around(range);
        }
    }

    /// As [`super::Ledger::split_by`].
    pub fn split_by(&mut self, split: Split) {
        if let Some(reader) = &mut self.reader {
            reader.split_by(split);
        }
    }

    /// As [`super::Ledger::notes`].
    ///
    /// # Errors
    /// The ledger is damaged or cannot be read.
    pub fn notes(&mut self) -> Result<Vec<Note>, LedgerError> {
        let Some(reader) = &mut self.reader else { return Ok(Vec::new()) };
        steadily(reader, &mut self.at_rest, |reader| reader.notes())
    }

    /// As [`super::Ledger::has_worked`].
    ///
    /// # Errors
    /// The ledger is damaged or cannot be read.
    pub fn has_worked(&mut self, run: RunId, range: Window) -> Result<bool, LedgerError> {
        let Some(reader) = &mut self.reader else { return Ok(false) };
        steadily(reader, &mut self.at_rest, |reader| reader.has_worked(run, range))
    }

    /// The run of a job of this name that began last.
    ///
    /// # Errors
    /// The ledger is damaged or cannot be read.
    pub fn last_run(&mut self, job: &str) -> Result<Option<LastRun>, LedgerError> {
        let Some(reader) = &mut self.reader else { return Ok(None) };
        let origin = reader.scope().origin;
        steadily(reader, &mut self.at_rest, |reader| reader.checked(last_run(reader.database(), origin, job)))
    }

    /// As [`super::Ledger::has_attempts`].
    ///
    /// # Errors
    /// The ledger is damaged or cannot be read.
    pub fn has_attempts(&mut self, within: Window) -> Result<bool, LedgerError> {
        let Some(reader) = &mut self.reader else { return Ok(false) };
        steadily(reader, &mut self.at_rest, |reader| reader.has_attempts(within))
    }
}

impl FindAnswer for ReadOnlyLedger {
    fn find(&mut self, question: &Question) -> Result<Option<Answer>, LedgerError> {
        let Some(reader) = &mut self.reader else { return Ok(None) };
        loop {
            match reader.look(question) {
                Look::Done(answer) => return Ok(answer),
                Look::Needs(content) => steadily(reader, &mut self.at_rest, |reader| reader.load(content))?,
            }
        }
    }

    fn find_listed(&mut self, segment: &Segment) -> Result<Option<Tally>, LedgerError> {
        let Some(reader) = &mut self.reader else { return Ok(None) };
        steadily(reader, &mut self.at_rest, |reader| reader.find_listed(segment))
    }
}

/// Reads, and once more through the WAL if a ledger at rest was opened by somebody meanwhile.
fn steadily<T>(
    reader: &mut Reader,
    at_rest: &mut Option<AtRest>,
    read: impl Fn(&mut Reader) -> Result<T, LedgerError>,
) -> Result<T, LedgerError> {
    let found = read(reader);
    match at_rest {
        Some(known) if AtRest::of(reader.path()).as_ref() != Some(known) => {
            *at_rest = None;
            let connection = connect(reader.path(), SHARED)?;
            reader.reconnect(connection.into());
            read(reader)
        }
        _ => found,
    }
}

/// Through the WAL and with SQLite's locks, as every writer goes.
const SHARED: &str = "mode=ro";

fn connect(path: &Path, parameters: &str) -> Result<Connection, LedgerError> {
    let failed = |source: rusqlite::Error| LedgerError::of(path, source.into());
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri(path, parameters), flags).map_err(failed)?;
    connection.busy_timeout(LedgerOptions::LOCK_WAIT).map_err(failed)?;
    Ok(connection)
}

/// SQLite's URI of an absolute path, every byte but the plainest escaped.
fn uri(path: &Path, parameters: &str) -> String {
    use std::fmt::Write as _;
    use std::os::unix::ffi::OsStrExt;
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => uri.push(char::from(*byte)),
            other => write!(uri, "%{other:02X}").expect("writing to a string cannot fail"),
        }
    }
    uri.push('?');
    uri.push_str(parameters);
    uri
}

/// A ledger's file while no process has it open and no WAL is left of one that died.
#[derive(Debug, PartialEq, Eq)]
struct AtRest {
    bytes: u64,
    modified: SystemTime,
}

impl AtRest {
    /// `None` when a WAL is there, or the file has gone. The file is looked at first: were it the other way round, a
    /// writer that came and went in between would not show.
    fn of(path: &Path) -> Option<Self> {
        let main = path.metadata().ok()?;
        if schema::side_file(path, "-wal").try_exists().unwrap_or(true) {
            return None;
        }
        Some(Self { bytes: main.len(), modified: main.modified().ok()? })
    }
}

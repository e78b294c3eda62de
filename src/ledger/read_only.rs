//! The ledger for who only looks, such as `plan`: it reads, and leaves no trace.
//!
//! A file is left as it was (`at_rest`). A server's session may write nothing, and makes no table; an older format counts
//! as empty there, too. While anybody looks, nobody prunes.

use std::io;
use std::path::Path;

use super::at_rest::{self, AtRest, IMMUTABLE, SHARED, connect};
use super::database::Database;
use super::error::LedgerError;
use super::last_run::{LastRun, last_run};
use super::log::FindAnswer;
use super::reader::{Look, Reader, Scope};
use super::run::{BegunRun, OpenRun, Origin, RunRequest};
use super::{run_table, schema};
use crate::model::{Answer, Note, Question, RunId, Segment, Split, Tally, Window};
use crate::recall::ReusePolicy;
use crate::state::StateServer;

/// Looks up what a run would find, if it began now. A missing ledger answers nothing.
#[derive(Debug, Default)]
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
                return Ok(Self::default());
            }
            Err(error) => return Err(schema::unusable(dir, error)),
            Ok(_) => {}
        }
        if let Some(at_rest) = AtRest::of(&path) {
            let opened = at_rest::open(&path, IMMUTABLE).and_then(|found| Self::read(found, &path, origin, request));
            if AtRest::of(&path).as_ref() == Some(&at_rest) {
                return opened.map(|ledger| Self { at_rest: Some(at_rest), ..ledger });
            }
        }
        Self::read(at_rest::open(&path, SHARED)?, &path, origin, request)
    }

    /// Opens that of a server, which need not have one.
    ///
    /// # Errors
    /// The server cannot be reached or refuses, or its tables are damaged or of a newer format.
    pub fn open_on(server: &StateServer, origin: &Origin, request: &RunRequest) -> Result<Self, LedgerError> {
        let database = server.look()?.map(Database::from);
        Self::read(database, Path::new(&server.url.to_string()), origin, request)
    }

    fn read(
        database: Option<Database>,
        path: &Path,
        origin: &Origin,
        request: &RunRequest,
    ) -> Result<Self, LedgerError> {
        let failed = |source| LedgerError::of(path, source);
        let Some(database) = database else { return Ok(Self::default()) };
        let Some(origin) = run_table::origin_number(&database, origin).map_err(failed)? else {
            return Ok(Self::default());
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

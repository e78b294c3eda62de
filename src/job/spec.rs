//! A checked job: what [`Job::parse`](crate::job::Job::parse) gives once nothing is wrong.
//!
//! Fields are public, for the command line puts its options in place of the file's values; types keep most of what was
//! checked, and [`Limits::set_requests_per_minute`] keeps the rest.

use std::collections::BTreeMap;
use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};
use std::str::FromStr;
use std::time::Duration;

use super::accounts::Accounts;
use super::endpoint::Endpoint;
use super::notify::NotifySettings;
use super::report::ReportSettings;
use super::windows::WindowPlan;
use crate::model::{
    ChangeLog, Compression, Format, Interval, JobStrategy, Listing, Location, Matrix, MatrixShape, Partition,
    PostgresOutput, Remainder, ServiceSid, Settling, UnixSeconds,
};

/// The most cells that one job may have.
pub const MOST_CELLS: usize = 10_000_000;

/// What is to be asked, how, and where the table goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Names the dataset and its folder.
    pub name: JobName,
    /// For people; may be empty.
    pub description: String,
    /// Whom to ask, and how far its answers go.
    pub source: Source,
    /// Whose numbers are asked for; `None`: the environment's account.
    pub accounts: Option<Accounts>,
    /// Which windows.
    pub windows: WindowPlan,
    /// The other dimensions, sorted.
    pub shape: MatrixShape,
    /// Names of services, where the file gives them.
    pub service_names: BTreeMap<ServiceSid, String>,
    /// Whether countries are listed, or all.
    pub countries: Listing,
    /// Whether channels are listed, or all: then their sum is the whole.
    pub channels: Listing,
    /// Whether the table has `ZZ` rows; without split countries it has none.
    pub remainder: Remainder,
    /// How fast, and how stubbornly.
    pub limits: Limits,
    /// In which order.
    pub strategy: JobStrategy,
    /// Where the table goes.
    pub output: OutputSettings,
    /// What a report shows; `None` if the file does not say, in which case `run` writes none.
    pub report: Option<ReportSettings>,
    /// Who is told how a run goes.
    pub notify: NotifySettings,
}

/// A job has more cells than [`MOST_CELLS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "at least {windows} windows of {cells_per_window} cells are more than {MOST_CELLS} cells; shorten the range, cut \
     it less often, or list fewer values"
)]
pub struct TooManyCells {
    /// How many windows, counted until they were too many.
    pub windows: usize,
    /// How many cells each has.
    pub cells_per_window: usize,
}

impl Job {
    /// The job's cells at an instant; a range may hold no window that has ended.
    ///
    /// # Errors
    /// If there are more than [`MOST_CELLS`], in which case nothing that large has been built.
    pub fn matrix(&self, as_of: UnixSeconds) -> Result<Matrix, TooManyCells> {
        let cells_per_window = cells_per_window(&self.shape).max(1);
        let fitting = MOST_CELLS / cells_per_window;
        let windows: Vec<_> = self.windows.windows(as_of).take(fitting + 1).collect();
        if windows.len() > fitting {
            return Err(TooManyCells { windows: windows.len(), cells_per_window });
        }
        Ok(Matrix::new(windows, self.shape.clone()))
    }

    /// When this job's answers become final.
    #[must_use]
    pub const fn settling(&self) -> Settling {
        Settling { settle_after: self.source.settle_after }
    }
}

/// As [`MatrixShape::cells_per_window`], but safe for lists of any length.
pub(super) fn cells_per_window(shape: &MatrixShape) -> usize {
    [shape.service_count(), shape.country_count(), shape.channel_count(), shape.prefix_count()]
        .into_iter()
        .fold(1, usize::saturating_mul)
}

/// 1 to 64 of `a`-`z`, `0`-`9` and `-`, not beginning with `-`: safe as a folder's and a file's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobName(String);

/// The text is no job name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a job name; write 1 to 64 of a-z, 0-9 and -, beginning with a letter or digit")]
pub struct InvalidJobName;

impl JobName {
    /// The form, as a regular expression.
    pub(super) const PATTERN: &str = "^[a-z0-9][a-z0-9-]{0,63}$";

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for JobName {
    type Err = InvalidJobName;

    fn from_str(text: &str) -> Result<Self, InvalidJobName> {
        let known = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let fits = (1..=64).contains(&text.len()) && text.bytes().all(known) && !text.starts_with('-');
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidJobName) }
    }
}

impl fmt::Display for JobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `[source]`: whom to ask, and how far its answers go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Whom to ask.
    pub endpoint: Endpoint,
    /// How it treats the exact second of a bound.
    pub interval: Interval,
    /// How long after its end a window's counts may still grow; whole seconds.
    pub settle_after: Duration,
    /// How long after its end a window's attempts may still grow; whole seconds.
    pub attempts_settle: Duration,
    /// How far back it surely holds data; whole seconds. `None` = for ever.
    pub retention: Option<Duration>,
    /// Whether single attempts may be read from the list. They hold phone numbers.
    pub may_list: bool,
}

/// `[limits]`: how fast, and how stubbornly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// `None` = no limit.
    pub requests_per_minute: Option<NonZeroU32>,
    /// Tokens usable at once, at most `requests_per_minute`. `None` = all of them.
    pub burst: Option<NonZeroU32>,
    /// Whether pages of the list have such a limit of their own instead of a share of this one.
    pub list_has_own_limit: bool,
    /// Requests in flight to an account, at most [`Limits::MOST_CONCURRENCY`].
    pub concurrency: NonZeroUsize,
    /// Until a request is given up; not zero.
    pub timeout: Duration,
    /// Requests for one slice, the first included.
    pub max_tries: NonZeroU32,
    /// How long one slice is tried again; not zero.
    pub retry_for: Duration,
    /// Accounts worked on at once, where the job has several; at most [`Limits::MOST_ACCOUNTS_AT_ONCE`].
    pub accounts_at_once: NonZeroUsize,
}

impl Limits {
    /// The greatest `requests_per_minute`.
    pub const MOST_REQUESTS: u32 = 1_000_000;
    /// The greatest `concurrency`.
    pub const MOST_CONCURRENCY: u32 = 1024;
    /// The greatest `max_tries`.
    pub const MOST_TRIES: u32 = 100;
    /// The greatest `accounts`: each has threads of its own.
    pub const MOST_ACCOUNTS_AT_ONCE: u32 = 1000;

    /// Puts another limit in place; 0 = none. A burst beyond it shrinks to it.
    pub fn set_requests_per_minute(&mut self, limit: u32) {
        self.requests_per_minute = NonZeroU32::new(limit.min(Self::MOST_REQUESTS));
        self.burst = self.requests_per_minute.and_then(|limit| self.burst.map(|burst| burst.min(limit)));
    }

    /// How many questions are worth asking side by side although one may spare another: a tenth of what the limit
    /// allows in a minute, which uses it with answers that take 6 s, and no more than may be in flight.
    #[must_use]
    pub fn breadth(&self) -> NonZeroUsize {
        let tenth = |limit: NonZeroU32| usize::try_from(limit.get() / 10).unwrap_or(usize::MAX);
        let enough = self.requests_per_minute.map_or(usize::MAX, tenth);
        NonZeroUsize::new(enough).unwrap_or(NonZeroUsize::MIN).min(self.concurrency)
    }
}

/// `[output]`: where the table goes, and in which form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputSettings {
    /// Where all datasets are.
    pub directory: Location,
    /// At least one, each once, in the order of [`Format::ALL`].
    pub formats: Vec<Format>,
    /// How rows are spread over files.
    pub partition: Partition,
    /// Of Parquet files.
    pub compression: Compression,
    /// Whether changes of published rows are logged.
    pub history: ChangeLog,
    /// The table that follows the dataset.
    pub postgres: Option<PostgresOutput>,
}

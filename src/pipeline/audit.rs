//! A published dataset looked through: its files and rows by themselves (`sink`), and against what the ledger knows.
//! Nothing is asked, and nothing is changed.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::failure::Failure;
use super::known_rows::{Comparison, KnownRows, contradicts};
use super::lock::{identity, unopened};
use super::order::Order;
use super::setup::read_ledger;
use crate::model::{Remainder, Row, RunId, UnixMicros};
use crate::recall::Remainders;
use crate::rollup::RowContext;
use crate::sink::dataset::{self, AuditFinding, Audited, FindingKind, OpenError, ReadWindow};

/// What an audit looked at, and what it found.
#[derive(Debug)]
pub struct Audit {
    /// The dataset's folder.
    pub dataset: PathBuf,
    /// Files, rows and windows, with what is amiss.
    pub audited: Audited,
    /// Final windows that the ledger knows, with the answers that their rows rest on.
    pub compared: usize,
    /// Final windows that it doesn't.
    pub unknown: usize,
}

/// Why a dataset could not be looked through.
enum Stopped {
    Open(OpenError),
    Ledger(Failure),
}

impl From<OpenError> for Stopped {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}

impl Audit {
    /// Of an order's dataset.
    ///
    /// # Errors
    /// The dataset is of another identity, or dataset or ledger cannot be read.
    pub fn new(order: &Order, now: DateTime<Utc>) -> Result<Self, Failure> {
        let paths = order.dataset();
        let (mut ledger, _) = read_ledger(order, now)?;
        let rows = RowContext {
            account: order.account,
            run_id: RunId(uuid::Uuid::nil()),
            published_at: UnixMicros::from(now),
            timezone: order.job.windows.timezone,
        };
        let remainders = match order.job.remainder {
            Remainder::Keep => Remainders::Kept,
            Remainder::Drop => Remainders::Dropped,
        };
        let mut known = KnownRows { ledger: &mut ledger, rows, remainders };
        let (mut compared, mut unknown) = (0, 0);
        let audited = dataset::audit(&paths, &identity(order), |read: ReadWindow<'_>| {
            if !read.is_final {
                return Ok(None);
            }
            match known.compare(read.window, read.shape, read.rows).map_err(Stopped::Ledger)? {
                Comparison::Unknown => unknown += 1,
                Comparison::Agrees => compared += 1,
                Comparison::Differs(known) => {
                    compared += 1;
                    return Ok(Some(differs(&read, &known)));
                }
            }
            Ok(None)
        });
        let mut audited = audited.map_err(|stopped| match stopped {
            Stopped::Open(error) => unopened(order, error),
            Stopped::Ledger(failure) => failure,
        })?;
        for finding in &mut audited.findings {
            finding.path = finding.path.take().map(|path| paths.told(&path));
            finding.what = paths.told_in(&finding.what);
        }
        Ok(Self { dataset: paths.told(paths.root()), audited, compared, unknown })
    }
}

fn differs(read: &ReadWindow<'_>, known: &[Row]) -> AuditFinding {
    let mut differing = read.rows.iter().zip(known).filter(|(row, known)| contradicts(row, known));
    let first = differing.next();
    let what = first.map_or_else(String::new, |(row, known)| {
        format!("{}: {}; the ledger says {}", row.key, in_words(row), in_words(known))
    });
    AuditFinding {
        kind: FindingKind::LedgerDiffers,
        path: Some(read.path.to_owned()),
        window: Some(read.window),
        count: 1 + differing.count() as u64,
        what,
    }
}

fn in_words(row: &Row) -> String {
    let Row { counts, provenance, cost, .. } = row;
    let (attempts, converted) = (counts.attempts(), counts.converted());
    let cost = cost.map_or_else(String::new, |cost| {
        let amount = cost.amount().map_or_else(|| "several currencies".to_owned(), |amount| amount.to_string());
        let currency = cost.currency().map_or_else(String::new, |currency| format!(" {currency}"));
        format!(", {} priced at {amount}{currency}", cost.priced)
    });
    format!("{attempts} attempts, {converted} converted, {}{cost}", provenance.name())
}

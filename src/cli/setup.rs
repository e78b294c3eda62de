//! What `run` and `plan` derive from a loaded job before the planner starts.

use std::fmt::Write as _;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;

use super::args::JobArgs;
use super::exit::CommandError;
use super::load::Loaded;
use crate::job::{self, Job};
use crate::ledger::{Origin, ReadOnlyLedger, RunRequest};
use crate::model::UnixSeconds;
use crate::planner::{Freshness, Listing, Remainder, Strategy, Terms};

/// Loop and requests share one thread: handing each answer to another one costs more than it saves (a third of the
/// requests per second). The ledger writes on a thread of its own.
pub fn runtime() -> Result<Runtime, CommandError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CommandError::failed(format!("cannot start threads: {error}")))
}

/// What the planner needs besides the matrix.
pub fn terms(job: &Job, as_of: UnixSeconds, now: UnixSeconds, arguments: &JobArgs) -> Terms {
    Terms {
        strategy: match job.strategy {
            job::Strategy::DrillDown => Strategy::DrillDown,
            job::Strategy::Exhaustive => Strategy::Exhaustive,
        },
        as_of: as_of.min(now),
        now,
        settling: job.settling(),
        attempts_settle: job.source.attempts_settle,
        retention: job.source.retention,
        remainder: match job.remainder {
            job::Remainder::Keep => Remainder::Keep,
            job::Remainder::Drop => Remainder::Drop,
        },
        countries: listing(job.countries),
        channels: listing(job.channels),
        freshness: if arguments.refresh { Freshness::Refresh } else { Freshness::Reuse },
    }
}

const fn listing(listing: job::Listing) -> Listing {
    match listing {
        job::Listing::Unsplit | job::Listing::Listed => Listing::Listed,
        job::Listing::All => Listing::Every,
    }
}

/// The ledger's view of this account and API.
pub fn origin(loaded: &Loaded) -> Origin {
    Origin { account: loaded.account, origin: loaded.origin.clone() }
}

/// What makes a run continue another: every part of the job that decides what is asked, the options likewise, and the
/// dataset, whose lock then keeps two processes from continuing the same run.
pub fn fingerprint(job: &Job, arguments: &JobArgs) -> String {
    let dataset = std::path::absolute(job.output.directory.join(job.name.as_str())).unwrap_or_else(|_| PathBuf::new());
    let parts = format!(
        "{:?}",
        (
            &job.name,
            &job.source,
            &job.windows,
            &job.shape,
            (job.countries, job.channels, job.remainder),
            job.strategy,
            arguments.refresh,
            dataset,
        )
    );
    Sha256::digest(parts).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The ledger for looking only, and the `as_of` that `run` would have.
pub fn read_ledger(
    loaded: &Loaded,
    arguments: &JobArgs,
    now: DateTime<Utc>,
) -> Result<(ReadOnlyLedger, UnixSeconds), CommandError> {
    let fingerprint = fingerprint(&loaded.job, arguments);
    let request = request(loaded, arguments, &fingerprint, now);
    let ledger = ReadOnlyLedger::open(&loaded.state_dir, &origin(loaded), &request)
        .map_err(|error| CommandError::caused(&error))?;
    let open = ledger.open_run();
    let as_of = open.map_or_else(|| UnixSeconds::from(arguments.as_of.unwrap_or(now)), |open| open.as_of);
    Ok((ledger, as_of))
}

/// What the ledger is told of a run.
pub fn request<'a>(
    loaded: &'a Loaded,
    arguments: &JobArgs,
    fingerprint: &'a str,
    now: DateTime<Utc>,
) -> RunRequest<'a> {
    RunRequest {
        job: loaded.job.name.as_str(),
        fingerprint,
        as_of: arguments.as_of.map(UnixSeconds::from),
        now,
        settling: loaded.job.settling(),
    }
}

//! What `run` and `plan` derive from a loaded job before the planner starts.

use chrono::{DateTime, Utc};
use tokio::runtime::Runtime;

use super::args::JobArgs;
use super::exit::CommandError;
use super::identity::RunIdentity;
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
        as_of,
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
        freshness: freshness(arguments),
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

/// By which fingerprints the run is known.
pub fn identity(job: &Job, arguments: &JobArgs) -> RunIdentity {
    RunIdentity::of(job, freshness(arguments))
}

const fn freshness(arguments: &JobArgs) -> Freshness {
    if arguments.refresh { Freshness::Refresh } else { Freshness::Reuse }
}

/// The ledger for looking only, and the `as_of` that `run` would have.
pub fn read_ledger(
    loaded: &Loaded,
    arguments: &JobArgs,
    now: DateTime<Utc>,
) -> Result<(ReadOnlyLedger, UnixSeconds), CommandError> {
    let identity = identity(&loaded.job, arguments);
    let request = request(loaded, arguments, &identity, now);
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
    identity: &'a RunIdentity,
    now: DateTime<Utc>,
) -> RunRequest<'a> {
    RunRequest {
        job: loaded.job.name.as_str(),
        fingerprint: &identity.fingerprint,
        earlier_fingerprints: &identity.earlier,
        as_of: arguments.as_of.map(UnixSeconds::from),
        now,
        settling: loaded.job.settling(),
        interval: loaded.job.source.interval,
    }
}

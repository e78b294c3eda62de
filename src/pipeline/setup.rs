//! What is derived from an order before the planner starts.

use chrono::{DateTime, Utc};

use super::failure::Failure;
use super::identity::RunIdentity;
use super::order::Order;
use crate::ledger::{Origin, ReadOnlyLedger, RunRequest};
use crate::model::{JobStrategy, StatePlace, UnixSeconds};
use crate::planner::{Pages, Terms};
use crate::state::StateServer;

/// What the planner needs besides the matrix.
pub fn terms(order: &Order, as_of: UnixSeconds, now: UnixSeconds) -> Terms {
    let job = &order.job;
    Terms {
        strategy: job.strategy.of_slices(),
        pages: match (job.strategy, job.source.may_list) {
            (JobStrategy::Auto, true) => Pages::WhereFewer,
            (JobStrategy::List, true) => Pages::WhereTheyReach,
            _ => Pages::Never,
        },
        as_of,
        now,
        settling: job.settling(),
        attempts_settle: job.source.attempts_settle,
        retention: job.source.retention,
        remainder: job.remainder,
        countries: job.countries,
        channels: job.channels,
        freshness: order.options.freshness,
        breadth: job.limits.breadth(),
    }
}

/// The ledger's view of this account and API.
pub fn origin(order: &Order) -> Origin {
    Origin { account: order.account, origin: order.origin.clone() }
}

/// By which fingerprints the run is known.
pub fn identity(order: &Order) -> RunIdentity {
    RunIdentity::of(&order.job, order.options.freshness)
}

/// The ledger for looking only, and the `as_of` that `run` would have.
pub fn read_ledger(order: &Order, now: DateTime<Utc>) -> Result<(ReadOnlyLedger, UnixSeconds), Failure> {
    let identity = identity(order);
    let request = request(order, &identity, now);
    let origin = origin(order);
    let ledger = match &order.state {
        StatePlace::Directory(directory) => ReadOnlyLedger::open(directory, &origin, &request),
        StatePlace::Database(url) => {
            ReadOnlyLedger::open_on(&StateServer::new(url, &order.options.postgres_login), &origin, &request)
        }
    };
    let ledger = ledger.map_err(|error| Failure::caused(&error))?;
    let open = ledger.open_run();
    let as_of = open.map_or_else(|| order.options.as_of.unwrap_or_else(|| now.into()), |open| open.as_of);
    Ok((ledger, as_of))
}

/// What the ledger is told of a run.
pub fn request<'a>(order: &'a Order, identity: &'a RunIdentity, now: DateTime<Utc>) -> RunRequest<'a> {
    RunRequest {
        job: order.job.name.as_str(),
        fingerprint: &identity.fingerprint,
        earlier_fingerprints: &identity.earlier,
        as_of: order.options.as_of,
        now,
        settling: order.job.settling(),
        interval: order.job.source.interval,
    }
}

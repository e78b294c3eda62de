//! The dataset of an order: its lock, its identity, and what it holds.

use std::time::Duration;

use tokio::sync::watch;

use super::failure::{Cause, Failure};
use super::message::PipelineMessage;
use super::order::Order;
use crate::clock::{Clock, SystemClock};
use crate::message::tell;
use crate::model::UnixSeconds;
use crate::run::Stop;
use crate::sink::atomic::StepHook;
use crate::sink::dataset::{Dataset, DatasetIdentity, DatasetLock, LockError, LockHolder, OpenError, Split};

/// Between two looks at a lock that another run holds.
const LOCK_LOOK: Duration = Duration::from_millis(100);

/// Takes the dataset's lock, waiting until a monotonic time; `None` when a signal came first.
pub async fn lock(
    order: &Order,
    deadline: Duration,
    mut stop: watch::Receiver<Stop>,
) -> Result<Option<DatasetLock>, Failure> {
    let layout = order.dataset();
    let now = SystemClock.now();
    let holder =
        LockHolder { pid: std::process::id(), since: UnixSeconds::from(now), command: order.options.name.clone() };
    let mut named = String::new();
    loop {
        match DatasetLock::acquire(layout.clone(), &holder) {
            Ok(lock) => return Ok(Some(lock)),
            Err(LockError::Held { holder, .. }) if SystemClock.monotonic() < deadline => {
                if holder != named {
                    tell(&PipelineMessage::DatasetAwaited { holder: holder.clone() });
                    named = holder;
                }
            }
            Err(error @ LockError::Held { .. }) => {
                return Err(Failure { cause: Cause::Locked, message: error.to_string() });
            }
            Err(error) => return Err(Failure::caused(&error)),
        }
        tokio::select! {
            () = tokio::time::sleep(LOCK_LOOK) => {}
            Ok(()) = stop.changed() => return Ok(None),
        }
    }
}

/// Opens the locked dataset, which must be about the same.
pub fn open(lock: DatasetLock, order: &Order, hook: StepHook) -> Result<Dataset, Failure> {
    Dataset::open(lock, identity(order), hook).map_err(|error| unopened(order, error))
}

/// A dataset that could not be opened.
pub fn unopened(order: &Order, error: OpenError) -> Failure {
    let failure = match error {
        OpenError::OtherIdentity { .. } => Failure::usage(error),
        error => Failure::caused(&error),
    };
    Failure { message: order.dataset().told_in(&failure.message), ..failure }
}

/// What an order's dataset is about.
pub fn identity(order: &Order) -> DatasetIdentity {
    let job = &order.job;
    DatasetIdentity {
        account_sid: order.account,
        base_url: order.origin.clone(),
        timezone: job.windows.timezone,
        every: job.windows.every.word().to_owned(),
        split: Split::from(&job.shape),
        remainder: job.remainder == crate::model::Remainder::Keep,
    }
}

//! The table of a database that follows the dataset.

use tokio::sync::{SemaphorePermit, watch};

use super::failure::{Failure, chain};
use super::lock;
use super::message::PipelineMessage;
use super::order::Order;
use super::outcome::{Ended, RunOutcome};
use super::summary::OutputRecord;
use crate::message::{Message, tell};
use crate::model::DatasetName;
use crate::run::Stop;
use crate::sink::dataset::{DatasetIdentity, Stored};
use crate::sink::postgres::{self, Destination, Loaded};

/// Where an order's dataset is loaded to, if anywhere.
pub(super) fn destination<'a>(
    order: &'a Order,
    (name, identity): (&'a DatasetName, &'a DatasetIdentity),
) -> Option<Destination<'a>> {
    let output = order.job.output.postgres.as_ref()?;
    Some(Destination { output, login: &order.options.postgres_login, name, identity })
}

/// Refuses a job whose table is another's before anything is asked. A database that is away may be back in time for
/// the load, which tells of it otherwise. `None`: a stop signal came first.
pub async fn check(order: &Order, mut stop: watch::Receiver<Stop>) -> Result<Option<()>, Failure> {
    let (name, identity) = (order.dataset_name(), lock::identity(order));
    let Some(to) = destination(order, (&name, &identity)) else { return Ok(Some(())) };
    let checked = async {
        let _permit = permit(order).await;
        postgres::check(&to).await
    };
    tokio::select! {
        checked = checked => match checked {
            Err(error) if error.is_refusal() => Err(Failure::usage(error)),
            _ => Ok(Some(())),
        },
        Ok(_) = stop.wait_for(|stop| *stop != Stop::Go) => Ok(None),
    }
}

/// Leave to connect, where others of this process do so too; the semaphore is never closed.
async fn permit(order: &Order) -> Option<SemaphorePermit<'_>> {
    order.shared.loads.as_ref()?.acquire().await.ok()
}

/// Brings the table to what the dataset holds, however the run ended, but for a stop signal, or a store's dataset that is
/// another run's now.
pub async fn load(order: &Order, stored: &Stored, outcome: &mut RunOutcome, mut stop: watch::Receiver<Stop>) {
    if matches!(outcome.ended, Ended::Stopped | Ended::Locked) {
        return;
    }
    let (name, identity) = (order.dataset_name(), lock::identity(order));
    let Some(to) = destination(order, (&name, &identity)).filter(|_| stored.manifest().is_some()) else { return };
    let (url, table) = (&to.output.url, to.output.table.plain());
    let loading = async {
        let _permit = permit(order).await;
        postgres::load(&to, stored, order.options.loss).await
    };
    let loaded = tokio::select! {
        loaded = loading => loaded,
        Ok(_) = stop.wait_for(|stop| *stop != Stop::Go) => return outcome.add_stop(),
    };
    match loaded {
        Ok(Loaded { rows, bytes, windows_changed, windows_unknown }) => {
            tell(&PipelineMessage::TableLoaded { table: table.clone(), windows: windows_changed as u64 });
            if windows_unknown > 0 {
                let unknown =
                    PipelineMessage::TableWindowsUnknown { table: table.clone(), windows: windows_unknown as u64 };
                tell(&unknown);
                outcome.summary.warnings.extend(unknown.words());
            }
            let path = format!("{url}/{table}");
            outcome.summary.outputs.push(OutputRecord { path, format: "postgres".to_owned(), rows, bytes });
        }
        Err(error) => {
            let message = format!(
                "the files stand, the table {table} is as it was; run again once this is mended: {}",
                chain(&error)
            );
            outcome.summary.warnings.push(message.clone());
            outcome.add_failure(message);
        }
    }
}

//! Whether what a run needs besides the API can be reached: ledger, store, database. Nothing of it is changed.

use chrono::{DateTime, Utc};

use super::failure::Failure;
use super::lock::identity;
use super::order::Order;
use super::postgres::destination;
use super::setup::read_ledger;
use crate::model::Location;
use crate::sink::postgres;
use crate::store::{Store, StoreError};

/// Reads the ledger's head.
///
/// # Errors
/// It is damaged, or of a later version.
pub fn ledger(order: &Order, now: DateTime<Utc>) -> Result<(), Failure> {
    read_ledger(order, now).map(drop)
}

/// Reads the dataset's manifest where a store holds it, and lists its files, as a run does; the manifest's URL, or `None`
/// where there is no store.
///
/// # Errors
/// The store cannot be reached, or refuses.
pub async fn store(order: &Order) -> Result<Option<String>, Failure> {
    let Location::Store(url) = &order.job.output.directory else { return Ok(None) };
    let failed = |error: StoreError| match error {
        StoreError::Settings { .. } => Failure::usage(error),
        error => Failure::caused(&error),
    };
    let store = Store::open(url, &order.options.store_variables).map_err(failed)?;
    let name = order.dataset_name().to_string();
    let manifest = format!("{name}/_manifest.json");
    store.read(&manifest).await.map_err(failed)?;
    // A bucket that is not there holds no manifest either: listing alone tells, and needs a permission of its own.
    store.list(&name).await.map_err(failed)?;
    Ok(Some(store.url_of(&manifest)))
}

/// Looks at the table of a database that follows the dataset; its place, or `None` where there is none.
///
/// # Errors
/// The server cannot be reached, refuses, or the table is another's.
pub async fn database(order: &Order) -> Result<Option<String>, Failure> {
    let (name, identity) = (order.dataset_name(), identity(order));
    let Some(to) = destination(order, (&name, &identity)) else { return Ok(None) };
    match postgres::check(&to).await {
        Ok(()) => Ok(Some(format!("{}/{}", to.output.url, to.output.table.plain()))),
        Err(error) if error.is_refusal() => Err(Failure::usage(error)),
        Err(error) => Err(Failure::caused(&error)),
    }
}

//! Who is asked, as whom, and under which limit.

use std::sync::Arc;

use secrecy::SecretString;

use super::failure::Failure;
use super::order::Order;
use crate::clock::Clock;
use crate::fetch::{BucketFile, Credentials, Limit, Limiter};
use crate::simulator::{RunningServer, Server, Settings};
use crate::state::StateDirectory;

/// Who is asked, as whom.
pub enum Access {
    /// The simulated account in this process.
    Simulator,
    /// An API over HTTP.
    Http {
        /// Where.
        base_url: url::Url,
        /// As whom.
        credentials: Credentials,
    },
}

/// The limiter of the job's account, shared with every process that asks it.
pub fn limiter(order: &Order, state: &StateDirectory, clock: Arc<dyn Clock>) -> Result<Limiter, Failure> {
    let limits = &order.job.limits;
    let Some(per_minute) = limits.requests_per_minute else { return Ok(Limiter::unlimited(clock).within(state)) };
    let file = BucketFile::open(state, order.account, &order.origin).map_err(|error| Failure::caused(&error))?;
    Ok(Limiter::shared(file, Limit::new(per_minute, limits.burst, limits.timeout), clock).within(state))
}

/// Starts the embedded account: real HTTP on loopback, enforcing the job's own limit.
pub async fn simulated_account(
    order: &Order,
    clock: Arc<dyn Clock>,
) -> Result<(url::Url, Credentials, Option<RunningServer>), Failure> {
    let job = &order.job;
    let settings = Settings {
        requests_per_minute: job.limits.requests_per_minute,
        interval: job.source.interval,
        ..Settings::default()
    };
    let failed =
        |error: &dyn std::fmt::Display| Failure::failed(format!("cannot start the simulated account: {error}"));
    let server = Server::bind(0, settings, clock).await.map_err(|error| failed(&error))?;
    let base_url = url::Url::parse(&format!("http://{}", server.address())).map_err(|error| failed(&error))?;
    let secret = SecretString::from("simulated");
    let credentials = Credentials::new(order.account, order.account.to_string(), secret);
    Ok((base_url, credentials, Some(server.spawn())))
}

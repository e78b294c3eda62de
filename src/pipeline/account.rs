//! Who is asked, as whom, and under which limit.

use std::sync::Arc;

use secrecy::SecretString;

use super::failure::Failure;
use super::order::{AccountsOfJob, Order};
use crate::clock::Clock;
use crate::fetch::{BucketError, BucketFile, BucketRow, Credentials, Limit, Limiter};
use crate::simulator::{Accounts, RunningServer, Server, Settings};
use crate::state::State;

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

/// What lets requests to the job's account start.
pub struct Limiters {
    /// Its one limit.
    pub account: Limiter,
    /// The list's, where it has one of its own.
    pub list: Option<Limiter>,
}

impl Limiters {
    /// Shared with every process that asks the account.
    ///
    /// # Errors
    /// If a bucket's file cannot be opened.
    pub fn shared(order: &Order, state: &State, clock: &Arc<dyn Clock>) -> Result<Self, Failure> {
        let limits = &order.job.limits;
        let limiter = |whose: &str| {
            let clock = Arc::clone(clock);
            let Some(per_minute) = limits.requests_per_minute else {
                return Ok(Limiter::unlimited(clock).within(state));
            };
            let limit = Limit::new(per_minute, limits.burst, limits.timeout);
            let caused = |error: BucketError| Failure::caused(&error);
            let limiter = match state {
                State::Directory(directory) => {
                    Limiter::shared(BucketFile::open(directory, order.account, whose).map_err(caused)?, limit, clock)
                }
                State::Server(server, lease) => {
                    let (of, whose) = ((&**server, lease.as_ref()), (order.account, whose));
                    Limiter::served(BucketRow::open(of, whose, limit, Arc::clone(&clock)).map_err(caused)?, clock)
                }
            };
            Ok(limiter.within(state))
        };
        let has_own = order.job.source.may_list && limits.list_has_own_limit;
        let list = has_own.then(|| limiter(&format!("{}/list", order.origin))).transpose()?;
        Ok(Self { account: limiter(&order.origin)?, list })
    }

    /// None at all: there is nothing to share.
    #[must_use]
    pub fn none(clock: Arc<dyn Clock>) -> Self {
        Self { account: Limiter::unlimited(clock), list: None }
    }
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
        accounts: match order.accounts {
            AccountsOfJob::One => Accounts::One,
            AccountsOfJob::Several => Accounts::Each,
        },
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::clock::SystemClock;
    use crate::job::Job;
    use crate::model::{AccountSid, UnixSeconds};
    use crate::pipeline::Options;
    use crate::state::{Machine, StateDirectory, Timing};

    fn buckets(dir: &Path, text: &str) -> Vec<String> {
        let text = format!("name = \"a\"\n[windows]\nrange = \"today\"\n{text}");
        let job = Job::parse(&text, "a.toml").unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
        let order = Order::new(job, AccountSid::ZEROS, dir.to_owned(), Options::default());
        let machine = Machine { boot: "one".to_owned(), host: "one".to_owned() };
        let state = StateDirectory::hold(dir, &machine, UnixSeconds(0), Timing::DEFAULT).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Limiters::shared(&order, &State::Directory(state), &clock).unwrap();
        let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut buckets: Vec<_> = names.filter(|name| name.starts_with("bucket-")).collect();
        buckets.sort_unstable();
        buckets
    }

    #[test]
    fn the_list_has_a_bucket_of_its_own_where_the_job_says_so_and_may_list() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "[limits]\nlist_has_own_limit = true\n", "[source]\nlist = true\n"] {
            assert_eq!(buckets(folder.path(), text).len(), 1, "{text}");
        }
        let both = buckets(folder.path(), "[source]\nlist = true\n[limits]\nlist_has_own_limit = true\n");
        assert!(both.len() == 2 && both.iter().any(|name| name.contains("twilio.com-list-")), "{both:?}");
    }
}

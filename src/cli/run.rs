//! `run JOB`: lock, take up or begin a run, ask, publish, say what happened.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use tokio::sync::watch;

use super::args::JobArgs;
use super::exit::{CommandError, Exit};
use super::load::{Access, Loaded};
use super::publish::{self, Context, Outcome};
use super::setup::{fingerprint, origin, request, runtime, terms};
use super::signals::Signals;
use crate::clock::{Clock, SystemClock};
use crate::fetch::{BucketFile, Credentials, HttpApi, Limit, Limiter, RetryPolicy};
use crate::job::Job;
use crate::ledger::{Ledger, LedgerOptions, RunEnd};
use crate::model::UnixSeconds;
use crate::planner::{Exhaustive, Planner};
use crate::progress::{Display, Progress};
use crate::run::{Deps, Driven, Pace, Stop, drive};
use crate::simulator::{RunningServer, Server, Settings};
use crate::sink::atomic::no_hook;
use crate::sink::dataset::{Dataset, DatasetIdentity, DatasetLock, Holder, Layout, LockError, OpenError, Split};

/// Between two looks at a lock that another run holds.
const LOCK_LOOK: Duration = Duration::from_millis(100);

/// Executes a job.
pub fn run(arguments: &JobArgs) -> Result<Exit, CommandError> {
    let clock = Arc::new(SystemClock);
    let started = clock.now();
    let loaded = Loaded::new(arguments, started)?;
    let access = loaded.access()?;
    runtime()?.block_on(async {
        let signals = Signals::listen()?;
        let Some(lock) = lock(&loaded.job, arguments, signals.stop.clone()).await? else {
            return Ok(signals.received().unwrap_or(Exit::Interrupted));
        };
        execute(arguments, &loaded, access, lock, &signals, started).await
    })
}

async fn execute(
    arguments: &JobArgs,
    loaded: &Loaded,
    access: Access,
    lock: DatasetLock,
    signals: &Signals,
    started: DateTime<Utc>,
) -> Result<Exit, CommandError> {
    let job = &loaded.job;
    let dataset = Dataset::open(lock, identity(loaded), no_hook()).map_err(|error| match error {
        OpenError::OtherIdentity { .. } => CommandError::usage(format!(
            "{error}; give this job another `name`, or publish elsewhere with --output DIR"
        )),
        error => CommandError::failed(error),
    })?;
    for file in dataset.stored().differing() {
        tracing::warn!("{} differs from the manifest ({}): publishing again", file.path.display(), file.reason);
    }
    for window in dataset.stored().lost_windows() {
        tracing::warn!("the rows of {window} were lost with their file; a run over that range brings them back");
    }
    let fingerprint = fingerprint(job, arguments);
    let mut ledger = Ledger::begin_run(
        &loaded.state_dir,
        &origin(loaded),
        &request(loaded, arguments, &fingerprint, started),
        LedgerOptions { unacknowledged: job.limits.concurrency, lock_wait: LedgerOptions::LOCK_WAIT },
    )
    .map_err(CommandError::failed)?;
    let begun = *ledger.run();
    if begun.taken_up {
        tracing::info!("taking up run {} of {}", begun.run_id, begun.as_of);
    }
    let context = Context { arguments, loaded, run_id: begun.run_id, as_of: begun.as_of, started };
    let matrix = job.matrix(begun.as_of).map_err(CommandError::usage)?;
    let mut dataset = dataset;
    let archived = |window| dataset.stored().archived(window, matrix.shape());
    let mut planner = Exhaustive::new(matrix.clone(), terms(job, begun.as_of, arguments), archived);
    let driven = ask(&mut planner, arguments, loaded, access, &mut ledger, begun.as_of, signals.stop.clone()).await;
    let conclusion = planner.conclude();
    let outcome = match driven {
        Ok(driven) => publish::outcome(&context, &matrix, &conclusion, &driven, &mut dataset, signals.received()),
        Err(error) => Outcome::failed(&context, &matrix, error.message),
    };
    // What was learnt is safe already; noting the end only spares the next run a resumption.
    if let Err(error) = ledger.end_run(outcome.run_end, SystemClock.now()) {
        if outcome.run_end == RunEnd::Published {
            return Err(CommandError::failed(error));
        }
        tracing::warn!("{error}");
    }
    outcome.print(&context)
}

/// Asks until the planner is done, under the job's limits.
async fn ask(
    planner: &mut impl Planner,
    arguments: &JobArgs,
    loaded: &Loaded,
    access: Access,
    ledger: &mut Ledger,
    as_of: UnixSeconds,
    stop: watch::Receiver<Stop>,
) -> Result<Driven, CommandError> {
    let job = &loaded.job;
    let limits = &job.limits;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (base_url, credentials, simulator) = match access {
        Access::Http { base_url, credentials } => (base_url, credentials, None),
        Access::Simulator => simulated_account(job, loaded, Arc::clone(&clock)).await?,
    };
    let concurrency = NonZeroU32::try_from(limits.concurrency).unwrap_or(NonZeroU32::MAX);
    let api = HttpApi::new(&base_url, job.source.interval, &credentials, limits.timeout, concurrency)
        .map_err(CommandError::failed)?;
    let mut limiter = match limits.requests_per_minute {
        None => Limiter::unlimited(Arc::clone(&clock)),
        Some(per_minute) => {
            let file =
                BucketFile::open(&loaded.state_dir, loaded.account, &loaded.origin).map_err(CommandError::failed)?;
            Limiter::shared(file, Limit::new(per_minute, limits.burst, limits.timeout), Arc::clone(&clock))
        }
    };
    let display = if arguments.log.quiet { Display::Silent } else { Display::Automatic };
    let mut progress = Progress::new(display, limits.requests_per_minute.map(NonZeroU32::get));
    let mut jitter = fastrand::f64;
    let deps =
        Deps { api: Arc::new(api), ledger, limiter: &mut limiter, clock, observer: &mut progress, jitter: &mut jitter };
    let retry = RetryPolicy { max_tries: limits.max_tries.get(), retry_for: limits.retry_for };
    let pace = Pace { concurrency, retry, as_of };
    let driven = drive(planner, deps, pace, stop).await.map_err(CommandError::failed);
    if let Some(server) = simulator {
        server.stop().await;
    }
    driven
}

/// Starts the embedded account: real HTTP on loopback, enforcing the job's own limit.
async fn simulated_account(
    job: &Job,
    loaded: &Loaded,
    clock: Arc<dyn Clock>,
) -> Result<(url::Url, Credentials, Option<RunningServer>), CommandError> {
    let settings = Settings {
        requests_per_minute: job.limits.requests_per_minute,
        interval: job.source.interval,
        ..Settings::default()
    };
    let failed =
        |error: &dyn std::fmt::Display| CommandError::failed(format!("cannot start the simulated account: {error}"));
    let server = Server::bind(0, settings, clock).await.map_err(|error| failed(&error))?;
    let base_url = url::Url::parse(&format!("http://{}", server.address())).map_err(|error| failed(&error))?;
    let secret = SecretString::from("simulated");
    let credentials = Credentials::new(loaded.account, loaded.account.to_string(), secret);
    Ok((base_url, credentials, Some(server.spawn())))
}

/// Takes the dataset's lock, waiting as long as `--wait` says; `None` when a signal came first.
async fn lock(
    job: &Job,
    arguments: &JobArgs,
    mut stop: watch::Receiver<Stop>,
) -> Result<Option<DatasetLock>, CommandError> {
    let layout = Layout::new(&job.output.directory, job.name.as_str());
    let now = SystemClock.now();
    let holder = Holder {
        pid: std::process::id(),
        since: UnixSeconds::from(now),
        command: format!("run {}", arguments.job.display()),
    };
    let deadline = SystemClock.monotonic() + arguments.wait;
    loop {
        match DatasetLock::acquire(layout.clone(), &holder) {
            Ok(lock) => return Ok(Some(lock)),
            Err(LockError::Held { .. }) if SystemClock.monotonic() < deadline => {}
            Err(error @ LockError::Held { .. }) => {
                return Err(CommandError { exit: Exit::Locked, message: error.to_string() });
            }
            Err(error) => return Err(CommandError::failed(error)),
        }
        tokio::select! {
            () = tokio::time::sleep(LOCK_LOOK) => {}
            Ok(()) = stop.changed() => return Ok(None),
        }
    }
}

fn identity(loaded: &Loaded) -> DatasetIdentity {
    let job = &loaded.job;
    DatasetIdentity {
        account_sid: loaded.account,
        base_url: loaded.origin.clone(),
        timezone: job.windows.timezone,
        every: job.windows.every.word().to_owned(),
        split: Split::from(&job.shape),
        remainder: job.remainder == crate::job::Remainder::Keep,
    }
}

/// The command that goes on with a run.
pub fn resume_command(job: &Path) -> String {
    format!("verify-rollup run {}", job.display())
}

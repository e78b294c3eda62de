//! `run JOB`: lock, take up or begin a run, ask, publish, say what happened.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::watch;

use super::adopt::{adopt, note_name, unproved};
use super::args::{JobArgs, RunArgs};
use super::context::Context;
use super::exit::{CommandError, Exit, chain};
use super::fail_point::Hooks;
use super::hold::{Held, only_while_held};
use super::load::{Access, Loaded};
use super::outcome::Outcome;
use super::repair::repair;
use super::setup::{self, origin, request, runtime, terms};
use super::signals::Signals;
use crate::clock::{Clock, SystemClock};
use crate::fetch::{BucketFile, Credentials, HttpApi, Limit, Limiter, RetryPolicy};
use crate::job::{Job, Listing};
use crate::ledger::{Company, EndOfRun, Inference, Ledger, LedgerOptions};
use crate::model::{Note, RunId, UnixMicros, UnixSeconds, Window};
use crate::planner::{Memory, Plan, Planner, SpotCheck};
use crate::progress::{Display, Progress};
use crate::run::{AbsentCounts, Deps, DriveFailure, Driven, Pace, RefusedCountries, Stop, drive};
use crate::simulator::{RunningServer, Server, Settings};
use crate::sink::atomic::StepHook;
use crate::sink::dataset::{
    Dataset, DatasetIdentity, DatasetLock, Holder, Layout, LockError, Loss, OpenError, Rewrite, Split,
};
use crate::state::StateDirectory;

/// Between two looks at a lock that another run holds.
const LOCK_LOOK: Duration = Duration::from_millis(100);

/// Executes a job.
pub fn run(asked: &RunArgs) -> Result<Exit, CommandError> {
    let arguments = &asked.job;
    let started = SystemClock.now();
    let started_monotonic = SystemClock.monotonic();
    let loaded = Loaded::new(arguments)?;
    let access = loaded.access()?;
    let as_of = UnixSeconds::from(arguments.as_of.unwrap_or(started));
    let mut context = Context { arguments, loaded: &loaded, run_id: None, as_of, started, started_monotonic };
    runtime()?.block_on(async {
        let signals = Signals::listen()?;
        let interrupted = || signals.received().unwrap_or(Exit::Interrupted);
        let deadline = SystemClock.monotonic() + arguments.wait;
        let Some(lock) = lock(&loaded.job, arguments, deadline, signals.stop.clone()).await? else {
            return Ok(interrupted());
        };
        let held = Held::wait(&loaded.state_dir, deadline, signals.stop.clone()).await.transpose();
        let done = match held.ok_or_else(interrupted) {
            Err(exit) => return Ok(exit),
            Ok(Err(error)) => Err(error),
            Ok(Ok(held)) => held.or_lost(execute(&mut context, access, lock, &held.state, asked, &signals).await),
        };
        let outcome = match done {
            Err(error) if error.exit == Exit::Failed => Outcome::failed(&context, error.message),
            outcome => outcome?,
        };
        outcome.print(&context)
    })
}

/// From the locked dataset to its publication. An error comes from before the first question.
async fn execute(
    context: &mut Context<'_>,
    access: Access,
    lock: DatasetLock,
    state: &StateDirectory,
    asked: &RunArgs,
    signals: &Signals,
) -> Result<Outcome, CommandError> {
    let Context { arguments, loaded, started, .. } = *context;
    let job = &loaded.job;
    let hooks = Hooks::from_environment().map_err(CommandError::usage)?;
    let without = super::without::rule().map_err(CommandError::usage)?;
    let mut dataset = open_dataset(lock, loaded, only_while_held(hooks.sink, state.clone()))?;
    let identity = setup::identity(job, arguments);
    let mut ledger = Ledger::begin_run_with(
        &loaded.state_dir,
        &origin(loaded),
        &request(loaded, arguments, &identity, started),
        LedgerOptions { unacknowledged: job.limits.concurrency, lock_wait: LedgerOptions::LOCK_WAIT },
        Company { hook: hooks.ledger, state: Some(state.clone()) },
    )
    .map_err(|error| CommandError::caused(&error))?;
    let begun = *ledger.run();
    if begun.taken_up {
        tracing::info!("taking up run {} of {}", begun.run_id, begun.as_of);
    }
    context.run_id = Some(begun.run_id);
    context.as_of = begun.as_of;
    let loss = if asked.accept_loss { Loss::Accepted } else { Loss::Told };
    let mut damage = repair(&mut dataset, &mut ledger, loaded, begun.run_id, loss)?;
    for message in &damage {
        tracing::error!("{message}");
    }
    let matrix = job.matrix(begun.as_of).map_err(CommandError::usage)?;
    let mut adopted_windows = 0;
    if !arguments.refresh {
        // A run that is taken up has seen to that, and published what it knows itself.
        if !begun.taken_up {
            adopted_windows = adopt(&dataset, &mut ledger, &matrix, job.source.interval)?;
        }
        damage.extend(unproved(&dataset, &ledger)?);
    }
    let terms =
        terms(job, begun.as_of.min(begun.started_at.floor_seconds()), begun.started_at.floor_seconds(), arguments);
    let archived = |window| dataset.stored().archived(window, matrix.shape());
    let mut planner = Plan::new(matrix.clone(), terms, archived);
    if let Some(range) = matrix.range() {
        ledger.recall_around(range);
    }
    if let Some(lately) = matrix.range().and_then(|range| lately(range, begun.as_of)) {
        let attempts = ledger.attempts_by_country(lately).map_err(|error| CommandError::caused(&error))?;
        planner = planner.expecting(&attempts);
    }
    if let Some(percent) = asked.spot_check {
        planner = planner.with_spot_check(SpotCheck { percent, seed: seed(begun.run_id) });
    }
    let memory = memory(&ledger, &dataset, adopted_windows, matrix.range())?;
    let zero_form = memory.notes.iter().find(|note| note.name == AbsentCounts::NOTE).map(|note| note.value);
    // A run that is taken up has its control from the ledger, which keeps no more of a body than its fields.
    let saw_zero =
        begun.taken_up && ledger.has_future_without_counts().map_err(|error| CommandError::caused(&error))?;
    let zero_form = if saw_zero { Some(AbsentCounts::EVERY_FORM) } else { zero_form };
    let terrain = Terrain {
        longest_window: matrix.longest_window(),
        absent_counts: zero_form.map_or_else(AbsentCounts::default, AbsentCounts::from_note),
    };
    planner = planner.remembering(memory).without_rule(without);
    let driven = ask(&mut planner, context, access, (&mut ledger, state), terrain, signals.stop.clone()).await;
    let conclusion = planner.conclude();
    if conclusion.spot_check.as_ref().is_some_and(|spot| spot.has_begun && spot.implied == 0) {
        tracing::info!("no cell is implied: there is nothing to spot-check");
    }
    let mut notes = conclusion.notes.clone();
    if let Ok(Ok(driven)) = &driven
        && let Some(value) = driven.absent_counts.note()
    {
        notes.push(Note { name: AbsentCounts::NOTE.to_owned(), value, seen_at: UnixMicros::from(SystemClock.now()) });
    }
    let rewrite = if asked.rewrite { Rewrite::All } else { Rewrite::Changed };
    let mut revoked_notes = conclusion.revoked_notes.clone();
    if arguments.refresh {
        revoked_notes.push(note_name(&dataset));
    }
    let mut outcome = match driven {
        Ok(driven) => Outcome::of(context, &matrix, driven, &conclusion, &mut dataset, rewrite, signals),
        Err(error) => Outcome::failed(context, error.message),
    };
    let inferences: Vec<_> =
        conclusion.inferences().map(|(slice, counts, asked_at)| Inference { slice, counts, asked_at }).collect();
    let kept = EndOfRun {
        end: outcome.run_end,
        inferences: &inferences,
        notes: &notes,
        forgotten_notes: &revoked_notes,
        proved: &conclusion.proved,
    };
    outcome.add_damage(damage, dataset.stored().lost_windows().map(|(window, _)| window));
    if let Err(error) = ledger.end_run(&kept, SystemClock.now()) {
        outcome.add_failure(chain(&error));
    }
    Ok(outcome)
}

/// What ledger and dataset remember of the account, as far as it matters to a range.
fn memory(
    ledger: &Ledger,
    dataset: &Dataset,
    adopted_windows: usize,
    range: Option<Window>,
) -> Result<Memory, CommandError> {
    let Some(range) = range else { return Ok(Memory::default()) };
    let before = Window::new(UnixSeconds(0), range.start());
    let has_attempts = |within| ledger.has_attempts(within).map_err(|error| CommandError::caused(&error));
    let mut published = dataset.stored().rows(Some(range));
    Ok(Memory {
        notes: ledger.notes().map_err(|error| CommandError::caused(&error))?,
        has_attempts_inside: published.any(|row| row.is_ok_and(|row| row.counts.attempts() > 0))
            || has_attempts(range)?,
        has_attempts_before: before.map_or(Ok(false), has_attempts)?,
        adopted_windows,
    })
}

/// What the loop needs to know of the job's windows and the account's zeros.
struct Terrain {
    longest_window: Option<Duration>,
    absent_counts: AbsentCounts,
}

/// What tells which countries to ask for first: the job's range, and one as long before and after it. Should another
/// job record answers before this one is taken up again, the order may change: some more questions are asked then, none
/// of them twice.
fn lately(range: Window, as_of: UnixSeconds) -> Option<Window> {
    let length = range.end().0 - range.start().0;
    Window::new(range.start().plus_seconds(-length), range.end().plus_seconds(length).min(as_of))
}

/// The random part of a run's identifier: a run that is taken up again draws the same sample.
fn seed(run_id: RunId) -> u64 {
    run_id.0.as_u64_pair().1
}

fn open_dataset(lock: DatasetLock, loaded: &Loaded, hook: StepHook) -> Result<Dataset, CommandError> {
    let dataset = Dataset::open(lock, identity(loaded), hook).map_err(|error| match error {
        OpenError::OtherIdentity { .. } => CommandError::usage(error),
        error => CommandError::caused(&error),
    })?;
    Ok(dataset)
}

/// Asks until the planner is done, under the job's limits.
async fn ask(
    planner: &mut impl Planner,
    context: &Context<'_>,
    access: Access,
    (ledger, state): (&mut Ledger, &StateDirectory),
    terrain: Terrain,
    stop: watch::Receiver<Stop>,
) -> Result<Result<Driven, DriveFailure>, CommandError> {
    let Context { arguments, loaded, as_of, .. } = *context;
    let job = &loaded.job;
    let limits = &job.limits;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (base_url, credentials, simulator) = match access {
        Access::Http { base_url, credentials } => (base_url, credentials, None),
        Access::Simulator => simulated_account(job, loaded, Arc::clone(&clock)).await?,
    };
    let concurrency = NonZeroU32::try_from(limits.concurrency).unwrap_or(NonZeroU32::MAX);
    let api = HttpApi::new(&base_url, job.source.interval, &credentials, limits.timeout, concurrency)
        .map_err(|error| CommandError::caused(&error))?;
    let mut limiter = limiter(loaded, state, Arc::clone(&clock))?;
    let display = if arguments.log.quiet { Display::Silent } else { Display::Automatic };
    let mut progress = Progress::new(display, limits.requests_per_minute.map(NonZeroU32::get));
    let mut jitter = fastrand::f64;
    let deps =
        Deps { api: Arc::new(api), ledger, limiter: &mut limiter, clock, observer: &mut progress, jitter: &mut jitter };
    let retry = RetryPolicy { max_tries: limits.max_tries.get(), retry_for: limits.retry_for };
    let refused_countries = match job.countries {
        Listing::All => RefusedCountries::Expected,
        Listing::Listed | Listing::Unsplit => RefusedCountries::Fail,
    };
    let Terrain { longest_window, absent_counts } = terrain;
    let pace = Pace { concurrency, retry, as_of, refused_countries, longest_window, absent_counts };
    let driven = drive(planner, deps, pace, stop).await;
    if let Some(server) = simulator {
        server.stop().await;
    }
    Ok(driven)
}

/// The limiter of the job's account, shared with every process that asks it.
pub fn limiter(loaded: &Loaded, state: &StateDirectory, clock: Arc<dyn Clock>) -> Result<Limiter, CommandError> {
    let limits = &loaded.job.limits;
    let Some(per_minute) = limits.requests_per_minute else { return Ok(Limiter::unlimited(clock).within(state)) };
    let file = BucketFile::open(state, loaded.account, &loaded.origin).map_err(|error| CommandError::caused(&error))?;
    Ok(Limiter::shared(file, Limit::new(per_minute, limits.burst, limits.timeout), clock).within(state))
}

/// Starts the embedded account: real HTTP on loopback, enforcing the job's own limit.
pub async fn simulated_account(
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

/// Takes the dataset's lock, waiting until a monotonic time; `None` when a signal came first.
async fn lock(
    job: &Job,
    arguments: &JobArgs,
    deadline: Duration,
    mut stop: watch::Receiver<Stop>,
) -> Result<Option<DatasetLock>, CommandError> {
    let layout = Layout::new(&job.output.directory, job.name.as_str());
    let now = SystemClock.now();
    let holder = Holder {
        pid: std::process::id(),
        since: UnixSeconds::from(now),
        command: format!("run {}", arguments.job.display()),
    };
    let mut named = String::new();
    loop {
        match DatasetLock::acquire(layout.clone(), &holder) {
            Ok(lock) => return Ok(Some(lock)),
            Err(LockError::Held { holder, .. }) if SystemClock.monotonic() < deadline => {
                if holder != named {
                    tracing::info!("waiting for {holder}, which holds the dataset");
                    named = holder;
                }
            }
            Err(error @ LockError::Held { .. }) => {
                return Err(CommandError { exit: Exit::Locked, message: error.to_string() });
            }
            Err(error) => return Err(CommandError::caused(&error)),
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

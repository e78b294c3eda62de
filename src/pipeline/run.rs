//! One run: lock, take up or begin it, ask, publish.

use std::num::NonZeroU32;
use std::sync::Arc;

use tokio::sync::watch;

use super::account::{Access, Limiters, simulated_account};
use super::adopt::{adopt, note_name, unproved};
use super::attention::{self, Told};
use super::context::Context;
use super::failure::{Cause, Failure, chain};
use super::forecast::Forecast;
use super::hold::{HeldState, only_while_held};
use super::hooks::Hooks;
use super::lock;
use super::memory::memory;
use super::message::PipelineMessage;
use super::mirror;
use super::order::Order;
use super::outcome::RunOutcome;
use super::postgres;
use super::repair::repair;
use super::setup::{self, origin, request, terms};
use crate::clock::{Clock, SystemClock};
use crate::fetch::{HttpApi, RetryPolicy};
use crate::ledger::{EndOfRun, Inference, Ledger, LedgerOptions};
use crate::message::tell;
use crate::model::{Listing, Matrix, Note, RunId, Split, UnixMicros, UnixSeconds, Window};
use crate::planner::{Conclusion, Freshness, Plan, Planner, SpotCheck};
use crate::postgres::Absence;
use crate::run::{
    AbsentCounts, Deps, DriveFailure, Driven, Event, ListDeps, Observer, Pace, RefusedCountries, Stop, drive,
};
use crate::sink::dataset::{Dataset, DatasetLock};
use crate::state::State;

/// Runs a job. `None`: a signal came while it waited for others, before it began.
///
/// # Errors
/// The job's mistake, or who holds what it needs; whatever goes wrong later is told by the outcome.
pub async fn run(
    order: &Order,
    access: Access,
    hooks: Hooks,
    observer: &mut dyn Observer,
    stop: watch::Receiver<Stop>,
) -> Result<Option<RunOutcome>, Failure> {
    let started = SystemClock.now();
    let started_monotonic = SystemClock.monotonic();
    let as_of = order.options.as_of.unwrap_or_else(|| started.into());
    let mut context = Context { order, run_id: None, as_of, started, started_monotonic };
    let deadline = SystemClock.monotonic() + order.options.wait;
    order.make_room()?;
    let Some(lock) = lock::lock(order, deadline, stop.clone()).await? else { return Ok(None) };
    let done = match HeldState::wait(order, hooks.holder.clone(), deadline, stop.clone()).await {
        Err(error) => Err(error),
        Ok(None) => return Ok(None),
        Ok(Some(held)) => held.or_lost(execute(&mut context, access, hooks, lock, &held.state, observer, stop).await),
    };
    let outcome = match done {
        Err(error) if error.cause == Cause::Failed => RunOutcome::failed(&context, error.message),
        outcome => outcome?,
    };
    Ok(Some(outcome.timed(&context)))
}

/// From the locked dataset to its publication. An error comes from before the first question, or from a ledger that can
/// be read no more: the run stays open then, and is taken up again.
async fn execute(
    context: &mut Context<'_>,
    access: Access,
    hooks: Hooks,
    lock: DatasetLock,
    state: &State,
    observer: &mut dyn Observer,
    stop: watch::Receiver<Stop>,
) -> Result<RunOutcome, Failure> {
    let Context { order, started, .. } = *context;
    let Order { job, options, .. } = order;
    if postgres::check(order, stop.clone()).await?.is_none() {
        return Ok(RunOutcome::stopped(context));
    }
    let Some(mirror) = mirror::pull(order, stop.clone()).await? else { return Ok(RunOutcome::stopped(context)) };
    let mut dataset = lock::open(lock, order, only_while_held(hooks.sink, state.clone()))?;
    let identity = setup::identity(order);
    let mut ledger = Ledger::begin_run_in(
        state,
        &origin(order),
        &request(order, &identity, started),
        LedgerOptions { unacknowledged: job.limits.concurrency, lock_wait: LedgerOptions::LOCK_WAIT },
        hooks.ledger,
    )
    .map_err(|error| Failure::caused(&error))?;
    let begun = *ledger.run();
    observer.on(&Event::Began { run_id: begun.run_id, as_of: begun.as_of, taken_up: begun.taken_up });
    context.run_id = Some(begun.run_id);
    context.as_of = begun.as_of;
    let published_before = published_at(&dataset);
    let mut damage = repair(&mut dataset, &mut ledger, order, begun.run_id, options.loss)?;
    for damage in &damage {
        tell(&PipelineMessage::DatasetDamaged { damage: damage.clone() });
    }
    let matrix = job.matrix(begun.as_of).map_err(Failure::usage)?;
    ledger.split_by(Split::of(matrix.shape()));
    let mut adopted_windows = 0;
    if options.freshness == Freshness::Reuse {
        // A run that is taken up has seen to that, and published what it knows itself.
        if !begun.taken_up {
            adopted_windows = adopt(&dataset, &mut ledger, &matrix, job.source.interval)?;
        }
        damage.extend(unproved(&dataset, &ledger)?);
    }
    let start = begun.started_at.floor_seconds();
    let terms = terms(order, begun.as_of.min(start), start);
    let archived = |window| dataset.stored().archived(window, matrix.shape());
    if let Some(range) = matrix.range() {
        ledger.recall_around(range);
    }
    if let Some(expected) = Forecast::for_progress(job, &matrix, &terms, begun.as_of, &mut ledger) {
        observer.on(&Event::Foreseen(expected));
    }
    let mut planner = Plan::new(matrix.clone(), terms, archived);
    if let Some(lately) = matrix.range().and_then(|range| lately(range, begun.as_of)) {
        let attempts = ledger.attempts_by_country(lately).map_err(|error| Failure::caused(&error))?;
        planner = planner.expecting(&attempts);
    }
    if let Some(percent) = options.spot_check {
        planner = planner.with_spot_check(SpotCheck { percent, seed: seed(begun.run_id) });
    }
    let memory = memory(&ledger, &dataset, adopted_windows, matrix.range())?;
    let told = Told::among(&memory.notes, job.name.as_str(), published_before);
    let terrain = Terrain { matrix: &matrix, absent_counts: absent_counts(&memory.notes, &ledger)? };
    planner = planner.remembering(memory).without_rule(hooks.without);
    let driven = ask(&mut planner, context, access, (&mut ledger, state), terrain, observer, stop.clone()).await;
    let mut conclusion = planner.conclude();
    let inferences = price(&mut conclusion, &mut ledger, begun.as_of)?;
    if conclusion.spot_check.as_ref().is_some_and(|spot| spot.has_begun && spot.implied == 0) {
        tell(&PipelineMessage::NothingImplied {});
    }
    let mut notes = conclusion.notes.clone();
    notes.extend(driven.as_ref().ok().and_then(zero_form_seen));
    let mut revoked_notes = conclusion.revoked_notes.clone();
    if options.freshness == Freshness::Refresh {
        revoked_notes.push(note_name(&dataset));
    }
    let mut outcome = match driven {
        Ok(driven) => RunOutcome::of(context, &matrix, driven, &conclusion, &mut dataset),
        Err(error) => RunOutcome::failed(context, error.message),
    };
    let flagged = told.add_new(context, published_at(&dataset), &mut outcome);
    outcome.add_damage(damage, dataset.stored().lost_windows().map(|(window, _)| window));
    if let Some(mirror) = mirror {
        mirror.push((order, state), matrix.windows(), &mut outcome, stop.clone()).await;
    }
    if attention::is_worth_keeping(&outcome) {
        notes.extend(flagged);
        revoked_notes.extend(told.forgotten(begun.as_of));
    }
    let kept = EndOfRun {
        end: outcome.run_end,
        inferences: &inferences,
        notes: &notes,
        forgotten_notes: &revoked_notes,
        proved: &conclusion.proved,
        confirmed: &conclusion.confirmed,
    };
    end(ledger, &kept, &mut outcome, &stop);
    // A late one must not bring its table back over another's.
    if state.stands_now().is_ok() {
        postgres::load(order, dataset.stored(), &mut outcome, stop).await;
    }
    Ok(outcome)
}

/// Keeps what is kept of the run. Who was told to stop waits for no server: the run stays open then.
fn end(ledger: Ledger, kept: &EndOfRun<'_>, outcome: &mut RunOutcome, stop: &watch::Receiver<Stop>) {
    match ledger.end_run(kept, SystemClock.now()) {
        Ok(()) => {}
        Err(error) if error.comes_of_absence() && *stop.borrow() != Stop::Go => outcome.add_stop(),
        Err(error) => outcome.add_failure(chain(&error)),
    }
}

/// Which forms of zero are known: a run that is taken up has its control from the ledger, which keeps no more of a body
/// than its fields.
fn absent_counts(notes: &[Note], ledger: &Ledger) -> Result<AbsentCounts, Failure> {
    if ledger.run().taken_up && ledger.has_future_without_counts().map_err(|error| Failure::caused(&error))? {
        return Ok(AbsentCounts::from_note(AbsentCounts::EVERY_FORM));
    }
    let known = notes.iter().find(|note| note.name == AbsentCounts::NOTE);
    Ok(known.map_or_else(AbsentCounts::default, |note| AbsentCounts::from_note(note.value)))
}

/// Which form of zero a run met, if it did.
fn zero_form_seen(driven: &Result<Driven, DriveFailure>) -> Option<Note> {
    let value = driven.as_ref().ok()?.absent_counts.note()?;
    Some(Note { name: AbsentCounts::NOTE.to_owned(), value, seen_at: UnixMicros::from(SystemClock.now()) })
}

fn published_at(dataset: &Dataset) -> Option<UnixSeconds> {
    dataset.stored().manifest().map(|manifest| manifest.run.published_at)
}

/// Gives what was asked or inferred the cost that the ledger knows; what was inferred is kept as it was.
fn price(conclusion: &mut Conclusion, ledger: &mut Ledger, as_of: UnixSeconds) -> Result<Vec<Inference>, Failure> {
    let inference = |(slice, counts, asked_at)| Inference { slice, counts, asked_at };
    let inferences = conclusion.inferences().map(inference).collect();
    let priced = conclusion.price(as_of, |slice, answer| ledger.listed_as(slice, answer));
    priced.map_err(|error| Failure::caused(&error))?;
    Ok(inferences)
}

/// What the loop needs to know of the job's cells and the account's zeros.
struct Terrain<'a> {
    matrix: &'a Matrix,
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

/// Asks until the planner is done, under the job's limits.
async fn ask(
    planner: &mut impl Planner,
    context: &Context<'_>,
    access: Access,
    (ledger, state): (&mut Ledger, &State),
    Terrain { matrix, absent_counts }: Terrain<'_>,
    observer: &mut dyn Observer,
    stop: watch::Receiver<Stop>,
) -> Result<Result<Driven, DriveFailure>, Failure> {
    let Context { order, as_of, .. } = *context;
    let job = &order.job;
    let limits = &job.limits;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (base_url, credentials, simulator) = match access {
        Access::Http { base_url, credentials } => (base_url, credentials, None),
        Access::Simulator => simulated_account(order, Arc::clone(&clock)).await?,
    };
    let concurrency = NonZeroU32::try_from(limits.concurrency).unwrap_or(NonZeroU32::MAX);
    let api = HttpApi::new(&base_url, job.source.interval, &credentials, limits.timeout, concurrency)
        .map_err(|error| Failure::caused(&error))?;
    let mut limiters = Limiters::shared(order, state, &clock)?;
    let prefixes = matrix.shape().prefixes.as_deref().unwrap_or_default();
    let list = ListDeps { limiter: limiters.list.as_mut(), windows: matrix.windows(), prefixes };
    let mut jitter = fastrand::f64;
    let deps =
        Deps { api: Arc::new(api), ledger, limiter: &mut limiters.account, list, clock, observer, jitter: &mut jitter };
    let retry = RetryPolicy { max_tries: limits.max_tries.get(), retry_for: limits.retry_for };
    let refused_countries = match job.countries {
        Listing::Every => RefusedCountries::Expected,
        Listing::Listed | Listing::Unsplit => RefusedCountries::Fail,
    };
    let longest_window = matrix.longest_window();
    let pace = Pace { concurrency, retry, as_of, refused_countries, longest_window, absent_counts };
    let driven = drive(planner, deps, pace, stop).await;
    if let Some(server) = simulator {
        server.stop().await;
    }
    Ok(driven)
}

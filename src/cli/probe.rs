//! `probe JOB`: asks the account how it behaves, and says what the job file should say of it. Nothing is written but
//! the bucket that all processes of the account share.

mod advice;
mod record;
mod report;
mod text;

use std::num::NonZeroU32;
use std::sync::Arc;

use super::args::ProbeArgs;
use super::exit::{CommandError, Exit};
use super::hooks::hooks;
use super::load::Loaded;
use super::output::{print_json, say};
use super::signals::{Signals, runtime};
use crate::clock::{Clock, SystemClock};
use crate::fetch::{HttpApi, Limiter, RetryPolicy};
use crate::model::{FailureKind, UnixSeconds, Window};
use crate::pipeline::{Access, HeldState, Order, hopeless, limiter, simulated_account};
use crate::probe::{Probe, Reply, Terms, Topic};
use crate::run::{Asked, Asker, GiveUp, Notice, Tally};
use advice::Advice;
use report::Report;

/// Probes the account of a job.
pub fn probe(arguments: &ProbeArgs) -> Result<Exit, CommandError> {
    let loaded = Loaded::for_probe(arguments)?;
    let access = loaded.access()?;
    let Loaded { order, .. } = loaded;
    let as_of = UnixSeconds::from(SystemClock.now());
    let (start, end) = order.job.windows.bounds(as_of);
    let mut probe = Probe::new(Terms { as_of, range: Window::new(start, end), shape: order.job.shape.clone() });
    let (tally, ended) = runtime()?.block_on(async {
        let signals = Signals::listen()?;
        let (tally, ended) = ask(&mut probe, &order, access, &signals).await?;
        Ok::<_, CommandError>((tally, ended.ok_or_else(|| signals.received().unwrap_or(Exit::Interrupted))))
    })?;
    let ended = match ended {
        Ok(ProbeEnd::Finished) => None,
        Ok(ProbeEnd::GaveUp(give_up)) => Some(give_up),
        Err(exit) => {
            let requests = if tally.sent == 1 { "request" } else { "requests" };
            tracing::info!("stopped after {} {requests}; nothing was written", tally.sent);
            return Ok(exit);
        }
    };
    if let Some(give_up) = ended.as_ref().filter(|give_up| give_up.end.is_hopeless()) {
        return Err(CommandError::failed(hopeless(give_up, &order)));
    }
    let findings = probe.conclude();
    let advice = Advice::new(&order.job, &findings);
    let report = Report { order: &order, as_of, findings, advice, tally, ended };
    if arguments.json {
        print_json(&record::render(&report)?)?;
    } else {
        say(&text::render(&report))?;
    }
    Ok(if report.findings.failures.is_empty() && report.ended.is_none() { Exit::Success } else { Exit::Partial })
}

enum ProbeEnd {
    Finished,
    GaveUp(GiveUp),
}

/// Asks one question after the other; `None` when a signal came first.
async fn ask(
    probe: &mut Probe,
    order: &Order,
    access: Access,
    signals: &Signals,
) -> Result<(Tally, Option<ProbeEnd>), CommandError> {
    let limits = &order.job.limits;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    // Without a limit there is no bucket to share, and nothing is written at all.
    let held = if limits.requests_per_minute.is_some() {
        Some(HeldState::take(&order.state_dir, hooks()?.machine)?)
    } else {
        None
    };
    let mut limiter = match &held {
        Some(held) => limiter(order, &held.state, Arc::clone(&clock))?,
        None => Limiter::unlimited(Arc::clone(&clock)),
    };
    let (base_url, credentials, simulator) = match access {
        Access::Http { base_url, credentials } => (base_url, credentials, None),
        Access::Simulator => simulated_account(order, Arc::clone(&clock)).await?,
    };
    let api = HttpApi::new(&base_url, order.job.source.interval, &credentials, limits.timeout, NonZeroU32::MIN)
        .map_err(|error| CommandError::caused(&error))?;
    let retry = RetryPolicy { max_tries: limits.max_tries.get(), retry_for: limits.retry_for };
    let (mut jitter, mut tell) = (fastrand::f64, tell);
    let mut asker = Asker::new(api, &mut limiter, clock, retry, signals.stop.clone(), &mut jitter, &mut tell);
    let ended = ask_all(probe, &mut asker).await.map_err(|error| CommandError::caused(&error));
    let tally = asker.tally();
    if let Some(server) = simulator {
        server.stop().await;
    }
    if let (Err(_), Some(held)) = (&ended, &held) {
        held.still_ours()?;
    }
    Ok((tally, ended?))
}

async fn ask_all(
    probe: &mut Probe,
    asker: &mut Asker<'_, HttpApi>,
) -> Result<Option<ProbeEnd>, crate::fetch::BucketFileError> {
    let mut told = Vec::new();
    while let Some((question, about)) = probe.next() {
        if !told.contains(&about) {
            told.push(about);
            tracing::info!(
                "{}",
                match about {
                    Topic::Filters => "asking which parameters are heeded",
                    Topic::History => "asking how far back there are attempts",
                    Topic::Ends => "asking how bounds are treated",
                }
            );
        }
        let reply = match asker.ask(question).await? {
            Asked::Answered(counts) => {
                tracing::debug!("{question}: {} attempts", counts.attempts());
                Reply::Counted(counts.attempts())
            }
            Asked::Failed(failure) if failure.kind == FailureKind::Refused => {
                tracing::debug!("{question}: refused, {}", failure.message);
                Reply::Refused(failure.message)
            }
            Asked::Failed(failure) => {
                tracing::warn!("{question}: {}", failure.message);
                Reply::Failed(failure.message)
            }
            Asked::Stopped => return Ok(None),
            Asked::GaveUp(give_up) => return Ok(Some(ProbeEnd::GaveUp(give_up))),
        };
        probe.learn(question, reply);
    }
    Ok(Some(ProbeEnd::Finished))
}

fn tell(notice: Notice<'_>) {
    match notice {
        Notice::Waiting(wait) => tracing::info!("waiting {} s for the rate limit", wait.as_secs()),
        Notice::BucketLost(lost) => tracing::warn!("{lost}"),
        Notice::Throttled(pause) => {
            tracing::warn!("the API answers 429 (too many requests): waiting {} s", pause.as_secs());
        }
        Notice::Retrying { question, reason, wait } => {
            tracing::info!("{question}: {reason}; again in {:.1} s", wait.as_secs_f64());
        }
    }
}

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
use super::message::{CommandMessage, ProbeTopic};
use super::output::{print_json, say};
use super::signals::{Signals, runtime};
use crate::clock::{Clock, SystemClock};
use crate::fetch::{HttpApi, Limiter, RetryPolicy};
use crate::message::{Level, tell, tell_at};
use crate::model::{ApiFailure, FailureKind, UnixSeconds, Window};
use crate::pipeline::{Access, HeldState, Order, hopeless, limiter, simulated_account};
use crate::probe::{Probe, Reply, Terms, Topic};
use crate::progress::ProgressMessage;
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
            tell(&CommandMessage::ProbeStopped { requests: tally.sent });
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
    let (mut jitter, mut watcher) = (fastrand::f64, tell_of);
    let mut asker = Asker::new(api, &mut limiter, clock, retry, signals.stop.clone(), &mut jitter, &mut watcher);
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
            tell(&CommandMessage::ProbeAsks {
                about: match about {
                    Topic::Filters => ProbeTopic::Filters,
                    Topic::History => ProbeTopic::History,
                    Topic::Ends => ProbeTopic::Ends,
                },
            });
        }
        let words = question.to_string();
        let reply = match asker.ask(question).await? {
            Asked::Answered(counts) => {
                tell(&CommandMessage::ProbeAnswered { question: words, attempts: counts.attempts() });
                Reply::Counted(counts.attempts())
            }
            Asked::Failed(ApiFailure { kind: FailureKind::Refused, message }) => {
                tell(&CommandMessage::ProbeRefused { question: words, cause: message.clone() });
                Reply::Refused(message)
            }
            Asked::Failed(ApiFailure { message, .. }) => {
                tell(&CommandMessage::ProbeFailed { question: words, cause: message.clone() });
                Reply::Failed(message)
            }
            Asked::Stopped => return Ok(None),
            Asked::GaveUp(give_up) => return Ok(Some(ProbeEnd::GaveUp(give_up))),
        };
        probe.learn(question, reply);
    }
    Ok(Some(ProbeEnd::Finished))
}

fn tell_of(notice: Notice<'_>) {
    match notice {
        Notice::Waiting(wait) => tell(&CommandMessage::LimitAwaited { seconds: wait.as_secs_f64() }),
        Notice::BucketLost(lost) => tell(&ProgressMessage::BucketLost { cause: lost.to_string() }),
        Notice::Throttled(pause) => tell(&ProgressMessage::Throttled { seconds: pause.as_secs_f64() }),
        Notice::Retrying { question, reason, wait } => {
            let (question, cause) = (question.to_owned(), reason.to_owned());
            // A probe asks one question at a time: who waits for it wants to know why.
            tell_at(Level::INFO, &ProgressMessage::Retrying { question, cause, seconds: wait.as_secs_f64() });
        }
    }
}

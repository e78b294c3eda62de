//! One question after the other, with whoever the job asks: what `probe` and `investigate` share. Nothing is written but
//! the bucket that all processes of the account share.

use std::num::NonZeroU32;
use std::sync::Arc;

use super::exit::{CommandError, Exit};
use super::hooks::hooks;
use super::message::CommandMessage;
use super::signals::{Signals, runtime};
use crate::clock::{Clock, SystemClock};
use crate::fetch::{BucketError, HttpApi, RetryPolicy};
use crate::message::{Level, tell, tell_at};
use crate::pipeline::{Access, HeldState, Limiters, Order, hopeless, simulated_account};
use crate::progress::ProgressMessage;
use crate::run::{Asker, GiveUp, Notice, Tally};

/// How one step of a conversation ended early.
pub enum Break {
    /// A stop signal came.
    Stopped,
    /// No further question makes sense.
    GaveUp(GiveUp),
    /// The bucket cannot be used.
    Bucket(BucketError),
}

impl From<BucketError> for Break {
    fn from(error: BucketError) -> Self {
        Self::Bucket(error)
    }
}

/// What was asked in all.
pub struct Conversation<T> {
    /// What came of it; `Err`: the exit code of the signal that stopped it.
    pub ended: Result<(T, Option<GiveUp>), Exit>,
    /// The requests.
    pub tally: Tally,
}

/// Asks the account of an order until `talk` has what it wants. What `talk` learns is kept in `state`, also when it ends
/// early.
///
/// # Errors
/// If nobody can be asked at all: no state directory, no bucket, no connection that is allowed, credentials refused.
pub fn converse<T>(
    order: &Order,
    access: Access,
    mut state: T,
    talk: impl AsyncFnOnce(&mut Asker<'_, HttpApi>, &mut T) -> Result<(), Break>,
) -> Result<Conversation<T>, CommandError> {
    let (tally, broken, received) = runtime()?.block_on(async {
        let signals = Signals::listen()?;
        let (tally, broken) = ask(order, access, &signals, &mut state, talk).await?;
        Ok::<_, CommandError>((tally, broken, signals.received()))
    })?;
    let ended = match broken {
        Ok(()) => Ok((state, None)),
        Err(Break::GaveUp(give_up)) if give_up.end.is_hopeless() => {
            return Err(CommandError::failed(hopeless(&give_up, order)));
        }
        Err(Break::GaveUp(give_up)) => Ok((state, Some(give_up))),
        Err(Break::Bucket(error)) => return Err(CommandError::caused(&error)),
        Err(Break::Stopped) => {
            tell(&CommandMessage::ProbeStopped { requests: tally.sent });
            Err(received.unwrap_or(Exit::Interrupted))
        }
    };
    Ok(Conversation { ended, tally })
}

async fn ask<T>(
    order: &Order,
    access: Access,
    signals: &Signals,
    state: &mut T,
    talk: impl AsyncFnOnce(&mut Asker<'_, HttpApi>, &mut T) -> Result<(), Break>,
) -> Result<(Tally, Result<(), Break>), CommandError> {
    let limits = &order.job.limits;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    // Without a limit there is no bucket to share, and nothing is written at all.
    let held = if limits.requests_per_minute.is_some() {
        Some(HeldState::to_ask(order, hooks()?.holder, signals.stop.clone())?)
    } else {
        None
    };
    let mut limiters = match &held {
        Some(held) => Limiters::shared(order, &held.state, &clock)?,
        None => Limiters::none(Arc::clone(&clock)),
    };
    let (base_url, credentials, simulator) = match access {
        Access::Http { base_url, credentials } => (base_url, credentials, None),
        Access::Simulator => simulated_account(order, Arc::clone(&clock)).await?,
    };
    let api = HttpApi::new(&base_url, order.job.source.interval, &credentials, limits.timeout, NonZeroU32::MIN)
        .map_err(|error| CommandError::caused(&error))?;
    let retry = RetryPolicy { max_tries: limits.max_tries.get(), retry_for: limits.retry_for };
    let (mut jitter, mut watcher) = (fastrand::f64, tell_of);
    let stop = signals.stop.clone();
    let mut asker = Asker::new(api, &mut limiters.account, clock, retry, stop, &mut jitter, &mut watcher)
        .with_list_limit(limiters.list.as_mut());
    let talked = talk(&mut asker, state).await;
    let tally = asker.tally();
    if let Some(server) = simulator {
        server.stop().await;
    }
    if let (Err(Break::Bucket(_)), Some(held)) = (&talked, &held) {
        held.still_ours()?;
    }
    Ok((tally, talked))
}

fn tell_of(notice: Notice<'_>) {
    match notice {
        Notice::Waiting(wait) => tell(&CommandMessage::LimitAwaited { seconds: wait.as_secs_f64() }),
        Notice::BucketLost(lost) => tell(&ProgressMessage::BucketLost { cause: lost.to_string() }),
        Notice::Throttled(pause) => tell(&ProgressMessage::Throttled { seconds: pause.as_secs_f64() }),
        Notice::Retrying { question, reason, wait } => {
            let (question, cause) = (question.to_owned(), reason.to_owned());
            // One question at a time: who waits for it wants to know why.
            tell_at(Level::INFO, &ProgressMessage::Retrying { question, cause, seconds: wait.as_secs_f64() });
        }
    }
}

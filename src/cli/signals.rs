//! SIGINT, SIGTERM and time that is up: the first of them asks the run to stop in order, a signal after it to leave at once.

use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use rustix::process::Signal;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::exit::{CommandError, Exit};
use super::message::{AfterSignal, CommandMessage};
use crate::message::tell;
use crate::run::Stop;

/// Hands the run its stop requests, and tells afterwards what came first.
pub struct Signals {
    /// For the loop.
    pub stop: watch::Receiver<Stop>,
    first: Arc<OnceLock<Exit>>,
    /// Where signals are met, also while the loop stands still for a database.
    _thread: Background,
}

/// `None` while it is being dropped.
struct Background(Option<Runtime>);

impl Signals {
    /// Starts listening.
    pub fn listen() -> Result<Self, CommandError> {
        Self::listen_for(None)
    }

    /// The same for no longer than `most`, after which a run is stopped as by a signal.
    pub fn listen_for(most: Option<Duration>) -> Result<Self, CommandError> {
        let cannot = |error: std::io::Error| CommandError::failed(format!("cannot listen for signals: {error}"));
        let thread = Builder::new_multi_thread().worker_threads(1).thread_name("signals").enable_all().build();
        let thread = thread.map_err(cannot)?;
        let entered = thread.enter();
        let mut interrupt = signal(SignalKind::interrupt()).map_err(cannot)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(cannot)?;
        // A limit on the size of files would end the process without a word; caught, the write fails and says why.
        drop(signal(SignalKind::from_raw(Signal::XFSZ.as_raw())).map_err(cannot)?);
        let (sender, stop) = watch::channel(Stop::Go);
        let first = Arc::new(OnceLock::new());
        let noted = Arc::clone(&first);
        thread.spawn(async move {
            let mut level = Stop::Drain;
            let mut time_is_up = std::pin::pin!(passed(most));
            loop {
                let (exit, signal) = tokio::select! {
                    Some(()) = interrupt.recv() => (Exit::Interrupted, Some("SIGINT")),
                    Some(()) = terminate.recv() => (Exit::Terminated, Some("SIGTERM")),
                    seconds = &mut time_is_up, if level == Stop::Drain => {
                        tell(&CommandMessage::TimeIsUp { seconds });
                        (Exit::Partial, None)
                    }
                    else => return,
                };
                noted.get_or_init(|| exit);
                let then = if level == Stop::Drain { AfterSignal::Drain } else { AfterSignal::Abort };
                if let Some(signal) = signal {
                    tell(&CommandMessage::Signal { signal, then });
                }
                if sender.send(level).is_err() {
                    return;
                }
                level = Stop::Abort;
            }
        });
        drop(entered);
        Ok(Self { stop, first, _thread: Background(Some(thread)) })
    }

    /// The exit code of what came first.
    pub fn received(&self) -> Option<Exit> {
        self.first.get().copied()
    }
}

/// A runtime may not be waited for within another.
impl Drop for Background {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            thread.shutdown_background();
        }
    }
}

/// Waits so long, if there is an end to it, and says for how many seconds that was.
async fn passed(most: Option<Duration>) -> u64 {
    match most {
        Some(most) => tokio::time::sleep(most).await,
        None => std::future::pending().await,
    }
    most.unwrap_or_default().as_secs()
}

/// Loop and requests share one thread: handing each answer to another one costs more than it saves (a third of the
/// requests per second). The ledger writes on a thread of its own.
pub fn runtime() -> Result<Runtime, CommandError> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CommandError::failed(format!("cannot start threads: {error}")))
}

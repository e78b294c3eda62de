//! The thread that shows other machines that this one is there.

use std::io;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::StateDirectory;

/// Beats until it is dropped, or the directory is lost; whoever uses the directory finds that out by itself.
#[derive(Debug)]
pub struct Heartbeat {
    /// Dropped to end the thread.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Heartbeat {
    /// Beats once in `every`.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub fn start(directory: StateDirectory, every: Duration) -> io::Result<Self> {
        Self::of(every, move || directory.beat())
    }

    /// Beats once in `every`, by other means.
    pub(super) fn of<T>(every: Duration, beat: impl Fn() -> Result<(), T> + Send + 'static) -> io::Result<Self> {
        let (stop, stopped) = channel::<()>();
        let thread = thread::Builder::new().name("heartbeat".to_owned()).spawn(move || {
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                // What refuses now may not do so in a while, and there are several beats to a silence. What is lost is
                // found out by whoever uses it.
                let _ = beat();
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        drop(self.stop.take());
        // A thread that panicked has nothing left to do.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

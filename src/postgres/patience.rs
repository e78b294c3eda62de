//! How long a server that is away is waited for: a step is tried again until it is there, time is up, or nobody wants to
//! wait any more.

use std::fmt;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::error::PostgresError;
use super::message::PostgresMessage;
use crate::clock::{Clock, SystemClock};
use crate::message::tell;

/// Between the first two tries; then twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Between two tries at most, so that a stop signal is heeded soon.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// An error that may be a server's absence.
pub trait Absence {
    /// What tells that the server, or the way to it, is away and may come back.
    fn absence(&self) -> Option<&PostgresError>;

    /// Whether it is that, or its consequence.
    fn comes_of_absence(&self) -> bool {
        self.absence().is_some()
    }
}

impl Absence for PostgresError {
    fn absence(&self) -> Option<&PostgresError> {
        self.is_absence().then_some(self)
    }
}

/// How long a server is waited for, and whether anybody still wants to.
#[derive(Clone)]
pub struct Patience {
    most: Duration,
    goes_on: Arc<dyn Fn() -> bool + Send + Sync>,
}

impl Patience {
    /// As long as `goes_on` says, and never longer than `most` at a time.
    #[must_use]
    pub fn new(most: Duration, goes_on: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self { most, goes_on: Arc::new(goes_on) }
    }

    /// Not at all.
    #[must_use]
    pub fn none() -> Self {
        Self::new(Duration::ZERO, || true)
    }

    /// The same for no longer than `most`.
    #[must_use]
    pub fn within(&self, most: Duration) -> Self {
        Self { most: self.most.min(most), ..self.clone() }
    }

    /// How long at most.
    #[must_use]
    pub const fn most(&self) -> Duration {
        self.most
    }

    /// Whether anybody still wants to wait.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        (self.goes_on)()
    }

    /// Whether waiting for what has been away since a monotonic time still makes sense.
    #[must_use]
    pub fn lasts(&self, since: Duration) -> bool {
        self.goes_on() && SystemClock.monotonic().saturating_sub(since) < self.most
    }

    /// Takes a step again for as long as the server is away, and says so once.
    pub fn wait<T, E: Absence>(&self, mut step: impl FnMut() -> Result<T, E>) -> Result<T, E> {
        let began = SystemClock.monotonic();
        let mut pause = FIRST_PAUSE;
        let mut told = None;
        loop {
            let error = match step() {
                Err(error) if self.lasts(began) => error,
                done => {
                    if let (Ok(_), Some(server)) = (&done, told) {
                        let seconds = SystemClock.monotonic().saturating_sub(began).as_secs_f64();
                        tell(&PostgresMessage::ServerBack { server, seconds });
                    }
                    return done;
                }
            };
            match error.absence() {
                Some(cause) if told.is_none() => told = Some(tell_absence(cause, self.most)),
                Some(_) => {}
                None => return Err(error),
            }
            thread::sleep(pause);
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }
}

/// Says that a server is away and waited for, and gives its name.
pub fn tell_absence(cause: &PostgresError, most: Duration) -> String {
    let server = cause.server().to_owned();
    tell(&PostgresMessage::ServerAwaited { server: server.clone(), cause: cause.told(), seconds: most.as_secs() });
    server
}

impl Default for Patience {
    fn default() -> Self {
        Self::none()
    }
}

impl fmt::Debug for Patience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patience").field("most", &self.most).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn silent() -> PostgresError {
        PostgresError::Silent { server: "postgres://u@h/d".to_owned(), within: Duration::ZERO }
    }

    fn tries(patience: &Patience, until: u32, error: impl Fn() -> PostgresError) -> (u32, bool) {
        let mut count = 0;
        let done = patience.wait(|| {
            count += 1;
            if count < until { Err(error()) } else { Ok(()) }
        });
        (count, done.is_ok())
    }

    #[test]
    fn an_absence_is_waited_for_and_nothing_else_is() {
        let patience = Patience::new(Duration::from_mins(1), || true);
        assert_eq!(tries(&patience, 3, silent), (3, true));
        let thread = || PostgresError::Thread(std::io::Error::other("none"));
        assert_eq!(tries(&patience, 3, thread), (1, false));
        assert_eq!(tries(&Patience::none(), 3, silent), (1, false));
    }

    #[test]
    fn nobody_waits_who_was_told_to_stop() {
        let asked = AtomicU32::new(0);
        let asked: &'static AtomicU32 = Box::leak(Box::new(asked));
        let patience = Patience::new(Duration::from_mins(1), || asked.fetch_add(1, Ordering::Relaxed) == 0);
        assert_eq!(tries(&patience, 9, silent), (2, false));
    }
}

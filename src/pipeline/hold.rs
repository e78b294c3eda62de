//! The state directory in the hand of a run: taken or waited for, kept while it works, left when it ends.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::failure::{Cause, Failure, chain};
use super::message::PipelineMessage;
use super::outcome::RunOutcome;
use crate::clock::{Clock, SystemClock};
use crate::message::tell;
use crate::model::{StatePlace, UnixSeconds};
use crate::run::Stop;
use crate::sink::atomic::{DiskStep, StepHook};
use crate::state::{Heartbeat, Machine, Replaced, StateDirectory, StateError, Timing};

/// Between two looks at a directory that another machine holds; each makes a file there.
const LOOK: Duration = Duration::from_secs(1);

/// A state directory that is held until this is dropped.
pub struct HeldState {
    /// Ends first, as it holds the directory too.
    _heartbeat: Heartbeat,
    /// The directory.
    pub state: StateDirectory,
}

impl HeldState {
    /// Takes a state directory at once or not at all, creating it when missing.
    pub fn take(folder: &Path, machine: Option<Machine>) -> Result<Self, Failure> {
        Self::try_take(folder, &this(machine)?)?.map_err(|error| refused(&error))
    }

    /// Takes it, waiting until a monotonic time for another machine; `None` when a signal came first.
    pub async fn wait(
        folder: &Path,
        machine: Option<Machine>,
        deadline: Duration,
        mut stop: watch::Receiver<Stop>,
    ) -> Result<Option<Self>, Failure> {
        let machine = this(machine)?;
        let mut has_told = false;
        loop {
            match Self::try_take(folder, &machine)? {
                Ok(held) => return Ok(Some(held)),
                Err(StateError::Held { holder, .. }) if SystemClock.monotonic() < deadline => {
                    if !has_told {
                        tell(&PipelineMessage::StateDirectoryAwaited { holder: holder.to_string() });
                        has_told = true;
                    }
                }
                Err(error) => return Err(refused(&error)),
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                Ok(()) = stop.changed() => return Ok(None),
            }
        }
    }

    fn try_take(folder: &Path, machine: &Machine) -> Result<Result<Self, StateError>, Failure> {
        let now = UnixSeconds::from(SystemClock.now());
        let state = match StateDirectory::hold(folder, machine, now, Timing::DEFAULT) {
            Ok(state) => state,
            Err(error) => return Ok(Err(error)),
        };
        if let Some(Replaced { holder, silent }) = state.replaced() {
            let (holder, silent_seconds) = (holder.to_string(), silent.as_secs());
            tell(&PipelineMessage::StateDirectoryTakenOver { holder, silent_seconds });
        }
        let heartbeat = Heartbeat::start(state.clone(), Timing::DEFAULT.beat)
            .map_err(|error| Failure::failed(format!("cannot start threads: {error}")))?;
        Ok(Ok(Self { _heartbeat: heartbeat, state }))
    }

    /// What a run came to, or, where it failed since another machine took the directory, that.
    pub fn or_lost(&self, done: Result<RunOutcome, Failure>) -> Result<RunOutcome, Failure> {
        let Err(lost) = self.still_ours() else { return done };
        match done {
            Ok(outcome) => Ok(outcome.or_locked(lost.message)),
            Err(error) if error.cause == Cause::Failed => Err(lost),
            Err(error) => Err(error),
        }
    }

    /// Whether another machine took the directory meanwhile.
    pub fn still_ours(&self) -> Result<(), Failure> {
        match self.state.check() {
            Err(error) if error.is_another_machine() => Err(refused(&error)),
            _ => Ok(()),
        }
    }
}

/// Refuses to read what another machine may be writing; the machine, fallen silent, in whose place a run would come. It
/// leaves nothing behind. A database takes care of that itself.
pub fn look(state: &StatePlace, machine: Option<Machine>) -> Result<Option<Replaced>, Failure> {
    let StatePlace::Directory(folder) = state else { return Ok(None) };
    StateDirectory::look(folder, &this(machine)?, Timing::DEFAULT).map_err(|error| refused(&error))
}

/// A publication that ends before it gives a file its name, once the state is another machine's, which may publish too.
pub fn only_while_held(hook: StepHook, state: StateDirectory) -> StepHook {
    Arc::new(move |step, path| {
        if step == DiskStep::Sealed {
            state.check().map_err(io::Error::other)?;
        }
        hook(step, path)
    })
}

/// The machine that is named, or this one.
fn this(named: Option<Machine>) -> Result<Machine, Failure> {
    named.map_or_else(Machine::this, Ok).map_err(|error| Failure::caused(&error))
}

fn refused(error: &StateError) -> Failure {
    let cause = if error.is_another_machine() { Cause::Locked } else { Cause::Failed };
    Failure { cause, message: chain(error) }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;
    use crate::sink::atomic::no_hook;

    #[test]
    fn no_file_gets_its_name_once_the_state_is_another_machines() {
        let folder = tempfile::tempdir().unwrap();
        let timing = Timing { settle: Duration::ZERO, ..Timing::DEFAULT };
        let hold = |name: &str| {
            let machine = Machine { boot: name.to_owned(), host: name.to_owned() };
            StateDirectory::hold(folder.path(), &machine, UnixSeconds(0), timing).unwrap()
        };
        let hook = only_while_held(no_hook(), hold("one"));
        assert!(DiskStep::ALL.into_iter().all(|step| hook(step, folder.path()).is_ok()));
        let mark = File::options().write(true).open(folder.path().join("holder")).unwrap();
        mark.set_modified(mark.metadata().unwrap().modified().unwrap() - timing.silence).unwrap();
        let _next = hold("two");
        assert!(hook(DiskStep::Sealed, folder.path()).unwrap_err().to_string().contains("taken over"));
        assert!(hook(DiskStep::Removed, folder.path()).is_ok(), "what has begun ends as after a kill");
    }
}

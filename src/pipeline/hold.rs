//! The state in the hand of a run: taken or waited for, kept while it works, left when it ends.
//!
//! A directory is held against other machines, and the dataset's lock against other processes of this one. In a database
//! a run holds a lease on its dataset instead; commands that publish nothing need none.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::failure::{Cause, Failure, chain};
use super::message::PipelineMessage;
use super::order::Order;
use super::outcome::RunOutcome;
use crate::clock::{Clock, SystemClock};
use crate::message::tell;
use crate::model::{Location, PostgresUrl, StatePlace, UnixSeconds};
use crate::postgres::{Absence, Patience};
use crate::run::Stop;
use crate::sink::atomic::{DiskStep, StepHook};
use crate::state::{
    Heartbeat, Lease, LeaseTiming, Machine, Replaced, State, StateDirectory, StateError, StateServer, Timing,
};

/// Between two looks at a state that another has; each makes a file in a directory.
const LOOK: Duration = Duration::from_secs(1);
/// How long a server is waited for that nobody has reached yet: its name may be wrong, as an API's may.
const FIRST_CONTACT: Duration = Duration::from_secs(30);

/// Who a run counts as, for those who find it in their way.
#[derive(Debug, Clone, Default)]
pub struct Holder {
    /// The machine that it runs on; `None`: this one.
    pub machine: Option<Machine>,
    /// The rhythm of its lease; `None`: the usual.
    pub lease: Option<LeaseTiming>,
}

/// A state that may be used until this is dropped.
pub struct HeldState {
    /// Ends first, as it holds the directory too.
    _heartbeat: Option<Heartbeat>,
    /// The state.
    pub state: State,
}

impl HeldState {
    /// Takes a state directory at once or not at all, creating it when missing.
    pub fn take(folder: &Path, machine: Option<Machine>) -> Result<Self, Failure> {
        Self::try_directory(folder, &this(machine)?)?.map_err(|error| refused(&error))
    }

    /// The same of an order's state, for who publishes nothing. A server that is away is waited for until a stop signal.
    pub fn to_ask(order: &Order, holder: Holder, stop: watch::Receiver<Stop>) -> Result<Self, Failure> {
        match &order.state {
            StatePlace::Directory(folder) => Self::take(folder, holder.machine),
            StatePlace::Database(url) => {
                let server = server(order, url, stop);
                server.patience.within(FIRST_CONTACT).wait(|| server.open_small()).map_err(|error| refused(&error))?;
                Ok(Self { _heartbeat: None, state: State::Server(Box::new(server), None) })
            }
        }
    }

    /// Takes an order's state for a run, waiting until a monotonic time for who has it; `None` when a signal came first.
    pub async fn wait(
        order: &Order,
        holder: Holder,
        deadline: Duration,
        mut stop: watch::Receiver<Stop>,
    ) -> Result<Option<Self>, Failure> {
        if let Some(directory) = &order.shared.directory {
            return Ok(Some(Self { _heartbeat: None, state: State::Directory(directory.clone()) }));
        }
        let Holder { machine, lease } = holder;
        let machine = this(machine)?;
        let mut has_told = false;
        loop {
            let tried = match &order.state {
                StatePlace::Directory(folder) => Self::try_directory(folder, &machine)?,
                StatePlace::Database(url) => {
                    let server = server(order, url, stop.clone());
                    Self::try_lease(order, server, &machine, lease.unwrap_or(LeaseTiming::DEFAULT))
                }
            };
            let error = match tried {
                Ok(held) => return Ok(Some(held)),
                Err(error) => error,
            };
            let awaited = match &error {
                StateError::Held { holder, .. } => {
                    PipelineMessage::StateDirectoryAwaited { holder: holder.to_string() }
                }
                StateError::Leased { holder, .. } => PipelineMessage::LeaseAwaited { holder: holder.clone() },
                // Who was told to stop waits for no server.
                error if error.absence().is_some() && *stop.borrow() != Stop::Go => return Ok(None),
                _ => return Err(refused(&error)),
            };
            if SystemClock.monotonic() >= deadline {
                return Err(refused(&error));
            }
            if !has_told {
                tell(&awaited);
                has_told = true;
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                Ok(()) = stop.changed() => return Ok(None),
            }
        }
    }

    fn try_directory(folder: &Path, machine: &Machine) -> Result<Result<Self, StateError>, Failure> {
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
        Ok(Ok(Self { _heartbeat: Some(heartbeat), state: State::Directory(state) }))
    }

    /// A server that is away is waited for.
    fn try_lease(
        order: &Order,
        server: StateServer,
        machine: &Machine,
        timing: LeaseTiming,
    ) -> Result<Self, StateError> {
        let lease = Lease::take(&first_met(&server), &dataset(order), &holder_of(machine), timing)?;
        Ok(Self { _heartbeat: None, state: State::Server(Box::new(server), Some(lease)) })
    }

    /// What a run came to, or, where it failed since another took the state over, that.
    pub fn or_lost(&self, done: Result<RunOutcome, Failure>) -> Result<RunOutcome, Failure> {
        let Err(lost) = self.still_ours() else { return done };
        match done {
            Ok(outcome) => Ok(outcome.or_locked(lost.message)),
            Err(error) if error.cause == Cause::Failed => Err(lost),
            Err(error) => Err(error),
        }
    }

    /// Whether another took the state over meanwhile.
    pub fn still_ours(&self) -> Result<(), Failure> {
        match self.state.ask() {
            Err(error) if error.is_another_machine() => Err(refused(&error)),
            _ => Ok(()),
        }
    }
}

/// What others are told of us.
pub(super) fn holder_of(machine: &Machine) -> String {
    let since = UnixSeconds::from(SystemClock.now());
    format!("{} (process {} since {since})", machine.host, std::process::id())
}

/// A server that nobody has reached yet.
pub(super) fn first_met(server: &StateServer) -> StateServer {
    StateServer { patience: server.patience.within(FIRST_CONTACT), ..server.clone() }
}

/// The dataset's name for all hosts: that of a store, or the folder's. Folders of the same name on several hosts, be they
/// one or not, count as one.
pub(super) fn dataset(order: &Order) -> String {
    let name = order.dataset_name().to_string();
    match &order.job.output.directory {
        Location::Folder(folder) => {
            let folder = std::path::absolute(folder.join(name)).unwrap_or_default();
            folder.to_string_lossy().into_owned()
        }
        Location::Store(url) => format!("{url}/{name}"),
    }
}

/// A state in a database, waited for as long as requests are retried, and no longer once a signal came.
pub(super) fn server(order: &Order, url: &PostgresUrl, stop: watch::Receiver<Stop>) -> StateServer {
    let patience = Patience::new(order.job.limits.retry_for, move || *stop.borrow() == Stop::Go);
    let pools = order.shared.pools.clone();
    StateServer { patience, pools, ..StateServer::new(url, &order.options.postgres_login) }
}

/// Refuses to read what another machine may be writing; the machine, fallen silent, in whose place a run would come. It
/// leaves nothing behind. A database takes care of that itself.
pub fn look(state: &StatePlace, machine: Option<Machine>) -> Result<Option<Replaced>, Failure> {
    let StatePlace::Directory(folder) = state else { return Ok(None) };
    StateDirectory::look(folder, &this(machine)?, Timing::DEFAULT).map_err(|error| refused(&error))
}

/// A publication that ends before it gives a file its name, once the state is another machine's, which may publish too.
pub fn only_while_held(hook: StepHook, state: State) -> StepHook {
    Arc::new(move |step, path| {
        if step == DiskStep::Sealed {
            state.stands().map_err(io::Error::other)?;
        }
        hook(step, path)
    })
}

/// The machine that is named, or this one.
pub(super) fn this(named: Option<Machine>) -> Result<Machine, Failure> {
    named.map_or_else(Machine::this, Ok).map_err(|error| Failure::caused(&error))
}

/// Another has the state, or it cannot be used.
pub(super) fn refused(error: &StateError) -> Failure {
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
            State::Directory(StateDirectory::hold(folder.path(), &machine, UnixSeconds(0), timing).unwrap())
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

//! Who works on accounts: threads, each of which takes one account after the other through a run of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use super::message::AccountsMessage;
use super::record::{AccountRecord, AccountStatus};
use super::step::TurnStep;
use super::turns::{Turn, Turns};
use crate::job::JobAccount;
use crate::message::tell;
use crate::pipeline::{self, Access, Failure, Hooks, Order};
use crate::run::{Observer, Stop};
use crate::state::Claim;

/// Between two looks at what other hosts leave.
const LOOK: Duration = Duration::from_secs(1);
/// Of a thread: a run's frames are large in a debug build.
const STACK: usize = 8 * 1024 * 1024;

/// Hears how the work goes, from many threads.
pub trait Watch: Sync {
    /// The work on an account begins on this thread: who hears of its run.
    fn began(&self, account: &JobAccount) -> Box<dyn Observer + '_>;

    /// The work on an account is over on this thread, which is told. What the thread tells then is about none.
    fn ended(&self, record: &AccountRecord);

    /// The account is left to other hosts, as this one lacks what it needs: what it would have come to here.
    fn left(&self, record: &AccountRecord);
}

/// How accounts are worked on.
pub struct Crew<'a> {
    /// What is the same for all of them.
    pub template: &'a Order,
    /// How an account is asked; what that needs may be a program's to say, so it is asked for as late as can be.
    pub access: &'a (dyn Fn(&mut Order, &JobAccount) -> Result<Access, Failure> + Sync),
    /// The listeners of each run.
    pub hooks: &'a Hooks,
    /// Who watches.
    pub watch: &'a dyn Watch,
    /// Hears of each turn's steps.
    pub step: &'a (dyn Fn(TurnStep) + Sync),
}

/// What the threads have in common.
struct Work<'a> {
    crew: &'a Crew<'a>,
    /// Asked by one thread at a time, which also waits for the others.
    turns: Mutex<Asking<'a>>,
    stop: watch::Receiver<Stop>,
    failure: OnceLock<Failure>,
}

struct Asking<'a> {
    turns: &'a Turns,
    is_over: bool,
    has_told: bool,
}

impl Crew<'_> {
    /// Takes every turn that there is, by so many threads, until a stop signal.
    ///
    /// # Errors
    /// No thread can be started, or the state that tells whose turn it is cannot be used.
    pub fn work(&self, turns: &Turns, threads: usize, stop: &watch::Receiver<Stop>) -> Result<(), Failure> {
        let asking = Asking { turns, is_over: false, has_told: false };
        let work = Work { crew: self, turns: Mutex::new(asking), stop: stop.clone(), failure: OnceLock::new() };
        std::thread::scope(|scope| {
            for number in 0..threads {
                let thread = std::thread::Builder::new().name(format!("account {number}")).stack_size(STACK);
                if let Err(error) = thread.spawn_scoped(scope, || work.take_turns(turns)) {
                    // Fewer will do.
                    if number == 0 {
                        work.fail(cannot_start(&error));
                    }
                    break;
                }
            }
        });
        work.failure.into_inner().map_or(Ok(()), Err)
    }
}

impl Work<'_> {
    fn take_turns(&self, turns: &Turns) {
        let runtime = match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return self.fail(cannot_start(&error)),
        };
        while let Some((account, claim)) = self.next(&runtime) {
            (self.crew.step)(TurnStep::Taken);
            let Some(record) = self.account(&runtime, &account, (turns, claim.as_ref())) else { continue };
            (self.crew.step)(TurnStep::Worked);
            if let Err(failure) = turns.ended(claim.as_ref(), record) {
                self.fail_unless_stopped(failure);
            }
        }
    }

    /// The next account; `None`: there is none any more, or nobody wants to go on.
    fn next(&self, runtime: &Runtime) -> Option<(Box<JobAccount>, Option<Claim>)> {
        let mut asking = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stop = self.stop.clone();
        while !asking.is_over && *stop.borrow() == Stop::Go && self.failure.get().is_none() {
            match asking.turns.next() {
                Ok(Turn::Of(account, claim)) => return Some((account, claim)),
                Ok(Turn::Over) => asking.is_over = true,
                Ok(Turn::Later(accounts)) => {
                    if !std::mem::replace(&mut asking.has_told, true) {
                        tell(&AccountsMessage::OthersAwaited { accounts });
                    }
                    runtime.block_on(async {
                        tokio::select! {
                            () = tokio::time::sleep(LOOK) => {}
                            _ = stop.wait_for(|stop| *stop != Stop::Go) => {}
                        }
                    });
                }
                // It was the stop that ended the waiting.
                Err(_) if *stop.borrow() != Stop::Go => {}
                Err(failure) => self.fail(failure),
            }
        }
        None
    }

    /// Takes an account through a run; `None`: it is left to other hosts.
    fn account(
        &self,
        runtime: &Runtime,
        account: &JobAccount,
        (turns, claim): (&Turns, Option<&Claim>),
    ) -> Option<AccountRecord> {
        let Crew { template, access, hooks, watch, .. } = self.crew;
        let mut observer = watch.began(account);
        tell(&AccountsMessage::AccountBegan { name: account.name.clone() });
        let mut order = template.of_account(account.sid);
        order.options.wait = order.options.wait.max(turns.handover());
        let mut is_lacking = true;
        // A defect that one account's data lays bare must not cost the others their turn.
        let ran = catch_unwind(AssertUnwindSafe(|| {
            let access = access(&mut order, account)?;
            is_lacking = false;
            let run = pipeline::run(&order, access, (*hooks).clone(), &mut *observer, self.stop.clone());
            runtime.block_on(Box::pin(run))
        }));
        let mut record = match ran {
            Ok(Ok(Some(outcome))) => AccountRecord::of(account, outcome),
            Ok(Ok(None)) => AccountRecord::stopped(account),
            Ok(Err(failure)) => AccountRecord::failed(account, &failure),
            Err(_) => AccountRecord::failed(account, &Failure::failed("a defect of this program, told above")),
        };
        drop(observer);
        // A stop may be what it failed of, as it waited for a server or a program; that is not the account's.
        if *self.stop.borrow() != Stop::Go && !record.status.is_finished() {
            record.status = AccountStatus::Interrupted;
        }
        if is_lacking && record.status == AccountStatus::Failed {
            // A secret that is not mounted here, a command that is not installed: that is no failure of the account.
            let is_left = turns.leave(claim).unwrap_or_else(|failure| {
                self.fail_unless_stopped(failure);
                true
            });
            if is_left {
                watch.left(&record);
                return None;
            }
        }
        watch.ended(&record);
        Some(record)
    }

    /// Who was told to stop waits for no server; a turn is free again when this host's lease is over.
    fn fail_unless_stopped(&self, failure: Failure) {
        if *self.stop.borrow() == Stop::Go {
            self.fail(failure);
        }
    }

    fn fail(&self, failure: Failure) {
        // What failed first is what is told.
        let _ = self.failure.set(failure);
    }
}

fn cannot_start(error: &std::io::Error) -> Failure {
    Failure::failed(format!("cannot start threads: {error}"))
}

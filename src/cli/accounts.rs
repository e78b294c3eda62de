//! `run` of a job with several accounts.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::args::{LogFormat, RunArgs};
use super::exit::{CommandError, Exit};
use super::hooks::{hooks, turn_hook};
use super::load::{Loaded, Whose};
use super::log::{about_account, about_no_account, about_run};
use super::message::CommandMessage;
use super::outcome::{CameTo, report_accounts};
use super::report::{AfterAccounts, Ended, after_run};
use super::secret;
use super::signals::{Signals, runtime};
use crate::accounts::{AccountRecord, AccountStatus, AccountsMessage, AccountsSummary, Crew, Turns, Watch, total};
use crate::clock::{Clock, SystemClock};
use crate::job::{Endpoint, JobAccount};
use crate::message::tell;
use crate::model::UnixSeconds;
use crate::pipeline::{Access, Failure, Order, Summary, Together};
use crate::progress::{AccountObserver, AccountsProgress, Completeness, Display};
use crate::run::{Event, Observer};

/// Files that an account's run has open besides its connections: ledger, bucket, dataset, and what is being written.
const FILES: usize = 24;

/// Runs the job of each account. What it all came to is left, too.
pub fn run(
    asked: &RunArgs,
    loaded: &mut Loaded,
    signals: &Signals,
    came_to: &mut CameTo,
) -> Result<Exit, CommandError> {
    let Whose::Named(accounts) = std::mem::replace(&mut loaded.whose, Whose::Environment) else {
        return Ok(Exit::Success);
    };
    let (started, started_monotonic) = (SystemClock.now(), SystemClock.monotonic());
    let stopped = || signals.received().unwrap_or(Exit::Interrupted);
    let (hooks, step) = (hooks()?, turn_hook()?);
    if matches!(loaded.order.job.source.endpoint, Endpoint::Url(_)) {
        loaded.tell_who_is_asked()?;
    }
    let begun = Together::begin(&mut loaded.order, hooks.holder.clone(), signals.stop.clone());
    let Some(together) = runtime()?.block_on(begun)? else {
        let exit = stopped();
        tell(&CommandMessage::CommandStopped { exit: exit as u8 });
        return Ok(exit);
    };
    let order = &loaded.order;
    let display = match asked.job.log.log_format {
        LogFormat::Json => Display::Events,
        LogFormat::Text if asked.job.log.quiet => Display::Lines,
        LogFormat::Text => Display::Automatic,
    };
    let watcher = Watcher(AccountsProgress::new(display, accounts.len() as u64));
    let access = |order: &mut Order, account: &JobAccount| access(loaded, order, account);
    let crew = Crew { template: order, access: &access, hooks: &hooks, watch: &watcher, step: &step };
    let limits = order.job.limits;
    let threads = limits.accounts_at_once.get().min(accounts.len()).min(fitting(limits.concurrency.get()));
    let turns = match Turns::new(order, hooks.holder.clone(), accounts.clone(), signals.stop.clone()) {
        // Who was told to stop waits for no server.
        Err(_) if signals.received().is_some() => {
            let exit = stopped();
            tell(&CommandMessage::CommandStopped { exit: exit as u8 });
            return Ok(exit);
        }
        turns => turns?,
    };
    let worked = crew.work(&turns, threads, &signals.stop);
    watcher.0.end();
    worked?;
    together.still_ours()?;
    let records = match turns.records() {
        // Who was told to stop waits for no server.
        Err(_) if signals.received().is_some() => Vec::new(),
        records => records?,
    };
    let as_of = order.options.as_of.unwrap_or_else(|| UnixSeconds::from(started));
    let mut blank = Summary::blank(order.job.name.as_str(), as_of, started);
    blank.asking = SystemClock.monotonic().saturating_sub(started_monotonic);
    blank.elapsed_seconds = blank.asking.as_secs_f64();
    let is_all = asked.job.account.accounts.is_empty() && asked.shard.shard.is_none();
    let after = if is_all && records.iter().any(|record| record.reports > 0) {
        let is_stopped = || signals.received().is_some();
        after_run(&order.job, &loaded.environment, &accounts, &Ended { as_of, is_stopped: &is_stopped })
    } else {
        AfterAccounts::Written(Vec::new())
    };
    let (mut whole, accounts): (Summary, AccountsSummary) = total(blank, accounts.len() as u64, records);
    let problem = match after {
        AfterAccounts::Written(reports) => {
            whole.reports = reports;
            None
        }
        AfterAccounts::Failed(problem) => Some(problem),
    };
    *came_to = CameTo { summary: Some(whole.clone()), accounts: Some(accounts.clone()), is_of_some: !is_all };
    report_accounts(whole, accounts, asked, (stopped(), problem))
}

/// How many accounts can be worked on at once without running out of open files, of which the process may have as many as
/// the system lets it have.
fn fitting(concurrency: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    let most = if raised.is_ok() { limit.maximum } else { limit.current };
    let most = most.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
    (most / (FILES + concurrency)).max(1)
}

/// How an account is asked.
fn access(loaded: &Loaded, order: &mut Order, account: &JobAccount) -> Result<Access, Failure> {
    order.options.credentials_hint = Some(secret::hint(account, &order.origin));
    match &order.job.source.endpoint {
        Endpoint::Simulator => Ok(Access::Simulator),
        Endpoint::Url(base_url) => {
            let credentials = secret::credentials(account, &loaded.environment).map_err(Failure::usage)?;
            Ok(Access::Http { base_url: base_url.clone(), credentials })
        }
    }
}

/// Shows how it goes, and lets the log say whose run it is.
struct Watcher(AccountsProgress);

impl Watch for Watcher {
    fn began(&self, account: &JobAccount) -> Box<dyn Observer + '_> {
        about_account(&account.name, &account.sid.to_string());
        Box::new(Heard(self.0.began()))
    }

    fn ended(&self, record: &AccountRecord) {
        let is_complete = match record.status {
            AccountStatus::Complete => Completeness::Whole,
            _ => Completeness::Lacking,
        };
        self.0.ended(is_complete, &AccountsMessage::AccountEnded { account: Box::new(record.clone()) });
        about_no_account();
    }

    fn left(&self, record: &AccountRecord) {
        let (name, problem) = (record.name.clone(), record.problem.clone().unwrap_or_default());
        self.0.left(&AccountsMessage::AccountLeft { name, problem });
        about_no_account();
    }
}

struct Heard<'a>(AccountObserver<'a>);

impl Observer for Heard<'_> {
    fn on(&mut self, event: &Event<'_>) {
        if let Event::Began { run_id, .. } = event {
            about_run(&run_id.to_string());
        }
        self.0.on(event);
    }
}

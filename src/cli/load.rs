//! From a job file and the command line to what a run needs, checked before anything is asked.

use std::io::ErrorKind;
use std::num::NonZeroUsize;
use std::path::Path;

use super::args::{AccountArgs, AskArgs, AuditArgs, DoctorArgs, JobArgs, RunArgs};
use super::bounded::read_bounded;
use super::environment::Environment;
use super::exit::CommandError;
use super::log::{self, style};
use super::message::CommandMessage;
use super::near;
use super::refused::hint;
use super::secret;
use super::signals::runtime;
use crate::accounts::{Shard, select};
use crate::fetch::ProxySettings;
use crate::job::{Endpoint, Job, JobAccount, Style};
use crate::message::tell;
use crate::model::{AccountSid, JobStrategy, Location, StatePlace, UnixSeconds, shown};
use crate::pipeline::{Access, Options, Order, read_named_files};
use crate::planner::Freshness;

/// The longest job file, in bytes: over a hundred thousand values, and so little that checking it stays quick.
const LONGEST_JOB: u64 = 2 * 1024 * 1024;

/// Nothing that is not asked for at least.
const PLAINEST: &str = "name = \"doctor\"\n[windows]\nrange = \"yesterday\"\n";

/// Reads and checks a job file.
pub fn load_job(path: &Path, style: Style) -> Result<Job, CommandError> {
    let file = shown(path).to_string();
    let text = read_bounded(path, LONGEST_JOB).map_err(|error| {
        CommandError::usage(match error.kind() {
            ErrorKind::NotFound => match near::job_file(path) {
                Some(near) => format!("there is no job file {file}; did you mean {}?", shown(&near)),
                None => format!("there is no job file {file}; `verify-rollup init` writes one"),
            },
            _ => format!("cannot read the job file {file}: {error}"),
        })
    })?;
    let text = String::from_utf8(text).map_err(|error| {
        CommandError::usage(format!("the job file {file} is not UTF-8 text: {}", error.utf8_error()))
    })?;
    let mut job = Job::parse(&text, &file).map_err(|mistakes| CommandError::usage(mistakes.render(style)))?;
    log::about_job(job.name.as_str());
    read_named_files(&mut job).map_err(CommandError::usage)?;
    Ok(job)
}

/// A job with the command line applied.
pub struct Loaded {
    /// The job, and how it is to be run: of several accounts, what is the same for all of them.
    pub order: Order,
    /// The variables.
    pub environment: Environment,
    /// Whose numbers are asked for.
    pub whose: Whose,
}

/// Whose numbers a command is about.
pub enum Whose {
    /// The environment's account's.
    Environment,
    /// Those of accounts that the job names.
    Named(Vec<JobAccount>),
}

/// How many of a job's accounts a command is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    One,
    Any,
}

/// What the command line says of whom to ask, in the file's place.
struct Overrides {
    base_url: Option<Endpoint>,
    accounts: Vec<String>,
    shard: Option<Shard>,
    number: Number,
    state: Option<StatePlace>,
    requests_per_minute: Option<u32>,
}

impl Loaded {
    /// Reads the job and applies the options.
    pub fn new(arguments: &JobArgs) -> Result<Self, CommandError> {
        match Self::with_job_options(arguments, None, Number::One)? {
            (_, Some(nobody)) => Err(nobody),
            (loaded, None) => Ok(loaded),
        }
    }

    /// The same for a command that looks at one account or at several.
    pub fn to_stand(arguments: &JobArgs) -> Result<Self, CommandError> {
        match Self::with_job_options(arguments, None, Number::Any)? {
            (_, Some(nobody)) => Err(nobody),
            (mut loaded, None) => {
                loaded.log_in_to_state()?;
                loaded.reach_store()
            }
        }
    }

    /// The accounts that a command is about, where they are more than one; the order is of the only one, if it is.
    pub fn several(&mut self) -> Option<Vec<JobAccount>> {
        match std::mem::replace(&mut self.whose, Whose::Environment) {
            Whose::Named(accounts) if accounts.len() != 1 => Some(accounts),
            Whose::Named(accounts) => {
                self.order = self.order.of_account(accounts[0].sid);
                None
            }
            Whose::Environment => None,
        }
    }

    /// The order of one of several accounts, with its dataset to be looked at.
    pub fn look_of(&self, account: &JobAccount) -> Result<Order, CommandError> {
        let mut order = self.order.of_account(account.sid);
        if matches!(order.job.output.directory, Location::Store(_)) {
            runtime()?.block_on(order.look())?;
        }
        Ok(order)
    }

    /// The same for a command that tells others how it went. What there is no account for is told beside it: it has the
    /// simulator's then, and must not be run.
    pub fn to_run(arguments: &RunArgs) -> Result<(Self, Option<CommandError>), CommandError> {
        Self::with_job_options(&arguments.job, arguments.shard.shard, Number::Any)
    }

    fn with_job_options(
        arguments: &JobArgs,
        shard: Option<Shard>,
        number: Number,
    ) -> Result<(Self, Option<CommandError>), CommandError> {
        let overrides = Overrides {
            base_url: arguments.base_url.clone(),
            accounts: arguments.account.accounts.clone(),
            shard,
            number,
            state: arguments.state.place(),
            requests_per_minute: arguments.requests_per_minute,
        };
        let (loaded, nobody) = Self::of_somebody(load_job(&arguments.job, style())?, overrides)?;
        match loaded.with_options(arguments) {
            Ok(loaded) => Ok((loaded, nobody)),
            Err(error) => Err(nobody.unwrap_or(error)),
        }
    }

    fn with_options(mut self, arguments: &JobArgs) -> Result<Self, CommandError> {
        let Order { job, options, .. } = &mut self.order;
        if let Some(directory) = &arguments.output {
            job.output.directory.clone_from(directory);
        }
        if let Some(strategy) = arguments.strategy {
            if strategy == JobStrategy::List && !job.source.may_list {
                let file = shown(&arguments.job);
                return Err(CommandError::usage(format!(
                    "`--strategy list`: {file} does not allow the list of single attempts; add list = true to its \
                     [source], or leave the option out"
                )));
            }
            job.strategy = strategy;
        }
        if let Some(concurrency) = arguments.concurrency {
            job.limits.concurrency = NonZeroUsize::try_from(concurrency).unwrap_or(NonZeroUsize::MIN);
        }
        if !arguments.formats.is_empty() {
            job.output.formats.clone_from(&arguments.formats);
            job.output.formats.sort_unstable();
            job.output.formats.dedup();
        }
        options.as_of = arguments.as_of.map(UnixSeconds::from);
        options.freshness = if arguments.refresh { Freshness::Refresh } else { Freshness::Reuse };
        options.wait = arguments.wait;
        options.name = format!("run {}", shown(&arguments.job));
        self.reach_store()
    }

    /// Reads the job for a command that publishes nothing.
    pub fn to_ask(arguments: &AskArgs) -> Result<Self, CommandError> {
        let overrides = Overrides {
            base_url: arguments.base_url.clone(),
            accounts: arguments.account.accounts.clone(),
            shard: None,
            number: Number::One,
            state: arguments.state.place(),
            requests_per_minute: arguments.requests_per_minute,
        };
        let mut loaded = Self::of(&arguments.job, overrides)?;
        loaded.log_in_to_state()?;
        Ok(loaded)
    }

    /// Reads the job for a command that looks at its dataset.
    pub fn to_audit(arguments: &AuditArgs) -> Result<Self, CommandError> {
        let overrides = Overrides {
            base_url: arguments.base_url.clone(),
            accounts: arguments.account.accounts.clone(),
            shard: None,
            number: Number::One,
            state: arguments.state.place(),
            requests_per_minute: None,
        };
        let mut loaded = Self::of(&arguments.job, overrides)?;
        if let Some(directory) = &arguments.output {
            loaded.order.job.output.directory.clone_from(directory);
        }
        loaded.reach_store()
    }

    /// Takes a job, or the plainest one, to see whether it can be run. What there is no account for is told beside it: it
    /// has the simulator's then.
    pub fn to_examine(arguments: &DoctorArgs) -> Result<(Self, Option<CommandError>), CommandError> {
        let overrides = Overrides {
            base_url: arguments.base_url.clone(),
            accounts: arguments.account.accounts.clone(),
            shard: None,
            number: Number::One,
            state: arguments.state.place(),
            requests_per_minute: arguments.requests_per_minute,
        };
        let job = match &arguments.job {
            Some(path) => load_job(path, style())?,
            None => Job::parse(PLAINEST, "the plainest job").map_err(|mistakes| CommandError::failed(&mistakes))?,
        };
        let (mut loaded, nobody) = Self::of_somebody(job, overrides)?;
        if let Some(directory) = &arguments.output {
            loaded.order.job.output.directory.clone_from(directory);
        }
        loaded.log_in()?;
        Ok((loaded.reach_store()?, nobody))
    }

    fn of(path: &Path, overrides: Overrides) -> Result<Self, CommandError> {
        Self::with(load_job(path, style())?, overrides, Environment::account)
    }

    /// A job whose account may be wanting, which is told beside it.
    fn of_somebody(job: Job, overrides: Overrides) -> Result<(Self, Option<CommandError>), CommandError> {
        let mut nobody = None;
        let account = |environment: &Environment| {
            Ok(environment.account().unwrap_or_else(|error| {
                nobody = Some(error);
                AccountSid::ZEROS
            }))
        };
        match Self::with(job, overrides, account) {
            Ok(loaded) => Ok((loaded, nobody)),
            // It was found first.
            Err(error) => Err(nobody.unwrap_or(error)),
        }
    }

    fn with(
        mut job: Job,
        overrides: Overrides,
        account: impl FnOnce(&Environment) -> Result<AccountSid, CommandError>,
    ) -> Result<Self, CommandError> {
        let whose = whose(&mut job, (&overrides.accounts, overrides.shard), overrides.number)?;
        let environment = Environment::load_with(&whose.variables());
        if let Some(endpoint) = overrides.base_url {
            job.source.endpoint = endpoint;
        }
        job.source.endpoint = environment.routed(&job.source.endpoint)?;
        if let Some(limit) = overrides.requests_per_minute {
            job.limits.set_requests_per_minute(limit);
        }
        let sid = match (&job.source.endpoint, &whose) {
            (Endpoint::Simulator, Whose::Environment) | (_, Whose::Named(_)) => AccountSid::ZEROS,
            (Endpoint::Url(_), Whose::Environment) => account(&environment)?,
        };
        let origin = job.source.endpoint.origin();
        let state = environment.state(overrides.state)?;
        let options = Options { credentials_hint: Some(hint(&environment, &origin)), ..Options::default() };
        let mut order = Order::new(job, sid, state, options);
        if let (Number::One, Whose::Named(accounts)) = (overrides.number, &whose)
            && let [account] = accounts.as_slice()
        {
            order = order.of_account(account.sid);
            order.options.credentials_hint = Some(secret::hint(account, &origin));
        }
        Ok(Self { order, environment, whose })
    }

    /// With what the environment says of the way to the dataset's store.
    fn reach_store(mut self) -> Result<Self, CommandError> {
        if let Location::Store(url) = &self.order.job.output.directory {
            self.order.options.store_variables = self.environment.store_variables(url.kind)?;
        }
        Ok(self)
    }

    /// Takes what the environment says of the way into the databases of a run: the state's, and the one that follows the
    /// dataset.
    pub fn log_in(&mut self) -> Result<(), CommandError> {
        if self.order.job.output.postgres.is_some() || matches!(self.order.state, StatePlace::Database(_)) {
            self.order.options.postgres_login = self.environment.postgres_login()?;
        }
        Ok(())
    }

    /// The same for what leaves the dataset's database alone.
    fn log_in_to_state(&mut self) -> Result<(), CommandError> {
        match self.order.state {
            StatePlace::Database(_) => self.log_in(),
            StatePlace::Directory(_) => Ok(()),
        }
    }

    /// The order, with the dataset to be looked at where it is, or as a copy of what a store holds.
    pub fn into_look(mut self) -> Result<Order, CommandError> {
        self.log_in_to_state()?;
        let mut order = self.order;
        if matches!(order.job.output.directory, Location::Store(_)) {
            runtime()?.block_on(order.look())?;
        }
        Ok(order)
    }

    /// How the account is asked: its credentials are needed only for that.
    pub fn access(&self) -> Result<Access, CommandError> {
        let credentials = || match &self.whose {
            Whose::Named(accounts) if let [account] = accounts.as_slice() => {
                secret::credentials(account, &self.environment).map_err(CommandError::usage)
            }
            _ => self.environment.credentials(),
        };
        match &self.order.job.source.endpoint {
            Endpoint::Simulator => Ok(Access::Simulator),
            Endpoint::Url(base_url) => {
                self.tell_who_is_asked()?;
                Ok(Access::Http { base_url: base_url.clone(), credentials: credentials()? })
            }
        }
    }

    /// Says who is about to get credentials, if that is another machine.
    pub fn tell_who_is_asked(&self) -> Result<(), CommandError> {
        if !self.order.job.source.endpoint.is_loopback() {
            ProxySettings::of_environment().map_err(CommandError::usage)?;
            tell(&CommandMessage::Asking { origin: self.order.origin.clone() });
        }
        Ok(())
    }
}

/// Whose numbers a job is about, as far as they are asked for.
fn whose(job: &mut Job, (accounts, shard): (&[String], Option<Shard>), number: Number) -> Result<Whose, CommandError> {
    let Some(known) = job.accounts.take() else {
        let option = match (accounts.is_empty(), shard) {
            (true, None) => return Ok(Whose::Environment),
            (false, _) => "--account",
            (true, Some(_)) => "--shard",
        };
        return Err(CommandError::usage(format!("{option} goes with a job that has [accounts]; leave it out")));
    };
    let chosen = select(known.list(), accounts, shard).map_err(CommandError::usage)?;
    if number == Number::One && chosen.len() != 1 {
        let (count, first) = (known.list().len(), known.list().first().map_or("NAME", |account| &account.name));
        return Err(CommandError::usage(format!(
            "the job has {count} accounts, and this is about one of them; say which, as by --account '{first}'"
        )));
    }
    Ok(Whose::Named(chosen))
}

/// Whose datasets a command looks at: of a job with several accounts all, unless some are named.
pub fn whose_datasets(job: &mut Job, accounts: &AccountArgs) -> Result<Whose, CommandError> {
    whose(job, (&accounts.accounts, None), Number::Any)
}

impl Whose {
    /// The variables that hold secrets of accounts.
    fn variables(&self) -> Vec<&str> {
        match self {
            Self::Environment => Vec::new(),
            Self::Named(accounts) => accounts.iter().filter_map(secret::variable).collect(),
        }
    }
}

//! `status` of a job with several accounts: how each stands, in short, and all together.
//!
//! An account whose dataset or state cannot be read is named, and keeps no other from being told.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::failed;
use super::periods::dates_of;
use super::record::{Counts, RunRecord, UnreadRecord};
use super::text::last_run;
use crate::cli::args::{StatusArgs, StatusFailOn};
use crate::cli::exit::{CommandError, Exit};
use crate::cli::load::Loaded;
use crate::cli::output::{print_json, say};
use crate::job::{Job, JobAccount};
use crate::model::printable;
use crate::pipeline::{Order, Standing, WindowState};
use crate::report::format::grouped;

/// Accounts that are told of one by one on the terminal.
const LISTED: usize = 10;

/// How the accounts of a job stand. What is not known is null.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "What verify-rollup status --json prints of a job with several accounts")]
struct AccountsStatusRecord {
    job: String,
    /// How windows are cut.
    every: &'static str,
    /// Accounts that the command is about.
    total: usize,
    /// Of these, those of which every window that has ended is published or expired, and every file as it should be.
    up_to_date: usize,
    /// Those of which dataset or state cannot be read.
    unreadable: usize,
    /// Windows of all accounts; those below add up to them.
    windows: usize,
    #[serde(flatten)]
    counts: Counts,
    /// Requests of the next run, as may be expected, of all accounts.
    next_requests: u64,
    next_requests_min: u64,
    next_requests_max: u64,
    /// In the order of the job.
    accounts: Vec<AccountRecord>,
}

#[derive(Serialize, JsonSchema)]
struct AccountRecord {
    name: String,
    account_sid: String,
    /// Why it cannot be told; the numbers are 0 then, and the rest null.
    problem: Option<String>,
    /// The instant that all of it refers to.
    as_of: Option<String>,
    windows: usize,
    #[serde(flatten)]
    counts: Counts,
    /// Null where everything is final or expired, or retention has no end.
    unread: Option<UnreadRecord>,
    /// Null where the ledger knows of none.
    last_run: Option<RunRecord>,
    /// Of the next run, as may be expected.
    next_requests: u64,
    /// How many files are not as the manifest says, or foreign.
    damaged: usize,
}

/// An account, and how it stands.
struct Account {
    account: JobAccount,
    standing: Result<Short, String>,
}

/// What is kept of how an account stands.
struct Short {
    as_of: String,
    counts: [usize; 5],
    requests: [u64; 3],
    unread: Option<UnreadRecord>,
    run: Option<RunRecord>,
    damaged: usize,
    /// What is missing, lost or damaged, and how the last run ended; `None` where all stands as it should.
    behind: Option<String>,
    failed: Vec<String>,
}

/// Prints how the accounts stand; one that cannot be read makes the command fail, after the others were told.
pub fn status(
    arguments: &StatusArgs,
    loaded: &Loaded,
    accounts: Vec<JobAccount>,
    now: DateTime<Utc>,
) -> Result<Exit, CommandError> {
    let job = &loaded.order.job;
    let stand = |account: JobAccount| {
        let standing = loaded.look_of(&account).and_then(|order| short(&order, now, &arguments.fail_on));
        Account { standing: standing.map_err(|error| error.message), account }
    };
    let accounts: Vec<Account> = accounts.into_iter().map(stand).collect();
    let lines = accounts.iter().flat_map(Account::failed).collect::<Vec<_>>();
    let is_all_read = accounts.iter().all(|account| account.standing.is_ok());
    if arguments.job.json {
        print_json(&json(job, accounts))?;
    } else if arguments.job.log.quiet {
        say(&lines.concat())?;
    } else {
        say(&text(job, &accounts))?;
    }
    Ok(match (is_all_read, lines.is_empty()) {
        (false, _) => Exit::Failed,
        (true, false) => Exit::Attention,
        (true, true) => Exit::Success,
    })
}

/// How an account stands, in short.
fn short(order: &Order, now: DateTime<Utc>, wanted: &[StatusFailOn]) -> Result<Short, CommandError> {
    let standing = Standing::new(order, now)?;
    let requests = standing.next.requests();
    let lacks = [WindowState::Missing, WindowState::Lost].into_iter().filter(|state| standing.count(*state) > 0);
    let lacks: Vec<String> = lacks.map(|state| format!("{state} {}", dates_of(&order.job, &standing, state))).collect();
    let damaged = standing.damage.len();
    let files = if damaged == 1 { "file is" } else { "files are" };
    let damage = (damaged > 0).then(|| format!("{damaged} {files} not as the manifest says"));
    let run = match standing.last_run {
        None => "no run is known".to_owned(),
        Some(_) => format!("last run {}", last_run(&standing)),
    };
    let behind: Vec<String> = lacks.into_iter().chain(damage).collect();
    let behind = (!behind.is_empty()).then(|| format!("{}; {run}", behind.join(", ")));
    Ok(Short {
        as_of: standing.as_of.to_string(),
        counts: WindowState::ALL.map(|state| standing.count(state)),
        requests: [requests.least, requests.expected, requests.most],
        unread: standing.unread.map(|unread| UnreadRecord::new(unread, standing.as_of)),
        run: standing.last_run.as_ref().map(RunRecord::from),
        damaged,
        behind,
        failed: failed::failed(&order.job, &standing, wanted),
    })
}

impl Account {
    /// What somebody wants to be told about has come true, or that nothing is known; a line each, with the account.
    fn failed(&self) -> Vec<String> {
        let name = printable(&self.account.name);
        match &self.standing {
            Ok(short) => short.failed.iter().map(|line| format!("{name}: {line}")).collect(),
            Err(problem) => vec![format!("{name}: {}\n", printable(problem))],
        }
    }
}

/// What the accounts that can be read have together.
fn sums(accounts: &[Account]) -> ([usize; 5], [u64; 3]) {
    let known = accounts.iter().filter_map(|account| account.standing.as_ref().ok());
    known.fold(([0; 5], [0; 3]), |(mut counts, mut requests), short| {
        counts.iter_mut().zip(short.counts).for_each(|(sum, count)| *sum += count);
        requests.iter_mut().zip(short.requests).for_each(|(sum, count)| *sum += count);
        (counts, requests)
    })
}

fn count(accounts: &[Account], is: impl Fn(&Short) -> bool) -> usize {
    accounts.iter().filter(|account| account.standing.as_ref().is_ok_and(&is)).count()
}

fn text(job: &Job, accounts: &[Account]) -> String {
    let mut out = String::new();
    let mut line = |label: &str, text: &str| {
        let _ = writeln!(out, "  {label:<12} {}", printable(text));
    };
    let number = |count: usize| grouped(i64::try_from(count).unwrap_or(i64::MAX));
    let (counts, [least, expected, most]) = sums(accounts);
    let behind = count(accounts, |short| short.behind.is_some());
    let up_to_date = count(accounts, |short| short.behind.is_none());
    line("job", job.name.as_str());
    let unreadable = accounts.len() - behind - up_to_date;
    let parts = [(up_to_date, "up to date"), (behind, "behind"), (unreadable, "that cannot be read")];
    let parts: Vec<_> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{} {what}", number(*count)))
        .collect();
    line("accounts", &format!("{}: {}", number(accounts.len()), parts.join(", ")));
    let states = counts.iter().zip(WindowState::ALL).filter(|(count, _)| **count > 0);
    let states: Vec<_> = states.map(|(count, state)| format!("{} {state}", number(*count))).collect();
    if up_to_date + behind > 0 {
        line("windows", &format!("{}: {}", number(counts.iter().sum()), states.join(", ")));
    }
    let told = accounts.iter().filter_map(|account| match &account.standing {
        Ok(short) => Some(("behind", format!("{}: {}", account.account.name, short.behind.as_ref()?))),
        Err(problem) => Some(("unreadable", format!("{}: {problem}", account.account.name))),
    });
    for (label, text) in told.take(LISTED) {
        line(label, &text);
    }
    if behind + unreadable > LISTED {
        line("", &format!("and {} more (see --json)", number(behind + unreadable - LISTED)));
    }
    let span = if least == most { String::new() } else { format!(" ({} to {})", grouped(least), grouped(most)) };
    if up_to_date + behind > 0 {
        line("next run", &format!("{} requests{span}", grouped(expected)));
    }
    out
}

/// The JSON Schema of the object. `docs/accounts-status.schema.json` is this text.
pub fn schema() -> serde_json::Value {
    super::record::schema_of::<AccountsStatusRecord>()
}

fn json(job: &Job, accounts: Vec<Account>) -> String {
    let (counts, [least, expected, most]) = sums(&accounts);
    let record = AccountsStatusRecord {
        job: job.name.to_string(),
        every: job.windows.every.word(),
        total: accounts.len(),
        up_to_date: count(&accounts, |short| short.behind.is_none()),
        unreadable: accounts.iter().filter(|account| account.standing.is_err()).count(),
        windows: counts.iter().sum(),
        counts: Counts::from(counts),
        next_requests: expected,
        next_requests_min: least,
        next_requests_max: most,
        accounts: accounts.into_iter().map(AccountRecord::from).collect(),
    };
    super::record::text(&record)
}

impl From<Account> for AccountRecord {
    fn from(Account { account, standing }: Account) -> Self {
        let (name, account_sid) = (account.name, account.sid.to_string());
        match standing {
            Ok(short) => Self {
                name,
                account_sid,
                problem: None,
                as_of: Some(short.as_of),
                windows: short.counts.iter().sum(),
                counts: Counts::from(short.counts),
                unread: short.unread,
                last_run: short.run,
                next_requests: short.requests[1],
                damaged: short.damaged,
            },
            Err(problem) => Self {
                name,
                account_sid,
                problem: Some(problem),
                as_of: None,
                windows: 0,
                counts: Counts::from([0; 5]),
                unread: None,
                last_run: None,
                next_requests: 0,
                damaged: 0,
            },
        }
    }
}

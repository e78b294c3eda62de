//! `doctor [JOB]`: whether a job can be run here, and what to do where it can't. Nothing is published or kept; the state
//! directory is made when missing, as its bucket is needed to ask, and taken from no other machine. In a database no table is
//! made: without them nobody asks.

mod check;
mod here;
mod served;
mod there;

use std::fmt::Write as _;

use serde_json::json;
use tokio::sync::watch;

use self::check::{Check, Health};
use super::args::DoctorArgs;
use super::exit::{CommandError, Exit};
use super::hooks::hooks;
use super::load::Loaded;
use super::output::{print_json, say};
use super::signals::runtime;
use crate::clock::{Clock, SystemClock};
use crate::model::{StatePlace, printable, shown};
use crate::pipeline::{Failure, HeldState, Order, look, reach};
use crate::report::format::grouped;
use crate::run::Stop;
use crate::state::Replaced;

/// Looks at everything that a run needs, and says what is amiss. The exit code is that which a run would end with.
pub fn doctor(arguments: &DoctorArgs) -> Result<Exit, CommandError> {
    let (loaded, nobody) = Loaded::to_examine(arguments)?;
    let (mut checks, requests) = examine(&loaded, nobody.as_ref())?;
    if arguments.log.quiet {
        checks.retain(|check| matches!(check.state, Health::Problem | Health::Warning));
    }
    if arguments.json {
        let of_run = json!({ "version": env!("CARGO_PKG_VERSION"), "checks": checks, "requests": requests });
        print_json(&format!("{of_run:#}\n"))?;
    } else {
        let end = if arguments.log.quiet { String::new() } else { end(&checks, requests) };
        say(&format!("{}{end}", lines(&checks)))?;
    }
    let worst = checks.iter().find(|check| check.state == Health::Problem);
    Ok(worst.map_or(Exit::Success, |check| check.exit))
}

fn examine(loaded: &Loaded, nobody: Option<&CommandError>) -> Result<(Vec<Check>, u64), CommandError> {
    let now = SystemClock.now();
    let Loaded { order, environment, whose } = loaded;
    let mut checks = vec![here::job(order), here::time_zone(&order.job, now)];
    checks.push(here::credentials(order, environment, (whose, nobody)));
    checks.push(here::proxy(order));
    checks.extend(here::output(order));
    checks.extend(here::notify(&order.job, environment));
    let (state, held) = state(order)?;
    if state.state != Health::Problem || held.is_some() {
        let ledger = reach::ledger(order, now).map(|()| "can be read, or begins with the first run".to_owned());
        checks.extend([state, Check::of("ledger", ledger)]);
    } else {
        checks.push(state);
    }
    let mut requests = 0;
    runtime()?.block_on(async {
        for (check, reached) in [("store", reach::store(order).await), ("database", reach::database(order).await)] {
            checks.extend(reached.transpose().map(|reached| Check::of(check, reached)));
        }
        let is_ready = !checks
            .iter()
            .any(|check| check.state == Health::Problem && ["credentials", "proxy"].contains(&check.what));
        match held {
            Some(held) if is_ready => {
                let (asked, sent) = there::ask(order, loaded.access()?, &held.state).await?;
                checks.extend(asked);
                requests = sent;
            }
            None => checks.push(Check::skipped("API", "not asked without the limit that the state keeps")),
            Some(_) => checks.push(Check::skipped("API", "not asked, as nobody would ask")),
        }
        Ok::<_, CommandError>(())
    })?;
    Ok((checks, requests))
}

/// How the state stands, and the hold of its directory that asking needs. One that another machine left without a word is
/// only looked at.
fn state(order: &Order) -> Result<(Check, Option<HeldState>), CommandError> {
    const CHECK: &str = "state";
    let folder = match &order.state {
        StatePlace::Directory(folder) => folder,
        StatePlace::Database(url) => {
            let (check, may_ask) = served::state(CHECK, url, &order.options.postgres_login);
            let (_, stop) = watch::channel(Stop::Go);
            let held = may_ask.then(|| HeldState::to_ask(order, hooks()?.holder, stop).map_err(CommandError::from));
            return Ok((check, held.transpose()?));
        }
    };
    let machine = hooks()?.holder.machine;
    let failed = |failure: Failure| (Check::failed(CHECK, failure.into()), None);
    Ok(match look(&order.state, machine.clone()) {
        Err(failure) => failed(failure),
        Ok(Some(Replaced { holder, silent })) => {
            let found = format!("{} is {holder}'s, which gave no heartbeat for {} s", shown(folder), silent.as_secs());
            let remedy =
                "see that nothing works there any more: a run takes it over; or choose another with --state-dir";
            (Check::doubtful(CHECK, found, remedy), None)
        }
        Ok(None) => HeldState::take(folder, machine).map_or_else(failed, |held| {
            (here::room(CHECK, folder, "make it writable, or choose another with --state-dir"), Some(held))
        }),
    })
}

fn lines(checks: &[Check]) -> String {
    let mut out = String::new();
    for Check { what, state, found, remedy, .. } in checks {
        let _ = writeln!(out, "  {what:<12} {:<8} {}", state.word(), printable(found));
        if let Some(remedy) = remedy {
            let _ = writeln!(out, "  {:<12} {:<8} {}", "", "to do", printable(remedy));
        }
    }
    out
}

fn end(checks: &[Check], requests: u64) -> String {
    let count = |wanted| checks.iter().filter(|check| check.state == wanted).count() as u64;
    let of = |number: u64, one: &str| format!("{} {one}{}", grouped(number), if number == 1 { "" } else { "s" });
    let (problems, warnings) = (of(count(Health::Problem), "problem"), of(count(Health::Warning), "warning"));
    format!("\n{problems}, {warnings}; {} sent\n", of(requests, "request"))
}

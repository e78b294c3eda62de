//! `status JOB`: how a job stands, or each of its accounts. No lock, no network or secret but those of a dataset in a store and of a state in a
//! database, and nothing is left behind.

mod accounts;
mod failed;
mod periods;
mod record;
mod text;

pub use accounts::schema as schema_of_accounts;
pub use record::schema;

use super::args::StatusArgs;
use super::exit::{CommandError, Exit};
use super::hooks::hooks;
use super::load::Loaded;
use super::output::{print_json, say};
use crate::clock::{Clock, SystemClock};
use crate::pipeline::{Standing, look};

/// Prints how a job stands.
pub fn status(arguments: &StatusArgs) -> Result<Exit, CommandError> {
    let now = SystemClock.now();
    let mut loaded = Loaded::to_stand(&arguments.job)?;
    look(&loaded.order.state, hooks()?.holder.machine)?;
    if let Some(named) = loaded.several() {
        return accounts::status(arguments, &loaded, named, now);
    }
    let order = loaded.into_look()?;
    let standing = Standing::new(&order, now)?;
    let failed = failed::failed(&order.job, &standing, &arguments.fail_on);
    if arguments.job.json {
        print_json(&record::json(&order.job, &standing, now))?;
    } else if arguments.job.log.quiet {
        say(&failed.concat())?;
    } else {
        say(&text::text(&order.job, &standing, now))?;
    }
    Ok(if failed.is_empty() { Exit::Success } else { Exit::Attention })
}

//! `check JOB…`: every mistake of every file, without network.

use super::args::CheckArgs;
use super::environment::Environment;
use super::exit::{CommandError, Exit};
use super::load::load_job;
use super::log::style;
use super::output::{say, tell};
use crate::job::Endpoint;
use crate::model::shown;

/// Whom a job asks. Who gets the credentials is worth a look before the first run.
pub fn whom(endpoint: &Endpoint) -> String {
    match endpoint {
        Endpoint::Simulator => "the simulated account, without credentials".to_owned(),
        Endpoint::Url(_) => format!("{} with your credentials", endpoint.origin()),
    }
}

/// Validates each file and says so.
pub fn check(arguments: &CheckArgs) -> Result<Exit, CommandError> {
    let environment = Environment::load();
    let mut broken = 0;
    for path in &arguments.jobs {
        let checked = load_job(path, style()).and_then(|job| Ok((environment.routed(&job.source.endpoint)?, job)));
        match checked {
            Ok((endpoint, job)) => {
                let asks = whom(&endpoint);
                say(&format!("{}: ok, job {}, asks {asks}\n", shown(path), job.name))?;
            }
            Err(error) => {
                broken += 1;
                tell(&error.message);
            }
        }
    }
    if broken > 0 && arguments.jobs.len() > 1 {
        tell(&format!("{broken} of {} job files have mistakes", arguments.jobs.len()));
    }
    Ok(if broken == 0 { Exit::Success } else { Exit::Usage })
}

//! `check JOB…`: every mistake of every file, without network.

use super::args::CheckArgs;
use super::exit::{CommandError, Exit};
use super::load::{load_job, style};
use super::output::{print, tell};

/// Validates each file and says so.
pub fn check(arguments: &CheckArgs) -> Result<Exit, CommandError> {
    let mut broken = 0;
    for path in &arguments.jobs {
        match load_job(path, style()) {
            Ok(job) => {
                print(format!("{}: ok, job {}\n", path.display(), job.name).as_bytes())?;
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

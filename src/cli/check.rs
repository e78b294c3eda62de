//! `check JOB…`: every mistake of every file, without network.

use super::args::CheckArgs;
use super::exit::Exit;
use super::load::{load_job, style};

/// Validates each file and says so.
pub fn check(arguments: &CheckArgs) -> Exit {
    let mut broken = 0;
    for path in &arguments.jobs {
        match load_job(path, style()) {
            Ok(job) => println!("{}: ok, job {}", path.display(), job.name),
            Err(error) => {
                broken += 1;
                eprintln!("{}", error.message);
            }
        }
    }
    match (broken, arguments.jobs.len()) {
        (0, _) => Exit::Success,
        (_, 1) => Exit::Usage,
        (broken, all) => {
            eprintln!("{broken} of {all} job files have mistakes");
            Exit::Usage
        }
    }
}

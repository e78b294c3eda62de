//! What all lines of the log are about.

use std::sync::{Mutex, PoisonError};

/// What every line says besides its event: there is one job and one run in a process.
static ABOUT: Mutex<About> = Mutex::new(About { job: None, run_id: None });

/// What a line is about, as far as that is known.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub(super) job: Option<String>,
    pub(super) run_id: Option<String>,
}

/// From here on lines are about this job.
pub fn about_job(name: &str) {
    ABOUT.lock().unwrap_or_else(PoisonError::into_inner).job = Some(name.to_owned());
}

/// From here on lines are about this run.
pub fn about_run(run_id: &str) {
    ABOUT.lock().unwrap_or_else(PoisonError::into_inner).run_id = Some(run_id.to_owned());
}

pub(super) fn about() -> About {
    ABOUT.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

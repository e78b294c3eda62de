//! What all lines of the log are about.

use std::cell::RefCell;
use std::sync::{Mutex, PoisonError};

/// What a line is about, as far as that is known.
#[derive(Debug, Clone, Default)]
pub(super) struct About {
    pub(super) job: Option<String>,
    pub(super) run_id: Option<String>,
    pub(super) account: Option<AboutAccount>,
}

/// One of a job's accounts.
#[derive(Debug, Clone)]
pub(super) struct AboutAccount {
    pub(super) name: String,
    pub(super) sid: String,
}

/// What every line says besides its event: there is one job in a process.
static ABOUT: Mutex<About> = Mutex::new(About { job: None, run_id: None, account: None });

thread_local! {
    /// Whose run the lines of this thread are about, where the job has several accounts, and which it is.
    static OF_THREAD: RefCell<Option<(AboutAccount, Option<String>)>> = const { RefCell::new(None) };
}

/// From here on lines are about this job.
pub fn about_job(name: &str) {
    ABOUT.lock().unwrap_or_else(PoisonError::into_inner).job = Some(name.to_owned());
}

/// From here on lines are about this run: those of this thread, where it works on an account.
pub fn about_run(run_id: &str) {
    let is_of_account = OF_THREAD.with_borrow_mut(|of_thread| match of_thread {
        Some((_, run)) => {
            *run = Some(run_id.to_owned());
            true
        }
        None => false,
    });
    if !is_of_account {
        ABOUT.lock().unwrap_or_else(PoisonError::into_inner).run_id = Some(run_id.to_owned());
    }
}

/// From here on lines of this thread are about one of the job's accounts.
pub fn about_account(name: &str, sid: &str) {
    let account = AboutAccount { name: name.to_owned(), sid: sid.to_owned() };
    OF_THREAD.set(Some((account, None)));
}

/// From here on they are about none of them.
pub fn about_no_account() {
    OF_THREAD.set(None);
}

pub(super) fn about() -> About {
    let about = ABOUT.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match OF_THREAD.with_borrow(Clone::clone) {
        Some((account, run_id)) => About { account: Some(account), run_id, ..about },
        None => about,
    }
}

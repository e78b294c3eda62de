//! What a dataset is called, and so its folder below those of all datasets.

use std::fmt;

use super::AccountSid;

/// A job's name; where the job has several accounts, with the account whose rows it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetName {
    /// The job.
    pub job: String,
    /// One of its accounts; `None`: it has but one.
    pub account: Option<AccountSid>,
}

impl From<&str> for DatasetName {
    fn from(job: &str) -> Self {
        Self { job: job.to_owned(), account: None }
    }
}

/// The folder, as Hive and its heirs read it: `daily`, `daily/account=AC…`.
impl fmt::Display for DatasetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.account {
            None => f.write_str(&self.job),
            Some(account) => write!(f, "{}/account={account}", self.job),
        }
    }
}

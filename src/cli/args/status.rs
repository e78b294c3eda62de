//! What `status --fail-on` looks out for.

use crate::model::words;

words! {
    /// What makes `status` fail.
    StatusFailOn {
        /// Windows that are over and not in the dataset.
        Missing = "missing",
        /// Windows that may still change.
        Provisional = "provisional",
        /// Windows that are not final and older than the retention.
        Expired = "expired",
        /// Windows whose published rows are gone.
        Lost = "lost",
        /// The last run did not publish everything, or the ledger knows of none.
        Unfinished = "unfinished",
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::{Cli, Command};
    use super::StatusFailOn;

    #[test]
    fn what_fails_is_repeatable_or_separated_by_commas() {
        let parsed = |line: &str| {
            let arguments = ["verify-rollup", "status", "jobs/x.toml"].into_iter().chain(line.split_whitespace());
            match Cli::try_parse_from(arguments).ok()?.command {
                Command::Status(arguments) => Some(arguments.fail_on),
                _ => None,
            }
        };
        assert_eq!(parsed("--fail-on missing,lost --fail-on expired").unwrap().len(), 3);
        let all = StatusFailOn::ALL.map(StatusFailOn::word).join(",");
        assert_eq!(parsed(&format!("--fail-on {all}")).unwrap(), StatusFailOn::ALL);
        assert_eq!(parsed("").unwrap(), []);
        for line in ["--fail-on attention", "--fail-on missing,", "--fail-on"] {
            assert!(parsed(line).is_none(), "{line}");
        }
    }
}

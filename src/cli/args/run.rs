//! What `run --fail-on` looks out for.

use crate::model::words;

words! {
    /// What makes a run fail that would not otherwise.
    RunFailOn {
        /// Windows are not published, whatever the reason, or the job has none yet.
        Missing = "missing",
        /// The report of a period whose rows the run changed flags something.
        Attention = "attention",
        /// The API holds windows no more that were never published.
        Expired = "expired",
        /// Published rows may still change.
        Provisional = "provisional",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::Parser;

    use super::super::{Cli, Command, RunArgs};
    use super::*;

    fn parsed(arguments: &[&str]) -> Option<RunArgs> {
        let arguments = ["verify-rollup", "run", "jobs/x.toml"].iter().chain(arguments);
        match Cli::try_parse_from(arguments).ok()?.command {
            Command::Run(arguments) => Some(arguments),
            _ => None,
        }
    }

    #[test]
    fn a_spot_check_is_a_whole_percentage() {
        let share = |text: &str| parsed(&["--spot-check", text])?.spot_check;
        for (text, percent) in [("5", 5), ("5%", 5), ("0%", 0), ("100", 100), ("100%", 100)] {
            assert_eq!(share(text), Some(percent), "{text}");
        }
        for text in ["101", "101%", "-1", "+5", "5.5", "5%%", "5 %", "%", "", "five", "300"] {
            assert_eq!(share(text), None, "{text}");
        }
    }

    #[test]
    fn a_run_stops_after_some_time() {
        let time = |text: &str| parsed(&["--stop-after", text])?.stop_after;
        assert_eq!(time("50m"), Some(Duration::from_mins(50)));
        for text in ["0", "0s", "", "soon", "-5m"] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn what_fails_is_repeatable_or_separated_by_commas() {
        let all = RunFailOn::ALL.map(RunFailOn::word).join(",");
        assert_eq!(parsed(&["--fail-on", &all]).unwrap().fail_on, RunFailOn::ALL);
        assert_eq!(parsed(&["--fail-on", "missing", "--fail-on", "expired"]).unwrap().fail_on.len(), 2);
        assert!(parsed(&["--fail-on", "anything"]).is_none() && parsed(&["--fail-on"]).is_none());
    }
}

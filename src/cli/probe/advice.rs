//! What the findings mean for a job file.

use std::time::Duration;

use crate::job::Job;
use crate::model::Interval;
use crate::probe::{FilterFinding, FilterVerdict, Findings, History, LONGEST_HISTORY, Parameter};

const DAY: u64 = 86_400;

/// What to put into the job file.
pub struct Advice {
    /// `interval`, and why.
    pub interval: Setting<Interval>,
    /// `retention` (`None` = for ever), and why.
    pub retention: Setting<Option<Duration>>,
    /// What else to do, a sentence each.
    pub suggestions: Vec<String>,
    /// Whether the job uses a parameter that is ignored or dead, or some together that are.
    uses_broken: bool,
}

/// A value of `[source]`.
pub struct Setting<T> {
    /// What the file should say.
    pub value: T,
    /// How that relates to what it says.
    pub possible: SettingStatus,
}

/// How a recommended value relates to the file's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingStatus {
    /// The file says so, and it is right.
    Confirmed,
    /// The file says so, and nothing speaks against it.
    Kept,
    /// The file says something else.
    Changed,
}

impl Advice {
    /// What a job's file should say, given the findings.
    pub fn new(job: &Job, findings: &Findings) -> Self {
        let interval = interval(job.source.interval, findings);
        let retention = retention(job.source.retention, &findings.history);
        let found = || findings.filters.iter().chain(&findings.combinations);
        let mut suggestions: Vec<_> =
            found().filter(|finding| finding.is_broken()).map(|finding| about_filter(job, finding)).collect();
        if findings.history == History::Longer {
            suggestions.push(format!(
                "attempts older than {LONGEST_HISTORY} days are there: retention = \"none\" is right only if the \
                 account keeps everything"
            ));
        }
        let candidates = findings.ends.candidates();
        if candidates == [Interval::ClosedOpen, Interval::OpenClosed] {
            suggestions.push(
                "whether interval is \"[)\" or \"(]\" does not show, and sums add up under both: if it is \"(]\", \
                 \"[)\" counts the attempts of a window's first second in the window before"
                    .to_owned(),
            );
        }
        let uses_broken = found().any(|finding| finding.is_broken() && uses(job, finding));
        Self { interval, retention, suggestions, uses_broken }
    }

    /// Whether `[source]` needs no change.
    pub fn source_agrees(&self) -> bool {
        self.interval.possible != SettingStatus::Changed && self.retention.possible != SettingStatus::Changed
    }

    /// Whether the whole file needs no change.
    pub fn job_agrees(&self) -> bool {
        self.source_agrees() && !self.uses_broken
    }
}

fn interval(given: Interval, findings: &Findings) -> Setting<Interval> {
    let candidates = findings.ends.candidates();
    match findings.ends.value() {
        Some(value) if value == given => Setting { value, possible: SettingStatus::Confirmed },
        Some(value) => Setting { value, possible: SettingStatus::Changed },
        None if candidates.is_empty() || candidates.contains(&given) => {
            Setting { value: given, possible: SettingStatus::Kept }
        }
        None => Setting { value: candidates[0], possible: SettingStatus::Changed },
    }
}

/// The job's own where the oldest attempts are about as old or older, else the age of the oldest ones.
fn retention(given: Option<Duration>, history: &History) -> Setting<Option<Duration>> {
    let days = |days: u32| Duration::from_secs(u64::from(days) * DAY);
    let is_covered = |seen: u32| given.is_some_and(|length| length <= days(seen));
    match history {
        History::Longer if is_covered(LONGEST_HISTORY) => Setting { value: given, possible: SettingStatus::Confirmed },
        History::Since { days_at_most, .. } if is_covered(*days_at_most) => {
            Setting { value: given, possible: SettingStatus::Confirmed }
        }
        History::Since { days: oldest @ 1.., .. } => {
            Setting { value: Some(days(*oldest)), possible: SettingStatus::Changed }
        }
        // A history of less than a day says nothing of what the API keeps.
        History::Since { .. } | History::Longer | History::Unknown(_) => {
            Setting { value: given, possible: SettingStatus::Kept }
        }
    }
}

/// The key of the job file that uses a parameter, and whether the job has it.
const fn key(job: &Job, parameter: Parameter) -> (&'static str, bool) {
    match parameter {
        Parameter::Service => ("services", job.shape.services.is_some()),
        Parameter::Country => ("countries", job.shape.countries.is_some()),
        Parameter::Channel => ("channels", job.shape.channels.is_some()),
        Parameter::Prefix => ("destination_prefixes", job.shape.prefixes.is_some()),
        Parameter::After | Parameter::Before => ("[windows]", true),
    }
}

/// Whether the job gives all parameters of a finding.
fn uses(job: &Job, finding: &FilterFinding) -> bool {
    [finding.parameter].iter().chain(finding.beside).all(|parameter| key(job, *parameter).1)
}

/// What to do about a parameter that is ignored or dead.
fn about_filter(job: &Job, finding: &FilterFinding) -> String {
    let name = finding.name();
    let (key, is_used) = key(job, finding.parameter);
    let what = if matches!(finding.verdict, FilterVerdict::Dead(_)) { "dead" } else { "ignored" };
    match finding.parameter {
        Parameter::After | Parameter::Before => {
            format!("{name} is {what}: no window can be told from another, and every run would refuse to publish")
        }
        _ if !finding.beside.is_empty() => format!("{name} is {what}: don't give them together in [matrix]"),
        _ if is_used => format!("{name} is {what}: remove {key} from [matrix]"),
        _ => format!("{name} is {what}: keep {key} out of [matrix]"),
    }
}

/// A length of time as a job file writes it.
pub fn written(length: Option<Duration>) -> String {
    let Some(length) = length else { return "none".to_owned() };
    let seconds = length.as_secs();
    let (number, unit) = match seconds {
        _ if seconds.is_multiple_of(DAY) => (seconds / DAY, "d"),
        _ if seconds.is_multiple_of(3600) => (seconds / 3600, "h"),
        _ => (seconds, "s"),
    };
    format!("{number}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UnixSeconds;

    fn since(days: u32) -> History {
        History::Since { from: UnixSeconds(0), to: UnixSeconds(86_400), days, days_at_most: days + 1 }
    }

    #[test]
    fn retention_is_never_longer_than_what_was_seen() {
        let length = |days: u64| Some(Duration::from_secs(days * DAY));
        for (history, given, value, possible) in [
            // The oldest attempts of an account that holds 30 days are between 29 and 30 days old.
            (since(29), length(30), length(30), SettingStatus::Confirmed),
            (since(100), length(30), length(30), SettingStatus::Confirmed),
            (since(29), length(31), length(29), SettingStatus::Changed),
            (since(29), None, length(29), SettingStatus::Changed),
            (since(0), length(30), length(30), SettingStatus::Kept),
            (History::Longer, length(30), length(30), SettingStatus::Confirmed),
            (History::Longer, length(500), length(500), SettingStatus::Kept),
            (History::Longer, None, None, SettingStatus::Kept),
        ] {
            let setting = retention(given, &history);
            assert_eq!((setting.value, setting.possible), (value, possible), "{history:?} {given:?}");
        }
    }

    #[test]
    fn lengths_are_written_as_the_job_file_reads_them() {
        for (seconds, text) in [(86_400 * 30, "30d"), (7200, "2h"), (90, "90s")] {
            assert_eq!(written(Some(Duration::from_secs(seconds))), text);
            assert_eq!(crate::job::parse_duration(text), Ok(Duration::from_secs(seconds)));
        }
        assert_eq!(written(None), "none");
    }
}

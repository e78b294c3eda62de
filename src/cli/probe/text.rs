//! A probe's findings for people: one line each with its evidence, then the lines for the job file.

use std::fmt::Write;

use super::advice::{Setting, SettingStatus, written};
use super::report::Report;
use crate::model::{Interval, UnixSeconds};
use crate::probe::{Ends, FilterFinding, FilterVerdict, Fractions, Gap, History, LONGEST_HISTORY, Lies, Sight, Stamps};
use crate::report::format::grouped;

/// What holds however well the answers fit together.
const UNSEEN: &str = "\
No question from outside can show: an API whose every answer is wrong by one factor; a constant shift of its clock into
the past; whether a lone service is told from others; a service, country, channel or prefix that always answers 0; two
errors that leave every sum as it was.
";

/// The whole text.
pub fn render(report: &Report<'_>) -> String {
    let Report { order, findings, advice, tally, .. } = report;
    let mut out = format!("{} at {}: {} requests\n\n", order.job.name, order.origin, tally.sent);
    let mut line = |label: &str, text: &str| {
        let _ = writeln!(out, "  {label:<18} {text}");
    };
    for finding in &findings.filters {
        line(finding.parameter.name(), &filter_evidence(finding));
        for beside in findings.combinations.iter().filter(|it| it.parameter == finding.parameter) {
            let others = if let [other] = beside.beside { other.name() } else { "both" };
            line(&format!("  beside {others}"), &filter_evidence(beside));
        }
    }
    line("history", &history_evidence(report));
    line("interval", &ends_evidence(&findings.ends));
    line("stamps", stamps(&findings.ends));
    for failure in &findings.failures {
        line("failed", failure);
    }
    if let Some(ended) = &report.ended {
        line("ended early", &ended.to_string());
    }
    let what = match (advice.job_agrees(), advice.source_agrees()) {
        (true, _) => "The job file needs no change",
        (false, true) => "The job file needs a change, but not in [source]",
        (false, false) => "Put this into the job file",
    };
    let _ = writeln!(out, "\n{what}:\n\n[source]");
    let given = &order.job.source;
    let interval = remark(&advice.interval, &format!("\"{}\"", given.interval));
    let _ = writeln!(out, "{:<21} # {interval}", format!("interval = \"{}\"", advice.interval.value));
    let retention = remark(&advice.retention, &format!("\"{}\"", written(given.retention)));
    let _ = writeln!(out, "{:<21} # {retention}", format!("retention = \"{}\"", written(advice.retention.value)));
    if !advice.suggestions.is_empty() {
        out.push('\n');
    }
    for suggestion in &advice.suggestions {
        let _ = writeln!(out, "- {suggestion}");
    }
    let _ = write!(out, "\n{UNSEEN}");
    out
}

fn remark<T>(setting: &Setting<T>, given: &str) -> String {
    match setting.possible {
        SettingStatus::Confirmed => "as the job has it; confirmed".to_owned(),
        SettingStatus::Kept => "as the job has it; nothing found speaks against it".to_owned(),
        SettingStatus::Changed => format!("the job has {given}"),
    }
}

/// Whether a parameter is heeded, and how that showed.
pub fn filter_evidence(finding: &FilterFinding) -> String {
    match &finding.verdict {
        FilterVerdict::Heeded(sight) => format!("heeded: {}", seen(sight, sight.whole, "left out")),
        FilterVerdict::Ignored(sight) => format!("IGNORED: {}", seen(sight, sight.whole + sight.email, "among them")),
        FilterVerdict::Dead(sight) => {
            format!("DEAD: every value says nothing, {}", seen(sight, sight.whole, "left out"))
        }
        FilterVerdict::Unproven(doubt) => format!("unproven: {doubt}"),
        FilterVerdict::Unknown(gap) => format!("unknown: {gap}"),
    }
}

/// What each value found of a whole: those with attempts first, the others as a number. `whereabouts` are those of
/// e-mail's attempts.
fn seen(sight: &Sight, whole: i64, whereabouts: &str) -> String {
    let whole = grouped(whole);
    let email = match sight.email {
        0 => String::new(),
        email => format!(" (e-mail's {} {whereabouts})", grouped(email)),
    };
    let (some, none): (Vec<_>, Vec<_>) = sight.seen.iter().partition(|(_, attempts)| *attempts > 0);
    let mut parts: Vec<_> = some.iter().map(|(value, attempts)| (grouped(*attempts), value.to_string())).collect();
    match none.as_slice() {
        [] => {}
        [(value, _)] => parts.push(("none".to_owned(), value.to_string())),
        [(value, _), others @ ..] if some.is_empty() => {
            parts.push(("none".to_owned(), format!("{value} and {} other values", others.len())));
        }
        others => parts.push(("none".to_owned(), format!("{} others", others.len()))),
    }
    let mut parts = parts.into_iter();
    let first = parts.next().map(|(found, value)| format!("{found} of {whole} attempts{email} for {value}"));
    let rest = parts.map(|(found, value)| format!("{found} for {value}"));
    first.into_iter().chain(rest).collect::<Vec<_>>().join(", ")
}

/// How far back there are attempts.
pub fn history_evidence(report: &Report<'_>) -> String {
    match &report.findings.history {
        History::Since { from, to, days, days_at_most } => {
            format!(
                "oldest attempts {days} to {days_at_most} days ago ({} to {}): older ones have expired, or were never \
                 made",
                date(*from),
                date(*to)
            )
        }
        History::Longer => format!("attempts older than {LONGEST_HISTORY} days are there"),
        History::Unknown(gap) => format!("unknown: {gap}"),
    }
}

fn date(at: UnixSeconds) -> String {
    at.to_datetime().format("%Y-%m-%d").to_string()
}

/// Which interval, and how that showed.
pub fn ends_evidence(ends: &Ends) -> String {
    let Some(spot) = ends.spots.first() else {
        return format!("unknown: {}", ends.gap.as_ref().unwrap_or(&Gap::NoAttempts));
    };
    if ends.possible.is_empty() {
        return format!("unknown: {}", Gap::Contradiction);
    }
    let attempts: i64 = ends.spots.iter().map(|spot| spot.attempts).sum();
    let attempts = if attempts == 1 { "1 attempt".to_owned() } else { format!("{} attempts", grouped(attempts)) };
    let seen = match ends.spots.len() {
        1 => format!("seen of {attempts} at {}", spot.at),
        more => format!("seen of {attempts} in {more} places, the first at {}", spot.at),
    };
    let open = ends.gap.as_ref().map(|gap| format!("; the search stopped early: {gap}")).unwrap_or_default();
    let Some(value) = ends.value() else {
        let symbols: Vec<_> = ends.candidates().into_iter().map(Interval::symbol).collect();
        return format!("{}: {} ({seen}){open}", symbols.join(" or "), doubt(ends));
    };
    format!("{value}: {} ({seen}){open}", known(ends, value))
}

fn known(ends: &Ends, value: Interval) -> &'static str {
    match (ends.stamps(), value) {
        (Some(Stamps::Fractional), _) => "attempts lie within seconds, so none is on a bound",
        (_, Interval::ClosedOpen) => "an attempt on a bound counts after it, not before it",
        (_, Interval::OpenClosed) => "an attempt on a bound counts before it, not after it",
        (_, Interval::Closed) => "an attempt on a bound counts on both sides of it",
        (_, Interval::Open) => "an attempt on a bound counts on neither side of it",
    }
}

/// Why several values are left.
fn doubt(ends: &Ends) -> String {
    if ends.candidates() != [Interval::ClosedOpen, Interval::OpenClosed] {
        return "too few attempts to tell".to_owned();
    }
    let lies = ends.spots.iter().find_map(|spot| spot.lies);
    let why = match (ends.fractions().as_slice(), lies) {
        ([Fractions::Refused], _) => "the API refuses fractions of a second",
        ([Fractions::Rounded], _) => "the API rounds fractions of a second",
        (_, Some(Lies::AtTheEnd)) => "the API has \"(]\", or cuts off fractions of a second",
        _ => "nothing was learnt within a second",
    };
    format!("not to be told apart, as {why}")
}

fn stamps(ends: &Ends) -> &'static str {
    match ends.stamps() {
        Some(Stamps::Whole) => "whole seconds",
        Some(Stamps::Fractional) => "finer than seconds",
        None => "unknown whether whole seconds or finer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::{Doubt, Parameter, Value};

    #[test]
    fn verdicts_say_what_was_seen() {
        let values = |seen: &[(&str, i64)]| {
            seen.iter().map(|(code, attempts)| (Value::Country(code.parse().unwrap()), *attempts)).collect()
        };
        let sight = |whole, email, seen: &[(&str, i64)]| Sight { whole, email, seen: values(seen) };
        for (verdict, text) in [
            (
                FilterVerdict::Heeded(sight(900, 100, &[("US", 5)])),
                "heeded: 5 of 900 attempts (e-mail's 100 left out) for the country US",
            ),
            (
                FilterVerdict::Heeded(sight(9, 0, &[("US", 0), ("IN", 9), ("BR", 0)])),
                "heeded: 9 of 9 attempts for the country IN, none for 2 others",
            ),
            (
                FilterVerdict::Ignored(sight(900, 100, &[("US", 1000), ("IN", 1000)])),
                "IGNORED: 1,000 of 1,000 attempts (e-mail's 100 among them) for the country US, 1,000 for the country \
                 IN",
            ),
            (
                FilterVerdict::Dead(sight(9, 0, &[("US", 0), ("IN", 0), ("BR", 0)])),
                "DEAD: every value says nothing, none of 9 attempts for the country US and 2 other values",
            ),
            (
                FilterVerdict::Unproven(Doubt::Refused("HTTP 400".to_owned())),
                "unproven: every value is refused, which shows that it is checked, not that it filters (HTTP 400)",
            ),
            (FilterVerdict::Unknown(Gap::NoAttempts), "unknown: no attempts to tell by"),
        ] {
            assert_eq!(filter_evidence(&FilterFinding { parameter: Parameter::Country, beside: &[], verdict }), text);
        }
    }
}

//! `--fail-on`: which of the things that somebody wants to be told about have come true.

use crate::cli::args::FailOn;
use crate::model::printable;
use crate::report::Report;
use crate::report::accounts::said::flag_line as flag_line_of;
use crate::report::accounts::{AccountLine, AccountsReport, WhyUnreported};
use crate::report::format::{dates, flag_line};

/// A line for each, ended by a line feed; none if all is well.
pub fn failed(report: &Report, wanted: &[FailOn]) -> Vec<String> {
    let coverage = &report.coverage;
    let dated = |days: &[chrono::NaiveDate]| (!days.is_empty()).then(|| dates(days)).into_iter().collect();
    let said = |what: FailOn| -> Vec<String> {
        match what {
            FailOn::Attention => report.attention.flags.iter().map(flag_line).collect(),
            FailOn::Missing => dated(&coverage.absent),
            FailOn::Provisional => dated(&coverage.provisional),
        }
    };
    lines(&format!("{} {}", report.job, report.period), wanted, said)
}

/// The same of a report over accounts, each line with its account.
pub fn of_accounts(report: &AccountsReport, wanted: &[FailOn]) -> Vec<String> {
    let days = |what: &str, of: fn(&AccountLine) -> usize| {
        let lines = report.accounts.iter().filter(|line| of(line) > 0);
        let days = |count: usize| if count == 1 { "1 day".to_owned() } else { format!("{count} days") };
        lines.map(|line| format!("{}: {} {what}", line.name, days(of(line)))).collect::<Vec<_>>()
    };
    let without = || {
        let missing = report.unreported.iter().filter(|it| it.why == WhyUnreported::Missing);
        missing.map(|it| format!("{}: {}", it.name, it.reason))
    };
    let said = |what: FailOn| -> Vec<String> {
        match what {
            FailOn::Attention => report.attention.flags.iter().map(|found| flag_line_of(report, found)).collect(),
            FailOn::Missing => {
                days("that were over and are not all there", |line| line.absent).into_iter().chain(without()).collect()
            }
            FailOn::Provisional => days("may still change", |line| line.provisional),
        }
    };
    lines(&format!("{} {}", report.job, report.period), wanted, said)
}

fn lines(about: &str, wanted: &[FailOn], said: impl Fn(FailOn) -> Vec<String>) -> Vec<String> {
    let wanted = FailOn::ALL.into_iter().filter(|what| wanted.contains(what));
    wanted.flat_map(|what| said(what).iter().map(|text| line(about, what, text)).collect::<Vec<_>>()).collect()
}

/// One line, whatever a service is called.
fn line(about: &str, what: FailOn, text: &str) -> String {
    format!("{about}: {what}: {}\n", printable(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_line_feeds_stays_on_its_line() {
        let text = line("x 2026-10", FailOn::Attention, "Service a\nx 2026-10: all is well\u{1b}[2J: no attempts");
        assert_eq!(text, "x 2026-10: attention: Service a\\nx 2026-10: all is well\\u{1b}[2J: no attempts\n");
    }
}

//! `--fail-on`: which of the things that somebody wants to be told about have come true.

use crate::cli::args::FailOn;
use crate::report::format::{dates, flag_name};
use crate::report::{Flag, Report};

/// A line for each, ended by a line feed; none if all is well.
pub fn failed(report: &Report, wanted: &[FailOn]) -> Vec<String> {
    let coverage = &report.coverage;
    let dated = |days: &[chrono::NaiveDate]| (!days.is_empty()).then(|| dates(days)).into_iter().collect();
    let said = |what: FailOn| -> Vec<String> {
        match what {
            FailOn::Attention => report.attention.flags.iter().map(attention).collect(),
            FailOn::Missing => dated(&coverage.absent),
            FailOn::Provisional => dated(&coverage.provisional),
        }
    };
    let line = |what: FailOn, text: &String| format!("{} {}: {what}: {text}\n", report.job, report.period);
    let wanted = FailOn::ALL.into_iter().filter(|what| wanted.contains(what));
    wanted.flat_map(|what| said(what).iter().map(|text| line(what, text)).collect::<Vec<_>>()).collect()
}

fn attention(flag: &Flag) -> String {
    let provisional = if flag.is_provisional { " (provisional)" } else { "" };
    format!("{}{provisional}: {}", flag_name(flag.kind), flag.sentence)
}

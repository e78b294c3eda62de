//! `audit JOB`: the published dataset looked through. No lock, no network or secret but those of a dataset in a store and
//! of a state in a database, and nothing is changed.

mod record;

pub use record::schema;

use std::fmt::Write as _;

use super::args::AuditArgs;
use super::exit::{CommandError, Exit};
use super::hooks::hooks;
use super::load::Loaded;
use super::output::{print_json, say};
use crate::clock::{Clock, SystemClock};
use crate::job::Job;
use crate::model::{printable, shown};
use crate::pipeline::{Audit, look};
use crate::report::format::grouped;
use crate::sink::dataset::AuditFinding;

/// Prints what an audit found.
pub fn audit(arguments: &AuditArgs) -> Result<Exit, CommandError> {
    let now = SystemClock.now();
    let order = Loaded::to_audit(arguments)?.into_look()?;
    look(&order.state, hooks()?.holder.machine)?;
    let audit = Audit::new(&order, now)?;
    if arguments.json {
        print_json(&record::json(&order.job, &audit))?;
    } else {
        let summary = if arguments.log.quiet { String::new() } else { summary(&order.job, &audit) };
        say(&format!("{summary}{}", audit.audited.findings.iter().map(found).collect::<String>()))?;
    }
    Ok(if audit.audited.findings.is_empty() { Exit::Success } else { Exit::Attention })
}

/// What was looked at.
fn summary(job: &Job, audit: &Audit) -> String {
    let mut out = String::new();
    let mut line = |label: &str, text: &str| {
        let _ = writeln!(out, "  {label:<12} {}", printable(text));
    };
    let audited = &audit.audited;
    line("job", job.name.as_str());
    line("dataset", &shown(&audit.dataset).to_string());
    if audited.windows == 0 && audited.findings.is_empty() {
        line("result", "nothing is published");
        return out;
    }
    line("windows", &grouped(audited.windows as u64));
    line("files", &format!("{} with {} rows", grouped(audited.files as u64), grouped(audited.rows)));
    if audited.log_files > 0 {
        let (files, changes) = (grouped(audited.log_files as u64), grouped(audited.log_changes));
        line("log", &format!("{files} files with {changes} changes"));
    }
    let (compared, unknown) = (grouped(audit.compared as u64), grouped(audit.unknown as u64));
    line("ledger", &format!("{compared} final windows compared, {unknown} it cannot tell of"));
    line(
        "result",
        &match audited.findings.len() {
            0 => "sound".to_owned(),
            1 => "1 finding".to_owned(),
            findings => format!("{} findings", grouped(findings as u64)),
        },
    );
    out
}

/// A finding in three lines.
fn found(finding: &AuditFinding) -> String {
    let AuditFinding { kind, path, count, what, .. } = finding;
    let path = path.as_ref().map_or_else(String::new, |path| format!("{}: ", shown(path)));
    let more = if *count > 1 { format!(" (and {} more)", grouped(count - 1)) } else { String::new() };
    let (meaning, remedy) = (kind.meaning(), kind.remedy());
    format!("{kind}: {path}{}{more}\n  means: {meaning}\n  to do: {remedy}\n", printable(what))
}

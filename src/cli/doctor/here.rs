//! What can be seen without asking anybody: the job, its time zone, credentials, folders, disks.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chrono::{DateTime, Days, Offset, TimeZone, Utc};
use chrono_tz::Tz;

use super::check::Check;
use crate::cli::check::whom;
use crate::cli::environment::Environment;
use crate::cli::exit::{CommandError, Exit};
use crate::cli::load::Whose;
use crate::cli::refused::used;
use crate::cli::secret;
use crate::fetch::ProxySettings;
use crate::job::{Job, day_start, local_date};
use crate::model::{Location, UnixSeconds, shown};
use crate::notify::variable;
use crate::pipeline::Order;
use crate::report::format::grouped;

/// A ledger of a million answers, and a month of files, need less.
const LITTLE_SPACE: u64 = 1 << 30;
/// Not even a run of every day is sure to fit.
const NO_SPACE: u64 = 100 << 20;
/// Over a year of days, in which clocks change or never do.
const A_YEAR: u64 = 366;

/// What is asked of whom.
pub fn job(order: &Order) -> Check {
    let Job { name, limits, .. } = &order.job;
    let limit = limits.requests_per_minute.map_or_else(|| "no limit".to_owned(), |limit| format!("{limit} a minute"));
    Check::good("job", format!("{}, asks {}, {limit}", name.as_str(), whom(&order.job.source.endpoint)))
}

/// The calendar that windows follow, and when the last day of it is final.
pub fn time_zone(job: &Job, now: DateTime<Utc>) -> Check {
    let zone = job.windows.timezone;
    let midnight = day_start(local_date(UnixSeconds::from(now), zone), zone);
    let settles = midnight.plus_seconds(i64::try_from(job.source.settle_after.as_secs()).unwrap_or(i64::MAX));
    let there = now.with_timezone(&zone).format("%Y-%m-%d %H:%M %Z");
    let change = next_change(zone, now).map_or_else(
        || "clocks never change".to_owned(),
        |date| format!("clocks change next on {}", date.format("%Y-%m-%d")),
    );
    Check::good(
        "time zone",
        format!("{zone}, {there}; the last day ended at {midnight} and is final from {settles} on; {change}"),
    )
}

/// The date in a zone on which its offset changes next, within a year.
fn next_change(zone: Tz, now: DateTime<Utc>) -> Option<DateTime<Tz>> {
    let offset = |at: DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix();
    (1..=A_YEAR).map(|days| now + Days::new(days)).find(|at| offset(*at) != offset(now)).map(|at| {
        // Between yesterday's hour and this one of the day that was found.
        let hours = (0..24).map(|hours| at - chrono::Duration::hours(hours));
        let first = hours.take_while(|at| offset(*at) != offset(now)).last().unwrap_or(at);
        first.with_timezone(&zone)
    })
}

/// Who asks, and whether the secret is kept from others.
pub fn credentials(
    order: &Order,
    environment: &Environment,
    (whose, nobody): (&Whose, Option<&CommandError>),
) -> Check {
    const CHECK: &str = "credentials";
    let refused =
        |error: &CommandError| Check::failed(CHECK, CommandError { exit: error.exit, message: error.message.clone() });
    if order.job.source.endpoint == crate::job::Endpoint::Simulator {
        return Check::skipped(CHECK, "the simulated account needs none");
    }
    if let Some(error) = nobody {
        return refused(error);
    }
    let named = match whose {
        Whose::Named(accounts) => accounts.first(),
        Whose::Environment => None,
    };
    let (signed, files, used) = match named {
        Some(account) => (
            secret::credentials(account, environment).map_err(CommandError::usage),
            secret::file(account).into_iter().map(Path::to_owned).collect(),
            secret::used(account),
        ),
        None => (environment.credentials(), environment.secret_files(), used(environment)),
    };
    if let Err(error) = signed {
        return refused(&error);
    }
    let open: Vec<_> = files.into_iter().filter(|path| is_open(path)).collect();
    match open.first() {
        Some(path) => {
            let file = shown(path);
            Check::doubtful(CHECK, format!("others than its owner may read {file}"), format!("chmod 600 {file}"))
        }
        None => Check::good(CHECK, format!("{}: {used}", order.account)),
    }
}

fn is_open(path: &Path) -> bool {
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o077 != 0)
}

/// By which way https goes.
pub fn proxy(order: &Order) -> Check {
    const CHECK: &str = "proxy";
    if order.job.source.endpoint.is_loopback() {
        return Check::skipped(CHECK, "this machine is asked without one");
    }
    match ProxySettings::of_environment() {
        Err(error) => Check::failed(CHECK, CommandError::usage(error)),
        Ok(settings) => Check::good(
            CHECK,
            settings.variable().map_or_else(
                || "none".to_owned(),
                |variable| format!("https goes through the one that {variable} names"),
            ),
        ),
    }
}

/// Whether the dataset can be written.
pub fn output(order: &Order) -> Option<Check> {
    let Location::Folder(folder) = &order.job.output.directory else { return None };
    let dataset = folder.join(order.dataset_name().to_string());
    Some(room("output", &dataset, "make it writable for this user, or choose another with --output"))
}

/// Whether there is a place for files, and how much. What is missing would be made.
pub fn room(check: &'static str, folder: &Path, remedy: &str) -> Check {
    let place = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let there = place.ancestors().find(|folder| folder.exists()).unwrap_or(&place);
    let cannot = |error: std::io::Error| {
        Check::bad(check, Exit::Failed, format!("cannot write to {}: {error}", shown(there)), remedy)
    };
    if let Err(error) = tempfile::Builder::new().prefix(".doctor-").tempfile_in(there) {
        return cannot(error.kind().into());
    }
    let space = match rustix::fs::statvfs(there) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(error) => return cannot(error.into()),
    };
    let found = format!("{}, {} MiB free", shown(folder), grouped(space >> 20));
    match space {
        0..NO_SPACE => Check::bad(check, Exit::Failed, found, "free some, or choose another disk"),
        NO_SPACE..LITTLE_SPACE => Check::doubtful(check, found, "free some before a large backfill"),
        _ => Check::good(check, found),
    }
}

/// Whether those who are to be told can be.
pub fn notify(job: &Job, environment: &Environment) -> Option<Check> {
    const CHECK: &str = "notify";
    let problem = job.notify.iter().find_map(|(form, _)| Some((*form, environment.notify_url(*form).err()?)));
    match problem {
        _ if job.notify.is_empty() => None,
        Some((form, problem)) => {
            let name = variable(form).name;
            let remedy = format!("set {name}; without it nobody is told by {form}, and runs go on");
            Some(Check::doubtful(CHECK, format!("{name}: {problem}"), remedy))
        }
        None => Some(Check::good(CHECK, "each URL is set; nothing was sent")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_change_on_the_local_date() {
        let now = Utc.with_ymd_and_hms(2026, 11, 29, 12, 0, 0).unwrap();
        let date = |zone: Tz| next_change(zone, now).map(|at| at.format("%Y-%m-%d").to_string());
        for (zone, expected) in [
            (Tz::Europe__Berlin, Some("2027-03-28")),
            (Tz::America__New_York, Some("2027-03-14")),
            (Tz::Australia__Lord_Howe, Some("2027-04-04")),
            (Tz::UTC, None),
            (Tz::Asia__Kolkata, None),
        ] {
            assert_eq!(date(zone).as_deref(), expected, "{zone}");
        }
    }
}

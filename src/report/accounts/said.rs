//! What all forms of the report over accounts say in the same words.

use std::fmt::Write;

use super::model::{AccountFlag, AccountLine, AccountsAttention, AccountsReport, LookOverAccounts, Peers};
use crate::report::format::{about, flag_name, grouped, percent, points, probability};
use crate::report::model::{FlagKind, MixBasis, Mover};
use crate::report::said::{attacks, look_name};

/// How many lines of accounts a page or a message shows; the workbook has all.
pub const MOST_LISTED: usize = 50;
/// How many findings they show.
pub const MOST_FLAGS: usize = 20;
/// A lesser move of an account is listed nowhere, however sure it is.
pub const LEAST_MOVE: f64 = 0.01;

/// `2,998 of 3,000 accounts, days that were over are missing in 8; days of 12 may still change`
#[must_use]
pub fn covered(report: &AccountsReport) -> String {
    let count = |is: fn(&AccountLine) -> bool| report.accounts.iter().filter(|line| is(line)).count();
    let accounts = number(report.accounts.len());
    let mut text = match (report.unreported.len(), report.of) {
        (0, of) if of > report.accounts.len() => format!("{accounts} of the job's {} accounts", number(of)),
        (0, _) => format!("all {accounts} accounts"),
        (_, of) => format!("{accounts} of {} accounts", number(of)),
    };
    match count(|line| line.absent > 0) {
        0 if report.accounts.iter().all(|line| line.covered == line.days) => text.push_str(", every day"),
        0 => {}
        lacking => {
            let _ = write!(text, "; days that were over are missing in {}", number(lacking));
        }
    }
    let open = count(|line| line.provisional > 0);
    if open > 0 {
        let _ = write!(text, "; days of {} may still change", number(open));
    }
    if !report.is_over {
        text.push_str("; the period is not over yet");
    }
    text
}

/// `attempts +3.2 %, rate +0.4 pp against 2026-09`, and of how many accounts.
#[must_use]
pub fn change(report: &AccountsReport) -> Option<String> {
    let (change, compared) = report.totals.figure.change.zip(report.compared)?;
    let moved = crate::report::said::change(Some(change));
    Some(format!("{moved} against {compared}{}", of_accounts(report)))
}

fn of_accounts(report: &AccountsReport) -> String {
    match (report.totals.compared, report.accounts.len()) {
        (compared, all) if compared == all => String::new(),
        (compared, all) => format!(" (of {} of {} accounts)", number(compared), number(all)),
    }
}

/// What the change is of.
#[must_use]
pub fn basis(report: &AccountsReport) -> Option<String> {
    let (change, compared) = report.totals.figure.change.zip(report.compared)?;
    let rate = change.rate_before.map_or_else(String::new, |rate| format!(", {} converted", percent(rate)));
    let mix = match change.basis {
        MixBasis::Weekdays => "at its own weekday mix",
        MixBasis::MeanDay => "by its mean day",
    };
    Some(format!(
        "Changes are against {compared}{}: {} attempts{rate}, each account {mix}, rates at this period's mix of accounts: who \
         came or grew changes no rate of the others.",
        of_accounts(report),
        grouped(change.before.attempts()),
    ))
}

/// What was taken out as attacks, and what is left; `None` where nothing was.
#[must_use]
pub fn without_attacks(report: &AccountsReport) -> Option<String> {
    let cleared = report.totals.figure.cleared.as_ref()?;
    Some(attacks(cleared, report.compared.as_ref()))
}

/// `possible SMS pumping in 3 accounts, conversion drops in 1`: what was found, in a line.
#[must_use]
pub fn found(attention: &AccountsAttention) -> String {
    let of = |look: &LookOverAccounts| {
        let flags = attention.flags.iter().filter(|found| found.flag.kind == look.kind);
        let mut accounts: Vec<usize> = flags.map(|found| found.account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        let (count, word) = (accounts.len(), if accounts.len() == 1 { "account" } else { "accounts" });
        (count > 0).then(|| format!("{} in {} {word}", look_name(look.kind), number(count)))
    };
    let parts: Vec<String> = attention.looks.iter().filter_map(of).collect();
    if parts.is_empty() {
        let is_any = attention.looks.iter().any(|look| look.accounts > 0);
        let nothing = if is_any { "nothing stands out" } else { "nothing could be looked for" };
        return format!("{nothing} in any account");
    }
    parts.join(", ")
}

/// How sure findings are among so many accounts.
#[must_use]
pub fn against(report: &AccountsReport) -> String {
    let AccountsAttention { unsure, false_discovery, .. } = report.attention;
    let mut text = format!(
        "Judged among all places of all accounts: of what is told of each kind at most {} is expected to be chance.",
        percent(false_discovery)
    );
    if report.attention.flags.iter().any(|found| found.q_value.is_none()) {
        text.push_str(" New countries, and blocks of numbers, are told as each account's own report has them.");
    }
    match unsure {
        0 => {}
        1 => {
            text.push_str(
                " One more finding of an account's own report may be chance among so many, and stands there.",
            );
        }
        more => {
            let more = number(more);
            let _ = write!(
                text,
                " {more} more findings of accounts' own reports may be chance among so many, and stand there."
            );
        }
    }
    text
}

/// `SMS pumping: looked for in 12 places of 3 accounts`, of each kind.
#[must_use]
pub fn looks(report: &AccountsReport) -> Vec<String> {
    let all = report.accounts.len();
    let line = |look: &LookOverAccounts| {
        let name = look_name(look.kind);
        let (one, many) = match look.kind {
            FlagKind::NewCountry => ("country", "countries"),
            FlagKind::Outage => ("channel", "channels and cells"),
            _ => ("place", "places"),
        };
        let places = if look.places == 1 { one } else { many };
        match look.accounts {
            0 => format!("{name}: looked for in no account; each one's own report says why"),
            accounts if accounts == all => {
                format!("{name}: looked for in {} {places} of all {} accounts", number(look.places), number(all))
            }
            accounts => format!(
                "{name}: looked for in {} {places} of {} of {} accounts; the others' own reports say why not",
                number(look.places),
                number(accounts),
                number(all)
            ),
        }
    };
    report.attention.looks.iter().map(line).collect()
}

/// A flag in a line: `acme: Possible SMS pumping: …`.
#[must_use]
pub fn flag_line(report: &AccountsReport, found: &AccountFlag) -> String {
    let provisional = if found.flag.is_provisional { " (provisional)" } else { "" };
    format!("{}: {}{provisional}: {}", name_of(report, found), flag_name(found.flag.kind), found.flag.sentence)
}

/// The name of a flag's account.
#[must_use]
pub fn name_of<'r>(report: &'r AccountsReport, found: &AccountFlag) -> &'r str {
    report.accounts.get(found.account).map_or("", |line| line.name.as_str())
}

/// How accounts were held against each other, or why they could not be.
#[must_use]
pub fn peers(report: &AccountsReport) -> String {
    let compared = report.peers;
    let (parts, mix) = match (report.split.countries, report.split.channels) {
        (true, true) => (" in countries and channels", " at their own mix of the job's countries and channels"),
        (true, false) => (" in countries", " at their own mix of the job's countries"),
        (false, true) => (" in channels", " at their own mix of channels"),
        (false, false) => ("", ""),
    };
    let Some(spread) = compared.spread else {
        return format!(
            "Accounts are not held against each other: {} of at least {} have enough settled attempts{parts} that three \
             others have, too.",
            compared.accounts, compared.needed
        );
    };
    format!(
        "{} accounts are held against the others{mix}, settled attempts alone and without attacks. Their rates differ by {} (a standard deviation). Listed is who differs by more than that, so that \
         at most {} of them are expected to be chance, and by {} or more.",
        number(compared.accounts),
        unsigned(spread),
        percent(report.attention.false_discovery),
        unsigned(compared.least),
    )
}

/// `acme: 41.2 % of 12,000 attempts converted, where 76.0 % were to be expected from the others (p < 10⁻⁹)`
#[must_use]
pub fn outlier(line: &AccountLine, peers: &Peers) -> String {
    format!(
        "{}: {} of {} attempts converted, where {} were to be expected from the others ({}).",
        line.name,
        percent(peers.rate),
        about(peers.attempts),
        percent(peers.expected),
        probability(peers.p_value),
    )
}

/// `acme −5.1 pp (−7.0 to −3.2 pp)`
#[must_use]
pub fn moved(line: &AccountLine, mover: &Mover) -> String {
    let ends = format!("{} to {}", points(mover.rate.low).trim_end_matches(" pp"), points(mover.rate.high));
    format!("{} {} ({ends})", line.name, points(mover.rate.value))
}

/// What it takes to be listed as moved.
#[must_use]
pub fn listed(report: &AccountsReport) -> String {
    let compared = report.accounts.iter().filter(|line| line.moved.is_some()).count();
    format!(
        "Listed is which account's rate moved by {} or more against its own former period, and by more than its days \
         differ: of what is listed at most {} is expected to be chance, of all {} accounts that could be compared",
        unsigned(LEAST_MOVE),
        percent(report.attention.false_discovery),
        number(compared),
    )
}

/// `+1.0 pp` as `1.0 pp`.
fn unsigned(difference: f64) -> String {
    points(difference).trim_start_matches(['+', '±']).to_owned()
}

/// A number of accounts or places.
#[must_use]
pub fn number(count: usize) -> String {
    grouped(i64::try_from(count).unwrap_or(i64::MAX))
}

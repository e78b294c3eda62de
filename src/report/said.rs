//! What all forms of the report say in the same words: how was looked, and what a number is without attacks.

use chrono::NaiveDate;

use super::format::{about, dates, grouped, percent, place_name, points, signed_percent, when};
use super::model::{
    AskedInPart, Attention, Change, Cleared, Coverage, Figure, FlagKind, Fresh, Look, Movers, Period, Report,
    TrendState, Unlooked,
};

impl Attention {
    /// Whether anything deserves attention.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        !self.flags.is_empty()
    }
}

impl Report {
    /// The numbers that come first: of the one country that the job asks for, or of everything.
    #[must_use]
    pub fn head(&self) -> &Figure {
        self.lead.as_ref().map_or(&self.totals, |lead| &lead.figure)
    }

    /// ` in Colombia`: what these are of; empty where they are of everything.
    #[must_use]
    pub fn head_place(&self) -> String {
        self.lead.as_ref().map_or_else(String::new, |lead| format!(" in {}", lead.country.name()))
    }

    /// `, everywhere`: what the other parts are of that are not cut by country; empty where the headline is of the same.
    #[must_use]
    pub const fn part_place(&self) -> &'static str {
        if self.lead.is_some() { ", everywhere" } else { "" }
    }

    /// The dates of windows that do not end with the period: which ones its numbers are of.
    #[must_use]
    pub fn counted_dates(&self) -> Option<String> {
        let crosses = !self.coverage.beyond.is_empty() || !self.coverage.counted_before.is_empty();
        let points = self.trend.iter().filter(|point| point.state != TrendState::Missing);
        let counted =
            || points.flat_map(|point| point.first.iter_days().take_while(|date| *date <= point.last)).collect();
        let text = |days: Vec<NaiveDate>| format!("{}, the windows that begin in {}", dates(&days), self.period);
        crosses.then(counted).map(text)
    }

    /// The same of the compared period.
    #[must_use]
    pub fn compared_dates(&self) -> Option<String> {
        let compared = self.compared?;
        let crosses = self.compared_dates.iter().any(|date| !compared.holds(*date));
        crosses.then(|| dates(&self.compared_dates))
    }
}

impl Unlooked {
    /// Whether it lacks numbers that another day may bring; otherwise the job never asks for what it takes.
    const fn is_lack(self) -> bool {
        !matches!(self, Self::NoCountries | Self::NoPhone)
    }
}

/// What is looked for.
#[must_use]
pub const fn look_name(kind: FlagKind) -> &'static str {
    match kind {
        FlagKind::Pumping => "SMS pumping",
        FlagKind::Silence => "attempts that fell away",
        FlagKind::Outage => "failed channels",
        FlagKind::Drop => "conversion drops",
        FlagKind::NewCountry => "new countries",
    }
}

/// `6 of 7 days are there`
fn why(look: &Look, unlooked: Unlooked, report: &Report) -> String {
    let days = if matches!(report.every.as_str(), "hour" | "day") { "days" } else { "windows" };
    match unlooked {
        Unlooked::TooFewUnits { there, needed } => format!("{there} of {needed} {days} are there"),
        Unlooked::TooFewBefore { there, needed } => format!("{there} of {needed} days before the period are there"),
        Unlooked::TooFewAttempts { needed } => match look.kind {
            FlagKind::Silence => format!("nowhere were {needed} attempts to be expected"),
            _ => format!("nothing has {needed} settled attempts and a usual rate to hold them against"),
        },
        Unlooked::NoneComplete => {
            let unit = if days == "days" { "day" } else { "window" };
            format!("no {unit} of the period is known from end to end")
        }
        Unlooked::AllProvisional => "all of the period may still change".to_owned(),
        Unlooked::NoCountries => "the job does not split countries".to_owned(),
        Unlooked::NoPhone => "no channel of the job sends over the phone network".to_owned(),
    }
}

/// `SMS pumping: looked for in 12 places on 31 days`, of each kind.
#[must_use]
pub fn looks(report: &Report) -> Vec<String> {
    let line = |look: &Look| {
        let name = look_name(look.kind);
        if let Some(unlooked) = look.unlooked {
            return format!("{name}: not looked for: {}", why(look, unlooked, report));
        }
        let (one, many) = match look.kind {
            FlagKind::NewCountry => ("country", "countries"),
            FlagKind::Outage => ("channel", "channels and cells"),
            _ => ("place", "places"),
        };
        let places = if look.judged == 1 { one } else { many };
        let days = match (report.every.as_str(), look.units) {
            ("hour" | "day", 1) => "day",
            ("hour" | "day", _) => "days",
            (_, 1) => "window",
            _ => "windows",
        };
        format!("{name}: looked for in {} {places} on {} {days}", look.judged, look.units)
    };
    let fresh = fresh(report).map(|places| format!("Too new to be judged: {places}"));
    report.attention.looks.iter().map(line).chain(fresh).collect()
}

/// `Mexico on 17 of 31 days`: what was asked for on some days only.
#[must_use]
pub fn asked_in_part(coverage: &Coverage) -> Option<String> {
    let name = |asked: &AskedInPart| format!("{} on {} of {} days", place_name(&asked.place), asked.days, asked.of);
    let mut names: Vec<String> = coverage.asked_in_part.iter().take(FRESH).map(name).collect();
    match coverage.asked_in_part.len() - names.len() {
        0 => {}
        more => names.push(format!("{more} more places in part")),
    }
    (!names.is_empty()).then(|| names.join(", "))
}

/// How many places are named that are too new, or were asked for in part.
const FRESH: usize = 5;

/// `Mexico on 2026-10-30 (2 of 7 days were asked for alike)`
fn fresh(report: &Report) -> Option<String> {
    let days = if matches!(report.every.as_str(), "hour" | "day") { "days" } else { "windows" };
    let places = &report.attention.fresh;
    let name = |it: &Fresh| {
        let when = when(it.first, it.last);
        format!("{} {when} ({} of {} {days} were asked for alike)", place_name(&it.place), it.there, it.needed)
    };
    let mut names: Vec<String> = places.iter().take(FRESH).map(name).collect();
    if places.len() > FRESH {
        names.push(format!("{} more places", places.len() - FRESH));
    }
    (!names.is_empty()).then(|| names.join(", "))
}

/// `not looked for: SMS pumping (6 of 7 days are there)`; `None` if everything was that the job has numbers for.
#[must_use]
pub fn unlooked(report: &Report) -> Option<String> {
    let mut lacks: Vec<(String, Vec<&str>)> = Vec::new();
    for look in &report.attention.looks {
        let Some(unlooked) = look.unlooked.filter(|unlooked| unlooked.is_lack()) else { continue };
        let why = why(look, unlooked, report);
        match lacks.iter_mut().find(|(known, _)| *known == why) {
            Some((_, names)) => names.push(look_name(look.kind)),
            None => lacks.push((why, vec![look_name(look.kind)])),
        }
    }
    let lacks: Vec<String> = lacks.into_iter().map(|(why, names)| format!("{} ({why})", names.join(", "))).collect();
    let lacks = (!lacks.is_empty()).then(|| format!("not looked for: {}", lacks.join("; ")));
    let fresh = fresh(report).map(|places| format!("too new to be judged: {places}"));
    let told: Vec<String> = lacks.into_iter().chain(fresh).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// What is said where no flag was raised: that nothing stands out, unless it was not looked for.
#[must_use]
pub fn nothing(report: &Report) -> String {
    if let Some(ends) = ends(report) {
        return ends;
    }
    let is_any = report.attention.looks.iter().any(|look| look.unlooked.is_none());
    match (is_any, unlooked(report)) {
        (true, None) => format!("nothing stands out{}", but(report)),
        (true, Some(unlooked)) => format!("nothing stands out in what was looked for{}; {unlooked}", but(report)),
        (false, Some(unlooked)) => unlooked,
        (false, None) => "nothing that the job asks for can be looked at".to_owned(),
    }
}

/// That the numbers end: what was asked for has no attempts at all.
fn ends(report: &Report) -> Option<String> {
    let prefixes = report.prefixes.as_ref().filter(|prefixes| prefixes.lines.is_empty())?;
    let covered = report.coverage.covered > 0 || !report.coverage.partial.is_empty();
    covered.then(|| {
        format!(
            "no number that begins with any of the {} prefixes had an attempt; where a shorter prefix had some, its \
             numbers have no more digits, and it is the block",
            prefixes.silent
        )
    })
}

/// That lesser attacks of the period are taken out of comparisons.
fn but(report: &Report) -> &'static str {
    let is_lesser = report.attention.taken_out.iter().any(|flag| report.period.holds(flag.last));
    if is_lesser { ", but for attacks that are less than what is flagged" } else { "" }
}

/// What every look is against.
#[must_use]
pub fn against(report: &Report) -> String {
    let attention = &report.attention;
    let Some(history) = attention.history else {
        return "The dataset holds nothing before this period, so only what stands out within it could be found."
            .to_owned();
    };
    format!(
        "Compared with the {} days before ({} – {}); at most {} of the drops that are reported are expected to be chance.",
        history.days,
        history.first,
        history.last,
        percent(attention.thresholds.false_discovery),
    )
}

/// `attempts +3.2 %, rate +0.4 pp`; empty where nothing can be compared.
#[must_use]
pub fn change(change: Option<Change>) -> String {
    let attempts = change.and_then(|change| change.attempts).map(|part| format!("attempts {}", signed_percent(part)));
    let rate = change.and_then(|change| change.rate).map(|rate| format!("rate {}", points(rate.value)));
    [attempts, rate].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// `32,240 attempts everywhere, of which 88.5 % converted; attempts +2.0 %, rate −0.8 pp`: of everything, where the
/// report is of one country first.
#[must_use]
pub fn everywhere(report: &Report) -> Option<String> {
    report.lead.as_ref()?;
    let totals = &report.totals;
    let rate = totals.rates.map_or_else(String::new, |rates| format!(", of which {} converted", percent(rates.rate)));
    let moved = Some(change(totals.change)).filter(|moved| !moved.is_empty());
    let attacks = totals.cleared.map(|cleared| without_attacks(report, &cleared));
    let all = format!("{} attempts everywhere{rate}", grouped(totals.counts.attempts()));
    Some([Some(all), moved, attacks].into_iter().flatten().collect::<Vec<_>>().join("; "))
}

/// `2,418 of the attempts, and 0 of those of 2026-09, look like pumping; without them 77.1 % converted, attempts −0.1 %,
/// rate +0.4 pp`
#[must_use]
pub fn without_attacks(report: &Report, cleared: &Cleared) -> String {
    attacks(cleared, report.compared.as_ref())
}

/// The same of whatever was compared with a period.
#[must_use]
pub fn attacks(cleared: &Cleared, compared: Option<&Period>) -> String {
    let before = compared
        .map_or(String::new(), |compared| format!(", and {} of those of {compared},", about(cleared.removed_before)));
    let rate = cleared.rates.map(|rates| format!("{} converted", percent(rates.rate)));
    let moved = Some(change(cleared.change)).filter(|moved| !moved.is_empty());
    let left: Vec<String> = [rate, moved].into_iter().flatten().collect();
    let left = if left.is_empty() { "nothing is left".to_owned() } else { left.join(", ") };
    format!("{} of the attempts{before} look like pumping; without them {left}", about(cleared.removed))
}

/// What stands before the attacks that raise no flag.
pub const TAKEN_OUT: &str =
    "Taken out of comparisons besides, as part of the compared period or as less than what is flagged:";

/// What it takes to be listed as moved.
#[must_use]
pub fn listed(movers: &Movers) -> String {
    format!(
        "Listed is what moved by {} or more, and by more than its days differ: of what is listed at most {} is expected \
         to be chance, of all comparisons together",
        points(movers.least).trim_start_matches('+'),
        percent(movers.false_discovery),
    )
}

//! What all accounts' digests add up to.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Weekday};

use super::change::{Changed, change};
use super::digest::Digest;
use super::discoveries::attention;
use super::model::{AccountLine, AccountsCosts, AccountsReport, DayOfAccounts, Sums, Unreported};
use super::peers::{Bounds, compare};
use crate::job::{Job, ReportSettings};
use crate::model::{Country, Counts, UnixSeconds};
use crate::report::model::{
    Change, ChannelLine, Cleared, Countries, CountryLine, Figure, Mover, Note, Period, TrendPoint, TrendState,
};
use crate::report::series::real;
use crate::report::stats::q_values;
use crate::rollup::Rates;
use crate::sink::dataset::Split;

/// What a report over accounts is to be of.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The job.
    pub job: &'a Job,
    /// Its `[report]`, or the defaults.
    pub settings: &'a ReportSettings,
    /// The period.
    pub period: Period,
    /// The instant that the report refers to.
    pub as_of: UnixSeconds,
    /// How many accounts the job has, those that are left out included.
    pub of: usize,
}

/// Adds up the digests of all accounts that could be reported, in any order.
#[must_use]
pub fn total(asked: Asked<'_>, mut digests: Vec<Digest>, mut unreported: Vec<Unreported>) -> AccountsReport {
    let Asked { job, settings, period, as_of, of } = asked;
    let ranked_from = i64::from(settings.ranked_from);
    digests.sort_by(|a, b| {
        let place = |digest: &Digest| (Reverse(digest.figure.counts.attempts()), digest.account);
        place(a).cmp(&place(b)).then_with(|| a.name.cmp(&b.name))
    });
    unreported.sort_by(|a, b| a.name.cmp(&b.name));
    let false_discovery = settings.attention.false_discovery.fraction();
    let attention = attention(&digests, false_discovery);
    let bounds = Bounds { false_discovery, least: settings.attention.drop.fraction(), ranked_from };
    let (peers, compared_peers) = compare(&digests, bounds);
    let all = added(digests.iter().map(|digest| digest.figure.counts));
    let plain = |counts: Counts| plain(counts, all, ranked_from);
    let channels = ranked(digests.iter().flat_map(|digest| &digest.channels));
    let countries = job.shape.countries.as_ref().map(|asked| {
        let found = ranked(digests.iter().flat_map(|digest| &digest.countries));
        countries(found, &plain, (asked.len(), settings.top_countries))
    });
    let (moves, compared) = (moves(&digests), digests.iter().find_map(|digest| digest.compared));
    let mut flags = vec![0; digests.len()];
    attention.flags.iter().for_each(|found| flags[found.account] += 1);
    let trend = trend(&digests, &plain);
    let totals = sums(&digests, &plain(all), &trend, ranked_from);
    let costs = costs(&digests);
    let digests_source = digests.first().map(|digest| digest.source.clone());
    let notes = notes(&digests);
    let lines = digests.into_iter().zip(peers).zip(moves).zip(flags);
    let lines = lines.map(|(((digest, peers), moved), flags)| {
        let share = plain(digest.figure.counts).share;
        let of_channel = |channel| digest.channels.iter().find(|(own, _)| *own == channel).map(|(_, counts)| *counts);
        AccountLine {
            peers,
            moved,
            flags,
            channels: channels.iter().map(|(channel, _)| of_channel(*channel).unwrap_or_default()).collect(),
            figure: Figure { share, ..digest.figure },
            ..line(digest)
        }
    });
    AccountsReport {
        job: job.name.to_string(),
        description: job.description.clone(),
        source: digests_source.unwrap_or_else(|| job.source.endpoint.to_string()),
        timezone: job.windows.timezone,
        every: job.windows.every.word().to_owned(),
        split: Split::from(&job.shape),
        period,
        compared,
        as_of,
        ranked_from,
        accounts: lines.collect(),
        unreported,
        of,
        is_over: period.window.end() <= as_of,
        totals,
        trend,
        channels: channels.iter().map(|(channel, of)| ChannelLine { channel: *channel, figure: plain(*of) }).collect(),
        countries,
        attention,
        peers: compared_peers,
        costs,
        notes,
    }
}

/// What the account says of itself.
fn line(digest: Digest) -> AccountLine {
    let Digest { name, account, figure, days, covered, absent, provisional, costs, damage, .. } = digest;
    let costs = costs.unwrap_or_default();
    AccountLine {
        name,
        account,
        figure,
        days,
        covered,
        absent,
        provisional,
        channels: Vec::new(),
        peers: None,
        moved: None,
        costs,
        flags: 0,
        damage,
    }
}

fn plain(counts: Counts, all: Counts, ranked_from: i64) -> Figure {
    let (attempts, of) = (counts.attempts(), all.attempts());
    Figure {
        counts,
        rates: Rates::of(counts),
        share: if of > 0 { real(attempts) / real(of) } else { 0.0 },
        is_ranked: attempts >= ranked_from,
        change: None,
        cleared: None,
    }
}

/// Their sum; beyond 64 bits what fits.
fn added(counts: impl IntoIterator<Item = Counts>) -> Counts {
    counts.into_iter().fold(Counts::ZERO, |sum, one| sum.checked_add(one).unwrap_or(sum))
}

/// Sums by key, most attempts first.
fn ranked<'a, K: Ord + Copy + 'a>(parts: impl Iterator<Item = &'a (K, Counts)>) -> Vec<(K, Counts)> {
    let mut sums: BTreeMap<K, Counts> = BTreeMap::new();
    for (key, counts) in parts {
        let sum = sums.entry(*key).or_default();
        *sum = added([*sum, *counts]);
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(key, counts)| (Reverse(counts.attempts()), *key));
    sums
}

/// The countries of all accounts, of so many that were asked for.
fn countries(
    found: Vec<(Country, Counts)>,
    plain: &impl Fn(Counts) -> Figure,
    (asked, top): (usize, usize),
) -> Countries {
    let (rest, lines): (Vec<_>, Vec<_>) = found.into_iter().partition(|(country, _)| *country == Country::REMAINDER);
    let lines: Vec<_> = lines.into_iter().filter(|(_, counts)| counts.attempts() > 0).collect();
    let shown = if lines.len() <= top + 1 { lines.len() } else { top };
    let tail = added(lines[shown..].iter().map(|(_, counts)| *counts));
    Countries {
        shown,
        tail: (shown < lines.len()).then(|| plain(tail)),
        remainder: rest.first().map(|(_, counts)| plain(*counts)),
        silent: asked.saturating_sub(lines.len()),
        lines: lines.into_iter().map(|(country, of)| CountryLine { country, figure: plain(of) }).collect(),
    }
}

/// How sure each account's move is among those of all.
fn moves(digests: &[Digest]) -> Vec<Option<Mover>> {
    let p_values: Vec<f64> = digests.iter().filter_map(|digest| digest.moved.as_ref()).map(|it| it.p_value).collect();
    let mut q_values = q_values(&p_values).into_iter();
    let move_of = |digest: &Digest| {
        let mover = digest.moved.clone()?;
        Some(Mover { q_value: q_values.next().unwrap_or(1.0), ..mover })
    };
    digests.iter().map(move_of).collect()
}

/// The figure of all, with the change of those that can be compared.
fn sums(digests: &[Digest], all: &Figure, trend: &[DayOfAccounts], ranked_from: i64) -> Sums {
    let cleared = digests.iter().filter_map(|digest| digest.figure.cleared);
    let (removed, removed_before) =
        cleared.fold((0.0, 0.0), |sum, cleared| (sum.0 + cleared.removed, sum.1 + cleared.removed_before));
    let left = digests.iter().map(|digest| match digest.figure.cleared {
        Some(Cleared { attempts, rates, .. }) => (attempts, rates.map_or(0.0, |rates| attempts * rates.rate)),
        None => (real(digest.figure.counts.attempts()), real(digest.figure.counts.converted())),
    });
    let (attempts, converted) = left.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let changed = |digest: &Digest, attempts: f64, change: Option<Change>| {
        change.map(|change| Changed::Was { attempts, change }).or_else(|| digest.came.map(Changed::Came))
    };
    let own = digests
        .iter()
        .filter_map(|digest| changed(digest, real(digest.figure.counts.attempts()), digest.figure.change));
    let without = digests.iter().filter_map(|digest| match digest.figure.cleared {
        Some(Cleared { attempts, change, .. }) => changed(digest, attempts, change),
        None => changed(digest, real(digest.figure.counts.attempts()), digest.figure.change),
    });
    let (own, without): (Vec<Changed>, Vec<Changed>) = (own.collect(), without.collect());
    let points: Vec<TrendPoint> = trend.iter().map(|day| day.point).collect();
    let is_cleared = removed >= 0.5 || removed_before >= 0.5;
    let cleared = is_cleared.then(|| Cleared {
        removed,
        removed_before,
        attempts,
        is_ranked: attempts >= real(ranked_from),
        rates: (attempts > 0.0).then(|| Rates::wilson(attempts, converted, attempts - converted)),
        change: change(&without, &points),
    });
    Sums { compared: own.len(), figure: Figure { change: change(&own, &points), cleared, ..*all } }
}

/// Day by day: what some accounts lack, all together have in part.
fn trend(digests: &[Digest], plain: &impl Fn(Counts) -> Figure) -> Vec<DayOfAccounts> {
    #[derive(Default)]
    struct Day {
        counts: Vec<Counts>,
        whole: usize,
        is_provisional: bool,
    }
    let mut days: BTreeMap<(NaiveDate, NaiveDate), Day> = BTreeMap::new();
    for point in digests.iter().flat_map(|digest| &digest.trend) {
        let day = days.entry((point.first, point.last)).or_default();
        day.counts.extend(point.figure.map(|figure| figure.counts));
        day.whole += usize::from(matches!(point.state, TrendState::Final | TrendState::Provisional));
        day.is_provisional |= point.state == TrendState::Provisional;
    }
    let day = |((first, last), day): ((NaiveDate, NaiveDate), Day)| {
        let state = match (day.whole, day.counts.is_empty()) {
            (_, true) => TrendState::Missing,
            (whole, _) if whole < digests.len() => TrendState::Partial,
            _ if day.is_provisional => TrendState::Provisional,
            _ => TrendState::Final,
        };
        let figure = (!day.counts.is_empty()).then(|| plain(added(day.counts)));
        let is_weekend = first == last && matches!(first.weekday(), Weekday::Sat | Weekday::Sun);
        DayOfAccounts { point: TrendPoint { first, last, is_weekend, figure, state }, accounts: day.whole }
    };
    days.into_iter().map(day).collect()
}

fn costs(digests: &[Digest]) -> Option<AccountsCosts> {
    let known = digests.iter().filter_map(|digest| digest.costs.as_ref());
    known.clone().next()?;
    let mut currencies = BTreeMap::new();
    for (currency, cost) in known.flatten() {
        let sum: &mut crate::report::model::Cost = currencies.entry(*currency).or_default();
        *sum = sum.with(cost);
    }
    let priced: i64 = currencies.values().map(|cost| cost.counts.attempts()).sum();
    let all: i64 = digests.iter().map(|digest| digest.figure.counts.attempts()).sum();
    Some(AccountsCosts { currencies: currencies.into_iter().collect(), unpriced: all.saturating_sub(priced) })
}

/// What has to be said of any of them, in the order in which it is told.
fn notes(digests: &[Digest]) -> Vec<Note> {
    let mut notes: Vec<Note> = Vec::new();
    for note in digests.iter().flat_map(|digest| &digest.notes) {
        if !notes.contains(note) {
            notes.push(*note);
        }
    }
    notes
}

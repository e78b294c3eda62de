//! What was seen, in the order in which it is told: sentences first, then tables. Every form shows these.

use super::ask::{Found, Look};
use crate::investigate::{Block, Groups, Told};
use crate::job::{day_start, local_date};
use crate::model::{Counts, Prefix, Slice, UnixSeconds};
use crate::pipeline::Order;
use crate::report::format::{channel_name, country_name, grouped, percent};

/// All there is to tell.
pub(super) struct Seen<'a> {
    pub(super) order: &'a Order,
    pub(super) look: &'a Look,
    pub(super) notes: Vec<String>,
    pub(super) requests: u64,
}

/// A table of groups.
pub(super) struct Table {
    pub(super) title: String,
    pub(super) rows: Vec<(String, Counts)>,
}

impl Seen<'_> {
    /// `Madagascar, SMS, on 2026-11-03 (Europe/Zurich)`
    pub(super) fn title(&self) -> String {
        let Slice { range, country, channel, .. } = self.look.slice;
        let zone = self.order.job.windows.timezone;
        let (first, last) = (local_date(range.start(), zone), local_date(range.end().plus_seconds(-1), zone));
        let next = last.succ_opt().unwrap_or(last);
        let local = |at: UnixSeconds| at.to_datetime().with_timezone(&zone).format("%Y-%m-%d %H:%M %Z").to_string();
        let when = if day_start(first, zone) != range.start() || day_start(next, zone) != range.end() {
            format!("from {} to {}", local(range.start()), local(range.end()))
        } else if first == last {
            format!("on {first}")
        } else {
            format!("from {first} to {last}")
        };
        let country = country.map_or("all countries", country_name);
        format!("{country}, {}, {when} ({zone})", channel.map_or("all channels", channel_name))
    }

    /// The block that holds what did not convert, and whether it may be smaller.
    pub(super) fn block(&self) -> (Option<Block>, Told) {
        match &self.look.found {
            Found::Nothing => (None, Told::Whole),
            Found::Listed { tally, .. } => (tally.block(self.look.usual()), Told::Whole),
            Found::ByPrefix(descent) => descent.conclude(),
        }
    }

    /// What is to be said in words, with its label.
    pub(super) fn sentences(&self) -> Vec<(&'static str, String)> {
        let mut told = Vec::new();
        let Some(whole) = self.look.whole else { return told };
        let usual = percent(self.look.usual().conversion());
        let compared = match self.look.weeks.len() {
            0 => format!("no week before it could be compared, so {usual} are taken for usual"),
            1 => format!("usually {usual} convert (in the week before)"),
            weeks => format!("usually {usual} convert (the best of {weeks} weeks before)"),
        };
        told.push(("attempts", format!("{}; {compared}", counted(whole))));
        if whole == Counts::ZERO {
            return told;
        }
        match self.block() {
            (None, told_all) => told.push(("block", self.no_block(told_all).to_owned())),
            (Some(block), told_all) => {
                let share = share(block.counts, self.looked_at(whole));
                let smaller =
                    if told_all == Told::OutOfQuestions { "; a smaller one needs more --max-requests" } else { "" };
                told.push(("block", format!("{}: {}, {share} of all{smaller}", block.prefix, counted(block.counts))));
                if let Some(rest) = block.counts.within(self.looked_at(whole)) {
                    told.push(("without it", counted(rest)));
                }
            }
        }
        told.extend(self.costs().into_iter().map(|cost| ("cost", cost)));
        told
    }

    /// What the block is a part of: the list's attempts where it was read, which Summary may count otherwise.
    pub(super) fn looked_at(&self, whole: Counts) -> Counts {
        match &self.look.found {
            Found::Listed { tally, .. } => tally.counts,
            _ => whole,
        }
    }

    const fn no_block(&self, told: Told) -> &'static str {
        match (&self.look.found, told) {
            (Found::Listed { .. }, _) => "none stands out",
            (Found::Nothing, _) => "not looked for",
            (_, Told::NotAsked) => "not looked for, as many convert as usually do",
            (_, Told::OutOfQuestions) => "not found within --max-requests",
            (_, Told::Whole) => "none: what did not convert is spread over many",
        }
    }

    fn costs(&self) -> Vec<String> {
        let Found::Listed { tally, .. } = &self.look.found else { return Vec::new() };
        let mut told: Vec<_> = tally
            .costs
            .iter()
            .map(|(currency, cost)| {
                format!(
                    "{} {currency}, of which {} for attempts that did not convert",
                    cost.all.to_cents(),
                    cost.unconverted.to_cents()
                )
            })
            .collect();
        let priced: i64 = tally.costs.values().map(|cost| cost.priced).sum();
        let unpriced = tally.counts.attempts() - priced;
        if unpriced > 0 {
            told.push(format!("not known yet of {} attempts", grouped(unpriced)));
        }
        told
    }

    /// The tables, each of groups of ten attempts or more and of all others together.
    pub(super) fn tables(&self) -> Vec<Table> {
        let mut tables = Vec::new();
        match &self.look.found {
            Found::Nothing => {}
            Found::ByPrefix(descent) => {
                let mut groups = Groups::of(descent.beside());
                let named = groups.named.iter().try_fold(Counts::ZERO, |sum, (_, counts)| sum.checked_add(*counts));
                // Others were not asked about one by one.
                groups.others =
                    named.zip(self.look.whole).and_then(|(named, whole)| named.within(whole)).unwrap_or_default();
                if !groups.named.is_empty() {
                    tables.push(table("Blocks", &groups, Prefix::to_string));
                }
            }
            Found::Listed { tally, .. } => {
                if let (Some(block), _) = self.block() {
                    tables.push(table("Blocks", &Groups::of(&tally.beside(block.prefix)), Prefix::to_string));
                }
                tables.push(table("Carriers", &Groups::of(&tally.carriers), ToString::to_string));
                let zone = self.order.job.windows.timezone;
                let mut hours = Groups::of(&tally.hours);
                hours.named.sort_by_key(|(hour, _)| *hour);
                tables.push(table(&format!("Hours ({zone})"), &hours, |hour| {
                    hour.to_datetime().with_timezone(&zone).format("%Y-%m-%d %H:%M %Z").to_string()
                }));
                tables.push(table("Delivery", &Groups::of(&tally.delivery), |(status, code)| {
                    let status = status.as_deref().unwrap_or("not known");
                    code.as_deref().map_or_else(|| status.to_owned(), |code| format!("{status}, error {code}"))
                }));
            }
        }
        tables.retain(|table| !table.rows.is_empty());
        tables
    }

    /// How it was looked.
    pub(super) fn method(&self) -> String {
        let plural = if self.requests == 1 { "" } else { "s" };
        let requests = format!("{} request{plural}", grouped(self.requests));
        match &self.look.found {
            Found::Nothing => requests,
            Found::Listed { pages, .. } => format!("{requests}, {} of them pages of the list", grouped(*pages)),
            Found::ByPrefix(_) => format!("{requests} to Summary, by prefix"),
        }
    }
}

fn table<K: Ord + Clone>(title: &str, groups: &Groups<K>, name: impl Fn(&K) -> String) -> Table {
    let mut rows: Vec<_> = groups.named.iter().map(|(key, counts)| (name(key), *counts)).collect();
    if groups.others != Counts::ZERO {
        rows.push(("others".to_owned(), groups.others));
    }
    Table { title: title.to_owned(), rows }
}

fn counted(counts: Counts) -> String {
    let attempts = format!("{} attempts", grouped(counts.attempts()));
    if counts == Counts::ZERO {
        return "no attempts".to_owned();
    }
    format!("{attempts}, {} converted ({})", grouped(counts.converted()), rate(counts))
}

/// `1.3 %`; nothing of no attempts.
pub(super) fn rate(counts: Counts) -> String {
    share_of(counts.converted(), counts.attempts())
}

fn share(part: Counts, whole: Counts) -> String {
    share_of(part.attempts(), whole.attempts())
}

fn share_of(part: i64, whole: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown to a tenth of a percent")]
    let share = part as f64 / whole as f64;
    if whole == 0 { String::new() } else { percent(share) }
}

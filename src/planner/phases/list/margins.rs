//! Listed sums against Summary's, margin by margin (R5): windows, then channels, services, prefixes and countries over
//! every run of windows that stood.
//!
//! A channel that is left to questions is taken off a margin before it is compared. A margin without an answer is one
//! that differs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::model::{Answer, AnswerSource, Channel, Confirmed, Cost, Country, Counts, Proof, Round, Slice, Window};
use crate::planner::evidence::Inquiry;
use crate::planner::index::{CountryIndex, Lane};
use crate::planner::knowledge::{Knowledge, runs_of};
use crate::planner::layout::Node;
use crate::planner::listed::{ListedDifference, Margin, WindowSums, lacks};

/// Sums of windows, by their number.
pub(super) type Sums = BTreeMap<usize, WindowSums>;

/// What a choice of countries and channels adds up to.
pub(super) fn sum_of<'a>(
    sums: impl Iterator<Item = &'a WindowSums>,
    admits: impl Fn(Option<Country>, Option<Channel>) -> bool,
) -> Counts {
    sums.fold(Counts::ZERO, |sum, window| sum.checked_add(window.sum(&admits)).unwrap_or(sum))
}

/// What Summary says of a slice, without the channels that are left to questions; `None`: something of it got no answer,
/// or contradicts itself.
fn stated(known: &Knowledge, inquiry: &Inquiry, slice: Slice) -> Option<Counts> {
    let mut stated = inquiry.answer(&slice, Round::First)?.counts;
    for channel in left_out(known, slice) {
        let part = inquiry.answer(&Slice { channel: Some(channel), ..slice }, Round::First)?.counts;
        stated = part.within(stated)?;
    }
    Some(stated)
}

/// The channels that a slice without channel holds and the list does not count: no country has e-mail.
fn left_out(known: &Knowledge, slice: Slice) -> impl Iterator<Item = Channel> + '_ {
    let may_hold = move |it: &Channel| slice.channel.is_none() && (slice.country.is_none() || *it != Channel::Email);
    known.listed.without.iter().copied().filter(may_hold)
}

fn is_counted(known: &Knowledge, channel: Option<Channel>) -> bool {
    channel.is_none_or(|channel| !known.listed.without.contains(&channel))
}

/// What a window's total differs in, if it was answered.
pub(super) fn compare_window(
    known: &Knowledge,
    inquiry: &Inquiry,
    slice: Slice,
    sums: &WindowSums,
) -> Option<ListedDifference> {
    let answered = inquiry.answer(&slice, Round::First)?.counts;
    let listed = sums.sum(|_, channel| is_counted(known, channel));
    match stated(known, inquiry, slice) {
        Some(summary) if summary == listed => None,
        summary => {
            Some(ListedDifference { margin: Margin::Window, slice, listed, summary: summary.unwrap_or(answered) })
        }
    }
}

/// A run of windows, and the countries that are compared over it.
#[derive(Debug)]
struct Run {
    windows: Range<usize>,
    countries: Vec<CountryIndex>,
}

/// The margins over each run of windows.
#[derive(Debug, Default)]
pub(super) struct Margins {
    runs: Vec<Run>,
}

impl Margins {
    /// Over the windows that stood. Countries are compared that have attempts, and all of them where some attempts name
    /// none: they may be any country's. Where those that have attempts do not make up the whole, the others follow.
    pub(super) fn over(known: &Knowledge, sums: &Sums) -> Self {
        let run = |windows: Range<usize>| {
            let within = || sums.range(windows.clone()).map(|(_, sums)| sums);
            let has_homeless = within().any(WindowSums::has_homeless);
            let is_compared = |&country: &CountryIndex| {
                let name = known.layout.country(country);
                let has_some = || sum_of(within(), |it, _| it == name && it.is_some()) != Counts::ZERO;
                !known.is_refused(country) && (has_homeless || has_some())
            };
            let splits = known.layout.splits_countries();
            let countries = known.layout.countries().filter(|_| splits).filter(is_compared).collect();
            Run { windows, countries }
        };
        Self { runs: runs_of(sums.keys().copied()).into_iter().map(run).collect() }
    }

    /// What has to be asked.
    pub(super) fn questions(&self, known: &Knowledge) -> Vec<Slice> {
        let mut slices = Vec::new();
        for Run { windows, countries } in &self.runs {
            let Some(range) = known.layout.hull(windows.clone()) else { continue };
            for lane in lanes(known) {
                slices.push(known.layout.slice_of(range, None, lane));
            }
            if known.layout.splits_countries() {
                slices.push(email(range));
            }
            slices.extend(countries.iter().flat_map(|&country| of_country(known, range, country)));
        }
        slices
    }

    /// The countries that are left, in runs where those that were asked and e-mail do not make up the whole: attempts that
    /// the list has in one of them may be another's.
    pub(super) fn more_questions(&mut self, known: &Knowledge, inquiry: &Inquiry) -> Vec<Slice> {
        let mut slices = Vec::new();
        for Run { windows, countries } in &mut self.runs {
            let Some(range) = known.layout.hull(windows.clone()) else { continue };
            let attempts = |slice: Slice| inquiry.answer(&slice, Round::First).map(|answer| answer.counts.attempts());
            let of = |country: &CountryIndex| Slice { country: known.layout.country(*country), ..Slice::whole(range) };
            let all = windows.clone().map(|window| attempts(Slice::whole(known.layout.matrix().windows()[window])));
            let parts = countries.iter().map(of).chain([email(range)]).map(attempts);
            let is_made_up = all.sum::<Option<i64>>().is_some_and(|all| parts.sum::<Option<i64>>() == Some(all));
            if is_made_up || !known.layout.splits_countries() {
                continue;
            }
            let more: Vec<_> =
                known.layout.countries().filter(|it| !countries.contains(it) && !known.is_refused(*it)).collect();
            slices.extend(more.iter().flat_map(|&country| of_country(known, range, country)));
            countries.extend(more);
        }
        slices
    }

    /// Takes over what stood.
    pub(super) fn settle(self, known: &mut Knowledge, inquiry: &Inquiry, sums: &Sums) {
        for run in self.runs {
            let Some(range) = known.layout.hull(run.windows.clone()) else { continue };
            let within = || sums.range(run.windows.clone()).map(|(_, sums)| sums);
            let mut faults = Faults::default();
            for lane in known.layout.lanes() {
                let slice = known.layout.slice_of(range, None, lane);
                let listed = within().fold(Counts::ZERO, |sum, it| sum.checked_add(it.lane(lane).0).unwrap_or(sum));
                let summary = stated(known, inquiry, slice);
                known.evidence.counts.sums_checked += 1;
                if !lanes(known).any(|it| it == lane) || summary != Some(listed) {
                    faults.lanes.insert(lane);
                    tell(known, Margin::Lane, slice, listed, summary);
                }
            }
            for country in run.countries {
                let name = known.layout.country(country);
                let slice = Slice { country: name, ..Slice::whole(range) };
                let listed = sum_of(within(), |it, channel| it == name && is_counted(known, channel));
                let summary = stated(known, inquiry, slice);
                known.evidence.counts.sums_checked += 1;
                if summary == Some(listed) && Some(range) == known.layout.range() {
                    let whole = inquiry.answer(&slice, Round::First).map_or(listed, |answer| answer.counts);
                    known.country_totals.insert((None, None, country), whole);
                } else if summary != Some(listed) {
                    faults.countries.insert(country);
                    tell(known, Margin::Country, slice, listed, summary);
                }
            }
            known.list(&run.windows, sums, &faults);
        }
    }
}

const fn email(range: Window) -> Slice {
    Slice { channel: Some(Channel::Email), ..Slice::whole(range) }
}

/// A country, and what of it the list does not count.
fn of_country(known: &Knowledge, range: Window, country: CountryIndex) -> Vec<Slice> {
    let slice = Slice { country: known.layout.country(country), ..Slice::whole(range) };
    let parts = left_out(known, slice).map(|channel| Slice { channel: Some(channel), ..slice });
    [slice].into_iter().chain(parts).collect()
}

/// The lanes that the list is taken for.
pub(super) fn lanes(known: &Knowledge) -> impl Iterator<Item = Lane> + '_ {
    let layout = &known.layout;
    layout.lanes().filter(|&lane| is_counted(known, layout.channel(layout.channel_of(lane))))
}

/// What is left to questions.
#[derive(Debug, Default)]
struct Faults {
    lanes: BTreeSet<Lane>,
    countries: BTreeSet<CountryIndex>,
}

/// Tells of a margin that differs, but for those that were told before.
fn tell(known: &mut Knowledge, margin: Margin, slice: Slice, listed: Counts, summary: Option<Counts>) {
    let Some(summary) = summary.filter(|_| is_counted(known, slice.channel)) else { return };
    known.listed.differences.push(ListedDifference { margin, slice, listed, summary });
    if let Some(channel) = slice.channel.filter(|_| slice.service.is_none() && slice.prefix.is_none()) {
        known.evidence.notes.add(lacks(channel), 1);
    }
}

impl Faults {
    fn confirmed(&self, known: &Knowledge, window: usize) -> Option<Confirmed> {
        let layout = &known.layout;
        let channels: BTreeSet<Option<Channel>> =
            self.lanes.iter().map(|&lane| layout.channel(layout.channel_of(lane))).collect();
        // Without channels, a service or prefix at fault has no name here.
        let without_channels = channels.into_iter().collect::<Option<Vec<_>>>()?;
        let without_countries = self.countries.iter().filter_map(|&country| layout.country(country)).collect();
        let window = layout.matrix().windows()[window];
        Some(Confirmed { window, without_channels, without_countries })
    }
}

impl Knowledge {
    /// Takes confirmed windows over into cells and totals, but for what is left to questions.
    fn list(&mut self, windows: &Range<usize>, sums: &Sums, faults: &Faults) {
        let is_whole = faults.lanes.is_empty() && faults.countries.is_empty();
        for window in windows.clone() {
            let Some(sums) = sums.get(&window) else { continue };
            for lane in self.layout.lanes().filter(|lane| !faults.lanes.contains(lane)) {
                if self.layout.splits_countries() {
                    self.take_sum(self.layout.window_total(window, lane), sums.lane(lane), &sums.answer);
                }
                for country in self.layout.countries().filter(|country| !faults.countries.contains(country)) {
                    let sum = if self.layout.splits_countries() { sums.cell(country, lane) } else { sums.lane(lane) };
                    self.take_sum(self.layout.cell(window, country, lane), sum, &sums.answer);
                }
            }
            let unknown = sums.sum(|_, channel| channel.is_none()).attempts();
            self.listed.unknown_channels += u64::try_from(unknown).unwrap_or(0);
            if is_whole {
                self.listed.is_whole.insert(window);
            }
            self.listed.confirmed.extend(faults.confirmed(self, window));
        }
    }

    /// Takes over a listed sum; an answer of Summary's own that says otherwise stays.
    pub(super) fn take_sum(&mut self, node: Node, (counts, cost): (Counts, Cost), answer: &Answer) {
        if self.store.counts(node).is_some_and(|known| known != counts) {
            return;
        }
        let listed = Answer { counts, source: AnswerSource::List(cost), proof: Proof::Unproved, ..*answer };
        self.store.answer(&self.layout, node, Round::First, &listed);
    }
}

//! Settled windows from pages of the list, confirmed by Summary (R5).
//!
//! What earlier runs listed and confirmed is looked up first. Of the rest, as many windows as fill about twenty pages
//! are read and held against their own totals before another page is paid for: a list that lacks a channel, or differs
//! altogether, shows there. Then the other windows are read, four segments side by side, and every margin that the job
//! splits is asked: what differs is left to the drill-down, the rest stands.
//!
//! Refused: a cell that any unconfirmed margin covers. Windows whose margins got no answer are left to the drill-down,
//! too.

mod choice;
mod growing;
mod margins;
mod pieces;
mod reading;

use std::collections::VecDeque;

pub(super) use growing::{Grown, ListGrowing};
use margins::{Margins, Sums};

use super::stage::Stage;
use super::{Phase, Turn};
use crate::model::{Channel, ListOutcome, Outcome, Question, Reuse, Round, Segment, Slice};
use crate::planner::Freshness;
use crate::planner::evidence::Inquiry;
use crate::planner::knowledge::Knowledge;
use crate::planner::listed::{DIFFERS, ListedDifference, Margin, WindowSums, lacks};

/// What is asked next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ListStep {
    /// Windows that earlier runs listed.
    LookUp,
    /// Totals of the windows that are read first.
    FirstTotals,
    /// Their pages.
    FirstPages,
    /// Channels over these windows, as some of them differ.
    FirstChannels,
    /// Channels that differ, in each of these windows.
    FirstParts,
    /// Totals of all other windows.
    Totals,
    /// Their pages.
    Pages,
    /// Channels, services, prefixes, and countries that have attempts.
    Margins,
    /// The other countries.
    Countries,
    Over,
}

/// The phase.
#[derive(Debug)]
pub(super) struct ListSettled {
    step: ListStep,
    inquiry: Inquiry,
    segments: VecDeque<Segment>,
    /// Windows to be read, ascending.
    open: Vec<usize>,
    /// All windows that may be read.
    listed: Vec<usize>,
    /// Windows that are read first.
    first: Vec<usize>,
    sums: Sums,
    margins: Margins,
}

impl ListSettled {
    pub(super) fn new(known: &mut Knowledge) -> Self {
        known.remember_what_the_list_lacks();
        let open = if known.may_list_settled() { known.windows_to_list() } else { Vec::new() };
        let mut phase = Self {
            step: if open.is_empty() { ListStep::Over } else { ListStep::LookUp },
            inquiry: Inquiry::default(),
            segments: VecDeque::new(),
            first: Vec::new(),
            sums: Sums::new(),
            margins: Margins::default(),
            listed: open.clone(),
            open,
        };
        // Their cells are not asked one by one, unless something differs.
        known.progress.planned = known.progress.planned.saturating_sub(known.open_nodes(&phase.open));
        if known.terms.freshness == Freshness::Reuse {
            let windows = known.layout.matrix().windows();
            let look = |&window: &usize| Segment { range: windows[window], attempts: 0, reuse: Reuse::SettledOnly };
            phase.segments = phase.open.iter().map(look).collect();
        }
        phase
    }

    /// Puts a margin, unless it was asked already: what earlier runs asked of it when it had settled will do.
    fn put(&mut self, known: &mut Knowledge, slice: Slice) {
        let told = known.layout.node(&slice).and_then(|node| known.store.answered(node, known.terms.as_of));
        if let Some(answer) = told {
            return self.inquiry.tell(slice, Round::First, answer);
        }
        let reuse = if known.terms.freshness == Freshness::Reuse { Reuse::Settled } else { Reuse::Never };
        if self.inquiry.put_with(slice, Round::First, reuse) {
            known.progress.planned += 1;
        }
    }

    /// Puts windows' totals, and those of channels that are left to questions.
    fn put_totals(&mut self, known: &mut Knowledge, windows: &[usize]) {
        for &window in windows {
            let whole = Slice::whole(known.layout.matrix().windows()[window]);
            self.put(known, whole);
            for channel in known.listed.without.clone() {
                self.put(known, Slice { channel: Some(channel), ..whole });
            }
        }
    }

    fn begin_first(&mut self, known: &mut Knowledge) {
        self.open.retain(|window| !self.sums.contains_key(window));
        if !choice::is_worth_listing(known, &self.open, &self.sums) {
            return self.end(known);
        }
        if self.open.is_empty() {
            return self.begin_totals(known);
        }
        self.first = choice::first_windows(known, &self.open);
        let first = self.first.clone();
        self.put_totals(known, &first);
        self.step = ListStep::FirstTotals;
    }

    /// Reads windows in pieces of about twenty pages.
    fn read(&mut self, known: &mut Knowledge, windows: &[usize]) {
        let attempts = |window: usize| {
            let whole = Slice::whole(known.layout.matrix().windows()[window]);
            Some((window, self.inquiry.answer(&whole, Round::First)?.counts.attempts()))
        };
        let windows: Vec<_> = windows.iter().filter_map(|&window| attempts(window)).collect();
        self.segments = pieces::cut(&known.layout, &windows).into();
        known.progress.planned += self.segments.iter().map(Segment::pages).sum::<u64>();
    }

    /// Whether the windows that were read are as Summary says; those that are not are told, unless they are looked into
    /// further.
    fn windows_at_fault(&self, known: &Knowledge) -> Vec<ListedDifference> {
        let of_window = |(&window, sums): (&usize, &WindowSums)| {
            let slice = Slice::whole(known.layout.matrix().windows()[window]);
            margins::compare_window(known, &self.inquiry, slice, sums)
        };
        self.sums.iter().filter_map(of_window).collect()
    }

    /// The rest of the windows, unless that takes more than asking for their cells.
    fn begin_totals(&mut self, known: &mut Knowledge) {
        let first = std::mem::take(&mut self.first);
        self.open.retain(|window| !first.contains(window));
        if !self.open.is_empty() && !choice::is_worth_listing(known, &self.open, &Sums::new()) {
            self.open.clear();
        }
        // What earlier runs listed is confirmed for this job's margins as well.
        let mut windows = self.open.clone();
        windows.extend(self.sums.keys().filter(|window| !first.contains(window)));
        windows.sort_unstable();
        self.put_totals(known, &windows);
        self.step = ListStep::Totals;
    }

    fn settle_first(&mut self, known: &mut Knowledge) {
        if let Some(reason) = known.listed.failed.values().next().cloned() {
            known.withdraw_list(&reason);
            return self.end(known);
        }
        if self.windows_at_fault(known).is_empty() {
            return self.begin_totals(known);
        }
        let range = known.layout.hull(self.first[0]..self.first[self.first.len() - 1] + 1);
        let splits_channels = known.layout.matrix().shape().channels.is_some();
        let Some(range) = range.filter(|_| splits_channels) else { return self.give_up(known) };
        for channel in Channel::ALL {
            self.put(known, Slice { channel: Some(channel), ..Slice::whole(range) });
        }
        self.step = ListStep::FirstChannels;
    }

    /// Channels of which list and Summary say different things are left to questions.
    fn settle_first_channels(&mut self, known: &mut Knowledge) {
        let Some(range) = known.layout.hull(self.first[0]..self.first[self.first.len() - 1] + 1) else { return };
        for channel in Channel::ALL {
            let slice = Slice { channel: Some(channel), ..Slice::whole(range) };
            let Some(summary) = self.inquiry.answer(&slice, Round::First).map(|answer| answer.counts) else { continue };
            let listed = margins::sum_of(self.sums.values(), |_, it| it == Some(channel));
            if listed != summary {
                known.listed.differences.push(ListedDifference { margin: Margin::Lane, slice, listed, summary });
                known.listed.without.insert(channel);
                known.evidence.notes.add(lacks(channel), 1);
            }
        }
        if known.listed.without.is_empty() {
            return self.give_up(known);
        }
        let first = self.first.clone();
        self.put_totals(known, &first);
        self.step = ListStep::FirstParts;
    }

    /// The list says something else than Summary altogether.
    fn give_up(&mut self, known: &mut Knowledge) {
        let differences = self.windows_at_fault(known);
        known.listed.differences.extend(differences);
        known.evidence.notes.add(DIFFERS, 1);
        known.withdraw_list("list and Summary count differently");
        self.end(known);
    }

    fn settle_pages(&mut self, known: &mut Knowledge) {
        known.tell_of_failed_segments();
        for difference in self.windows_at_fault(known) {
            known.listed.differences.push(difference);
            let windows = known.layout.matrix().windows();
            self.sums.retain(|&window, _| windows[window] != difference.slice.range);
        }
        // A window whose total got no answer is not confirmed.
        let windows = known.layout.matrix().windows().to_vec();
        self.sums.retain(|&window, _| self.inquiry.answer(&Slice::whole(windows[window]), Round::First).is_some());
        if self.sums.is_empty() {
            return self.end(known);
        }
        self.margins = Margins::over(known, &self.sums);
        for slice in self.margins.questions(known) {
            self.put(known, slice);
        }
        self.step = ListStep::Margins;
    }

    fn end(&mut self, known: &mut Knowledge) {
        self.sums.clear();
        self.segments.clear();
        self.step = ListStep::Over;
        known.progress.planned += known.open_nodes(&self.listed);
    }
}

impl Phase for ListSettled {
    fn inquiry(&mut self) -> Option<&mut Inquiry> {
        Some(&mut self.inquiry)
    }

    fn next_segment(&mut self, _: &mut Knowledge) -> Option<Segment> {
        self.segments.pop_front()
    }

    fn learn(&mut self, known: &mut Knowledge, question: &Question, outcome: &Outcome) {
        known.evidence.see(outcome);
        self.inquiry.learn(question, outcome);
        if known.layout.node(&question.slice).is_some() {
            known.learn(Stage::List, question, outcome);
        }
    }

    fn learn_listed(&mut self, known: &mut Knowledge, segment: &Segment, outcome: ListOutcome) {
        known.take_listed(segment, outcome, &mut self.sums);
    }

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        if !self.segments.is_empty() {
            return Turn::More;
        }
        match self.step {
            ListStep::LookUp => self.begin_first(known),
            ListStep::FirstTotals => {
                let first = self.first.clone();
                self.read(known, &first);
                self.step = ListStep::FirstPages;
            }
            ListStep::FirstPages => self.settle_first(known),
            ListStep::FirstChannels => self.settle_first_channels(known),
            ListStep::FirstParts if self.windows_at_fault(known).is_empty() => self.begin_totals(known),
            ListStep::FirstParts => self.give_up(known),
            ListStep::Totals => {
                let open = self.open.clone();
                self.read(known, &open);
                self.step = ListStep::Pages;
            }
            ListStep::Pages => self.settle_pages(known),
            ListStep::Margins => {
                for slice in self.margins.more_questions(known, &self.inquiry) {
                    self.put(known, slice);
                }
                self.step = ListStep::Countries;
            }
            ListStep::Countries => {
                let margins = std::mem::take(&mut self.margins);
                margins.settle(known, &self.inquiry, &self.sums);
                self.end(known);
            }
            ListStep::Over => return Turn::Over,
        }
        Turn::More
    }
}

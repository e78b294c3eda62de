//! Growing windows from pages of the list: what was listed lies between what Summary said of each channel before and
//! after, or the window's cells are asked for one by one.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use super::choice;
use crate::model::{Answer, AnswerSource, Counts, ListOutcome, Round, Segment};
use crate::planner::Pages;
use crate::planner::index::Lane;
use crate::planner::knowledge::{Knowledge, runs_of};
use crate::planner::listed::{DIFFERS, GROWING_DIFFERS, ListedDifference, Margin, WindowSums};
use crate::planner::phases::{Phase, Stage, Turn};

/// The phase that reads them, between their totals and their cells.
#[derive(Debug)]
pub(in crate::planner::phases) struct ListGrowing {
    segments: VecDeque<Segment>,
    sums: BTreeMap<usize, WindowSums>,
}

impl ListGrowing {
    pub(in crate::planner::phases) fn new(known: &mut Knowledge) -> Self {
        let windows: Vec<_> = known.growing_to_list().into_iter().flatten().collect();
        let attempts = |window: usize| known.lane_totals(window).map(|counts| (window, counts.attempts()));
        let windows: Vec<_> = windows.into_iter().filter_map(attempts).collect();
        let segments: VecDeque<Segment> = super::pieces::cut(&known.layout, &windows).into();
        known.progress.planned += segments.iter().map(Segment::pages).sum::<u64>();
        Self { segments, sums: BTreeMap::new() }
    }
}

impl Phase for ListGrowing {
    fn next_segment(&mut self, _: &mut Knowledge) -> Option<Segment> {
        self.segments.pop_front()
    }

    fn learn_listed(&mut self, known: &mut Knowledge, segment: &Segment, outcome: ListOutcome) {
        known.take_listed(segment, outcome, &mut self.sums);
    }

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        if !self.segments.is_empty() {
            return Turn::More;
        }
        known.tell_of_failed_segments();
        for (window, sums) in std::mem::take(&mut self.sums) {
            let lanes: Vec<Lane> = super::margins::lanes(known).collect();
            for lane in lanes {
                for country in known.layout.countries() {
                    let cell = known.layout.cell(window, country, lane);
                    known.take_sum(cell, sums.cell(country, lane), &sums.answer);
                }
            }
            known.listed.growing.insert(window, sums);
        }
        Turn::Over
    }
}

/// The phase that holds them against the totals asked after them.
#[derive(Debug)]
pub(in crate::planner::phases) struct Grown;

impl Phase for Grown {
    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        let mut is_asked_instead = false;
        for (window, sums) in std::mem::take(&mut known.listed.growing) {
            let lanes: Vec<Lane> = super::margins::lanes(known).collect();
            let fault = lanes.iter().find_map(|&lane| known.growing_fault(window, lane, sums.lane(lane).0));
            let Some(difference) = fault else {
                known.list_unchanged_totals(window, &lanes, &sums);
                continue;
            };
            known.listed.differences.push(difference);
            known.evidence.notes.add(GROWING_DIFFERS, 1);
            known.forget_listed(window);
            is_asked_instead = true;
        }
        if is_asked_instead { Turn::To(Stage::Cells) } else { Turn::Over }
    }
}

impl Knowledge {
    /// The growing windows that are read page by page: where countries are split, and cells would be asked one by one
    /// otherwise.
    pub(in crate::planner::phases) fn growing_to_list(&self) -> Option<impl Iterator<Item = usize> + use<>> {
        let is_allowed = self.terms.pages != Pages::Never;
        let notes = &self.evidence.notes;
        let is_noted = |name| notes.within(name, choice::REMEMBERED).is_some();
        let differs = self.terms.pages == Pages::WhereFewer && [DIFFERS, GROWING_DIFFERS].into_iter().any(is_noted);
        if !is_allowed || differs || !self.layout.splits_countries() {
            return None;
        }
        let is_wanted = |&window: &usize| self.is_live_window(window) && self.is_in_reach(window);
        let whole = self.growing_whole?;
        let windows: Vec<usize> = self.layout.provisional_windows().filter(is_wanted).collect();
        let runs: Vec<Range<usize>> = runs_of(windows.iter().copied());
        let span: Range<usize> = runs.first()?.start..runs.last()?.end;
        choice::is_fewer_than_cells(self, &span, whole).then(|| windows.into_iter())
    }

    /// What a window's totals add up to; `None` where one is not known.
    fn lane_totals(&self, window: usize) -> Option<Counts> {
        let mut totals = self.layout.lanes().map(|lane| self.store.counts(self.layout.window_total(window, lane)));
        totals.try_fold(Counts::ZERO, |sum, total| sum.checked_add(total?))
    }

    /// How what was listed of a growing window contradicts its totals before and after.
    fn growing_fault(&self, window: usize, lane: Lane, listed: Counts) -> Option<ListedDifference> {
        let node = self.layout.window_total(window, lane);
        let (before, after) = (self.store.before(node), self.store.counts(node));
        let slice = self.layout.slice(node);
        let fault = |summary| Some(ListedDifference { margin: Margin::Growing, slice, listed, summary });
        match (before, after) {
            (Some(before), _) if !before.may_become(listed) => fault(before),
            (_, Some(after)) if !listed.may_become(after) => fault(after),
            (Some(_), Some(_)) => None,
            _ => fault(after.or(before).unwrap_or_default()),
        }
    }

    /// Totals that stood still while they were listed were listed, too, so that what they hold beyond countries has a cost.
    fn list_unchanged_totals(&mut self, window: usize, lanes: &[Lane], sums: &WindowSums) {
        for &lane in lanes {
            let (node, (counts, cost)) = (self.layout.window_total(window, lane), sums.lane(lane));
            if self.store.counts(node) == Some(counts) {
                let listed = Answer { counts, source: AnswerSource::List(cost), ..sums.answer };
                self.store.answer(&self.layout, node, Round::After, &listed);
            }
        }
    }

    /// Forgets what was listed of a window, so that its cells are asked.
    fn forget_listed(&mut self, window: usize) {
        for cell in self.layout.cells_of_windows(window..window + 1).map(crate::planner::layout::Node) {
            if self.store.known(cell).is_some_and(|known| known.cost.is_some()) {
                self.store.forget(cell);
            }
        }
        self.progress.planned += self.layout.matrix().shape().cells_per_window() as u64;
    }
}

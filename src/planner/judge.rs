//! Judges each window: whether it is published, and what is told if not.

use crate::model::{Cell, Country, Difference, Identity, MissingCell, Remainder};

use super::evidence::Rule;
use super::identities::{Check, Equation, Subject};
use super::knowledge::Knowledge;
use super::layout::Node;
use super::retention::WindowStatus;
use super::verdict::Verdict;

/// How far a plan had come when it was concluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    /// Everything was asked, or there was no point in asking on.
    TheEnd,
    /// Nothing that could be published: its evidence is missing.
    TheMiddle,
}

/// Walks through the windows, then the range: a verdict for each window, and what is to be told.
pub(super) fn judge(known: &Knowledge, reached: Reached) -> (Vec<Verdict>, Report) {
    let withheld = reason_to_publish_nothing(known, reached);
    let mut judge = Judge { known, reached, withheld, report: Report::default() };
    let verdicts = judge.all();
    (verdicts, judge.report)
}

/// Why no window is published, if so: the plan was broken off, what was asked can't be trusted, or the API takes none
/// of the countries.
fn reason_to_publish_nothing(known: &Knowledge, reached: Reached) -> Option<String> {
    if reached == Reached::TheMiddle {
        return Some("the run ended before everything was asked".to_owned());
    }
    if let Some(withheld) = &known.evidence.withheld {
        return Some(withheld.reason().to_owned());
    }
    let is_all_refused = known.layout.splits_countries() && known.refused.values().all(Option::is_some);
    let reason = known.refused.values().flatten().min().filter(|_| is_all_refused)?;
    Some(format!("the API refuses every country: {reason}"))
}

#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) missing: Vec<MissingCell>,
    pub(super) differences: Vec<Difference>,
    pub(super) drift: Vec<Difference>,
    pub(super) identities_checked: u64,
    pub(super) has_open_identities: bool,
    pub(super) capped_remainders: u64,
}

/// Walks through the windows, then the range, and writes down what it sees.
#[derive(Debug)]
struct Judge<'a> {
    known: &'a Knowledge,
    reached: Reached,
    withheld: Option<String>,
    report: Report,
}

impl Judge<'_> {
    fn all(&mut self) -> Vec<Verdict> {
        let mut verdicts: Vec<_> = self.known.layout.windows().map(|window| self.window(window)).collect();
        let range = self.known.layout.range_windows();
        if self.withheld.is_none() && self.range_fails() {
            verdicts[range].fill(Verdict::Differs);
        }
        verdicts
    }

    fn window(&mut self, window: usize) -> Verdict {
        let reason = match (self.known.status[window], &self.withheld) {
            (WindowStatus::Expired, _) => return Verdict::Expired,
            (WindowStatus::Future, _) => return Verdict::Future,
            (WindowStatus::Archived, _) => return Verdict::Archived,
            (WindowStatus::Doubtful, _) => {
                let reason = self.known.retention_failure.as_deref().unwrap_or_default();
                format!("could not learn whether the API still holds this window: {reason}")
            }
            (WindowStatus::Live | WindowStatus::Recalled(_), Some(reason)) => reason.clone(),
            (WindowStatus::Live, None)
                if self.reached != Reached::TheEnd && self.known.layout.is_provisional_window(window) =>
            {
                "the run ended before the totals of this growing window were asked again".to_owned()
            }
            (WindowStatus::Live | WindowStatus::Recalled(_), None) => {
                if self.known.archived[window] && self.is_worse(window) {
                    return Verdict::Archived;
                }
                let misses_some = self.misses_some(window);
                if let Some(reason) = self.known.evidence.held.get(&window) {
                    self.countries_fail(window);
                    self.misses_all(window, reason.clone());
                    return Verdict::Differs;
                }
                if let Some(reason) = self.known.evidence.lacking.get(&window) {
                    self.misses_all(window, reason.clone());
                }
                return match self.countries_fail(window) {
                    true => Verdict::Differs,
                    false if self.known.evidence.lacking.contains_key(&window) => Verdict::Incomplete,
                    false if misses_some => Verdict::Incomplete,
                    false => Verdict::Complete,
                };
            }
        };
        self.misses_all(window, reason);
        Verdict::Incomplete
    }

    /// Whether a window's rows would say less than final rows that were published.
    fn is_worse(&self, window: usize) -> bool {
        let known = self.known;
        known.evidence.unsettled_windows.contains(&window)
            || !known.evidence.unsettled_lanes.is_empty()
            || known.refused.values().any(Option::is_some)
            || known.left_out.values().any(Option::is_some)
    }

    /// Names a reason that holds for all of a window.
    fn misses_all(&mut self, window: usize, reason: String) {
        self.report.has_open_identities = true;
        let range = self.known.layout.matrix().windows()[window];
        let cell = Cell { window: range, service: None, country: None, channel: None, prefix: None };
        self.report.missing.push(MissingCell { cell, reason });
    }

    /// Names what a window lacks for its rows.
    fn misses_some(&mut self, window: usize) -> bool {
        let Knowledge { layout, store, .. } = self.known;
        let before = self.report.missing.len();
        let mut unasked = 0;
        let range = layout.matrix().windows()[window];
        let wants_totals = layout.splits_countries() && self.known.terms.remainder == Remainder::Keep;
        for lane in layout.lanes().filter(|&lane| self.known.left_out[lane].is_none()) {
            let countries = self.known.countries_of(lane);
            let cells = countries.map(|country| (layout.country(country), layout.cell(window, country, lane)));
            let total = wants_totals.then(|| (Some(Country::REMAINDER), layout.window_total(window, lane)));
            for (country, node) in cells.chain(total).filter(|(_, node)| !store.is_known(*node)) {
                let Some(reason) = store.reason(node) else {
                    unasked += 1;
                    continue;
                };
                let cell = layout.cell_of(range, country, lane);
                self.report.missing.push(MissingCell { cell, reason: reason.to_owned() });
            }
        }
        if unasked > 0 {
            let cell = Cell { window: range, service: None, country: None, channel: None, prefix: None };
            let reason = format!("the run ended before {unasked} of its cells and totals were asked");
            self.report.missing.push(MissingCell { cell, reason });
        }
        before < self.report.missing.len()
    }

    fn countries_fail(&mut self, window: usize) -> bool {
        let layout = &self.known.layout;
        Subject::countries(layout, window).filter(|&subject| self.fails(subject)).count() > 0
    }

    /// Whether R2 or R3 keep the range's windows back.
    fn range_fails(&mut self) -> bool {
        let layout = &self.known.layout;
        Subject::range(layout).filter(|&subject| self.fails(subject)).count() > 0
    }

    /// Whether an identity can be checked at all: not a sum over windows some of which are left out, as they have not
    /// ended by the server's clock.
    fn is_due(&self, subject: Subject) -> bool {
        let Knowledge { layout, status, .. } = self.known;
        matches!(subject, Subject::Countries { .. }) || !status[layout.range_windows()].contains(&WindowStatus::Future)
    }

    fn fails(&mut self, subject: Subject) -> bool {
        let layout = &self.known.layout;
        let equation = self.known.equation(subject);
        self.report.identities_checked += u64::from(equation.is_complete() && !equation.rests_on_itself());
        match self.known.check(&equation) {
            Check::Holds => {
                if equation.caps_the_remainder() && self.known.terms.remainder == Remainder::Keep {
                    self.report.capped_remainders += 1;
                }
                false
            }
            Check::Open => {
                self.report.has_open_identities |= self.is_due(subject);
                false
            }
            Check::Fails if equation.is_drift() || equation.is_provisional && !self.known.evidence.heeds(Rule::V11) => {
                subject.differences(layout, &equation, &mut self.report.drift);
                false
            }
            Check::Fails => {
                subject.differences(layout, &equation, &mut self.report.differences);
                true
            }
        }
    }
}

impl Knowledge {
    /// An identity with the numbers that are known.
    pub(super) fn equation(&self, subject: Subject) -> Equation {
        subject.equation(&self.layout, &self.store, &|country, lane| self.is_refused_in(country, lane))
    }

    /// The parts of an identity, ascending; countries that the API refuses are none.
    pub(super) fn each_part(&self, subject: Subject, each: impl FnMut(Node)) {
        subject.parts(&self.layout, &|country, lane| self.is_refused_in(country, lane), each);
    }

    /// Whether an identity holds, as far as rules allow to ask.
    pub(super) fn check(&self, equation: &Equation) -> Check {
        let is_about_parts = equation.identity != Identity::R2;
        match equation.check() {
            Check::Fails if is_about_parts && !self.evidence.heeds(Rule::V3) => Check::Holds,
            check => check,
        }
    }

    /// Whether an identity fails.
    pub(super) fn fails(&self, subject: Subject) -> bool {
        self.check(&self.equation(subject)) == Check::Fails
    }
}

//! What a plan found out, window by window.

use crate::model::{
    Cell, Country, Counts, Difference, Filter, Finding, MissingCell, Provenance, Slice, UnixMicros, Window,
};

use super::Remainder;
use super::expired::Standing;
use super::identities::{Check, Subject};
use super::layout::{Layout, Node, Place};
use super::plan::Plan;
use super::spot::SpotReport;
use super::store::{Known, Store};

/// What becomes of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// All its cells are known and no identity forbids it: it is published.
    Complete,
    /// Something is unknown; [`Conclusion::missing`] names it. Its former rows stay.
    Incomplete,
    /// An identity that covers it fails; [`Conclusion::differences`] says how. Its former rows stay.
    Differs,
    /// The API holds it no longer, and no earlier run learnt it: it is absent, which is no failure.
    Expired,
    /// As [`Verdict::Expired`], but the published dataset has it: its rows stay.
    Archived,
}

/// Everything that a plan found out.
#[derive(Debug)]
pub struct Conclusion {
    /// One for each window of the matrix, in its order.
    pub verdicts: Vec<Verdict>,
    /// Why windows are incomplete: each unknown cell or total. A reason that holds for a whole window is given once,
    /// with a cell that names the window alone.
    pub missing: Vec<MissingCell>,
    /// Identities that fail, each count that differs.
    pub differences: Vec<Difference>,
    /// Sums that lie outside what a growing range was before and after its parts. No failure.
    pub drift: Vec<Difference>,
    /// Remainders of growing windows that hold fewer conversions than their totals leave them, as listed attempts
    /// converted after their country was asked.
    pub capped_remainders: u64,
    /// Identities whose parts and whole are all known.
    pub identities_checked: u64,
    /// Whether every identity that is due was checked and holds, without drift.
    pub reconciled: bool,
    /// Countries of `"all"` that the API refuses, ascending, each with its reason: they count in the remainder.
    pub refused_countries: Vec<(Country, String)>,
    /// What to tell people of parameters that are not trusted.
    pub complaints: Vec<String>,
    /// Parameters that the API was seen to ignore.
    pub ignored: Vec<Filter>,
    /// Parameters that no answer showed to be heeded. Not empty: nothing is published.
    pub untrusted: Vec<Filter>,
    /// Cells that were inferred instead of asked, remainders not counted.
    pub implied_cells: u64,
    /// Growing windows whose attempts changed although they should have stood still.
    pub moved: Vec<Window>,
    /// Cells that were asked, in this run or an earlier one, remainders not counted.
    pub measured_cells: u64,
    /// Rows of complete windows that hold what a total has beyond the listed countries.
    pub remainder_rows: u64,
    /// What the spot check found, when one was wanted.
    pub spot_check: Option<SpotReport>,
    /// What this plan inferred, as against what it found inferred.
    inferred: Vec<Node>,
    layout: Layout,
    store: Store,
    is_refused: Vec<bool>,
    remainder: Remainder,
}

impl Conclusion {
    pub(super) fn of(mut plan: Plan) -> Self {
        plan.trust.look(&plan.layout, &plan.store, 0..plan.layout.windows());
        let untrusted = plan.trust.untrusted();
        let withheld = reason_to_publish_nothing(&plan, &untrusted);
        let told = if plan.is_over() { &untrusted[..] } else { &[] };
        let complaints = told.iter().map(|filter| plan.trust.complaint(*filter)).collect();
        let mut judge = Judge { plan: &plan, withheld, report: Report::default() };
        let verdicts = judge.all();
        let Report { missing, differences, drift, identities_checked, has_open_identities, capped_remainders } =
            judge.report;
        let shape = plan.layout.matrix().shape();
        let named = |(index, reason): (usize, &Option<String>)| Some((shape.country(index)?, reason.clone()?));
        let cells = || (0..plan.layout.cells()).map(|cell| Node(u32::try_from(cell).unwrap_or(u32::MAX)));
        let known_cells = cells().filter(|&cell| plan.store.is_known(cell)).count();
        let implied_cells = cells().filter(|&cell| plan.store.is_implied(cell)).count();
        let complete = verdicts.iter().filter(|verdict| **verdict == Verdict::Complete).count();
        let keeps_remainder = plan.layout.splits_countries() && plan.terms.remainder == Remainder::Keep;
        let remainders = if keeps_remainder { plan.layout.lanes() } else { 0 };
        let inferred = if plan.may_keep_inferences() { plan.drill.into_inferred() } else { Vec::new() };
        Self {
            verdicts,
            missing,
            reconciled: !has_open_identities && differences.is_empty() && drift.is_empty(),
            differences,
            drift,
            identities_checked,
            refused_countries: plan.refused.iter().enumerate().filter_map(named).collect(),
            capped_remainders,
            complaints,
            ignored: plan.trust.ignored(),
            untrusted,
            implied_cells: implied_cells as u64,
            measured_cells: (known_cells - implied_cells) as u64,
            remainder_rows: (complete * remainders) as u64,
            spot_check: plan.spot.map(|spot| spot.into_report(&plan.layout)),
            is_refused: plan.refused.iter().map(Option::is_some).collect(),
            remainder: plan.terms.remainder,
            moved: plan.moves.moved().map(|window| plan.layout.matrix().windows()[window]).collect(),
            inferred,
            store: plan.store,
            layout: plan.layout,
        }
    }

    /// The rows of a window in the table's order; none unless its verdict is [`Verdict::Complete`].
    pub fn findings(&self, window: usize) -> impl Iterator<Item = Finding> + '_ {
        let is_published = self.verdicts.get(window) == Some(&Verdict::Complete);
        let shape = self.layout.matrix().shape();
        let services = if is_published { shape.service_count() } else { 0 };
        let has_remainder = self.layout.splits_countries() && self.remainder == Remainder::Keep;
        let countries = self.layout.countries() + usize::from(has_remainder);
        let stride = shape.channel_count() * shape.prefix_count();
        let lines = (0..services).flat_map(move |service| (0..countries).map(move |country| (service, country)));
        lines.flat_map(move |(service, country)| {
            (0..stride).filter_map(move |rest| self.finding(window, country, service * stride + rest))
        })
    }

    /// What answers imply for cells and totals of complete windows, as far as it will not change (all of settled windows,
    /// zeros of those whose attempts stand still), so that nobody need ask for it again: each slice with its counts, and when the youngest of these answers was asked.
    pub fn inferences(&self) -> impl Iterator<Item = (Slice, Counts, UnixMicros)> + '_ {
        let nodes = self.inferred.iter().filter_map(|&node| {
            let known = self.store.known(node)?;
            let stands = known.is_final || known.counts == Counts::ZERO;
            (stands && known.provenance == Provenance::Implied).then_some((node, known))
        });
        let is_complete = |node: Node| match self.layout.place(node) {
            Place::Cell { window, .. } | Place::WindowTotal { window, .. } => {
                self.verdicts[window] == Verdict::Complete
            }
            Place::RangeTotal { .. } | Place::AllChannels { .. } => false,
        };
        nodes
            .filter(move |(node, _)| is_complete(*node))
            .map(|(node, known)| (self.layout.slice(node), known.counts, known.asked_at))
    }

    fn finding(&self, window: usize, country: usize, lane: usize) -> Option<Finding> {
        let range = self.layout.matrix().windows()[window];
        let (name, known, provenance) = if country == self.layout.countries() {
            (Some(Country::REMAINDER), self.remainder(window, lane)?, Provenance::Implied)
        } else if self.is_refused[country] {
            return None;
        } else {
            let known = self.store.known(self.layout.cell(window, country, lane))?;
            (self.layout.matrix().shape().country(country), known, known.provenance)
        };
        Some(Finding {
            cell: self.layout.cell_of(range, name, lane),
            counts: known.counts,
            provenance,
            is_final: known.is_final,
            asked_at: known.asked_at,
        })
    }

    /// What the total holds beyond the countries.
    ///
    /// While a window grows, attempts of listed countries convert after their country was asked: then the total may
    /// hold more conversions beyond them than attempts. The remainder has no more conversions than attempts.
    fn remainder(&self, window: usize, lane: usize) -> Option<Known> {
        let mut rest = self.store.known(self.layout.window_total(window, lane))?;
        let (mut attempts, mut converted) = (rest.counts.attempts(), rest.counts.converted());
        for country in (0..self.layout.countries()).filter(|&country| !self.is_refused[country]) {
            let part = self.store.known(self.layout.cell(window, country, lane))?;
            attempts -= part.counts.attempts();
            converted -= part.counts.converted();
            rest.is_final &= part.is_final;
            rest.asked_at = rest.asked_at.max(part.asked_at);
        }
        rest.counts = Counts::new(attempts, converted.min(attempts))?;
        Some(rest)
    }
}

/// Why no window is published, if so: the plan was broken off, what was asked can't be trusted, or the API takes none
/// of the countries.
fn reason_to_publish_nothing(plan: &Plan, untrusted: &[Filter]) -> Option<String> {
    if !plan.is_over() && !plan.may_end_here() {
        return Some("the run ended before everything was asked".to_owned());
    }
    if let Some(&filter) = untrusted.first() {
        return Some(plan.trust.complaint(filter));
    }
    let is_all_refused = plan.layout.splits_countries() && plan.refused.iter().all(Option::is_some);
    let reason = plan.refused.iter().flatten().min().filter(|_| is_all_refused)?;
    Some(format!("the API refuses every country: {reason}"))
}

#[derive(Debug, Default)]
struct Report {
    missing: Vec<MissingCell>,
    differences: Vec<Difference>,
    drift: Vec<Difference>,
    identities_checked: u64,
    has_open_identities: bool,
    capped_remainders: u64,
}

/// Walks through the windows, then the range, and writes down what it sees.
#[derive(Debug)]
struct Judge<'a> {
    plan: &'a Plan,
    withheld: Option<String>,
    report: Report,
}

impl Judge<'_> {
    fn all(&mut self) -> Vec<Verdict> {
        let mut verdicts: Vec<_> = (0..self.plan.layout.windows()).map(|window| self.window(window)).collect();
        let range = self.plan.layout.range_windows();
        if self.withheld.is_none() && self.range_fails() {
            verdicts[range].fill(Verdict::Differs);
        }
        verdicts
    }

    fn window(&mut self, window: usize) -> Verdict {
        let reason = match (self.plan.standings[window], &self.withheld) {
            (Standing::Expired, _) => return Verdict::Expired,
            (Standing::Archived, _) => return Verdict::Archived,
            (Standing::Doubtful, _) => {
                let reason = self.plan.ground_failure().unwrap_or_default();
                format!("could not learn whether the API still holds this window: {reason}")
            }
            (Standing::Live | Standing::Recalled(_), Some(reason)) => reason.clone(),
            (Standing::Live, None) if !self.plan.is_over() && self.plan.layout.is_provisional_window(window) => {
                "the run ended before the totals of this growing window were asked again".to_owned()
            }
            (Standing::Live | Standing::Recalled(_), None) => {
                let misses_some = self.misses_some(window);
                return match self.countries_fail(window) {
                    true => Verdict::Differs,
                    false if misses_some => Verdict::Incomplete,
                    false => Verdict::Complete,
                };
            }
        };
        self.report.has_open_identities = true;
        let range = self.plan.layout.matrix().windows()[window];
        let cell = Cell { window: range, service: None, country: None, channel: None, prefix: None };
        self.report.missing.push(MissingCell { cell, reason });
        Verdict::Incomplete
    }

    /// Names what a window lacks for its rows.
    fn misses_some(&mut self, window: usize) -> bool {
        let Plan { layout, store, .. } = self.plan;
        let before = self.report.missing.len();
        let mut unasked = 0;
        let shape = layout.matrix().shape();
        let range = layout.matrix().windows()[window];
        let wants_totals = layout.splits_countries() && self.plan.terms.remainder == Remainder::Keep;
        for lane in 0..layout.lanes() {
            let countries = (0..layout.countries()).filter(|&country| !self.plan.is_refused(country));
            let cells = countries.map(|country| (shape.country(country), layout.cell(window, country, lane)));
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
        let layout = &self.plan.layout;
        Subject::countries(layout, window).filter(|&subject| self.fails(subject)).count() > 0
    }

    /// Whether R2 or R3 keep the range's windows back.
    fn range_fails(&mut self) -> bool {
        let layout = &self.plan.layout;
        Subject::range(layout).filter(|&subject| self.fails(subject)).count() > 0
    }

    fn fails(&mut self, subject: Subject) -> bool {
        let Plan { layout, store, .. } = self.plan;
        let equation = subject.equation(layout, store, &|country| self.plan.is_refused(country));
        self.report.identities_checked += u64::from(equation.is_complete() && !equation.rests_on_itself());
        match equation.check() {
            Check::Holds => {
                if equation.caps_the_remainder() && self.plan.terms.remainder == Remainder::Keep {
                    self.report.capped_remainders += 1;
                }
                false
            }
            Check::Open => {
                self.report.has_open_identities = true;
                false
            }
            Check::Fails if equation.is_drift() => {
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

//! What a plan found out, window by window.

use crate::model::{
    Country, Counts, Difference, Finding, MatrixShape, MissingCell, Note, Provenance, Slice, UnixMicros, Window,
};

use std::collections::BTreeSet;

use super::evidence::notes::LONGEST;
use super::evidence::{EvidenceCounts, Unproven, Withheld};
use super::index::{CountryIndex, Each, Lane, Position, all};
use super::judge::{Report, judge};
use super::knowledge::Knowledge;
use super::layout::{Layout, Node, Place};
use super::phases::SpotReport;
use super::plan::{Plan, Reached};
use super::store::{Known, Store};
use super::{Listing, Remainder};

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
    /// It ends after the server's now: there is nothing to count yet.
    Future,
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
    /// Why nothing is published, where evidence is missing for all of it.
    pub withheld: Option<String>,
    /// The parameter that the API was seen to ignore: nothing is published, and other runs don't use these answers.
    pub ignored: Option<&'static str>,
    /// What is published although no answer proved it.
    pub unproven: Vec<Unproven>,
    /// How much was looked at.
    pub evidence: EvidenceCounts,
    /// Values that the job lists and that have no rows, each with the reason: the run has not done all that it was
    /// asked for.
    pub held_values: Vec<(String, String)>,
    /// What else people should know.
    pub warnings: Vec<String>,
    /// Settled windows whose answers passed all checks: later runs need no new sums for them.
    pub proved: Vec<Window>,
    /// What was seen of the account, for later runs.
    pub notes: Vec<Note>,
    /// Names of notes that were seen to be otherwise.
    pub revoked_notes: Vec<String>,
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
    is_refused: Each<CountryIndex, bool>,
    /// Whether a lane has no rows by country.
    has_no_countries: Each<Lane, bool>,
    is_left_out: Each<Lane, bool>,
    /// Countries that the job lists and the API refuses.
    held_countries: BTreeSet<CountryIndex>,
    unsettled_windows: BTreeSet<usize>,
    unsettled_lanes: BTreeSet<Lane>,
    remainder: Remainder,
}

impl Conclusion {
    pub(super) fn of(plan: Plan) -> Self {
        let reached = plan.reached();
        let mut known = plan.knowledge;
        let spot = known.spot.take();
        let (verdicts, report) = judge(&known, reached);
        let Report { missing, differences, drift, identities_checked, has_open_identities, capped_remainders } = report;
        let layout = &known.layout;
        let named = |(index, reason): (CountryIndex, &Option<String>)| Some((layout.country(index)?, reason.clone()?));
        let known_cells = layout.cells().filter(|&cell| known.store.is_known(cell)).count();
        let implied_cells = layout.cells().filter(|&cell| known.store.is_implied(cell)).count();
        let complete = verdicts.iter().filter(|verdict| **verdict == Verdict::Complete).count();
        let keeps_remainder = layout.splits_countries() && known.terms.remainder == Remainder::Keep;
        let remainders = if keeps_remainder { layout.lane_count() } else { 0 };
        let is_proved = |window: &usize| {
            verdicts[*window] == Verdict::Complete
                && !layout.is_provisional_window(*window)
                && known.evidence.proves(*window)
        };
        let proved = if reached == Reached::TheEnd {
            layout.windows().filter(is_proved).map(|window| layout.matrix().windows()[window]).collect()
        } else {
            Vec::new()
        };
        Self {
            verdicts,
            missing,
            reconciled: !has_open_identities && differences.is_empty() && drift.is_empty(),
            differences,
            drift,
            identities_checked,
            refused_countries: known.refused.iter().filter_map(named).collect(),
            capped_remainders,
            withheld: known.evidence.withheld.as_ref().map(|withheld| withheld.reason().to_owned()),
            ignored: match &known.evidence.withheld {
                Some(Withheld::Ignored(parameter, _)) => Some(parameter),
                _ => None,
            },
            unproven: known.evidence.unproven(),
            evidence: known.evidence.counts,
            warnings: warnings(&known),
            proved,
            notes: notes(&known, reached),
            revoked_notes: known.evidence.notes.revoked(),
            unsettled_windows: known.evidence.unsettled_windows.clone(),
            unsettled_lanes: known.evidence.unsettled_lanes.clone(),
            implied_cells: implied_cells as u64,
            measured_cells: (known_cells - implied_cells) as u64,
            remainder_rows: (complete * remainders) as u64,
            spot_check: spot.map(|spot| spot.into_report(layout)),
            is_refused: known.refused.values().map(Option::is_some).collect(),
            has_no_countries: layout
                .lanes()
                .map(|lane| known.email_refused.is_some() && layout.is_email(lane))
                .collect(),
            is_left_out: known.left_out.values().map(Option::is_some).collect(),
            held_countries: layout
                .countries()
                .filter(|&country| known.terms.countries == Listing::Listed && known.is_refused(country))
                .collect(),
            held_values: known.held_values.clone().into_iter().collect(),
            remainder: known.terms.remainder,
            moved: known.growth.moved().map(|window| layout.matrix().windows()[window]).collect(),
            inferred: known.inferred,
            store: known.store,
            layout: known.layout,
        }
    }

    /// The rows of a window in the table's order; none unless its verdict is [`Verdict::Complete`].
    pub fn findings(&self, window: usize) -> impl Iterator<Item = Finding> + '_ {
        let is_published = self.verdicts.get(window) == Some(&Verdict::Complete);
        let has_remainder = self.layout.splits_countries() && self.remainder == Remainder::Keep;
        let countries = self.layout.countries().map(Some).chain(has_remainder.then_some(None));
        let services = self.layout.services().filter(move |_| is_published);
        let lines = services.flat_map(move |service| countries.clone().map(move |country| (service, country)));
        lines.flat_map(move |(service, country)| {
            self.layout.lanes_of_service(service).filter_map(move |lane| self.finding(window, country, lane))
        })
    }

    /// The values that the findings cover: those of the job without the ones that are left out.
    #[must_use]
    pub fn shape(&self) -> MatrixShape {
        let layout = &self.layout;
        let shape = layout.matrix().shape();
        let has_rows = |is_it: &dyn Fn(Lane) -> bool| layout.lanes().any(|lane| !self.is_left_out[lane] && is_it(lane));
        MatrixShape {
            services: kept(shape.services.as_ref(), |it| has_rows(&|lane| layout.service_of(lane) == it)),
            countries: kept(shape.countries.as_ref(), |it| !self.held_countries.contains(&it)),
            channels: kept(shape.channels.as_ref(), |it| has_rows(&|lane| layout.channel_of(lane) == it)),
            prefixes: kept(shape.prefixes.as_ref(), |it| has_rows(&|lane| layout.prefix_of(lane) == it)),
        }
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

    /// `country`: `None` for the remainder.
    fn finding(&self, window: usize, country: Option<CountryIndex>, lane: Lane) -> Option<Finding> {
        if self.is_left_out[lane] {
            return None;
        }
        let range = self.layout.matrix().windows()[window];
        let (name, known, provenance) = match country {
            None => (Some(Country::REMAINDER), self.remainder(window, lane)?, Provenance::Implied),
            Some(country) if self.is_refused[country] || self.has_no_countries[lane] => return None,
            Some(country) => {
                let known = self.store.known(self.layout.cell(window, country, lane))?;
                (self.layout.country(country), known, known.provenance)
            }
        };
        Some(Finding {
            cell: self.layout.cell_of(range, name, lane),
            counts: known.counts,
            provenance,
            is_final: known.is_final
                && !self.unsettled_windows.contains(&window)
                && !self.unsettled_lanes.contains(&lane),
            asked_at: known.asked_at,
        })
    }

    /// What the total holds beyond the countries.
    ///
    /// While a window grows, attempts of listed countries convert after their country was asked: then the total may
    /// hold more conversions beyond them than attempts. The remainder has no more conversions than attempts.
    fn remainder(&self, window: usize, lane: Lane) -> Option<Known> {
        let mut rest = self.store.known(self.layout.window_total(window, lane))?;
        let (mut attempts, mut converted) = (rest.counts.attempts(), rest.counts.converted());
        for country in
            self.layout.countries().filter(|&country| !self.is_refused[country] && !self.has_no_countries[lane])
        {
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

/// The values at positions that have rows.
fn kept<I: Position, T: Copy>(values: Option<&Vec<T>>, has_rows: impl Fn(I) -> bool) -> Option<Vec<T>> {
    let kept = |(index, value): (I, &T)| has_rows(index).then_some(*value);
    values.map(|values| all(values.len()).zip(values).filter_map(kept).collect())
}

/// Clocks that differ by more than this are told.
const FIVE_MINUTES: i64 = 300;

fn warnings(known: &Knowledge) -> Vec<String> {
    let mut warnings = known.evidence.warnings.clone();
    match known.evidence.skew {
        Some(skew) if skew.abs() > FIVE_MINUTES => {
            let server = known.now();
            warnings.push(format!(
                "the server's clock says {server}, this host's {}: windows settle by the earlier of the two",
                server.plus_seconds(-skew)
            ));
        }
        None if known.evidence.is_without_date => {
            warnings.push("the API says no time: windows settle by this host's clock".to_owned());
        }
        _ => {}
    }
    if let Some(reason) = &known.email_refused {
        warnings.push(format!("the API refuses countries beside email ({reason}): its attempts count in ZZ"));
    }
    let email = known.layout.lanes().find(|&lane| known.layout.is_email(lane));
    if let Some(reason) = email.and_then(|lane| known.left_out[lane].as_ref())
        && !known.held_values.contains_key("channel email")
    {
        warnings.push(format!("the API refuses prefixes beside email ({reason}): email has no rows"));
    }
    warnings
}

fn notes(known: &Knowledge, reached: Reached) -> Vec<Note> {
    let seen_at = known.now().to_micros();
    // In an outage nothing is answered, however short.
    let longest = known.longest.filter(|_| reached == Reached::TheEnd).map(|value| Note {
        name: LONGEST.to_owned(),
        value,
        seen_at,
    });
    // What a run was told that could not be trusted shows nothing about the account.
    let is_sound = known.evidence.withheld.is_none();
    let fresh = if is_sound { known.evidence.notes.fresh(seen_at) } else { Vec::new() };
    fresh.into_iter().chain(longest).collect()
}

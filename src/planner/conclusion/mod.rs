//! What a plan found out, window by window.

mod costs;
mod messages;
mod rows;

use std::collections::BTreeSet;

use messages::{notes, warnings};

use super::evidence::{EvidenceCounts, Grounds, Unproven, Withheld};
use super::index::{CountryIndex, Each, Lane};
use super::judge::{Reached, Report, judge};
use super::knowledge::Knowledge;
use super::layout::{Layout, Node, Place};
use super::listed::ListedDifference;
use super::reconciled::{Reconciled, Rest};
use super::sample::SpotReport;
use super::store::Store;
use super::verdict::Verdict;
use crate::model::{
    Confirmed, Country, Counts, Difference, Listing, MissingCell, Note, Provenance, Remainder, Slice, UnixMicros,
    Window,
};

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
    /// What the identities came to.
    pub reconciled: Reconciled,
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
    /// Windows whose listed sums Summary confirmed in this run.
    pub confirmed: Vec<Confirmed>,
    /// Attempts on the pages of the list that this run read.
    pub listed_attempts: u64,
    /// Margins of which list and Summary say different things: what lies in them was asked for instead.
    pub listed_differences: Vec<ListedDifference>,
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
    /// Cells that were counted from the list, in this run or an earlier one, remainders not counted.
    pub listed_cells: u64,
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
    grounds: Grounds,
    unsettled_windows: BTreeSet<usize>,
    unsettled_lanes: BTreeSet<Lane>,
    remainder: Remainder,
}

/// Windows whose listed sums later runs may use: those that passed all other checks, too.
fn confirmed(known: &Knowledge, proved: &[Window]) -> Vec<Confirmed> {
    known.listed.confirmed.iter().filter(|it| proved.contains(&it.window)).cloned().collect()
}

impl Conclusion {
    pub(super) fn of(reached: Reached, mut known: Knowledge) -> Self {
        let spot = known.spot.take();
        let (verdicts, report) = judge(&known, reached);
        let Report { missing, differences, drift, identities_checked, has_open_identities, capped_remainders } = report;
        let layout = &known.layout;
        let named = |(index, reason): (CountryIndex, &Option<String>)| Some((layout.country(index)?, reason.clone()?));
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
        let rest = if has_open_identities || !drift.is_empty() { Rest::Open } else { Rest::Closed };
        let mut conclusion = Self {
            reconciled: Reconciled::of(&verdicts, rest),
            verdicts,
            missing,
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
            confirmed: confirmed(&known, &proved),
            listed_attempts: known.listed.attempts,
            listed_differences: known.listed.differences.clone(),
            proved,
            notes: notes(&known, reached),
            revoked_notes: known.evidence.notes.revoked(),
            grounds: std::mem::take(&mut known.evidence.grounds),
            unsettled_windows: known.evidence.unsettled_windows.clone(),
            unsettled_lanes: known.evidence.unsettled_lanes.clone(),
            implied_cells: 0,
            measured_cells: 0,
            listed_cells: 0,
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
        };
        conclusion.count();
        conclusion
    }

    /// Counts its cells by how they are known.
    fn count(&mut self) {
        (self.implied_cells, self.measured_cells, self.listed_cells) = (0, 0, 0);
        for known in self.layout.cells().filter_map(|cell| self.store.known(cell)) {
            *match known.provenance {
                Provenance::Implied => &mut self.implied_cells,
                Provenance::Measured => &mut self.measured_cells,
                Provenance::Listed => &mut self.listed_cells,
            } += 1;
        }
    }

    /// Whether every identity that is due was checked and holds, without drift.
    #[must_use]
    pub fn is_reconciled(&self) -> bool {
        self.reconciled == Reconciled::Wholly
    }

    /// What answers imply for cells and totals of complete windows, as far as it will not change (all of settled
    /// windows, zeros of those whose attempts stand still), so that nobody need ask for it again: each slice with its
    /// counts, and when the youngest of these answers was asked.
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
}

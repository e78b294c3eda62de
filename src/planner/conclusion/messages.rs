//! What people are told besides the rows, and what later runs are.

use crate::model::Note;
use crate::planner::evidence::notes::LONGEST;
use crate::planner::judge::Reached;
use crate::planner::knowledge::Knowledge;

/// Clocks that differ by more than this are told.
const FIVE_MINUTES: i64 = 300;

pub(super) fn warnings(known: &Knowledge) -> Vec<String> {
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
    let mixed = known.layout.cells().filter(|&cell| known.store.has_mixed_cost(cell)).count();
    if mixed > 0 {
        warnings.push(format!("{mixed} cells hold prices in more than one currency: what they cost is left out"));
    }
    if known.listed.unknown_channels > 0 {
        warnings.push(format!(
            "the list holds {} attempts of a channel that this program does not know: they count in totals only",
            known.listed.unknown_channels
        ));
    }
    warnings
}

pub(super) fn notes(known: &Knowledge, reached: Reached) -> Vec<Note> {
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

//! Cells and totals that are asked once more, each once in a run, to stand for what they held.

use crate::model::{AnswerSource, Round};
use crate::planner::evidence::{Inquiry, change};
use crate::planner::knowledge::Knowledge;
use crate::planner::layout::{Node, Place};
use crate::planner::store::Known;

/// What is being asked.
#[derive(Debug, Default)]
pub(super) struct Afresh {
    nodes: Vec<Node>,
}

impl Afresh {
    /// Asks for a cell or total, unless it was asked again already.
    pub(super) fn ask(&mut self, known: &mut Knowledge, inquiry: &mut Inquiry, node: Node) {
        if !known.store.was_asked_again(node) {
            self.nodes.push(node);
            known.store.mark_asked_again(node);
            inquiry.put(known.layout.slice(node), Round::Again);
        }
    }

    /// Takes in what came back, and says for what. Attempts do not go away: where this run counted more of one before,
    /// neither answer can be told from a wrong one, nor what else came with it.
    pub(super) fn take(&mut self, known: &mut Knowledge, inquiry: &Inquiry) -> Vec<Node> {
        let nodes = std::mem::take(&mut self.nodes);
        let mut fallen = Vec::new();
        for &node in &nodes {
            let slice = known.layout.slice(node);
            let Some(answer) = inquiry.answer(&slice, Round::Again) else { continue };
            let is_measured = |it: &Known| it.source == AnswerSource::ThisRun && !known.store.is_implied(node);
            let before = known.store.known(node).filter(is_measured).map(|it| it.counts);
            known.store.forget(node);
            known.store.answer(&known.layout, node, Round::First, &answer);
            known.store.mark_asked_again(node);
            if let Some(before) = before.filter(|before| !before.may_become(answer.counts)) {
                fallen.push((node, change(&slice, before, answer.counts)));
            }
        }
        if let Some((_, told)) = fallen.first() {
            let reason = format!("{told}: attempts do not go away");
            for window in nodes.iter().filter_map(|&node| known.layout.place(node).window()) {
                known.evidence.hold(window, &reason);
            }
        }
        for (node, told) in fallen {
            hold_beside(known, node, &told);
        }
        nodes
    }
}

/// Holds back the windows in which this run was told of the same country, or of all of them, what has fallen in one: it
/// may have been less than there was there, too.
fn hold_beside(known: &mut Knowledge, fallen: Node, told: &str) {
    let reason = format!("{told}: what was said of the same beside it may lack attempts as well");
    let place = known.layout.place(fallen);
    for window in known.windows_in_doubt() {
        let node = match place {
            Place::Cell { country, lane, .. } => known.layout.cell(window, country, lane),
            Place::WindowTotal { lane, .. } => known.layout.window_total(window, lane),
            Place::RangeTotal { .. } | Place::AllChannels { .. } => continue,
        };
        if known.store.known(node).is_some_and(|it| it.source == AnswerSource::ThisRun) {
            known.evidence.hold(window, &reason);
        }
    }
}

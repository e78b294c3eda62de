//! Cells and totals that are asked once more, each once in a run, to stand for what they held.

use crate::model::{AnswerSource, Round};
use crate::planner::evidence::{Inquiry, change};
use crate::planner::knowledge::Knowledge;
use crate::planner::layout::Node;
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
        let mut fallen = None;
        for &node in &nodes {
            let slice = known.layout.slice(node);
            let Some(answer) = inquiry.answer(&slice, Round::Again) else { continue };
            let is_measured = |it: &Known| it.source == AnswerSource::ThisRun && !known.store.is_implied(node);
            let before = known.store.known(node).filter(is_measured).map(|it| it.counts);
            known.store.forget(node);
            known.store.answer(&known.layout, node, Round::First, &answer);
            known.store.mark_asked_again(node);
            if let Some(before) = before.filter(|before| !before.may_become(answer.counts)) {
                fallen.get_or_insert((slice, before, answer.counts));
            }
        }
        if let Some((slice, before, now)) = fallen {
            let reason = format!("{}: attempts do not go away", change(&slice, before, now));
            for window in nodes.iter().filter_map(|&node| known.layout.place(node).window()) {
                known.evidence.hold(window, &reason);
            }
        }
        nodes
    }
}

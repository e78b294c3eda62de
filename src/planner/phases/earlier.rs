//! What earlier runs saw of this run's zeros (V4 c): a cell that said nothing after its window's end, and says nothing
//! now, has lost nothing. The ledger alone is asked, so that a daily run pays for the zeros of yesterday only where
//! yesterday's own run said otherwise.
//!
//! Where every sum is asked anyway, or everything is to be asked afresh, nothing is looked up.

use super::hidden::Hidden;
use super::{Phase, Turn};
use crate::model::{Answer, Counts, Outcome, Question, Reuse, Round};
use crate::planner::Freshness;
use crate::planner::knowledge::Knowledge;
use crate::planner::layout::Node;

/// The cells that are left to look up.
#[derive(Debug)]
pub(super) struct Earlier {
    zeros: Vec<Node>,
}

impl Earlier {
    pub(super) fn new(known: &Knowledge) -> Self {
        let is_asked_anyway = known.sums_all_cells() || known.terms.freshness == Freshness::Refresh;
        if !known.layout.splits_countries() || known.range_in_doubt().is_none() || is_asked_anyway {
            return Self { zeros: Vec::new() };
        }
        let hidden = Hidden::new(known);
        let mut zeros = hidden.loose_zeros();
        zeros.extend(known.zero_answers.iter().flat_map(|slice| hidden.zeros_within(slice)));
        zeros.sort_unstable();
        zeros.dedup();
        Self { zeros }
    }

    /// Whether an earlier run saw nothing when nothing more could happen. It has lost nothing since.
    fn is_nothing(known: &Knowledge, node: Node, answer: &Answer) -> bool {
        answer.counts == Counts::ZERO && answer.reach() >= known.layout.slice(node).range.end()
    }
}

impl Phase for Earlier {
    fn next(&mut self, known: &mut Knowledge) -> Option<Question> {
        let node = self.zeros.pop()?;
        Some(Question { slice: known.layout.slice(node), round: Round::Proof, reuse: Reuse::AnyAgeOnly })
    }

    fn learn(&mut self, known: &mut Knowledge, question: &Question, outcome: &Outcome) {
        if let (Some(node), Outcome::Answered(answer)) = (known.layout.node(&question.slice), outcome)
            && Self::is_nothing(known, node, answer)
        {
            known.zeros_seen.insert(node);
            known.evidence.grounds.add_repetition([node]);
        }
    }

    fn finish(&mut self, _: &mut Knowledge) -> Turn {
        Turn::Over
    }
}

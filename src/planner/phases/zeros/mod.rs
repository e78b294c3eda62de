//! Proofs of what the cells say (V4, R4): no attempt vanishes into the remainder.
//!
//! A sum of windows is held against the country's answer for all of them, asked after the cells: in all channels at
//! once where those are all there are, else by channel. Pieces that were inferred are asked themselves where a
//! remainder could hide a fault, and zeros that rest on one answer are asked once more. A sum that differs is narrowed
//! down to windows; only these are asked afresh, once, and held back if they still differ.

mod cheapest;
mod faults;
mod pieces;
mod sums;

use std::ops::Range;

use super::afresh::Afresh;
use super::bisection::{Bisection, Fault};
use super::{Phase, Turn};
use crate::model::{Round, Slice};
use crate::planner::evidence::Inquiry;
use crate::planner::index::{CountryIndex, Lane};
use crate::planner::knowledge::Knowledge;
use crate::planner::layout::Node;

/// What is asked next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ZerosStep {
    /// Pieces that were inferred, and zeros.
    Pieces,
    /// Series whose inference was wrong, cell by cell.
    Series,
    Sums,
    Halves,
    Afresh,
    Confirmation,
    Over,
}

/// A country in a lane.
type Series = (CountryIndex, Lane);

/// A sum to be checked: filters, and the windows it covers.
type Sum = (Slice, Range<usize>);

/// The phase.
#[derive(Debug)]
pub(super) struct Zeros {
    step: ZerosStep,
    inquiry: Inquiry,
    pieces: Vec<Node>,
    /// A country in a window in all channels, and its pieces that were inferred.
    together: Vec<(Slice, Vec<Node>)>,
    /// Answers of nothing that are asked once more.
    silent: Vec<Slice>,
    sums: Vec<Sum>,
    bisection: Bisection,
    faults: Vec<Fault>,
    afresh: Afresh,
}

impl Zeros {
    pub(super) fn new(known: &mut Knowledge) -> Self {
        let mut phase = Self {
            step: ZerosStep::Pieces,
            inquiry: Inquiry::default(),
            pieces: Vec::new(),
            together: Vec::new(),
            silent: Vec::new(),
            sums: Vec::new(),
            bisection: Bisection::new(Round::Proof),
            faults: Vec::new(),
            afresh: Afresh::default(),
        };
        if known.layout.splits_countries() && known.range_in_doubt().is_some() {
            phase.plan(known);
        }
        phase
    }
}

impl Phase for Zeros {
    fn inquiry(&mut self) -> Option<&mut Inquiry> {
        Some(match self.step {
            ZerosStep::Halves | ZerosStep::Confirmation => &mut self.bisection.inquiry,
            _ => &mut self.inquiry,
        })
    }

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        match self.step {
            ZerosStep::Pieces => self.settle_pieces(known),
            ZerosStep::Series => {
                let nodes = self.afresh.take(known, &self.inquiry);
                known.hold_where_parts_exceed(&nodes);
                self.ask_sums(known);
            }
            ZerosStep::Sums => return self.settle_sums(known),
            ZerosStep::Halves => {
                if self.bisection.advance(known) {
                    return Turn::More;
                }
                self.ask_faults_afresh(known);
            }
            ZerosStep::Afresh => {
                self.afresh.take(known, &self.inquiry);
                self.settle_faults(known);
            }
            ZerosStep::Confirmation => {
                self.bisection.settle_confirmation(known);
                self.step = ZerosStep::Over;
            }
            ZerosStep::Over => return Turn::Over,
        }
        Turn::More
    }
}

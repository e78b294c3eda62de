//! Whether the API may have ceased to heed a parameter on the way.
//!
//! An API that ignores a parameter answers with more, never with less. So an answer of zero is zero whatever was
//! ignored, and windows that add up to a range which was asked before them are each exact. All other cells are relied
//! on: what they might have too much would be missing from the remainder, or no sum speaks of it.
//!
//! Once a parameter is ignored it stays so (an API changes by a release, not by the request). So evidence as late in the
//! plan's order as the last cell that is relied on covers them all: a cell with fewer attempts than its country's
//! whole, or than an earlier one that differs from it in this parameter only, which an ignored parameter would have had
//! to repeat. What has no such evidence gets its control question at the end, when nothing is in flight. The order is
//! the plan's, not the clock's, so that the same answers lead to the same questions; cells that were asked again are
//! out of it, and count as the last.

use crate::model::AnswerSource;

use super::identities::{Check, Subject};
use super::layout::{Layout, Node};
use super::parameters::Parameter;
use super::store::{Known, Store};

/// The cells of this run whose counts the sums leave room to doubt.
#[derive(Debug)]
pub(super) struct Relied<'a> {
    layout: &'a Layout,
    store: &'a Store,
    /// Of each lane, whether the sum over the range proves its windows.
    is_proved: Vec<bool>,
}

impl<'a> Relied<'a> {
    pub(super) fn new(layout: &'a Layout, store: &'a Store, is_refused: &dyn Fn(usize) -> bool) -> Self {
        let proves = |lane| proves_windows(layout, store, is_refused, lane);
        Self { layout, store, is_proved: (0..layout.lanes()).map(proves).collect() }
    }

    /// Whether nothing relies on a parameter, or an answer as late as the last that does shows that it is heeded.
    pub(super) fn is_covered(&self, parameter: Parameter) -> bool {
        let relied = self.answers().filter(|&(at, known)| self.relies(parameter, at, known));
        let Some(last) = relied.map(|(at, _)| self.order(at)).max() else { return true };
        match parameter {
            Parameter::Country => {
                let is_late = |at| self.order(at) >= last && self.order(at).0 != Turn::Again;
                self.answers()
                    .any(|(at, known)| !self.is_total(at) && is_late(at) && self.is_less_than_its_whole(at, known))
            }
            Parameter::Before => self.ends_before_more(last),
            Parameter::After | Parameter::Service | Parameter::Channel | Parameter::Prefix => {
                self.repeats_less(parameter, last)
            }
        }
    }

    /// Whether some answer, `last` or later, has fewer attempts than an earlier one that differs in this parameter only.
    fn repeats_less(&self, parameter: Parameter, last: Order) -> bool {
        let mut most = vec![0; self.lines() * self.layout.lanes()];
        let mut present = 0;
        self.answers().any(|(at, known)| {
            if parameter != Parameter::After && at.window != present {
                present = at.window;
                most.fill(0);
            }
            let order = self.order(at);
            let attempts = known.counts.attempts();
            let most = &mut most[at.country * self.layout.lanes() + self.lane_without(parameter, at.lane)];
            let is_asked_in_turn = order.0 != Turn::Again;
            let is_shown = is_asked_in_turn && order >= last && attempts < *most;
            let is_asked_before_the_next = self.is_total(at) || at.window != self.layout.window_asked_last();
            if is_asked_in_turn && (parameter != Parameter::After || is_asked_before_the_next) {
                *most = attempts.max(*most);
            }
            is_shown
        })
    }

    /// Whether some cell of the window that is asked last, `last` or later, has fewer attempts than one in a later window.
    fn ends_before_more(&self, last: Order) -> bool {
        let asked_last = self.layout.window_asked_last();
        let mut most = vec![0; self.lines() * self.layout.lanes()];
        let line = |at: At| at.country * self.layout.lanes() + at.lane;
        let is_in_turn = |&(at, _): &(At, Known)| !self.is_total(at) && self.order(at).0 != Turn::Again;
        for (at, known) in self.answers().filter(is_in_turn).filter(|(at, _)| at.window > asked_last) {
            let most = &mut most[line(at)];
            *most = known.counts.attempts().max(*most);
        }
        let mut cells = self.answers().filter(is_in_turn).filter(|(at, _)| at.window == asked_last);
        cells.any(|(at, known)| self.order(at) >= last && known.counts.attempts() < most[line(at)])
    }

    /// The first lane that differs from this one in a parameter only.
    fn lane_without(&self, parameter: Parameter, lane: usize) -> usize {
        let shape = self.layout.matrix().shape();
        let (channels, prefixes) = (shape.channel_count(), shape.prefix_count());
        let (rest, prefix) = (lane / prefixes, lane % prefixes);
        let (service, channel) = (rest / channels, rest % channels);
        match parameter {
            Parameter::Service => channel * prefixes + prefix,
            Parameter::Channel => service * channels * prefixes + prefix,
            Parameter::Prefix => rest * prefixes,
            Parameter::After | Parameter::Before | Parameter::Country => lane,
        }
    }

    fn order(&self, at: At) -> Order {
        let node = at.node(self.layout);
        let turn = match self.is_total(at) {
            _ if self.store.was_asked_again(node) => Turn::Again,
            false if at.window == self.layout.window_asked_last() => Turn::LastCells,
            false => Turn::Cells,
            true if self.layout.is_provisional_window(at.window) => Turn::TotalsAfter,
            true => Turn::Totals,
        };
        (turn, node)
    }

    fn is_total(&self, at: At) -> bool {
        at.country == self.layout.countries()
    }

    /// Countries, and one more for their total where it is another slice.
    fn lines(&self) -> usize {
        self.layout.countries() + usize::from(self.layout.splits_countries())
    }

    /// This run's cells, and the totals that their remainders rest on.
    fn answers(&self) -> impl Iterator<Item = (At, Known)> {
        let layout = self.layout;
        (0..layout.windows()).flat_map(move |window| {
            (0..self.lines()).flat_map(move |country| {
                (0..layout.lanes()).filter_map(move |lane| {
                    let at = At { window, country, lane };
                    Some((at, fresh(self.store, at.node(layout))?))
                })
            })
        })
    }

    fn relies(&self, parameter: Parameter, at: At, known: Known) -> bool {
        let is_open = known.counts.attempts() > 0 && !self.is_exact(at);
        let is_narrowed =
            parameter != Parameter::Country || !self.is_total(at) && !self.is_less_than_its_whole(at, known);
        is_open && is_narrowed
    }

    fn is_exact(&self, at: At) -> bool {
        !self.layout.splits_countries() && self.is_proved[at.lane] && self.layout.range_windows().contains(&at.window)
    }

    fn is_less_than_its_whole(&self, at: At, known: Known) -> bool {
        let whole = self.store.before(self.layout.window_total(at.window, at.lane));
        whole.is_some_and(|whole| known.counts.attempts() < whole.attempts())
    }
}

/// When an answer was asked, in the plan's order.
type Order = (Turn, Node);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    /// Totals that are settled.
    Totals,
    Cells,
    /// Those of [`Layout::window_asked_last`].
    LastCells,
    /// Totals that grow, for the second time.
    TotalsAfter,
    /// What was asked again, in whatever order.
    Again,
}

/// A cell's place, or with a country beyond the last its total's.
#[derive(Debug, Clone, Copy)]
struct At {
    window: usize,
    country: usize,
    lane: usize,
}

impl At {
    fn node(self, layout: &Layout) -> Node {
        if self.country == layout.countries() {
            layout.window_total(self.window, self.lane)
        } else {
            layout.cell(self.window, self.country, self.lane)
        }
    }
}

/// Whether the windows add up to a total that was asked before them, and not again with them.
fn proves_windows(layout: &Layout, store: &Store, is_refused: &dyn Fn(usize) -> bool, lane: usize) -> bool {
    layout.has_range_totals()
        && !layout.is_provisional_range()
        && !store.was_asked_again(layout.range_total(lane))
        && Subject::Windows { lane }.equation(layout, store, is_refused).check() == Check::Holds
}

fn fresh(store: &Store, node: Node) -> Option<Known> {
    store.known(node).filter(|known| known.source == AnswerSource::ThisRun)
}

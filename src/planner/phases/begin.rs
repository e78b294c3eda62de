//! Which phase each stage is.

use super::stage::Stage;
use super::{
    Phase, Turn, account, bounds, cells, closing, controls, drill, earlier, filters, list, margins, prefixes, recall,
    recheck, repeat, retention, review, siblings, spot_check, zeros,
};
use crate::planner::knowledge::Knowledge;

impl Stage {
    /// The phase of a stage; it may have nothing to ask.
    pub(in crate::planner) fn begin(self, known: &mut Knowledge) -> Box<dyn Phase> {
        if self.rule().is_some_and(|rule| !known.evidence.heeds(rule)) {
            return Box::new(Nothing);
        }
        match self {
            Self::Recall => Box::new(recall::Recall::new(known)),
            Self::Retention => Box::new(retention::Retention::new(known)),
            Self::Prefixes => Box::new(prefixes::ShortPrefixes::new(known)),
            Self::Drill => Box::new(drill::DrillDown::new(known)),
            Self::Account => Box::new(account::Account::new(known)),
            Self::Siblings => Box::new(siblings::Siblings::new(known)),
            Self::List => Box::new(list::ListSettled::new(known)),
            Self::ListGrowing => Box::new(list::ListGrowing::new(known)),
            Self::Grown => Box::new(list::Grown),
            Self::Margins => Box::new(margins::Margins::new(known)),
            Self::Review => Box::new(review::Review::default()),
            Self::Repeat => Box::new(repeat::Repeat::new(known)),
            Self::Earlier => Box::new(earlier::Earlier::new(known)),
            Self::Zeros => Box::new(zeros::Zeros::new(known)),
            Self::Bounds => Box::new(bounds::BoundsCheck::new(known)),
            Self::Filters => Box::new(filters::Filters::new(known)),
            Self::Closing => Box::new(closing::Closing::new(known)),
            Self::Controls => Box::new(controls::Controls::new(known)),
            Self::Recheck => Box::new(recheck::Recheck::new(known)),
            Self::SpotCheck => Box::new(spot_check::Sample::new(known)),
            Self::Doubted => Box::new(spot_check::Doubted::new(known)),
            Self::AllChannels
            | Self::RangeTotals
            | Self::WindowTotals
            | Self::Cells
            | Self::WindowTotalsAfter
            | Self::RangeTotalsAfter
            | Self::AllChannelsAfter => Box::new(cells::Sweep::new(self, known)),
            Self::Over => Box::new(Nothing),
        }
    }
}

/// The end of a plan, and the phases of a rule that a test has switched off.
#[derive(Debug)]
struct Nothing;

impl Phase for Nothing {
    fn finish(&mut self, _: &mut Knowledge) -> Turn {
        Turn::Over
    }
}

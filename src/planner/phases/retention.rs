//! The search for how far back the API still holds data, as far as it matters to the job's windows.
//!
//! Zeros of windows older than the retention prove nothing. The ground is trusted from a window on when the API shows
//! attempts, of whatever kind, in the range's windows up to it that *ended* before the horizon. The search asks few
//! questions: the first such window, all of them, then halves.

use super::stage::Stage;
use super::{Phase, Turn};
use crate::model::{Outcome, Question, Reuse, Slice};
use crate::planner::evidence::History;
use crate::planner::knowledge::Knowledge;
use crate::planner::retention::Reach;

/// The search: windows `0..ended` have ended before the horizon.
#[derive(Debug)]
struct Search {
    ended: usize,
    step: Look,
}

#[derive(Debug)]
enum Look {
    First,
    All,
    /// Windows `0..zero` show nothing, windows `0..some` show something.
    Between {
        zero: usize,
        some: usize,
    },
    Over(Reach),
}

/// How many questions a search over so many windows asks at most.
pub(in crate::planner) fn most_questions(ended: usize) -> u64 {
    match ended {
        0 => 0,
        1 => 1,
        more => 2 + u64::from((more - 1).next_power_of_two().ilog2()),
    }
}

impl Search {
    fn new(ended: usize, first: usize, history: Option<History>) -> Self {
        let step = match history {
            Some(History::Shown) => Look::Over(Reach::From(first)),
            _ if ended == 0 => Look::Over(Reach::Nothing),
            _ => Look::First,
        };
        Self { ended, step }
    }

    /// How many of the first windows to ask about next, as one range; or what was found.
    fn next(&self) -> Result<usize, &Reach> {
        match &self.step {
            Look::First => Ok(1),
            Look::All => Ok(self.ended),
            Look::Between { zero, some } => Ok(zero.midpoint(*some)),
            Look::Over(finding) => Err(finding),
        }
    }

    fn learn(&mut self, outcome: &Outcome) {
        let shows_some = match outcome {
            Outcome::Answered(answer) => answer.counts.attempts() > 0,
            Outcome::Failed(failure) => {
                self.step = Look::Over(Reach::Unknown(failure.message.clone()));
                return;
            }
            Outcome::NotRecorded => {
                self.step = Look::Over(Reach::Unknown("it was not asked".to_owned()));
                return;
            }
        };
        self.step = match (&self.step, shows_some) {
            (Look::First, true) => Look::Over(Reach::From(1)),
            (Look::First, false) if self.ended > 1 => Look::All,
            (Look::First | Look::All, false) => Look::Over(Reach::Nothing),
            (Look::All, true) => Self::between(1, self.ended),
            (&Look::Between { zero, some }, true) => Self::between(zero, zero.midpoint(some)),
            (&Look::Between { zero, some }, false) => Self::between(zero.midpoint(some), some),
            (Look::Over(finding), _) => Look::Over(finding.clone()),
        };
    }

    /// `0..some` shows attempts and `0..some - 1` does not: they lie in window `some - 1`.
    fn between(zero: usize, some: usize) -> Look {
        if zero + 1 < some { Look::Between { zero, some } } else { Look::Over(Reach::From(some)) }
    }
}

/// The phase: the search, where old windows need one.
#[derive(Debug)]
pub(super) struct Retention {
    search: Option<Search>,
    is_asking: bool,
}

impl Retention {
    pub(super) fn new(known: &Knowledge) -> Self {
        // Attempts before the range show that the API holds all of it.
        let search = known
            .needs_reach()
            .then(|| Search::new(known.old.1, known.layout.range_windows().start, known.evidence.history));
        Self { search, is_asking: false }
    }
}

impl Phase for Retention {
    fn next(&mut self, known: &mut Knowledge) -> Option<Question> {
        let windows = known.layout.matrix().windows();
        let count = self.search.as_ref().filter(|_| !self.is_asking)?.next().ok()?;
        let slice = Slice::whole(windows[0].hull(windows[count - 1]));
        self.is_asking = true;
        known.progress.planned += 1;
        Some(Question { slice, round: Stage::Retention.round(), reuse: Reuse::Never })
    }

    fn learn(&mut self, known: &mut Knowledge, _: &Question, outcome: &Outcome) {
        self.is_asking = false;
        known.evidence.see(outcome);
        if let Some(search) = &mut self.search {
            search.learn(outcome);
        }
    }

    fn finish(&mut self, known: &mut Knowledge) -> Turn {
        let found = self.search.take().and_then(|search| search.next().err().cloned());
        known.settle_status(found);
        known.progress.planned = known.count_planned() + known.progress.done;
        Turn::Over
    }
}

//! The search for how far back the API still holds data, as far as it matters to the job's windows.
//!
//! Zeros of windows older than the retention prove nothing. The ground is trusted from a window on when the API shows
//! attempts, of whatever kind, in the range's windows up to it that *ended* before the horizon. The search asks few
//! questions: the first such window, all of them, then halves.

use crate::model::Outcome;

/// What the search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finding {
    /// The API holds the windows from this index on.
    From(usize),
    /// It shows nothing of old windows.
    Nothing,
    /// A question failed.
    Unknown(String),
}

/// The search: windows `0..ended` have ended before the horizon.
#[derive(Debug)]
pub(super) struct Search {
    ended: usize,
    step: Step,
}

#[derive(Debug)]
enum Step {
    First,
    All,
    /// Windows `0..zero` show nothing, windows `0..some` show something.
    Between {
        zero: usize,
        some: usize,
    },
    Over(Finding),
}

/// How many questions a search over so many windows asks at most.
pub(super) fn most_questions(ended: usize) -> u64 {
    match ended {
        0 => 0,
        1 => 1,
        more => 2 + u64::from((more - 1).next_power_of_two().ilog2()),
    }
}

impl Search {
    pub(super) fn new(ended: usize) -> Self {
        Self { ended, step: if ended == 0 { Step::Over(Finding::Nothing) } else { Step::First } }
    }

    /// How many of the first windows to ask about next, as one range; or what was found.
    pub(super) fn next(&self) -> Result<usize, &Finding> {
        match &self.step {
            Step::First => Ok(1),
            Step::All => Ok(self.ended),
            Step::Between { zero, some } => Ok(zero.midpoint(*some)),
            Step::Over(finding) => Err(finding),
        }
    }

    pub(super) fn learn(&mut self, outcome: &Outcome) {
        let shows_some = match outcome {
            Outcome::Answered(answer) => answer.counts.attempts() > 0,
            Outcome::Failed(failure) => {
                self.step = Step::Over(Finding::Unknown(failure.message.clone()));
                return;
            }
            Outcome::NotRecorded => {
                self.step = Step::Over(Finding::Unknown("it was not asked".to_owned()));
                return;
            }
        };
        self.step = match (&self.step, shows_some) {
            (Step::First, true) => Step::Over(Finding::From(0)),
            (Step::First, false) if self.ended > 1 => Step::All,
            (Step::First | Step::All, false) => Step::Over(Finding::Nothing),
            (Step::All, true) => Self::between(1, self.ended),
            (&Step::Between { zero, some }, true) => Self::between(zero, zero.midpoint(some)),
            (&Step::Between { zero, some }, false) => Self::between(zero.midpoint(some), some),
            (Step::Over(finding), _) => Step::Over(finding.clone()),
        };
    }

    /// `0..some` shows attempts and `0..some - 1` does not: they lie in window `some - 1`.
    fn between(zero: usize, some: usize) -> Step {
        if zero + 1 < some { Step::Between { zero, some } } else { Step::Over(Finding::From(some - 1)) }
    }
}

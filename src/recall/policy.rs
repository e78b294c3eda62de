//! Which recorded answer may stand for a question.

use super::recorded::Recorded;
use super::sums::Sums;
use crate::model::{Answer, AnswerSource, Provenance, Question, Reuse, Round, Settling, Slice};

/// The rules of one run.
#[derive(Debug, Clone, Copy)]
pub struct ReusePolicy {
    /// The current run; `None` when a run is only planned.
    pub run: Option<i64>,
    /// When answers are final.
    pub settling: Settling,
}

impl ReusePolicy {
    /// What other runs' answers to a slice say of it, if it was settled then; the latest recorded comes first.
    #[must_use]
    pub fn choose_settled(&self, slice: Slice, recorded: impl IntoIterator<Item = Recorded>) -> Option<Answer> {
        let question = Question { slice, round: Round::First, reuse: Reuse::Settled };
        self.choose(&question, recorded.into_iter().filter(|recorded| self.run != Some(recorded.run)))
    }

    /// Whether what follows from settled answers to other ranges may stand for a question.
    #[must_use]
    pub const fn admits_sums(question: &Question) -> bool {
        matches!(question.reuse, Reuse::Settled | Reuse::SettledOnly)
    }

    /// What is learnt for a question from answers to other ranges, if that may stand for it.
    #[must_use]
    pub fn infer(question: &Question, sums: &Sums) -> Option<Answer> {
        if Self::admits_sums(question) { sums.tell(&question.slice) } else { None }
    }

    /// Chooses among all answers to the question's slice, given the latest recorded first: of equally new ones it wins.
    #[must_use]
    pub fn choose(&self, question: &Question, recorded: impl IntoIterator<Item = Recorded>) -> Option<Answer> {
        let (mut own, mut other) = (None, None);
        for candidate in recorded {
            if self.run == Some(candidate.run) {
                // What a run inferred it infers again when it is taken up; what it asked it asks again at its stage.
                let stands = candidate.round == question.round && question.reuse.may_ask();
                if stands && candidate.provenance == Provenance::Measured {
                    keep_newest(&mut own, candidate.answer(AnswerSource::ThisRun));
                }
            } else {
                let answer = candidate.answer(match candidate.provenance {
                    Provenance::Measured | Provenance::Listed => AnswerSource::EarlierRun,
                    Provenance::Implied => AnswerSource::Inference,
                });
                let admitted = match question.reuse {
                    Reuse::Never => false,
                    Reuse::Settled | Reuse::SettledOnly => {
                        self.settling.is_settled(question.slice.range, answer.reach())
                    }
                    Reuse::AnyAge | Reuse::AnyAgeOnly => true,
                };
                if admitted {
                    keep_newest(&mut other, answer);
                }
            }
        }
        own.or(other)
    }
}

fn keep_newest(kept: &mut Option<Answer>, answer: Answer) {
    if kept.is_none_or(|kept| kept.asked_at < answer.asked_at) {
        *kept = Some(answer);
    }
}

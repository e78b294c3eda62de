//! Which recorded answer may stand for a question (pure).

use crate::model::{
    Answer, AnswerSource, Counts, Proof, Provenance, Question, Reuse, Round, Settling, Slice, UnixMicros, UnixSeconds,
};

use super::lines::Lines;

/// What the choice needs to know of a recorded answer to the question's slice.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recorded {
    /// The run that asked, as the ledger numbers it.
    pub run: i64,
    pub as_of: UnixSeconds,
    pub round: Round,
    pub asked_at: UnixMicros,
    pub counts: Counts,
    pub provenance: Provenance,
    /// The server's time when it answered; `None`: it said none, or nobody answered.
    pub server_at: Option<UnixSeconds>,
    /// Whether its run passed its checks.
    pub proof: Proof,
}

impl Recorded {
    fn answer(&self, source: AnswerSource) -> Answer {
        Answer {
            counts: self.counts,
            asked_at: self.asked_at,
            as_of: self.as_of,
            source,
            server_at: self.server_at,
            // A run that goes on has passed nothing yet.
            proof: if source == AnswerSource::ThisRun { Proof::Unproved } else { self.proof },
        }
    }
}

/// The rules of one run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chooser {
    /// The current run; `None` when a run is only planned.
    pub run: Option<i64>,
    pub settling: Settling,
}

impl Chooser {
    /// What other runs' answers to a slice say of it, if it was settled then; the latest recorded comes first.
    pub fn choose_settled(&self, slice: Slice, recorded: impl IntoIterator<Item = Recorded>) -> Option<Answer> {
        let question = Question { slice, round: Round::First, reuse: Reuse::Settled };
        self.choose(&question, recorded.into_iter().filter(|recorded| self.run != Some(recorded.run)))
    }

    /// What is learnt for a question from answers to other ranges, if that may stand for it.
    pub fn infer(question: &Question, lines: &Lines) -> Option<Answer> {
        if !matches!(question.reuse, Reuse::Settled | Reuse::SettledOnly) {
            return None;
        }
        let (counts, asked_at) = lines.tell((&question.slice).into(), question.slice.range)?;
        // An answer with this end is among them, and was settled when it was asked.
        Some(Answer {
            counts,
            asked_at,
            as_of: asked_at.floor_seconds(),
            source: AnswerSource::Inference,
            server_at: None,
            proof: Proof::Unproved,
        })
    }

    /// Chooses among all answers to the question's slice, given the latest recorded first: of equally new ones it wins.
    pub fn choose(&self, question: &Question, recorded: impl IntoIterator<Item = Recorded>) -> Option<Answer> {
        let (mut own, mut other) = (None, None);
        for candidate in recorded {
            if self.run == Some(candidate.run) {
                // What a run inferred it infers again when it is taken up.
                if candidate.round == question.round && candidate.provenance == Provenance::Measured {
                    keep_newest(&mut own, candidate.answer(AnswerSource::ThisRun));
                }
            } else {
                let answer = candidate.answer(match candidate.provenance {
                    Provenance::Measured => AnswerSource::EarlierRun,
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

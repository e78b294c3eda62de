//! What the loop does with a settled attempt: an answer goes to the ledger and is learnt once it is durable; a question
//! that failed waits for its next try, or is given up.

use std::time::Duration;

use super::{Ending, Loop, Pending, RefusedCountries, Reply};
use crate::fetch::{Api, Received};
use crate::ledger::{AnswerLog, NewAnswer};
use crate::model::{Answer, AnswerSource, FailureKind, Outcome, Proof, Question, Slice, UnixMicros};
use crate::planner::Planner;
use crate::run::attempt::{About, FailedAttempt, FollowUp, Refusal, Settled};
use crate::run::{DriveError, Event};

/// Pauses after a 429 that end no further apart are one pause to people.
const SAME_PAUSE: Duration = Duration::from_secs(1);

impl<P, A, L> Loop<'_, P, A, L>
where
    P: Planner,
    A: Api,
    L: AnswerLog,
{
    pub(super) fn receive(&mut self, reply: Result<Reply, tokio::task::JoinError>) -> Result<(), DriveError> {
        let Reply { mut pending, sent } =
            reply.map_err(|error| DriveError::Bug(format!("a request's task died: {error}")))?;
        let about = self.about(&pending.question);
        match self.attempts.settle(&mut pending.effort, sent, about)? {
            Settled::Answered(received, asked_at) => self.record(pending.question, asked_at, received)?,
            Settled::Unsent => self.waiting.put_back(pending),
            Settled::Failed(failure) => self.go_on_after(failure, pending, about.refusal),
        }
        Ok(())
    }

    fn about(&self, question: &Question) -> About {
        let Slice { range, country, .. } = question.slice;
        let may_be_refused = question.slice.is_control()
            || country.is_some() && self.pace.refused_countries == RefusedCountries::Expected;
        About {
            start: Some(range.start()),
            span: self.reach.span(&question.slice),
            refusal: if may_be_refused { Refusal::Expected } else { Refusal::Failure },
        }
    }

    /// Hands an answer to the ledger; it is learnt once it is durable.
    fn record(&mut self, question: Question, asked_at: UnixMicros, received: Received) -> Result<(), DriveError> {
        self.reach.learn(&question.slice);
        self.tickets += 1;
        let ticket = self.tickets;
        let Received { body, counts, zero_form: _, server_at } = received;
        let answer = Answer {
            counts,
            asked_at,
            as_of: self.pace.as_of,
            source: AnswerSource::ThisRun,
            server_at,
            proof: Proof::Unproved,
        };
        self.commits.insert(ticket, (question, answer));
        self.ledger.record(NewAnswer { ticket, question, asked_at, body, counts, server_at })?;
        Ok(())
    }

    fn go_on_after(&mut self, failure: FailedAttempt, pending: Pending, refusal: Refusal) {
        let now = self.clock.monotonic();
        if let Some(pause) = failure.pause {
            self.observer.on(&Event::Paused { pause });
        }
        if let Some(crowded) = failure.crowded {
            self.observer.on(&Event::Crowded(crowded));
        }
        let slice = pending.question.slice;
        match failure.next {
            FollowUp::Throttled(pause) => {
                self.tell_of_throttling(now, pause);
                self.waiting.push(pending);
            }
            FollowUp::Again(wait) => {
                let (reason, answered) = (failure.message.as_str(), self.attempts.tally().answered);
                self.observer.on(&Event::Retrying { slice: &slice, reason, wait, answered });
                self.waiting.delay(pending, now + wait);
            }
            FollowUp::Over(over) => {
                if over.kind != FailureKind::Refused || refusal == Refusal::Failure {
                    self.observer.on(&Event::Failed { slice: &slice, reason: &over.message });
                }
                self.done += 1;
                self.planner.learn(&pending.question, Outcome::Failed(over));
            }
            FollowUp::Ended(give_up) => self.end(Ending::GaveUp(give_up)),
        }
        if let Some(give_up) = failure.give_up {
            self.end(Ending::GaveUp(give_up));
        }
    }

    /// Requests that were in flight together are refused together: that is told once, unless the pause grows.
    fn tell_of_throttling(&mut self, now: Duration, pause: Duration) {
        if now + pause >= self.throttled_until + SAME_PAUSE {
            self.throttled_until = now + pause;
            self.observer.on(&Event::Throttled { pause });
        }
    }

    pub(super) fn learn_committed(&mut self, tickets: Vec<u64>) -> Result<(), DriveError> {
        for ticket in tickets {
            let Some((question, answer)) = self.commits.remove(&ticket) else {
                return Err(DriveError::Bug(format!("the ledger committed an unknown ticket {ticket}")));
            };
            self.done += 1;
            self.planner.learn(&question, Outcome::Answered(answer));
        }
        Ok(())
    }
}

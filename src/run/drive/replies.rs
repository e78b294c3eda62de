//! What the loop does with a settled attempt: an answer goes to the ledger and is learnt once it is durable; a question
//! that failed waits for its next try, or is given up.

use std::time::Duration;

use super::{Commit, Ending, Loop, Pending, RefusedCountries, Reply};
use crate::fetch::{Api, ListApi, Received};
use crate::ledger::{AnswerLog, NewAnswer};
use crate::model::{
    Answer, AnswerSource, ApiFailure, FailureKind, ListOutcome, Outcome, Proof, Question, Slice, UnixMicros,
};
use crate::planner::Planner;
use crate::run::attempt::{About, FailedAttempt, FollowUp, Refusal, Sent, Settled};
use crate::run::{DriveError, Event, Wanted};

/// Pauses after a 429 that end no further apart are one pause to people.
const SAME_PAUSE: Duration = Duration::from_secs(1);

/// What follows for a request that failed, once everybody has heard of it.
pub(super) enum Followed {
    /// It may be sent again when the limit allows.
    Ready,
    /// It is tried again at a monotonic time.
    Due(Duration),
    /// No further try.
    Over(ApiFailure),
    /// No further try of anything.
    Ended,
}

impl<P, A, L> Loop<'_, P, A, L>
where
    P: Planner,
    A: Api + ListApi,
    L: AnswerLog,
{
    pub(super) fn receive(&mut self, reply: Result<Reply, tokio::task::JoinError>) -> Result<(), DriveError> {
        match reply.map_err(|error| DriveError::Bug(format!("a request's task died: {error}")))? {
            Reply::Question(pending, sent) => self.receive_answer(pending, sent),
            Reply::Page(pending, sent) => self.receive_page(pending, sent),
        }
    }

    fn receive_answer(&mut self, mut pending: Pending<Question>, sent: Sent) -> Result<(), DriveError> {
        let about = self.about(&pending.asked);
        match self.attempts.settle(&mut pending.effort, sent, about)? {
            Settled::Answered(received, asked_at) => self.record(pending.asked, asked_at, received)?,
            Settled::Unsent => self.questions.put_back(pending),
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
        self.commits.insert(ticket, Commit::Answer(question, answer));
        self.ledger.record(NewAnswer { ticket, question, asked_at, body, counts, server_at })?;
        Ok(())
    }

    fn go_on_after(&mut self, failure: FailedAttempt, pending: Pending<Question>, refusal: Refusal) {
        let give_up = failure.give_up.clone();
        let wanted = Wanted::Slice(pending.asked.slice);
        match self.follow(failure, wanted) {
            Followed::Ready => self.questions.push(pending),
            Followed::Due(due) => self.questions.delay(pending, due),
            Followed::Over(over) => {
                if over.kind != FailureKind::Refused || refusal == Refusal::Failure {
                    self.observer.on(&Event::Failed { wanted, reason: &over.message });
                }
                self.done += 1;
                self.planner.learn(&pending.asked, Outcome::Failed(over));
            }
            Followed::Ended => {}
        }
        if let Some(give_up) = give_up {
            self.end(Ending::GaveUp(give_up));
        }
    }

    /// Tells what a failure means for all, and says what it means for what was asked.
    pub(super) fn follow(&mut self, failure: FailedAttempt, wanted: Wanted) -> Followed {
        let now = self.clock.monotonic();
        if let Some(pause) = failure.pause {
            self.observer.on(&Event::Paused { pause });
        }
        if let Some(crowded) = failure.crowded {
            self.observer.on(&Event::Crowded(crowded));
        }
        match failure.next {
            FollowUp::Throttled(pause) => {
                self.tell_of_throttling(now, pause);
                Followed::Ready
            }
            FollowUp::Again(wait) => {
                let (reason, answered) = (failure.message.as_str(), self.attempts.tally().answered);
                self.observer.on(&Event::Retrying { wanted, reason, wait, answered });
                Followed::Due(now + wait)
            }
            FollowUp::Over(over) => Followed::Over(over),
            FollowUp::Ended(give_up) => {
                self.end(Ending::GaveUp(give_up));
                Followed::Ended
            }
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
            let commit = self
                .commits
                .remove(&ticket)
                .ok_or_else(|| DriveError::Bug(format!("the ledger committed an unknown ticket {ticket}")))?;
            self.done += 1;
            match commit {
                Commit::Answer(question, answer) => self.planner.learn(&question, Outcome::Answered(answer)),
                Commit::Listed(segment, tally) => self.planner.learn_listed(&segment, ListOutcome::Listed(tally)),
            }
        }
        Ok(())
    }
}

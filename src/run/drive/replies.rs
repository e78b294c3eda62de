//! What becomes of a request: an answer goes to the ledger and is learnt once it is durable; a failure is tried again,
//! given up or ends the run, as `fetch` decides.

use std::time::Duration;

use super::{Ending, GiveUp, Loop, Pending, RefusedCountries, Reply};
use crate::fetch::{Api, AskError, Completion, Decision, Received, RunEnd, Span, decide, give_up};
use crate::ledger::{AnswerLog, Record};
use crate::model::{Answer, AnswerSource, FailureKind, Outcome, Proof, Question, UnixMicros, UnixSeconds};
use crate::planner::Planner;
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
        let reply = reply.map_err(|error| DriveError::Bug(format!("a request's task died: {error}")))?;
        let now = self.deps.clock.monotonic();
        let Some(result) = reply.result else {
            self.deps.limiter.release(reply.token, Completion::Complete)?;
            self.take_back(reply.pending);
            return Ok(());
        };
        match result.and_then(|received| self.admit(&reply.pending.question, received)) {
            Ok(received) => {
                self.deps.limiter.release(reply.token, Completion::Complete)?;
                self.tally.answered += 1;
                self.health.on_success(now);
                self.record(reply.pending.question, reply.asked_at, received)
            }
            Err(error) => {
                self.deps.limiter.release(reply.token, error.completion())?;
                self.handle_failure(reply.pending, &error, reply.started, now)
            }
        }
    }

    /// Takes a body without counts only where it is known to mean zero.
    fn admit(&mut self, question: &Question, received: Received) -> Result<Received, AskError> {
        self.server_now = self.server_now.max(received.server_at);
        let host = UnixSeconds::from(self.deps.clock.now());
        let now = self.server_now.map_or(host, |server| server.max(host));
        self.absent_counts.admit(received, Some(question.slice.range.start()), now)
    }

    /// A request that was counted as sent and never started.
    fn take_back(&mut self, mut pending: Pending) {
        pending.sent -= 1;
        self.tally.sent -= 1;
        if pending.sent == 0 {
            pending.since = None;
        } else {
            self.tally.retries -= 1;
        }
        self.waiting.put_back(pending);
    }

    /// Hands an answer to the ledger; it is learnt once it is durable.
    fn record(&mut self, question: Question, asked_at: UnixMicros, received: Received) -> Result<(), DriveError> {
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
        self.deps.ledger.record(Record { ticket, question, asked_at, body, counts, server_at })?;
        Ok(())
    }

    fn handle_failure(
        &mut self,
        mut pending: Pending,
        error: &AskError,
        started: Duration,
        now: Duration,
    ) -> Result<(), DriveError> {
        let elapsed = now.saturating_sub(pending.since.unwrap_or(now));
        let jitter = (self.deps.jitter)();
        let tries = pending.tries + 1;
        let span = self.pace.span(pending.question.slice.range);
        let decision = decide(error.kind, tries, elapsed, &self.pace.retry.over(span, error.kind), jitter);
        let was_paused = self.health.paused_until(now);
        self.health.on_failure(now, started, error.kind, span, (self.deps.jitter)());
        if let Some(until) = self.health.paused_until(now).filter(|_| was_paused.is_none()) {
            self.deps.observer.on(&Event::Paused { pause: until.saturating_sub(now) });
        }
        let slice = pending.question.slice;
        match decision {
            Decision::PauseAll(pause) => {
                self.tally.throttled += 1;
                self.deps.limiter.pause(pause)?;
                self.tell_of_throttling(now, pause);
                self.waiting.push(pending);
            }
            Decision::RetryAfter(wait) => {
                let (reason, answered) = (error.message.as_str(), self.tally.answered);
                self.deps.observer.on(&Event::Retrying { slice: &slice, reason, wait, answered });
                pending.tries = tries;
                self.waiting.delay(pending, now + wait);
            }
            Decision::FailSlice => {
                let failure = give_up(error, tries, elapsed);
                let may_be_its_length = span == Span::Longer && error.kind.may_come_of_length();
                if failure.kind == FailureKind::Exhausted && !may_be_its_length {
                    self.health.on_slice_exhausted();
                }
                let may_be_refused = slice.is_control()
                    || slice.country.is_some() && self.pace.refused_countries == RefusedCountries::Expected;
                let is_expected = failure.kind == FailureKind::Refused && may_be_refused;
                if !is_expected {
                    self.tally.failed += 1;
                    self.deps.observer.on(&Event::Failed { slice: &slice, reason: &failure.message });
                }
                self.planner.learn(&pending.question, Outcome::Failed(failure));
            }
            Decision::FailRun(end) => self.give_up_run(end, error),
        }
        if let Some(end) = self.health.verdict() {
            self.give_up_run(end, error);
        }
        Ok(())
    }

    /// Requests that were in flight together are refused together: that is told once, unless the pause grows.
    fn tell_of_throttling(&mut self, now: Duration, pause: Duration) {
        if now + pause >= self.throttled_until + SAME_PAUSE {
            self.throttled_until = now + pause;
            self.deps.observer.on(&Event::Throttled { pause });
        }
    }

    fn give_up_run(&mut self, end: RunEnd, error: &AskError) {
        self.end(Ending::GaveUp(GiveUp { end, last_error: error.message.clone() }));
    }

    pub(super) fn learn_committed(&mut self, tickets: Vec<u64>) -> Result<(), DriveError> {
        for ticket in tickets {
            let Some((question, answer)) = self.commits.remove(&ticket) else {
                return Err(DriveError::Bug(format!("the ledger committed an unknown ticket {ticket}")));
            };
            self.planner.learn(&question, Outcome::Answered(answer));
        }
        Ok(())
    }
}

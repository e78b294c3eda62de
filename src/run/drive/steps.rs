//! What is asked next: a page whose turn it is, a question that waits, or the planner's next wish, which the ledger may
//! grant at once.

use std::sync::Arc;
use std::time::Duration;

use super::{Blocked, Loop, Reply};
use crate::fetch::{Api, ListApi};
use crate::ledger::AnswerLog;
use crate::model::{AnswerSource, Outcome, Question};
use crate::planner::{Next, Planner};
use crate::run::attempt::{Kind, Permission};
use crate::run::waiting::Pending;
use crate::run::{DriveError, Event};

/// Steps taken between two looks at signals and finished requests, so that a long replay of the ledger can be stopped.
const STEPS_PER_TURN: usize = 1024;

/// One step of asking.
pub(super) enum Progressed {
    Sent,
    Learnt,
    Blocked(Blocked),
}

impl<P, A, L> Loop<'_, P, A, L>
where
    P: Planner,
    A: Api + ListApi,
    L: AnswerLog,
{
    /// Sends requests until something hinders it.
    pub(super) fn ask_more(&mut self) -> Result<Blocked, DriveError> {
        for _ in 0..STEPS_PER_TURN {
            match self.step()? {
                // While the next token is fetched from afar, what was sent would not leave, and grow stale.
                Progressed::Sent if self.attempts.is_far() => return Ok(Blocked::No),
                Progressed::Sent | Progressed::Learnt => {}
                Progressed::Blocked(reason) => return Ok(reason),
            }
        }
        Ok(Blocked::No)
    }

    /// Pages go first: those of a segment come one after the other, and each that waits holds up all behind it.
    fn step(&mut self) -> Result<Progressed, DriveError> {
        let now = self.clock.monotonic();
        if self.ending.is_some() {
            return Ok(Progressed::Blocked(Blocked::Ending));
        }
        if self.in_flight() >= self.pace.concurrency.get() as usize || self.attempts.is_full() {
            return Ok(Progressed::Blocked(Blocked::Full));
        }
        if let Some(due) = self.attempts.paused_until(now) {
            return Ok(Progressed::Blocked(Blocked::Until(due)));
        }
        let pages_due = match self.send_page(now)? {
            Some(Permission::Granted(())) => return Ok(Progressed::Sent),
            Some(Permission::NotBefore(due)) => Some(due),
            None => None,
        };
        let progressed = match self.send_question(now)? {
            Some(Permission::Granted(())) => return Ok(Progressed::Sent),
            Some(Permission::NotBefore(due)) => Progressed::Blocked(Blocked::Until(due)),
            None => self.consult_planner()?,
        };
        Ok(match (progressed, pages_due) {
            (Progressed::Blocked(Blocked::Until(due)), Some(pages)) => {
                Progressed::Blocked(Blocked::Until(due.min(pages)))
            }
            (Progressed::Blocked(_), Some(pages)) => Progressed::Blocked(Blocked::Until(pages)),
            (progressed, _) => progressed,
        })
    }

    /// Sends the first page that may be; `None`: none waits.
    fn send_page(&mut self, now: Duration) -> Result<Option<Permission<()>>, DriveError> {
        let Some(mut pending) = self.pages.pop(now) else { return Ok(None) };
        Ok(Some(match self.attempts.permit(Kind::Page, &mut pending.effort)? {
            Permission::Granted(permit) => {
                let api = Arc::clone(&self.api);
                self.requests.spawn(async move {
                    let sent = permit.send(api.page(pending.asked.question())).await;
                    Reply::Page(pending, sent)
                });
                Permission::Granted(())
            }
            Permission::NotBefore(due) => {
                self.pages.put_back(pending);
                self.tell_of_lost_bucket();
                Permission::NotBefore(due)
            }
        }))
    }

    /// The same of a question.
    fn send_question(&mut self, now: Duration) -> Result<Option<Permission<()>>, DriveError> {
        let Some(mut pending) = self.questions.pop(now) else { return Ok(None) };
        Ok(Some(match self.attempts.permit(Kind::Question, &mut pending.effort)? {
            Permission::Granted(permit) => {
                let api = Arc::clone(&self.api);
                self.requests.spawn(async move {
                    let sent = permit.send(api.ask(pending.asked.slice)).await;
                    Reply::Question(pending, sent)
                });
                Permission::Granted(())
            }
            Permission::NotBefore(due) => {
                self.questions.put_back(pending);
                self.tell_of_lost_bucket();
                Permission::NotBefore(due)
            }
        }))
    }

    fn tell_of_lost_bucket(&mut self) {
        if let Some(lost) = self.attempts.take_lost_bucket() {
            self.observer.on(&Event::BucketLost(&lost));
        }
    }

    /// Whether enough questions wait for another try. Without a bound a failing API would fill memory with them; while
    /// nothing succeeds no new question joins those that are already being tried, so that the first ones soon show
    /// whether the API can be reached at all.
    fn backlog_is_full(&self) -> bool {
        let concurrency = self.pace.concurrency.get() as usize;
        let waiting = self.waiting();
        if self.attempts.is_failing() { waiting + self.in_flight() >= concurrency } else { waiting >= 4 * concurrency }
    }

    /// Takes the planner's next wish: the ledger grants it, or it becomes ready to be sent.
    fn consult_planner(&mut self) -> Result<Progressed, DriveError> {
        let next_retry = self.questions.next_due().into_iter().chain(self.pages.next_due()).min().map(Blocked::Until);
        if self.backlog_is_full() {
            return Ok(Progressed::Blocked(next_retry.unwrap_or(Blocked::Full)));
        }
        match self.planner.next() {
            Next::Ask(question) => self.look_up(question)?,
            Next::List(segment) => self.look_up_listed(segment)?,
            Next::Wait => return Ok(Progressed::Blocked(next_retry.unwrap_or(Blocked::Answers))),
            Next::Done => return Ok(Progressed::Blocked(next_retry.unwrap_or(Blocked::Done))),
        }
        Ok(Progressed::Learnt)
    }

    fn look_up(&mut self, question: Question) -> Result<(), DriveError> {
        if let Some(answer) = self.ledger.find(&question)? {
            // A run that is taken up again is shown its own answers once more when the question they belong to comes.
            let counts = question.reuse.may_ask() || answer.source != AnswerSource::ThisRun;
            if counts {
                self.attempts.count_recorded();
            }
            if answer.source == AnswerSource::ThisRun {
                self.attempts.on_recorded_answer();
                self.reach.learn(&question.slice);
                self.done += u64::from(question.reuse.may_ask());
            }
            self.planner.learn(&question, Outcome::Answered(answer));
        } else if !question.reuse.may_ask() {
            self.planner.learn(&question, Outcome::NotRecorded);
        } else {
            self.questions.push(Pending::new(question));
        }
        Ok(())
    }
}

//! Segments of the list: looked up, else read page by page. What a segment adds up to goes to the ledger whole and is
//! learnt once it is durable; a page that cannot be had or trusted ends its segment, and nothing else. Once the list is
//! given up, segments fail without a page.

use super::replies::Followed;
use super::{Commit, Ending, Loop};
use crate::fetch::{Api, ListApi, Page, Span};
use crate::ledger::AnswerLog;
use crate::model::{
    Answer, AnswerSource, ApiFailure, Counts, FailureKind, ListOutcome, NewTally, Proof, Segment, Tally, UnixMicros,
};
use crate::planner::Planner;
use crate::run::attempt::{About, Refusal, Sent, Settled};
use crate::run::reader::{Read, Reader};
use crate::run::waiting::Pending;
use crate::run::{DriveError, Event, Wanted};

impl<P, A, L> Loop<'_, P, A, L>
where
    P: Planner,
    A: Api + ListApi,
    L: AnswerLog,
{
    /// The ledger has the segment, or its first page becomes ready to be asked for.
    pub(super) fn look_up_listed(&mut self, segment: Segment) -> Result<(), DriveError> {
        if let Some(tally) = self.ledger.find_listed(&segment)? {
            self.attempts.count_recorded();
            if tally.answer.source == AnswerSource::ThisRun {
                self.attempts.on_recorded_answer();
                self.done += segment.pages();
            }
            self.planner.learn_listed(&segment, ListOutcome::Listed(tally));
        } else if !segment.reuse.may_ask() {
            self.planner.learn_listed(&segment, ListOutcome::NotRecorded);
        } else if let Some(failure) = self.list_given_up.clone() {
            self.attempts.count_failed_range();
            self.fail(segment, Wanted::Page { number: 1, range: segment.range }, failure);
        } else {
            let reader = Reader::new(segment, self.windows, self.prefixes);
            self.pages_to_come += reader.to_come();
            self.pages.push(Pending::new(reader));
        }
        Ok(())
    }

    pub(super) fn receive_page(
        &mut self,
        mut pending: Pending<Box<Reader>>,
        sent: Sent<Page>,
    ) -> Result<(), DriveError> {
        let Segment { range, .. } = pending.asked.segment();
        let about = About { start: Some(range.start()), span: Span::Window, refusal: Refusal::Failure };
        match self.attempts.settle_page(&mut pending.effort, sent, about)? {
            Settled::Answered(page, asked_at) => self.take_in(pending.asked, page, asked_at)?,
            Settled::Unsent => self.pages.put_back(pending),
            Settled::Failed(failure) => {
                let give_up = failure.give_up.clone();
                match self.follow(failure, wanted(&pending.asked)) {
                    Followed::Ready => self.pages.push(pending),
                    Followed::Due(due) => self.pages.delay(pending, due),
                    Followed::Over(over) => {
                        self.give_up(&pending.asked, over.clone());
                        if self.attempts.has_given_up_list() {
                            self.give_up_list(over);
                        }
                    }
                    Followed::Ended => {}
                }
                if let Some(give_up) = give_up {
                    self.end(Ending::GaveUp(give_up));
                }
            }
        }
        Ok(())
    }

    fn take_in(&mut self, reader: Box<Reader>, page: Page, asked_at: UnixMicros) -> Result<(), DriveError> {
        let (segment, asked, to_come) = (reader.segment(), wanted(&reader), reader.to_come());
        self.pages_to_come -= to_come;
        match reader.take(page, asked_at) {
            Ok(Read::GoesOn(reader)) => {
                self.done += 1;
                self.pages_to_come += reader.to_come();
                self.pages.push(Pending::new(reader));
            }
            Ok(Read::Whole(tally)) => self.record_tally(segment, tally)?,
            Err(error) => {
                self.attempts.count_failed_range();
                self.fail(segment, asked, ApiFailure { kind: FailureKind::Exhausted, message: error.to_string() });
            }
        }
        Ok(())
    }

    fn record_tally(&mut self, segment: Segment, tally: NewTally) -> Result<(), DriveError> {
        let sum = |count: fn(Counts) -> i64| tally.rows.iter().map(|row| count(row.counts)).sum();
        let counts = Counts::new(sum(Counts::attempts), sum(Counts::converted))
            .ok_or_else(|| DriveError::Bug(format!("the attempts of {} add up to none", segment.range)))?;
        let answer = Answer {
            counts,
            asked_at: tally.asked_at,
            as_of: self.pace.as_of,
            source: AnswerSource::ThisRun,
            server_at: tally.server_at,
            proof: Proof::Unproved,
        };
        self.tickets += 1;
        let learnt = Tally { rows: tally.rows.clone(), answer };
        self.commits.insert(self.tickets, Commit::Listed(segment, learnt));
        self.ledger.record_tally(self.tickets, tally)?;
        Ok(())
    }

    /// What waits for its next page fails with it; what is in flight may still go on.
    fn give_up_list(&mut self, failure: ApiFailure) {
        for waiting in std::mem::take(&mut self.pages).into_waiting() {
            self.attempts.count_failed_range();
            self.give_up(&waiting.asked, failure.clone());
        }
        self.list_given_up = Some(failure);
    }

    fn give_up(&mut self, reader: &Reader, failure: ApiFailure) {
        self.pages_to_come -= reader.to_come();
        self.fail(reader.segment(), wanted(reader), failure);
    }

    fn fail(&mut self, segment: Segment, asked: Wanted, failure: ApiFailure) {
        self.observer.on(&Event::Failed { wanted: asked, reason: &failure.message });
        self.done += 1;
        self.planner.learn_listed(&segment, ListOutcome::Failed(failure));
    }
}

fn wanted(reader: &Reader) -> Wanted {
    Wanted::Page { number: reader.number(), range: reader.segment().range }
}

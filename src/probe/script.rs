//! The replies so far, as the investigation sees them: it asks, and is stopped at the first question without a reply.

use std::collections::HashMap;

use super::gap::Gap;
use crate::model::{RawSlice, UnixMillis, UnixSeconds};

/// A probe asks at most so many questions, retries aside: what the API's documented limit lets through in a minute.
pub const MOST_QUESTIONS: usize = 100;

/// What a question is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Which parameters the API heeds.
    Filters,
    /// How far back it holds data.
    History,
    /// Which ends of a range belong to an answer.
    Ends,
}

/// What became of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// This many attempts.
    Counted(i64),
    /// HTTP 400 or 404: the API does not take these values. The text is for people.
    Refused(String),
    /// No usable answer, after every try that the rules allow. The text is for people.
    Failed(String),
}

/// A question without a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pending {
    pub(super) question: RawSlice,
    pub(super) topic: Topic,
}

/// What a question brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Counted(i64),
    Refused(String),
    /// Nothing, and why.
    Missing(Gap),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Asking,
    /// Nothing more will be asked.
    Closed,
}

/// The replies to each question, in the order in which they came.
pub(super) type Replies = HashMap<RawSlice, Vec<Reply>>;

/// The replies, and whether more may follow.
#[derive(Debug)]
pub(super) struct Script<'a> {
    replies: &'a Replies,
    mode: Mode,
    /// How often a question was asked again so far.
    repeats: HashMap<RawSlice, usize>,
    failures: Vec<String>,
}

impl<'a> Script<'a> {
    pub(super) fn asking(replies: &'a Replies) -> Self {
        Self { replies, mode: Mode::Asking, repeats: HashMap::new(), failures: Vec::new() }
    }

    pub(super) fn closed(replies: &'a Replies) -> Self {
        Self { replies, mode: Mode::Closed, repeats: HashMap::new(), failures: Vec::new() }
    }

    /// The questions that failed, with their reasons, each once.
    pub(super) fn into_failures(self) -> Vec<String> {
        self.failures
    }

    /// The first reply to a question.
    pub(super) fn ask(&mut self, topic: Topic, question: RawSlice) -> Result<Answer, Pending> {
        self.reply(topic, question, 0)
    }

    /// The reply to a question that is asked once more, after all others so far.
    pub(super) fn ask_again(&mut self, topic: Topic, question: RawSlice) -> Result<Answer, Pending> {
        let repeats = self.repeats.entry(question).or_default();
        *repeats += 1;
        let round = *repeats;
        self.reply(topic, question, round)
    }

    fn reply(&mut self, topic: Topic, question: RawSlice, round: usize) -> Result<Answer, Pending> {
        match self.replies.get(&question).and_then(|replies| replies.get(round)) {
            Some(Reply::Counted(count)) => Ok(Answer::Counted(*count)),
            Some(Reply::Refused(reason)) => Ok(Answer::Refused(reason.clone())),
            Some(Reply::Failed(reason)) => {
                let failure = format!("{question}: {reason}");
                if !self.failures.contains(&failure) {
                    self.failures.push(failure);
                }
                Ok(Answer::Missing(Gap::Failed(reason.clone())))
            }
            None if self.replies.values().map(Vec::len).sum::<usize>() >= MOST_QUESTIONS => {
                Ok(Answer::Missing(Gap::TooManyQuestions))
            }
            None if self.mode == Mode::Closed => Ok(Answer::Missing(Gap::NotAsked)),
            None => Err(Pending { question, topic }),
        }
    }

    /// How many attempts lie between two bounds, or why that is not known.
    pub(super) fn count(
        &mut self,
        topic: Topic,
        after: Option<UnixMillis>,
        before: Option<UnixMillis>,
    ) -> Result<Result<i64, Gap>, Pending> {
        Ok(match self.ask(topic, RawSlice::between(after, before))? {
            Answer::Counted(count) => Ok(count),
            Answer::Refused(reason) => Err(Gap::Refused(reason)),
            Answer::Missing(gap) => Err(gap),
        })
    }

    /// The same between two whole seconds, about the ends of ranges.
    pub(super) fn between(&mut self, after: UnixSeconds, before: UnixSeconds) -> Result<Result<i64, Gap>, Pending> {
        self.count(Topic::Ends, Some(after.into()), Some(before.into()))
    }
}

//! Ways in which an API may be wrong, as data that can be combined and printed.

use crate::pages::ListLie;
use crate::question::{Filter, Question};
use crate::world::{Attempt, Counts, World};

/// Where in a life's requests something happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum At {
    /// The first request is 1.
    Request(u32),
    /// A part of the requests that an honest API is asked by the same command.
    Share(f32),
}

/// Which requests a lie is for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    Always,
    From(At),
    /// Including the first, without the last.
    During(At, At),
    /// Only that one of the requests that the lie could touch; the first is 1.
    Nth(u32),
}

/// Attempts that are not there; `None` = any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost {
    pub country: Option<&'static str>,
    pub channel: Option<&'static str>,
    pub from: i64,
    pub to: i64,
    pub percent: usize,
}

/// All attempts there are, to be narrowed.
pub const EVERYTHING: Lost = Lost { country: None, channel: None, from: i64::MIN, to: i64::MAX, percent: 100 };

impl Lost {
    pub fn takes(self, index: usize, attempt: &Attempt) -> bool {
        self.country.is_none_or(|country| attempt.country == Some(country))
            && self.channel.is_none_or(|channel| attempt.channel == channel)
            && (self.from..self.to).contains(&attempt.at)
            && index * 37 % 100 < self.percent
    }
}

/// How a 200 says zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zero {
    Plain,
    LeftOut,
    Null,
    EmptyObject,
    Minus,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Lie {
    Ignored(Filter),
    IgnoredFor(Filter, String),
    /// The first is, where the second is set too.
    IgnoredWith(Filter, Filter),
    /// The first is, where the second isn't set.
    IgnoredWithout(Filter, Filter),
    Dead(Filter),
    DeadFor(Filter, String),
    DeadWith(Filter, Filter),
    /// 400 for a value that no attempt has.
    Validates(Filter),
    /// Every answer is 0.
    Blank,
    Lacks(Lost),
    /// Nothing older is shown.
    HoldsFrom(i64),
    /// A range that begins earlier is refused.
    RefusesOlder(i64),
    /// The bound is cut down to a multiple of so many seconds.
    Cut(Filter, i64),
    /// The server's clock, in seconds from the host's.
    Clock(i64),
    NoDate,
    Refuses(Filter, String),
    RefusesWith(Filter, Filter, String),
    RefusesAll,
    /// Ranges longer than so many seconds get this status; 0 = no answer.
    TooLong(i64, u16),
    /// Without the filter, half of what there is, from the second time on that the same is asked.
    HalvesWhole(Filter),
    Zeros(Zero),
    Floats,
    /// A 200 whose body is an error's.
    ErrorInBody,
    /// A 200 whose body has a code and no counts.
    CodeInBody,
    /// `(]`, `[]` or `()`.
    Edges(&'static str),
    /// Of the list of single attempts.
    List(ListLie),
}

/// A lie and its time.
pub type Told = (Lie, When);

/// What comes of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    Counts(Counts),
    Refused(&'static str),
    Status(u16),
    Silence,
    ErrorInBody,
    CodeInBody,
    /// Of the list.
    Page,
}

impl Lie {
    /// Whether a question has what the lie is about.
    pub fn touches(&self, question: &Question, first_time: bool) -> bool {
        let set = |filter: &Filter| question.value(*filter).is_some();
        match self {
            Self::Ignored(filter) | Self::Dead(filter) | Self::Cut(filter, _) | Self::Validates(filter) => set(filter),
            Self::IgnoredFor(filter, value) | Self::DeadFor(filter, value) | Self::Refuses(filter, value) => {
                question.value(*filter) == Some(value)
            }
            Self::IgnoredWith(filter, other) | Self::DeadWith(filter, other) => set(filter) && set(other),
            Self::IgnoredWithout(filter, other) => set(filter) && !set(other),
            Self::RefusesWith(filter, other, value) => set(filter) && question.value(*other) == Some(value),
            Self::RefusesOlder(start) => question.after.is_none_or(|after| after < start * 1_000),
            Self::TooLong(seconds, _) => question.seconds() > *seconds,
            Self::HalvesWhole(filter) => !set(filter) && !first_time,
            Self::List(_) => false,
            _ => true,
        }
    }

    fn refusal(&self, world: &World, question: &Question) -> Option<Reply> {
        match self {
            Self::RefusesAll => Some(Reply::Refused("Invalid parameter")),
            Self::Refuses(..) | Self::RefusesWith(..) => Some(Reply::Refused("Invalid parameter value")),
            Self::RefusesOlder(_) => Some(Reply::Refused("DateCreatedAfter is too far in the past")),
            Self::Validates(filter) => {
                let mut only = Question::default();
                match filter {
                    Filter::Service => only.service.clone_from(&question.service),
                    Filter::Country => only.country.clone_from(&question.country),
                    Filter::Channel => only.channel.clone_from(&question.channel),
                    _ => only.prefix.clone_from(&question.prefix),
                }
                let is_known = world.attempts.iter().any(|attempt| only.picks(attempt));
                (!is_known).then_some(Reply::Refused("Invalid parameter"))
            }
            Self::TooLong(_, 0) => Some(Reply::Silence),
            Self::TooLong(_, status) => Some(Reply::Status(*status)),
            Self::ErrorInBody => Some(Reply::ErrorInBody),
            Self::CodeInBody => Some(Reply::CodeInBody),
            _ => None,
        }
    }

    /// What is asked instead.
    fn bend(&self, question: &mut Question) {
        let second = |bound: &mut Option<i64>| *bound = bound.map(|it| it + 1_000);
        match self {
            Self::Ignored(filter)
            | Self::IgnoredFor(filter, _)
            | Self::IgnoredWith(filter, _)
            | Self::IgnoredWithout(filter, _) => question.drop_filter(*filter),
            Self::Cut(filter, unit) => {
                let cut = |bound: &mut Option<i64>| *bound = bound.map(|it| it - it.rem_euclid(unit * 1_000));
                cut(if *filter == Filter::After { &mut question.after } else { &mut question.before });
            }
            Self::Edges(edges) => {
                if edges.starts_with('(') {
                    second(&mut question.after);
                }
                if edges.ends_with(']') {
                    second(&mut question.before);
                }
            }
            _ => {}
        }
    }
}

/// The answer to a question while these lies hold, by a server whose clock says `now`.
pub fn answer(world: &World, lies: &[&Lie], question: &Question, request: u32, now: i64) -> Reply {
    if let Some(refusal) = lies.iter().find_map(|lie| lie.refusal(world, question)) {
        return refusal;
    }
    let mut bent = question.clone();
    for lie in lies {
        lie.bend(&mut bent);
    }
    let is_nothing =
        lies.iter().any(|lie| matches!(lie, Lie::Blank | Lie::Dead(_) | Lie::DeadFor(..) | Lie::DeadWith(..)));
    if is_nothing {
        return Reply::Counts(Counts::default());
    }
    let mut index = 0;
    let mut counts = world.count(|attempt| {
        index += 1;
        attempt.shown_from <= request
            && attempt.at <= now
            && bent.holds(attempt)
            && lies.iter().all(|lie| match lie {
                Lie::Lacks(lost) => !lost.takes(index, attempt),
                Lie::HoldsFrom(start) => attempt.at >= *start,
                _ => true,
            })
    });
    if lies.iter().any(|lie| matches!(lie, Lie::HalvesWhole(_))) {
        counts.attempts /= 2;
        counts.converted = counts.converted.min(counts.attempts);
    }
    Reply::Counts(counts)
}

//! The walk over a query's attempts: which come, in which order, from where.

use chrono::{DateTime, Utc};

use super::super::attempt::Attempt;
use super::super::cache::Cached;
use super::super::calendar::DAY;
use super::super::day::Filters;
use super::super::random::Random;
use super::super::settings::{Settings, horizon};
use super::super::world::World;
use super::details::{recipient, sid};
use super::flaws::ListOrder;
use super::query::{ListQuery, Status};
use super::token::Token;
use crate::model::{Slice, UnixSeconds, Window};

const LABEL: u64 = u64::from_be_bytes(*b"list of ");

/// What a query asks for.
pub(super) struct Walk<'a> {
    world: &'a World,
    settings: &'a Settings,
    query: &'a ListQuery,
    now: UnixSeconds,
    /// `None`: nothing of the account can pass.
    asked: Option<Asked>,
}

struct Asked {
    range: Window,
    filters: Filters,
}

/// One attempt of the walk.
pub(super) struct Step {
    pub(super) token: Token,
    pub(super) at: UnixSeconds,
    pub(super) attempt: Attempt,
    /// Its number among the account's attempts of its day.
    pub(super) index: u32,
}

impl<'a> Walk<'a> {
    pub(super) fn new(world: &'a World, settings: &'a Settings, query: &'a ListQuery, now: DateTime<Utc>) -> Self {
        let oldest = horizon(now, settings.list.reach);
        let existing =
            settings.existing(now).and_then(|existing| Window::new(existing.start().max(oldest), existing.end()));
        let slice: Option<Slice> = existing.and_then(|existing| query.filters.slice(settings, existing));
        let asked = slice
            .and_then(|slice| Some(Asked { range: slice.range, filters: Filters::new(&slice, world.services())? }));
        Self { world, settings, query, now: UnixSeconds::from(now), asked }
    }

    /// The token of the walk's first place.
    pub(super) fn beginning(&self) -> Token {
        let days = self.days();
        let day = if self.settings.list.order == ListOrder::OldestFirst { days.0 } else { days.1 };
        Token::new(day, 0, 0)
    }

    /// The first and the last day of the range; none at all where the first comes after the last.
    fn days(&self) -> (i64, i64) {
        let range = |asked: &Asked| (asked.range.start().0.div_euclid(DAY), (asked.range.end().0 - 1).div_euclid(DAY));
        self.asked.as_ref().map_or((1, 0), range)
    }

    /// The attempts from a token on.
    pub(super) fn from(&self, token: Token) -> impl Iterator<Item = Step> + '_ {
        let (first, last) = self.days();
        let forwards = self.settings.list.order == ListOrder::OldestFirst;
        let mut day = token.day.clamp(first.min(last), last.max(first));
        let days = std::iter::from_fn(move || {
            let current = (first..=last).contains(&day).then_some(day)?;
            day += if forwards { 1 } else { -1 };
            Some(current)
        });
        let token = token.first_round();
        days.flat_map(move |day| self.day(day)).skip_while(move |step| {
            step.token.day == token.day && (step.token.place, step.token.copy) < (token.place, token.copy)
        })
    }

    fn day(&self, day: i64) -> Vec<Step> {
        let attempts = self.world.listed_day(day);
        let count = u32::try_from(attempts.len()).unwrap_or(u32::MAX);
        let order = self.order(day, count);
        (0..).zip(order).flat_map(|(place, index)| self.steps(day, place, index, &attempts)).collect()
    }

    fn order(&self, day: i64, count: u32) -> Vec<u32> {
        match self.settings.list.order {
            ListOrder::NewestFirst => (0..count).rev().collect(),
            ListOrder::OldestFirst => (0..count).collect(),
            ListOrder::Scattered => {
                let mut order: Vec<u32> = (0..count).collect();
                order.sort_by_key(|index| self.lot(day, *index).next());
                order
            }
        }
    }

    /// An attempt as often as it is listed.
    fn steps(&self, day: i64, place: u32, index: u32, attempts: &Cached<Vec<Attempt>>) -> Vec<Step> {
        let attempt = attempts[index as usize];
        let at = UnixSeconds(day * DAY + i64::from(attempt.second));
        if !self.passes(day, index, at, &attempt) {
            return Vec::new();
        }
        let mut lot = self.lot(day, index);
        let flaws = &self.settings.list;
        let copies = match (lot.chance(flaws.dropped.value()), lot.chance(flaws.doubled.value())) {
            (true, _) => 0,
            (false, doubled) => 1 + u8::from(doubled),
        };
        (0..copies).map(|copy| Step { token: Token::new(day, place, copy), at, attempt, index }).collect()
    }

    /// What becomes of one attempt is the same in every walk.
    fn lot(&self, day: i64, index: u32) -> Random {
        Random::stream(self.world.seed(), &[LABEL, day.cast_unsigned(), u64::from(index)])
    }

    fn passes(&self, day: i64, index: u32, at: UnixSeconds, attempt: &Attempt) -> bool {
        let Some(asked) = &self.asked else { return false };
        let is_in = asked.range.start() <= at && at < asked.range.end() && at <= self.now;
        let is_listed = !self.settings.list.lacks.contains(&attempt.channel);
        let has_status =
            self.query.status.is_none_or(|status| (status == Status::Converted) == attempt.is_converted(at, self.now));
        let seed = self.world.seed();
        is_in
            && is_listed
            && has_status
            && asked.filters.admit(attempt)
            && self.query.verification.as_ref().is_none_or(|wanted| *wanted == sid("VE", seed, day, index))
            && self.query.to.as_ref().is_none_or(|wanted| *wanted == recipient(attempt, seed, day, index))
    }
}

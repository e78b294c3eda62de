//! What the account keeps of the requests that reach it, under one lock, so that instants of arrival never go back.
//!
//! The limit is each account's own; a key's account is the world's. Beyond some accounts the rest share one.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::faults::{Fault, Faults};
use super::limit::{Limiter, RateWindow};
use super::question::{Askings, Question};
use super::random::Random;
use super::settings::Settings;
use crate::clock::Clock;
use crate::model::AccountSid;

/// Accounts that are told apart.
const MOST_ACCOUNTS: usize = 64;

/// How a request counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It gets as far as the limit.
    Limited,
    /// It is refused before.
    Refused,
}

/// All of it.
pub(super) struct Records {
    settings: Arc<Settings>,
    clock: Arc<dyn Clock>,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    arrived: u64,
    throttled: u64,
    in_flight: u64,
    most_in_flight: u64,
    askings: Askings,
    limiters: BTreeMap<Option<AccountSid>, Limiter>,
    /// As they are now.
    faults: Faults,
}

/// A request that has arrived, until it is answered or its client has gone.
pub(super) struct Ticket<'a> {
    records: &'a Records,
    /// Counted from 1.
    pub(super) number: u64,
    /// When.
    pub(super) arrival: Duration,
    /// How long until there is a place, if there is none.
    pub(super) admission: Result<(), Duration>,
    /// Requests that were being answered then, this one included.
    pub(super) concurrent: u64,
}

/// What befalls a question this time.
pub(super) struct Luck {
    /// How long its answer is held back.
    pub(super) latency: Option<Duration>,
    pub(super) fault: Option<Fault>,
    /// For what a fault still leaves to chance.
    pub(super) rest: Random,
}

impl Ticket<'_> {
    /// Counts the asking of a question, and draws what befalls it.
    pub(super) fn ask(&self, question: Question) -> Luck {
        let settings = &self.records.settings;
        let mut book = self.records.book();
        let mut rest = question.luck(settings.seed, book.askings.count(question));
        // Drawn in any case, so that faults are the same with latency and without.
        let point = rest.unit();
        let by_chance = book.faults.strike(&mut rest);
        let fault = book.faults.next().or(by_chance);
        Luck { latency: settings.latency.map(|latency| latency.at(point)), fault, rest }
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        self.records.book().in_flight -= 1;
    }
}

impl Records {
    pub(super) fn new(settings: Arc<Settings>, clock: Arc<dyn Clock>) -> Self {
        let book = Book { faults: settings.faults.clone(), ..Book::default() };
        Self { settings, clock, book: Mutex::new(book) }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request is there, of an account if its credentials name one.
    pub(super) fn arrive(&self, account: Option<AccountSid>, standing: Standing) -> Ticket<'_> {
        let mut book = self.book();
        let arrival = self.clock.monotonic();
        book.arrived += 1;
        book.in_flight += 1;
        book.most_in_flight = book.most_in_flight.max(book.in_flight);
        let admission = match (standing, self.settings.requests_per_minute) {
            (Standing::Limited, Some(limit)) => book.limiter(account, limit, self.settings.window).admit(arrival),
            _ => Ok(()),
        };
        book.throttled += u64::from(admission.is_err());
        Ticket { records: self, number: book.arrived, arrival, admission, concurrent: book.in_flight }
    }

    /// Requests that have arrived.
    pub(super) fn received(&self) -> u64 {
        self.book().arrived
    }

    /// Requests that the limit refused.
    pub(super) fn throttled(&self) -> u64 {
        self.book().throttled
    }

    pub(super) fn most_in_flight(&self) -> u64 {
        self.book().most_in_flight
    }
}

impl Book {
    fn limiter(&mut self, account: Option<AccountSid>, limit: NonZeroU32, window: RateWindow) -> &mut Limiter {
        let is_told_apart = self.limiters.len() < MOST_ACCOUNTS || self.limiters.contains_key(&account);
        let key = account.filter(|_| is_told_apart);
        self.limiters.entry(key).or_insert_with(|| Limiter::new(limit, window))
    }
}

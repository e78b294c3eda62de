//! What the account keeps of the requests that reach it, under one lock, so that instants of arrival never go back.
//!
//! Accounts are told apart by the credentials that open them: each has its own limit and its own busiest minute. Those
//! who name none, and whoever comes when too many are known, count as one. Everything is bounded, and everything can be
//! forgotten.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use hyper::Request;

use super::busiest::Busiest;
use super::faults::{Fault, Faults};
use super::limit::Limiter;
use super::log::{Entry, Log, masked, shortened};
use super::origin::Accounts;
use super::question::{Askings, Question};
use super::random::Random;
use super::settings::Settings;
use crate::clock::Clock;
use crate::model::AccountSid;

/// Accounts that are told apart where all are one, and where each has a past of its own.
const FEW_ACCOUNTS: usize = 64;
const MANY_ACCOUNTS: usize = 10_000;

/// Arrivals of one minute that are told apart, of all accounts together: about 100 MB. A busier minute of an account
/// counts as its part of them, or as just beyond its limit, if that is more.
const ARRIVALS: usize = 6_400_000;

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
    /// The time of day at the start, and the steady time then.
    opened: (DateTime<Utc>, Duration),
    book: Mutex<Book>,
}

/// What is forgotten together.
#[derive(Default)]
pub(super) struct Book {
    /// Tells apart what came before the book was last emptied.
    epoch: u64,
    pub(super) arrived: u64,
    throttled: u64,
    pub(super) in_flight: u64,
    most_in_flight: u64,
    pub(super) statuses: BTreeMap<u16, u64>,
    pub(super) struck: BTreeMap<String, u64>,
    pub(super) askings: Askings,
    pub(super) accounts: BTreeMap<Option<AccountSid>, Meter>,
    pub(super) log: Log,
    /// As they are now.
    pub(super) faults: Faults,
}

/// What is counted for each account.
pub(super) struct Meter {
    pub(super) requests: u64,
    pub(super) busiest: Busiest,
    limiter: Option<Limiter>,
}

/// A request that has arrived, until it is answered or its client has gone.
pub(super) struct Ticket<'a> {
    records: &'a Records,
    epoch: u64,
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
    pub(super) fn ask(&self, question: Question, account: AccountSid) -> Luck {
        let settings = &self.records.settings;
        let mut book = self.records.book();
        let mut rest = question.luck(settings.seed, book.askings.count(question));
        // Drawn in any case, so that faults are the same with latency and without.
        let point = rest.unit();
        let by_chance = book.faults.strike(&mut rest);
        let fault = book.faults.of(account).or_else(|| book.faults.next()).or(by_chance);
        if let (Some(fault), Some(entry)) = (fault, book.entry(self)) {
            entry.fault = Some(fault.to_string());
            *book.struck.entry(fault.to_string()).or_default() += 1;
        }
        Luck { latency: settings.latency.map(|latency| latency.at(point)), fault, rest }
    }

    /// It is answered with a status, or cut off without; returns how long that took.
    pub(super) fn finish(&self, status: Option<u16>) -> Duration {
        let elapsed = self.records.clock.monotonic().saturating_sub(self.arrival);
        let mut book = self.records.book();
        if let Some(status) = status.filter(|_| book.epoch == self.epoch) {
            *book.statuses.entry(status).or_default() += 1;
        }
        if let Some(entry) = book.entry(self) {
            entry.status = status;
            entry.milliseconds = u64::try_from(elapsed.as_millis()).ok();
        }
        elapsed
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
        Self { settings, opened: (clock.now(), clock.monotonic()), clock, book: Mutex::new(book) }
    }

    /// All of it as it stands.
    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request is there, of an account if its credentials name one.
    pub(super) fn arrive<B>(
        &self,
        request: &Request<B>,
        account: Option<AccountSid>,
        standing: Standing,
    ) -> Ticket<'_> {
        let uri = request.uri();
        let (method, path) = (shortened(request.method().as_str()), shortened(uri.path()));
        let query = masked(uri.query().unwrap_or_default());
        let mut book = self.book();
        let arrival = self.clock.monotonic();
        book.arrived += 1;
        book.in_flight += 1;
        book.most_in_flight = book.most_in_flight.max(book.in_flight);
        let (n, arrived) = (book.arrived, self.time(arrival));
        let whose = account.filter(|_| self.settings.accounts == Accounts::Each).map(|sid| sid.to_string());
        book.log.push(Entry {
            n,
            arrived,
            account: whose,
            method,
            path,
            query,
            status: None,
            fault: None,
            milliseconds: None,
        });
        let meter = book.meter(account, &self.settings);
        meter.requests += 1;
        meter.busiest.count(arrival);
        let admission = match (standing, self.settings.requests_per_minute) {
            (Standing::Limited, Some(limit)) => {
                meter.limiter.get_or_insert_with(|| Limiter::new(limit, self.settings.window)).admit(arrival)
            }
            _ => Ok(()),
        };
        book.throttled += u64::from(admission.is_err());
        Ticket { records: self, epoch: book.epoch, number: n, arrival, admission, concurrent: book.in_flight }
    }

    /// A steady time as a time of day, which goes on here even where the account's stands still.
    pub(super) fn time(&self, instant: Duration) -> String {
        let (time, origin) = self.opened;
        let passed = TimeDelta::from_std(instant.saturating_sub(origin)).unwrap_or_default();
        (time + passed).to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// Requests that one minute may hold.
    pub(super) fn limit(&self) -> Option<u32> {
        self.settings.requests_per_minute.map(std::num::NonZeroU32::get)
    }

    /// Forgets all but what is being answered; faults are those of the settings again.
    pub(super) fn reset(&self) {
        let mut book = self.book();
        let (epoch, in_flight) = (book.epoch + 1, book.in_flight);
        let faults = self.settings.faults.clone();
        *book = Book { epoch, in_flight, most_in_flight: in_flight, faults, ..Book::default() };
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
    fn meter(&mut self, account: Option<AccountSid>, settings: &Settings) -> &mut Meter {
        let most = match settings.accounts {
            Accounts::One => FEW_ACCOUNTS,
            Accounts::Each => MANY_ACCOUNTS,
        };
        let is_told_apart = self.accounts.len() < most || self.accounts.contains_key(&account);
        self.accounts.entry(account.filter(|_| is_told_apart)).or_insert_with(|| {
            let beyond = settings.requests_per_minute.map_or(0, |limit| limit.get() as usize + 1);
            Meter { requests: 0, busiest: Busiest::of(beyond.max(ARRIVALS / most)), limiter: None }
        })
    }

    /// What the log says of a request, unless that was forgotten.
    fn entry(&mut self, ticket: &Ticket<'_>) -> Option<&mut Entry> {
        let is_of_now = self.epoch == ticket.epoch;
        self.log.entry(ticket.number).filter(|_| is_of_now)
    }
}

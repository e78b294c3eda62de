//! What the records add up to, as it is told.

use std::collections::BTreeMap;

use serde::Serialize;

use super::records::{Meter, Records};
use crate::model::AccountSid;

/// Since the start, or since everything was last forgotten.
#[derive(Debug, Serialize)]
pub(super) struct Stats {
    /// Requests that have arrived.
    requests: u64,
    /// Those that are being answered.
    in_flight: u64,
    /// Answers by status.
    statuses: BTreeMap<u16, u64>,
    /// Requests that a fault struck, by its kind.
    faults: BTreeMap<String, u64>,
    /// Different questions, and those of them that were asked more than once.
    questions: u64,
    repeated: u64,
    /// The busiest of any account.
    #[serde(flatten)]
    busiest: Pace,
    accounts: BTreeMap<String, Pace>,
}

/// How fast requests came.
#[derive(Debug, Clone, Default, Serialize)]
struct Pace {
    busiest_minute: Minute,
    limit: Option<u32>,
    exceeded: bool,
}

/// The 60 seconds, wherever they begin, that held the most arrivals.
#[derive(Debug, Clone, Default, Serialize)]
struct Minute {
    requests: usize,
    /// The first of them, RFC 3339.
    from: Option<String>,
}

impl Stats {
    pub(super) fn of(records: &Records) -> Self {
        let book = records.book();
        let pace = |meter: &Meter| {
            let (requests, from) = meter.busiest.most.unzip();
            let requests = requests.unwrap_or(0);
            let limit = records.limit();
            Pace {
                busiest_minute: Minute { requests, from: from.map(|first| records.time(first)) },
                limit,
                exceeded: limit.is_some_and(|limit| requests > limit as usize),
            }
        };
        let name = |account: &Option<AccountSid>| account.map_or_else(|| "none".to_owned(), |sid| sid.to_string());
        let accounts: BTreeMap<_, _> = book.accounts.iter().map(|(sid, meter)| (name(sid), pace(meter))).collect();
        let busiest = accounts.values().max_by_key(|pace| pace.busiest_minute.requests).cloned();
        Self {
            requests: book.arrived,
            in_flight: book.in_flight,
            statuses: book.statuses.clone(),
            faults: book.struck.clone(),
            questions: book.askings.questions,
            repeated: book.askings.repeated,
            busiest: busiest.unwrap_or_else(|| Pace { limit: records.limit(), ..Pace::default() }),
            accounts,
        }
    }
}

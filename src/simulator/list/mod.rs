//! The list of single attempts: `GET /v2/Attempts` of the same world, page by page.
//!
//! A page is a walk over the account's days from where the last one ended; what is kept for it stands in its token, so
//! that any number of clients may page at once and attempts that come in meanwhile move nothing. The order, the reach
//! and the honesty of the pages are [`ListFlaws`]; what one attempt looks like is [`record`]'s.
//!
//! Whatever the walk, an honest list counts what Summary counts: both read the same attempts of the same filters.

mod details;
mod flaws;
mod query;
mod record;
mod token;
mod walk;

#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};

pub use flaws::{InvalidFlaw, ListFlaws, ListOrder, ListRefusal, NextPage};
pub(super) use query::ListQuery;

use super::settings::Settings;
use super::world::World;
use crate::model::{AccountSid, UnixSeconds};
use record::{Meta, Page};
use walk::Walk;

/// Where the list is.
pub(super) const PATH: &str = "/v2/Attempts";
/// What a list calls its next page whose next page is somebody else's.
const FOREIGN_URL: &str = "https://pages.invalid/elsewhere";

/// Who is asked, and where.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// The account.
    pub(super) account: AccountSid,
    /// Scheme, host and port that the client named: the next page is there, too, wherever the vendor's own would be.
    pub(super) origin: String,
}

/// The page of a query as it stands at `now`, in the API's words.
pub(super) fn page(world: &World, settings: &Settings, query: &ListQuery, asked: &Asked, now: DateTime<Utc>) -> String {
    let flaws = &settings.list;
    let walk = Walk::new(world, settings, query, now);
    let first = query.token.unwrap_or(walk.beginning());
    let size = flaws.page_cap.map_or(query.page_size, |cap| query.page_size.min(cap.get()));
    let mut attempts = Vec::with_capacity(size.min(1000) as usize);
    let mut steps = walk.from(first);
    while attempts.len() < size as usize {
        let Some(step) = steps.next() else { break };
        attempts.push(record::attempt(world, settings, asked.account, &step, UnixSeconds::from(now)));
    }
    let next = match (steps.next(), flaws.next_page) {
        (Some(step), _) => Some(step.token),
        // Whoever follows it is led over what he has seen, under a token that he has not.
        (None, NextPage::Endless) => Some(walk.beginning().again(first)),
        (None, _) => None,
    };
    let own = format!("{}{PATH}", asked.origin);
    let base = if flaws.next_page == NextPage::Foreign { FOREIGN_URL } else { own.as_str() };
    let page = Page {
        attempts,
        meta: Meta {
            key: "attempts",
            page: query.page,
            page_size: query.page_size,
            first_page_url: query.url(&own, 0, None),
            previous_page_url: None,
            url: query.url(&own, query.page, query.token),
            next_page_url: next.map(|token| query.url(base, query.page + 1, Some(token))),
        },
    };
    serde_json::to_string(&page).expect("texts and numbers serialize")
}

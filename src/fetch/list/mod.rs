//! The list of single attempts: one page is one try, under the same limiter and the same decisions about failures as a
//! question.
//!
//! Pages hold what must never be told. It leaves this folder in types that have no text (`model`); the address of the
//! next page, which may name an attempt, is one of them. No message about a page quotes any of it.

mod body;
mod json;
mod price;
mod question;

use std::future::Future;

pub use body::{UnreadablePage, read_page};
pub use price::OddPrices;
pub use question::{NextPage, PageQuestion};

use super::{AskError, AskErrorKind};
use crate::model::{Listed, UnixSeconds};

/// Something that hands over attempts, page by page.
pub trait ListApi: Send + Sync + 'static {
    /// Asks once: no retry, no limiter. Who has no list refuses.
    fn page(&self, _: PageQuestion) -> impl Future<Output = Result<Page, AskError>> + Send {
        let kind = AskErrorKind::Client { status: 404, code: None };
        std::future::ready(Err(AskError { kind, message: "there is no list".to_owned() }))
    }
}

/// A page. It has no debug form, as its attempts have none.
pub struct Page {
    /// In the API's order, which means nothing.
    pub attempts: Vec<Listed>,
    /// What follows it; `None`: it is the last.
    pub next: Option<NextPage>,
    /// Prices of its attempts that count as none though they are there.
    pub odd_prices: OddPrices,
    /// The server's own time when it answered; `None`: it said none that can be read.
    pub server_at: Option<UnixSeconds>,
}

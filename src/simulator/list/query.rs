//! The list's query: the filters that it shares with Summary, its own, and the page.
//!
//! A prefix is none of its filters, and is ignored as the API ignores what it does not know.

use std::fmt::Write as _;

use url::form_urlencoded;

use super::super::query::{InvalidParameter, Query};
use super::super::settings::{Fractions, Parameter, Parameters};
use super::token::Token;

/// What the API takes when nothing is said.
const USUAL_PAGE_SIZE: u32 = 50;
const LARGEST_PAGE_SIZE: u32 = 1000;

/// Parameters that Summary has not.
const OWN: [&str; 6] = ["PageSize", "Page", "PageToken", "Status", "VerificationSid", "ChannelData.To"];

/// A request for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::simulator) struct ListQuery {
    pub(super) filters: Query,
    pub(super) status: Option<Status>,
    pub(super) verification: Option<String>,
    pub(super) to: Option<String>,
    pub(super) page_size: u32,
    pub(super) page: u32,
    pub(super) token: Option<Token>,
    /// Every parameter but those of the page, as they came.
    rest: String,
}

/// The state of an attempt, as a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Converted,
    Unconverted,
}

impl ListQuery {
    /// Reads what stands after the `?`, as if `ignored` parameters were not there.
    pub(in crate::simulator) fn parse(
        text: &str,
        ignored: Parameters,
        fractions: Fractions,
    ) -> Result<Self, InvalidParameter> {
        let ignored = ignored.with(Parameter::DestinationPrefix);
        let mut query = Self {
            filters: Query::parse(text, ignored, fractions)?,
            status: None,
            verification: None,
            to: None,
            page_size: USUAL_PAGE_SIZE,
            page: 0,
            token: None,
            rest: String::new(),
        };
        let mut rest = form_urlencoded::Serializer::new(String::new());
        let mut seen = Vec::new();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            let refuse =
                |problem: &str| InvalidParameter { name: name.clone().into_owned(), problem: problem.to_owned() };
            if OWN.contains(&&*name) {
                if seen.contains(&name) {
                    return Err(refuse("given more than once"));
                }
                seen.push(name.clone());
            }
            match &*name {
                "PageSize" => {
                    let size = value.parse().ok().filter(|size| (1..=LARGEST_PAGE_SIZE).contains(size));
                    query.page_size = size.ok_or_else(|| refuse("expected 1 to 1000"))?;
                    continue;
                }
                "Page" => {
                    query.page = value.parse().map_err(|_| refuse("expected a number"))?;
                    continue;
                }
                "PageToken" => {
                    query.token = Some(value.parse().map_err(refuse)?);
                    continue;
                }
                "Status" => {
                    query.status = Some(match &*value {
                        "converted" => Status::Converted,
                        "unconverted" => Status::Unconverted,
                        _ => return Err(refuse("expected converted or unconverted")),
                    });
                }
                "VerificationSid" => query.verification = Some(value.clone().into_owned()),
                // A `+` that nobody encoded arrives as a space.
                "ChannelData.To" => query.to = Some(value.replacen(' ', "+", 1)),
                _ => {}
            }
            rest.append_pair(&name, &value);
        }
        query.rest = rest.finish();
        Ok(query)
    }

    /// The address of one of this query's pages.
    pub(super) fn url(&self, base: &str, page: u32, token: Option<Token>) -> String {
        let mut url = format!("{base}?{}", self.rest);
        if !self.rest.is_empty() {
            url.push('&');
        }
        let _ = write!(url, "PageSize={}&Page={page}", self.page_size);
        if let Some(token) = token {
            let _ = write!(url, "&PageToken={token}");
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ListQuery, InvalidParameter> {
        ListQuery::parse(text, Parameters::NONE, Fractions::Heeded)
    }

    #[test]
    fn the_next_page_is_asked_with_all_filters() {
        let query = parse("Country=CO&PageSize=1000&ChannelData.To=%2B57305&Status=converted&X=a%26b").unwrap();
        assert_eq!((query.page_size, query.page, query.token), (1000, 0, None));
        assert_eq!((query.status, query.to.as_deref()), (Some(Status::Converted), Some("+57305")));
        let url = query.url("https://verify.twilio.com/v2/Attempts", 1, Some(Token::new(20_000, 7, 0)));
        let next = parse(url.split_once('?').unwrap().1).unwrap();
        assert_eq!(
            (&next.filters, next.status, &next.to, &next.rest),
            (&query.filters, query.status, &query.to, &query.rest)
        );
        assert_eq!((next.page, next.token), (1, Some(Token::new(20_000, 7, 0))));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, name) in [
            ("PageSize=0", "PageSize"),
            ("PageSize=1001", "PageSize"),
            ("PageToken=x", "PageToken"),
            ("Page=-1", "Page"),
            ("Status=done", "Status"),
            ("Country=XX1", "Country"),
            ("PageSize=1&PageSize=1", "PageSize"),
            ("ChannelData.To=a&X=1&ChannelData.To=b", "ChannelData.To"),
        ] {
            assert_eq!(parse(text).unwrap_err().name, name, "{text}");
        }
        assert_eq!(parse("DestinationPrefix=nonsense").unwrap().page_size, 50, "no filter of the list");
    }
}

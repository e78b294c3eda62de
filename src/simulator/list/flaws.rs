//! How a simulated list differs from what one would like it to be. The default is an honest one: 30 days, newest first.

use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use super::super::probability::Probability;
use crate::model::Channel;

/// The vendor's word: "the last 30 days".
const REACH: Duration = Duration::from_hours(30 * 24);

/// Everything that can be wrong with a list, or merely unusual.
#[derive(Debug, Clone, PartialEq)]
pub struct ListFlaws {
    /// How far back attempts are listed.
    pub reach: Duration,
    /// In which order.
    pub order: ListOrder,
    /// What follows the last page.
    pub next_page: NextPage,
    /// Attempts that a page holds at most, whatever was asked for.
    pub page_cap: Option<NonZeroU32>,
    /// Attempts that are in no page, though Summary counts them.
    pub dropped: Probability,
    /// Attempts that are listed twice.
    pub doubled: Probability,
    /// Attempts whose country is left out.
    pub without_country: Probability,
    /// Attempts whose price is null.
    pub without_price: Probability,
    /// Channels that are never listed.
    pub lacks: Vec<Channel>,
    /// How every request for a page is refused, if it is.
    pub refusal: Option<ListRefusal>,
}

impl Default for ListFlaws {
    fn default() -> Self {
        Self {
            reach: REACH,
            order: ListOrder::default(),
            next_page: NextPage::default(),
            page_cap: None,
            dropped: Probability::default(),
            doubled: Probability::default(),
            without_country: Probability::default(),
            without_price: Probability::default(),
            lacks: Vec::new(),
            refusal: None,
        }
    }
}

/// In which order attempts are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ListOrder {
    /// By time, backwards.
    #[default]
    NewestFirst,
    /// By time.
    OldestFirst,
    /// Days backwards, those of one day in no order.
    Scattered,
}

/// What `meta.next_page_url` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NextPage {
    /// The next page, and nothing after the last.
    #[default]
    Honest,
    /// The next page at another host and path.
    Foreign,
    /// After the last page, pages that were there before, without end.
    Endless,
}

/// How a list is refused while Summary answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListRefusal {
    /// 401: credentials that are good for Summary alone.
    Unauthenticated,
    /// 403: a key without the permission.
    Forbidden,
    /// 404: no such resource.
    NotFound,
    /// 429, each time, with a second to wait.
    Throttled,
}

/// The text is no flaw of a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected order=oldest, order=scattered, next=foreign, next=endless, refused=401, refused=403, refused=404, \
     refused=429, reach=DAYS, page-cap=N, lacks=CHANNEL, or dropped=P, doubled=P, no-country=P, no-price=P with a probability"
)]
pub struct InvalidFlaw;

impl ListFlaws {
    /// The same and one more, as `simulate --list-flaw` names it.
    ///
    /// # Errors
    /// If the text names none.
    pub fn with(mut self, text: &str) -> Result<Self, InvalidFlaw> {
        fn read<T: FromStr>(value: &str) -> Result<T, InvalidFlaw> {
            value.parse().map_err(|_| InvalidFlaw)
        }
        match text.split_once('=').ok_or(InvalidFlaw)? {
            ("order", "oldest") => self.order = ListOrder::OldestFirst,
            ("order", "scattered") => self.order = ListOrder::Scattered,
            ("next", "foreign") => self.next_page = NextPage::Foreign,
            ("next", "endless") => self.next_page = NextPage::Endless,
            ("refused", "401") => self.refusal = Some(ListRefusal::Unauthenticated),
            ("refused", "403") => self.refusal = Some(ListRefusal::Forbidden),
            ("refused", "404") => self.refusal = Some(ListRefusal::NotFound),
            ("refused", "429") => self.refusal = Some(ListRefusal::Throttled),
            ("reach", days) => self.reach = Duration::from_hours(24 * u64::from(read::<u16>(days)?)),
            ("page-cap", most) => self.page_cap = Some(read(most)?),
            ("lacks", channel) => self.lacks.push(read(channel)?),
            ("dropped", probability) => self.dropped = read(probability)?,
            ("doubled", probability) => self.doubled = read(probability)?,
            ("no-country", probability) => self.without_country = read(probability)?,
            ("no-price", probability) => self.without_price = read(probability)?,
            _ => return Err(InvalidFlaw),
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flaws_are_named_by_words() {
        let flawed =
            ["order=scattered", "next=endless", "reach=7", "lacks=email", "lacks=sms", "dropped=0.5", "page-cap=9"]
                .iter()
                .try_fold(ListFlaws::default(), |flaws, text| flaws.with(text))
                .unwrap();
        let expected = ListFlaws {
            order: ListOrder::Scattered,
            next_page: NextPage::Endless,
            reach: Duration::from_hours(7 * 24),
            lacks: vec![Channel::Email, Channel::Sms],
            dropped: Probability::new(0.5).unwrap(),
            page_cap: NonZeroU32::new(9),
            ..ListFlaws::default()
        };
        assert_eq!(flawed, expected);
        for bad in
            ["", "order", "order=newest", "reach=x", "reach=-1", "page-cap=0", "dropped=2", "lacks=fax", "refused=500"]
        {
            assert_eq!(ListFlaws::default().with(bad), Err(InvalidFlaw), "{bad}");
        }
    }
}

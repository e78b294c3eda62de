//! What follows from rows, formed once where neighbours share it: rows come sorted, so most of a row's texts are those of
//! the row before, and forming them anew would cost more than writing them.

use std::fmt::{self, Display, Write as _};

use crate::model::{AccountSid, Channel, Country, Currency, Prefix, RowKey, RunId, ServiceSid, UnixSeconds};

/// The text of a value, kept until another one comes.
#[derive(Debug)]
pub(super) struct Formed<T> {
    of: Option<T>,
    text: String,
}

impl<T> Default for Formed<T> {
    fn default() -> Self {
        Self { of: None, text: String::new() }
    }
}

impl<T: Copy + PartialEq + Display> Formed<T> {
    pub(super) fn text(&mut self, value: T) -> &str {
        if self.of != Some(value) {
            self.text.clear();
            write!(self.text, "{value}").expect("formatting into a String never fails");
            self.of = Some(value);
        }
        &self.text
    }
}

/// What was formed of the rows so far.
#[derive(Debug, Default)]
pub struct Derived {
    row_key: String,
    head: Formed<Head>,
    pub(super) account: Formed<AccountSid>,
    pub(super) service: Formed<ServiceSid>,
    pub(super) prefix: Formed<Prefix>,
    pub(super) run_id: Formed<RunId>,
    pub(super) currency: Formed<Currency>,
}

/// What many rows' keys begin with.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Head {
    account: AccountSid,
    start: UnixSeconds,
    service: Option<ServiceSid>,
}

impl Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, start, service } = self;
        match service {
            Some(service) => write!(f, "{account}|{start}|{service}"),
            None => write!(f, "{account}|{start}|*"),
        }
    }
}

impl Derived {
    /// As [`RowKey`] displays itself.
    pub(super) fn row_key(&mut self, key: &RowKey) -> &str {
        let Self { row_key, head, prefix, .. } = self;
        row_key.clear();
        row_key.push_str(head.text(Head { account: key.account, start: key.window.start(), service: key.service }));
        let parts = [
            key.country.as_ref().map(Country::code),
            key.channel.map(Channel::name),
            key.prefix.map(|digits| prefix.text(digits)),
        ];
        for part in parts {
            row_key.push('|');
            row_key.push_str(part.unwrap_or("*"));
        }
        row_key
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Cost, Counts, Provenance, Row, UnixMicros, Window};

    fn rows() -> impl Strategy<Value = Row> {
        let key = (0..2u8, 0..3i64, 0..3u8, 0..3usize, 0..3usize, 0..3u64);
        (key, 0..2u128).prop_map(|((account, day, service, country, channel, prefix), run)| {
            let start = UnixSeconds(1_790_812_800 + day * 86_400);
            let countries: Vec<Country> = Country::all().take(2).collect();
            Row {
                key: RowKey {
                    account: format!("AC{account:032x}").parse().unwrap(),
                    window: Window::new(start, start.plus_seconds(60)).unwrap(),
                    service: (service > 0).then(|| format!("VA{service:032x}").parse().unwrap()),
                    country: countries.get(country).copied(),
                    channel: Channel::ALL.get(channel * 2).copied(),
                    prefix: Prefix::from_digits(prefix),
                },
                window_date: "2026-10-01".parse().unwrap(),
                counts: Counts::ZERO,
                provenance: Provenance::Listed,
                cost: Some(Cost::default()),
                is_final: true,
                asked_at: UnixMicros(0),
                run_id: RunId(uuid::Uuid::from_u128(run)),
                published_at: None,
            }
        })
    }

    proptest! {
        /// Whatever row was before.
        #[test]
        fn texts_are_those_of_the_values(rows in proptest::collection::vec(rows(), 1..8)) {
            let mut derived = Derived::default();
            for row in &rows {
                prop_assert_eq!(derived.row_key(&row.key), &row.key.to_string());
                prop_assert_eq!(derived.account.text(row.key.account), &row.key.account.to_string());
                prop_assert_eq!(derived.run_id.text(row.run_id), &row.run_id.to_string());
                if let Some(service) = row.key.service {
                    prop_assert_eq!(derived.service.text(service), &service.to_string());
                }
                if let Some(prefix) = row.key.prefix {
                    prop_assert_eq!(derived.prefix.text(prefix), &prefix.to_string());
                }
            }
        }
    }
}

//! The texts of rows, formed once where neighbours share them: rows come sorted, so most of a row's texts are those of the
//! row before, and forming them anew would cost more than writing them.

use std::fmt::{Display, Write as _};

use crate::model::{AccountSid, Channel, Country, Currency, Prefix, Row, RunId, ServiceSid, UnixSeconds};

/// The text of a value, kept until another one comes.
#[derive(Debug)]
struct Formed<T> {
    of: Option<T>,
    text: String,
}

impl<T> Default for Formed<T> {
    fn default() -> Self {
        Self { of: None, text: String::new() }
    }
}

impl<T: Copy + PartialEq + Display> Formed<T> {
    fn form(&mut self, value: T) {
        if self.of != Some(value) {
            self.text.clear();
            write!(self.text, "{value}").expect("formatting into a String never fails");
            self.of = Some(value);
        }
    }
}

/// The texts of the last row.
#[derive(Debug, Default)]
pub struct RowTexts {
    pub(super) row_key: String,
    account: Formed<AccountSid>,
    start: Formed<UnixSeconds>,
    service: Formed<ServiceSid>,
    prefix: Formed<Prefix>,
    run_id: Formed<RunId>,
    currency: Formed<Currency>,
}

impl RowTexts {
    /// Forms those of the next row.
    pub(super) fn form(&mut self, row: &Row) {
        let key = &row.key;
        self.account.form(key.account);
        self.start.form(key.window.start());
        if let Some(service) = key.service {
            self.service.form(service);
        }
        if let Some(prefix) = key.prefix {
            self.prefix.form(prefix);
        }
        self.run_id.form(row.run_id);
        if let Some(currency) = row.cost.as_ref().and_then(super::cost::stored_currency) {
            self.currency.form(*currency);
        }
        self.form_row_key(row);
    }

    /// As [`RowKey`](crate::model::RowKey) displays itself.
    fn form_row_key(&mut self, row: &Row) {
        let Self { row_key, account, start, service, prefix, .. } = self;
        let key = &row.key;
        row_key.clear();
        row_key.push_str(&account.text);
        let parts = [
            Some(start.text.as_str()),
            key.service.map(|_| service.text.as_str()),
            key.country.as_ref().map(Country::code),
            key.channel.map(Channel::name),
            key.prefix.map(|_| prefix.text.as_str()),
        ];
        for part in parts {
            row_key.push('|');
            row_key.push_str(part.unwrap_or("*"));
        }
    }

    pub(super) fn account(&self) -> &str {
        &self.account.text
    }

    pub(super) fn service(&self) -> &str {
        &self.service.text
    }

    pub(super) fn prefix(&self) -> &str {
        &self.prefix.text
    }

    pub(super) fn run_id(&self) -> &str {
        &self.run_id.text
    }

    pub(super) fn currency(&self) -> &str {
        &self.currency.text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Cost, Counts, Provenance, RowKey, UnixMicros, Window};

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
            let mut texts = RowTexts::default();
            for row in &rows {
                texts.form(row);
                prop_assert_eq!(&texts.row_key, &row.key.to_string());
                prop_assert_eq!(texts.account(), &row.key.account.to_string());
                prop_assert_eq!(texts.run_id(), &row.run_id.to_string());
                if let Some(service) = row.key.service {
                    prop_assert_eq!(texts.service(), &service.to_string());
                }
                if let Some(prefix) = row.key.prefix {
                    prop_assert_eq!(texts.prefix(), &prefix.to_string());
                }
            }
        }
    }
}

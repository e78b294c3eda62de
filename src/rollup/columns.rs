//! The table's columns: names, order and types, and what each says of a row. Frozen; new ones are only ever appended,
//! each time with a new version of the schema.

use chrono::NaiveDate;

use super::cost::{stored_amount, stored_currency};
use super::{Rates, RowTexts};
use crate::model::{Row, UnixMicros, UnixSeconds};

/// The version of the table's schema that this build writes, and the newest that it reads.
pub const SCHEMA_VERSION: u32 = 3;

/// A column's type, in terms that both formats know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8.
    Text,
    /// Microseconds UTC in Parquet; `2026-10-01T00:00:00Z` in CSV.
    Timestamp,
    /// A calendar day without a zone.
    Date,
    /// 64 bits, signed.
    Integer,
    /// A double.
    Float,
    /// 18 digits, six of them decimals; always with all six in CSV, so that equal amounts are equal texts.
    Decimal,
    /// `true` or `false`.
    Boolean,
}

/// What a column says of one row.
#[derive(Clone, Copy)]
pub enum Value<'r> {
    /// Nothing: of dimensions "all", of rates "no attempts".
    Null,
    /// A text.
    Text(&'r str),
    /// A whole second.
    Second(UnixSeconds),
    /// An instant with microseconds.
    Instant(UnixMicros),
    /// A day.
    Date(NaiveDate),
    /// A count.
    Integer(i64),
    /// A rate.
    Float(f64),
    /// An amount in whole millionths.
    Millionths(i64),
    /// A flag.
    Boolean(bool),
}

macro_rules! columns {
    ($(#[doc = $meaning:literal] $variant:ident $name:literal $kind:ident,)+) => {
        /// A column of the table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Column {
            $(#[doc = $meaning] $variant,)+
        }

        impl Column {
    /// What follows from the counts: the rate, and the ends of its interval.
    pub const RATES: [Self; 3] = [Self::ConversionRate, Self::ConversionRateLow, Self::ConversionRateHigh];

            /// Every column in the table's order.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// Its name, in both formats.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Its type.
            #[must_use]
            pub const fn kind(self) -> Kind {
                match self { $(Self::$variant => Kind::$kind,)+ }
            }

            /// What it says, for people.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning.trim_ascii(),)+ }
            }
        }
    };
}

columns! {
    /// Stable text of the key; never null.
    RowKey "row_key" Text,
    /// The window's first second.
    WindowStart "window_start" Timestamp,
    /// The first second after the window.
    WindowEnd "window_end" Timestamp,
    /// The window's first local date in the job's zone.
    WindowDate "window_date" Date,
    /// The account.
    AccountSid "account_sid" Text,
    /// Null = all.
    ServiceSid "service_sid" Text,
    /// Null = all, `ZZ` = remainder.
    Country "country" Text,
    /// Null = all.
    Channel "channel" Text,
    /// Null = all.
    DestinationPrefix "destination_prefix" Text,
    /// Messages with a code.
    TotalAttempts "total_attempts" Integer,
    /// Attempts whose code was entered.
    TotalConverted "total_converted" Integer,
    /// Attempts whose code was not entered.
    TotalUnconverted "total_unconverted" Integer,
    /// converted / attempts.
    ConversionRate "conversion_rate" Float,
    /// Lower end of its 95 % interval.
    ConversionRateLow "conversion_rate_low" Float,
    /// Upper end of its 95 % interval.
    ConversionRateHigh "conversion_rate_high" Float,
    /// `measured`, `implied` or `listed`.
    Provenance "provenance" Text,
    /// Whether the counts are final.
    IsFinal "is_final" Boolean,
    /// When the counts were asked.
    AskedAt "asked_at" Timestamp,
    /// The run that last changed the row.
    RunId "run_id" Text,
    /// When the row last changed; null = before schema 2.
    PublishedAt "published_at" Timestamp,
    /// Attempts with a price; null where they were not listed.
    PricedAttempts "priced_attempts" Integer,
    /// What these cost together; null where currencies are mixed, or not listed.
    ChannelCost "channel_cost" Decimal,
    /// In what; null where nothing had a price, currencies are mixed, or not listed.
    CostCurrency "cost_currency" Text,
}

impl Column {
    /// Its position, from 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The version of the schema that brought it. Files of older versions have none: it reads as null.
    #[must_use]
    pub const fn since(self) -> u32 {
        match self {
            Self::PublishedAt => 2,
            Self::PricedAttempts | Self::ChannelCost | Self::CostCurrency => 3,
            _ => 1,
        }
    }
}

/// A row as its columns show it, with the derived ones.
#[derive(Debug, Clone, Copy)]
pub struct ColumnValues<'r> {
    row: &'r Row,
    rates: Option<Rates>,
    texts: &'r RowTexts,
}

impl<'r> ColumnValues<'r> {
    /// Derives the rates, and forms those texts that the row before did not have.
    #[must_use]
    pub fn new(row: &'r Row, texts: &'r mut RowTexts) -> Self {
        texts.form(row);
        Self { row, rates: Rates::of(row.counts), texts }
    }

    /// What a column says of this row; its variant fits the column's [`Kind`].
    #[must_use]
    pub fn value(&self, column: Column) -> Value<'r> {
        fn text<T>(value: Option<T>, text: &str) -> Value<'_> {
            value.map_or(Value::Null, |_| Value::Text(text))
        }
        let Row { key, window_date, counts, provenance, cost, is_final, asked_at, run_id: _, published_at } = self.row;
        let rate = |pick: fn(Rates) -> f64| self.rates.map_or(Value::Null, |rates| Value::Float(pick(rates)));
        let (cost, texts) = (cost.as_ref(), self.texts);
        match column {
            Column::RowKey => Value::Text(&texts.row_key),
            Column::WindowStart => Value::Second(key.window.start()),
            Column::WindowEnd => Value::Second(key.window.end()),
            Column::WindowDate => Value::Date(*window_date),
            Column::AccountSid => Value::Text(texts.account()),
            Column::ServiceSid => text(key.service, texts.service()),
            Column::Country => key.country.as_ref().map_or(Value::Null, |country| Value::Text(country.code())),
            Column::Channel => key.channel.map_or(Value::Null, |channel| Value::Text(channel.name())),
            Column::DestinationPrefix => text(key.prefix, texts.prefix()),
            Column::TotalAttempts => Value::Integer(counts.attempts()),
            Column::TotalConverted => Value::Integer(counts.converted()),
            Column::TotalUnconverted => Value::Integer(counts.unconverted()),
            Column::ConversionRate => rate(|rates| rates.rate),
            Column::ConversionRateLow => rate(|rates| rates.low),
            Column::ConversionRateHigh => rate(|rates| rates.high),
            Column::Provenance => Value::Text(provenance.name()),
            Column::IsFinal => Value::Boolean(*is_final),
            Column::AskedAt => Value::Instant(*asked_at),
            Column::RunId => Value::Text(texts.run_id()),
            Column::PublishedAt => published_at.map_or(Value::Null, Value::Instant),
            Column::PricedAttempts => cost.map_or(Value::Null, |cost| Value::Integer(cost.priced)),
            Column::ChannelCost => cost.and_then(|cost| stored_amount(*cost)).map_or(Value::Null, Value::Millionths),
            Column::CostCurrency => text(cost.and_then(stored_currency), texts.currency()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_frozen() {
        let names: Vec<_> = Column::ALL.into_iter().map(Column::name).collect();
        let frozen = "row_key window_start window_end window_date account_sid service_sid country channel \
                      destination_prefix total_attempts total_converted total_unconverted conversion_rate \
                      conversion_rate_low conversion_rate_high provenance is_final asked_at run_id published_at \
                      priced_attempts channel_cost cost_currency";
        assert_eq!(names.join(" "), frozen);
        assert!(Column::ALL.iter().enumerate().all(|(index, column)| column.index() == index));
        assert!(Column::ALL.is_sorted_by_key(|column| column.since()), "a new column is appended");
        assert_eq!(Column::ALL.map(Column::since).into_iter().max(), Some(SCHEMA_VERSION));
    }
}

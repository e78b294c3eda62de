//! The table's columns: names, order and types, and what each says of a row. Frozen; new ones are only ever appended,
//! each time with a new version of the schema.

use chrono::NaiveDate;

use super::cost::{stored_amount, stored_currency};
use super::{Derived, Rates};
use crate::model::{Channel, Country, Row, UnixMicros, UnixSeconds};

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

/// How a column reads what it says off a row, by its [`Kind`]; `None` is null. Whoever writes column by column matches
/// once for all rows.
#[derive(Clone, Copy)]
pub enum Reading {
    /// Into texts that the next row may share.
    Text(for<'r> fn(&'r Row, &'r mut Derived) -> Option<&'r str>),
    /// A whole second.
    Second(fn(&Row) -> UnixSeconds),
    /// An instant with microseconds.
    Instant(fn(&Row) -> Option<UnixMicros>),
    /// A day.
    Date(fn(&Row) -> NaiveDate),
    /// A count.
    Integer(fn(&Row) -> Option<i64>),
    /// A rate.
    Float(fn(&Row) -> Option<f64>),
    /// An amount in whole millionths.
    Millionths(fn(&Row) -> Option<i64>),
    /// A flag.
    Boolean(fn(&Row) -> bool),
}

impl Column {
    /// How it reads rows.
    #[must_use]
    pub fn reading(self) -> Reading {
        match self {
            Self::RowKey => Reading::Text(|row, derived| Some(derived.row_key(&row.key))),
            Self::WindowStart => Reading::Second(|row| row.key.window.start()),
            Self::WindowEnd => Reading::Second(|row| row.key.window.end()),
            Self::WindowDate => Reading::Date(|row| row.window_date),
            Self::AccountSid => Reading::Text(|row, derived| Some(derived.account.text(row.key.account))),
            Self::ServiceSid => Reading::Text(|row, derived| row.key.service.map(|sid| derived.service.text(sid))),
            Self::Country => Reading::Text(|row, _| row.key.country.as_ref().map(Country::code)),
            Self::Channel => Reading::Text(|row, _| row.key.channel.map(Channel::name)),
            Self::DestinationPrefix => {
                Reading::Text(|row, derived| row.key.prefix.map(|prefix| derived.prefix.text(prefix)))
            }
            Self::TotalAttempts => Reading::Integer(|row| Some(row.counts.attempts())),
            Self::TotalConverted => Reading::Integer(|row| Some(row.counts.converted())),
            Self::TotalUnconverted => Reading::Integer(|row| Some(row.counts.unconverted())),
            Self::ConversionRate => Reading::Float(|row| Rates::of(row.counts).map(|rates| rates.rate)),
            Self::ConversionRateLow => Reading::Float(|row| Rates::of(row.counts).map(|rates| rates.low)),
            Self::ConversionRateHigh => Reading::Float(|row| Rates::of(row.counts).map(|rates| rates.high)),
            Self::Provenance => Reading::Text(|row, _| Some(row.provenance.name())),
            Self::IsFinal => Reading::Boolean(|row| row.is_final),
            Self::AskedAt => Reading::Instant(|row| Some(row.asked_at)),
            Self::RunId => Reading::Text(|row, derived| Some(derived.run_id.text(row.run_id))),
            Self::PublishedAt => Reading::Instant(|row| row.published_at),
            Self::PricedAttempts => Reading::Integer(|row| row.cost.map(|cost| cost.priced)),
            Self::ChannelCost => Reading::Millionths(|row| row.cost.and_then(stored_amount)),
            Self::CostCurrency => Reading::Text(|row, derived| {
                row.cost.as_ref().and_then(stored_currency).map(|currency| derived.currency.text(*currency))
            }),
        }
    }

    /// What it says of a row; `derived` keeps what the next row may share.
    #[must_use]
    pub fn value<'r>(self, row: &'r Row, derived: &'r mut Derived) -> Value<'r> {
        match self.reading() {
            Reading::Text(read) => read(row, derived).map_or(Value::Null, Value::Text),
            Reading::Second(read) => Value::Second(read(row)),
            Reading::Instant(read) => read(row).map_or(Value::Null, Value::Instant),
            Reading::Date(read) => Value::Date(read(row)),
            Reading::Integer(read) => read(row).map_or(Value::Null, Value::Integer),
            Reading::Float(read) => read(row).map_or(Value::Null, Value::Float),
            Reading::Millionths(read) => read(row).map_or(Value::Null, Value::Millionths),
            Reading::Boolean(read) => Value::Boolean(read(row)),
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

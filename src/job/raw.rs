//! The job file as it is written: the one place that names its tables and keys. Reading, the list of known keys and
//! the JSON Schema all come from these types; titles and descriptions of the schema are their doc comments.

use std::time::Duration;

use chrono_tz::Tz;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::endpoint::Endpoint;
use super::field::{AllOr, Field, List, Value, Whole, wrong_type};
use super::mistakes::Findings;
use super::notify::NotifyEvent;
use super::report::{PeriodKind, ReportFormat, ReportSettings, Share};
use super::spec::{JobName, Limits};
use super::values::{CurrencyText, FileOrRows, Moment, PriceText, Retention, Row, Rows, Service};
use super::windows::{Every, Range};
use crate::model::{
    AccountSid, Channel, Compression, Country, Format, Interval, JobStrategy, Location, Partition, PostgresTable,
    PostgresUrl, Prefix, ServiceSid, nearest,
};

/// Declares a table of the job file: a struct whose fields are its keys.
macro_rules! table {
    ($(#[$attribute:meta])* $name:ident { $($(#[$field_attribute:meta])* $field:ident: $type:ty,)+ }) => {
        #[derive(Debug, Clone, Default, JsonSchema)]
        $(#[$attribute])*
        #[schemars(default, deny_unknown_fields)]
        pub(super) struct $name { $($(#[$field_attribute])* pub(super) $field: Field<$type>,)+ }

        impl $name {
            /// Its keys, in the order of the documentation.
            pub(super) const KEYS: &[&str] = &[$(stringify!($field),)+];

            /// Reads its keys, and notes those that are unknown.
            pub(super) fn of(table: &DeTable<'_>, findings: &mut Findings) -> Self {
                refuse_unknown(table, Self::KEYS, findings);
                Self { $($field: Field::of(table, stringify!($field), findings),)+ }
            }
        }

        impl Value for $name {
            fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
                let Some(table) = value.get_ref().as_table() else {
                    wrong_type(value, key, &format!("a table, such as [{key}]"), findings);
                    return None;
                };
                Some(Self::of(table, findings))
            }

            fn schema(generator: &mut SchemaGenerator) -> Schema {
                generator.subschema_for::<Self>()
            }
        }
    };
}

table! {
    /// What to ask the Verification Attempts Summary API, and where the table goes.
    #[schemars(rename = "Job", title = "Job file of verify-rollup", extend("required" = ["name", "windows"]))]
    RawJob {
        /// Names the dataset and its folder: a-z, 0-9 and -.
        name: JobName,
        /// For people.
        #[schemars(extend("default" = ""))]
        description: String,
        /// Whom to ask, and how far its answers go.
        source: RawSource,
        /// Whose numbers are asked for, where that is not the environment's account: a file, or a table for each.
        accounts: FileOrRows<RawAccountsFile, RawAccount>,
        /// Which windows of time: `range`, or `start` and `end`.
        windows: RawWindows,
        /// The other dimensions. One that is left out is not split: its column is null, meaning all.
        matrix: RawMatrix,
        /// How fast, and how stubbornly.
        limits: RawLimits,
        /// Which slices are asked.
        plan: RawPlan,
        /// Where the table goes, and in which form.
        output: RawOutput,
        /// What a report shows. With this table `run` writes one after publishing.
        report: RawReport,
        /// Who is told that a run began and how it ended.
        notify: RawNotify,
    }
}

table! {
    /// Whom to ask, and how far its answers go.
    #[schemars(rename = "Source")]
    RawSource {
        /// The API, or "simulator": the embedded simulated account. https only, except for this machine.
        #[schemars(extend("default" = "https://verify.twilio.com"))]
        base_url: Endpoint,
        /// How the API treats `DateCreatedAfter` and `DateCreatedBefore` at the exact second.
        #[schemars(extend("default" = "[)"))]
        interval: Interval,
        /// How long after its end a window's counts may still grow.
        #[schemars(extend("default" = "24h"))]
        settle_after: Duration,
        /// How long after its end a window's attempts may still grow; conversions may until `settle_after`.
        #[schemars(extend("default" = "1h"))]
        attempts_settle: Duration,
        /// How far back the API surely holds data; "none" = for ever.
        #[schemars(extend("default" = "30d"))]
        retention: Retention,
        /// Whether single attempts may be read. They hold phone numbers, which pass through memory and are never kept.
        #[schemars(extend("default" = false))]
        list: bool,
    }
}

table! {
    /// The accounts of a file. Each is asked with its own credentials and under its own limit, and has its own dataset.
    #[schemars(rename = "AccountsFile", extend("required" = ["file"]))]
    RawAccountsFile {
        /// A CSV file with the columns name and sid, and those of the keys of `[[accounts]]` that are used, relative to the
        /// working directory.
        file: String,
    }
}

table! {
    /// An account, and where the secret is that signs its requests; the secret itself never stands in a job file.
    #[schemars(rename = "Account", extend("required" = ["name", "sid"]))]
    RawAccount {
        /// For people: up to 64 characters, each name once.
        name: String,
        /// AC and 32 hexadecimal digits.
        sid: AccountSid,
        /// The variable, of the environment or of `.env`, that holds its auth token.
        auth_token_variable: String,
        /// The file that holds it.
        auth_token_file: String,
        /// A program and its arguments, separated by spaces, that prints it; no shell sees them.
        auth_token_command: String,
        /// An API key of the account, such as `SK…`, in the auth token's place.
        api_key: String,
        /// The variable that holds the key's secret.
        api_secret_variable: String,
        /// The file that holds it.
        api_secret_file: String,
        /// A program and its arguments that prints it.
        api_secret_command: String,
    }
}

table! {
    /// Which windows of time: `range`, or `start` and `end`.
    #[schemars(rename = "Windows", extend("oneOf" = [
        { "required": ["range"], "properties": { "start": false, "end": false } },
        { "required": ["start", "end"], "properties": { "range": false } },
    ]))]
    RawWindows {
        /// today, yesterday, this-week, last-week, this-month, last-month, or last-N-hours, -days, -weeks or -months.
        range: Range,
        /// The first moment: a date, at its midnight in the time zone, or an RFC 3339 time.
        start: Moment,
        /// The first moment after the last window: a date or an RFC 3339 time.
        end: Moment,
        /// How the range is cut, in the calendar of the time zone.
        #[schemars(extend("default" = "day"))]
        every: Every,
        /// IANA name; daylight saving gives days of 23 and 25 hours.
        #[schemars(extend("default" = "UTC"))]
        timezone: Tz,
    }
}

table! {
    /// The dimensions other than time. One that is left out is not split: its column is null, meaning all.
    #[schemars(rename = "Matrix")]
    RawMatrix {
        /// ISO 3166-1 alpha-2 codes and XK, or "all" of them.
        countries: AllOr<Country>,
        /// Channels, or "all" of them.
        channels: AllOr<Channel>,
        /// Verify services, each a SID or { sid, name }.
        services: List<Service>,
        /// Leading digits of destination numbers, none of which begins another.
        destination_prefixes: List<Prefix>,
        /// Whether attempts outside the listed countries have rows of their own, with country ZZ.
        #[schemars(extend("default" = true))]
        remainder: bool,
    }
}

table! {
    /// A Verify service and its name.
    #[schemars(rename = "Service", extend("required" = ["sid"]))]
    NamedService {
        /// VA and 32 hexadecimal digits.
        sid: ServiceSid,
        /// For people: reports show it.
        name: String,
    }
}

table! {
    /// How fast, and how stubbornly.
    #[schemars(rename = "Limits")]
    RawLimits {
        /// Requests to the account in any minute; 0 = no limit.
        #[schemars(extend("default" = 100))]
        requests_per_minute: Whole<0, { Limits::MOST_REQUESTS }>,
        /// Tokens usable at once: at most, and by default, `requests_per_minute`. 1 = evenly paced.
        burst: Whole<1, { Limits::MOST_REQUESTS }>,
        /// Whether the list of single attempts has a limit of its own, as large, because the vendor says so.
        #[schemars(extend("default" = false))]
        list_has_own_limit: bool,
        /// Requests in flight at once, of each account.
        #[schemars(extend("default" = 16))]
        concurrency: Whole<1, { Limits::MOST_CONCURRENCY }>,
        /// Until a request is given up. The server's own timeout is 15 s.
        #[schemars(extend("default" = "20s"))]
        timeout: Duration,
        /// Requests for one slice, the first included.
        #[schemars(extend("default" = 6))]
        max_tries: Whole<1, { Limits::MOST_TRIES }>,
        /// How long one slice is tried again.
        #[schemars(extend("default" = "10m"))]
        retry_for: Duration,
        /// Accounts of `[accounts]` that are worked on at once.
        #[schemars(extend("default" = 100))]
        accounts: Whole<1, { Limits::MOST_ACCOUNTS_AT_ONCE }>,
    }
}

table! {
    /// Which slices are asked.
    #[schemars(rename = "Plan")]
    RawPlan {
        /// "drill-down": all cells of settled windows from the fewest questions; "exhaustive": one question for each
        /// cell; "list": from pages of single attempts as far back as they reach; "auto": from pages where `list` in
        /// `[source]` allows them and they take fewer requests, else by drill-down.
        #[schemars(extend("default" = "auto"))]
        strategy: JobStrategy,
    }
}

table! {
    /// Where the table goes, and in which form.
    #[schemars(rename = "Output")]
    RawOutput {
        /// The folder of all datasets, relative to the working directory; or a place in an object store, as
        /// `s3://bucket/prefix`, `gs://bucket/prefix` or `az://container/prefix`.
        #[schemars(extend("default" = "output"))]
        directory: Location,
        /// parquet, csv, or both.
        #[schemars(extend("default" = ["parquet"]))]
        formats: List<Format>,
        /// One file for each day, month, or none; a window belongs to the local date at which it starts.
        #[schemars(extend("default" = "month"))]
        partition: Partition,
        /// Of Parquet files.
        #[schemars(extend("default" = "zstd"))]
        compression: Compression,
        /// Whether every change of a published row is added to a log beside the table.
        #[schemars(extend("default" = false))]
        history: bool,
        /// A `PostgreSQL` database whose table is brought to what the dataset holds, such as
        /// `postgres://user@host:5432/database`: without a password, which comes from the environment.
        postgres: PostgresUrl,
        /// The table there, `verify_attempts` unless it is named; a schema may stand before it.
        postgres_table: PostgresTable,
    }
}

table! {
    /// What a report shows. With this table `run` writes one after publishing.
    #[schemars(rename = "Report")]
    RawReport {
        /// The forms that are written: html (a page with charts), xlsx (a workbook), md (Markdown).
        #[schemars(extend("default" = ["html", "xlsx"]))]
        formats: List<ReportFormat>,
        /// How long the period is: `run` reports the last complete one.
        #[schemars(extend("default" = "month"))]
        period: PeriodKind,
        /// Countries that are listed one by one; the others are summed.
        #[schemars(extend("default" = 15))]
        top_countries: Whole<1, { ReportSettings::MOST_COUNTRIES }>,
        /// Attempts from which on a rate is ranked against others.
        #[schemars(extend("default" = 100))]
        ranked_from: Whole<1, { u32::MAX }>,
        /// What attempts cost: `file`, or `list`.
        prices: RawPrices,
        /// From where on something deserves attention.
        attention: RawAttention,
    }
}

table! {
    /// What attempts cost, by country and channel: `file`, or `list`.
    #[schemars(rename = "Prices", extend("oneOf" = [
        { "required": ["file"], "properties": { "list": false } },
        { "required": ["list"], "properties": { "file": false } },
    ]))]
    RawPrices {
        /// A CSV file with the columns country, channel, price and currency, relative to the working directory.
        file: String,
        /// The same, here.
        list: Rows<RawPrice>,
    }
}

table! {
    /// What one attempt costs in a country by a channel. The row that says most wins, the country first.
    #[schemars(rename = "Price", extend("required" = ["price", "currency"]))]
    RawPrice {
        /// An ISO 3166-1 alpha-2 code, ZZ for what lies outside the job's countries, or * for any.
        #[schemars(extend("default" = "*"))]
        country: String,
        /// A channel, or * for any.
        #[schemars(extend("default" = "*"))]
        channel: String,
        /// A decimal number of up to six decimals, such as "0.0538".
        price: PriceText,
        /// Three letters of ISO 4217, such as USD.
        currency: CurrencyText,
    }
}

table! {
    /// From where on something deserves attention.
    #[schemars(rename = "Attention")]
    RawAttention {
        /// How far before the period a cell's own history is read.
        #[schemars(extend("default" = "56d"))]
        history: Duration,
        /// The share of false flags among the conversion drops that is accepted.
        #[schemars(extend("default" = "1%"))]
        false_discovery: Share,
        /// The least fall of a conversion rate, in percentage points, that is a drop.
        #[schemars(extend("default" = "5%"))]
        drop: Share,
        /// Attempts, in the period and before, from which on a cell is tested for a drop.
        #[schemars(extend("default" = 200))]
        drop_attempts: Whole<1, { u32::MAX }>,
        /// How many times the usual attempts of a day are a spike.
        #[schemars(extend("default" = 3))]
        spike_factor: Whole<2, 1000>,
        /// The least attempts beyond the usual that are a spike.
        #[schemars(extend("default" = 50))]
        spike_attempts: Whole<1, { u32::MAX }>,
        /// The greatest conversion rate of the attempts beyond the usual that looks like pumping.
        #[schemars(extend("default" = "20%"))]
        spike_rate: Share,
        /// A channel has failed while its conversion rate is below this part of its usual one; at most 60%.
        #[schemars(extend("default" = "25%"))]
        failed_below: Share,
        /// Attempts have fallen away where they are below this part of what was to be expected; at most 40%.
        #[schemars(extend("default" = "20%"))]
        silent_below: Share,
        /// Where fewer attempts were to be expected, nothing is said of their absence.
        #[schemars(extend("default" = 50))]
        silent_attempts: Whole<1, { u32::MAX }>,
        /// The least attempts of a country that appeared.
        #[schemars(extend("default" = 100))]
        new_country_attempts: Whole<1, { u32::MAX }>,
    }
}

table! {
    /// Who is told that a run began and how it ended, and of what: start, success, failure, attention, or "all" of them.
    /// The URLs come from the environment.
    #[schemars(rename = "Notify")]
    RawNotify {
        /// To `VERIFY_ROLLUP_PING_URL`, as healthchecks.io takes it: /start and /fail are added to the URL's path.
        ping: AllOr<NotifyEvent>,
        /// To `VERIFY_ROLLUP_SLACK_URL`: { "text": … }, as Slack, Mattermost and others take it.
        slack: AllOr<NotifyEvent>,
        /// To `VERIFY_ROLLUP_JSON_URL`: an object with the run's summary.
        json: AllOr<NotifyEvent>,
    }
}

impl Row for RawPrice {
    const NAME: &str = "report.prices.list";
}

impl Row for RawAccount {
    const NAME: &str = "accounts";
}

/// The tables below the top, and their keys, in the order of the documentation.
pub(super) const TABLES: [(&str, &[&str]); 13] = [
    ("source", RawSource::KEYS),
    ("accounts", RawAccountsFile::KEYS),
    ("[accounts]", RawAccount::KEYS),
    ("windows", RawWindows::KEYS),
    ("matrix", RawMatrix::KEYS),
    ("limits", RawLimits::KEYS),
    ("plan", RawPlan::KEYS),
    ("output", RawOutput::KEYS),
    ("report", RawReport::KEYS),
    ("report.attention", RawAttention::KEYS),
    ("report.prices", RawPrices::KEYS),
    ("[report.prices.list]", RawPrice::KEYS),
    ("notify", RawNotify::KEYS),
];

/// Notes each unknown key with the nearest known one here, or the table where it belongs, or all that are known here.
fn refuse_unknown(table: &DeTable<'_>, keys: &[&str], findings: &mut Findings) {
    for (key, _) in table {
        let name: &str = key.get_ref();
        if keys.contains(&name) {
            continue;
        }
        let home = TABLES.iter().find(|(_, keys)| keys.contains(&name));
        let remedy = match (nearest(name, keys.iter().copied()), home) {
            (Some(near), _) => format!("did you mean `{near}`?"),
            (None, Some((home, _))) => format!("`{name}` belongs in [{home}]"),
            (None, None) if RawJob::KEYS.contains(&name) => {
                format!("`{name}` belongs at the top, before the first [table]")
            }
            (None, None) => format!("known here: {}", keys.join(", ")),
        };
        findings.add(key.span(), format!("unknown key `{name}`"), remedy);
    }
}

/// The JSON Schema (draft 2020-12) of the job file.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    schemars::schema_for!(RawJob).to_value()
}

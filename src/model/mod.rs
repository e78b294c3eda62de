//! The shared words: what can be asked, what was answered, what stands in the table.
//!
//! Everything here is a small value without behaviour of its own: no I/O, no clock, no policy. Most are `Copy`, so
//! that a million cells cost a few bytes each and no allocation. This module imports nothing of ours; every other
//! module may import it.

mod answer;
mod calling_codes;
mod channel;
mod cost;
mod country;
mod dataset_name;
mod finding;
mod host;
mod interval;
mod keywords;
mod listed;
mod location;
mod matrix;
mod money;
mod note;
mod options;
mod postgres;
mod prefix;
mod printable;
mod raw;
mod row;
mod segment;
mod sid;
mod slice;
mod state_place;
mod time;
mod zone;

pub use answer::{Answer, AnswerSource, ApiFailure, Body, Counts, FailureKind, Outcome, Proof, Rate};
pub use calling_codes::calling_code;
pub use channel::Channel;
pub use cost::{Cost, CostUnit};
pub use country::{Country, CountryError};
pub use dataset_name::DatasetName;
pub use finding::{Cell, Difference, Finding, Identity, Metric, MissingCell, RestsOn};
pub use host::{is_loopback, with_plain_host};
pub use interval::Interval;
pub(crate) use keywords::words;
pub use keywords::{UnknownWord, nearest};
pub use listed::{AttemptId, Listed, MOST_SHOWN, Number};
pub use location::{Location, LocationError, StoreKind, StoreUrl};
pub use matrix::{Matrix, MatrixShape};
pub use money::{Currency, InvalidCurrency, InvalidPrice, Money};
pub use note::Note;
pub use options::{ChangeLog, Compression, Format, JobStrategy, Listing, Partition, Remainder, Strategy};
pub use postgres::{Encryption, InvalidPostgresTable, PostgresOutput, PostgresTable, PostgresUrl, PostgresUrlError};
pub use prefix::Prefix;
pub use printable::{escaped_json, printable, printable_lines, shown};
pub use raw::{RawSlice, UnixMillis};
pub use row::{Provenance, Row, RowKey, RunId};
pub use segment::{Confirmed, ListOutcome, NewTally, PAGE_SIZE, Segment, Split, Tally, TallyRow};
pub use sid::{AccountSid, ServiceSid};
pub use slice::{Filter, Question, Reuse, Round, Slice};
pub use state_place::{StatePlace, StatePlaceError};
pub use time::{Settling, UnixMicros, UnixSeconds, Window};
pub use zone::{is_same_zone, other_names};

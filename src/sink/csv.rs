//! CSV: UTF-8 with a header, quoted as RFC 4180 asks, lines ended by `\n`, empty for null.
//!
//! Amounts have all six decimals: `0.057500`. Times are `2026-10-01T00:00:00Z`, `asked_at` with six decimals; flags `true` and `false`. Floats are the shortest
//! text that reads back as the same double, written as JSON and Python write it: `0.8181818181818182`, `1.0`, `1e-7`;
//! the `.0` keeps a column of whole rates from being taken for integers.

use std::fmt::{self, Write as _};
use std::io::{self, Read, Write};

use chrono::{DateTime, Datelike, NaiveDate};
use csv::{ReaderBuilder, StringRecord, Terminator, WriterBuilder};

use super::order::OrderGuard;
use super::positions::Positions;
use super::{ReadError, WriteError};
use crate::model::{Row, UnixMicros, printable};
use crate::rollup::{Column, Derived, RowError, Unchecked, Value};

/// Writes rows as CSV.
pub struct CsvWriter<W: Write> {
    writer: csv::Writer<W>,
    field: String,
    derived: Derived,
    times: [Formed; Column::ALL.len()],
    order: OrderGuard,
}

/// The text of a time, kept while the column's next ones are the same.
#[derive(Debug, Default)]
struct Formed {
    of: Option<i64>,
    text: String,
}

impl Formed {
    fn form(&mut self, number: i64, form: impl FnOnce(&mut String) -> fmt::Result) -> &str {
        if self.of != Some(number) {
            self.text.clear();
            form(&mut self.text).expect("formatting into a String never fails");
            self.of = Some(number);
        }
        &self.text
    }
}

impl<W: Write> CsvWriter<W> {
    /// Begins a table with its header.
    pub fn new(stream: W) -> Result<Self, WriteError> {
        let mut writer = WriterBuilder::new().terminator(Terminator::Any(b'\n')).from_writer(stream);
        writer.write_record(Column::ALL.map(Column::name)).map_err(write_error)?;
        let times = std::array::from_fn(|_| Formed::default());
        Ok(Self { writer, field: String::new(), derived: Derived::default(), times, order: OrderGuard::default() })
    }

    /// Adds a row, which must come after all before it.
    pub fn write(&mut self, row: &Row) -> Result<(), WriteError> {
        self.order.admit(row.key)?;
        for (column, time) in Column::ALL.into_iter().zip(&mut self.times) {
            let field = &mut self.field;
            field.clear();
            let formatted = match column.value(row, &mut self.derived) {
                Value::Null => Ok(()),
                Value::Text(text) => field.write_str(text),
                Value::Second(second) => field.write_str(time.form(second.0, |text| write!(text, "{second}"))),
                // The second with its `Z`, which the decimals go in front of.
                Value::Instant(instant) => {
                    let second = instant.floor_seconds();
                    let text = time.form(second.0, |text| write!(text, "{second}"));
                    write!(field, "{}.{:06}Z", text.trim_end_matches('Z'), instant.0.rem_euclid(1_000_000))
                }
                Value::Date(date) => {
                    field.write_str(time.form(i64::from(date.num_days_from_ce()), |text| write!(text, "{date}")))
                }
                Value::Integer(number) => write!(field, "{number}"),
                Value::Float(number) => write!(field, "{number:?}"),
                Value::Millionths(amount) => write!(field, "{}", Decimal(amount)),
                Value::Boolean(flag) => write!(field, "{flag}"),
            };
            formatted.expect("formatting into a String never fails");
            self.writer.write_field(&self.field).map_err(write_error)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(write_error)
    }

    /// Writes out what is still buffered and gives the stream back. Dropping the writer instead would hide an error.
    pub fn finish(self) -> Result<W, WriteError> {
        let mut stream = self.writer.into_inner().map_err(|error| WriteError::Io(error.into_error()))?;
        stream.flush()?;
        Ok(stream)
    }
}

fn write_error(error: csv::Error) -> WriteError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => WriteError::Io(error),
        kind => WriteError::Io(io::Error::other(format!("{kind:?}"))),
    }
}

/// Reads rows that [`CsvWriter`] wrote, or a tool that kept its columns and forms.
pub struct CsvReader<R: Read> {
    reader: csv::Reader<R>,
    columns: Positions,
    record: StringRecord,
    derived: Derived,
    row: u64,
}

impl<R: Read> CsvReader<R> {
    /// Checks the header.
    pub fn new(stream: R) -> Result<Self, ReadError> {
        let mut reader = ReaderBuilder::new().from_reader(stream);
        let columns = Positions::of(reader.headers().map_err(read_error)?)?;
        Ok(Self { reader, columns, record: StringRecord::new(), derived: Derived::default(), row: 0 })
    }

    /// Where the table's columns stand.
    pub const fn columns(&self) -> &Positions {
        &self.columns
    }

    /// The rates that stand in the row that was read last; what is no number is none.
    pub fn rates(&self) -> [Option<f64>; 3] {
        Column::RATES.map(|column| {
            let text = self.columns.get(column).and_then(|index| self.record.get(index)).unwrap_or("");
            (!text.is_empty()).then(|| text.parse().unwrap_or(f64::NAN))
        })
    }
}

impl<R: Read> Iterator for CsvReader<R> {
    type Item = Result<Row, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.row += 1;
        match self.reader.read_record(&mut self.record) {
            Ok(false) => None,
            Ok(true) => {
                let row = parse(&self.record, &self.columns, &mut self.derived);
                Some(row.map_err(|problem| ReadError::Row { row: self.row, problem }))
            }
            Err(error) => Some(Err(read_error(error))),
        }
    }
}

fn read_error(error: csv::Error) -> ReadError {
    let message = printable(&error.to_string()).into_owned();
    match error.into_kind() {
        csv::ErrorKind::Io(error) => ReadError::Io(error),
        _ => ReadError::Malformed { format: "csv", message },
    }
}

/// An amount with its six decimals.
struct Decimal(i64);

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, amount) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        write!(f, "{sign}{}.{:06}", amount / MILLION, amount % MILLION)
    }
}

const MILLION: u64 = 1_000_000;

/// Reads an amount, also from a tool that leaves zeros at its end out.
fn millionths(text: &str) -> Result<i64, RowError> {
    let (sign, number) = if let Some(number) = text.strip_prefix('-') { ("-", number) } else { ("", text) };
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits =
        |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let amount = (digits(whole, 12) && digits(part, 6)).then(|| format!("{sign}{whole}{part:0<6}").parse().ok());
    amount.flatten().ok_or(RowError { column: Column::ChannelCost })
}

fn parse(record: &StringRecord, columns: &Positions, derived: &mut Derived) -> Result<Row, RowError> {
    let text = |column: Column| columns.get(column).and_then(|index| record.get(index)).unwrap_or("");
    let optional = |column| Some(text(column)).filter(|text| !text.is_empty());
    let integer = |column| text(column).parse::<i64>().map_err(|_| RowError { column });
    let time = |column| match DateTime::parse_from_rfc3339(text(column)) {
        Ok(time) => Ok(UnixMicros(time.timestamp_micros())),
        Err(_) => Err(RowError { column }),
    };
    let date = |column| text(column).parse::<NaiveDate>().map_err(|_| RowError { column });
    Unchecked {
        row_key: text(Column::RowKey),
        window_start: time(Column::WindowStart)?,
        window_end: time(Column::WindowEnd)?,
        window_date: date(Column::WindowDate)?,
        account_sid: text(Column::AccountSid),
        service_sid: optional(Column::ServiceSid),
        country: optional(Column::Country),
        channel: optional(Column::Channel),
        destination_prefix: optional(Column::DestinationPrefix),
        total_attempts: integer(Column::TotalAttempts)?,
        total_converted: integer(Column::TotalConverted)?,
        total_unconverted: integer(Column::TotalUnconverted)?,
        provenance: text(Column::Provenance),
        is_final: text(Column::IsFinal).parse().map_err(|_| RowError { column: Column::IsFinal })?,
        asked_at: time(Column::AskedAt)?,
        run_id: text(Column::RunId),
        published_at: optional(Column::PublishedAt).map(|_| time(Column::PublishedAt)).transpose()?,
        priced_attempts: optional(Column::PricedAttempts).map(|_| integer(Column::PricedAttempts)).transpose()?,
        channel_cost: optional(Column::ChannelCost).map(millionths).transpose()?,
        cost_currency: optional(Column::CostCurrency),
    }
    .check(derived)
}

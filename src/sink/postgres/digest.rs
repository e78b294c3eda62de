//! What a window's rows say, as one figure that the database and we work out alike.
//!
//! A row is the text of all its columns, its digest the first 60 bits of that text's SHA-256; a window has the number
//! of its rows and the sum of their digests, so that neither side has to sort, and whatever was changed by hand shows.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::model::{Row, UnixMicros};
use crate::rollup::{Column, Derived, Kind, Value};

/// A window's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Figure {
    pub(super) rows: u64,
    pub(super) sum: u128,
}

impl Figure {
    pub(super) fn add(&mut self, row: &Row, forms: &mut Forms) {
        let text = forms.text_of(row);
        let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let (first, _) = digest.split_first_chunk::<8>().expect("a SHA-256 has 32 bytes");
        self.rows += 1;
        self.sum += u128::from(u64::from_be_bytes(*first) >> 4);
    }
}

/// What rows are written into, one after the other.
#[derive(Debug, Default)]
pub(super) struct Forms {
    derived: Derived,
    text: String,
}

impl Forms {
    fn text_of(&mut self, row: &Row) -> &str {
        let Self { derived, text } = self;
        text.clear();
        write_row(row, derived, text);
        text
    }
}

fn write_row(row: &Row, derived: &mut Derived, text: &mut String) {
    let micros = |instant: UnixMicros| instant.0;
    for (at, column) in Column::ALL.into_iter().enumerate() {
        if at > 0 {
            text.push('|');
        }
        let written = match column.value(row, derived) {
            Value::Null => write!(text, "*"),
            Value::Text(value) => text.write_str(value),
            Value::Second(second) => write!(text, "{}", micros(second.to_micros())),
            Value::Instant(instant) => write!(text, "{}", micros(instant)),
            Value::Date(date) => write!(text, "{}", date.to_epoch_days()),
            Value::Integer(number) | Value::Millionths(number) => write!(text, "{number}"),
            Value::Float(number) => write!(text, "{:016x}", number.to_bits()),
            Value::Boolean(flag) => write!(text, "{flag}"),
        };
        written.expect("formatting into a String never fails");
    }
}

/// The sum of the digests of a group's rows, in SQL, as text. Of no setting of the session's: neither of its zone, nor
/// of how it writes dates and floats.
pub(super) fn sum_in_sql() -> String {
    let texts: Vec<_> = Column::ALL
        .into_iter()
        .map(|column| {
            let name = column.name();
            let text = match column.kind() {
                Kind::Text | Kind::Integer | Kind::Boolean => format!("{name}::text"),
                Kind::Timestamp => format!("{}::text", micros_in_sql(name)),
                Kind::Date => format!("({name} - date '1970-01-01')::text"),
                Kind::Float => format!("encode(float8send({name}), 'hex')"),
                Kind::Decimal => format!("({name} * 1000000)::bigint::text"),
            };
            format!("coalesce({text}, '*')")
        })
        .collect();
    let row = format!("concat_ws('|', {})", texts.join(", "));
    format!("sum(('x' || substr(encode(sha256(convert_to({row}, 'UTF8')), 'hex'), 1, 15))::bit(60)::bigint)::text")
}

/// An instant as microseconds.
pub(super) fn micros_in_sql(name: &str) -> String {
    format!("(extract(epoch FROM {name}) * 1000000)::bigint")
}

//! What both formats promise, run over both.

use crate::sink::RowReader;
use std::fs;
use std::io::Write;

use arrow::array::AsArray;
use arrow::datatypes::{Decimal128Type, Int64Type};
use proptest::prelude::*;

use super::testing::{arbitrary_rows, listed, row};
use super::{ReadError, TableWriter, WriteError};
use crate::model::{Compression, Cost, CostUnit, Format, Money, Provenance, Row};

fn written(format: Format, rows: &[Row]) -> Vec<u8> {
    let mut writer = TableWriter::new(format, Compression::Zstd, Vec::new()).unwrap();
    for row in rows {
        writer.write(row).unwrap();
    }
    writer.finish().unwrap()
}

fn read(format: Format, bytes: &[u8]) -> Result<Vec<Row>, ReadError> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(bytes)?;
    RowReader::open(format, file.path())?.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn what_is_written_reads_back_and_equal_rows_give_equal_bytes(rows in arbitrary_rows()) {
        for format in Format::ALL {
            let bytes = written(format, &rows);
            prop_assert_eq!(read(format, &bytes).unwrap(), rows.clone());
            prop_assert_eq!(written(format, &rows), bytes);
        }
    }
}

#[test]
fn rows_out_of_order_are_refused() {
    for format in Format::ALL {
        let mut writer = TableWriter::new(format, Compression::None, Vec::new()).unwrap();
        writer.write(&row(1, "US", 1)).unwrap();
        assert!(matches!(writer.write(&row(1, "US", 2)), Err(WriteError::OutOfOrder { .. })));
        assert!(matches!(writer.write(&row(0, "US", 2)), Err(WriteError::OutOfOrder { .. })));
    }
}

/// Many batches and more than one page.
#[test]
fn long_tables_read_back() {
    let rows: Vec<_> = (0..20_000).map(|hour| row(hour, "US", 1)).collect();
    for format in Format::ALL {
        assert!(read(format, &written(format, &rows)).unwrap() == rows);
    }
}

#[test]
fn damaged_files_are_errors() {
    let rows = [row(0, "CO", 5), row(0, "US", 7)];
    for format in Format::ALL {
        let bytes = written(format, &rows);
        for end in [0, 1, bytes.len() / 2, bytes.len() - 2] {
            let result = read(format, &bytes[..end]);
            assert!(result.is_err(), "{format} cut at {end}: {result:?}");
        }
        assert!(read(format, b"hello,world\n1,2\n").is_err());
    }
}

#[test]
fn errors_of_the_stream_surface() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for format in Format::ALL {
        let failed = TableWriter::new(format, Compression::None, Full).and_then(|mut writer| {
            writer.write(&row(0, "US", 1))?;
            writer.finish().map(drop)
        });
        let Err(WriteError::Io(error)) = failed else { panic!("{format}: {failed:?}") };
        assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    }
}

#[test]
fn the_csv_text_is_frozen() {
    let nothing = Row { cost: Some(Cost::default()), ..row(1, "US", 0) };
    let rows = [
        row(0, "CO", 11),
        row(0, "US", 0),
        listed(row(1, "CO", 11), "0.0525", "USD"),
        Row { provenance: Provenance::Listed, ..nothing },
        row(1, "ZZ", 1),
        mixed(row(2, "CO", 11)),
    ];
    let text = String::from_utf8(written(Format::Csv, &rows)).unwrap();
    assert_eq!(text, fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/sink/golden.csv")).unwrap());
}

fn mixed(row: Row) -> Row {
    let cost = Cost { priced: 2, amount: Money::default(), unit: CostUnit::Mixed };
    Row { provenance: Provenance::Listed, cost: Some(cost), ..row }
}

/// Readers of both formats see the same null and the same decimals, all six of them.
#[test]
fn a_cost_is_one_text_in_both_formats() {
    let rows =
        [listed(row(0, "CO", 1), "0.0575", "USD"), listed(row(0, "US", 3), "1000", "EUR"), mixed(row(1, "CO", 7))];
    let text = String::from_utf8(written(Format::Csv, &rows)).unwrap();
    let ends: Vec<_> = text.lines().skip(1).map(|line| line.rsplitn(4, ',').take(3).collect::<Vec<_>>()).collect();
    assert_eq!(ends, [["USD", "0.057500", "1"], ["EUR", "3000.000000", "3"], ["", "", "2"]]);
    let batch = {
        let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(
            written(Format::Parquet, &rows),
        ));
        reader.unwrap().build().unwrap().next().unwrap().unwrap()
    };
    let column = |name: &str| batch.column_by_name(name).unwrap();
    let amounts = column("channel_cost").as_primitive::<Decimal128Type>();
    assert_eq!(amounts.iter().collect::<Vec<_>>(), [Some(57_500), Some(3_000_000_000), None]);
    assert_eq!(amounts.value_as_string(0), "0.057500");
    let priced = column("priced_attempts").as_primitive::<Int64Type>();
    assert_eq!(priced.iter().collect::<Vec<_>>(), [Some(1), Some(3), Some(2)]);
    let currencies = column("cost_currency").as_string::<i32>();
    assert_eq!(currencies.iter().collect::<Vec<_>>(), [Some("USD"), Some("EUR"), None]);
}

/// A tool that rewrote the table may have left zeros at an amount's end out.
#[test]
fn an_amount_with_fewer_decimals_reads_the_same() {
    let rows = [listed(row(0, "CO", 2), "0.05", "USD")];
    let text = String::from_utf8(written(Format::Csv, &rows)).unwrap();
    for other in ["0.1", "0.10"] {
        assert_eq!(read(Format::Csv, text.replacen("0.100000", other, 1).as_bytes()).unwrap(), rows);
    }
}

#[test]
fn a_csv_whose_cost_contradicts_itself_is_refused() {
    let good = String::from_utf8(written(Format::Csv, &[listed(row(0, "CO", 11), "0.05", "USD")])).unwrap();
    let cases = [
        (",12,0.550000,USD", "priced_attempts"),
        (",-1,0.550000,USD", "priced_attempts"),
        (",x,0.550000,USD", "priced_attempts"),
        (",,0.550000,USD", "priced_attempts"),
        (",0,0.000000,USD", "cost_currency"),
        (",11,0.550000,", "cost_currency"),
        (",11,0.550000,usd", "cost_currency"),
        (",11,,USD", "channel_cost"),
        (",11,--0.550000,USD", "channel_cost"),
        (",11,0.-55000,USD", "channel_cost"),
        (",11,-1000000000000.000000,USD", "channel_cost"),
        (",11,0.5500001,USD", "channel_cost"),
        (",11,5e-1,USD", "channel_cost"),
        (",11,1000000000000.000000,USD", "channel_cost"),
    ];
    for (to, column) in cases {
        let bad = good.replacen(",11,0.550000,USD", to, 1);
        assert_ne!(bad, good, "{to}");
        let error = read(Format::Csv, bad.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(&format!("row 1: column {column} ")), "{to}: {error}");
    }
}

#[test]
fn a_csv_that_contradicts_itself_is_refused() {
    let good = String::from_utf8(written(Format::Csv, &[row(0, "CO", 11)])).unwrap();
    let cases = [
        (",11,", ",12,", "total_unconverted"),
        ("|CO|", "|US|", "row_key"),
        (",measured,", ",guessed,", "provenance"),
        (",true,", ",yes,", "is_final"),
        ("T01:00:00Z,", "T00:00:00Z,", "window_end"),
        (",2026-10-01,", ",2026-13-01,", "window_date"),
    ];
    for (from, to, column) in cases {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        let error = read(Format::Csv, bad.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(&format!("row 1: column {column} ")), "{from}: {error}");
    }
}

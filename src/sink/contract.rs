//! What both formats promise, run over both.

use crate::sink::RowReader;
use std::fs;
use std::io::Write;

use proptest::prelude::*;

use super::testing::{arbitrary_rows, row};
use super::{ReadError, TableWriter, WriteError};
use crate::model::{Compression, Format, Row};

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
    let rows = [row(0, "CO", 11), row(0, "US", 0), row(1, "ZZ", 1)];
    let text = String::from_utf8(written(Format::Csv, &rows)).unwrap();
    assert_eq!(text, fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/sink/golden.csv")).unwrap());
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

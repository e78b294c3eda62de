//! The published table, as far as it can be right or wrong.

use std::path::Path;

use chrono::DateTime;

use crate::support::files;
use crate::world::Counts;

/// Empty text = all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub window: (i64, i64),
    pub service: String,
    pub country: String,
    pub channel: String,
    pub prefix: String,
}

impl Key {
    pub fn same_but_country(&self, other: &Self) -> bool {
        self.window == other.window
            && self.service == other.service
            && self.channel == other.channel
            && self.prefix == other.prefix
    }
}

#[derive(Debug, Clone)]
pub struct Row {
    pub key: Key,
    pub counts: Counts,
    pub is_final: bool,
    pub provenance: String,
}

/// All rows below a dataset's folder.
pub fn read(dataset: &Path) -> Vec<Row> {
    let mut rows = Vec::new();
    for file in files(&dataset.join("csv")).iter().filter(|file| file.extension().is_some_and(|it| it == "csv")) {
        let mut reader = csv::Reader::from_path(file).expect("a readable file");
        let headers = reader.headers().expect("a header").clone();
        for record in reader.records() {
            let record = record.expect("well-formed CSV");
            let text = |name: &str| {
                let at = headers.iter().position(|header| header == name).expect("every column is there");
                record[at].to_owned()
            };
            let number = |name: &str| text(name).parse().expect("a number");
            let instant = |name: &str| DateTime::parse_from_rfc3339(&text(name)).expect("a time").timestamp();
            let counts = Counts { attempts: number("total_attempts"), converted: number("total_converted") };
            assert_eq!(number("total_unconverted"), counts.attempts - counts.converted, "{record:?}");
            let key = Key {
                window: (instant("window_start"), instant("window_end")),
                service: text("service_sid"),
                country: text("country"),
                channel: text("channel"),
                prefix: text("destination_prefix"),
            };
            rows.push(Row { key, counts, is_final: text("is_final") == "true", provenance: text("provenance") });
        }
    }
    rows
}

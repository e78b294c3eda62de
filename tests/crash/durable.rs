//! What a ledger holds at an instant, read from a copy as a crash would leave it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use chrono::DateTime;
use rusqlite::Connection;

/// How often each query is in a list.
pub type Counted = BTreeMap<String, usize>;

pub fn count(queries: impl IntoIterator<Item = String>) -> Counted {
    let mut counted = Counted::new();
    for query in queries {
        *counted.entry(query).or_default() += 1;
    }
    counted
}

/// What `left` holds beyond `right`.
pub fn beyond(left: &Counted, right: &Counted) -> Counted {
    let surplus = |(query, count): (&String, &usize)| {
        let more = count.saturating_sub(right.get(query).copied().unwrap_or(0));
        (more > 0).then(|| (query.clone(), more))
    };
    left.iter().filter_map(surplus).collect()
}

/// The recorded answers and runs.
#[derive(Debug, Default, Clone)]
pub struct Durable {
    /// By the query that asked for it. What was implied was not asked.
    pub answers: Counted,
    /// The status of each run, in order.
    pub runs: Vec<String>,
    /// Answers that one run recorded more than once in one round.
    pub repeated: usize,
}

impl Durable {
    /// A ledger that is not there, or was never begun, holds nothing.
    pub fn read(state: &Path) -> Self {
        let image = tempfile::tempdir().unwrap();
        for name in ["ledger.sqlite", "ledger.sqlite-wal"] {
            match std::fs::copy(state.join(name), image.path().join(name)) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                copied => drop(copied.unwrap()),
            }
        }
        let ledger = Connection::open(image.path().join("ledger.sqlite")).unwrap();
        let tables: i64 = number(&ledger, "SELECT count(*) FROM sqlite_schema");
        if tables == 0 {
            return Self::default();
        }
        let mut runs = ledger.prepare("SELECT status FROM runs ORDER BY id").unwrap();
        let mut answers = ledger.prepare(ANSWERS).unwrap();
        let repeated = "SELECT count(*) FROM (SELECT 1 FROM answers
            WHERE implied = 0 GROUP BY run, round, range_start, range_end, service, country, channel, prefix HAVING \
            count(*) > 1)";
        Self {
            answers: count(answers.query_map([], |row| Ok(query(row))).unwrap().map(Result::unwrap)),
            runs: runs.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap(),
            repeated: usize::try_from(number(&ledger, repeated)).unwrap(),
        }
    }
}

const ANSWERS: &str = "SELECT range_start, range_end, text, country, channel, prefix FROM answers
    LEFT JOIN texts ON texts.id = service WHERE implied = 0";

fn number(ledger: &Connection, sql: &str) -> i64 {
    ledger.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// The query of an answer, as the API's documentation gives it, for jobs with `interval = "[)"`.
fn query(row: &rusqlite::Row) -> String {
    let time = |column| {
        let seconds = row.get(column).unwrap();
        DateTime::from_timestamp(seconds, 0).unwrap().format("%Y-%m-%dT%H:%M:%SZ").to_string()
    };
    let mut query = format!("DateCreatedAfter={}&DateCreatedBefore={}", time(0), time(1));
    for (column, name) in [(2, "VerifyServiceSid"), (3, "Country"), (4, "Channel")] {
        if let Some(value) = row.get::<_, Option<String>>(column).unwrap() {
            write!(query, "&{name}={value}").unwrap();
        }
    }
    if let Some(digits) = row.get::<_, Option<i64>>(5).unwrap() {
        write!(query, "&DestinationPrefix=%2B{digits}").unwrap();
    }
    query
}

//! A table of a `PostgreSQL` database, brought to what the dataset holds.
//!
//! The files are the truth. Each load compares all windows of both, so that a database that was away, a load that was
//! killed and rows that were changed by hand are put right by the next one; where nothing differs nothing is written.
//! Windows that differ are staged, then replaced, in one transaction: readers see all of it or nothing. Loads of one
//! dataset wait for one another. The accounts of a job share a table, in which each minds its own rows.
//!
//! Rows of a time that the dataset knows nothing of stay, unless their loss is accepted: what was published leaves only
//! for something better, or at the user's word.
//!
//! Refused: a table that holds another dataset, or whose columns are not ours.

mod destination;
mod digest;
mod error;
mod table;

use std::collections::{BTreeMap, BTreeSet};

pub use destination::Destination;
use digest::{Figure, Forms};
pub use error::LoadError;

use super::csv::CsvWriter;
use super::dataset::{Loss, Stored, StoredRowError};
use crate::model::{UnixMicros, Window};
use crate::postgres::{Bounds, Connection};

/// Rows that are given to the server at once; a few megabytes.
const BATCH: usize = 8192;

/// What a load found, and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loaded {
    /// Rows of the table.
    pub rows: u64,
    /// Its size, as the server tells it.
    pub bytes: u64,
    /// Windows that were written or removed.
    pub windows_changed: usize,
    /// Windows of the table that the dataset knows nothing of, and that stay.
    pub windows_unknown: usize,
}

/// Whether the dataset may be loaded: looks, and changes nothing.
pub async fn check(to: &Destination<'_>) -> Result<(), LoadError> {
    let connection = Connection::open(&to.output.url, to.login, Bounds::LARGE).await?;
    table::look(&connection, to).await.map(|_| ())
}

/// Brings the table to what the dataset holds.
pub async fn load(to: &Destination<'_>, stored: &Stored, loss: Loss) -> Result<Loaded, LoadError> {
    let wanted = figures_of(stored)?;
    let connection = Connection::open(&to.output.url, to.login, Bounds::LARGE).await?;
    let table = &to.output.table;
    connection.run("begin", "BEGIN").await?;
    lock(&connection, &format!("verify-rollup {table}{}", to.condition())).await?;
    let mut found = table::look(&connection, to).await?;
    if !found.is_whole() {
        // Loads of other accounts may find it so at the same time.
        lock(&connection, &format!("verify-rollup {table} itself")).await?;
        found = table::look(&connection, to).await?;
        table::make(&connection, to, &found).await?;
    }
    let there = figures_there(&connection, to).await?;
    let differing: BTreeSet<_> =
        wanted.iter().filter(|(window, figure)| there.get(window) != Some(figure)).map(|(window, _)| *window).collect();
    let is_gone = |window: &&Window| !wanted.contains_key(window);
    let replaced = |window: &&Window| loss == Loss::Accepted || is_met(&wanted, **window);
    let (gone, unknown): (Vec<_>, Vec<_>) = there.keys().filter(is_gone).partition(replaced);
    if !differing.is_empty() || !gone.is_empty() {
        replace(&connection, to, stored, (&differing, &gone)).await?;
    }
    let size = "SELECT pg_table_size(to_regclass($1::text))";
    let size = connection.query("measure the table", size, &[&table.to_string()]).await?;
    connection.run("commit", "COMMIT").await?;
    Ok(Loaded {
        rows: wanted.values().map(|figure| figure.rows).sum::<u64>()
            + unknown.iter().filter_map(|window| there.get(window)).map(|figure| figure.rows).sum::<u64>(),
        bytes: size.first().map_or(0, |row| row.get::<_, i64>(0).unsigned_abs()),
        windows_changed: differing.len() + gone.len(),
        windows_unknown: unknown.len(),
    })
}

async fn lock(connection: &Connection, name: &str) -> Result<(), LoadError> {
    connection.query("lock", "SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))", &[&name]).await?;
    Ok(())
}

/// Whether one of the windows, none of which overlaps another, overlaps this one.
fn is_met(windows: &BTreeMap<Window, Figure>, window: Window) -> bool {
    let neighbours = [windows.range(..window).next_back(), windows.range(window..).next()];
    neighbours.into_iter().flatten().any(|(other, _)| other.overlaps(window))
}

/// What the files say of each window.
fn figures_of(stored: &Stored) -> Result<BTreeMap<Window, Figure>, StoredRowError> {
    let mut figures: BTreeMap<Window, Figure> = BTreeMap::new();
    let mut forms = Forms::default();
    for row in stored.rows(None) {
        let row = row?;
        figures.entry(row.key.window).or_default().add(&row, &mut forms);
    }
    Ok(figures)
}

/// What the table says of each. Rows without a window, or of one that cannot be, are nobody's.
async fn figures_there(connection: &Connection, to: &Destination<'_>) -> Result<BTreeMap<Window, Figure>, LoadError> {
    let (start, end) = (digest::micros_in_sql("window_start"), digest::micros_in_sql("window_end"));
    let statement = format!(
        "SELECT {start}, {end}, count(*), {} FROM {} WHERE window_start < window_end{} GROUP BY 1, 2",
        digest::sum_in_sql(),
        to.output.table,
        to.condition()
    );
    let mut figures = BTreeMap::new();
    for row in connection.query("compare the table", &statement, &[]).await? {
        let [start, end]: [i64; 2] = [row.get(0), row.get(1)];
        let figure = Figure {
            rows: row.get::<_, i64>(2).unsigned_abs(),
            sum: row.get::<_, String>(3).parse().unwrap_or_default(),
        };
        let [start, end] = [start, end].map(|at| UnixMicros(at).floor_seconds());
        if let Some(window) = Window::new(start, end) {
            figures.insert(window, figure);
        }
    }
    Ok(figures)
}

/// Puts the dataset's rows of windows in the place of the table's.
async fn replace(
    connection: &Connection,
    to: &Destination<'_>,
    stored: &Stored,
    (differing, gone): (&BTreeSet<Window>, &[&Window]),
) -> Result<(), LoadError> {
    let (table, columns) = (&to.output.table, table::columns());
    connection.run("stage rows", &table::staging()).await?;
    let copy = format!("COPY verify_rollup_staging ({columns}) FROM STDIN (FORMAT csv, HEADER)");
    let mut rows = stored.rows_where(|window| differing.contains(&window)).peekable();
    while rows.peek().is_some() {
        let mut batch = CsvWriter::new(Vec::new())?;
        for row in rows.by_ref().take(BATCH) {
            batch.write(&row?)?;
        }
        connection.copy("stage rows", &copy, batch.finish()?).await?;
    }
    let windows = differing.iter().chain(gone.iter().copied());
    let (starts, ends): (Vec<_>, Vec<_>) =
        windows.map(|window| (window.start().to_micros().0, window.end().to_micros().0)).unzip();
    let instant = |name: &str| format!("timestamptz 'epoch' + w.{name} * interval '1 microsecond'");
    let delete = format!(
        "DELETE FROM {table} t USING unnest($1::bigint[], $2::bigint[]) AS w(s, e) WHERE t.window_start = {} AND \
         t.window_end = {}{}",
        instant("s"),
        instant("e"),
        to.condition()
    );
    connection.query("remove rows", &delete, &[&starts, &ends]).await?;
    // A row whose window was changed by hand stands elsewhere, in the way of the right one.
    let rest = format!(
        "DELETE FROM {table} t USING verify_rollup_staging s WHERE t.row_key = s.row_key; INSERT INTO {table} \
         ({columns}) SELECT {columns} FROM verify_rollup_staging"
    );
    connection.run("put rows in their place", &rest).await?;
    Ok(())
}

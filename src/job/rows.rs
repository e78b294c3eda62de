//! The rows of a CSV file that a job names: a head that says what the columns are, then a row for each thing, and every
//! mistake with its line.

use csv::{Position, ReaderBuilder, StringRecord, Trim};

/// So many mistakes of a file are told.
const MOST_TOLD: usize = 20;

/// Takes each row with what `head` read of the first one. `Ok(false)`: there was none.
///
/// # Errors
/// What is wrong, a line for each mistake that begins with its place, such as `line 3: …`.
pub(super) fn read<H>(
    text: &str,
    head: impl Fn(&StringRecord) -> Result<H, String>,
    mut take: impl FnMut(&H, &StringRecord) -> Result<(), String>,
) -> Result<bool, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rows = ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(text.as_bytes());
    let (mut columns, mut is_any, mut mistakes) = (None, false, Vec::new());
    for row in rows.records() {
        let row = row.map_err(|error| error.to_string())?;
        let line = row.position().map_or(1, Position::line);
        let Some((count, columns)) = &columns else {
            let found = head(&row).map_err(|wrong| format!("line {line}: {wrong}"))?;
            columns = Some((row.len(), found));
            continue;
        };
        is_any = true;
        let taken = if row.len() == *count {
            take(columns, &row)
        } else {
            Err(format!("{} values; write {count}, as the first line has", row.len()))
        };
        mistakes.extend(taken.err().map(|wrong| format!("line {line}: {wrong}")));
    }
    if mistakes.is_empty() {
        return Ok(is_any);
    }
    let more = mistakes.len().saturating_sub(MOST_TOLD);
    mistakes.truncate(MOST_TOLD);
    if more > 0 {
        mistakes.push(format!("{more} more mistakes are not shown"));
    }
    Err(mistakes.join("\n"))
}

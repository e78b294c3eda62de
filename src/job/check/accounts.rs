//! `accounts`: a file, or accounts that only together make sense.

use crate::job::accounts::{AccountList, Accounts, WrongAccount};
use crate::job::field::{Field, Span};
use crate::job::mistakes::Findings;
use crate::job::raw::{RawAccount, RawAccountsFile};
use crate::job::values::{FileOrRows, Rows};

/// The accounts; what is wrong with one is noted at its key.
pub(super) fn check_accounts(
    raw: Field<FileOrRows<RawAccountsFile, RawAccount>>,
    findings: &mut Findings,
) -> Option<Accounts> {
    let span = raw.span()?;
    match raw.value()? {
        FileOrRows::File(file) => {
            let RawAccountsFile { file } = *file;
            let remedy = "write the name of a CSV file, such as \"accounts.csv\"";
            if matches!(file, Field::Absent) {
                findings.add(span, "`[accounts]` without `file`", remedy);
                return None;
            }
            let place = file.span()?;
            let path = file.value()?;
            if path.is_empty() || path.contains('\0') {
                findings.add(place, "`file` is no path", remedy);
            }
            Some(Accounts::File(path.into()))
        }
        FileOrRows::Listed(Rows(rows)) => {
            let mut known = AccountList::default();
            for (span, row) in rows {
                check_account(row, &span, &mut known, findings);
            }
            Some(Accounts::Known(known))
        }
    }
}

fn check_account(row: RawAccount, span: &Span, known: &mut AccountList, findings: &mut Findings) {
    let sid = match row.sid {
        Field::Absent => Field::Absent,
        Field::Wrong(span) => Field::Wrong(span),
        Field::Read(span, sid) => Field::Read(span, sid.to_string()),
    };
    // In the order of the columns of a file.
    let fields = [
        row.name,
        sid,
        row.auth_token_variable,
        row.auth_token_file,
        row.auth_token_command,
        row.api_key,
        row.api_secret_variable,
        row.api_secret_file,
        row.api_secret_command,
    ];
    if fields.iter().any(|field| matches!(field, Field::Wrong(_))) {
        return;
    }
    let spans: Vec<_> = fields.iter().map(Field::span).collect();
    let values = fields.map(Field::value);
    if let Err(WrongAccount { column, what, remedy }) = known.add(values.each_ref().map(Option::as_deref)) {
        let place = column.and_then(|column| spans[column].clone()).unwrap_or_else(|| span.clone());
        findings.add(place, what, remedy);
    }
}

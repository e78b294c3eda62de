//! `[accounts]`: whose numbers are asked for, and where each account's secret is, in the job file or in a CSV file.
//!
//! The secret itself stands in neither. A sub-account answers to its own credentials alone, so each names where its own are:
//! a variable, a file, or a command whose output it is. Refused are two accounts of one name or SID, and an account with
//! two secrets; what stands where a secret is named is repeated in no message, for people paste the secret itself there.

use std::collections::HashSet;
use std::path::PathBuf;

use super::rows;
use crate::model::{AccountSid, printable};

/// The columns of a file of accounts, in any order; the first two are needed.
pub(super) const COLUMNS: [&str; 9] = [
    "name",
    "sid",
    "auth_token_variable",
    "auth_token_file",
    "auth_token_command",
    "api_key",
    "api_secret_variable",
    "api_secret_file",
    "api_secret_command",
];
/// Where an API key stands among them.
const KEY: usize = 5;
/// The most accounts of one job.
pub(super) const MOST_ACCOUNTS: usize = 100_000;
/// The longest name, in characters.
const LONGEST_NAME: usize = 64;

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretPlace {
    /// In a variable of the environment, or of `.env`.
    Variable(String),
    /// In a file, relative to the working directory.
    File(PathBuf),
    /// On the standard output of a program: its name and its arguments, which no shell sees.
    Command(Vec<String>),
}

/// By what an account's requests are signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountSigning {
    /// Its auth token.
    AuthToken(SecretPlace),
    /// An API key of the account.
    ApiKey {
        /// The key's SID.
        key: String,
        /// Where its secret is.
        secret: SecretPlace,
    },
}

/// An account of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobAccount {
    /// For people.
    pub name: String,
    /// Keys ledger, bucket and dataset.
    pub sid: AccountSid,
    /// `None`: nothing signs its requests, which the simulated account alone answers.
    pub signing: Option<AccountSigning>,
}

/// The accounts of a job, each name and each SID once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountList {
    accounts: Vec<JobAccount>,
    names: HashSet<String>,
    sids: HashSet<String>,
}

/// Where a job's accounts are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accounts {
    /// In a CSV file, relative to the working directory, that is yet to be read.
    File(PathBuf),
    /// They are known.
    Known(AccountList),
}

impl Accounts {
    /// The accounts, once they are read.
    #[must_use]
    pub fn list(&self) -> &[JobAccount] {
        match self {
            Self::File(_) => &[],
            Self::Known(list) => &list.accounts,
        }
    }
}

/// What is wrong with an account, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WrongAccount {
    /// Which of [`COLUMNS`]; `None`: the whole.
    pub(super) column: Option<usize>,
    pub(super) what: String,
    pub(super) remedy: String,
}

impl WrongAccount {
    fn at(column: usize, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { column: Some(column), what: what.into(), remedy: remedy.into() }
    }
}

impl AccountList {
    /// Adds an account, given as texts in the order of [`COLUMNS`].
    pub(super) fn add(&mut self, row: [Option<&str>; COLUMNS.len()]) -> Result<(), WrongAccount> {
        let [name, sid, ..] = row;
        let name = name.ok_or_else(|| whole("an account without `name`", "name it: reports and messages show it"))?;
        let sid = sid.ok_or_else(|| whole("an account without `sid`", "write AC and 32 hexadecimal digits"))?;
        if name.chars().count() > LONGEST_NAME || printable(name) != name || name.trim() != name {
            let remedy = format!("write at most {LONGEST_NAME} visible characters, without spaces around them");
            return Err(WrongAccount::at(0, format!("`{}` is no name", printable(name)), remedy));
        }
        let sid: AccountSid = sid.parse().map_err(|error| {
            WrongAccount::at(1, format!("`{}` is no account SID", printable(sid)), format!("{error}"))
        })?;
        let signing = signing(row)?;
        if self.accounts.len() == MOST_ACCOUNTS {
            return Err(whole("one account too many", &format!("a job has at most {MOST_ACCOUNTS}: make two of it")));
        }
        // Two spellings of one SID are one account, whose limit is one.
        if !self.sids.insert(sid.to_string().to_ascii_lowercase()) {
            return Err(WrongAccount::at(1, format!("{sid} stands here twice"), "keep one of them"));
        }
        if !self.names.insert(name.to_owned()) {
            return Err(WrongAccount::at(0, format!("two accounts are named `{name}`"), "rename one of them"));
        }
        self.accounts.push(JobAccount { name: name.to_owned(), sid, signing });
        Ok(())
    }

    /// Reads a file of accounts: a head that names columns, then a row for each account. An empty value is none.
    ///
    /// # Errors
    /// What is wrong, a line for each mistake that begins with its place, such as `line 3: …`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut list = Self::default();
        let is_any = rows::read(text, head, |places, row| {
            let value = |place: Option<usize>| row.get(place?).filter(|value| !value.is_empty());
            list.add(places.map(value)).map_err(|WrongAccount { what, remedy, .. }| format!("{what}; {remedy}"))
        })?;
        if is_any {
            Ok(list)
        } else {
            Err("line 1: no account; write name,sid,auth_token_file and a line for each account".to_owned())
        }
    }
}

fn whole(what: &str, remedy: &str) -> WrongAccount {
    WrongAccount { column: None, what: what.to_owned(), remedy: remedy.to_owned() }
}

/// By what requests are signed, of which a row names one or nothing.
fn signing(row: [Option<&str>; COLUMNS.len()]) -> Result<Option<AccountSigning>, WrongAccount> {
    let [_, _, token @ .., key, _, _, _] = row;
    let [.., variable, file, command] = row;
    let (token, secret) = (place(token, KEY - token.len())?, place([variable, file, command], KEY + 1)?);
    match (token, key, secret) {
        (None, None, None) => Ok(None),
        (Some(token), None, None) => Ok(Some(AccountSigning::AuthToken(token))),
        (None, Some(key), Some(secret)) => {
            if key.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':') {
                Ok(Some(AccountSigning::ApiKey { key: key.to_owned(), secret }))
            } else {
                Err(WrongAccount::at(KEY, "`api_key` is no API key", "write the key's SID, such as SK…"))
            }
        }
        (None, Some(_), None) => {
            Err(WrongAccount::at(KEY, "an API key without its secret", "say where it is, as by api_secret_file"))
        }
        (None, None, Some(_)) => Err(whole("an API key's secret without `api_key`", "add the key's SID, such as SK…")),
        (Some(_), ..) => Err(whole("an account with both an auth token and an API key", "keep one of them")),
    }
}

/// Where a secret is by a variable, a file or a command, the first of which stands in a column.
fn place(named: [Option<&str>; 3], first: usize) -> Result<Option<SecretPlace>, WrongAccount> {
    let [variable, file, command] = named;
    let count = named.into_iter().flatten().count();
    if count > 1 {
        let columns = [COLUMNS[first], COLUMNS[first + 1], COLUMNS[first + 2]].join(", ");
        return Err(whole(&format!("an account with several of {columns}"), "keep one of them"));
    }
    // An auth token has 32 hexadecimal digits, an API key's secret 32 letters and digits.
    let is_secret = |text: &str| text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if let Some(at) = named.iter().position(|named| named.is_some_and(is_secret)) {
        let (what, remedy) = (COLUMNS[first + at], "write where the secret is, not the secret");
        return Err(WrongAccount::at(first + at, format!("`{what}` looks like the secret itself"), remedy));
    }
    if let Some(name) = variable {
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !name.starts_with(|first: char| first.is_ascii_digit());
        if !is_name {
            let what = format!("`{}` is no variable's name", COLUMNS[first]);
            return Err(WrongAccount::at(first, what, "write the name of the variable that holds the secret"));
        }
        return Ok(Some(SecretPlace::Variable(name.to_owned())));
    }
    if let Some(path) = file {
        if path.contains('\0') {
            let what = format!("`{}` is no path", COLUMNS[first + 1]);
            return Err(WrongAccount::at(first + 1, what, "write the name of the file that holds the secret"));
        }
        return Ok(Some(SecretPlace::File(path.into())));
    }
    let words: Option<Vec<_>> = command.map(|line| line.split_whitespace().map(str::to_owned).collect());
    match words {
        Some(words) if words.is_empty() || words.iter().any(|word| word.contains('\0')) => {
            let what = format!("`{}` is no command", COLUMNS[first + 2]);
            Err(WrongAccount::at(first + 2, what, "write a program and its arguments, separated by spaces"))
        }
        words => Ok(words.map(SecretPlace::Command)),
    }
}

/// Where each of the columns stands.
fn head(row: &csv::StringRecord) -> Result<[Option<usize>; COLUMNS.len()], String> {
    let unknown = row.iter().find(|name| !COLUMNS.contains(name));
    let mut seen = HashSet::new();
    let places = COLUMNS.map(|column| row.iter().position(|name| name == column));
    match (unknown, row.iter().find(|name| !seen.insert(*name)), places) {
        (Some(name), ..) => Err(format!("`{}` is no column; write some of {}", printable(name), COLUMNS.join(","))),
        (None, Some(name), _) => Err(format!("`{name}` stands here twice; keep one of them")),
        (None, None, [Some(_), Some(_), ..]) => Ok(places),
        _ => Err("`name` and `sid` are needed; write name,sid,auth_token_file".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sid(digit: char) -> String {
        format!("AC{}", digit.to_string().repeat(32))
    }

    #[test]
    fn each_account_names_where_its_secret_is() {
        let (a, b, c, d) = (sid('a'), sid('b'), sid('c'), sid('d'));
        let text = format!(
            "\u{feff}sid, name,auth_token_variable,auth_token_file,auth_token_command,api_key,api_secret_file\r\n\
             {a},Acme Ltd.,ACME_TOKEN,,,,\r\n\r\n{b},\"b, c\",,secrets/b,,,\r\n{c},c,,,pass show twilio/c,,\r\n{d},d,,,,SKd,s/d\r\n"
        );
        let list = AccountList::parse(&text).unwrap();
        let signing: Vec<_> = list.accounts.iter().map(|it| (it.name.as_str(), it.signing.clone().unwrap())).collect();
        let words = ["pass", "show", "twilio/c"].map(str::to_owned).to_vec();
        let expected = [
            ("Acme Ltd.", AccountSigning::AuthToken(SecretPlace::Variable("ACME_TOKEN".to_owned()))),
            ("b, c", AccountSigning::AuthToken(SecretPlace::File("secrets/b".into()))),
            ("c", AccountSigning::AuthToken(SecretPlace::Command(words))),
            ("d", AccountSigning::ApiKey { key: "SKd".to_owned(), secret: SecretPlace::File("s/d".into()) }),
        ];
        assert_eq!(signing, expected);
        let plain = AccountList::parse(&format!("name,sid\na,{a}\n")).unwrap();
        assert_eq!(plain.accounts, [JobAccount { name: "a".to_owned(), sid: a.parse().unwrap(), signing: None }]);
    }

    #[test]
    fn every_mistake_is_told_with_its_line_and_no_secret_with_it() {
        let token = "0123456789abcdef0123456789abcdef";
        let hidden = format!("f{}", &token[1..]);
        let (a, b) = (sid('a'), sid('b'));
        let text = format!(
            "name,sid,auth_token_variable,auth_token_file,auth_token_command,api_key,api_secret_variable\n\
             a,AC1,X,,,,\na,{a},{hidden},,,,\na,{a},,,{token},,\na,{a},X,f,,,\na,{a},X,,,SK1,Y\na,{a},,,,SK1,\na,{a},,,,,Y\n\
             a,{a},,,,S:1,Y\n,{a},X,,,,\na,,X,,,,\na\u{202e},{a},X,,,,\na,{a},X,,,,\nb,{a},X,,,,\na,{b},X,,,,\nb,{b}\n"
        );
        let mistakes = AccountList::parse(&text).unwrap_err();
        let begins = [
            "line 2: `AC1` is no account SID; expected `AC` followed by 32",
            "line 3: `auth_token_variable` looks like the secret itself; write where",
            "line 4: `auth_token_command` looks like the secret itself; write where",
            "line 5: an account with several of auth_token_variable, auth_token_file, auth_token_command; keep",
            "line 6: an account with both an auth token and an API key; keep",
            "line 7: an API key without its secret; say where",
            "line 8: an API key's secret without `api_key`; add",
            "line 9: `api_key` is no API key; write",
            "line 10: an account without `name`; name it",
            "line 11: an account without `sid`; write AC",
            "line 12: `a\\u{202e}` is no name; write",
            &format!("line 14: {a} stands here twice; keep"),
            "line 15: two accounts are named `a`; rename",
            "line 16: 2 values; write 7",
        ];
        let lines: Vec<_> = mistakes.lines().collect();
        assert_eq!(lines.len(), begins.len(), "{mistakes}");
        for (line, begin) in lines.iter().zip(begins) {
            assert!(line.starts_with(begin), "{line}");
        }
        assert!(!mistakes.contains(token) && !mistakes.contains(&hidden));
        for (text, told) in [
            ("", "line 1: no account"),
            ("name,sid\n", "line 1: no account"),
            ("name,auth_token_file\n", "line 1: `name` and `sid` are needed"),
            ("name,sid,token\n", "line 1: `token` is no column"),
            ("name,sid,sid\n", "line 1: `sid` stands here twice"),
        ] {
            assert!(AccountList::parse(text).unwrap_err().starts_with(told), "{text}");
        }
    }
}

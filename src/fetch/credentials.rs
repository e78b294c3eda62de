//! Who asks: the account, and the secret that signs its requests.
//!
//! Read from an injected environment, so that `.env` files and tests need no process variables. Empty variables count
//! as unset, and a line end behind a value is no part of it, as of a file's. No value is ever part of a message.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::variable::{VariableError, set_to};
use crate::model::{AccountSid, shown};

const ACCOUNT: &str = "TWILIO_ACCOUNT_SID";
const TOKEN: SecretVariable = SecretVariable { name: "TWILIO_AUTH_TOKEN", file: "TWILIO_AUTH_TOKEN_FILE" };
const KEY: &str = "TWILIO_API_KEY";
const KEY_SECRET: SecretVariable = SecretVariable { name: "TWILIO_API_SECRET", file: "TWILIO_API_SECRET_FILE" };

/// More than any secret; keeps a wrong path from being read for ever.
const LONGEST_SECRET: u64 = 64 * 1024;
/// How long a pipe may take to give its secret; its writer may never come.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// An account with what signs its requests.
#[derive(Clone)]
pub struct Credentials {
    account: AccountSid,
    user: String,
    secret: SecretString,
}

/// Why there are no credentials.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// A variable's value means nothing.
    #[error(transparent)]
    Variable(#[from] VariableError),
    /// The account is always needed.
    #[error("TWILIO_ACCOUNT_SID is not set; set it in the environment or in .env")]
    NoAccount,
    /// The account is no account SID.
    #[error("TWILIO_ACCOUNT_SID is no account SID: expected `AC` followed by 32 hexadecimal digits")]
    InvalidAccount,
    /// Neither an auth token nor an API key.
    #[error(
        "no secret is set; set TWILIO_AUTH_TOKEN or TWILIO_AUTH_TOKEN_FILE, or TWILIO_API_KEY with TWILIO_API_SECRET \
         or TWILIO_API_SECRET_FILE, in the environment or in .env"
    )]
    NoSecret,
    /// An API key without its secret.
    #[error("TWILIO_API_KEY is set without its secret; set TWILIO_API_SECRET or TWILIO_API_SECRET_FILE too")]
    KeyWithoutSecret,
    /// An API key that cannot be a Basic user name.
    #[error("TWILIO_API_KEY is no API key: expected visible ASCII characters without `:`, such as `SK…`")]
    InvalidKey,
    /// One secret in two places.
    #[error("{name} and {file} are both set; unset one of them")]
    Both {
        /// The variable with the secret.
        name: &'static str,
        /// The variable with the file.
        file: &'static str,
    },
    /// The file of a secret cannot be read.
    #[error("cannot read {}, which {variable} names", shown(path))]
    File {
        /// The variable.
        variable: &'static str,
        /// What it names.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// The file of a secret holds nothing.
    #[error("{}, which {variable} names, holds no secret", shown(path))]
    EmptyFile {
        /// The variable.
        variable: &'static str,
        /// What it names.
        path: PathBuf,
    },
}

/// A secret's two forms: its variable, and that of a file which holds it.
#[derive(Debug, Clone, Copy)]
pub struct SecretVariable {
    /// The variable with the secret.
    pub name: &'static str,
    /// The variable with the file.
    pub file: &'static str,
}

/// What a variable is set to, or why that means nothing.
pub type Lookup = Result<Option<String>, VariableError>;

/// The account alone: it keys ledger and bucket.
pub fn account_sid(lookup: impl Fn(&str) -> Lookup) -> Result<AccountSid, CredentialsError> {
    let text = set(&lookup, ACCOUNT)?.ok_or(CredentialsError::NoAccount)?;
    text.parse().map_err(|_| CredentialsError::InvalidAccount)
}

/// By what requests are signed, and the variables that say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// The account's auth token.
    AuthToken {
        /// Its variable.
        token: &'static str,
    },
    /// An API key of the account.
    ApiKey {
        /// The key's variable.
        key: &'static str,
        /// Its secret's.
        secret: &'static str,
    },
}

impl Signing {
    /// What [`Credentials::read`] chooses where these variables are set.
    pub fn chosen(is_set: impl Fn(&str) -> bool) -> Self {
        if is_set(KEY) {
            Self::ApiKey { key: KEY, secret: KEY_SECRET.chosen(is_set) }
        } else {
            Self::AuthToken { token: TOKEN.chosen(is_set) }
        }
    }
}

/// The text of a file that holds a secret, as [`Credentials::read`] wants it; refuses files over 64 KiB, and pipes that give
/// nothing within 30 s.
pub fn read_secret_file(path: &Path) -> io::Result<String> {
    read_within(path, LONGEST_WAIT)
}

fn read_within(path: &Path, longest: Duration) -> io::Result<String> {
    if fs::metadata(path)?.is_file() {
        return read_bounded(path);
    }
    // Already to open a pipe waits for who writes to it: the thread of one that nobody does ends with the process.
    let (done, awaited) = channel();
    let pipe = path.to_owned();
    std::thread::Builder::new().name("secret".to_owned()).spawn(move || {
        // Nobody may wait any more.
        let _ = done.send(read_bounded(&pipe));
    })?;
    awaited.recv_timeout(longest).unwrap_or_else(|_| {
        let problem = format!("it is a pipe that gave no secret within {} s", longest.as_secs());
        Err(io::Error::new(io::ErrorKind::TimedOut, problem))
    })
}

fn read_bounded(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LONGEST_SECRET + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST_SECRET {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is too large for a secret"));
    }
    Ok(text)
}

impl Credentials {
    /// Every variable that is looked up.
    pub const VARIABLES: [&'static str; 6] = [ACCOUNT, TOKEN.name, TOKEN.file, KEY, KEY_SECRET.name, KEY_SECRET.file];

    /// Credentials known already, such as the simulator's.
    #[must_use]
    pub fn new(account: AccountSid, user: String, secret: SecretString) -> Self {
        Self { account, user, secret }
    }

    /// Reads `TWILIO_ACCOUNT_SID` with an API key and its secret, or else with the auth token; each secret may stand
    /// in a file that `…_FILE` names.
    pub fn read(
        lookup: impl Fn(&str) -> Lookup,
        read_file: impl Fn(&Path) -> io::Result<String>,
    ) -> Result<Self, CredentialsError> {
        let account = account_sid(&lookup)?;
        if let Some(user) = set(&lookup, KEY)? {
            if !user.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':') {
                return Err(CredentialsError::InvalidKey);
            }
            let secret = KEY_SECRET.read(&lookup, &read_file)?.ok_or(CredentialsError::KeyWithoutSecret)?;
            return Ok(Self { account, user, secret });
        }
        let secret = TOKEN.read(&lookup, &read_file)?.ok_or(CredentialsError::NoSecret)?;
        Ok(Self { account, user: account.to_string(), secret })
    }

    /// Whose numbers are asked for.
    #[must_use]
    pub const fn account(&self) -> AccountSid {
        self.account
    }

    /// The Basic user name: the account, or an API key.
    pub(super) fn user(&self) -> &str {
        &self.user
    }

    /// For the Authorization header, and for keeping it out of messages.
    pub(super) fn secret(&self) -> &str {
        self.secret.expose_secret()
    }
}

/// Shows the account only.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("account", &self.account).finish_non_exhaustive()
    }
}

impl SecretVariable {
    fn chosen(&self, is_set: impl Fn(&str) -> bool) -> &'static str {
        if is_set(self.name) { self.name } else { self.file }
    }

    /// The secret, if one of them is set.
    ///
    /// # Errors
    /// Both are set, or the file holds no secret.
    pub fn read(
        &self,
        lookup: &impl Fn(&str) -> Lookup,
        read_file: &impl Fn(&Path) -> io::Result<String>,
    ) -> Result<Option<SecretString>, CredentialsError> {
        match (set(lookup, self.name)?, set(lookup, self.file)?) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(CredentialsError::Both { name: self.name, file: self.file }),
            (Some(secret), None) => Ok(Some(secret.into())),
            (None, Some(path)) => {
                let (variable, path) = (self.file, PathBuf::from(path));
                let text = match read_file(&path) {
                    Ok(text) => text,
                    Err(source) => return Err(CredentialsError::File { variable, path, source }),
                };
                let secret = set_to(&text).ok_or(CredentialsError::EmptyFile { variable, path })?;
                Ok(Some(secret.into()))
            }
        }
    }
}

fn set(lookup: &impl Fn(&str) -> Lookup, name: &str) -> Lookup {
    Ok(lookup(name)?.and_then(|value| set_to(&value).map(str::to_owned)))
}

#[cfg(test)]
mod tests;

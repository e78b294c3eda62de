//! Who asks: the account, and the secret that signs its requests.
//!
//! Read from an injected environment, so that `.env` files and tests need no process variables. Empty variables count
//! as unset. No value is ever part of a message.

use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use crate::model::AccountSid;

const ACCOUNT: &str = "TWILIO_ACCOUNT_SID";
const TOKEN: SecretVariable = SecretVariable { name: "TWILIO_AUTH_TOKEN", file: "TWILIO_AUTH_TOKEN_FILE" };
const KEY: &str = "TWILIO_API_KEY";
const KEY_SECRET: SecretVariable = SecretVariable { name: "TWILIO_API_SECRET", file: "TWILIO_API_SECRET_FILE" };

/// More than any secret; keeps a wrong path from being read for ever.
const LONGEST_SECRET: u64 = 64 * 1024;

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
    #[error("cannot read {}, which {variable} names", .path.display())]
    File {
        /// The variable.
        variable: &'static str,
        /// What it names.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file of a secret holds nothing.
    #[error("{}, which {variable} names, holds no secret", .path.display())]
    EmptyFile {
        /// The variable.
        variable: &'static str,
        /// What it names.
        path: PathBuf,
    },
}

struct SecretVariable {
    name: &'static str,
    file: &'static str,
}

/// The account alone: it keys ledger and bucket.
pub fn account_sid(lookup: impl Fn(&str) -> Option<String>) -> Result<AccountSid, CredentialsError> {
    let text = set(&lookup, ACCOUNT).ok_or(CredentialsError::NoAccount)?;
    text.parse().map_err(|_| CredentialsError::InvalidAccount)
}

/// The text of a file that holds a secret, as [`Credentials::read`] wants it; refuses files over 64 KiB.
pub fn read_secret_file(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(LONGEST_SECRET + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST_SECRET {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is too large for a secret"));
    }
    Ok(text)
}

impl Credentials {
    /// Credentials known already, such as the simulator's.
    #[must_use]
    pub fn new(account: AccountSid, user: String, secret: SecretString) -> Self {
        Self { account, user, secret }
    }

    /// Reads `TWILIO_ACCOUNT_SID` with an API key and its secret, or else with the auth token; each secret may stand
    /// in a file that `…_FILE` names, whose trailing line end is dropped.
    pub fn read(
        lookup: impl Fn(&str) -> Option<String>,
        read_file: impl Fn(&Path) -> io::Result<String>,
    ) -> Result<Self, CredentialsError> {
        let account = account_sid(&lookup)?;
        if let Some(user) = set(&lookup, KEY) {
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
    fn read(
        &self,
        lookup: &impl Fn(&str) -> Option<String>,
        read_file: &impl Fn(&Path) -> io::Result<String>,
    ) -> Result<Option<SecretString>, CredentialsError> {
        match (set(lookup, self.name), set(lookup, self.file)) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(CredentialsError::Both { name: self.name, file: self.file }),
            (Some(secret), None) => Ok(Some(secret.into())),
            (None, Some(path)) => {
                let (variable, path) = (self.file, PathBuf::from(path));
                let text = match read_file(&path) {
                    Ok(text) => text,
                    Err(source) => return Err(CredentialsError::File { variable, path, source }),
                };
                match text.trim_end_matches(['\r', '\n']) {
                    "" => Err(CredentialsError::EmptyFile { variable, path }),
                    secret => Ok(Some(secret.into())),
                }
            }
        }
    }
}

fn set(lookup: &impl Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    lookup(name).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SID: &str = "AC0123456789abcdef0123456789abcdef";

    fn read(environment: &[(&str, &str)]) -> Result<Credentials, CredentialsError> {
        let lookup =
            |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Credentials::read(lookup, |path| match path.to_str() {
            Some("/run/token") => Ok("file-s3cret\n".to_owned()),
            Some("/run/crlf") => Ok("file-s3cret\r\n".to_owned()),
            Some("/run/bare") => Ok("file s3cret ".to_owned()),
            Some("/run/empty") => Ok("\n".to_owned()),
            _ => Err(io::ErrorKind::NotFound.into()),
        })
    }

    #[test]
    fn the_environment_names_a_user_and_a_secret() {
        for (environment, user, secret) in [
            (&[("TWILIO_AUTH_TOKEN", "s3cret")][..], SID, "s3cret"),
            (&[("TWILIO_AUTH_TOKEN_FILE", "/run/token")], SID, "file-s3cret"),
            (&[("TWILIO_AUTH_TOKEN_FILE", "/run/crlf")], SID, "file-s3cret"),
            (&[("TWILIO_AUTH_TOKEN_FILE", "/run/bare")], SID, "file s3cret "),
            (&[("TWILIO_AUTH_TOKEN", ""), ("TWILIO_AUTH_TOKEN_FILE", "/run/token")], SID, "file-s3cret"),
            (&[("TWILIO_API_KEY", "SK1"), ("TWILIO_API_SECRET", "s3cret")], "SK1", "s3cret"),
            (&[("TWILIO_API_KEY", "SK1"), ("TWILIO_API_SECRET_FILE", "/run/token")], "SK1", "file-s3cret"),
            (
                &[("TWILIO_API_KEY", "SK1"), ("TWILIO_API_SECRET", "s3cret"), ("TWILIO_AUTH_TOKEN", "other")],
                "SK1",
                "s3cret",
            ),
            (&[("TWILIO_API_KEY", ""), ("TWILIO_API_SECRET", "other"), ("TWILIO_AUTH_TOKEN", "s3cret")], SID, "s3cret"),
        ] {
            let credentials = read(&[environment, &[(ACCOUNT, SID)]].concat()).unwrap();
            assert_eq!((credentials.user(), credentials.secret()), (user, secret));
            assert_eq!(credentials.account().to_string(), SID);
        }
    }

    #[test]
    fn what_is_missing_or_wrong_is_named_and_no_value_shown() {
        let account = (ACCOUNT, SID);
        for (environment, expected) in [
            (&[("TWILIO_AUTH_TOKEN", "s3cret")][..], "TWILIO_ACCOUNT_SID is not set"),
            (&[(ACCOUNT, ""), ("TWILIO_AUTH_TOKEN", "s3cret")], "TWILIO_ACCOUNT_SID is not set"),
            (&[(ACCOUNT, "s3cret")], "TWILIO_ACCOUNT_SID is no account SID"),
            (&[account], "no secret is set"),
            (&[account, ("TWILIO_AUTH_TOKEN", "")], "no secret is set"),
            (&[account, ("TWILIO_API_SECRET", "s3cret")], "no secret is set"),
            (&[account, ("TWILIO_API_KEY", "SK1")], "TWILIO_API_KEY is set without its secret"),
            (&[account, ("TWILIO_API_KEY", "SK1"), ("TWILIO_AUTH_TOKEN", "s3cret")], "without its secret"),
            (&[account, ("TWILIO_API_KEY", "SK1:s3cret"), ("TWILIO_API_SECRET", "s3cret")], "is no API key"),
            (
                &[account, ("TWILIO_AUTH_TOKEN", "s3cret"), ("TWILIO_AUTH_TOKEN_FILE", "/run/token")],
                "TWILIO_AUTH_TOKEN and TWILIO_AUTH_TOKEN_FILE are both set",
            ),
            (&[account, ("TWILIO_AUTH_TOKEN_FILE", "/none")], "cannot read /none, which TWILIO_AUTH_TOKEN_FILE names"),
            (
                &[account, ("TWILIO_AUTH_TOKEN_FILE", "/run/empty")],
                "/run/empty, which TWILIO_AUTH_TOKEN_FILE names, ho",
            ),
        ] {
            let error = read(environment).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
        }
    }

    #[test]
    fn the_account_alone_needs_no_secret() {
        assert_eq!(account_sid(|_| Some(SID.to_owned())).unwrap().to_string(), SID);
        assert!(account_sid(|_| None).is_err());
    }

    #[test]
    fn debug_shows_neither_key_nor_secret() {
        let credentials = read(&[(ACCOUNT, SID), (KEY, "SKabc"), ("TWILIO_API_SECRET", "s3cret")]).unwrap();
        assert_eq!(format!("{credentials:?}"), format!("Credentials {{ account: {SID}, .. }}"));
    }

    #[test]
    fn secret_files_are_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "s3cret\n").unwrap();
        assert_eq!(read_secret_file(&path).unwrap(), "s3cret\n");
        std::fs::write(&path, "x".repeat(65 * 1024)).unwrap();
        assert!(read_secret_file(&path).is_err());
        assert!(read_secret_file(folder.path()).is_err());
    }
}

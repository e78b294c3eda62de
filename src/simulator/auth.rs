//! HTTP Basic authentication: an account or API key SID and its secret.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Who is let in: to the one simulated account, or each to his own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Auth {
    /// Any `AC` or `SK` followed by 32 hexadecimal digits, with a secret that is not empty.
    #[default]
    AnyWellFormed,
    /// These credentials only.
    Exactly(Credentials),
}

/// A well-formed SID and a secret. Its debug form hides the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    sid: String,
    secret: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("sid", &self.sid).finish_non_exhaustive()
    }
}

/// The text is not `SID:SECRET`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected SID:SECRET, where the SID is AC or SK followed by 32 hexadecimal digits and the secret is not empty")]
pub struct InvalidCredentials;

impl FromStr for Credentials {
    type Err = InvalidCredentials;

    fn from_str(text: &str) -> Result<Self, InvalidCredentials> {
        let (sid, secret) = text.split_once(':').ok_or(InvalidCredentials)?;
        if !is_sid(sid) || secret.is_empty() {
            return Err(InvalidCredentials);
        }
        Ok(Self { sid: sid.to_owned(), secret: secret.to_owned() })
    }
}

/// `SID:SECRET` lets these credentials in and no others.
impl FromStr for Auth {
    type Err = InvalidCredentials;

    fn from_str(text: &str) -> Result<Self, InvalidCredentials> {
        text.parse().map(Self::Exactly)
    }
}

impl Auth {
    /// Whose SID an `Authorization` header bears that opens the account.
    pub(super) fn admit(&self, header: Option<&[u8]>) -> Option<String> {
        let (scheme, encoded) = header?.split_at_checked(6)?;
        if !scheme.eq_ignore_ascii_case(b"Basic ") {
            return None;
        }
        let decoded = STANDARD.decode(encoded.trim_ascii()).ok()?;
        let (sid, secret) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
        let is_right = match self {
            Self::AnyWellFormed => is_sid(sid) && !secret.is_empty(),
            Self::Exactly(credentials) => credentials.sid == sid && credentials.secret == secret,
        };
        is_right.then(|| sid.to_owned())
    }
}

fn is_sid(text: &str) -> bool {
    let digits = text.strip_prefix("AC").or_else(|| text.strip_prefix("SK"));
    digits.is_some_and(|digits| digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(user: &str) -> Vec<u8> {
        format!("Basic {}", STANDARD.encode(user)).into_bytes()
    }

    #[test]
    fn any_well_formed_credentials_or_exactly_one() {
        let zeros = "0".repeat(32);
        let exactly: Auth = format!("AC{zeros}:open:sesame").parse().unwrap();
        for (user, any, exact) in [
            (format!("AC{zeros}:open:sesame"), true, true),
            (format!("AC{zeros}:closed"), true, false),
            (format!("SK{zeros}:open:sesame"), true, false),
            (format!("AC{zeros}:"), false, false),
            (format!("AC{zeros}"), false, false),
            (format!("AC{zeros}0:x"), false, false),
            (format!("XX{zeros}:x"), false, false),
            (":".to_owned(), false, false),
        ] {
            assert_eq!(Auth::AnyWellFormed.admit(Some(&header(&user))).is_some(), any, "{user}");
            assert_eq!(exactly.admit(Some(&header(&user))).is_some(), exact, "{user}");
        }
        for bad in [&b""[..], b"Basic", b"Basic !!!", b"Bearer QUMwOng="] {
            assert!(Auth::AnyWellFormed.admit(Some(bad)).is_none());
        }
        assert!(Auth::AnyWellFormed.admit(None).is_none());
    }

    #[test]
    fn secrets_are_not_shown() {
        let auth: Auth = format!("AC{}:sesame", "0".repeat(32)).parse().unwrap();
        assert!(!format!("{auth:?}").contains("sesame"));
        for bad in ["", "AC:x", "sesame"] {
            assert_eq!(bad.parse::<Auth>(), Err(InvalidCredentials));
        }
    }
}

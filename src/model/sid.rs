//! Twilio's 34-character identifiers, held as the 32 hexadecimal digits after their two letters.

use std::fmt;
use std::str::FromStr;

macro_rules! sid {
    ($(#[$doc:meta])* $name:ident, $letters:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 32]);

        impl $name {
            /// The identifier whose digits are all zero.
            pub const ZEROS: Self = Self([b'0'; 32]);

            fn digits(&self) -> &str {
                std::str::from_utf8(&self.0).expect("only ASCII hexadecimal digits are ever stored")
            }
        }

        impl FromStr for $name {
            type Err = InvalidSid;

            fn from_str(text: &str) -> Result<Self, InvalidSid> {
                let digits = text.strip_prefix($letters).and_then(|rest| <[u8; 32]>::try_from(rest.as_bytes()).ok());
                match digits {
                    Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => Ok(Self(digits)),
                    _ => Err(InvalidSid { letters: $letters }),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($letters)?;
                f.write_str(self.digits())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

/// The text is not two known letters and 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected `{letters}` followed by 32 hexadecimal digits")]
pub struct InvalidSid {
    letters: &'static str,
}

sid! {
    /// An account, `^AC[0-9a-fA-F]{32}$`. Upper and lower case are kept as given.
    AccountSid, "AC"
}
sid! {
    /// A Verify service, `^VA[0-9a-fA-F]{32}$`. [`ServiceSid::ZEROS`] is counted as any other; `probe` takes it for one
    /// that the account does not have.
    ServiceSid, "VA"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_form_parses() {
        let good = format!("VA{}", "0aF9".repeat(8));
        assert_eq!(good.parse::<ServiceSid>().unwrap().to_string(), good);
        for bad in [
            "",
            "VA",
            "va00000000000000000000000000000000",
            &good[..33],
            &format!("{good}0"),
            &format!("AC{}", "0".repeat(32)),
        ] {
            assert!(bad.parse::<ServiceSid>().is_err(), "{bad}");
        }
        assert!(format!("VA{}g", "0".repeat(31)).parse::<ServiceSid>().is_err());
    }
}

//! Keeps the secret out of texts that came from outside: a server may echo what it was sent, in any spelling. Pure.
//!
//! Looked for are the secret as it is, as URLs and quoted texts escape it, and what Base64 makes of it wherever it
//! stands in a longer text. Of Base64 only the letters that depend on the secret alone count, so that `SECRET`,
//! `SID:SECRET` and a cut-off header are found alike. Such letters of a very short secret would be found by chance
//! everywhere; they are left alone.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use secrecy::{ExposeSecret, SecretString};

const REDACTED: &str = "[redacted]";
/// Fewer letters of Base64 than this say nothing.
const FEWEST_LETTERS: usize = 8;

/// Knows what must not be told. Has no debug form of its own; what it holds shows itself as redacted.
pub(super) struct Redactor {
    /// Longest first, so that a whole header goes before its parts.
    marks: Vec<SecretString>,
}

impl Redactor {
    /// For what stands in the Authorization header.
    pub(super) fn new(user: &str, secret: &str) -> Self {
        let escaped = format!("{secret:?}");
        let mut marks = vec![
            secret.to_owned(),
            escaped.trim_matches('"').to_owned(),
            url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
        ];
        let whole = STANDARD.encode(format!("{user}:{secret}"));
        let encoded = std::iter::once(whole).chain(letters_of(secret));
        for letters in encoded.filter(|letters| letters.len() >= FEWEST_LETTERS) {
            marks.push(letters.replace('+', "-").replace('/', "_"));
            marks.push(letters);
        }
        marks.retain(|mark| !mark.is_empty());
        marks.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        marks.dedup();
        Self { marks: marks.into_iter().map(SecretString::from).collect() }
    }

    /// The text without what must not be told.
    pub(super) fn redact(&self, text: &str) -> String {
        let told = |text: String, mark: &SecretString| text.replace(mark.expose_secret(), REDACTED);
        self.marks.iter().fold(text.to_owned(), told)
    }
}

/// Base64 cuts its input in threes, so a text has three spellings, by what stands before it. Of each, the letters that
/// depend on nothing but the text.
fn letters_of(text: &str) -> impl Iterator<Item = String> + '_ {
    (0..3_usize).map(move |before| {
        let padded = [&[0; 2][..before], text.as_bytes()].concat();
        let encoded = STANDARD_NO_PAD.encode(&padded);
        encoded.get((before * 8).div_ceil(6)..padded.len() * 8 / 6).unwrap_or_default().to_owned()
    })
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};

    use super::*;

    const SECRET: &str = "s3cret/?>~\"marker";

    #[test]
    fn no_spelling_of_the_secret_passes() {
        let redactor = Redactor::new("AC1", SECRET);
        let mut spellings = vec![SECRET.to_owned(), "s3cret%2F%3F%3E%7E%22marker".to_owned(), format!("{SECRET:?}")];
        for before in ["", "A", "AB", "ABC", "AC1:"] {
            for after in ["", "x", "xy", "xyz"] {
                let text = format!("{before}{SECRET}{after}");
                spellings.extend([STANDARD.encode(&text), STANDARD_NO_PAD.encode(&text)]);
                spellings.extend([URL_SAFE.encode(&text), URL_SAFE_NO_PAD.encode(&text)]);
            }
        }
        for spelling in spellings {
            let told = redactor.redact(&format!("no <{spelling}> here"));
            assert!(told.contains(REDACTED), "{spelling}: {told}");
            assert!(told.starts_with("no <") && told.ends_with("> here"), "{told}");
        }
    }

    #[test]
    fn what_is_not_the_secret_passes() {
        let redactor = Redactor::new("AC1", SECRET);
        for text in ["", "HTTP 400, code 60200: Invalid parameter", "s3cret", "AC1"] {
            assert_eq!(redactor.redact(text), text);
        }
        let short = Redactor::new("AC1", "abc");
        assert_eq!(short.redact("YWJj is Base64 of abc"), "YWJj is Base64 of [redacted]");
        assert_eq!(Redactor::new("AC1", "").redact("nothing"), "nothing");
    }
}

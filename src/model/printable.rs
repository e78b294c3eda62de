//! Texts from outside, fit to be read: what a terminal or a page would obey instead of showing is shown as an escape.
//!
//! That are control characters, which move the cursor, colour, ring or rename the window; line and paragraph
//! separators; characters that reorder what stands around them; and invisible ones, by which two names look alike.
//! Joiners stay: names in some scripts are not spelt without them. Whatever enters a sentence for people passes
//! [`printable`] or [`shown`]; machines read values as they are, by way of [`escaped_json`].

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::path::Path;

/// Whether a character is obeyed or invisible rather than seen.
const fn is_hidden(letter: char) -> bool {
    matches!(
        letter,
        // Controls.
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
        // Marks, embeddings, overrides and isolates of the direction of writing; separators of lines and paragraphs.
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        // Without any width: soft hyphens, spaces, invisible operators, annotations, tags.
        | '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}'
    )
}

/// The text as part of one line: `\n`, `\u{1b}`, `\u{202e}` in place of what would not be seen.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, is_hidden, |out, letter| out.extend(letter.escape_default()))
}

/// The same of a text of many lines.
#[must_use]
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |letter| letter != '\n' && is_hidden(letter), |out, letter| out.extend(letter.escape_default()))
}

/// The same JSON without a character that would not be seen: each is written by its number, so that every value stays
/// what it is. Outside of strings JSON has none but white space, which stays.
#[must_use]
pub fn escaped_json(text: &str) -> Cow<'_, str> {
    let is_odd = |letter| is_hidden(letter) && !matches!(letter, '\t' | '\n' | '\r');
    escaped(text, is_odd, |out, letter| {
        for unit in letter.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    })
}

fn escaped(text: &str, is_odd: impl Fn(char) -> bool, escape: impl Fn(&mut String, char)) -> Cow<'_, str> {
    let Some(first) = text.find(&is_odd) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(&text[..first]);
    for letter in text[first..].chars() {
        if is_odd(letter) { escape(&mut out, letter) } else { out.push(letter) }
    }
    Cow::Owned(out)
}

/// A path in a sentence.
pub fn shown(path: &Path) -> impl fmt::Display + '_ {
    fmt::from_fn(move |f| f.write_str(&printable(&path.to_string_lossy())))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_would_be_obeyed_is_shown() {
        for (text, expected) in [
            ("", ""),
            ("Zürich 東京 🇨🇴 \"'\\", "Zürich 東京 🇨🇴 \"'\\"),
            ("می\u{200c}خواهم 👩\u{200d}🚀", "می\u{200c}خواهم 👩\u{200d}🚀"),
            ("a\u{1b}[31mb\u{7}", "a\\u{1b}[31mb\\u{7}"),
            ("a\r\n\tb\0\u{7f}\u{9b}", "a\\r\\n\\tb\\u{0}\\u{7f}\\u{9b}"),
            ("\u{202e}fdp.exe\u{2066}\u{200e}\u{61c}", "\\u{202e}fdp.exe\\u{2066}\\u{200e}\\u{61c}"),
            ("a\u{200b}b\u{feff}\u{ad}\u{2028}\u{e0041}", "a\\u{200b}b\\u{feff}\\u{ad}\\u{2028}\\u{e0041}"),
        ] {
            assert_eq!(printable(text), expected, "{text:?}");
        }
        assert_eq!(printable_lines("a\r\nb\u{85}"), "a\\r\nb\\u{85}");
        assert_eq!(shown(Path::new("a\n/\u{1b}b")).to_string(), "a\\n/\\u{1b}b");
    }

    #[test]
    fn json_keeps_its_values() {
        let value = serde_json::json!({ "a\u{202e}": ["\u{1b}\u{7f}\u{9b}\n\t", "\u{e0041}é🚀"] });
        for text in [value.to_string(), format!("{value:#}")] {
            let escaped = escaped_json(&text);
            assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), value);
            assert!(!escaped.contains(|letter| letter != '\n' && is_hidden(letter)), "{escaped:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_hidden_stays(text in any::<String>()) {
            let shown = printable(&text);
            prop_assert!(!shown.contains(is_hidden));
            prop_assert_eq!(text.contains(is_hidden), shown != text);
        }

        #[test]
        fn any_json_keeps_its_value(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(serde_json::from_str::<String>(&escaped_json(&json)).unwrap(), text);
        }
    }
}

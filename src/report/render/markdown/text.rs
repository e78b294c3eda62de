//! Texts of users, which Markdown is to show as they are.

use crate::model::printable;

/// Texts of users on one line: no table cell, emphasis, link or entity begins or ends in them, and none is a list.
pub(super) fn escaped(text: &str) -> String {
    let spaced = text.replace(['\n', '\r', '\t'], " ");
    let mut out = String::with_capacity(text.len());
    for letter in printable(spaced.trim()).chars() {
        let is_special = match letter {
            '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '\\' | '#' | '&' | '~' | '$' => true,
            '-' | '+' | '=' => out.is_empty(),
            '.' | ')' => !out.is_empty() && out.bytes().all(|digit| digit.is_ascii_digit()),
            _ => false,
        };
        if is_special {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_users_stay_texts() {
        for (text, expected) in [
            ("a|b *c* <d>\n`e`", "a\\|b \\*c\\* \\<d\\> \\`e\\`"),
            ("[a](https://b) &lt; ~~c~~ $d$", "\\[a\\](https://b) \\&lt; \\~\\~c\\~\\~ \\$d\\$"),
            ("- a - b", "\\- a - b"),
            (" \n1. a. b", "1\\. a. b"),
            ("1) a", "1\\) a"),
            ("=\n---", "\\= ---"),
            ("a\u{1b}[31m\u{202e}\r\nb", "a\\\\u{1b}\\[31m\\\\u{202e}  b"),
        ] {
            assert_eq!(escaped(text), expected, "{text:?}");
        }
    }
}

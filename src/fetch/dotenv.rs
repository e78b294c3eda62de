//! `.env` files: `KEY=VALUE` lines, as a shell would set them, but without substitution: a secret may hold a `$`.
//!
//! Blank lines and `#` comments pass, `export ` may stand before a key. A bare value ends before ` #` and is trimmed;
//! in single quotes everything is literal; in double quotes `\n`, `\"`, `\\` and `\$` are escapes. Of equal keys the
//! last wins. Any other line is refused, naming its number and never its text, which may be a secret. Pure.

use std::collections::HashMap;
use std::fmt;

/// The assignments of a `.env` file.
#[derive(Clone, Default)]
pub struct DotEnv {
    values: HashMap<String, String>,
}

/// A line that is no assignment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of .env {problem}")]
pub struct DotEnvError {
    /// Counted from 1.
    pub line: usize,
    problem: &'static str,
}

impl DotEnv {
    /// Reads a file's text.
    pub fn parse(text: &str) -> Result<Self, DotEnvError> {
        let mut values = HashMap::new();
        for (index, line) in text.strip_prefix('\u{feff}').unwrap_or(text).lines().enumerate() {
            match assignment(line.trim()) {
                Ok(Some((key, value))) => {
                    values.insert(key.to_owned(), value);
                }
                Ok(None) => {}
                Err(problem) => return Err(DotEnvError { line: index + 1, problem }),
            }
        }
        Ok(Self { values })
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }
}

/// Shows the keys only.
impl fmt::Debug for DotEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

fn assignment(line: &str) -> Result<Option<(&str, String)>, &'static str> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let line = match line.strip_prefix("export") {
        Some(rest) if rest.starts_with([' ', '\t']) => rest.trim_start(),
        _ => line,
    };
    let (key, value) = line.split_once('=').ok_or("is not KEY=VALUE")?;
    let key = key.trim_end();
    let mut bytes = key.bytes();
    let named = bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !named {
        return Err("has a key that is not made of letters, digits and _");
    }
    let value = value.trim_start();
    let value = match value.chars().next() {
        Some('\'') => single_quoted(&value[1..])?,
        Some('"') => double_quoted(&value[1..])?,
        _ => bare(value).to_owned(),
    };
    Ok(Some((key, value)))
}

fn bare(value: &str) -> &str {
    let comment = value
        .char_indices()
        .find(|&(at, letter)| letter == '#' && value[..at].chars().next_back().is_none_or(char::is_whitespace));
    comment.map_or(value, |(at, _)| &value[..at]).trim_end()
}

fn single_quoted(rest: &str) -> Result<String, &'static str> {
    let (value, after) = rest.split_once('\'').ok_or("has a quote that is not closed on its line")?;
    nothing_but_a_comment(after)?;
    Ok(value.to_owned())
}

fn double_quoted(rest: &str) -> Result<String, &'static str> {
    let mut value = String::new();
    let mut letters = rest.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                nothing_but_a_comment(letters.as_str())?;
                return Ok(value);
            }
            '\\' => value.push(match letters.next() {
                Some('n') => '\n',
                Some(escaped @ ('"' | '\\' | '$')) => escaped,
                _ => return Err(r#"has an escape other than \n \" \\ \$"#),
            }),
            _ => value.push(letter),
        }
    }
    Err("has a quote that is not closed on its line")
}

fn nothing_but_a_comment(after: &str) -> Result<(), &'static str> {
    let after = after.trim_start();
    if after.is_empty() || after.starts_with('#') { Ok(()) } else { Err("goes on after the closing quote") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_of_every_form() {
        for (line, expected) in [
            ("K=value", "value"),
            ("  K = value  ", "value"),
            ("export K=value", "value"),
            ("export\tK=value", "value"),
            ("K=", ""),
            ("K=# a comment", ""),
            ("K=a#b", "a#b"),
            ("K=a # comment", "a"),
            ("K=a=b==", "a=b=="),
            ("K=$HOME", "$HOME"),
            ("K='a # \\n $b \" '", "a # \\n $b \" "),
            ("K='a' # comment", "a"),
            (r#"K="a\n\"\\\$b # c""#, "a\n\"\\$b # c"),
            (r#"K="a" # comment"#, "a"),
            ("K=a\r", "a"),
            ("\u{feff}K=a", "a"),
            ("K=a\nK=b", "b"),
            ("# K=a\n\n\nK=b", "b"),
            ("K=größe", "größe"),
        ] {
            assert_eq!(DotEnv::parse(line).unwrap().get("K"), Some(expected), "{line}");
        }
        assert_eq!(DotEnv::parse("exported=1").unwrap().get("exported"), Some("1"));
        assert_eq!(DotEnv::parse("").unwrap().get("K"), None);
    }

    #[test]
    fn other_lines_are_refused_without_showing_them() {
        for (text, line) in [
            ("s3cret", 1),
            ("A=1\n\ns3cret", 3),
            ("=s3cret", 1),
            ("1A=s3cret", 1),
            ("A B=s3cret", 1),
            ("A-B=s3cret", 1),
            ("A='s3cret", 1),
            ("A=\"s3cret", 1),
            ("A=\"s3cret\\", 1),
            ("A=\"s3cret\\x\"", 1),
            ("A='s3cret' more", 1),
            ("A=\"s3cret\"more", 1),
            ("export s3cret", 1),
        ] {
            let error = DotEnv::parse(text).unwrap_err();
            assert_eq!(error.line, line, "{text}");
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
        }
    }

    #[test]
    fn debug_shows_no_values() {
        let shown = format!("{:?}", DotEnv::parse("TOKEN=s3cret").unwrap());
        assert_eq!(shown, r#"{"TOKEN"}"#);
    }

    proptest! {
        #[test]
        fn any_text_parses_or_is_refused(text in "\\PC*") {
            let _ = DotEnv::parse(&text);
        }

        #[test]
        fn single_quotes_keep_everything(value in "[^'\\r\\n]*") {
            let parsed = DotEnv::parse(&format!("K='{value}'")).unwrap();
            prop_assert_eq!(parsed.get("K"), Some(value.as_str()));
        }
    }
}

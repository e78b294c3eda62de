//! `.env` files: `KEY=VALUE` lines, as a shell would set them, but without substitution: a secret may hold a `$`.
//!
//! Only our variables are read. The file is other programs' too, so whatever else stands in it is passed over, in any
//! form and encoding: sections, dotted keys, lines without a `=`. A value of theirs that is quoted may span lines, as a
//! PEM key does, and what stands inside is no line of its own; a quote opens nothing if none closes it at a line's end.
//!
//! `export ` may stand before a key. A bare value ends before ` #` and is trimmed; in single quotes everything is
//! literal; in double quotes `\n`, `\"`, `\\` and `\$` are escapes. Of equal keys the last wins. A line of ours that
//! means nothing is told when its value is wanted, by its number and variable, never by its text, which may be a secret.
//! Pure.

use std::collections::HashMap;
use std::fmt;

use super::variable::{Place, VariableError};

/// Our assignments of a `.env` file.
#[derive(Clone, Default)]
pub struct DotEnv {
    values: HashMap<String, Result<String, VariableError>>,
}

impl DotEnv {
    /// Reads a file's text as far as it sets one of the variables.
    #[must_use]
    pub fn parse(text: &[u8], ours: &[&str]) -> Self {
        let mut values = HashMap::new();
        let mut rest = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut number = 0;
        while !rest.is_empty() {
            number += 1;
            let (line, after) = first_line(rest);
            let passed = match our_assignment(line, ours) {
                Some((variable, value)) => {
                    let place = Place::DotEnv { line: number };
                    let read = value.and_then(value_of);
                    let read = read.map_err(|problem| VariableError { variable: variable.to_owned(), place, problem });
                    values.insert(variable.to_owned(), read);
                    None
                }
                None => {
                    opened_quote(line).and_then(|(quote, begun)| closed(quote, &rest[begun..]).map(|end| begun + end))
                }
            };
            rest = match passed {
                Some(passed) if passed > line.len() => {
                    number += rest[..passed].split(|byte| *byte == b'\n').count() - 1;
                    first_line(&rest[passed..]).1
                }
                _ => after,
            };
        }
        Self { values }
    }

    /// The value of one of our variables.
    ///
    /// # Errors
    /// If the line that sets it means nothing.
    pub fn get(&self, variable: &str) -> Result<Option<&str>, VariableError> {
        match self.values.get(variable) {
            None => Ok(None),
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(error)) => Err(error.clone()),
        }
    }
}

/// Shows the keys only.
impl fmt::Debug for DotEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

/// The text up to its first line feed, and what comes after that.
fn first_line(text: &[u8]) -> (&[u8], &[u8]) {
    match text.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&text[..end], &text[end + 1..]),
        None => (text, &[]),
    }
}

/// A line from its key on.
fn without_export(line: &[u8]) -> &[u8] {
    let line = line.trim_ascii_start();
    match line.strip_prefix(b"export") {
        Some(rest) if rest.first().is_some_and(u8::is_ascii_whitespace) => rest.trim_ascii_start(),
        _ => line,
    }
}

/// The variable of ours that a line is about, and what stands behind its `=`. A name alone, as for a shell to hand on,
/// sets nothing.
fn our_assignment<'a, 'n>(line: &'a [u8], ours: &[&'n str]) -> Option<(&'n str, Result<&'a [u8], &'static str>)> {
    let line = without_export(line);
    ours.iter().find_map(|variable| {
        let after = line.strip_prefix(variable.as_bytes())?;
        match after.trim_ascii_start() {
            [b'=', value @ ..] => Some((*variable, Ok(value))),
            [] => None,
            _ if after[0] == b':' || after[0].is_ascii_whitespace() => Some((*variable, Err("is not followed by ="))),
            // Another program's key that begins alike.
            _ => None,
        }
    })
}

/// The quote that opens the value of a foreign line, and where the value begins behind it.
fn opened_quote(line: &[u8]) -> Option<(u8, usize)> {
    let equals = line.iter().position(|byte| *byte == b'=')?;
    let key = without_export(&line[..equals]).trim_ascii_end();
    let is_key = !key.is_empty() && key.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(byte));
    let value = line[equals + 1..].trim_ascii_start();
    let quote = value.first().copied().filter(|byte| is_key && b"\"'`".contains(byte))?;
    Some((quote, line.len() - value.len() + 1))
}

/// Where a quoted text ends, its closing quote included. Where more follows on its line, that quote opens another value,
/// and the one before was a slip.
fn closed(quote: u8, text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    let end = text.iter().position(|byte| {
        let closes = *byte == quote && !escaped;
        escaped = quote == b'"' && *byte == b'\\' && !escaped;
        closes
    })?;
    let behind = first_line(&text[end + 1..]).0.trim_ascii_start();
    (behind.is_empty() || behind.starts_with(b"#")).then_some(end)
}

fn value_of(value: &[u8]) -> Result<String, &'static str> {
    let value = std::str::from_utf8(value).map_err(|_| "is not UTF-8 text")?.trim();
    match value.chars().next() {
        _ if value.contains('\0') => Err("holds a NUL character"),
        Some('\'') => single_quoted(&value[1..]),
        Some('"') => double_quoted(&value[1..]),
        _ => Ok(bare(value).to_owned()),
    }
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

    fn parse(text: impl AsRef<[u8]>) -> DotEnv {
        DotEnv::parse(text.as_ref(), &["K", "K_FILE"])
    }

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
            ("K='a\nK=b", "b"),
            ("# K=a\n\n\nK=b", "b"),
            ("K=größe", "größe"),
        ] {
            assert_eq!(parse(line).get("K"), Ok(Some(expected)), "{line}");
        }
        for line in ["", "K", "export K", "KK=1", "K.x=1", "K-x=1", "k=1", "exportK=1", "# K=1", "x K=1"] {
            assert_eq!(parse(line).get("K"), Ok(None), "{line}");
        }
        assert_eq!(parse("K_FILE=1").get("K_FILE"), Ok(Some("1")));
    }

    #[test]
    fn a_line_of_ours_that_means_nothing_is_told_without_showing_it() {
        for (text, line, problem) in [
            ("K s3cret", 1, "is not followed by ="),
            ("A=1\n\nK: s3cret", 3, "is not followed by ="),
            ("export K s3cret", 1, "is not followed by ="),
            ("K='s3cret", 1, "has a quote that is not closed on its line"),
            ("K=\"s3cret\nA=\"", 1, "has a quote that is not closed on its line"),
            ("K=\"s3cret\\", 1, "has an escape other than"),
            ("K=\"s3cret\\x\"", 1, "has an escape other than"),
            ("K='s3cret' more", 1, "goes on after the closing quote"),
            ("A='1\n2'\r\nK=\"s3cret\"more", 3, "goes on after the closing quote"),
            ("K=s3cret\0", 1, "holds a NUL character"),
            ("K=a\nK='s3cret", 2, "has a quote that is not closed on its line"),
        ] {
            let error = parse(text).get("K").unwrap_err();
            assert!(error.to_string().starts_with(&format!("line {line} of .env: K {problem}")), "{text}: {error}");
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
            assert_eq!(parse(text).get("K_FILE"), Ok(None), "{text}");
        }
        let error = parse(b"K=s3cret\xff\n").get("K").unwrap_err();
        assert_eq!(error.to_string(), "line 1 of .env: K is not UTF-8 text");
    }

    /// Each was a mistake once, or hid the lines behind it.
    #[test]
    fn foreign_lines_are_passed_over() {
        for foreign in [
            &b"s3cret"[..],
            b"[section]",
            b"a.b=c",
            b"A-B=c",
            b"1A=c",
            b"A B='c",
            b"=c",
            b"\"C:\\temp\"",
            b"DIR=\"C:\\temp\"",
            b"DIR='C:\\temp\\'",
            b"A='it''s' more",
            b"A=it's",
            b"it's",
            b"A='never closed",
            b"A=\"never closed\\",
            b"A: \"yaml",
            b"export A",
            b"A=\xff\xfe\0",
            b"\xff\0",
            b"PEM=\"-----BEGIN KEY-----\nK=inside\nexport K=inside\n-----END KEY-----\"",
            b"export p.k='\r\nK=\"inside\"\r\n'  # K=comment",
            b"JSON=`{\n\"K=inside\": \"\n}`",
            b"JSON=\"{\\\"a\\\": \\\"\nK=inside\\\"}\"",
            b"DIR=\"C:\\temp\\\"",
        ] {
            for end in ["\n", "\r\n"] {
                let file = [foreign, end.as_bytes(), b"K=ours", end.as_bytes()].concat();
                assert_eq!(parse(&file).get("K"), Ok(Some("ours")), "{}", foreign.escape_ascii());
                let file =
                    [foreign, end.as_bytes(), b"K=ours", end.as_bytes(), b"A=\"b\" # it's\nA='c'\nA=``"].concat();
                assert_eq!(parse(&file).get("K"), Ok(Some("ours")), "{}", foreign.escape_ascii());
                let file = [foreign, end.as_bytes(), b"K=\"ours\"", end.as_bytes()].concat();
                assert_eq!(parse(&file).get("K"), Ok(Some("ours")), "{}", foreign.escape_ascii());
                let file = [b"K=ours\n", foreign].concat();
                assert_eq!(parse(&file).get("K"), Ok(Some("ours")), "{}", foreign.escape_ascii());
            }
        }
    }

    #[test]
    fn debug_shows_no_values() {
        assert_eq!(format!("{:?}", parse("K=s3cret\nTOKEN=s3cret")), r#"{"K"}"#);
    }

    proptest! {
        #[test]
        fn any_bytes_are_passed_over(before in any::<Vec<u8>>(), after in any::<Vec<u8>>()) {
            let _ = parse(&before);
            // Without a quote nothing that stands before a line hides it, and nothing behind it changes it.
            let calm = |bytes: Vec<u8>| bytes.into_iter().filter(|byte| !b"\"'`K".contains(byte)).collect::<Vec<_>>();
            let file = [&calm(before)[..], b"\nK=ours\n", &calm(after)].concat();
            let parsed = parse(&file);
            prop_assert_eq!(parsed.get("K"), Ok(Some("ours")));
        }

        #[test]
        fn single_quotes_keep_everything(value in "[^'\\r\\n\\x00]*") {
            let parsed = parse(format!("K='{value}'"));
            prop_assert_eq!(parsed.get("K"), Ok(Some(value.as_str())));
        }
    }
}

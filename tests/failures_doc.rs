//! `docs/FAILURES.md` is true: what it quotes the program says, and what the program can say about a failure stands
//! there.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::{Path, PathBuf};

/// Pieces of a message that are shorter say nothing.
const SHORTEST: usize = 8;

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn page() -> String {
    read("docs/FAILURES.md")
}

/// The sources of the rooms that speak of failures, each without its tests, strings joined over line ends.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "tests" {
                open.push(path);
            } else if name == "fail_point.rs" {
                // Debug builds alone have it.
            } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests.rs" {
                let text = read(&path);
                let end = text.find("#[cfg(test)]\nmod tests").unwrap_or(text.len());
                found.push((path, joined(&text[..end])));
            }
        }
    }
    assert!(found.len() > 80, "the walk found only {} files", found.len());
    found
}

/// A string that goes on after `\` at a line's end, as one.
fn joined(text: &str) -> String {
    let mut parts = text.split("\\\n");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |all, part| all + part.trim_start())
}

/// The string that begins right behind its opening quote.
fn literal(text: &str) -> &str {
    let mut escaped = false;
    let end = text.find(|letter| {
        let ends = letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        ends
    });
    &text[..end.unwrap()]
}

/// The fixed pieces of a format string.
fn pieces(format: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut depth = 0;
    for letter in format.replace("\\\"", "\"").chars() {
        match letter {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                pieces.push(String::new());
            }
            letter if depth == 0 => pieces.last_mut().unwrap().push(letter),
            _ => {}
        }
    }
    pieces.iter().map(|piece| piece.trim().to_owned()).filter(|piece| piece.len() >= SHORTEST).collect()
}

/// Format strings that follow a marker in the code.
fn formats_after<'a>(code: &'a str, marker: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(marker).filter_map(move |(at, _)| {
        let rest = code[at + marker.len()..].trim_start();
        rest.strip_prefix('"').map(literal)
    })
}

#[test]
fn every_exit_code_has_its_line() {
    let table = read("src/cli/exit.rs");
    let codes: Vec<&str> = table
        .lines()
        .filter_map(|line| line.trim().strip_suffix(',')?.split_once(" = "))
        .map(|(_, code)| code)
        .filter(|code| code.parse::<u8>().is_ok())
        .collect();
    assert_eq!(codes.len(), 8, "{codes:?}");
    for code in codes {
        assert!(page().contains(&format!("\n| {code} | ")), "exit {code} has no line");
    }
}

/// Errors of the rooms that a run passes, warnings, notes: a fixed piece of each stands on the page.
#[test]
fn whatever_the_program_says_of_a_failure_stands_on_the_page() {
    let rooms = ["state", "postgres", "fetch", "ledger", "sink", "rollup", "run", "report", "cli", "progress.rs"];
    let markers = [
        "#[error(",
        "warnings.push(format!(",
        "CommandError::usage(format!(",
        "CommandError::failed(format!(",
        "CommandError::usage(",
        "tracing::warn!(",
        "self.note(&format!(",
        "self.note(",
        "Some(reason) => format!(",
        "action: ",
    ];
    let page = page();
    let mut said = 0;
    let mut absent = Vec::new();
    for (path, code) in sources() {
        // Its one error is a word for the command line that no option takes.
        if path.ends_with("sink/format.rs") {
            continue;
        }
        let inside = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
        if !rooms.iter().any(|room| inside.starts_with(room)) {
            continue;
        }
        for format in markers.iter().flat_map(|marker| formats_after(&code, marker)) {
            let parts = pieces(format);
            if parts.is_empty() {
                continue;
            }
            said += 1;
            // The page may leave out the remedy and the cause, which the message gives itself.
            let parts = parts.iter().flat_map(|piece| piece.split([':', ';', '(', ')']));
            let mut parts = parts.map(|part| part.trim_matches([',', '`', ' '])).filter(|part| part.len() >= SHORTEST);
            if !parts.any(|part| page.contains(part)) {
                absent.push(format!("{}: {format}", inside.display()));
            }
        }
    }
    assert!(said > 70, "only {said} messages were found");
    assert!(absent.is_empty(), "not in docs/FAILURES.md: {absent:#?}");
}

/// What the page quotes in its first columns exists in the code, piece by piece.
#[test]
fn whatever_the_page_quotes_the_program_says() {
    let code: String = sources().into_iter().map(|(_, code)| code.replace("\\\"", "\"")).collect();
    let mut quoted = 0;
    let page = page();
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let seen = line[2..].split(" | ").next().unwrap();
        for quote in seen.split('`').skip(1).step_by(2) {
            for piece in quote.split('…').map(str::trim).filter(|piece| piece.len() >= SHORTEST) {
                quoted += 1;
                let piece = piece.trim_end_matches([':', ',']).trim_start_matches([':', ',']).trim();
                let is_said =
                    code.contains(piece) || piece.strip_prefix("cannot ").is_some_and(|rest| code.contains(rest));
                assert!(is_said, "the program never says {piece:?}: {line}");
            }
        }
    }
    assert!(quoted > 90, "only {quoted} quotes were found");
}

//! The pages beside README.md, below `docs/` and in `deploy/`: every link leads somewhere, every page is found from
//! README.md, every command line is one, and the way from a clone to a table of one's own fits one screen.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Lines of a screen, the picture of the demo not counted.
const SCREEN: usize = 40;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The pages of a folder, ascending.
fn folder(name: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(name)).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<_> = entries.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect();
    pages.sort();
    assert!(pages.len() > 3, "{pages:?}");
    pages
}

fn docs() -> Vec<PathBuf> {
    [folder("docs"), folder("docs/decisions")].concat()
}

fn pages() -> Vec<PathBuf> {
    [folder("."), docs(), vec![root().join("deploy/dbt/README.md")]].concat()
}

/// Targets of links and pictures that are relative, with their fragments.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:")).collect()
}

/// A heading as the fragment of its address.
fn fragment(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    text.chars().filter(|letter| letter.is_alphanumeric() || "-_".contains(*letter)).collect()
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut seen = 0;
    for page in pages() {
        for link in links(&read(&page)) {
            seen += 1;
            let (path, section) = link.split_once('#').map_or((link, None), |(path, section)| (path, Some(section)));
            let target = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            assert!(target.exists(), "{}: {link} leads nowhere", page.display());
            if let Some(section) = section {
                let is_there = read(&target).lines().any(|line| line.starts_with('#') && fragment(line) == section);
                assert!(is_there, "{}: {link} has no such section", page.display());
            }
        }
    }
    assert!(seen > 40, "only {seen} links were found");
}

#[test]
fn every_page_is_linked_from_the_readme() {
    let readme = read(&root().join("README.md"));
    let links: Vec<_> = links(&readme).into_iter().map(|link| root().join(link)).collect();
    for page in [folder("."), folder("docs")].concat().into_iter().filter(|page| !page.ends_with("README.md")) {
        assert!(links.contains(&page), "README.md does not lead to {}", page.display());
    }
}

/// The page names the rooms and files that there are.
#[test]
fn the_architecture_is_that_of_the_sources() {
    let text = read(&root().join("docs/ARCHITECTURE.md"));
    let is_path = |word: &&str| word.contains('/') && word.ends_with(['/', 's']) && !word.contains(' ');
    let paths: Vec<_> = text.split('`').skip(1).step_by(2).filter(is_path).collect();
    assert!(paths.len() > 15, "{paths:?}");
    for path in paths {
        assert!(root().join(path).exists(), "docs/ARCHITECTURE.md names {path}, which is not there");
    }
    for entry in std::fs::read_dir(root().join("src")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let room = name.trim_end_matches(".rs");
        let has_row = text.contains(&format!("| `{room}` |")) || ["lib", "main"].contains(&room);
        assert!(has_row, "docs/ARCHITECTURE.md has no row for {room}");
    }
}

/// Each decision stands in the index, by the title of its page.
#[test]
fn every_decision_is_in_the_index() {
    let index = read(&root().join("docs/decisions/README.md"));
    let mut seen = BTreeSet::new();
    for page in folder("docs/decisions").into_iter().filter(|page| !page.ends_with("README.md")) {
        let text = read(&page);
        let title = text.lines().next().unwrap().trim_start_matches("# ");
        let entry = format!("[{title}]({})", page.file_name().unwrap().to_str().unwrap());
        assert!(index.contains(&entry), "{entry} is not in the index");
        for part in ["**Context.**", "**Decision.**", "**Consequences.**"] {
            assert_eq!(text.matches(part).count(), 1, "{}: {part}", page.display());
        }
        seen.insert(title.to_owned());
    }
    assert_eq!(seen.len(), index.matches(".md)").count(), "{seen:?}");
}

#[test]
fn from_a_clone_to_a_table_of_ones_own_is_one_screen() {
    let readme = read(&root().join("README.md"));
    let screen: Vec<_> = readme.lines().take(SCREEN).collect();
    let mut rest = screen.join("\n");
    for step in
        ["make demo", "make install", "verify-rollup init", "TWILIO_ACCOUNT_SID", "verify-rollup run", "output/"]
    {
        let (_, after) = rest.split_once(step).unwrap_or_else(|| panic!("{step} does not come next on one screen"));
        rest = after.to_owned();
    }
}

/// Lines of shell in fenced blocks, and between backquotes, that call the program.
fn command_lines(text: &str) -> Vec<String> {
    let blocks = text.split("```").skip(1).step_by(2).flat_map(str::lines);
    let inline = text.split("```").step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2));
    let calls = blocks.chain(inline).map(|line| line.trim_start_matches("$ "));
    let calls =
        calls.filter_map(|line| line.strip_prefix("verify-rollup ")).map(|line| line.split(['#', '>']).next().unwrap());
    calls.map(|line| line.trim().to_owned()).filter(|line| !line.contains('…')).collect()
}

#[test]
fn every_command_line_is_one() {
    let mut seen = 0;
    for page in pages() {
        for line in command_lines(&read(&page)) {
            seen += 1;
            let words = std::iter::once("verify-rollup").chain(line.split_whitespace()).map(OsString::from);
            // A command that is only named has no arguments.
            if let Err(error) = verify_rollup::cli::parse(words)
                && error.kind() != clap::error::ErrorKind::MissingRequiredArgument
            {
                panic!("{}: verify-rollup {line}: {error}", page.display());
            }
        }
    }
    assert!(seen > 8, "only {seen} command lines were found");
}

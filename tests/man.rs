//! What `man` and a shell know of the program: a page for each command, the same on every machine, where they look for it.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use support::{Workspace, finish, verify_rollup};

/// What stands in a folder, by name.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap()))
        .collect()
}

/// The pages of a program that runs in a workspace, below a folder that is not there yet.
fn pages(workspace: &Workspace, variables: &[(&str, &str)]) -> BTreeMap<String, String> {
    let folder = workspace.path("share/man/man1");
    finish(verify_rollup().args(["man".as_ref(), folder.as_os_str()]).envs(variables.iter().copied()), 0);
    files(&folder)
}

/// The long options that a text names.
fn options(text: &str) -> BTreeSet<&str> {
    let names = text.split("--").skip(1).map(|rest| rest.split(|it: char| !it.is_ascii_lowercase() && it != '-'));
    names.filter_map(|mut name| name.next()).filter(|name| name.len() > 1).collect()
}

/// The help of each command is kept word for word, so what it names is what there is.
#[test]
fn every_command_has_a_page_of_its_own_with_its_options() {
    let pages = pages(&Workspace::new(), &[]);
    let helps = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots"));
    let helps: BTreeMap<_, _> = helps
        .iter()
        .filter_map(|(name, text)| Some((name.strip_suffix(".snap")?.strip_prefix("help")?, text)))
        .map(|(name, text)| (format!("verify-rollup{name}.1"), text.rsplit_once("---\n").unwrap().1))
        .collect();
    assert_eq!(pages.keys().collect::<Vec<_>>(), helps.keys().collect::<Vec<_>>());
    for (name, help) in helps {
        let page = pages[&name].replace("\\-", "-");
        let missing: Vec<_> =
            options(help).into_iter().filter(|option| !page.contains(&format!("--{option}"))).collect();
        assert!(missing.is_empty(), "{name}: {missing:?}");
    }
    let whole = &pages["verify-rollup.1"];
    for (name, _) in pages.iter().filter(|(name, _)| !name.starts_with("verify-rollup-ledger-")) {
        let command = name.trim_end_matches(".1").replace('-', "\\-");
        assert!(whole.contains(&command), "{command}");
    }
}

#[test]
fn pages_say_the_version_and_nothing_of_the_machine() {
    let there = pages(&Workspace::new(), &[("COLUMNS", "40"), ("SOURCE_DATE_EPOCH", "0"), ("TZ", "Asia/Tokyo")]);
    assert_eq!(there, pages(&Workspace::new(), &[("COLUMNS", "200"), ("LANG", "de_DE.UTF-8")]));
    for (name, page) in there {
        let head = page.lines().find(|line| line.starts_with(".TH ")).unwrap();
        let title = name.trim_end_matches(".1");
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(head, format!(".TH {title} 1 {version} verify-rollup \"User Commands\""));
    }
}

/// The codes that a script may meet are those of the table.
#[test]
fn the_page_has_every_exit_code() {
    let page = &pages(&Workspace::new(), &[])["verify-rollup.1"];
    let (_, codes) = page.split_once("EXIT STATUS").unwrap();
    let table = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/exit.rs")).unwrap();
    let known = table.lines().filter_map(|line| line.trim().strip_suffix(',')?.rsplit_once(" = "));
    let known: Vec<_> = known.filter(|(_, code)| code.parse::<u8>().is_ok()).collect();
    assert!(known.len() > 7, "{known:?}");
    for (name, code) in known {
        assert!(codes.contains(&format!("\\fB{code}\\fR")), "{name}");
    }
}

#[test]
fn what_is_in_the_way_is_told() {
    let workspace = Workspace::new();
    workspace.job("file", "");
    let said = support::stderr(&finish(verify_rollup().args(["man".as_ref(), workspace.path("file").as_os_str()]), 1));
    assert!(said.starts_with("cannot write the manual pages to "), "{said}");
}

/// `make install` ends with it.
#[test]
fn pages_and_completions_lie_where_man_and_shells_look() {
    let workspace = Workspace::new();
    let root = workspace.path("cargo");
    std::fs::create_dir_all(root.join("bin")).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_verify-rollup"), root.join("bin/verify-rollup")).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/shell.sh");
    let mut command = Command::new("sh");
    command.arg(script).arg(&root).env("HOME", workspace.path("home")).env_remove("XDG_DATA_HOME");
    assert!(command.output().unwrap().status.success());
    assert!(files(&root.join("share/man/man1")).len() > 10);
    for (file, word) in [
        ("bash-completion/completions/verify-rollup", "complete -F"),
        ("fish/vendor_completions.d/verify-rollup.fish", "complete -c verify-rollup"),
        ("zsh/site-functions/_verify-rollup", "#compdef verify-rollup"),
    ] {
        let script = std::fs::read_to_string(workspace.path("home/.local/share").join(file)).unwrap();
        assert!(script.contains(word), "{file}");
    }
}

//! Where the state is, as the command line and the environment say it: what is refused, and what a refusal repeats.
//! Nothing here needs a database.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use support::{Workspace, finish, stderr, verify_rollup};

const JOB: &str = "name = \"placed\"\n[source]\nbase_url = \"simulator\"\n[windows]\nrange = \"yesterday\"\n[limits]\nretry_for = \"1s\"\n";
const PASSWORD: &str = "hunter2";
const VARIABLE: &str = "VERIFY_ROLLUP_STATE";

/// Every command that has a state, with what it needs besides.
const COMMANDS: [&[&str]; 8] = [
    &["run", "placed.toml"],
    &["plan", "placed.toml"],
    &["status", "placed.toml"],
    &["audit", "placed.toml"],
    &["doctor", "placed.toml"],
    &["probe", "placed.toml"],
    &["ledger", "prune", "--before", "2020-01-01"],
    &["investigate", "placed.toml", "--country", "MG"],
];

fn command(workspace: &Workspace, line: &[&str]) -> Command {
    let mut built = verify_rollup();
    built.current_dir(workspace.folder.path()).args(line).env("XDG_STATE_HOME", workspace.path("home"));
    built
}

fn placed() -> Workspace {
    let workspace = Workspace::new();
    workspace.job("placed.toml", JOB);
    workspace
}

/// What a command says before it ends so, without the password.
fn said(command: &mut Command, exit: i32) -> String {
    let output = finish(command, exit);
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), stderr(&output));
    assert!(!text.contains(PASSWORD), "{text}");
    text
}

#[test]
fn a_url_with_a_password_is_refused_wherever_it_stands_and_not_repeated() {
    let workspace = placed();
    for url in [
        format!("postgres://u:{PASSWORD}@127.0.0.1/d"),
        format!("postgresql://u@127.0.0.1/d?password={PASSWORD}"),
        format!("mysql://u:{PASSWORD}@127.0.0.1/d"),
    ] {
        for line in COMMANDS {
            let said_of_option = said(command(&workspace, line).args(["--state", &url]), 2);
            assert!(said_of_option.contains("--state") && said_of_option.contains("URL"), "{line:?}: {said_of_option}");
            let joined = said(command(&workspace, line).arg(format!("--state={url}")), 2);
            assert_eq!(joined, said_of_option);
            let said_of_variable = said(command(&workspace, line).env(VARIABLE, &url), 2);
            assert!(
                said_of_variable.contains("VERIFY_ROLLUP_STATE in the environment"),
                "{line:?}: {said_of_variable}"
            );
            said(command(&workspace, line).args(["--state-dir", &url]), 2);
        }
        let line = ["plan", "placed.toml", "--log-format", "json", "--state", &url];
        let json = said(&mut command(&workspace, &line), 2);
        assert!(json.starts_with('{'), "{json}");
    }
    assert!(!workspace.path("home").exists());
}

#[test]
fn a_url_is_none_of_a_directory_and_one_place_is_enough() {
    let workspace = placed();
    for line in COMMANDS {
        let text = said(command(&workspace, line).args(["--state-dir", "postgres://u@127.0.0.1/d"]), 2);
        assert!(text.contains("a URL, where a directory belongs; --state takes both"), "{line:?}: {text}");
        let text = said(command(&workspace, line).args(["--state-dir", "a", "--state", "b"]), 2);
        assert!(text.contains("cannot be used with"), "{line:?}: {text}");
        for option in ["--state", "--state-dir"] {
            said(command(&workspace, line).args([option, ""]), 2);
        }
    }
}

/// The directories that a command which makes one made.
fn made(workspace: &Workspace, command: &mut Command) -> Vec<&'static str> {
    said(command, 0);
    let places = ["option", "variable", "dotenv", "systemd", "home/verify-rollup"];
    let made = places.into_iter().filter(|place| workspace.path(place).exists()).collect();
    for place in places {
        let _ = std::fs::remove_dir_all(workspace.path(place));
    }
    made
}

#[test]
fn a_path_is_a_directory_in_either_option_then_in_the_variable_then_where_it_was() {
    let workspace = placed();
    let doctor: &[&str] = &["doctor", "placed.toml"];
    for option in ["--state", "--state-dir"] {
        let mut with_all = command(&workspace, doctor);
        with_all.args([option, "option"]).env(VARIABLE, "variable").env("STATE_DIRECTORY", "systemd");
        assert_eq!(made(&workspace, &mut with_all), ["option"]);
    }
    let mut exported = command(&workspace, doctor);
    exported.env(VARIABLE, "variable").env("STATE_DIRECTORY", "systemd");
    assert_eq!(made(&workspace, &mut exported), ["variable"]);
    assert_eq!(made(&workspace, command(&workspace, doctor).env("STATE_DIRECTORY", "systemd")), ["systemd"]);
    assert_eq!(made(&workspace, command(&workspace, doctor).env(VARIABLE, "")), ["home/verify-rollup"]);
    std::fs::write(workspace.path(".env"), format!("{VARIABLE}=dotenv\n")).unwrap();
    assert_eq!(made(&workspace, command(&workspace, doctor).env("STATE_DIRECTORY", "systemd")), ["dotenv"]);
    assert_eq!(made(&workspace, command(&workspace, doctor).env(VARIABLE, "variable")), ["variable"]);

    std::fs::write(workspace.path(".env"), format!("{VARIABLE}=postgres://u:{PASSWORD}@h/d\n")).unwrap();
    let text = said(&mut command(&workspace, doctor), 2);
    assert!(text.contains("VERIFY_ROLLUP_STATE in .env is a URL with a password"), "{text}");
    std::fs::remove_file(workspace.path(".env")).unwrap();
}

/// A port at which nobody listens.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_server_that_is_not_there_is_named_without_secrets_and_nothing_is_made() {
    let workspace = placed();
    let url = format!("postgres://u@127.0.0.1:{}/d", closed_port());
    for line in COMMANDS {
        let text = said(command(&workspace, line).args(["--state", &url]).env("PGPASSWORD", PASSWORD), 1);
        assert!(text.contains(&format!("cannot connect to {url}")), "{line:?}: {text}");
        let exported = said(command(&workspace, line).env(VARIABLE, &url).env("PGPASSWORD", PASSWORD), 1);
        assert!(exported.contains(&url), "{line:?}: {exported}");
    }
    assert!(!workspace.path("home").exists());
}

#[test]
fn a_password_file_that_others_may_read_is_refused_before_the_server_is_asked() {
    use std::os::unix::fs::PermissionsExt;
    let workspace = placed();
    let file = workspace.job("passwords", &format!("*:*:*:*:{PASSWORD}\n"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let url = format!("postgres://u@127.0.0.1:{}/d", closed_port());
    for line in [COMMANDS[1], COMMANDS[6]] {
        let mut look = command(&workspace, line);
        let text = said(look.args(["--state", &url]).env("PGPASSFILE", Path::new(&file)), 1);
        assert!(text.contains("is open to others"), "{line:?}: {text}");
    }
}

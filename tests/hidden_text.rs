//! Texts from outside never act on who reads them: whatever an API says, a job file, a path or an argument holds, no
//! control character and none that reorders or hides text leaves in words, logs or reports, and nothing of it begins a
//! line of its own. JSON keeps the values.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::gate::{Gate, say};
use support::{ACCOUNT, Simulated, Workspace, finish, verify_rollup};

/// It clears the screen, renames the window, rings, goes back, begins a line, and turns text around.
const VILE: &str =
    "a\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}31m\r\nFORGED: all is well\u{8}\u{7f}\u{202e}b\u{2066}\u{200b}\u{200f}c";
/// The same as far as a path may hold it, and short.
const VILE_NAME: &str = "d\u{1b}[31m\u{7}\r\nFORGED\u{202e}\u{2066}";

fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || "\u{61c}\u{200b}\u{200e}\u{200f}\u{2028}\u{2029}\u{feff}".contains(letter)
        || ('\u{202a}'..='\u{202e}').contains(&letter)
        || ('\u{2060}'..='\u{206f}').contains(&letter)
}

/// A text as its reader gets it.
fn assert_calm(text: &str, place: &str) {
    let found: Vec<_> = text.chars().filter(|letter| *letter != '\n' && is_hidden(*letter)).collect();
    assert!(found.is_empty(), "{place} holds {found:?}:\n{text:?}");
    assert!(!text.lines().any(|line| line.trim_start().starts_with("FORGED")), "{place} has a forged line:\n{text}");
}

/// Runs to the end, whatever the code, and returns what both streams said.
fn calm(command: &mut Command, code: i32) -> (String, String) {
    let output = finish(command, code);
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert_calm(&stdout, &format!("stdout of {command:?}"));
    assert_calm(&stderr, &format!("stderr of {command:?}"));
    (stdout, stderr)
}

/// As TOML's strings escape it.
fn quoted(text: &str) -> String {
    let letters = text.chars().map(|letter| match letter {
        letter if is_hidden(letter) => format!("\\U{:08X}", u32::from(letter)),
        letter => letter.to_string(),
    });
    format!("\"{}\"", letters.collect::<String>())
}

const SERVICE: &str = "VA00000000000000000000000000000001";

fn job(name: &str, more: &str) -> String {
    format!(
        "name = \"{name}\"\ndescription = {vile}\n[source]\nretention = \"none\"\n[windows]\nstart = \"2026-10-01\"\n\
         end = \"2026-10-03\"\n[matrix]\nchannels = [\"sms\", \"call\"]\nservices = [{{ sid = \"{SERVICE}\", name = {vile} \
         }}]\n[limits]\nmax_tries = 1\nretry_for = \"1s\"\ntimeout = \"20s\"\n[output]\nformats = [\"csv\"]\n{more}",
        vile = quoted(VILE)
    )
}

/// Every verbosity and both forms of the log.
const LOUD: [&[&str]; 4] = [&[], &["-v", "-v"], &["--log-format", "json"], &["-v", "-v", "--log-format", "json"]];

#[test]
fn what_an_api_says_is_shown_and_never_obeyed() {
    let message = serde_json::to_string(VILE).unwrap();
    let error = format!(r#"{{"code":60200,"message":{message},"status":400}}"#);
    let zeros = r#""total_attempts":0,"total_converted":0,"total_unconverted":0"#;
    let html = format!("<html>{VILE}</html>");
    for (status, body, code) in [
        ("400 Bad Request", error.clone(), 3),
        ("401 Unauthorized", error.clone(), 1),
        ("503 Busy", error.clone(), 3),
        ("200 OK", error.clone(), 3),
        ("502 Bad Gateway", html, 3),
        ("200 OK", format!("{{{zeros},{message}:1,{message}:2}}"), 0),
        ("200 OK", format!(r#"{{{zeros},"conversion_rate_percentage":{message},"url":{message}}}"#), 0),
        ("200 OK", format!(r#"{{"total_attempts":{message}}}"#), 3),
    ] {
        let told = body.clone();
        let gate = Gate::alone(move |_| say(status, &["Twilio-Request-Id: a\u{202e}b"], &told));
        let loud = if status == "400 Bad Request" { &LOUD[..] } else { &LOUD[3..] };
        for loud in loud {
            let workspace = Workspace::new();
            let file = workspace.job("vile.toml", &job("vile", ""));
            let run = |more: &[&str]| {
                let mut run = workspace.run_at(&file, &gate.url);
                run.args(*loud).args(more);
                run
            };
            let (_, told) = calm(&mut run(&[]), code);
            if status == "400 Bad Request" {
                assert!(told.contains("\\u{1b}[2J") && told.contains("\\u{202e}b"), "{told}");
            }
            let (object, _) = calm(run(&["--json", "--refresh"]).env("NO_COLOR", "1"), code);
            assert!(serde_json::from_str::<serde_json::Value>(&object).unwrap().is_object());
        }
        let workspace = Workspace::new();
        let mut probe = verify_rollup();
        probe.arg("probe").arg(workspace.job("vile.toml", &job("vile", ""))).args(["--base-url", &gate.url]);
        probe.args(["--requests-per-minute", "0", "-v"]).arg("--state-dir").arg(workspace.path("state"));
        probe.env("TWILIO_ACCOUNT_SID", ACCOUNT).env("TWILIO_AUTH_TOKEN", support::SECRET);
        let code = if code == 1 { 1 } else { 3 };
        let output = probe.output().unwrap();
        assert_calm(&support::searched(&output).replace("--- std", ""), &format!("probe ({code}, {status})"));
    }
}

/// Of names, descriptions and paths; in the report's forms, too.
#[test]
fn what_a_job_and_a_path_hold_is_shown_and_never_obeyed() {
    let server = Simulated::unlimited();
    let workspace = Workspace::new();
    std::fs::create_dir(workspace.path(VILE_NAME)).unwrap();
    let file = workspace.job(
        &format!("{VILE_NAME}/{VILE_NAME}.toml"),
        &job("vile", "[report]\nformats = [\"html\", \"md\", \"xlsx\"]\nperiod = \"day\"\n"),
    );
    let here = |command: &str| -> Command {
        let mut built = verify_rollup();
        built.current_dir(workspace.path(VILE_NAME)).arg(command).arg(&file);
        built.env("TWILIO_ACCOUNT_SID", ACCOUNT).env("TWILIO_AUTH_TOKEN", support::SECRET);
        built
    };
    let folders = |command: &mut Command| {
        command.arg("--output").arg(workspace.path(&format!("{VILE_NAME}/out{VILE_NAME}")));
        command.arg("--state-dir").arg(workspace.path(&format!("{VILE_NAME}/state{VILE_NAME}")));
        command.args(["--base-url", &server.url]);
    };
    let (checked, _) = calm(&mut here("check"), 0);
    assert!(checked.contains("d\\u{1b}[31m\\u{7}\\r\\nFORGED\\u{202e}\\u{2066}.toml: ok"), "{checked}");
    let mut plan = here("plan");
    folders(&mut plan);
    calm(&mut plan, 0);
    for loud in LOUD {
        let mut run = here("run");
        folders(&mut run);
        calm(run.args(["--requests-per-minute", "0"]).args(loud), 0);
    }
    let mut run = here("run");
    folders(&mut run);
    let (object, _) = calm(run.arg("--json"), 0);
    let said: serde_json::Value = serde_json::from_str(&object).unwrap();
    let path = PathBuf::from(said["outputs"][0]["path"].as_str().unwrap());
    assert!(path.is_file(), "the value is the path itself: {said}");

    let report = |more: &[&str]| {
        let mut report = here("report");
        report.arg("--output").arg(workspace.path(&format!("{VILE_NAME}/out{VILE_NAME}")));
        report.args(["--day", "2026-10-01"]).args(more);
        report
    };
    calm(&mut report(&[]), 0);
    let (object, _) = calm(&mut report(&["--json"]), 0);
    assert!(object.contains("FORGED"), "the service's name is part of it: {object}");
    let said: serde_json::Value = serde_json::from_str(&object).unwrap();
    assert_eq!(said["services"][0]["service_name"], VILE);
    let mut forms = 0;
    for path in said["outputs"].as_array().unwrap() {
        let path = Path::new(path["path"].as_str().unwrap());
        if let Ok(text) = std::fs::read_to_string(path) {
            // A browser takes line feeds for spaces.
            let is_page = path.extension().is_some_and(|ending| ending == "html");
            assert_calm(&if is_page { text.replace('\n', " ") } else { text.clone() }, &path.to_string_lossy());
            assert!(text.contains("FORGED"), "{path:?} names the service");
            forms += 1;
        }
    }
    assert_eq!(forms, 2, "the page and the Markdown");

    // Damage, another identity, another holder: messages that quote the dataset's place and content.
    let dataset = path.ancestors().nth(3).unwrap();
    std::fs::write(&path, VILE).unwrap();
    calm(&mut report(&[]), 2);
    let manifest = dataset.join("_manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let vile = serde_json::to_string(VILE).unwrap();
    for changed in [
        text.replace("\"UTC\"", &vile),
        text.replace(&format!("\"{}\"", server.url), &vile),
        text.replace("\"job\": \"vile\"", &format!("\"job\": {vile}")),
        text.replace("\"every\": \"day\"", &format!("\"every\": {vile}")),
        text.replace('}', VILE),
    ] {
        assert_ne!(changed, text);
        std::fs::write(&manifest, changed).unwrap();
        let mut run = here("run");
        folders(&mut run);
        let output = run.output().unwrap();
        assert!(matches!(output.status.code(), Some(1 | 2)), "{}", support::searched(&output));
        assert_calm(&support::searched(&output).replace("--- std", ""), "a refusal");
        let output = report(&[]).output().unwrap();
        assert_calm(&support::searched(&output).replace("--- std", ""), "a report's refusal");
    }
    std::fs::write(&manifest, text).unwrap();
    let held = std::fs::File::open(dataset.join(".lock")).unwrap();
    held.lock().unwrap();
    std::fs::write(dataset.join(".lock"), VILE).unwrap();
    let mut run = here("run");
    folders(&mut run);
    calm(&mut run, 4);
}

/// Mistakes quote values and lines of the file, and its name.
#[test]
fn what_a_wrong_job_file_holds_is_shown_and_never_obeyed() {
    let workspace = Workspace::new();
    let vile = quoted(VILE);
    let raw = "\u{202e}\u{2066}\u{200b}";
    for text in [
        format!(
            "name = {vile}\n{vile} = 1\n[windows]\nrange = {vile}\ntimezone = {vile}\n[matrix]\ncountries = [{vile}]\n"
        ),
        format!("name = \"a{raw}b\"\n\t[windows]\n\trange = \"today{raw}\" # {raw}\n"),
        format!("name = \"x\"\n[source]\nbase_url = {vile}\n[output]\npartition = {vile}\nformats = [{vile}]\n"),
        format!("name = \u{1b}[2J\u{7}{raw}\n"),
        format!("na\u{7f}me{raw}\r\r\n"),
        "name = \"x\" \u{9b}31m\n".to_owned(),
    ] {
        let file = workspace.job(&format!("{VILE_NAME}.toml"), &text);
        for command in ["check", "plan", "status", "audit"] {
            calm(verify_rollup().arg(command).arg(&file), 2);
        }
    }
    calm(verify_rollup().arg("run").arg(workspace.path(VILE)), 2);
}

#[test]
fn what_is_typed_is_shown_and_never_obeyed() {
    for arguments in [
        &[VILE][..],
        &["run", VILE],
        &["run", "x.toml", VILE],
        &["run", &format!("--{VILE}"), "x.toml"],
        &["run", "x.toml", "--as-of", VILE],
        &["run", "x.toml", "--base-url", VILE],
        &["run", "x.toml", "--strategy", VILE],
        &["-C", VILE, "check", "x.toml"],
        &["init", VILE],
        &["check", VILE],
        &["report", "x.toml", "--month", VILE],
    ] {
        calm(verify_rollup().args(arguments), 2);
    }
}

/// Paths are made fit to be read by `shown`; std's own way to print one is not.
#[test]
fn no_path_enters_a_sentence_as_it_is() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let is_test =
        |path: &Path| path.components().any(|part| ["tests", "tests.rs"].iter().any(|name| part.as_os_str() == *name));
    let mut seen = 0;
    for path in support::files(&sources).into_iter().filter(|path| !is_test(path)) {
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        assert_eq!(code.filter(|line| line.contains(".display()")).count(), 0, "{}", path.display());
        seen += 1;
    }
    assert!(seen > 200, "{seen}");
}

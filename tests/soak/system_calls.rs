//! The order of system calls that a power loss asks for, of the real binary, as strace sees them: a file is synced
//! before it gets its name, its folder after, the manifest last, and a new folder's parent is synced too. A folder is
//! exchanged once all that is in it is synced.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Simulated, Workspace, finish};

const JOB: &str = r#"
name = "traced"
[source]
retention = "none"
[windows]
start = "2026-09-29"
end = "2026-10-03"
[matrix]
countries = ["US", "CO"]
[output]
formats = ["csv", "parquet"]
partition = "PARTITION"
"#;

/// A call that was over, in the order of their ends.
#[derive(Debug, PartialEq, Eq)]
enum Call {
    Written(PathBuf),
    Synced(PathBuf),
    Named(PathBuf, PathBuf),
    Exchanged(PathBuf, PathBuf),
    Removed(PathBuf),
    Created(PathBuf),
}

/// Reads `strace -f -y` output; calls of other threads may interrupt a call's line.
fn calls(log: &str, root: &Path) -> Vec<Call> {
    let mut begun: BTreeMap<&str, String> = BTreeMap::new();
    let mut found = Vec::new();
    for line in log.lines() {
        let (pid, text) = line.split_once(' ').unwrap();
        let text = text.trim_start();
        let whole = if let Some((head, _)) = text.split_once(" <unfinished ...>") {
            begun.insert(pid, head.to_owned());
            continue;
        } else if let Some((_, tail)) = text.strip_prefix("<... ").and_then(|text| text.split_once(" resumed>")) {
            begun.remove(pid).unwrap() + tail
        } else {
            text.to_owned()
        };
        if whole.rsplit_once(" = ").is_some_and(|(_, result)| !result.starts_with('-')) {
            found.extend(call(&whole).filter(|call| in_folder(call, root)));
        }
    }
    found
}

fn call(text: &str) -> Option<Call> {
    let (name, arguments) = text.split_once('(')?;
    // Of `9</a/b>` the path; of `"/a/b"` too.
    let handle = || arguments.split_once('<')?.1.split_once('>').map(|(path, _)| PathBuf::from(path));
    let mut quoted = arguments.split('"').skip(1).step_by(2).map(PathBuf::from);
    match name {
        "write" | "pwrite64" | "writev" => handle().map(Call::Written),
        "fsync" | "fdatasync" => handle().map(Call::Synced),
        "renameat2" if text.contains("RENAME_EXCHANGE") => Some(Call::Exchanged(quoted.next()?, quoted.next()?)),
        "rename" | "renameat" | "renameat2" => Some(Call::Named(quoted.next()?, quoted.next()?)),
        // Below an open folder names are relative to it.
        "unlink" | "unlinkat" | "rmdir" => {
            let name = quoted.next()?;
            Some(Call::Removed(handle().map_or(name.clone(), |folder| folder.join(name))))
        }
        "mkdir" | "mkdirat" => quoted.next().map(Call::Created),
        _ => None,
    }
}

fn in_folder(call: &Call, root: &Path) -> bool {
    match call {
        Call::Written(path) | Call::Synced(path) | Call::Removed(path) | Call::Created(path) => path.starts_with(root),
        Call::Named(_, path) | Call::Exchanged(_, path) => path.starts_with(root),
    }
}

/// Runs the job under strace and returns the calls about the workspace's files.
fn traced(workspace: &Workspace, server: &Simulated, partition: &str) -> Vec<Call> {
    let job = workspace.job("traced.toml", &JOB.replace("PARTITION", partition));
    let run = workspace.run(&job, server);
    let log = workspace.path("strace.log");
    let mut command = Command::new("strace");
    let traced =
        "trace=write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat";
    command.args(["-f", "-y", "-qq", "-e", traced, "-e", "signal=none", "-o"]).arg(&log).arg(run.get_program());
    command.args(run.get_args()).current_dir(workspace.folder.path()).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.envs(run.get_envs().filter_map(|(name, value)| Some((name, value?))));
    finish(&mut command, 0);
    calls(&std::fs::read_to_string(log).unwrap(), workspace.folder.path())
}

/// Checks the order; returns how many files got their name.
fn check(calls: &[Call], dataset: &Path) -> usize {
    let synced = |path: &Path, within: std::ops::Range<usize>| {
        calls[within].iter().any(|call| matches!(call, Call::Synced(found) if found == path))
    };
    let names: Vec<_> = calls.iter().enumerate().filter(|(_, call)| matches!(call, Call::Named(..))).collect();
    let manifest = dataset.join("_manifest.json");
    let listed = names.iter().position(|(_, call)| matches!(call, Call::Named(_, to) if *to == manifest)).unwrap();
    assert_eq!(listed, names.len() - 1, "the manifest gets its name last");
    let (manifest_at, _) = names[listed];
    for (at, call) in &names {
        let Call::Named(from, to) = call else { unreachable!() };
        let written = calls[..*at].iter().rposition(|call| *call == Call::Written(from.clone()));
        let written = written.unwrap_or_else(|| panic!("{} is empty", from.display()));
        assert!(synced(from, written..*at), "{} got its name before it was synced", to.display());
        let end = if *at == manifest_at { calls.len() } else { manifest_at };
        assert!(synced(to.parent().unwrap(), *at..end), "the folder of {} was not synced in time", to.display());
    }
    for (at, call) in calls.iter().enumerate() {
        match call {
            Call::Exchanged(from, to) => {
                let inside = calls[..at].iter().filter_map(|call| match call {
                    Call::Named(_, path) | Call::Created(path) if path.starts_with(from) => {
                        Some(path.parent().unwrap())
                    }
                    _ => None,
                });
                assert!(inside.clone().count() > 0 && at < manifest_at, "{} is out of order", to.display());
                for folder in inside.chain([from.as_path()]) {
                    let changed = calls[..at].iter().rposition(|call| match call {
                        Call::Named(_, path) | Call::Created(path) => path.parent() == Some(folder),
                        _ => false,
                    });
                    assert!(synced(folder, changed.unwrap_or(0)..at), "{} is exchanged too early", folder.display());
                }
                assert!(synced(to.parent().unwrap(), at..manifest_at), "the exchange of {} may be lost", to.display());
            }
            Call::Created(folder) if !folder.ends_with(".staging") => {
                assert!(synced(folder.parent().unwrap(), at..calls.len()), "{} may vanish", folder.display());
            }
            Call::Removed(file) if file.extension().is_some_and(|kind| kind == "csv" || kind == "parquet") => {
                assert!(at > manifest_at, "{} went before the manifest that named it", file.display());
            }
            _ => {}
        }
    }
    let log = calls.iter().filter(|call| matches!(call, Call::Synced(path) if path.ends_with("ledger.sqlite-wal")));
    assert!(log.count() > 0, "the ledger was never synced");
    names.len()
}

#[test]
fn system_calls_come_in_the_order_that_a_power_loss_asks_for() {
    let strace = Command::new("strace").arg("-V").output();
    assert!(strace.is_ok_and(|output| output.status.success()), "strace is missing: apt-get install strace");
    let (server, workspace) = (Simulated::unlimited(), Workspace::new());
    let dataset = workspace.path("output/traced");
    let first = traced(&workspace, &server, "month");
    assert!(first.contains(&Call::Created(workspace.path("state"))));
    assert_eq!(check(&first, &dataset), 5);
    let second = traced(&workspace, &server, "day");
    assert_eq!(check(&second, &dataset), 9);
    let removed = second.iter().filter(|call| matches!(call, Call::Removed(path) if path.ends_with("traced.csv")));
    assert!(removed.count() > 0);
    assert_eq!(second.iter().filter(|call| matches!(call, Call::Exchanged(..))).count(), 2);
    println!("{} and {} calls about files, in order", first.len(), second.len());
}

//! Reports beside the dataset: whole files, published one by one, without the dataset's lock.
//!
//! A report changes nothing that a run reads, so both may work at once. Each process stages in a folder of its own,
//! named by its number; what a process that died has left is removed by the next report.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, test_kill_process};

use super::paths::DatasetPaths;
use crate::sink::DiskError;
use crate::sink::atomic::{Staging, no_hook};

/// Folders of processes at work begin like this.
const STAGING: &str = ".staging-";

/// Writes `DIR/<job>/reports/<name>`, replacing what is there, and says where that is.
///
/// # Errors
/// If the disk refuses; what was there before stays.
pub fn publish_report(layout: &DatasetPaths, name: &str, bytes: &[u8]) -> Result<PathBuf, DiskError> {
    let reports = layout.reports();
    remove_leftovers(&reports);
    let staging = Staging::new(reports.join(format!("{STAGING}{}", std::process::id())), no_hook());
    let target = reports.join(name);
    let published =
        staging.publish_file(&target, |file| file.write_all(bytes).map_err(DiskError::at("write", &target)));
    // The file is published, or its error is told; a folder that stays is removed by the next report.
    let _ = staging.clear();
    published.map(|_| target)
}

/// A folder that cannot be removed harms nobody: it is tried again next time.
fn remove_leftovers(reports: &Path) {
    for entry in fs::read_dir(reports).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(STAGING)?.parse().ok()).and_then(Pid::from_raw);
        if process.is_some_and(|process| test_kill_process(process) == Err(rustix::io::Errno::SRCH)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::testing::scratch;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_report_is_private_whole_and_leaves_nothing_behind() {
        let folder = scratch();
        let layout = DatasetPaths::new(folder.path(), "job");
        for text in [b"one".as_slice(), b"two"] {
            let path = publish_report(&layout, "2026-10.md", text).unwrap();
            assert_eq!(fs::read(&path).unwrap(), text);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(layout.reports()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_dead_process_left_is_removed_and_the_living_are_left_alone() {
        let folder = scratch();
        let layout = DatasetPaths::new(folder.path(), "job");
        let living = layout.reports().join(format!("{STAGING}{}", std::os::unix::process::parent_id()));
        // Linux gives no process a number beyond 2^22.
        let dead = layout.reports().join(format!("{STAGING}{}", i32::MAX));
        for path in [&living, &dead] {
            fs::create_dir_all(path).unwrap();
            fs::write(path.join("half"), "h").unwrap();
        }
        publish_report(&layout, "2026-10.md", b"x").unwrap();
        assert!(living.join("half").exists() && !dead.exists());
    }
}

//! Reports beside the dataset: whole files, published one by one, without the dataset's lock.
//!
//! A report changes nothing that a run reads, so both may work at once, and so may hosts that share the folder, whose
//! processes have the same numbers. Each writes aside in a folder of its own with a name that nobody else has; what one that
//! died has left is removed by a report that comes an hour later, by the file system's clock.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use uuid::Uuid;

use super::paths::DatasetPaths;
use crate::sink::DiskError;
use crate::sink::atomic::{Staging, no_hook};

/// Folders of processes at work begin like this.
const STAGING: &str = ".staging-";
/// Nobody takes so long to write a file.
const LONG_AGO: Duration = Duration::from_hours(1);

/// Writes `DIR/<job>/reports/<name>`, replacing what is there, and says where that is.
///
/// # Errors
/// If the disk refuses; what was there before stays.
pub fn publish_report(layout: &DatasetPaths, name: &str, bytes: &[u8]) -> Result<PathBuf, DiskError> {
    let reports = layout.reports();
    let folder = reports.join(format!("{STAGING}{}", Uuid::now_v7()));
    let staging = Staging::new(folder.clone(), no_hook());
    let target = reports.join(name);
    let published =
        staging.publish_file(&target, |file| file.write_all(bytes).map_err(DiskError::at("write", &target)));
    remove_leftovers(&reports, &folder);
    // The file is published, or its error is told; a folder that stays is removed by the next report.
    let _ = staging.clear();
    published.map(|_| target)
}

/// Removes what is much older than a folder of now. What cannot be removed harms nobody: it is tried again next time.
fn remove_leftovers(reports: &Path, now: &Path) {
    let changed = |path: &Path| fs::metadata(path).and_then(|found| found.modified()).ok();
    let Some(now) = changed(now) else { return };
    for entry in fs::read_dir(reports).into_iter().flatten().flatten() {
        let is_staging = entry.file_name().to_str().is_some_and(|name| name.starts_with(STAGING));
        let age = changed(&entry.path()).and_then(|then| now.duration_since(then).ok());
        if is_staging && age.is_some_and(|age| age > LONG_AGO) {
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
        let [living, dead] = ["1", "2"].map(|name| layout.reports().join(format!("{STAGING}{name}")));
        for path in [&living, &dead] {
            fs::create_dir_all(path).unwrap();
            fs::write(path.join("half"), "h").unwrap();
        }
        let earlier = fs::metadata(&dead).unwrap().modified().unwrap() - 2 * LONG_AGO;
        fs::File::open(&dead).unwrap().set_modified(earlier).unwrap();
        publish_report(&layout, "2026-10.md", b"x").unwrap();
        assert!(living.join("half").exists() && !dead.exists());
    }

    /// Pods are all process 1: those that share a folder took each other's files away.
    #[test]
    fn writers_of_one_process_number_leave_each_others_files_alone() {
        let folder = scratch();
        let layout = DatasetPaths::new(folder.path(), "job");
        std::thread::scope(|scope| {
            for text in ["one", "two", "three"] {
                let layout = &layout;
                scope.spawn(move || {
                    for _ in 0..50 {
                        let path = publish_report(layout, "2026-10.md", text.as_bytes()).unwrap();
                        assert!(["one", "two", "three"].contains(&fs::read_to_string(path).unwrap().as_str()));
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(layout.reports()).unwrap().count(), 1);
    }
}

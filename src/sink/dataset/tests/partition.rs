//! Another partition: folder readers, who take every file they find, see the table of before or that of after; and
//! whatever else lies in the folders stays.

use crate::model::Partition;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::crash::publish_with_copies;
use super::*;
use crate::sink::atomic::DiskStep;

/// What somebody who reads the folder sees at each step of a publication, by format.
fn looks(folder: &Path, offer: &Offer, system: System) -> Vec<(DiskStep, Format, Vec<Row>)> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (list, root) = (Arc::clone(&seen), folder.to_owned());
    let hook: StepHook = Arc::new(move |step, _| {
        list.lock().unwrap().extend(Format::ALL.map(|format| (step, format, table(&root, format))));
        Ok(())
    });
    publish_to(&mut system.of(open_with(folder, hook)), offer).unwrap();
    std::mem::take(&mut *seen.lock().unwrap())
}

/// Five days by month; then by day, with other numbers and two days more.
fn offers() -> [Offer; 2] {
    let change = Offer { partition: Partition::Day, salt: 2, ..Offer::new(2, &each_day(-1, 5)) };
    [Offer::new(1, &each_day(-2, 3)), change]
}

#[test]
fn a_reader_of_the_folder_sees_the_old_table_or_the_new_one() {
    for (system, gaps) in [(System::Exchanges, 0), (System::Moves, 2)] {
        let folder = scratch();
        let [base, change] = offers();
        publish(folder.path(), &base);
        let before = table(folder.path(), Format::Csv);
        let looks = looks(folder.path(), &change, system);
        let after = table(folder.path(), Format::Csv);
        assert_eq!(table(folder.path(), Format::Parquet), after);
        let mut empty = 0;
        for (number, (step, format, rows)) in looks.iter().enumerate() {
            empty += usize::from(*step == DiskStep::MovedAway && rows.is_empty());
            let is_whole = *rows == before || *rows == after || *step == DiskStep::MovedAway && rows.is_empty();
            assert!(is_whole, "{system:?}: look {number} at {format}, {step:?}: {} rows", rows.len());
        }
        assert_eq!(empty, gaps);
        assert!(!layout(folder.path()).staging().exists() && read(folder.path()).differing().is_empty());
    }
}

/// The partition is changed back before the killed publication is repeated.
#[test]
fn a_crash_and_then_the_old_partition_again() {
    for system in [System::Exchanges, System::Moves] {
        let folders = scratch();
        let folder = folders.path().join("whole");
        let [base, change] = offers();
        publish(&folder, &base);
        for (step, crashed) in publish_with_copies(&folder, &folders.path().join("copies"), &change, system) {
            publish(&crashed, &Offer { partition: Partition::Month, ..change.clone() });
            for format in Format::ALL {
                assert_eq!(table(&crashed, format), table(&folder, format), "{step:?} {format}");
            }
            assert!(read(&crashed).differing().is_empty() && set_aside(&crashed).is_empty(), "{step:?}");
        }
    }
}

const FOREIGN: [&str; 6] = [
    "csv/notes.txt",
    "csv/_SUCCESS",
    "csv/month=2026-10/.monthly.csv.crc",
    "parquet/month=2026-09/other.parquet",
    "parquet/day=2026-10-01/other.parquet",
    "parquet/year=2026/quarter=4/monthly.parquet",
];

fn add_foreign_files(folder: &Path) -> Vec<PathBuf> {
    let files: Vec<_> = FOREIGN.iter().map(|name| layout(folder).root().join(name)).collect();
    for (path, name) in files.iter().zip(FOREIGN) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
    fs::create_dir_all(layout(folder).root().join("csv/_temporary/0")).unwrap();
    files
}

#[test]
fn files_of_somebody_else_stay_where_they_are_whenever_it_crashes() {
    for system in [System::Exchanges, System::Moves] {
        let folders = scratch();
        let folder = folders.path().join("whole");
        let [base, change] = offers();
        publish(&folder, &base);
        add_foreign_files(&folder);
        let crashes = publish_with_copies(&folder, &folders.path().join("copies"), &change, system);
        for (step, crashed) in crashes.into_iter().chain([(DiskStep::Removed, folder)]) {
            // As somebody sees it who comes after, and once more after the next publication.
            for again in [false, true] {
                if again {
                    publish(&crashed, &change);
                } else {
                    drop(open(&crashed));
                }
                for name in FOREIGN {
                    let found = fs::read(layout(&crashed).root().join(name)).unwrap_or_default();
                    assert_eq!(found, name.as_bytes(), "{system:?}, {step:?}");
                }
                assert!(layout(&crashed).root().join("csv/_temporary/0").is_dir(), "{system:?}, {step:?}");
            }
            let (dated, undated) = ("csv/month=2026-09", "parquet/month=2026-10");
            assert!(![dated, undated].iter().any(|name| layout(&crashed).root().join(name).exists()), "{step:?}");
            assert_eq!(set_aside(&crashed).len(), 0, "{step:?}");
        }
    }
}

/// What was written into the old folder in the last moment.
#[test]
fn files_that_come_late_are_given_back_and_never_replace_others() {
    let folder = scratch();
    let [base, change] = offers();
    publish(folder.path(), &base);
    let root = layout(folder.path()).root().to_owned();
    let late = move |step, path: &Path| -> std::io::Result<()> {
        if step == DiskStep::Exchanged && path.ends_with("csv") {
            let old = root.join(".staging/tree/csv/month=2026-10");
            fs::write(old.join("late.txt"), "late")?;
            fs::write(old.join("mine.txt"), "early")?;
            fs::create_dir_all(root.join("csv/month=2026-10"))?;
            fs::write(root.join("csv/month=2026-10/mine.txt"), "later")?;
        }
        Ok(())
    };
    publish_to(&mut open_with(folder.path(), Arc::new(late)), &change).unwrap();
    let found = tree(folder.path());
    assert_eq!(found["monthly/csv/month=2026-10/late.txt"], b"late");
    assert_eq!(found["monthly/csv/month=2026-10/mine.txt"], b"later");
    assert_eq!(found["monthly/_set_aside/csv.month=2026-10.mine.txt"], b"early");
}

/// Its table is published as well, file by file.
#[test]
fn a_folder_that_cannot_be_replaced_is_gone_through_file_by_file() {
    let folder = scratch();
    let [base, change] = offers();
    publish(folder.path(), &base);
    let (parquet, csv) = (layout(folder.path()).folder(Format::Parquet), layout(folder.path()).folder(Format::Csv));
    // The folder itself is a link, or one inside it.
    let (elsewhere, month) = (folder.path().join("elsewhere"), csv.join("month=2026-10"));
    for (present, other) in [(&parquet, &elsewhere), (&month, &folder.path().join("month"))] {
        fs::rename(present, other).unwrap();
        symlink(other, present).unwrap();
    }
    publish(folder.path(), &change);
    assert!(parquet.is_symlink() && month.is_symlink() && elsewhere.join("day=2026-10-01").is_dir());
    assert_eq!(table(folder.path(), Format::Parquet), table(folder.path(), Format::Csv));
    assert_eq!(table(folder.path(), Format::Csv).len(), 7 * 3);
    assert!(read(folder.path()).differing().is_empty() && !layout(folder.path()).staging().exists());
}

/// Nor can it be moved away: something is in the way, as it would be if it were mounted.
#[test]
fn a_folder_that_turns_out_not_to_move_is_gone_through_file_by_file() {
    let folder = scratch();
    let [base, change] = offers();
    publish(folder.path(), &base);
    let staging = layout(folder.path()).staging();
    let in_the_way = move |step, _: &Path| -> std::io::Result<()> {
        if step == DiskStep::Renamed {
            fs::create_dir_all(staging.join("away/parquet/in the way"))?;
        }
        Ok(())
    };
    publish_to(&mut System::Moves.of(open_with(folder.path(), Arc::new(in_the_way))), &change).unwrap();
    assert_eq!(table(folder.path(), Format::Parquet), table(folder.path(), Format::Csv));
    assert_eq!(table(folder.path(), Format::Parquet).len(), 7 * 3);
    assert!(read(folder.path()).differing().is_empty() && !layout(folder.path()).staging().exists());
}

#[test]
fn folders_keep_their_permissions_and_replaced_files_theirs() {
    for system in [System::Exchanges, System::Moves] {
        let folder = scratch();
        let [base, change] = offers();
        publish(folder.path(), &base);
        let root = layout(folder.path()).root().to_owned();
        let set = |name: &str, mode| fs::set_permissions(root.join(name), fs::Permissions::from_mode(mode)).unwrap();
        let mode = |name: &str| fs::metadata(root.join(name)).unwrap().permissions().mode() & 0o7777;
        add_foreign_files(folder.path());
        for (name, chosen) in [("parquet", 0o2751), ("parquet/day=2026-10-01", 0o770), ("csv/notes.txt", 0o604)] {
            set(name, chosen);
        }
        // A file of ours under the name of a new one, which a publication that was killed may leave.
        fs::create_dir_all(root.join("csv/day=2026-10-02")).unwrap();
        fs::copy(root.join("csv/month=2026-09/monthly.csv"), root.join("csv/day=2026-10-02/monthly.csv")).unwrap();
        set("csv/day=2026-10-02/monthly.csv", 0o640);
        publish_to(&mut system.of(open(folder.path())), &change).unwrap();
        assert_eq!((mode("parquet"), mode("parquet/day=2026-10-01"), mode("csv/notes.txt")), (0o2751, 0o770, 0o604));
        assert_eq!((mode("csv/day=2026-10-02/monthly.csv"), mode("csv/day=2026-10-03/monthly.csv")), (0o640, 0o600));
        // What is new follows the folder it comes into.
        let new = "parquet/day=2026-10-03";
        assert_eq!((mode(new), mode(&format!("{new}/monthly.parquet"))), (0o2751, 0o640));
        assert_eq!(mode("csv/day=2026-10-03"), mode("csv"));
    }
}

/// The new folder is harmed between the crash and the next opening: the old one, which is still there, helps out.
#[test]
fn an_old_folder_is_given_back_where_the_new_one_lacks_rows() {
    let folders = scratch();
    let folder = folders.path().join("whole");
    let [base, change] = offers();
    publish(&folder, &base);
    let copies = publish_with_copies(&folder, &folders.path().join("copies"), &change, System::Exchanges);
    let (_, crashed) = copies.iter().rfind(|(step, _)| *step == DiskStep::Exchanged).unwrap();
    for format in Format::ALL {
        fs::remove_file(layout(crashed).folder(format).join(format!("day=2026-09-29/monthly.{format}"))).unwrap();
    }
    assert_eq!(read(crashed).lost_windows().count(), 1);
    let dataset = open(crashed);
    assert_eq!(dataset.stored().lost_windows().count(), 0);
    assert_eq!(dataset.stored().rows(None).count(), 7 * 3);
    drop(dataset);
    publish(crashed, &change);
    for format in Format::ALL {
        assert_eq!(table(crashed, format), table(&folder, format));
    }
}

/// Between moving the old folder away and the new one in, somebody else makes a folder of that name.
#[test]
fn a_folder_that_was_moved_away_outlives_a_failure() {
    for formats in [vec![Format::Parquet], Format::ALL.to_vec()] {
        let folder = scratch();
        let [base, change] = offers().map(|offer| Offer { formats: formats.clone(), ..offer });
        publish(folder.path(), &base);
        let before = table(folder.path(), Format::Parquet);
        let in_the_way = |step, path: &Path| -> std::io::Result<()> {
            if step == DiskStep::MovedAway {
                fs::create_dir(path)?;
                fs::write(path.join("mine.txt"), "mine")?;
            }
            Ok(())
        };
        let mut dataset = System::Moves.of(open_with(folder.path(), Arc::new(in_the_way)));
        let error = publish_to(&mut dataset, &change).unwrap_err().to_string();
        assert!(error.starts_with("failed to replace"), "{error}");
        drop(dataset);
        let dataset = open(folder.path());
        assert_eq!(dataset.stored().lost_windows().count(), 0);
        let found: Vec<_> = dataset.stored().rows(None).map(Result::unwrap).collect();
        drop(dataset);
        publish(folder.path(), &change);
        let after = table(folder.path(), Format::Parquet);
        assert!(after.len() == 7 * 3 && (found == before || found == after), "{} rows", found.len());
        assert_eq!(fs::read(layout(folder.path()).folder(Format::Parquet).join("mine.txt")).unwrap(), b"mine");
    }
}

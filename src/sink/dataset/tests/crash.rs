//! A crash at every step: the tree is copied there, reopened, and published again.

use crate::model::Partition;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::*;
use crate::sink::atomic::DiskStep;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { fs::copy(&path, &target).map(drop).unwrap() }
    }
}

/// Publishes with a copy of the tree taken at each step; returns the copies.
pub(super) fn publish_with_copies(
    folder: &Path,
    copies: &Path,
    offer: &Offer,
    system: System,
) -> Vec<(DiskStep, PathBuf)> {
    let taken = Arc::new(Mutex::new(Vec::new()));
    let (from, to, list) = (folder.to_owned(), copies.to_owned(), taken.clone());
    let hook: StepHook = Arc::new(move |step, _| {
        let mut list = list.lock().unwrap();
        let target = to.join(list.len().to_string());
        copy(&from, &target);
        list.push((step, target));
        Ok(())
    });
    publish_to(&mut system.of(open_with(folder, hook)), offer).unwrap();
    std::mem::take(&mut *taken.lock().unwrap())
}

fn crash_everywhere(base: &[Offer], offer: &Offer) {
    crash_everywhere_on(System::Exchanges, base, offer);
}

fn crash_everywhere_on(system: System, base: &[Offer], offer: &Offer) -> Vec<DiskStep> {
    let folders = scratch();
    let (folder, copies) = (folders.path().join("whole"), folders.path().join("copies"));
    for earlier in base {
        publish(&folder, earlier);
    }
    let format = offer.formats[0];
    let before = if base.is_empty() { Vec::new() } else { table(&folder, format) };
    let crashes = publish_with_copies(&folder, &copies, offer, system);
    let (after, whole) = (table(&folder, format), tree(&folder));
    assert!(crashes.iter().any(|(step, _)| *step == DiskStep::Renamed));
    for (number, (step, crashed)) in crashes.iter().enumerate() {
        let what = format!("step {number}, {step:?}");
        // Every data file is whole, and a reader of the manifest gets rows of before or after, nothing else.
        for format in Format::ALL {
            drop(table(crashed, format));
        }
        // Who only reads cannot put back a folder that was moved away, and a single format has nothing beside it.
        let is_away = *step == DiskStep::MovedAway && offer.formats.len() == 1;
        if let Some(stored) = Stored::read(&layout(crashed)).unwrap() {
            assert!(is_away || stored.lost_windows().count() == 0, "{what}");
            for row in stored.rows(None) {
                let row = row.unwrap();
                assert!(before.contains(&row) || after.contains(&row), "{what}: {}", row.key);
            }
        }
        let dataset = open(crashed);
        let (stored, from_file) = (dataset.stored(), before.iter().chain(&after));
        assert_eq!((stored.lost_windows().count(), stored.is_harmed()), (0, false), "{what}");
        assert!(stored.manifest().is_none() || stored.unverified_windows().count() == 0, "{what}");
        assert!(before.is_empty() || stored.rows(None).count() >= before.len().min(after.len()), "{what}");
        assert!(stored.rows(None).all(|row| from_file.clone().any(|known| known == row.as_ref().unwrap())), "{what}");
        drop(dataset);
        publish(crashed, offer);
        let recovered = tree(crashed);
        assert_eq!(recovered.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>(), "{what}");
        assert!(recovered == whole, "{what}: other bytes");
    }
    crashes.into_iter().map(|(step, _)| step).collect()
}

#[test]
fn of_a_first_publication() {
    crash_everywhere(&[], &Offer::new(1, &each_day(-1, 2)));
}

#[test]
fn of_a_change() {
    let base = Offer::new(1, &each_day(-3, 3));
    crash_everywhere(&[base], &Offer { salt: 2, countries: vec!["CO", "FR", "US"], ..Offer::new(2, &each_day(-1, 4)) });
}

#[test]
fn of_longer_windows_across_files() {
    let daily = |run, windows: &[Window]| Offer { partition: Partition::Day, ..Offer::new(run, windows) };
    crash_everywhere(&[daily(1, &each_day(0, 4))], &daily(2, &[days(1, 3), days(3, 5)]));
}

#[test]
fn of_another_partitioning() {
    // The last day was cut at noon.
    let noon = UnixSeconds(START + 43_200 * 7);
    let cut = Window::new(days(3, 4).start(), noon).unwrap();
    let base = Offer::new(1, &[&each_day(-2, 3)[..], &[cut]].concat());
    let windows = [days(-1, 1), days(1, 2), days(3, 4)];
    let offer = Offer { partition: Partition::Day, salt: 1, ..Offer::new(2, &windows) };
    let only_parquet = |offer: &Offer| Offer { formats: vec![Format::Parquet], ..offer.clone() };
    for (base, offer) in [(only_parquet(&base), only_parquet(&offer)), (base, offer)] {
        let formats = offer.formats.len();
        for (system, moved_away) in [(System::Exchanges, 0), (System::Moves, formats)] {
            let steps = crash_everywhere_on(system, std::slice::from_ref(&base), &offer);
            let count = |wanted| steps.iter().filter(|step| **step == wanted).count();
            assert_eq!((count(DiskStep::MovedAway), count(DiskStep::Exchanged)), (moved_away, formats));
        }
    }
}

/// The rows themselves do not tell that the second run took some away.
#[test]
fn of_another_partitioning_and_nothing_else() {
    let more = Offer { countries: vec!["CO", "FR", "US"], ..Offer::new(1, &each_day(-2, 3)) };
    let fewer = Offer::new(2, &each_day(-1, 2));
    crash_everywhere(&[more, fewer], &Offer { partition: Partition::None, ..Offer::new(3, &each_day(0, 1)) });
}

#[test]
fn an_error_at_any_step_is_reported_and_leaves_no_staged_file() {
    let offer = Offer::new(1, &each_day(-1, 2));
    let whole = scratch();
    publish(whole.path(), &offer);
    for fail_at in 0.. {
        let folder = scratch();
        let count = Mutex::new(0);
        let hook: StepHook = Arc::new(move |_, _| {
            let mut count = count.lock().unwrap();
            *count += 1;
            if *count > fail_at { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        });
        let mut dataset = open_with(folder.path(), hook);
        match publish_to(&mut dataset, &offer) {
            Ok(_) => {
                assert!(fail_at > 10);
                break;
            }
            Err(error) => assert!(error.to_string().starts_with("no space left to publish"), "{error}"),
        }
        drop(dataset);
        assert!(!layout(folder.path()).staging().exists());
        publish(folder.path(), &offer);
        assert!(tree(folder.path()) == tree(whole.path()), "failure at {fail_at}");
    }
}

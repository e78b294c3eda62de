//! The log of changes: read from its first file on it says what the table holds, whatever happened in between.

use std::fs::File;
use std::sync::{Arc, Mutex};

use super::history_audit::found;
use super::*;
use crate::sink::replay;

/// The files of the log, by path.
pub(super) fn log(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    tree(folder).into_iter().filter(|(name, _)| name.starts_with("monthly/history/")).collect()
}

/// Every entry in order: the key, and the row since.
fn entries(folder: &Path) -> Vec<(String, Option<Row>)> {
    let mut entries = Vec::new();
    for name in log(folder).keys() {
        replay(File::open(folder.join(name)).unwrap(), |key, row| entries.push((key.to_owned(), row))).unwrap();
    }
    entries
}

/// What the log says the table is.
pub(super) fn logged(folder: &Path) -> Vec<Row> {
    let mut rows = BTreeMap::new();
    for (key, row) in entries(folder) {
        match row {
            Some(row) => drop(rows.insert(key, row)),
            None => assert!(rows.remove(&key).is_some(), "{key} is gone twice"),
        }
    }
    let mut rows: Vec<_> = rows.into_values().collect();
    rows.sort_by_key(|row| row.key);
    rows
}

pub(super) fn kept(run: u128, windows: &[Window]) -> Offer {
    Offer { history: ChangeLog::Kept, formats: vec![Format::Parquet], ..Offer::new(run, windows) }
}

/// The log says what the table is, and what was in it before still is.
pub(super) fn holds(folder: &Path, before: &BTreeMap<String, Vec<u8>>, what: &str) {
    let now = log(folder);
    assert!(before.iter().all(|(name, bytes)| now.get(name) == Some(bytes)), "{what}: an old file of the log changed");
    assert!(logged(folder) == table(folder, Format::Parquet), "{what}: the log is not the table");
    let manifest = read(folder).manifest().unwrap().clone();
    let listed: Vec<_> = manifest.history_files().map(|(path, _)| format!("monthly/{path}")).collect();
    assert_eq!(listed, now.into_keys().collect::<Vec<_>>(), "{what}");
    assert_eq!(found(folder), [], "{what}: what an audit says");
}

/// A week over the turn of a month; then more and other rows, a country less, a day that was cut, other partitions.
pub(super) fn story() -> Vec<Offer> {
    let noon = Window::new(days(2, 3).start(), UnixSeconds(START + 86_400 * 2 + 43_200)).unwrap();
    vec![
        kept(1, &each_day(-4, 2)).provisional(),
        kept(2, &[&each_day(-4, 2)[..], &[noon]].concat()),
        Offer { salt: 1, ..kept(3, &each_day(1, 4)) },
        Offer { countries: vec!["CO", "FR"], ..kept(4, &each_day(-1, 2)) },
        Offer { partition: Partition::Day, ..kept(5, &each_day(3, 5)) },
        Offer { partition: Partition::None, formats: Format::ALL.to_vec(), ..kept(6, &[days(-4, 1)]) },
    ]
}

#[test]
fn every_change_is_logged_once_and_nothing_else() {
    let folder = scratch();
    let mut before = BTreeMap::new();
    for offer in story() {
        publish(folder.path(), &offer);
        holds(folder.path(), &before, &format!("run {}", offer.run));
        before = tree(folder.path());
        publish(folder.path(), &Offer { run: 99, ..offer });
        assert!(tree(folder.path()) == before, "publishing again changed something");
        before.retain(|name, _| name.starts_with("monthly/history/"));
    }
}

#[test]
fn an_entry_names_the_month_of_its_window_and_the_run_that_made_it() {
    let folder = scratch();
    for offer in story().into_iter().take(4) {
        publish(folder.path(), &offer);
    }
    let names: Vec<_> =
        log(folder.path()).into_keys().map(|name| name.replace("01990000-0000-7000-8000-", "")).collect();
    let expected = [
        "month=2026-09/000001-000000000001",
        "month=2026-09/000002-000000000002",
        "month=2026-09/000003-000000000004",
        "month=2026-10/000001-000000000001",
        "month=2026-10/000002-000000000002",
        "month=2026-10/000003-000000000003",
        "month=2026-10/000004-000000000004",
    ];
    assert_eq!(names, expected.map(|name| format!("monthly/history/{name}.parquet")));
    // Of two days of which the fourth run took the US away and brought France: two rows gone, two new, no others.
    let last = folder.path().join(names[6].replace("000000000004", "01990000-0000-7000-8000-000000000004"));
    let mut told = Vec::new();
    replay(File::open(last).unwrap(), |key, row| told.push((key.split('|').nth(3).unwrap().to_owned(), row))).unwrap();
    let summary: Vec<_> = told.iter().map(|(country, row)| (country.as_str(), row.map(|row| row.run_id))).collect();
    for (country, run_id) in [("US", None), ("FR", Some(run(4)))] {
        assert_eq!(summary.iter().filter(|told| **told == (country, run_id)).count(), 2, "{summary:?}");
    }
}

#[test]
fn a_log_begun_late_or_interrupted_begins_with_what_stands() {
    let folder = scratch();
    let mut before = BTreeMap::new();
    for (number, offer) in story().into_iter().enumerate() {
        let history = if number % 2 == 0 { ChangeLog::Off } else { ChangeLog::Kept };
        publish(folder.path(), &Offer { history, ..offer });
        if history == ChangeLog::Kept {
            holds(folder.path(), &before, &format!("run {}", number + 1));
        } else {
            assert!(log(folder.path()) == before, "it is off");
        }
        before = log(folder.path());
    }
}

/// Publishes, with a copy of the tree at each step; then another run follows in each copy.
fn crash_everywhere(base: &[Offer], offer: &Offer, next: &Offer) {
    let folders = scratch();
    let (folder, copies) = (folders.path().join("whole"), folders.path().join("copies"));
    for earlier in base {
        publish(&folder, earlier);
    }
    let crashes = super::crash::publish_with_copies(&folder, &copies, offer, System::Exchanges);
    for (number, (step, crashed)) in crashes.iter().enumerate() {
        super::history_audit::is_as_a_kill_leaves_it(crashed, &format!("step {number}, {step:?}"));
        let before = log(crashed);
        publish(crashed, next);
        holds(crashed, &before, &format!("step {number}, {step:?}"));
    }
}

#[test]
fn a_publication_that_is_killed_at_any_step_leaves_a_log_that_the_next_one_completes() {
    let story = story();
    for at in [0, 1, 3, 5] {
        let again = Offer { run: 50, ..story[at].clone() };
        crash_everywhere(&story[..at], &story[at], &again);
        let other = Offer { salt: 3, ..again };
        crash_everywhere(&story[..at], &story[at], &other);
    }
}

#[test]
fn a_run_killed_while_it_mends_what_a_killed_one_left_is_mended_as_well() {
    let story = story();
    let folders = scratch();
    let (folder, copies) = (folders.path().join("whole"), folders.path().join("copies"));
    publish(&folder, &story[0]);
    let first = super::crash::publish_with_copies(&folder, &copies, &story[1], System::Exchanges);
    let other = Offer { salt: 3, ..kept(50, &each_day(-4, 2)) };
    for (number, (step, crashed)) in first.iter().enumerate().step_by(3) {
        let inner = folders.path().join(format!("inner-{number}"));
        for (inside, (then, twice)) in
            super::crash::publish_with_copies(crashed, &inner, &other, System::Exchanges).iter().enumerate().step_by(3)
        {
            let before = log(twice);
            publish(twice, &Offer { run: 51, ..other.clone() });
            holds(twice, &before, &format!("step {number}, {step:?}, then {inside}, {then:?}"));
        }
    }
}

#[test]
fn a_lost_or_damaged_file_of_the_log_is_told_and_what_it_said_is_written_anew() {
    for damage in ["lost", "cut", "foreign"] {
        let folder = scratch();
        story().iter().take(3).for_each(|offer| drop(publish(folder.path(), offer)));
        let name = log(folder.path()).into_keys().nth(1).unwrap();
        let path = folder.path().join(&name);
        match damage {
            "lost" => fs::remove_file(&path).unwrap(),
            "cut" => File::options().write(true).open(&path).unwrap().set_len(100).unwrap(),
            _ => fs::write(&path, "no table").unwrap(),
        }
        let told: Vec<_> = read(folder.path()).differing().to_vec();
        assert_eq!(
            told.iter().map(|file| file.path.clone()).collect::<Vec<_>>(),
            std::slice::from_ref(&path),
            "{damage}"
        );
        let before = log(folder.path()).into_iter().filter(|(other, _)| *other != name).collect();
        let published = publish(folder.path(), &kept(9, &[]));
        assert_eq!(published.set_aside.len(), usize::from(damage != "lost"), "{damage}");
        holds(folder.path(), &before, damage);
        assert!(read(folder.path()).differing().is_empty(), "{damage}");
    }
}

#[test]
fn a_lost_manifest_and_lost_rows_are_no_end_of_the_log() {
    let folder = scratch();
    story().iter().take(3).for_each(|offer| drop(publish(folder.path(), offer)));
    let before = log(folder.path());
    fs::remove_file(layout(folder.path()).manifest()).unwrap();
    publish(folder.path(), &kept(9, &[]));
    holds(folder.path(), &before, "no manifest");
    assert!(log(folder.path()) == before, "nothing changed but who vouches for it");
    fs::remove_file(folder.path().join("monthly/parquet/month=2026-09/monthly.parquet")).unwrap();
    publish(folder.path(), &kept(10, &[]));
    holds(folder.path(), &before, "lost rows");
    publish(folder.path(), &kept(11, &each_day(-4, 0)));
    holds(folder.path(), &before, "found again");
}

#[test]
fn an_error_at_any_step_leaves_a_log_that_goes_on() {
    let story = story();
    let mut failed = 0;
    for fail_at in (0..).step_by(2) {
        let folders = scratch();
        let folder = folders.path().join("it");
        story[..3].iter().for_each(|offer| drop(publish(&folder, offer)));
        let count = Mutex::new(0);
        let hook: StepHook = Arc::new(move |_, _| {
            let mut count = count.lock().unwrap();
            *count += 1;
            if *count > fail_at { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        });
        let done = publish_to(&mut open_with(&folder, hook), &story[3]);
        let before = log(&folder);
        publish(&folder, &Offer { run: 60, ..story[3].clone() });
        holds(&folder, &before, &format!("failure at {fail_at}"));
        failed += u32::from(done.is_err());
        if done.is_ok() {
            break;
        }
    }
    assert!(failed > 5);
}

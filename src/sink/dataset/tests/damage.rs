//! Files that are not as the manifest says.

use super::*;

const CSV: &str = "monthly/csv/month=2026-10/monthly.csv";
const PARQUET: &str = "monthly/parquet/month=2026-10/monthly.parquet";
const MANIFEST: &str = "monthly/_manifest.json";

/// A dataset, harmed; then a run that offers nothing, which repairs what the other files allow.
fn repaired(harm: impl Fn(&Path)) -> (BTreeMap<String, Vec<u8>>, BTreeMap<String, Vec<u8>>) {
    let folder = scratch();
    publish(folder.path(), &Offer::new(1, &each_day(-1, 3)));
    let whole = tree(folder.path());
    harm(folder.path());
    let harmed = tree(folder.path());
    publish(folder.path(), &Offer::new(2, &[]));
    for (name, bytes) in set_aside(folder.path()) {
        assert_eq!(harmed[&format!("monthly/{}", name.replacen('.', "/", 2))], bytes, "{name} was another file");
    }
    (own_tree(folder.path()), whole)
}

#[test]
fn a_missing_or_damaged_file_is_rebuilt_from_the_other_format() {
    for (path, other) in [(CSV, PARQUET), (PARQUET, CSV)] {
        let (found, whole) = repaired(|folder| fs::remove_file(folder.join(path)).unwrap());
        assert!(found == whole, "{path} missing");
        for harm in [b"".as_slice(), b"PAR1", b"a,b\n1,2\n"] {
            let (found, whole) = repaired(|folder| fs::write(folder.join(path), harm).unwrap());
            assert!(found == whole, "{path} damaged");
        }
        let (found, whole) = repaired(|folder| fs::copy(folder.join(other), folder.join(path)).map(drop).unwrap());
        assert!(found == whole, "{path} replaced");
    }
}

#[test]
fn a_lost_manifest_is_rebuilt_from_the_data_files() {
    let (mut found, mut whole) = repaired(|folder| fs::remove_file(folder.join(MANIFEST)).unwrap());
    assert_ne!(found.remove(MANIFEST), whole.remove(MANIFEST));
    assert!(found == whole);
}

#[test]
fn rows_that_no_file_holds_are_named_and_found_again_by_the_run_that_covers_them() {
    let folder = scratch();
    let offer = Offer::new(1, &each_day(-1, 3));
    publish(folder.path(), &offer);
    let whole = tree(folder.path());
    fs::remove_file(folder.path().join(CSV)).unwrap();
    let half = fs::read(folder.path().join(PARQUET)).unwrap().len() / 2;
    fs::write(folder.path().join(PARQUET), &whole[PARQUET][..half]).unwrap();
    let stored = read(folder.path());
    assert_eq!(stored.lost_windows().map(|(window, _)| window).collect::<Vec<_>>(), each_day(0, 3));
    let differing: Vec<_> = stored.differing().iter().map(|file| file.path.clone()).collect();
    assert_eq!(differing, [folder.path().join(PARQUET), folder.path().join(CSV)]);
    assert!(!stored.archived(days(0, 1), &offer.shape()) && stored.archived(days(-1, 0), &offer.shape()));
    publish(folder.path(), &offer);
    assert!(own_tree(folder.path()) == whole);
    assert_eq!(set_aside(folder.path())["parquet.month=2026-10.monthly.parquet"].len(), half);
    // Without such a run it stays named, and no damaged file stays where readers look.
    fs::remove_file(folder.path().join(CSV)).unwrap();
    fs::write(folder.path().join(PARQUET), b"PAR1").unwrap();
    publish(folder.path(), &Offer::new(2, &[]));
    assert!(read(folder.path()).differing().is_empty());
    assert_eq!(table(folder.path(), Format::Parquet).len(), 3);
    assert_eq!(own_tree(folder.path()).len(), 3);
    let lost = |folder: &Path| read(folder).lost_windows().map(|(window, _)| window).collect::<Vec<_>>();
    assert_eq!(lost(folder.path()), each_day(0, 3));
    publish(folder.path(), &Offer::new(3, &each_day(0, 1)));
    assert_eq!(lost(folder.path()), each_day(1, 3), "a part of it came back");
    let accepted = Publication { loss: Loss::Accepted, ..Offer::new(4, &[]).publication() };
    open(folder.path()).publish(&accepted, |_| Vec::new()).unwrap();
    assert_eq!(lost(folder.path()), []);
}

#[test]
fn a_file_with_other_rows_than_were_taken_is_set_aside() {
    let folder = scratch();
    publish(folder.path(), &Offer::new(1, &each_day(0, 2)));
    let text = fs::read_to_string(folder.path().join(CSV)).unwrap();
    // The second day's rows are gone from one format; the other one has all.
    let shortened: Vec<_> = text.lines().filter(|line| !line.contains("|2026-10-02T")).collect();
    fs::write(folder.path().join(CSV), shortened.join("\n") + "\n").unwrap();
    publish(folder.path(), &Offer::new(2, &[]));
    assert!(set_aside(folder.path()).is_empty(), "all that it has is there");
    assert_eq!(fs::read_to_string(folder.path().join(CSV)).unwrap(), text);
    // Somebody's copy under a name of ours.
    let other = folder.path().join("monthly/csv/month=2026-09/monthly.csv");
    fs::create_dir_all(other.parent().unwrap()).unwrap();
    fs::write(&other, text.replace(",measured,", ",implied,")).unwrap();
    publish(folder.path(), &Offer::new(3, &[]));
    assert!(!other.exists() && set_aside(folder.path()).is_empty(), "a copy of what is there");
    fs::write(folder.path().join(CSV), text.replace(",true,", ",false,")).unwrap();
    publish(folder.path(), &Offer::new(4, &[]));
    assert_eq!(fs::read_to_string(folder.path().join(CSV)).unwrap(), text);
    assert_eq!(set_aside(folder.path()).into_keys().collect::<Vec<_>>(), ["csv.month=2026-10.monthly.csv"]);
}

#[test]
fn foreign_files_are_left_alone() {
    let folder = scratch();
    publish(folder.path(), &Offer::new(1, &each_day(0, 1)));
    for name in
        ["monthly/csv/notes.txt", "monthly/csv/month=2026-09/other.csv", "monthly/parquet/year=2026/monthly.parquet"]
    {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "mine").unwrap();
    }
    let before = tree(folder.path());
    publish(folder.path(), &Offer::new(2, &each_day(0, 1)));
    assert!(tree(folder.path()) == before);
}

#[test]
fn files_of_another_account_are_not_taken_over() {
    let folder = scratch();
    publish(folder.path(), &Offer::new(1, &each_day(0, 1)));
    fs::remove_file(folder.path().join(MANIFEST)).unwrap();
    let other = DatasetIdentity { account_sid: format!("AC{}", "1".repeat(32)).parse().unwrap(), ..identity() };
    let holder = LockHolder { pid: 1, since: UnixSeconds(START), command: "test".into() };
    let lock = DatasetLock::acquire(layout(folder.path()), &holder).unwrap();
    assert!(matches!(Dataset::open(lock, other, no_hook()), Err(OpenError::OtherIdentity { .. })));
}

#[test]
fn unusable_manifests_are_refused() {
    let folder = scratch();
    publish(folder.path(), &Offer::new(1, &each_day(0, 2)));
    let path = folder.path().join(MANIFEST);
    let good = fs::read_to_string(&path).unwrap();
    let cases = [
        ("\"format_version\": 2", "\"format_version\": 3", "upgrade verify-rollup"),
        ("\"format_version\": 2", "\"format_version\": ", "is damaged"),
        ("\"job\": \"monthly\"", "\"job\": \"other\"", "belongs to the job `other`"),
        ("csv/month=2026-10/", "../csv/month=2026-10/", "lists a file that holds no window"),
        ("\"matrix\": 0", "\"matrix\": 7", "no matrix that fits"),
        (
            "\"end\": \"2026-10-02T00:00:00Z\",\n      \"matrix\"",
            "\"end\": \"2026-10-03T00:00:00Z\",\n      \"matrix\"",
            "out of order",
        ),
    ];
    for (from, to, expected) in cases {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        fs::write(&path, bad).unwrap();
        let error = Stored::read(&layout(folder.path())).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn leftovers_of_a_crash_are_removed_when_opened() {
    let folder = scratch();
    publish(folder.path(), &Offer::new(1, &each_day(0, 1)));
    let before = tree(folder.path());
    let staging = layout(folder.path()).staging();
    fs::create_dir(&staging).unwrap();
    fs::write(staging.join("half"), "x").unwrap();
    drop(open(folder.path()));
    assert!(tree(folder.path()) == before);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = scratch();
    fs::create_dir(folder.path().join("monthly")).unwrap();
    fs::write(folder.path().join("monthly/.staging"), "in the way").unwrap();
    let holder = LockHolder { pid: 1, since: UnixSeconds(START), command: "test".into() };
    let lock = DatasetLock::acquire(layout(folder.path()), &holder).unwrap();
    let Err(error) = Dataset::open(lock, identity(), no_hook()) else { panic!("opened") };
    assert!(error.to_string().contains("monthly/.staging"), "{error}");
}

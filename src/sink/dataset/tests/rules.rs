//! The rules of publishing, one by one.

use crate::model::{Cost, Partition};
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::*;
use crate::sink::testing::listed;

#[test]
fn publishing_twice_changes_nothing() {
    let folder = scratch();
    let first = publish(folder.path(), &Offer::new(1, &each_day(-2, 3)));
    assert_eq!((first.rows, first.provisional_rows, first.rows_changed), (15, 0, 15));
    assert_eq!(first.windows_published.len(), 5);
    assert!(first.files.iter().all(|file| file.change == FileChange::Written));
    let before = tree(folder.path());
    let names: Vec<_> = before.keys().map(String::as_str).collect();
    let expected = [
        "monthly/_manifest.json",
        "monthly/csv/month=2026-09/monthly.csv",
        "monthly/csv/month=2026-10/monthly.csv",
        "monthly/parquet/month=2026-09/monthly.parquet",
        "monthly/parquet/month=2026-10/monthly.parquet",
    ];
    assert_eq!(names, expected);

    let second = publish(folder.path(), &Offer::new(2, &each_day(-2, 3)));
    assert_eq!(tree(folder.path()), before);
    assert!(second.files.len() == 4 && second.files.iter().all(|file| file.change == FileChange::Unchanged));
    assert_eq!((second.rows, second.rows_changed), (15, 0));
    assert_eq!((second.total_attempts, second.total_converted), (first.total_attempts, first.total_converted));
}

#[test]
fn equal_rows_give_equal_bytes_whatever_the_way() {
    let (one, two) = (scratch(), scratch());
    publish(one.path(), &Offer::new(1, &each_day(0, 4)));
    publish(two.path(), &Offer::new(1, &each_day(2, 4)));
    publish(two.path(), &Offer::new(1, &each_day(0, 2)));
    let (mut one, mut two) = (tree(one.path()), tree(two.path()));
    one.remove("monthly/_manifest.json");
    two.remove("monthly/_manifest.json");
    assert_eq!(one, two);
}

#[test]
fn a_row_keeps_its_run_until_it_changes_and_other_files_stay() {
    let folder = scratch();
    publish(folder.path(), &Offer::new(1, &each_day(-1, 2)));
    let inode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().ino();
    let september = "monthly/parquet/month=2026-09/monthly.parquet";
    let untouched = inode(september);
    // Another country appears in October; the known rows stay as they are.
    let more = Offer { countries: vec!["CO", "FR", "US"], ..Offer::new(2, &each_day(0, 2)) };
    let published = publish(folder.path(), &more);
    assert_eq!((published.rows, published.rows_changed), (8, 2));
    assert_eq!(inode(september), untouched);
    for format in Format::ALL {
        for row in table(folder.path(), format) {
            let new = row.key.country.unwrap().code() == "FR";
            assert_eq!(row.run_id, run(if new { 2 } else { 1 }), "{}", row.key);
        }
    }
    // Fewer countries than before: their rows go.
    let fewer = Offer { countries: vec!["US"], ..Offer::new(3, &each_day(0, 2)) };
    assert_eq!(publish(folder.path(), &fewer).rows, 4);
    assert_eq!(table(folder.path(), Format::Csv).len(), 3 + 4);
    let windows: Vec<_> =
        read(folder.path()).windows().map(|stored| stored.shape.countries.clone().unwrap().len()).collect();
    assert_eq!(windows, [2, 1, 1]);
}

#[test]
fn overlapping_windows_give_way_across_files() {
    let folder = scratch();
    let daily = |run, windows: &[Window]| Offer { partition: Partition::Day, ..Offer::new(run, windows) };
    publish(folder.path(), &daily(1, &each_day(0, 4)));
    let week = publish(folder.path(), &daily(2, &[days(1, 3)]));
    assert_eq!(week.windows_published, [days(1, 3)]);
    let stored: Vec<_> = read(folder.path()).windows().map(|stored| stored.window).collect();
    assert_eq!(stored, [days(0, 1), days(1, 3), days(3, 4)]);
    assert!(!folder.path().join("monthly/csv/day=2026-10-03").exists());
    assert_eq!(table(folder.path(), Format::Csv), table(folder.path(), Format::Parquet));

    let inside = publish(folder.path(), &daily(3, &[days(2, 3)]));
    assert_eq!(inside.windows_refused, [RefusedWindow { window: days(2, 3), stored: days(1, 3) }]);
    assert_eq!((inside.windows_published, inside.rows), (vec![], 0));

    // Once the longer window gives way to another one, it protects nothing inside it.
    let both = publish(folder.path(), &daily(4, &[days(1, 2), days(2, 4)]));
    assert_eq!((both.windows_published.len(), both.windows_refused.len()), (2, 0));
}

#[test]
fn a_settled_window_is_not_replaced_by_an_unsettled_one() {
    let folder = scratch();
    let day = [days(0, 1)];
    publish(folder.path(), &Offer { salt: 1, ..Offer::new(1, &day) }.provisional());
    assert!(!read(folder.path()).archived(day[0], &Offer::new(1, &day).shape()));
    publish(folder.path(), &Offer { salt: 2, ..Offer::new(2, &day) });
    let settled = tree(folder.path());
    let late = publish(folder.path(), &Offer { salt: 3, ..Offer::new(3, &day) }.provisional());
    assert_eq!((late.windows_kept, late.rows, late.provisional_rows), (day.to_vec(), 3, 0));
    assert_eq!(tree(folder.path()), settled);
    // A settled answer that was asked afresh counts.
    assert_eq!(publish(folder.path(), &Offer { salt: 4, ..Offer::new(4, &day) }).rows_changed, 3);
}

#[test]
fn a_measured_row_is_not_replaced_by_an_implied_one_that_says_the_same() {
    let folder = scratch();
    let offer = Offer::new(1, &[days(0, 1)]);
    publish(folder.path(), &offer);
    let before = tree(folder.path());
    let mut dataset = open(folder.path());
    let implied = |window| {
        let rows = offer.rows(window).into_iter();
        rows.map(|row| Row { provenance: crate::model::Provenance::Implied, run_id: run(9), ..row })
    };
    assert_eq!(dataset.publish(&offer.publication(), implied).unwrap().rows_changed, 0);
    assert_eq!(tree(folder.path()), before);
}

/// As after the state was lost, when the dataset's rows stand in for answers and tell counts alone.
#[test]
fn a_listed_row_keeps_its_cost_and_a_better_one_takes_its_place() {
    use crate::model::Provenance::{Implied, Listed, Measured};
    type Of<'f> = &'f dyn Fn(Row) -> Row;
    let offer = Offer { salt: 2, ..Offer::new(1, &[days(0, 1)]) };
    let in_usd = |row| listed(row, "0.05", "USD");
    let bare = |provenance| move |row: Row| Row { provenance, cost: None, ..row };
    let half = |row: Row| Row { cost: in_usd(row).cost.map(|cost| Cost { priced: 1, ..cost }), ..in_usd(row) };
    let dearer = |row| listed(row, "0.06", "USD");
    let publish_as = |folder: &Path, run_of: u128, of: Of<'_>| {
        let rows = |window| offer.rows(window).into_iter().map(|row| of(Row { run_id: run(run_of), ..row }));
        open(folder).publish(&offer.publication(), rows).unwrap().rows_changed
    };
    let stays: [(Of<'_>, Of<'_>); 5] = [
        (&in_usd, &bare(Measured)),
        (&in_usd, &bare(Implied)),
        (&in_usd, &bare(Listed)),
        (&in_usd, &half),
        (&bare(Listed), &bare(Implied)),
    ];
    let goes: [(Of<'_>, Of<'_>); 4] =
        [(&bare(Measured), &in_usd), (&bare(Implied), &bare(Listed)), (&half, &in_usd), (&in_usd, &dearer)];
    let pairs = stays.into_iter().map(|pair| (pair, 0)).chain(goes.into_iter().map(|pair| (pair, 3)));
    for (number, ((stored, new), changed)) in pairs.enumerate() {
        let folder = scratch();
        publish_as(folder.path(), 1, stored);
        let before = tree(folder.path());
        assert_eq!(publish_as(folder.path(), 9, new), changed, "pair {number}");
        assert_eq!(tree(folder.path()) == before, changed == 0, "pair {number}");
    }
}

#[test]
fn published_formats_stay_maintained() {
    let folder = scratch();
    let days = each_day(0, 2);
    publish(folder.path(), &Offer { formats: vec![Format::Csv], ..Offer::new(1, &days) });
    publish(folder.path(), &Offer { formats: vec![Format::Parquet], salt: 5, ..Offer::new(2, &days) });
    let csv = table(folder.path(), Format::Csv);
    assert_eq!(csv, table(folder.path(), Format::Parquet));
    assert!(csv.iter().all(|row| row.run_id == run(2)));
}

#[test]
fn another_partitioning_or_compression_rebuilds_and_keeps_the_rows() {
    let folder = scratch();
    let first = Offer::new(1, &each_day(-40, 3));
    publish(folder.path(), &first);
    let rows = table(folder.path(), Format::Csv);
    let month = tree(folder.path());
    for partition in [Partition::Day, Partition::None, Partition::Day, Partition::Month] {
        // One known day is published again; everything else is carried over.
        publish(folder.path(), &Offer { partition, ..Offer::new(2, &each_day(0, 1)) });
        for format in Format::ALL {
            assert_eq!(table(folder.path(), format), rows);
        }
        let files = tree(folder.path()).len() - 1;
        let expected = match partition {
            Partition::Day => 2 * 43,
            Partition::Month => 2 * 3,
            Partition::None => 2,
        };
        assert_eq!(files, expected);
        assert!(read(folder.path()).differing().is_empty());
    }
    let csv = "monthly/csv/month=2026-10/monthly.csv";
    let parquet = "monthly/parquet/month=2026-10/monthly.parquet";
    assert_eq!(tree(folder.path())[parquet], month[parquet]);
    publish(folder.path(), &Offer { compression: Compression::Snappy, ..Offer::new(3, &each_day(0, 1)) });
    let snappy = tree(folder.path());
    assert_ne!(snappy[parquet], month[parquet]);
    assert_eq!(snappy[csv], month[csv]);
    assert_eq!(table(folder.path(), Format::Parquet), rows);
}

#[test]
fn another_identity_is_refused_with_the_way_out() {
    let folder = scratch();
    publish(folder.path(), &Offer::new(1, &each_day(0, 1)));
    let holder = LockHolder { pid: 1, since: UnixSeconds(START), command: "test".into() };
    let lock = DatasetLock::acquire(layout(folder.path()), &holder).unwrap();
    let other = DatasetIdentity { every: "hour".into(), ..identity() };
    let Err(error) = Dataset::open(lock, other, no_hook()) else { panic!("opened") };
    let text = error.to_string();
    assert!(text.contains("every: day there, hour here") && text.contains("another `name`"), "{text}");
}

#[test]
fn archived_windows_are_settled_and_cover_the_matrix() {
    let folder = scratch();
    let offer = Offer::new(1, &each_day(0, 1));
    publish(folder.path(), &offer);
    let dataset = open(folder.path());
    let archived = |window, countries: &[&'static str]| {
        dataset.stored().archived(window, &Offer { countries: countries.to_vec(), ..offer.clone() }.shape())
    };
    assert!(archived(days(0, 1), &["CO", "US"]) && archived(days(0, 1), &["US"]));
    assert!(!archived(days(0, 1), &["FR", "US"]) && !archived(days(0, 2), &["US"]) && !archived(days(1, 2), &["US"]));
    assert!(!dataset.stored().archived(days(0, 1), &MatrixShape::default()));
}

#[test]
fn rows_of_another_window_or_account_are_refused() {
    let folder = scratch();
    let offer = Offer::new(1, &each_day(0, 2));
    let mut dataset = open(folder.path());
    let wrong = dataset.publish(&offer.publication(), |_| offer.rows(days(0, 1)));
    assert!(matches!(wrong, Err(PublishError::ForeignRow { .. })));
    assert!(matches!(publish_to(&mut dataset, &offer), Err(PublishError::EarlierFailure)));
    assert!(tree(folder.path()).is_empty());
    drop(dataset);
    let overlapping = Offer::new(1, &[days(0, 2), days(1, 3)]);
    let error = publish_to(&mut open(folder.path()), &overlapping).unwrap_err();
    assert!(matches!(error, PublishError::OverlappingWindows(_)));
}

#[test]
fn files_are_private_until_somebody_opens_them() {
    let folder = scratch();
    publish(folder.path(), &Offer::new(1, &each_day(0, 1)));
    let names: Vec<_> = tree(folder.path()).into_keys().map(|name| folder.path().join(name)).collect();
    for path in &names {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(path, fs::Permissions::from_mode(0o640)).unwrap();
    }
    publish(folder.path(), &Offer { salt: 1, ..Offer::new(2, &each_day(0, 1)) });
    for path in &names {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o640);
    }
}

#[test]
fn nothing_to_publish_leaves_nothing() {
    let folder = scratch();
    assert_eq!(publish(folder.path(), &Offer::new(1, &[])), Published::default());
    assert!(tree(folder.path()).is_empty());
    assert!(Stored::read(&layout(folder.path())).unwrap().is_none());
}

#[test]
fn stored_rows_come_back_by_range() {
    let folder = scratch();
    publish(folder.path(), &Offer { partition: Partition::Day, ..Offer::new(1, &each_day(0, 5)) });
    let stored = read(folder.path());
    let rows = |range| stored.rows(range).map(Result::unwrap).collect::<Vec<_>>();
    assert_eq!(rows(None), table(folder.path(), Format::Csv));
    assert_eq!(rows(Some(days(1, 3))), rows(None)[3..9]);
}

//! The workbook's bytes; `make interop` opens it with another program and compares its numbers.

use super::*;
use crate::report::render::sample;

#[test]
fn the_same_report_gives_the_same_bytes() {
    let bytes = workbook(&sample::report(12, 31, "Login")).unwrap();
    assert!(bytes.starts_with(b"PK"));
    assert_eq!(bytes, workbook(&sample::report(12, 31, "Login")).unwrap());
    assert_ne!(bytes, workbook(&sample::report(12, 31, "Checkout")).unwrap());
}

/// The library refuses texts longer than a cell; a name or a damaged file's list must not cost the workbook.
#[test]
fn texts_longer_than_a_cell_are_cut() {
    let mut report = sample::report(2, 31, &"x".repeat(40_000));
    report.description = "y".repeat(40_000);
    report.origin.damage = vec!["z".repeat(40_000)];
    assert!(workbook(&report).is_ok());
}

#[test]
fn an_empty_report_is_a_workbook_all_the_same() {
    let mut report = sample::report(0, 1, "Login");
    report.channels.clear();
    report.services.clear();
    report.attention.flags.clear();
    (report.countries, report.heat_map, report.hours, report.compared) = (None, None, None, None);
    assert!(workbook(&report).is_ok());
}

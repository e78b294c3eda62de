//! Random sequences of publications against a table kept in memory.

use crate::model::Partition;
use proptest::prelude::*;

use super::*;

/// The rules again, as plainly as can be: a list of windows with their rows.
#[derive(Default)]
struct Model {
    windows: Vec<(Window, bool, Vec<Row>)>,
    formats: Vec<Format>,
}

impl Model {
    fn publish(&mut self, offer: &Offer) {
        self.formats.extend(&offer.formats);
        let stored: Vec<(Window, bool)> =
            self.windows.iter().map(|(window, is_final, _)| (*window, *is_final)).collect();
        let inside = |window: Window| stored.iter().find(|(other, _)| other.contains(window) && *other != window);
        let kept = |offered: &PublishedWindow| stored.contains(&(offered.window, true)) && !offered.is_final;
        let outer: Vec<_> =
            offer.windows.iter().filter(|offered| !kept(offered) && inside(offered.window).is_none()).collect();
        let gives_way = |window: Window| outer.iter().any(|offered| offered.window.overlaps(window));
        for offered in &offer.windows {
            let refused = inside(offered.window).is_some_and(|(longer, _)| !gives_way(*longer));
            if kept(offered) || refused {
                continue;
            }
            let mut rows = offer.rows(offered.window);
            for row in &mut rows {
                let old = self.windows.iter().flat_map(|(_, _, rows)| rows).find(|old| old.key == row.key);
                if let Some(old) = old.filter(|old| !row.changes(old)) {
                    *row = *old;
                }
            }
            self.windows.retain(|(window, _, _)| !window.overlaps(offered.window));
            self.windows.push((offered.window, offered.is_final, rows));
        }
    }

    fn table(&self) -> Vec<Row> {
        let mut rows: Vec<_> = self.windows.iter().flat_map(|(_, _, rows)| rows.clone()).collect();
        rows.sort_by_key(|row| row.key);
        rows
    }
}

fn offers() -> impl Strategy<Value = Offer> {
    let windows = (-8i64..8, proptest::collection::vec((1i64..4, 0..4u8), 0..6));
    let countries = proptest::sample::subsequence(vec!["CO", "FR", "US"], 1..=3);
    let formats = proptest::sample::subsequence(Format::ALL.to_vec(), 1..=2);
    let partition = prop_oneof![Just(Partition::Day), Just(Partition::Month), Just(Partition::None)];
    let history = prop_oneof![1 => Just(ChangeLog::Off), 3 => Just(ChangeLog::Kept)];
    (windows, countries, 0..2i64, formats, partition, history).prop_map(
        |((start, lengths), countries, salt, formats, partition, history)| {
            let mut windows = Vec::new();
            let mut from = start;
            for (length, kind) in lengths {
                // Runs publish contiguous windows, less those that are incomplete.
                if kind > 0 {
                    let at = |half_days: i64| UnixSeconds(START + 43_200 * half_days);
                    let window = Window::new(at(from), at(from + length)).unwrap();
                    windows.push(PublishedWindow { window, is_final: kind > 1 });
                }
                from += length;
            }
            let compression = Compression::None;
            Offer { run: 0, windows, countries, salt, formats, partition, compression, history }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]
    #[test]
    fn both_formats_hold_what_the_rules_say(offers in proptest::collection::vec(offers(), 1..6)) {
        let folder = scratch();
        let mut model = Model::default();
        for (number, offer) in offers.into_iter().enumerate() {
            let offer = Offer { run: number as u128 + 1, ..offer };
            if model.windows.is_empty() && offer.windows.is_empty() {
                continue;
            }
            model.publish(&offer);
            publish(folder.path(), &offer);
            let expected = model.table();
            for format in Format::ALL.into_iter().filter(|format| model.formats.contains(format)) {
                prop_assert_eq!(table(folder.path(), format), expected.clone());
            }
            let stored = read(folder.path());
            prop_assert!(stored.differing().is_empty());
            let rows: Vec<_> = stored.rows(None).map(Result::unwrap).collect();
            prop_assert_eq!(rows, expected);
            let mut windows: Vec<_> = model.windows.iter().map(|(window, is_final, _)| (*window, *is_final)).collect();
            windows.sort_unstable();
            let found: Vec<_> = stored.windows().map(|stored| (stored.window, stored.is_final)).collect();
            prop_assert_eq!(found, windows);

            if offer.history == ChangeLog::Kept {
                prop_assert_eq!(super::history::logged(folder.path()), model.table());
            }
            let before = tree(folder.path());
            publish(folder.path(), &Offer { run: 99, ..offer });
            prop_assert!(tree(folder.path()) == before, "publishing again changed something");
        }
    }
}

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;
use crate::model::{Cell, Channel, Country, Matrix, MatrixShape, Prefix, Window};
use crate::simulator::{Accounts, Settings, Worlds};

fn at(text: &str) -> UnixSeconds {
    UnixSeconds::from(text.parse::<DateTime<Utc>>().unwrap())
}

fn window(start: i64, end: i64) -> Window {
    Window::new(UnixSeconds(start), UnixSeconds(end)).unwrap()
}

fn days(from: &str, to: &str) -> Window {
    Window::new(at(&format!("{from}T00:00:00Z")), at(&format!("{to}T00:00:00Z"))).unwrap()
}

const FAR: UnixSeconds = UnixSeconds(2_000_000_000);

/// Shared, so that its days are made once.
static WORLD: LazyLock<World> = LazyLock::new(|| World::new(9));

/// One account of many, with some hundred attempts a day.
static SMALL: LazyLock<Arc<World>> = LazyLock::new(|| {
    let worlds = Worlds::new(&Settings { seed: 9, accounts: Accounts::Each, ..Settings::default() });
    worlds.of("AC00000000000000000000000000000005".parse().unwrap())
});

#[test]
fn the_world_never_changes() {
    let world = World::new(1);
    let expected = "VA6458c302d7ade8c1b614f198f12564a0";
    assert_eq!(world.services()[0].to_string(), expected);
    let october = Slice::whole(days("2026-10-01", "2026-11-01"));
    let colombia = Slice { country: Some("CO".parse().unwrap()), channel: Some(Channel::Sms), ..october };
    let numbers = Slice { prefix: Some("+57305".parse().unwrap()), ..october };
    let counts = [october, colombia, numbers].map(|slice| {
        let counts = world.count(&slice, FAR);
        (counts.attempts(), counts.converted())
    });
    assert_eq!(counts, [(226_742, 175_976), (4691, 3608), (534, 413)]);
    assert_ne!(World::new(2).services()[0], world.services()[0]);
    assert_ne!(World::new(2).count(&october, FAR), world.count(&october, FAR));
}

#[test]
fn the_traffic_looks_like_a_company() {
    let world = World::new(42);
    let now = at("2026-11-15T00:00:00Z");
    let range = days("2026-10-01", "2026-10-29");
    let of =
        |country: &str| world.count(&Slice { country: Some(country.parse().unwrap()), ..Slice::whole(range) }, now);
    let whole = world.count(&Slice::whole(range), now);
    let daily = whole.attempts() / 28;
    assert!((5000..10_000).contains(&daily), "{daily} a day");
    let busy = Country::all().filter(|country| of(country.code()).attempts() > 0).count();
    assert!((55..=64).contains(&busy), "{busy} countries");
    assert!(of("US").attempts() > 20 * of("NZ").attempts());
    let rate = |counts: Counts| counts.converted() * 100 / counts.attempts();
    assert!(rate(of("DE")) > rate(of("NG")) + 15);
    let quiet = (0..28).filter(|day| {
        let start = range.start().0 + day * DAY;
        let slice = Slice { country: Some("MG".parse().unwrap()), ..Slice::whole(window(start, start + DAY)) };
        world.count(&slice, now) == Counts::ZERO
    });
    assert!(quiet.count() > 10);
    for prefix in ["+57300", "+57305", "+57323", "+1212", "+4915"] {
        let prefix: Prefix = prefix.parse().unwrap();
        assert!(world.count(&Slice { prefix: Some(prefix), ..Slice::whole(range) }, now).attempts() > 0, "{prefix}");
    }
}

#[test]
fn email_has_neither_country_nor_number() {
    let world = World::new(5);
    let range = days("2026-10-01", "2026-10-02");
    let whole = world.count(&Slice::whole(range), FAR);
    let email = world.count(&Slice { channel: Some(Channel::Email), ..Slice::whole(range) }, FAR);
    let mut in_countries = Counts::ZERO;
    for country in Country::all() {
        let slice = Slice { country: Some(country), ..Slice::whole(range) };
        in_countries = in_countries.checked_add(world.count(&slice, FAR)).unwrap();
        assert_eq!(world.count(&Slice { channel: Some(Channel::Email), ..slice }, FAR), Counts::ZERO);
    }
    let mut with_number = Counts::ZERO;
    for digit in 1..=9 {
        let slice = Slice { prefix: Prefix::from_digits(digit), ..Slice::whole(range) };
        with_number = with_number.checked_add(world.count(&slice, FAR)).unwrap();
    }
    assert!(email.attempts() > 100);
    assert_eq!(email.within(whole), Some(in_countries));
    assert_eq!(with_number, in_countries);
}

#[test]
fn conversions_come_late_but_within_a_day() {
    let world = World::new(1);
    let range = days("2026-10-05", "2026-10-06");
    let count = |now: i64| world.count(&Slice::whole(range), UnixSeconds(now));
    let end = range.end().0;
    let (fresh, hour, settled) = (count(end), count(end + 3600), count(end + DAY));
    assert_eq!(fresh.attempts(), settled.attempts());
    assert!(fresh.converted() < hour.converted() && hour.converted() < settled.converted());
    assert_eq!(settled, count(end + 40 * DAY));
}

#[test]
fn an_attack_shows_as_a_burst_that_hardly_converts() {
    let world = World::new(1);
    let struck = (20_000..20_150).filter(|day| {
        let day = window(day * DAY, (day + 1) * DAY);
        ["ID", "NG", "PK", "BD", "LK", "TN", "UZ", "TJ", "AZ", "MG"].iter().any(|country| {
            let slice = Slice { country: Some(country.parse().unwrap()), ..Slice::whole(day) };
            let counts = world.count(&slice, FAR);
            counts.attempts() > 350 && counts.converted() * 2 < counts.attempts()
        })
    });
    let struck = struck.count();
    assert!((2..12).contains(&struck), "{struck} of 150 days");
}

#[test]
fn nothing_happens_before_the_account_or_after_now() {
    let world = World::new(1);
    assert_eq!(World::OPENED, at("2024-01-01T00:00:00Z"));
    assert_eq!(world.count(&Slice::whole(window(0, World::OPENED.0)), FAR), Counts::ZERO);
    let now = at("2026-10-05T12:00:00Z");
    assert_eq!(world.count(&Slice::whole(window(now.0 + 1, now.0 + 9 * DAY)), now), Counts::ZERO);
    let ever = world.count(&Slice::whole(window(i64::MIN, i64::MAX)), at("2024-01-10T12:00:00Z"));
    assert_eq!(ever, world.truth(&Slice::whole(window(0, FAR.0)), at("2024-01-10T12:00:00Z").to_datetime()));
    assert!(ever.attempts() > 10_000);
}

#[test]
fn days_are_made_only_when_allowed() {
    let world = World::new(1);
    let slice = Slice::whole(days("2026-10-01", "2026-10-03"));
    assert_eq!(world.count_if_cached(&slice, FAR), None);
    let counts = world.count(&slice, FAR);
    assert_eq!(world.count_if_cached(&slice, FAR), Some(counts));
}

/// A world, and values that occur in it, and some that don't.
fn slices() -> impl Strategy<Value = (&'static World, Slice)> {
    prop_oneof![Just(&*WORLD), Just(&**SMALL)].prop_flat_map(|world| (Just(world), slices_of(world)))
}

fn slices_of(world: &World) -> impl Strategy<Value = Slice> + use<> {
    let countries = prop::sample::select(vec!["US", "CA", "CO", "KZ", "BT", "AQ"]);
    let prefixes = prop::sample::select(vec!["+1", "+1212", "+57305", "+7", "+77", "+999", "+2", "+4915112345678"]);
    let services = world.services().iter().copied().chain([ServiceSid::ZEROS]).collect::<Vec<_>>();
    let start = World::OPENED.0 - DAY..World::OPENED.0 + 3 * DAY;
    (
        start,
        prop_oneof![1..100i64, 1..2 * DAY, Just(DAY), Just(2 * DAY)],
        any::<bool>(),
        prop::option::of(prop::sample::select(services)),
        prop::option::of(countries.prop_map(|code| code.parse().unwrap())),
        prop::option::of(prop::sample::select(Channel::ALL.to_vec())),
        prop::option::weighted(0.3, prefixes.prop_map(|text| text.parse().unwrap())),
    )
        .prop_map(|(start, length, at_midnight, service, country, channel, prefix)| {
            let start = if at_midnight { start.div_euclid(DAY) * DAY } else { start };
            Slice { range: window(start, start + length), service, country, channel, prefix }
        })
}

fn instants() -> impl Strategy<Value = UnixSeconds> {
    (World::OPENED.0 - DAY..World::OPENED.0 + 8 * DAY).prop_map(UnixSeconds)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn counting_agrees_with_the_truth((world, slice) in slices(), now in instants()) {
        let counts = world.count(&slice, now);
        prop_assert_eq!(counts, world.truth(&slice, now.to_datetime()));
        prop_assert_eq!(world.count_if_cached(&slice, now), Some(counts));
    }

    #[test]
    fn disjoint_parts_add_up((world, slice) in slices(), now in instants(), cut in 0.0..1.0f64) {
        let whole = world.count(&slice, now);
        let (start, end) = (slice.range.start().0, slice.range.end().0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a few days of seconds")]
        let middle = start + ((end - start) as f64 * cut) as i64;
        let parts = [(start, middle), (middle, end)].into_iter().filter(|(from, to)| from < to);
        let sum = parts
            .map(|(from, to)| world.count(&Slice { range: window(from, to), ..slice }, now))
            .try_fold(Counts::ZERO, Counts::checked_add);
        prop_assert_eq!(sum, Some(whole));
        if slice.channel.is_none() {
            let parts = Channel::ALL.map(|channel| world.count(&Slice { channel: Some(channel), ..slice }, now));
            prop_assert_eq!(parts.into_iter().try_fold(Counts::ZERO, Counts::checked_add), Some(whole));
        }
    }
}

#[test]
fn the_truth_table_is_the_truth_of_each_cell_and_remainders_complete_it() {
    let world = World::new(3);
    let now = at("2026-10-03T09:30:00Z");
    let cuts = ["2026-10-01T00:00:00Z", "2026-10-01T17:00:00Z", "2026-10-02T00:00:00Z", "2026-10-04T00:00:00Z"].map(at);
    let windows = cuts.windows(2).map(|pair| Window::new(pair[0], pair[1]).unwrap()).collect();
    let shape = MatrixShape {
        services: Some(vec![world.services()[0], world.services()[2], ServiceSid::ZEROS]),
        countries: Some(["US", "CO", "CA", "AQ"].map(|code| code.parse().unwrap()).to_vec()),
        channels: Some(vec![Channel::Sms, Channel::Call, Channel::Email]),
        prefixes: None,
    };
    for prefixes in [None, Some(vec!["+1".parse().unwrap(), "+57305".parse().unwrap(), "+57301".parse().unwrap()])] {
        let matrix = Matrix::new(Vec::clone(&windows), MatrixShape { prefixes, ..shape.clone() });
        let table = world.truth_table(&matrix, now.to_datetime());
        let truth = |cell: Cell| {
            let Cell { window, service, country, channel, prefix } = cell;
            world.count(&Slice { range: window, service, country, channel, prefix }, now)
        };
        assert_eq!(table.cells.len(), matrix.cells());
        for (index, counts) in table.cells.iter().enumerate() {
            assert_eq!(*counts, truth(matrix.cell(index)), "{:?}", matrix.cell(index));
        }
        assert_eq!(table.remainders.len(), 3 * 3 * 3 * matrix.shape().prefix_count());
        for (cell, rest) in &table.remainders {
            assert_eq!(cell.country, Some(Country::REMAINDER));
            let countries = matrix.shape().countries.as_ref().unwrap();
            let listed = countries
                .iter()
                .map(|country| truth(Cell { country: Some(*country), ..*cell }))
                .try_fold(Counts::ZERO, Counts::checked_add)
                .unwrap();
            assert_eq!(listed.within(truth(Cell { country: None, ..*cell })), Some(*rest), "{cell:?}");
        }
    }
    let unsplit = Matrix::new(windows, MatrixShape::default());
    assert!(world.truth_table(&unsplit, now.to_datetime()).remainders.is_empty());
}

/// Each first digit has a part of each day to itself; all of them together are all that has a number.
#[test]
fn prefixes_of_every_first_digit_add_up_to_what_has_a_number() {
    let world = World::new(5);
    let range = days("2026-10-01", "2026-10-04");
    let of = |prefix: &str| world.count(&Slice { prefix: Some(prefix.parse().unwrap()), ..Slice::whole(range) }, FAR);
    let parts = (1..=9).map(|digit| of(&format!("+{digit}"))).try_fold(Counts::ZERO, Counts::checked_add).unwrap();
    let email = world.count(&Slice { channel: Some(Channel::Email), ..Slice::whole(range) }, FAR);
    assert_eq!(parts.checked_add(email), Some(world.count(&Slice::whole(range), FAR)));
    assert_eq!(of(&Prefix::CONTROL.to_string()), Counts::ZERO);
}

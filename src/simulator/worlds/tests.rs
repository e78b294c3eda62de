use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::*;
use crate::model::{Channel, Country, Counts, Prefix, Slice, UnixSeconds, Window};

const DAY: i64 = 86_400;

fn many(seed: u64) -> Worlds {
    Worlds::new(&Settings { seed, accounts: Accounts::Each, ..Settings::default() })
}

fn account(number: u32) -> AccountSid {
    format!("AC{number:032x}").parse().unwrap()
}

fn now() -> UnixSeconds {
    UnixSeconds::from("2026-11-15T00:00:00Z".parse::<DateTime<Utc>>().unwrap())
}

/// So many whole days of which every conversion has arrived, from one counted backwards on.
fn days(last: i64, count: i64) -> Slice {
    let end = now().0 - (2 + last) * DAY;
    Slice::whole(Window::new(UnixSeconds(end - count * DAY), UnixSeconds(end)).unwrap())
}

#[test]
fn each_account_has_a_past_of_its_own_that_never_changes() {
    let month = days(0, 28);
    let counts = |worlds: &Worlds, number| {
        let counts = worlds.of(account(number)).count(&month, now());
        (counts.attempts(), counts.converted())
    };
    let worlds = many(1);
    let told: Vec<_> = (0..4).map(|number| counts(&worlds, number)).collect();
    assert_eq!(told, [(6911, 5380), (2878, 2191), (8279, 6111), (3711, 2679)]);
    assert_eq!((0..4).map(|number| counts(&many(1), number)).collect::<Vec<_>>(), told, "in whatever process");
    assert_eq!((0..4).map(|number| counts(&worlds, number)).collect::<Vec<_>>(), told, "and once its days are kept");
    assert_ne!(counts(&many(2), 1), told[1]);
    let services: BTreeSet<_> = (0..50).flat_map(|number| worlds.of(account(number)).services().to_vec()).collect();
    assert_eq!(services.len(), 200, "no service is of two accounts");
}

#[test]
fn without_being_asked_for_there_is_one_account() {
    let worlds = Worlds::new(&Settings { seed: 1, ..Settings::default() });
    let (month, one) = (days(0, 28), World::new(1));
    assert_eq!(worlds.of(account(1)).count(&month, now()), one.count(&month, now()));
    assert_eq!(worlds.of(account(2)).services(), one.services());
    assert_eq!(worlds.account("SK00000000000000000000000000000001"), one.account());
}

#[test]
fn a_key_is_of_the_account_with_the_same_digits() {
    let digits = "0123456789abcdefABCDEF0123456789";
    for letters in ["AC", "SK"] {
        assert_eq!(many(1).account(&format!("{letters}{digits}")).to_string(), format!("AC{digits}"));
    }
}

/// As of a platform's sub-accounts.
#[test]
fn most_accounts_are_small_a_few_large_and_some_hardly_used() {
    let worlds = many(0);
    let daily = |number| worlds.of(account(number)).count(&days(0, 28), now()).attempts() / 28;
    let mut sizes: Vec<i64> = (0..600).map(daily).collect();
    sizes.sort_unstable();
    let share = |range: std::ops::Range<i64>| sizes.iter().filter(|size| range.contains(size)).count() * 100 / 600;
    assert!((5..20).contains(&share(0..10)), "{sizes:?}");
    assert!(share(20..1000) >= 70, "{sizes:?}");
    assert!((3..15).contains(&share(1000..20_000)), "{sizes:?}");
    assert!((100..300).contains(&sizes[300]) && (3000..12_000).contains(&sizes[599]), "{sizes:?}");
    let idle = (0..600).find(|number| (1..10).contains(&daily(*number))).unwrap();
    let world = worlds.of(account(idle));
    let quiet = (0..28).filter(|day| world.count(&days(*day, 1), now()) == Counts::ZERO).count();
    assert!((1..28).contains(&quiet), "{quiet}");
}

#[test]
fn countries_channels_prefixes_services_and_hours_add_up_in_every_account() {
    let worlds = many(3);
    let day = days(0, 3);
    let mut spread = BTreeSet::new();
    for number in 0..12 {
        let world = worlds.of(account(number));
        let count = |slice: Slice| world.count(&slice, now());
        let sum = |slices: Vec<Slice>| slices.into_iter().map(count).try_fold(Counts::ZERO, Counts::checked_add);
        let whole = count(day);
        assert_eq!(whole, world.truth(&day, now().to_datetime()));
        let email = Slice { channel: Some(Channel::Email), ..day };
        let countries: Vec<_> = Country::all().map(|it| Slice { country: Some(it), ..day }).collect();
        spread.insert(countries.iter().filter(|slice| count(**slice) != Counts::ZERO).count());
        assert_eq!(sum([countries, vec![email]].concat()), Some(whole));
        let prefixes: Vec<_> = (1..=9).map(|it| Slice { prefix: Prefix::from_digits(it), ..day }).collect();
        assert_eq!(sum([prefixes, vec![email]].concat()), Some(whole));
        assert_eq!(sum(Channel::ALL.map(|it| Slice { channel: Some(it), ..day }).to_vec()), Some(whole));
        let services = world.services().iter();
        assert_eq!(sum(services.map(|it| Slice { service: Some(*it), ..day }).collect()), Some(whole));
        let start = day.range.start();
        let hour =
            |hour: i64| Window::new(start.plus_seconds(hour * 3600), start.plus_seconds((hour + 1) * 3600)).unwrap();
        assert_eq!(sum((0..72).map(|it| Slice { range: hour(it), ..day }).collect()), Some(whole));
        let early = world.count(&day, day.range.end());
        assert!(early.attempts() == whole.attempts() && early.converted() <= whole.converted());
    }
    assert!(*spread.first().unwrap() < 25 && *spread.last().unwrap() > 25, "countries of an account: {spread:?}");
}

/// An attack shows on a small account, too, and its incidents are its own.
#[test]
fn attacks_strike_each_account_on_days_of_its_own() {
    let settings = Settings { seed: 3, accounts: Accounts::Each, ..Settings::default() };
    let attacked = Worlds::new(&settings);
    let calm = Worlds::new(&Settings { incidents: Incidents::Nothing, ..settings });
    let struck = |number| {
        let more = |day: &i64| {
            let of = |worlds: &Worlds| worlds.of(account(number)).count(&days(*day, 1), now()).attempts();
            of(&attacked) > of(&calm)
        };
        (0..120).filter(more).collect::<Vec<i64>>()
    };
    let (one, other) = (struck(1), struck(2));
    assert!(one != other && (1..15).contains(&one.len()) && (1..15).contains(&other.len()), "{one:?} {other:?}");
}

/// Counted, so that it does not rest on how memory is handed out: whoever asks, what is kept stays within its room. A
/// part of the room is full sooner.
#[test]
fn memory_is_bounded_over_all_accounts() {
    let worlds = Worlds { kept: Arc::new(Kept::in_part(20)), ..many(0) };
    let (month, morning) = (days(0, 28), days(0, 1).range.start());
    let part = Slice::whole(Window::new(morning.plus_seconds(60), morning.plus_seconds(7200)).unwrap());
    let mut most = 0;
    for number in 0..300 {
        let world = worlds.of(account(number));
        let _ = world.count(&month, now());
        if number % 5 == 0 {
            let _ = world.count(&part, now());
            let _ = world.count(&Slice { prefix: Prefix::from_digits(1), ..days(0, 1) }, now());
            world.listed_day(morning.0 / DAY);
        }
        most = most.max(worlds.kept.bytes());
        assert!(most <= Kept::ROOM / 20, "{number}: {most}");
    }
    assert!(worlds.of(account(0)).count_if_cached(&month, now()).is_none(), "the first days have made room");
    assert!(worlds.of(account(299)).count_if_cached(&month, now()).is_some());
}

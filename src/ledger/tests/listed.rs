//! One contract for every ledger: when what was listed is found, and what it tells.

use super::listing::{
    HOUR, attempts, hours, list, listed, row, seconds, slots, split, tally, told, whole, with_confirmed,
};
use super::place::{Place, contract};
use super::*;
use crate::model::AnswerSource::{EarlierRun, ThisRun};
use crate::model::{Channel, Confirmed, Cost, Country, NewTally, Prefix, Proof, ServiceSid, Split, TallyRow};

contract! {
    a_tally_is_found_by_its_run_also_when_it_is_taken_up
    of_a_range_listed_twice_the_newest_counts
    another_run_finds_only_what_was_confirmed
    nothing_listed_is_found_until_the_split_is_told
    another_split_lists_nothing_anew_and_asks_its_margins
    windows_of_quarters_are_told_whatever_their_length
    a_range_that_cuts_a_slot_is_not_told
    what_was_not_settled_when_it_was_read_is_not_told
    a_confirmed_window_tells_every_slice_of_it
    what_the_list_lacks_is_not_told
    segments_by_other_prefixes_are_not_told
    runs_that_met_an_ignored_filter_neither_lend_nor_confirm
    a_window_stands_in_the_segment_that_was_confirmed
    a_window_that_is_confirmed_again_replaces_the_former
    what_a_run_recalled_it_may_confirm_for_its_own_split
    an_exact_answer_comes_first
    accounts_never_see_each_other_s_lists
    listed_attempts_are_known_where_their_slot_lies_inside
}

/// A later run of a job that splits so.
pub(super) fn later<P: Place>(place: &P, now: i64, split: Split) -> P::Log {
    let mut log = place.begin(&origin(), &request(now));
    P::split_by(&mut log, split);
    log
}

/// A place where a run listed hours 0 to 4, two attempts in each half of an hour, and confirmed each hour under "a".
pub(super) async fn four_hours<P: Place>() -> P {
    let place = P::default();
    let mut log = later(&place, 100_000, split("a"));
    let rows: Vec<TallyRow> = (0..8).map(|half| row(half * 1800, "US", 2)).collect();
    list(&mut log, tally(hours(0, 4), 100_000, &rows)).await;
    let confirmed: Vec<_> = (0..4).map(|hour| whole(hours(hour, hour + 1))).collect();
    P::end_keeping(log, &with_confirmed(&confirmed), 100_001);
    place
}

async fn a_tally_is_found_by_its_run_also_when_it_is_taken_up<P: Place>() {
    let place = P::default();
    let mut log = later(&place, 100_000, split("a"));
    let rows = [row(0, "US", 2), row(900, "", 3)];
    let range = hours(0, 1);
    list(&mut log, NewTally { server_at: Some(UnixSeconds(99_990)), ..tally(range, 100_005, &rows) }).await;
    let check = |log: &mut P::Log| {
        for reuse in [Reuse::Never, Reuse::Settled, Reuse::AnyAge] {
            let found = listed(log, range, reuse).unwrap();
            assert_eq!(found.rows, rows, "{reuse:?}");
            let answer = found.answer;
            assert_eq!((answer.counts.attempts(), answer.source, answer.proof), (5, ThisRun, Proof::Unproved));
            assert_eq!(answer.asked_at, UnixSeconds(100_005).to_micros());
            assert_eq!((answer.as_of, answer.server_at), (UnixSeconds(100_000), Some(UnixSeconds(99_990))));
            assert_eq!(listed(log, hours(0, 2), reuse), None, "another range");
        }
        for reuse in [Reuse::SettledOnly, Reuse::AnyAgeOnly] {
            assert_eq!(listed(log, range, reuse), None, "{reuse:?}");
        }
        assert_eq!(told(log, Slice::whole(range)), None);
    };
    check(&mut log);
    P::end_keeping(log, &EndOfRun { end: RunEnd::Incomplete, ..with_confirmed(&[whole(range)]) }, 100_010);
    let mut log = later(&place, 100_020, split("a"));
    assert!(P::run(&log).taken_up);
    check(&mut log);
    P::split_by(&mut log, Split { prefixes: vec![Prefix::from_digits(49).unwrap()], ..split("a") });
    assert_eq!(listed(&mut log, range, Reuse::Never), None, "by other prefixes");
}

async fn of_a_range_listed_twice_the_newest_counts<P: Place>() {
    let place = P::default();
    let mut log = later(&place, 100_000, split("a"));
    for (asked_at, attempts) in [(100_001, 1), (100_003, 2), (100_003, 3), (100_002, 4)] {
        list(&mut log, tally(hours(0, 1), asked_at, &[row(0, "US", attempts)])).await;
    }
    assert_eq!(listed(&mut log, hours(0, 1), Reuse::Never).unwrap().answer.counts.attempts(), 3);
    P::end_keeping(log, &with_confirmed(&[whole(hours(0, 1))]), 100_004);
    let mut log = later(&place, 100_005, split("a"));
    assert_eq!(attempts(&mut log, Slice::whole(hours(0, 1))), Some(3));
    assert_eq!(listed(&mut log, hours(0, 1), Reuse::Never), None, "another run's");
}

async fn another_run_finds_only_what_was_confirmed<P: Place>() {
    let place = P::default();
    let mut log = later(&place, 100_000, split("a"));
    list(&mut log, tally(hours(0, 2), 100_000, &[row(0, "US", 2), row(HOUR, "US", 3)])).await;
    P::end_keeping(log, &with_confirmed(&[whole(hours(1, 2))]), 100_001);
    let mut log = later(&place, 100_002, split("a"));
    let found = listed(&mut log, hours(1, 2), Reuse::SettledOnly).unwrap();
    assert_eq!((found.answer.source, found.answer.proof), (EarlierRun, Proof::Proved));
    assert_eq!((found.answer.asked_at, found.answer.as_of), (UnixSeconds(100_000).to_micros(), UnixSeconds(100_000)));
    assert_eq!(slots(&mut log, hours(1, 2)), Some(vec![(HOUR, 3)]));
    assert_eq!(attempts(&mut log, Slice::whole(hours(1, 2))), Some(3));
    for range in [hours(0, 1), hours(0, 2), hours(1, 3)] {
        assert_eq!(slots(&mut log, range), None, "{range}");
        assert_eq!(attempts(&mut log, Slice::whole(range)), None, "{range}");
    }
    for reuse in [Reuse::Never, Reuse::Settled, Reuse::AnyAge, Reuse::AnyAgeOnly] {
        assert_eq!(listed(&mut log, hours(1, 2), reuse), None, "{reuse:?}");
        assert_eq!(found_by(&mut log, hours(1, 2), reuse), None, "{reuse:?}");
    }
}

fn found_by<L: FindAnswer>(log: &mut L, range: Window, reuse: Reuse) -> Option<i64> {
    found(log, question(Slice::whole(range), Round::First, reuse)).map(|(attempts, _)| attempts)
}

async fn nothing_listed_is_found_until_the_split_is_told<P: Place>() {
    let place = four_hours::<P>().await;
    let mut log = place.begin(&origin(), &request(200_000));
    assert_eq!((slots(&mut log, hours(0, 1)), attempts(&mut log, Slice::whole(hours(0, 1)))), (None, None));
    P::split_by(&mut log, split("a"));
    assert_eq!(attempts(&mut log, Slice::whole(hours(0, 1))), Some(4));
}

async fn another_split_lists_nothing_anew_and_asks_its_margins<P: Place>() {
    let place = four_hours::<P>().await;
    let mut log = later(&place, 200_000, split("b"));
    let found = listed(&mut log, hours(0, 1), Reuse::SettledOnly).unwrap();
    assert_eq!((found.answer.counts.attempts(), found.answer.proof), (4, Proof::Unproved));
    assert_eq!(attempts(&mut log, Slice::whole(hours(0, 1))), None);
}

async fn windows_of_quarters_are_told_whatever_their_length<P: Place>() {
    let place = four_hours::<P>().await;
    let mut log = later(&place, 200_000, split("a"));
    list(&mut log, tally(hours(4, 6), 200_000, &[row(4 * HOUR, "US", 5)])).await;
    P::end_keeping(log, &with_confirmed(&[whole(hours(4, 6))]), 200_001);
    let mut log = later(&place, 300_000, split("a"));
    P::recall_around(&mut log, hours(0, 6));
    for (range, expected) in [
        (hours(0, 2), Some(vec![(0, 2), (1800, 2), (3600, 2), (5400, 2)])),
        (seconds(1800, 3600), Some(vec![(1800, 2)])),
        (seconds(900, 1800), Some(vec![])),
        (seconds(900, 6300), Some(vec![(1800, 2), (3600, 2), (5400, 2)])),
        (hours(3, 6), Some(vec![(10_800, 2), (12_600, 2), (14_400, 5)])),
        (hours(3, 5), Some(vec![(10_800, 2), (12_600, 2), (14_400, 5)])),
        (hours(5, 7), None),
        (hours(-1, 1), None),
    ] {
        assert_eq!(slots(&mut log, range), expected, "{range}");
    }
    let answer = listed(&mut log, hours(3, 6), Reuse::SettledOnly).unwrap().answer;
    assert_eq!((answer.counts.attempts(), answer.as_of), (9, UnixSeconds(200_000)));
    assert_eq!((answer.asked_at, answer.proof), (UnixSeconds(200_000).to_micros(), Proof::Unproved));
    assert_eq!(attempts(&mut log, Slice::whole(hours(0, 2))), None, "its margins are not confirmed");
}

async fn a_range_that_cuts_a_slot_is_not_told<P: Place>() {
    let place = P::default();
    let mut log = later(&place, 100_000, split("a"));
    let rows = [row(100, "US", 1), row(900, "US", 2), row(7100, "US", 3), row(7200, "US", 4)];
    list(&mut log, tally(seconds(100, 3 * HOUR), 100_000, &rows)).await;
    let confirmed = [whole(seconds(100, 7100)), whole(seconds(7100, 3 * HOUR))];
    P::end_keeping(log, &with_confirmed(&confirmed), 100_001);
    let mut log = later(&place, 100_002, split("b"));
    for (range, expected) in [
        (seconds(100, 7100), Some(vec![(100, 1), (900, 2)])),
        (seconds(900, 7100), Some(vec![(900, 2)])),
        (seconds(7100, 7200), Some(vec![(7100, 3)])),
        (seconds(100, 3 * HOUR), Some(vec![(100, 1), (900, 2), (7100, 3), (7200, 4)])),
        (seconds(101, 7100), None),
        (seconds(900, 7099), None),
        (seconds(1000, 3 * HOUR), None),
    ] {
        assert_eq!(slots(&mut log, range), expected, "{range}");
    }
    // Another segment, read later, has no bound there: the older one tells what ends there.
    P::split_by(&mut log, split("c"));
    list(&mut log, tally(hours(0, 3), 100_002, &[row(0, "US", 1), row(900, "US", 2), row(6300, "US", 7)])).await;
    P::end_keeping(log, &with_confirmed(&[whole(hours(0, 3))]), 100_003);
    let mut log = later(&place, 100_004, split("b"));
    assert_eq!(slots(&mut log, seconds(900, 7100)), Some(vec![(900, 2)]));
    assert_eq!(slots(&mut log, seconds(900, 7200)), Some(vec![(900, 2), (6300, 7)]));
}

async fn what_was_not_settled_when_it_was_read_is_not_told<P: Place>() {
    // Hours 0 and 1 settle at 10 800: by the run's instant, by the host's clock and by the server's.
    for (as_of, asked_at, server_at, is_settled) in [
        (10_800, 10_800, None, true),
        (10_799, 10_800, None, false),
        (10_800, 10_799, None, false),
        (10_800, 10_800, Some(10_799), false),
        (20_000, 20_000, Some(10_800), true),
    ] {
        let place = P::default();
        let mut log = place.begin(&origin(), &RunRequest { as_of: Some(UnixSeconds(as_of)), ..request(100_000) });
        P::split_by(&mut log, split("a"));
        let read = tally(hours(0, 2), asked_at, &[row(0, "US", 1)]);
        list(&mut log, NewTally { server_at: server_at.map(UnixSeconds), ..read }).await;
        P::end_keeping(log, &with_confirmed(&[whole(hours(0, 2))]), 100_001);
        let mut log = later(&place, 200_000, split("a"));
        let case = format!("{as_of} {asked_at} {server_at:?}");
        assert_eq!(attempts(&mut log, Slice::whole(hours(0, 2))), is_settled.then_some(1), "{case}");
        assert_eq!(slots(&mut log, hours(0, 2)), is_settled.then_some(vec![(0, 1)]), "{case}");
        assert_eq!(slots(&mut log, hours(0, 1)), Some(vec![(0, 1)]), "{case}: the first hour had settled");
    }
}

async fn a_confirmed_window_tells_every_slice_of_it<P: Place>() {
    let service: ServiceSid = format!("VA{}", "ab".repeat(16)).parse().unwrap();
    let (near, far) = (Prefix::from_digits(1).unwrap(), Prefix::from_digits(49).unwrap());
    let split = Split { prefixes: vec![near, far], ..split("a") };
    let place = P::default();
    let mut log = later(&place, 100_000, split.clone());
    let rows = [
        TallyRow { service: Some(service), prefix: Some(near), ..row(0, "US", 2) },
        TallyRow { service: Some(service), prefix: Some(near), ..row(1800, "US", 1) },
        TallyRow { prefix: Some(far), channel: Some(Channel::Call), ..row(900, "DE", 4) },
        TallyRow { channel: Some(Channel::Email), cost: Cost::default(), ..row(900, "", 8) },
        TallyRow { channel: None, ..row(900, "US", 16) },
    ];
    list(&mut log, tally(hours(0, 1), 100_000, &rows)).await;
    P::end_keeping(log, &with_confirmed(&[whole(hours(0, 1))]), 100_001);
    let mut log = later(&place, 100_002, split);
    let all = Slice::whole(hours(0, 1));
    let us = Slice { country: "US".parse().ok(), ..all };
    for (slice, expected) in [
        (all, Some(31)),
        (us, Some(19)),
        (Slice { channel: Some(Channel::Sms), ..us }, Some(3)),
        (Slice { channel: Some(Channel::Sms), ..all }, Some(3)),
        (Slice { channel: Some(Channel::Email), ..all }, Some(8)),
        (Slice { channel: Some(Channel::Call), ..us }, Some(0)),
        (Slice { channel: Some(Channel::Whatsapp), ..all }, Some(0)),
        (Slice { country: "FR".parse().ok(), ..all }, Some(0)),
        (Slice { service: Some(service), ..all }, Some(3)),
        (Slice { service: Some(service), channel: Some(Channel::Sms), prefix: Some(near), ..us }, Some(3)),
        (Slice { prefix: Some(far), ..all }, Some(4)),
        (Slice { prefix: Some(far), ..us }, Some(0)),
        // Nothing was counted by it, and what cannot occur is asked to see what the API makes of it.
        (Slice { prefix: Prefix::from_digits(491), ..all }, None),
        (Slice { prefix: Some(Prefix::CONTROL), ..all }, None),
        (Slice { channel: Some(Channel::Control), ..all }, None),
        (Slice { country: Some(Country::REMAINDER), ..all }, None),
        (Slice { service: Some(ServiceSid::ZEROS), ..all }, Some(0)),
    ] {
        assert_eq!(attempts(&mut log, slice), expected, "{slice}");
    }
    let (_, converted, cost) = told(&mut log, Slice { channel: Some(Channel::Sms), ..us }).unwrap();
    let amount = cost.amount().map(|amount| amount.to_string());
    assert_eq!((converted, cost.priced, amount.as_deref()), (1, 3, Some("0.15")));
    let (.., cost) = told(&mut log, Slice { channel: Some(Channel::Email), ..all }).unwrap();
    assert_eq!(cost, Cost::default());
    let answer = log.find(&question(us, Round::After, Reuse::SettledOnly)).unwrap().unwrap();
    assert_eq!((answer.proof, answer.server_at), (Proof::Proved, None));
    assert_eq!((answer.as_of, answer.asked_at), (UnixSeconds(100_000), UnixSeconds(100_000).to_micros()));
}

async fn what_the_list_lacks_is_not_told<P: Place>() {
    let place = P::default();
    let mut log = later(&place, 100_000, split("a"));
    let calls = TallyRow { channel: Some(Channel::Call), ..row(HOUR, "DE", 2) };
    list(&mut log, tally(hours(0, 2), 100_000, &[row(0, "US", 1), calls, row(HOUR, "DE", 4)])).await;
    let confirmed = [
        Confirmed { without_channels: vec![Channel::Email, Channel::Call], ..whole(hours(0, 1)) },
        Confirmed { without_countries: vec!["US".parse().unwrap(), "FR".parse().unwrap()], ..whole(hours(1, 2)) },
    ];
    P::end_keeping(log, &with_confirmed(&confirmed), 100_001);
    let mut log = later(&place, 100_002, split("a"));
    let (first, second) = (Slice::whole(hours(0, 1)), Slice::whole(hours(1, 2)));
    let (us, de) = ("US".parse().ok(), "DE".parse().ok());
    for (slice, expected) in [
        (first, None),
        (Slice { country: us, ..first }, None),
        (Slice { channel: Some(Channel::Call), ..first }, None),
        (Slice { channel: Some(Channel::Sms), ..first }, Some(1)),
        (Slice { channel: Some(Channel::Sms), country: us, ..first }, Some(1)),
        (second, Some(6)),
        (Slice { country: us, ..second }, None),
        (Slice { country: us, channel: Some(Channel::Sms), ..second }, None),
        (Slice { country: de, ..second }, Some(6)),
        (Slice { channel: Some(Channel::Call), ..second }, Some(2)),
    ] {
        assert_eq!(attempts(&mut log, slice), expected, "{slice}");
    }
    for range in [hours(0, 1), hours(1, 2), hours(0, 2)] {
        assert_eq!(slots(&mut log, range), None, "{range}");
    }
}

async fn segments_by_other_prefixes_are_not_told<P: Place>() {
    let place = four_hours::<P>().await;
    let prefixes = |digits: &[u64]| digits.iter().filter_map(|digits| Prefix::from_digits(*digits)).collect();
    let split = |digits: &[u64]| Split { key: "a".to_owned(), prefixes: prefixes(digits) };
    let mut log = later(&place, 200_000, split(&[49]));
    assert_eq!((slots(&mut log, hours(0, 1)), attempts(&mut log, Slice::whole(hours(0, 1)))), (None, None));
    list(&mut log, tally(hours(0, 1), 200_000, &[row(0, "DE", 1)])).await;
    P::end_keeping(log, &with_confirmed(&[whole(hours(0, 1))]), 200_001);
    for (digits, expected) in [(&[49][..], Some(1)), (&[49, 1], None), (&[4], None)] {
        let mut log = later(&place, 300_000, split(digits));
        assert_eq!(attempts(&mut log, Slice::whole(hours(0, 1))), expected, "{digits:?}");
        P::end(log, RunEnd::Published, 300_001);
    }
}

async fn runs_that_met_an_ignored_filter_neither_lend_nor_confirm<P: Place>() {
    for (end, expected) in [
        (RunEnd::Published, Some(2)),
        (RunEnd::Unreconciled, Some(2)),
        (RunEnd::Incomplete, Some(2)),
        (RunEnd::Untrusted, None),
    ] {
        let place = P::default();
        let mut log = later(&place, 100_000, split("a"));
        list(&mut log, tally(hours(0, 1), 100_000, &[row(0, "US", 2)])).await;
        P::end_keeping(log, &EndOfRun { end, ..with_confirmed(&[whole(hours(0, 1))]) }, 100_001);
        let mut log = later(&place, 200_000, split("a"));
        assert_eq!(attempts(&mut log, Slice::whole(hours(0, 1))), expected, "{end:?}");
        assert_eq!(slots(&mut log, hours(0, 1)).is_some(), expected.is_some(), "{end:?}");
    }
    // What it had confirmed before, and was then taken up, is void as well.
    let place = P::default();
    for (now, end) in [(100_000, RunEnd::Incomplete), (100_010, RunEnd::Untrusted)] {
        let mut log = later(&place, now, split("a"));
        list(&mut log, tally(hours(0, 1), now, &[row(0, "US", 2)])).await;
        P::end_keeping(log, &EndOfRun { end, ..with_confirmed(&[whole(hours(0, 1))]) }, now + 1);
    }
    let mut log = later(&place, 200_000, split("a"));
    assert_eq!((attempts(&mut log, Slice::whole(hours(0, 1))), slots(&mut log, hours(0, 1))), (None, None));
}

async fn a_window_stands_in_the_segment_that_was_confirmed<P: Place>() {
    let place = four_hours::<P>().await;
    let mut log = later(&place, 200_000, split("a"));
    list(&mut log, tally(hours(0, 4), 200_000, &[row(0, "US", 99)])).await;
    P::end(log, RunEnd::Published, 200_001);
    let mut log = later(&place, 300_000, split("a"));
    assert_eq!(attempts(&mut log, Slice::whole(hours(0, 1))), Some(4), "nobody compared the later list");
    assert_eq!(slots(&mut log, hours(0, 1)), Some(vec![(0, 2), (1800, 2)]));
}

async fn a_window_that_is_confirmed_again_replaces_the_former<P: Place>() {
    let place = four_hours::<P>().await;
    let mut log = later(&place, 200_000, split("a"));
    list(&mut log, tally(hours(0, 1), 200_000, &[row(0, "US", 5)])).await;
    let without_calls = Confirmed { without_channels: vec![Channel::Call], ..whole(hours(0, 1)) };
    P::end_keeping(log, &with_confirmed(&[without_calls]), 200_001);
    let mut log = later(&place, 300_000, split("a"));
    let sms = Slice { channel: Some(Channel::Sms), ..Slice::whole(hours(0, 1)) };
    assert_eq!((attempts(&mut log, sms), attempts(&mut log, Slice::whole(hours(0, 1)))), (Some(5), None));
    P::end_keeping(log, &with_confirmed(&[whole(hours(0, 1))]), 300_001);
    let mut log = later(&place, 400_000, split("a"));
    assert_eq!(attempts(&mut log, Slice::whole(hours(0, 1))), Some(5), "in the segment known before");
}

async fn what_a_run_recalled_it_may_confirm_for_its_own_split<P: Place>() {
    let place = four_hours::<P>().await;
    let mut log = later(&place, 200_000, split("b"));
    assert!(listed(&mut log, hours(0, 4), Reuse::SettledOnly).is_some());
    P::end_keeping(log, &with_confirmed(&[whole(hours(0, 4))]), 200_001);
    let mut log = later(&place, 300_000, split("b"));
    assert_eq!(attempts(&mut log, Slice::whole(hours(0, 4))), Some(16));
    assert_eq!(listed(&mut log, hours(0, 4), Reuse::SettledOnly).unwrap().answer.proof, Proof::Proved);
    assert_eq!(attempts(&mut log, Slice::whole(hours(0, 1))), None, "confirmed for another split");
}

async fn an_exact_answer_comes_first<P: Place>() {
    let place = four_hours::<P>().await;
    let mut log = later(&place, 200_000, split("a"));
    write(&mut log, [record(1, Slice::whole(hours(0, 1)), Round::First, 200_000, 9)]).await;
    P::end(log, RunEnd::Published, 200_001);
    let mut log = later(&place, 300_000, split("a"));
    let ask = |hour| question(Slice::whole(hours(hour, hour + 1)), Round::First, Reuse::SettledOnly);
    assert_eq!(found(&mut log, ask(0)), Some((9, EarlierRun)));
    assert_eq!(found(&mut log, ask(1)).map(|(attempts, _)| attempts), Some(4));
}

async fn accounts_never_see_each_other_s_lists<P: Place>() {
    let place = four_hours::<P>().await;
    let elsewhere = Origin { origin: "https://verify.twilio.com".to_owned(), ..origin() };
    let mut log = place.begin(&elsewhere, &request(200_000));
    P::split_by(&mut log, split("a"));
    assert_eq!((slots(&mut log, hours(0, 1)), attempts(&mut log, Slice::whole(hours(0, 1)))), (None, None));
    assert!(!P::has_attempts(&log, hours(0, 4)));
}

async fn listed_attempts_are_known_where_their_slot_lies_inside<P: Place>() {
    let place = P::default();
    for (now, end, slot) in [(100_000, RunEnd::Published, 1800), (100_100, RunEnd::Untrusted, 0)] {
        let mut log = later(&place, now, split("a"));
        list(&mut log, tally(hours(0, 2), now, &[row(slot, "US", 2)])).await;
        P::end(log, end, now + 1);
    }
    let mut log = later(&place, 200_000, split("a"));
    list(&mut log, tally(hours(0, 2), 200_000, &[row(HOUR, "US", 2)])).await;
    for (range, expected) in [
        (hours(0, 1), true),
        (seconds(1800, 2700), true),
        (seconds(1801, 9000), false),
        (seconds(0, 2699), false),
        (hours(1, 2), false),
    ] {
        assert_eq!(P::has_attempts(&log, range), expected, "{range}");
    }
}

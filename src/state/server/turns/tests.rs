use std::collections::BTreeMap;

use super::*;
use crate::postgres::{Login, server};

const TIMING: LeaseTiming = LeaseTiming::DEFAULT;

fn place() -> StateServer {
    StateServer::new(&server::new_database(), &Login::default())
}

fn account(number: u32) -> AccountSid {
    format!("AC{number:032}").parse().unwrap()
}

fn host(place: &StateServer, name: &str, accounts: std::ops::Range<u32>) -> HostTurns {
    at(place, name, accounts, None)
}

fn at(place: &StateServer, name: &str, accounts: std::ops::Range<u32>, as_of: Option<i64>) -> HostTurns {
    let accounts = accounts.map(account).collect();
    HostTurns::begin(place, ("/out/job", name), &accounts, as_of.map(UnixSeconds), TIMING).unwrap()
}

fn take(turns: &HostTurns) -> AccountSid {
    match turns.next().unwrap() {
        HostTurn::Of(account) => account,
        other => panic!("{other:?}"),
    }
}

/// Takes turns until there is none.
fn take_all(turns: &HostTurns, completed: Completed) -> Vec<AccountSid> {
    let mut taken = Vec::new();
    while let HostTurn::Of(account) = turns.next().unwrap() {
        taken.push(account);
        turns.end(account, completed, &account.to_string()).unwrap();
    }
    taken
}

#[test]
fn hosts_that_begin_together_share_the_accounts_and_each_can_tell_of_all() {
    let place = place();
    let hosts: Vec<_> = (0..4).map(|number| host(&place, &number.to_string(), 0..40)).collect();
    let taken: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = hosts.iter().map(|turns| scope.spawn(|| take_all(turns, Completed::Whole))).collect();
        all.into_iter().flat_map(|one| one.join().unwrap()).collect()
    });
    let mut counts = BTreeMap::new();
    for account in &taken {
        *counts.entry(*account).or_insert(0) += 1;
    }
    assert!(counts.len() == 40 && counts.values().all(|count| *count == 1), "{counts:?}");
    for turns in &hosts {
        assert_eq!(turns.next().unwrap(), HostTurn::Over);
        assert_eq!(turns.records().unwrap().len(), 40);
    }
    // Who comes later looks at everything afresh, what waited longest first.
    let late = host(&place, "late", 0..40);
    assert!(late.records().unwrap().is_empty());
    assert_eq!(take_all(&late, Completed::Lacking).len(), 40);
}

#[test]
fn a_host_waits_for_what_others_hold_and_takes_it_once_they_are_dead() {
    let place = place();
    let (first, second) = (host(&place, "first", 0..2), host(&place, "second", 0..2));
    let held = take(&first);
    assert_eq!(take_all(&second, Completed::Whole).len(), 1);
    assert_eq!(second.next().unwrap(), HostTurn::Others(1));
    first.give_back(held).unwrap();
    assert_eq!(take(&second), held);
    second.give_back(held).unwrap();
    assert_eq!(take(&first), held);
    // As after a kill: the row of its lease says so.
    place.open().unwrap().run("meddle", "UPDATE leases SET beaten_at = NULL WHERE holder = 'first'").unwrap();
    assert_eq!(take(&second), held);
    // Who is late changes nothing that is another's.
    first.end(held, Completed::Whole, "late").unwrap();
    second.end(held, Completed::Whole, "second").unwrap();
    let records = second.records().unwrap();
    assert!(records.contains(&"second".to_owned()) && !records.contains(&"late".to_owned()), "{records:?}");
    assert_eq!((first.next().unwrap(), second.next().unwrap()), (HostTurn::Over, HostTurn::Over));
}

#[test]
fn what_was_completed_at_an_instant_is_done_for_runs_at_that_instant() {
    let place = place();
    let first = at(&place, "first", 0..3, Some(100));
    let failed = take(&first);
    first.end(failed, Completed::Lacking, "failed").unwrap();
    assert_eq!(take_all(&first, Completed::Whole).len(), 2);
    let again = at(&place, "again", 0..3, Some(100));
    assert_eq!(take_all(&again, Completed::Whole), [failed]);
    assert_eq!(again.records().unwrap().len(), 3);
    assert_eq!(take_all(&at(&place, "another", 0..3, Some(200)), Completed::Whole).len(), 3);
    assert_eq!(take_all(&host(&place, "now", 0..3), Completed::Whole).len(), 3);
}

#[test]
fn an_account_that_a_host_knows_nothing_of_is_left_to_others() {
    let place = place();
    let few = host(&place, "few", 0..1);
    let many = host(&place, "many", 0..3);
    let taken: Vec<_> = (0..3).map(|_| take(&few)).collect();
    for account in taken.into_iter().filter(|account| *account != self::account(0)) {
        few.leave(account).unwrap();
    }
    assert!(matches!(few.next().unwrap(), HostTurn::Others(1)), "its own is not done yet");
    few.end(account(0), Completed::Whole, "0").unwrap();
    assert_eq!(few.next().unwrap(), HostTurn::Over);
    assert_eq!(take_all(&many, Completed::Whole).len(), 2);
    assert_eq!((few.records().unwrap().len(), many.records().unwrap().len()), (1, 3));
}

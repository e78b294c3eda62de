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
    of_command(place, "one", name, accounts)
}

fn of_command(place: &StateServer, command: &str, name: &str, accounts: std::ops::Range<u32>) -> HostTurns {
    let accounts = accounts.map(account).collect();
    HostTurns::begin(place, (command, name), &accounts, TIMING).unwrap()
}

fn take(turns: &HostTurns) -> (AccountSid, Claim) {
    match turns.next().unwrap() {
        HostTurn::Of(account, claim) => (account, claim),
        other => panic!("{other:?}"),
    }
}

/// Takes turns until there is none.
fn take_all(turns: &HostTurns) -> Vec<AccountSid> {
    let mut taken = Vec::new();
    while let HostTurn::Of(account, claim) = turns.next().unwrap() {
        taken.push(account);
        turns.end(&claim, &account.to_string()).unwrap();
    }
    taken
}

#[test]
fn hosts_that_begin_together_share_the_accounts_and_each_can_tell_of_all() {
    let place = place();
    let hosts: Vec<_> = (0..4).map(|number| host(&place, &number.to_string(), 0..40)).collect();
    let taken: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = hosts.iter().map(|turns| scope.spawn(|| take_all(turns))).collect();
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
    // Who comes later looks at everything afresh.
    let late = host(&place, "late", 0..40);
    assert!(late.records().unwrap().is_empty());
    assert_eq!(take_all(&late).len(), 40);
}

#[test]
fn a_host_waits_for_what_others_hold_and_takes_it_once_they_are_dead() {
    let place = place();
    let (first, second) = (host(&place, "first", 0..2), host(&place, "second", 0..2));
    let (held, claim) = take(&first);
    assert_eq!(take_all(&second).len(), 1);
    assert_eq!(second.next().unwrap(), HostTurn::Others(1));
    first.give_back(&claim).unwrap();
    let (again, claim) = take(&second);
    second.give_back(&claim).unwrap();
    let (once_more, late) = take(&first);
    assert_eq!((again, once_more), (held, held));
    // As after a kill, or a long sleep: the row of its lease says so.
    place.open().unwrap().run("meddle", "UPDATE leases SET beaten_at = NULL WHERE holder = 'first'").unwrap();
    assert_eq!(first.next().unwrap(), HostTurn::Others(1), "a host does not take its own turns for a dead one's");
    let (taken, claim) = take(&second);
    assert_eq!(taken, held);
    // Who is late changes nothing that is another's.
    first.end(&late, "late").unwrap();
    first.give_back(&late).unwrap();
    second.end(&claim, "second").unwrap();
    let records = second.records().unwrap();
    assert!(records.contains(&"second".to_owned()) && !records.contains(&"late".to_owned()), "{records:?}");
    assert_eq!((first.next().unwrap(), second.next().unwrap()), (HostTurn::Over, HostTurn::Over));
}

#[test]
fn commands_that_differ_know_nothing_of_each_other() {
    let place = place();
    let (few, many) = (of_command(&place, "few", "a", 0..1), of_command(&place, "many", "b", 0..3));
    let (_, claim) = take(&many);
    assert_eq!(take_all(&few), [account(0)]);
    assert_eq!((few.next().unwrap(), few.records().unwrap().len()), (HostTurn::Over, 1));
    many.end(&claim, "0").unwrap();
    assert_eq!(take_all(&many).len(), 2);
    assert_eq!(many.records().unwrap().len(), 3);
}

#[test]
fn what_a_host_lacks_is_left_to_those_that_may_have_it_and_the_last_one_ends_it() {
    let place = place();
    let (first, second) = (host(&place, "first", 0..1), host(&place, "second", 0..1));
    // Hosts of other commands are none of these.
    let _other = of_command(&place, "another one", "other", 0..1);
    assert!(first.leave(&take(&first).1).unwrap());
    assert_eq!(first.next().unwrap(), HostTurn::Others(1), "the second may have it");
    let (_, claim) = take(&second);
    assert!(!second.leave(&claim).unwrap(), "the first was found to lack it");
    second.end(&claim, "second").unwrap();
    assert_eq!((first.next().unwrap(), second.next().unwrap()), (HostTurn::Over, HostTurn::Over));

    // The next time all of them may have what is needed.
    let (third, fourth) = (host(&place, "third", 0..1), host(&place, "fourth", 0..1));
    drop((first, second));
    assert!(third.leave(&take(&third).1).unwrap());
    assert_eq!(third.next().unwrap(), HostTurn::Others(1));
    // Who could have had it is gone.
    drop(fourth);
    let (_, claim) = take(&third);
    assert!(!third.leave(&claim).unwrap());
    third.end(&claim, "third").unwrap();
    assert_eq!(third.records().unwrap(), ["third"]);
}

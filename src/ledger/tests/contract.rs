//! One contract for every ledger: which answers are found.

use super::place::{Place, contract};
use super::*;
use crate::model::AnswerSource::{EarlierRun, ThisRun};
use crate::model::{Channel, Country, Prefix, ServiceSid};

contract! {
    each_reuse_admits_what_it_says
    an_answer_is_settled_by_the_earlier_of_as_of_and_asking
    a_run_finds_its_own_answers_by_round
    the_newest_answer_counts_and_of_equals_the_one_recorded_last
    slices_differ_in_every_dimension
    accounts_and_origins_never_see_each_other
    tickets_come_back_once_and_the_queue_is_bounded
    waiting_for_a_commit_can_be_given_up
    answers_of_a_run_that_met_an_ignored_filter_are_not_reused
    an_answer_keeps_the_time_of_the_server
    an_answer_belongs_to_the_bounds_that_were_sent
}

async fn an_answer_keeps_the_time_of_the_server<P: Place>() {
    let place = P::default();
    let mut log = place.begin(&origin(), &request(100_000));
    let timed = |ticket, start, server_at: Option<i64>| NewAnswer {
        server_at: server_at.map(UnixSeconds),
        ..record(ticket, slice(start), Round::First, 100_000, 1)
    };
    write(&mut log, [timed(1, 0, Some(99_000)), timed(2, 60, None)]).await;
    for (start, expected) in [(0, Some(99_000)), (60, None)] {
        let answer = log.find(&question(slice(start), Round::First, Reuse::Never)).unwrap().unwrap();
        assert_eq!(answer.server_at, expected.map(UnixSeconds));
    }
    P::end(log, RunEnd::Published, 100_001);
    let mut log = place.begin(&origin(), &request(200_000));
    for (start, expected) in [(0, Some(99_000)), (60, None)] {
        let answer = log.find(&question(slice(start), Round::First, Reuse::AnyAge)).unwrap().unwrap();
        assert_eq!(answer.server_at, expected.map(UnixSeconds));
    }
}

async fn an_answer_belongs_to_the_bounds_that_were_sent<P: Place>() {
    let under = |interval, now| RunRequest { interval, ..request(now) };
    let place = P::default();
    let mut log = place.begin(&origin(), &under(Interval::ClosedOpen, 200_000));
    write(&mut log, [record(1, slice(100), Round::First, 200_000, 7)]).await;
    P::end(log, RunEnd::Published, 200_001);

    // After 100 and before 86 500 were sent: under `(]` that was the window which begins a second later.
    let settled = |start| question(slice(start), Round::First, Reuse::Settled);
    for (interval, before, itself, later) in [
        (Interval::ClosedOpen, None, Some((7, EarlierRun)), None),
        (Interval::OpenClosed, None, None, Some((7, EarlierRun))),
        (Interval::Closed, None, None, None),
        (Interval::Open, None, None, None),
    ] {
        let mut log = place.begin(&origin(), &under(interval, 300_000));
        assert_eq!(found(&mut log, settled(99)), before, "{interval}");
        assert_eq!(found(&mut log, settled(100)), itself, "{interval}");
        assert_eq!(found(&mut log, settled(101)), later, "{interval}");
        // What it asks itself it finds, whatever others believe.
        write(&mut log, [record(2, slice(500), Round::First, 300_000, 9)]).await;
        assert_eq!(found(&mut log, question(slice(500), Round::First, Reuse::Never)), Some((9, ThisRun)));
        P::end(log, RunEnd::Untrusted, 300_001);
    }
}

async fn answers_of_a_run_that_met_an_ignored_filter_are_not_reused<P: Place>() {
    let place = P::default();
    for (start, end, expected) in [
        (100_000, RunEnd::Untrusted, None),
        (110_000, RunEnd::Published, None),
        (120_000, RunEnd::Published, Some((7, EarlierRun))),
    ] {
        let mut log = place.begin(&origin(), &request(start));
        for reuse in [Reuse::Settled, Reuse::SettledOnly, Reuse::AnyAge] {
            assert_eq!(found(&mut log, question(slice(0), Round::First, reuse)), expected, "{reuse:?} at {start}");
        }
        write(&mut log, [record(0, slice(0), Round::First, start, 7)]).await;
        P::end(log, end, start);
    }
}

async fn each_reuse_admits_what_it_says<P: Place>() {
    let place = P::default();
    // Provisional when asked at 50 000, settled when asked at 100 000; then provisional again by an old as_of.
    for (start, attempts) in [(50_000, 1), (100_000, 2)] {
        let mut log = place.begin(&origin(), &request(start));
        write(&mut log, [record(0, slice(0), Round::First, start, attempts)]).await;
        P::end(log, RunEnd::Published, start);
    }
    let mut log = place.begin(&origin(), &RunRequest { as_of: Some(UnixSeconds(60_000)), ..request(110_000) });
    write(&mut log, [record(0, slice(0), Round::First, 110_000, 3)]).await;
    P::end(log, RunEnd::Published, 110_000);

    let mut log = place.begin(&origin(), &request(200_000));
    for (reuse, expected) in [
        (Reuse::Never, None),
        (Reuse::Settled, Some((2, EarlierRun))),
        (Reuse::SettledOnly, Some((2, EarlierRun))),
        (Reuse::AnyAge, Some((3, EarlierRun))),
    ] {
        assert_eq!(found(&mut log, question(slice(0), Round::First, reuse)), expected, "{reuse:?}");
        assert_eq!(found(&mut log, question(slice(1), Round::First, reuse)), None, "{reuse:?}");
    }
}

async fn an_answer_is_settled_by_the_earlier_of_as_of_and_asking<P: Place>() {
    // slice(0) settles at 90 000.
    for (as_of, asked_at, settled) in
        [(90_000, 90_000, true), (89_999, 95_000, false), (95_000, 89_999, false), (99_000, 91_000, true)]
    {
        let place = P::default();
        let mut log = place.begin(&origin(), &RunRequest { as_of: Some(UnixSeconds(as_of)), ..request(1) });
        write(&mut log, [record(0, slice(0), Round::First, asked_at, 1)]).await;
        P::end(log, RunEnd::Published, 100_000);
        let mut log = place.begin(&origin(), &request(200_000));
        let answer = log.find(&question(slice(0), Round::First, Reuse::Settled)).unwrap();
        assert_eq!(answer.is_some(), settled, "as_of {as_of}, asked at {asked_at}");
        if let Some(answer) = answer {
            assert_eq!(answer.as_of, UnixSeconds(as_of));
            assert_eq!(answer.asked_at, UnixSeconds(asked_at).to_micros());
        }
    }
}

async fn a_run_finds_its_own_answers_by_round<P: Place>() {
    let place = P::default();
    let mut log = place.begin(&origin(), &request(100_000));
    let ask = |round| question(slice(0), round, Reuse::Never);
    assert_eq!(found(&mut log, ask(Round::First)), None);
    write(&mut log, [record(1, slice(0), Round::First, 100_000, 1)]).await;
    assert_eq!(found(&mut log, ask(Round::First)), Some((1, ThisRun)));
    assert_eq!(found(&mut log, ask(Round::After)), None);
    write(&mut log, [record(2, slice(0), Round::Again, 100_001, 2)]).await;
    P::end(log, RunEnd::Interrupted, 100_002);

    let mut log = place.begin(&origin(), &request(100_003));
    assert!(P::run(&log).taken_up);
    assert_eq!(found(&mut log, ask(Round::First)), Some((1, ThisRun)));
    assert_eq!(found(&mut log, ask(Round::After)), None);
    assert_eq!(found(&mut log, ask(Round::Again)), Some((2, ThisRun)));
    // Its own other rounds are not those of another run.
    for reuse in [Reuse::Settled, Reuse::AnyAge] {
        assert_eq!(found(&mut log, question(slice(0), Round::After, reuse)), None);
    }
    P::end(log, RunEnd::Published, 100_004);

    let mut log = place.begin(&origin(), &request(100_005));
    for round in [Round::First, Round::After, Round::Again] {
        assert_eq!(found(&mut log, ask(round)), None);
        assert_eq!(found(&mut log, question(slice(0), round, Reuse::Settled)), Some((2, EarlierRun)));
    }
    write(&mut log, [record(3, slice(0), Round::First, 100_005, 3)]).await;
    assert_eq!(found(&mut log, question(slice(0), Round::First, Reuse::Settled)), Some((3, ThisRun)));
    assert_eq!(found(&mut log, question(slice(0), Round::After, Reuse::Settled)), Some((2, EarlierRun)));
}

async fn the_newest_answer_counts_and_of_equals_the_one_recorded_last<P: Place>() {
    let place = P::default();
    let mut log = place.begin(&origin(), &request(100_000));
    let asked = [(1, 100_001), (2, 100_003), (3, 100_003), (4, 100_002)];
    write(&mut log, asked.map(|(n, at)| record(n, slice(0), Round::First, at, i64::try_from(n).unwrap()))).await;
    assert_eq!(found(&mut log, question(slice(0), Round::First, Reuse::Never)), Some((3, ThisRun)));
    P::end(log, RunEnd::Published, 100_004);
    let mut log = place.begin(&origin(), &request(100_005));
    assert_eq!(found(&mut log, question(slice(0), Round::First, Reuse::AnyAge)), Some((3, EarlierRun)));
}

async fn slices_differ_in_every_dimension<P: Place>() {
    let upper: ServiceSid = format!("VA{}", "AB".repeat(16)).parse().unwrap();
    let lower: ServiceSid = format!("VA{}", "ab".repeat(16)).parse().unwrap();
    let whole = slice(0);
    let slices = [
        whole,
        slice(1),
        Slice { range: Window::new(UnixSeconds(0), UnixSeconds(1)).unwrap(), ..whole },
        Slice { service: Some(ServiceSid::ZEROS), ..whole },
        Slice { service: Some(upper), ..whole },
        Slice { service: Some(lower), ..whole },
        Slice { country: "US".parse().ok(), ..whole },
        Slice { country: Some(Country::REMAINDER), ..whole },
        Slice { channel: Some(Channel::Sms), ..whole },
        Slice { channel: Some(Channel::Control), ..whole },
        Slice { prefix: Prefix::from_digits(1), ..whole },
        Slice { prefix: Some(Prefix::CONTROL), ..whole },
        Slice { country: "US".parse().ok(), channel: Some(Channel::Sms), service: Some(upper), ..whole },
    ];
    let place = P::default();
    let mut log = place.begin(&origin(), &request(200_000));
    for (n, slice) in (0..).zip(slices) {
        assert_eq!(found(&mut log, question(slice, Round::First, Reuse::AnyAge)), None, "{slice}");
        write(&mut log, [record(0, slice, Round::First, 200_000, n)]).await;
    }
    P::end(log, RunEnd::Published, 200_001);
    let mut log = place.begin(&origin(), &request(200_002));
    for (n, slice) in (0..).zip(slices) {
        assert_eq!(found(&mut log, question(slice, Round::First, Reuse::Settled)), Some((n, EarlierRun)), "{slice}");
    }
}

async fn accounts_and_origins_never_see_each_other<P: Place>() {
    let place = P::default();
    let elsewhere = Origin { origin: "https://verify.twilio.com".to_owned(), ..origin() };
    let somebody = Origin { account: format!("AC{}", "1".repeat(32)).parse().unwrap(), ..origin() };
    let mut log = place.begin(&origin(), &request(100_000));
    let run_id = P::run(&log).run_id;
    write(&mut log, [record(0, slice(0), Round::First, 100_000, 1)]).await;
    P::end(log, RunEnd::Incomplete, 100_000);
    for other in [elsewhere, somebody] {
        let mut log = place.begin(&other, &request(100_001));
        assert!(!P::run(&log).taken_up);
        assert_ne!(P::run(&log).run_id, run_id);
        assert_eq!(found(&mut log, question(slice(0), Round::First, Reuse::AnyAge)), None);
        P::end(log, RunEnd::Published, 100_001);
    }
    assert_eq!(P::run(&place.begin(&origin(), &request(100_002))).run_id, run_id);
}

async fn tickets_come_back_once_and_the_queue_is_bounded<P: Place>() {
    let place = P::default();
    let mut log = place.begin(&origin(), &request(100_000));
    let limit = LIMIT.get() as u64;
    for ticket in 0..limit {
        log.record(record(ticket, slice(0), Round::First, 100_000, 1)).unwrap();
    }
    let error = log.record(record(limit, slice(0), Round::First, 100_000, 1)).unwrap_err();
    assert!(matches!(error, LedgerError::TooManyUnacknowledged { limit: 64 }), "{error}");
    let mut tickets = Vec::new();
    while tickets.len() < LIMIT.get() {
        tickets.extend(log.committed().await.unwrap());
    }
    assert_eq!(tickets, (0..limit).collect::<Vec<_>>());
    log.record(record(limit, slice(0), Round::First, 100_000, 1)).unwrap();
    assert_eq!(log.committed().await.unwrap(), [limit]);
}

async fn waiting_for_a_commit_can_be_given_up<P: Place>() {
    let place = P::default();
    let mut log = place.begin(&origin(), &request(100_000));
    for ticket in 0..200 {
        tokio::select! {
            biased;
            tickets = log.committed() => panic!("{tickets:?} though nothing was recorded"),
            () = tokio::task::yield_now() => {}
        }
        log.record(record(ticket, slice(0), Round::First, 100_000, 1)).unwrap();
        let mut tickets = None;
        while tickets.is_none() {
            tokio::select! {
                biased;
                committed = log.committed() => tickets = Some(committed.unwrap()),
                () = tokio::task::yield_now() => {}
            }
        }
        assert_eq!(tickets, Some(vec![ticket]));
    }
}

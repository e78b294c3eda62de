//! One contract for every ledger: what answers to other ranges say together.

use super::place::{Place, contract};
use super::*;
use crate::model::AnswerSource::{EarlierRun, Inference};
use crate::model::{Channel, Proof};

contract! {
    settled_answers_to_other_ranges_tell_what_follows_from_them
    sums_are_sought_around_the_range_that_was_named
    a_sum_rests_on_the_bounds_that_were_sent
    a_sum_is_proved_if_all_that_it_rests_on_is
}

async fn settled_answers_to_other_ranges_tell_what_follows_from_them<P: Place>() {
    let days = |start: i64, end: i64| {
        let range = Window::new(UnixSeconds(start * 86_400), UnixSeconds(end * 86_400)).unwrap();
        Slice { channel: Some(Channel::Call), ..Slice::whole(range) }
    };
    let settled = |slice| question(slice, Round::First, Reuse::Settled);
    let place = P::default();
    let begin = |now| {
        let mut log = place.begin(&origin(), &request(now));
        P::recall_around(&mut log, days(0, 3).range);
        log
    };
    let mut log = begin(500_000);
    for (ticket, asked_at, slice, attempts) in
        [(0, 500_000, days(0, 1), 7), (1, 500_001, days(1, 2), 5), (2, 500_002, days(0, 3), 20)]
    {
        write(&mut log, [record(ticket, slice, Round::First, asked_at, attempts)]).await;
    }
    assert_eq!(found(&mut log, settled(days(2, 3))), None, "a run that is taken up asks as it did");
    P::end(log, RunEnd::Published, 500_010);

    let mut log = begin(600_000);
    let sms = Slice { channel: Some(Channel::Sms), ..days(0, 2) };
    for (slice, expected) in [
        (days(0, 1), Some((7, EarlierRun))),
        (days(0, 2), Some((12, Inference))),
        (days(2, 3), Some((8, Inference))),
        (days(1, 3), Some((13, Inference))),
        (days(0, 4), None),
        (sms, None),
        (Slice::whole(days(0, 2).range), None),
    ] {
        assert_eq!(found(&mut log, settled(slice)), expected, "{slice}");
    }
    assert_eq!(found(&mut log, question(days(0, 2), Round::First, Reuse::AnyAge)), None);
    assert_eq!(found(&mut log, question(days(0, 2), Round::First, Reuse::Never)), None);
    let told = log.find(&settled(days(0, 2))).unwrap().unwrap();
    assert_eq!(told.asked_at, UnixSeconds(500_001).to_micros());
    write(&mut log, [record(3, days(0, 3), Round::First, 600_000, 21)]).await;
    P::end(log, RunEnd::Published, 600_000);

    let mut log = begin(700_000);
    assert_eq!(found(&mut log, settled(days(2, 3))), Some((9, Inference)), "the newest answer counts");
    write(&mut log, [record(4, days(0, 2), Round::First, 700_000, 11)]).await;
    P::end(log, RunEnd::Published, 700_000);

    let mut log = begin(800_000);
    assert_eq!(found(&mut log, settled(days(2, 3))), None, "answers contradict each other");
    P::end(log, RunEnd::Published, 800_000);
}

async fn sums_are_sought_around_the_range_that_was_named<P: Place>() {
    let day = |start: i64| Slice { channel: Some(Channel::Sms), ..slice(start * 86_400) };
    let place = P::default();
    let mut log = place.begin(&origin(), &request(2_000_000));
    write_many(&mut log, (0..20).map(|n| record(n, day(n.cast_signed()), Round::First, 2_000_000, 2))).await;
    P::end(log, RunEnd::Published, 2_000_001);

    let mut log = place.begin(&origin(), &request(3_000_000));
    let days = |first: i64, past: i64| {
        let range = day(first).range.hull(day(past - 1).range);
        question(Slice { range, ..day(0) }, Round::First, Reuse::Settled)
    };
    assert_eq!(found(&mut log, days(4, 6)), None, "no range was named");
    P::recall_around(&mut log, days(4, 8).slice.range);
    for (first, past, expected) in [(4, 6, Some(4)), (4, 8, Some(8)), (2, 20, None)] {
        let expected = expected.map(|attempts| (attempts, Inference));
        assert_eq!(found(&mut log, days(first, past)), expected, "{first} to {past}");
    }
    P::recall_around(&mut log, days(0, 20).slice.range);
    assert_eq!(found(&mut log, days(2, 20)), Some((36, Inference)));
}

async fn a_sum_rests_on_the_bounds_that_were_sent<P: Place>() {
    let day = |start: i64| Slice { channel: Some(Channel::Sms), ..slice(start) };
    let place = P::default();
    let mut log = place.begin(&origin(), &request(300_000));
    write_many(&mut log, (0..2).map(|n| record(n, day(n.cast_signed() * 86_400), Round::First, 300_000, 2))).await;
    P::end(log, RunEnd::Published, 300_001);
    for (interval, expected) in [(Interval::ClosedOpen, [Some(4), None]), (Interval::OpenClosed, [None, Some(4)])] {
        for (start, expected) in [0, 1].into_iter().zip(expected) {
            let mut log = place.begin(&origin(), &RunRequest { interval, ..request(400_000) });
            let range = Window::new(UnixSeconds(start), UnixSeconds(start + 2 * 86_400)).unwrap();
            P::recall_around(&mut log, range);
            let both = question(Slice { range, ..day(0) }, Round::First, Reuse::Settled);
            assert_eq!(found(&mut log, both), expected.map(|attempts| (attempts, Inference)), "{interval} {start}");
        }
    }
}

async fn a_sum_is_proved_if_all_that_it_rests_on_is<P: Place>() {
    let day = |start: i64| Slice { channel: Some(Channel::Sms), ..slice(start * 86_400) };
    let place = P::default();
    for (now, first, proof) in [(500_000, 0, Proof::Proved), (600_000, 2, Proof::Unproved)] {
        let mut log = place.begin(&origin(), &request(now));
        for ticket in 0..2 {
            let answer = record(ticket, day(first + ticket.cast_signed()), Round::First, now, 2);
            write(&mut log, [NewAnswer { server_at: Some(UnixSeconds(now + 3)), ..answer }]).await;
        }
        let days = [day(first).range, day(first + 1).range];
        let proved = if proof == Proof::Proved { &days[..] } else { &[] };
        P::end_keeping(log, &EndOfRun { proved, ..RunEnd::Published.into() }, now + 1);
    }
    let mut log = place.begin(&origin(), &request(700_000));
    P::recall_around(&mut log, day(0).range.hull(day(3).range));
    for (first, last, proof, server_at) in
        [(0, 1, Proof::Proved, 500_003), (2, 3, Proof::Unproved, 600_003), (1, 2, Proof::Unproved, 600_003)]
    {
        let slice = Slice { range: day(first).range.hull(day(last).range), ..day(0) };
        let told = log.find(&question(slice, Round::First, Reuse::Settled)).unwrap().unwrap();
        assert_eq!((told.proof, told.server_at), (proof, Some(UnixSeconds(server_at))), "{first} and {last}");
    }
}

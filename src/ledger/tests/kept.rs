//! One contract for every ledger: what is kept of a run beside its answers.

use super::place::{Place, contract};
use super::*;
use crate::model::{Note, Proof, UnixMicros};

contract! {
    answers_for_proved_windows_are_proved_to_others
    of_each_note_the_newest_is_kept_until_it_is_forgotten
    notes_belong_to_account_and_origin
    attempts_of_other_trusted_runs_are_known_where_they_lie_inside
}

fn note(name: &str, value: i64, seen_at: i64) -> Note {
    Note { name: name.to_owned(), value, seen_at: UnixMicros(seen_at) }
}

fn with_notes(notes: &[Note]) -> EndOfRun<'_> {
    EndOfRun { notes, ..RunEnd::Published.into() }
}

async fn answers_for_proved_windows_are_proved_to_others<P: Place>() {
    let place = P::default();
    for (now, proof) in [(200_000, Proof::Proved), (300_000, Proof::Unproved)] {
        let mut log = place.begin(&origin(), &request(now));
        write(&mut log, [record(1, slice(now), Round::First, now + 100_000, 7)]).await;
        let own = log.find(&question(slice(now), Round::First, Reuse::Never)).unwrap().unwrap();
        assert_eq!(own.proof, Proof::Unproved, "it may still turn out wrong");
        let (counts, asked_at) = (Counts::ZERO, UnixSeconds(now + 100_000).to_micros());
        let implied = [Inference { slice: slice(now + 60), counts, asked_at }];
        let proved = [slice(now).range, slice(now + 60).range];
        let proved = if proof == Proof::Proved { &proved[..] } else { &[] };
        let kept = EndOfRun { inferences: &implied, proved, ..RunEnd::Published.into() };
        P::end_keeping(log, &kept, now + 100_001);
        let mut log = place.begin(&origin(), &request(now + 100_002));
        for start in [now, now + 60] {
            let found = log.find(&question(slice(start), Round::First, Reuse::AnyAge)).unwrap().unwrap();
            assert_eq!(found.proof, proof, "{start}");
        }
        P::end(log, RunEnd::Published, now + 100_003);
    }
}

async fn of_each_note_the_newest_is_kept_until_it_is_forgotten<P: Place>() {
    let place = P::default();
    let mut now = 1_000;
    let mut after = |kept: &EndOfRun| {
        now += 10;
        let log = place.begin(&origin(), &request(now));
        P::end_keeping(log, kept, now + 1);
        P::notes(&place.begin(&origin(), &request(now + 2)))
    };
    let (b, c) = (note("b", 2, 20), note("c", 3, 20));
    assert_eq!(after(&with_notes(&[c.clone(), b.clone()])), [b.clone(), c.clone()]);
    assert_eq!(after(&with_notes(&[note("b", 9, 19), note("c", 4, 20)])), [b.clone(), note("c", 4, 20)]);
    let forgotten = ["b".to_owned(), "never known".to_owned()];
    let forgetting = EndOfRun { forgotten_notes: &forgotten, ..RunEnd::Published.into() };
    assert_eq!(after(&forgetting), [note("c", 4, 20)]);
    let seen_anew = [note("b", 1, 5)];
    assert_eq!(after(&EndOfRun { notes: &seen_anew, ..forgetting }), [note("b", 1, 5), note("c", 4, 20)]);
}

async fn notes_belong_to_account_and_origin<P: Place>() {
    let place = P::default();
    P::end_keeping(place.begin(&origin(), &request(1_000)), &with_notes(&[note("a", 1, 1)]), 1_001);
    let elsewhere = Origin { origin: "https://verify.twilio.com".to_owned(), ..origin() };
    assert_eq!(P::notes(&place.begin(&elsewhere, &request(1_002))), []);
    assert_eq!(P::notes(&place.begin(&origin(), &request(1_002))), [note("a", 1, 1)]);
}

async fn attempts_of_other_trusted_runs_are_known_where_they_lie_inside<P: Place>() {
    let place = P::default();
    for (now, end, answers) in
        [(200_000, RunEnd::Published, [(1_000, 0), (2_000, 7)]), (210_000, RunEnd::Untrusted, [(1_000, 9), (500, 9)])]
    {
        let mut log = place.begin(&origin(), &request(now));
        for (start, attempts) in answers {
            write(&mut log, [record(1, slice(start), Round::First, now, attempts)]).await;
        }
        P::end(log, end, now + 1);
    }
    let mut log = place.begin(&origin(), &request(300_000));
    write(&mut log, [record(1, slice(1_000), Round::First, 300_000, 5)]).await;
    for (start, end, expected) in
        [(0, 88_399, false), (0, 88_400, true), (2_000, 88_400, true), (2_001, 200_000, false), (0, 200_000, true)]
    {
        let within = Window::new(UnixSeconds(start), UnixSeconds(end)).unwrap();
        assert_eq!(P::has_attempts(&log, within), expected, "{start} to {end}");
    }
}

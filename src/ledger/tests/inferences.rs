//! What a run's answers imply is kept with its end, and told apart from answers.

use super::*;
use crate::model::AnswerSource;

fn inference(start: i64, attempts: i64) -> Inference {
    Inference {
        slice: slice(start),
        counts: Counts::new(attempts, 0).unwrap(),
        asked_at: UnixSeconds(200_000).to_micros(),
    }
}

fn keeping(inferences: &[Inference], end: RunEnd) -> EndOfRun<'_> {
    EndOfRun { inferences, ..end.into() }
}

fn settled(start: i64) -> Question {
    question(slice(start), Round::First, Reuse::Settled)
}

#[tokio::test]
async fn later_runs_find_what_was_inferred_on_disk_and_in_memory() {
    let dir = TempDir::new().unwrap();
    let mut ledger = begin(dir.path(), 200_000);
    write(&mut ledger, [record(1, slice(0), Round::First, 200_000, 7)]).await;
    ledger.end_run(&keeping(&[inference(60, 0), inference(120, 5)], RunEnd::Published), time(200_001)).unwrap();
    let mut next = begin(dir.path(), 300_000);

    let store = MemoryStore::default();
    let mut memory = MemoryLedger::begin_run(&store, &origin(), &request(200_000), LIMIT);
    write(&mut memory, [record(1, slice(0), Round::First, 200_000, 7)]).await;
    memory.end_run(&keeping(&[inference(60, 0), inference(120, 5)], RunEnd::Published), time(200_001));
    let mut memory = MemoryLedger::begin_run(&store, &origin(), &request(300_000), LIMIT);

    for (start, expected) in [
        (0, Some((7, AnswerSource::EarlierRun))),
        (60, Some((0, AnswerSource::Inference))),
        (120, Some((5, AnswerSource::Inference))),
        (180, None),
    ] {
        assert_eq!(found(&mut next, settled(start)), expected);
        assert_eq!(found(&mut memory, settled(start)), expected);
    }
    assert!(next.history(&slice(60)).unwrap().is_empty(), "nobody answered it");
}

/// A run that is taken up infers again: it must not take its own inference for an answer.
#[tokio::test]
async fn a_run_does_not_find_its_own_inferences() {
    let dir = TempDir::new().unwrap();
    let ledger = begin(dir.path(), 200_000);
    ledger.end_run(&keeping(&[inference(60, 5)], RunEnd::Incomplete), time(200_001)).unwrap();
    let mut again = begin(dir.path(), 200_100);
    assert!(again.run().taken_up);
    assert_eq!(found(&mut again, settled(60)), None);
}

#[tokio::test]
async fn attempts_by_country_are_those_of_other_trusted_runs_within_the_window() {
    let dir = TempDir::new().unwrap();
    let of = |code: &str, start: i64| Slice { country: code.parse().ok(), ..slice(start) };
    for (now, end, answers) in [
        (200_000, RunEnd::Published, [(of("US", 0), 7), (of("CO", 0), 2)]),
        (210_000, RunEnd::Untrusted, [(of("DE", 0), 9), (slice(0), 50)]),
        (220_000, RunEnd::Published, [(of("US", 100), 1), (of("FR", 100_000), 5)]),
    ] {
        let mut ledger = begin(dir.path(), now);
        for (ticket, (slice, attempts)) in (0..).zip(answers) {
            write(&mut ledger, [record(ticket, slice, Round::First, now, attempts)]).await;
        }
        ledger.end_run(&end.into(), time(now + 1)).unwrap();
    }
    let mut ledger = begin(dir.path(), 300_000);
    write(&mut ledger, [record(1, of("CO", 0), Round::First, 300_000, 40)]).await;
    let within = Window::new(UnixSeconds(0), UnixSeconds(100_000)).unwrap();
    let attempts = ledger.attempts_by_country(within).unwrap();
    let expected = [("CO", 2), ("US", 8)].map(|(code, attempts)| (code.parse().unwrap(), attempts));
    assert_eq!(attempts, expected.into());
}

/// Before, adopting a dataset also vouched for what a killed run had left of the same windows.
#[tokio::test]
async fn adopted_rows_are_proved_and_what_others_left_of_their_windows_is_not() {
    let dir = TempDir::new().unwrap();
    let mut killed = begin(dir.path(), 100_000);
    let other = Slice { channel: Some(crate::model::Channel::Sms), ..slice(0) };
    write(&mut killed, [record(0, other, Round::First, 100_000, 9)]).await;
    drop(killed);
    let mut ledger =
        Ledger::begin_run(dir.path(), &origin(), &RunRequest { fingerprint: "other", ..request(200_000) }, OPTIONS)
            .unwrap();
    assert_eq!(found(&mut ledger, settled(0)), None);
    ledger.adopt(&[inference(0, 5)], &[], time(200_000)).unwrap();
    let mut proof = |slice| {
        let question = Question { slice, ..settled(0) };
        ledger.find(&question).unwrap().map(|answer| (answer.counts.attempts(), answer.source, answer.proof))
    };
    assert_eq!(proof(slice(0)), Some((5, AnswerSource::Inference, crate::model::Proof::Proved)));
    assert_eq!(proof(other), Some((9, AnswerSource::EarlierRun, crate::model::Proof::Unproved)));
}

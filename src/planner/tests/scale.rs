//! A million cells: bounded by counts, not by clocks.

use super::bench::{START, terms, window};
use crate::model::{Answer, AnswerSource, Channel, Country, Counts, Matrix, MatrixShape, Outcome, UnixMicros};
use crate::planner::{Listing, Next, Plan, Planner, Verdict};

#[test]
fn a_million_cells_are_asked_once_and_take_little_room() {
    const DAY: i64 = 86_400;
    let windows: Vec<_> = (0..800).map(|day| window(START + day * DAY, START + (day + 1) * DAY)).collect();
    let shape = MatrixShape {
        countries: Some(Country::all().collect()),
        channels: Some(Channel::ALL.to_vec()),
        ..MatrixShape::default()
    };
    let matrix = Matrix::new(windows, shape);
    assert_eq!(matrix.cells(), 1_000_000);
    let mut terms = terms(START + 900 * DAY);
    terms.countries = Listing::Every;
    terms.channels = Listing::Every;
    let mut plan = Plan::new(matrix, terms.clone(), |_| false);
    assert!(plan.bytes() < 40 * 1_000_000, "{} bytes", plan.bytes());
    let counts = |total: i64| Counts::new(total, total / 2).unwrap();
    let mut questions = 0u64;
    loop {
        match plan.next() {
            Next::Ask(question) => {
                questions += 1;
                let days = (question.slice.range.end().0 - question.slice.range.start().0) / DAY;
                let countries = if question.slice.country.is_some() { 1 } else { 250 };
                let channels = if question.slice.channel.is_some() { 1 } else { 5 };
                let is_held = (START..START + 900 * DAY).contains(&question.slice.range.start().0);
                let exists = is_held && !question.slice.is_control();
                let total = if exists { 2 * days * countries * channels } else { 0 };
                let asked_at = UnixMicros(terms.as_of.0 * 1_000_000);
                let answer =
                    Answer { counts: counts(total), asked_at, as_of: terms.as_of, source: AnswerSource::ThisRun };
                plan.learn(&question, Outcome::Answered(answer));
            }
            Next::Wait => panic!("nothing is in flight"),
            Next::Done => break,
        }
    }
    // All cells are alike, so controls must show that dates and channels are heeded to the end.
    assert_eq!(questions, 1_000_000 + 800 * 5 + 5 + 1 + 3);
    assert_eq!(plan.progress(), (questions, questions));
    let conclusion = plan.conclude();
    assert!(conclusion.reconciled);
    assert!(conclusion.verdicts.iter().all(|verdict| *verdict == Verdict::Complete));
    let rows: usize = (0..800).map(|window| conclusion.findings(window).count()).sum();
    assert_eq!(rows, 800 * 251 * 5);
}

//! A million cells: bounded by counts, not by clocks.

use std::collections::BTreeMap;

use super::bench::{START, terms, window};
use crate::model::{
    Answer, AnswerSource, Channel, Country, Counts, Listing, Matrix, MatrixShape, Outcome, Slice, Strategy, UnixMicros,
};
use crate::planner::{Conclusion, Next, Plan, Planner, Verdict};

const DAY: i64 = 86_400;
const DAYS: i64 = 800;

/// Attempts of an account in which all channels are alike: before each day, of each country and of all.
struct Account {
    countries: Vec<(Country, Vec<i64>)>,
    all: Vec<i64>,
}

impl Account {
    /// Two attempts where `has` says so of a country's index and a day.
    fn new(has: impl Fn(usize, i64) -> bool) -> Self {
        let mut all = vec![0];
        let mut countries: Vec<_> = Country::all().map(|country| (country, vec![0])).collect();
        for day in 0..DAYS {
            let mut sum = 0;
            for (index, (_, line)) in countries.iter_mut().enumerate() {
                let attempts = if has(index, day) { 2 } else { 0 };
                line.push(line.last().unwrap() + attempts);
                sum += attempts;
            }
            all.push(all.last().unwrap() + sum);
        }
        countries.sort_by_key(|(country, _)| *country);
        Self { countries, all }
    }

    fn count(&self, slice: &Slice) -> Counts {
        let is_held = (START..START + DAYS * DAY).contains(&slice.range.start().0);
        if !is_held || slice.is_control() {
            return Counts::ZERO;
        }
        let line = match slice.country {
            None => &self.all,
            Some(country) => {
                let index = self.countries.binary_search_by_key(&country, |(country, _)| *country).unwrap();
                &self.countries[index].1
            }
        };
        let day = |at: i64| usize::try_from(((at - START) / DAY).min(DAYS)).unwrap();
        let attempts = line[day(slice.range.end().0)] - line[day(slice.range.start().0)];
        let total = attempts * if slice.channel.is_some() { 1 } else { 5 };
        Counts::new(total, total / 2).unwrap()
    }

    /// How many questions its million cells take, and what they come to.
    fn ask(&self, strategy: Strategy, lately: &BTreeMap<Country, i64>) -> (u64, Conclusion) {
        let windows = (0..DAYS).map(|day| window(START + day * DAY, START + (day + 1) * DAY)).collect();
        let shape = MatrixShape {
            countries: Some(Country::all().collect()),
            channels: Some(Channel::ALL.to_vec()),
            ..MatrixShape::default()
        };
        let matrix = Matrix::new(windows, shape);
        assert_eq!(matrix.cells(), 1_000_000);
        let mut terms = terms(START + 900 * DAY);
        (terms.countries, terms.channels, terms.strategy) = (Listing::Every, Listing::Every, strategy);
        let mut plan = Plan::new(matrix, terms.clone(), |_| false).expecting(lately);
        let (mut questions, mut waiting) = (0, Vec::new());
        loop {
            match plan.next() {
                Next::Ask(question) if !question.reuse.may_ask() => plan.learn(&question, Outcome::NotRecorded),
                Next::Ask(question) => waiting.push(question),
                Next::Wait => {
                    for question in waiting.drain(..) {
                        questions += 1;
                        let counts = self.count(&question.slice);
                        let asked_at = UnixMicros(terms.as_of.0 * 1_000_000);
                        let source = AnswerSource::ThisRun;
                        let answer = Answer {
                            counts,
                            asked_at,
                            as_of: terms.as_of,
                            source,
                            server_at: None,
                            proof: crate::model::Proof::Unproved,
                        };
                        plan.learn(&question, Outcome::Answered(answer));
                    }
                }
                Next::Done => break,
            }
        }
        assert_eq!(plan.progress().0, questions);
        assert!(plan.bytes() < 40 * 1_000_000, "{} bytes", plan.bytes());
        (questions, plan.conclude())
    }
}

fn is_whole(conclusion: &Conclusion) {
    assert!(conclusion.reconciled);
    assert!(conclusion.verdicts.iter().all(|verdict| *verdict == Verdict::Complete));
    let rows: usize = (0..conclusion.verdicts.len()).map(|window| conclusion.findings(window).count()).sum();
    assert_eq!(rows, 800 * 251 * 5);
}

#[test]
fn a_million_cells_are_asked_once_and_take_little_room() {
    let (questions, conclusion) = Account::new(|_, _| true).ask(Strategy::Exhaustive, &BTreeMap::new());
    // The future and the distant past, what lies before, a large cell again, each country's sum, the totals again.
    assert_eq!(questions, 1_000_000 + 800 * 5 + 5 + 1 + 4 + 250 + 6 + 2);
    is_whole(&conclusion);
}

#[test]
fn a_million_cells_are_drilled_in_little_room() {
    let account = Account::new(|country, day| country % 50 == 0 && day % 40 == 7);
    let (questions, conclusion) = account.ask(Strategy::DrillDown, &BTreeMap::new());
    is_whole(&conclusion);
    let found = (0..800).flat_map(|window| conclusion.findings(window).collect::<Vec<_>>());
    let nonzero = found.filter(|finding| finding.counts.attempts() > 0).count();
    assert_eq!(nonzero, 5 * 20 * 5);
    assert!(questions < 5_000, "{questions}");
}

#[test]
fn countries_that_had_attempts_lately_are_asked_first() {
    let account = Account::new(|country, day| country == 244 && day == 7);
    let busy = Country::all().nth(244).unwrap();
    let (fresh, _) = account.ask(Strategy::DrillDown, &BTreeMap::new());
    let (told, conclusion) = account.ask(Strategy::DrillDown, &BTreeMap::from([(busy, 9)]));
    is_whole(&conclusion);
    assert!(told + 200 < fresh, "{told} questions, without a hint {fresh}");
}

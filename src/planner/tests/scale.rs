//! Many cells: bounded by counts, not by clocks. A million that are all asked take most of a minute, so a tenth of them
//! is usual; the million is `make soak`'s.

use std::collections::BTreeMap;

use super::bench::{START, searched, terms, window};
use crate::model::{
    Answer, AnswerSource, Channel, Country, Counts, Listing, Matrix, MatrixShape, Outcome, Slice, Strategy, UnixMicros,
};
use crate::planner::{Conclusion, Next, Plan, Planner, Verdict};

const DAY: i64 = 86_400;
/// Of 250 countries and 5 channels each.
const A_MILLION: i64 = 800;
const CELLS_A_DAY: usize = 1_250;

/// Attempts of an account in which all channels are alike: before each day, of each country and of all.
struct Account {
    days: i64,
    countries: Vec<(Country, Vec<i64>)>,
    all: Vec<i64>,
}

impl Account {
    /// Two attempts where `has` says so of a country's index and a day.
    fn new(days: i64, has: impl Fn(usize, i64) -> bool) -> Self {
        let mut all = vec![0];
        let mut countries: Vec<_> = Country::all().map(|country| (country, vec![0])).collect();
        for day in 0..days {
            let mut sum = 0;
            for (index, (_, line)) in countries.iter_mut().enumerate() {
                let attempts = if has(index, day) { 2 } else { 0 };
                line.push(line.last().unwrap() + attempts);
                sum += attempts;
            }
            all.push(all.last().unwrap() + sum);
        }
        countries.sort_by_key(|(country, _)| *country);
        Self { days, countries, all }
    }

    fn count(&self, slice: &Slice) -> Counts {
        let is_held = (START..START + self.days * DAY).contains(&slice.range.start().0);
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
        let day = |at: i64| usize::try_from(((at - START) / DAY).min(self.days)).unwrap();
        let attempts = line[day(slice.range.end().0)] - line[day(slice.range.start().0)];
        let total = attempts * if slice.channel.is_some() { 1 } else { 5 };
        Counts::new(total, total / 2).unwrap()
    }

    /// How many questions its cells take, and what they come to.
    fn ask(&self, strategy: Strategy, lately: &BTreeMap<Country, i64>) -> (u64, Conclusion) {
        let windows = (0..self.days).map(|day| window(START + day * DAY, START + (day + 1) * DAY)).collect();
        let shape = MatrixShape {
            countries: Some(Country::all().collect()),
            channels: Some(Channel::ALL.to_vec()),
            ..MatrixShape::default()
        };
        let matrix = Matrix::new(windows, shape);
        let cells = matrix.cells();
        assert_eq!(cells, usize::try_from(self.days).unwrap() * CELLS_A_DAY);
        let mut terms = terms(START + 900 * DAY);
        (terms.countries, terms.channels, terms.strategy) = (Listing::Every, Listing::Every, strategy);
        let mut plan = Plan::new(matrix, terms.clone(), |_| false).expecting(lately);
        let (mut questions, mut waiting) = (0, Vec::new());
        loop {
            match plan.next() {
                Next::Ask(question) if !question.reuse.may_ask() => plan.learn(&question, Outcome::NotRecorded),
                Next::Ask(question) => waiting.push(question),
                Next::List(segment) => unreachable!("{}", segment.range),
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
        assert!(plan.bytes() <= 40 * cells, "{} bytes", plan.bytes());
        (questions, plan.conclude())
    }
}

fn is_whole(conclusion: &Conclusion) {
    assert!(conclusion.is_reconciled());
    assert!(conclusion.verdicts.iter().all(|verdict| *verdict == Verdict::Complete));
    let rows: usize = (0..conclusion.verdicts.len()).map(|window| conclusion.findings(window).count()).sum();
    assert_eq!(rows, conclusion.verdicts.len() * 251 * 5);
}

fn days() -> i64 {
    i64::from(searched(80)).min(A_MILLION)
}

#[test]
fn every_cell_is_asked_once_and_takes_little_room() {
    let days = days();
    let (questions, conclusion) = Account::new(days, |_, _| true).ask(Strategy::Exhaustive, &BTreeMap::new());
    // The future and the distant past, what lies before, a large cell again, each country's sum, the totals again.
    let once = 5 + 1 + 4 + 250 + 6 + 2;
    assert_eq!(questions, days.cast_unsigned() * (CELLS_A_DAY as u64 + 5) + once);
    is_whole(&conclusion);
}

#[test]
fn many_cells_are_drilled_in_little_room() {
    let days = days();
    let account = Account::new(days, |country, day| country % 50 == 0 && day % 40 == 7);
    let (questions, conclusion) = account.ask(Strategy::DrillDown, &BTreeMap::new());
    is_whole(&conclusion);
    let found = (0..conclusion.verdicts.len()).flat_map(|window| conclusion.findings(window).collect::<Vec<_>>());
    let nonzero = found.filter(|finding| finding.counts.attempts() > 0).count();
    assert_eq!(nonzero, 5 * usize::try_from(days / 40).unwrap() * 5);
    assert!(questions < 5_000, "{questions}");
}

#[test]
fn countries_that_had_attempts_lately_are_asked_first() {
    let account = Account::new(80, |country, day| country == 244 && day == 7);
    let busy = Country::all().nth(244).unwrap();
    let (fresh, _) = account.ask(Strategy::DrillDown, &BTreeMap::new());
    let (told, conclusion) = account.ask(Strategy::DrillDown, &BTreeMap::from([(busy, 9)]));
    is_whole(&conclusion);
    assert!(told + 200 < fresh, "{told} questions, without a hint {fresh}");
}

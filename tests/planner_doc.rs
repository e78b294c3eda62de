//! The worked example of `docs/PLANNER.md` is what the real planner asks.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::fmt::Write as _;

use verify_rollup::model::{
    Answer, AnswerSource, Channel, Country, Counts, Listing, Matrix, MatrixShape, Outcome, Slice, Strategy, UnixMicros,
    UnixSeconds, Window,
};
use verify_rollup::planner::{Next, Plan, Planner, Terms, Verdict};

const DAY: i64 = 86_400;
const START: i64 = 1_790_812_800;
const COUNTRIES: [&str; 3] = ["US", "DE", "CO"];
const CHANNELS: [Channel; 2] = [Channel::Sms, Channel::Call];
/// Attempts and conversions of each day, by country and channel.
const TRUTH: [[[(i64, i64); 4]; 2]; 3] = [
    [[(9, 7), (8, 6), (0, 0), (7, 5)], [(0, 0), (2, 1), (0, 0), (0, 0)]],
    [[(3, 2), (0, 0), (0, 0), (4, 4)], [(0, 0), (0, 0), (0, 0), (0, 0)]],
    [[(0, 0), (0, 0), (0, 0), (1, 0)], [(0, 0), (0, 0), (0, 0), (0, 0)]],
];

fn window(from: usize, to: usize) -> Window {
    let at = |day: usize| UnixSeconds(START + i64::try_from(day).unwrap() * DAY);
    Window::new(at(from), at(to)).unwrap()
}

fn days(slice: &Slice) -> std::ops::Range<usize> {
    let day = |at: UnixSeconds| usize::try_from((at.0 - START) / DAY).unwrap_or(0).min(4);
    day(slice.range.start())..day(slice.range.end())
}

fn count(slice: &Slice) -> Counts {
    let mut sum = Counts::ZERO;
    for (country, lanes) in TRUTH.iter().enumerate() {
        for (channel, lane) in lanes.iter().enumerate() {
            let is_in = slice.country.is_none_or(|it| it.code() == COUNTRIES[country])
                && slice.channel.is_none_or(|it| it == CHANNELS[channel]);
            for (attempts, converted) in lane[days(slice)].iter().filter(|_| is_in) {
                sum = sum.checked_add(Counts::new(*attempts, *converted).unwrap()).unwrap();
            }
        }
    }
    sum
}

fn describe(slice: &Slice) -> String {
    if slice.is_control() || slice.range.start().0 < START || slice.range.end().0 > START + 4 * DAY {
        return "a control".to_owned();
    }
    let country = slice.country.map_or_else(|| "all countries".to_owned(), |it| it.code().to_owned());
    let channel = slice.channel.map_or_else(|| "all channels".to_owned(), |it| it.to_string());
    let days = days(slice);
    let span =
        if days.len() == 1 { format!("day {}", days.end) } else { format!("days {}–{}", days.start + 1, days.end) };
    format!("{country}, {channel}, {span}")
}

fn terms() -> Terms {
    Terms { strategy: Strategy::DrillDown, channels: Listing::Every, ..Terms::new(UnixSeconds(START + 60 * DAY)) }
}

/// The questions by wave, as the document's table has them.
fn asked() -> String {
    let shape = MatrixShape {
        countries: Some(COUNTRIES.iter().map(|code| code.parse::<Country>().unwrap()).collect()),
        channels: Some(CHANNELS.to_vec()),
        ..MatrixShape::default()
    };
    let matrix = Matrix::new((0..4).map(|day| window(day, day + 1)).collect(), shape);
    let terms = terms();
    let mut plan = Plan::new(matrix, terms.clone(), |_| false);
    let mut table = String::new();
    let (mut wave, mut sent) = (1, 0);
    let mut waiting = Vec::new();
    loop {
        match plan.next() {
            Next::Ask(question) if !question.reuse.may_ask() => plan.learn(&question, Outcome::NotRecorded),
            Next::Ask(question) => waiting.push(question),
            Next::List(segment) => unreachable!("{}", segment.range),
            Next::Wait => {
                for question in waiting.drain(..) {
                    sent += 1;
                    let name = describe(&question.slice);
                    let counts = if name == "a control" { Counts::ZERO } else { count(&question.slice) };
                    let (attempts, converted) = (counts.attempts(), counts.converted());
                    let _ = writeln!(table, "| {wave} | {name} | {attempts} ({converted}) |");
                    let asked_at = UnixMicros(terms.as_of.0 * 1_000_000);
                    let answer = Answer {
                        counts,
                        asked_at,
                        as_of: terms.as_of,
                        source: AnswerSource::ThisRun,
                        server_at: None,
                        proof: verify_rollup::model::Proof::Unproved,
                    };
                    plan.learn(&question, Outcome::Answered(answer));
                }
                wave += 1;
            }
            Next::Done => break,
        }
    }
    let conclusion = plan.conclude();
    assert!(conclusion.verdicts.iter().all(|verdict| *verdict == Verdict::Complete));
    for finding in (0..4).flat_map(|day| conclusion.findings(day).collect::<Vec<_>>()) {
        let cell = finding.cell;
        if cell.country != Some(Country::REMAINDER) {
            let (range, country, channel) = (cell.window, cell.country, cell.channel);
            let slice = Slice { range, service: None, country, channel, prefix: None };
            assert_eq!(finding.counts, count(&slice), "{slice}");
        }
    }
    let _ = write!(table, "\n{sent} questions for 24 cells");
    table
}

#[test]
fn the_worked_example_is_what_the_planner_asks() {
    let document = include_str!("../docs/PLANNER.md");
    let asked = asked();
    assert!(document.contains(&asked), "docs/PLANNER.md should have this:\n{asked}");
}

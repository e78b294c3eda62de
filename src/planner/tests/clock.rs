//! A server's clock goes on while it is asked.

use super::bench::{shape, terms};
use crate::model::{
    Answer, AnswerSource, Counts, Filter, Matrix, Outcome, Proof, Question, UnixMicros, UnixSeconds, Window,
};
use crate::planner::{Next, Plan, Planner, Verdict};

const DAY: i64 = 86_400;
const AS_OF: i64 = 20_060 * DAY;

/// Nothing in the job's range, attempts before it.
fn counts(question: &Question) -> Counts {
    let (start, end) = (question.slice.range.start().0, question.slice.range.end().0);
    let has_history = start < 20_000 * DAY && end > 19_000 * DAY;
    Counts::new(if has_history { 60 } else { 0 }, 0).unwrap()
}

/// The history was asked for up to the server's now and looked up with a later one: an account that shows nothing in
/// the range published nothing as soon as a second passed in between.
#[test]
fn a_blank_range_is_published_while_the_server_s_clock_goes_on() {
    let window = |day: i64| Window::new(UnixSeconds(day * DAY), UnixSeconds((day + 1) * DAY)).unwrap();
    let matrix = Matrix::new((20_000..20_003).map(window).collect(), shape(&[Filter::Country, Filter::Channel]));
    let mut plan = Plan::new(matrix, terms(AS_OF), |_| false);
    let (mut waiting, mut server) = (Vec::new(), AS_OF);
    loop {
        match plan.next() {
            Next::Ask(question) if !question.reuse.may_ask() => plan.learn(&question, Outcome::NotRecorded),
            Next::Ask(question) => waiting.push(question),
            Next::List(segment) => unreachable!("{}", segment.range),
            Next::Wait => {
                server += 1;
                for question in waiting.drain(..) {
                    let answer = Answer {
                        counts: counts(&question),
                        asked_at: UnixMicros(server * 1_000_000),
                        as_of: UnixSeconds(AS_OF),
                        source: AnswerSource::ThisRun,
                        server_at: Some(UnixSeconds(server)),
                        proof: Proof::Unproved,
                    };
                    plan.learn(&question, Outcome::Answered(answer));
                }
            }
            Next::Done => break,
        }
    }
    let conclusion = plan.conclude();
    assert_eq!(conclusion.verdicts, [Verdict::Complete; 3], "{:?}", conclusion.withheld);
}

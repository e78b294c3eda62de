//! Drives a planner as the run loop does: ledger first, then the world, with answers in any order.

use std::collections::HashSet;

use proptest::prelude::*;

use super::pages::Pages;
use super::world::{Event, Random, World};
use crate::model::{
    Answer, AnswerSource, Channel, Country, Counts, Filter, ListOutcome, Matrix, MatrixShape, Note, Outcome, Prefix,
    Proof, Question, Reuse, Round, Segment, ServiceSid, Slice, UnixMicros, UnixSeconds, Window,
};
use crate::planner::{Conclusion, Memory, Next, Plan, Planner, SpotCheck, Terms};

pub(super) const HOUR: i64 = 3600;
/// 2026-10-01T00:00:00Z
pub(super) const START: i64 = 1_790_812_800;

/// How many worlds a property is searched in: `make soak` sets `VERIFY_ROLLUP_CASES` to a thousand.
pub(super) fn searched(usually: u32) -> u32 {
    std::env::var("VERIFY_ROLLUP_CASES").map_or(usually, |number| number.parse().expect("a number of cases"))
}

pub(super) fn cases() -> ProptestConfig {
    ProptestConfig::with_cases(searched(24))
}

#[derive(Debug, Clone)]
struct Kept {
    run: u32,
    question: Question,
    answer: Answer,
    settled: bool,
    proof: Proof,
}

/// What is on its way.
#[derive(Debug, Clone, Copy)]
enum Flight {
    Question(Question),
    Segment(Segment),
}

impl Flight {
    const fn question(&self) -> Option<&Question> {
        match self {
            Self::Question(question) => Some(question),
            Self::Segment(_) => None,
        }
    }
}

pub(super) struct Bench {
    pub(super) world: World,
    pub(super) matrix: Matrix,
    pub(super) terms: Terms,
    pub(super) archived: Vec<Window>,
    pub(super) spot_check: Option<SpotCheck>,
    pub(super) random: Random,
    /// The most questions in flight.
    pub(super) concurrency: usize,
    pub(super) run: u32,
    pub(super) now: i64,
    /// By how many seconds the server's clock is behind `now`; `None`: it says no time.
    pub(super) server_lag: Option<i64>,
    /// What the API was asked in this run.
    pub(super) asked: Vec<Question>,
    pub(super) memory: Memory,
    /// Whether it is asked whether bounds are used to the second.
    pub(super) checks_bounds: bool,
    /// Whether the last run that a test checked proved its answers.
    pub(super) is_proved: bool,
    /// The account's list, and what the ledger keeps of it.
    pub(super) pages: Pages,
    lost: HashSet<(Slice, Round)>,
    ledger: Vec<Kept>,
}

pub(super) fn window(start: i64, end: i64) -> Window {
    Window::new(UnixSeconds(start), UnixSeconds(end)).unwrap()
}

pub(super) fn hours(count: usize) -> Vec<Window> {
    (0..count).map(|index| START + HOUR * i64::try_from(index).unwrap()).map(|at| window(at, at + HOUR)).collect()
}

pub(super) fn country(code: &str) -> Country {
    code.parse().unwrap()
}

pub(super) fn service(digit: char) -> ServiceSid {
    format!("VA{}", digit.to_string().repeat(32)).parse().unwrap()
}

pub(super) fn prefix(text: &str) -> Prefix {
    text.parse().unwrap()
}

/// Everything settled, countries listed, remainder kept.
pub(super) fn terms(as_of: i64) -> Terms {
    Terms::new(UnixSeconds(as_of))
}

/// A shape that splits these dimensions.
pub(super) fn shape(split: &[Filter]) -> MatrixShape {
    let has = |filter| split.contains(&filter);
    MatrixShape {
        services: has(Filter::Service).then(|| vec![service('a'), service('b')]),
        countries: has(Filter::Country).then(|| vec![country("CO"), country("DE"), country("US")]),
        channels: has(Filter::Channel).then(|| Channel::ALL.to_vec()),
        prefixes: has(Filter::Prefix).then(|| vec![prefix("+1"), prefix("+573")]),
    }
}

/// Any choice of dimensions.
pub(super) fn splits() -> impl Strategy<Value = Vec<Filter>> {
    prop::sample::subsequence(vec![Filter::Service, Filter::Country, Filter::Channel, Filter::Prefix], 0..=4)
}

/// Random events over the hours; those of the last day before `as_of` may still come and convert.
pub(super) fn events(random: &mut Random, windows: &[Window], count: usize, as_of: i64) -> Vec<Event> {
    let numbers = [("US", "+12025550100"), ("CO", "+573001234567"), ("CO", "+571234567"), ("FR", "+33612345678")];
    let (start, end) = (windows[0].start().0, windows[windows.len() - 1].end().0);
    let mut event = || {
        let span = usize::try_from(end - start).unwrap();
        let at = match random.below(8) {
            0 => windows[random.below(windows.len())].start().0,
            _ => start + i64::try_from(random.below(span)).unwrap(),
        };
        let channel = Channel::ALL[random.below(5)];
        let (code, number) = numbers[random.below(numbers.len())];
        let email = channel == Channel::Email;
        let fresh = at > as_of - 24 * HOUR;
        let later = |random: &mut Random| if fresh { i64::try_from(random.below(600)).unwrap() - 100 } else { -1 };
        let shown_at = at.max(as_of + later(random));
        Event {
            at,
            shown_at: if fresh { shown_at } else { at },
            service: service(['a', 'b', 'c'][random.below(3)]),
            country: (!email).then(|| country(code)),
            channel,
            number: (!email).then(|| prefix(number)),
            converted_at: random.chance(70).then(|| if fresh { shown_at.max(as_of + later(random)) } else { at }),
        }
    };
    (0..count).map(|_| event()).collect()
}

impl Bench {
    pub(super) fn new(world: World, matrix: Matrix, terms: Terms, seed: u64) -> Self {
        Self {
            now: terms.as_of.0,
            world,
            matrix,
            terms,
            archived: Vec::new(),
            spot_check: None,
            random: Random(seed),
            concurrency: 6,
            run: 1,
            server_lag: None,
            asked: Vec::new(),
            memory: Memory::default(),
            checks_bounds: false,
            is_proved: false,
            pages: Pages::default(),
            lost: HashSet::new(),
            ledger: Vec::new(),
        }
    }

    /// A settled job over some hours with random events.
    pub(super) fn settled(seed: u64, count: usize, shape: MatrixShape) -> Self {
        let windows = hours(count);
        let as_of = START + HOUR * i64::try_from(count).unwrap() + 48 * HOUR;
        let mut random = Random(seed);
        let world = World::new(events(&mut random, &windows, 60, as_of));
        Self::new(world, Matrix::new(windows, shape), terms(as_of), seed)
    }

    pub(super) fn next_run(&mut self, as_of: i64) {
        self.run += 1;
        self.terms.as_of = UnixSeconds(as_of);
        self.terms.now = UnixSeconds(as_of);
        self.now = self.now.max(as_of);
        self.asked.clear();
        self.pages.read.clear();
        self.lost.clear();
    }

    pub(super) fn planner(&self) -> Plan {
        let archived = self.archived.clone();
        let plan = Plan::new(self.matrix.clone(), self.terms.clone(), move |window| archived.contains(&window));
        let mut memory = self.memory.clone();
        if !self.checks_bounds {
            // The hours of these windows lie between two midnights.
            let name = "bounds heeded within days".to_owned();
            memory.notes.push(Note { name, value: 1, seen_at: self.terms.now.to_micros() });
        }
        let plan = plan.remembering(memory);
        match self.spot_check {
            Some(check) => plan.with_spot_check(check),
            None => plan,
        }
    }

    pub(super) fn finish(&mut self) -> Conclusion {
        self.drive(usize::MAX).expect("not stopped")
    }

    /// Interrupts the run so many times, each after fewer than `within` answers; whether it came to its end all the
    /// same.
    pub(super) fn interrupt(&mut self, times: usize, within: usize) -> bool {
        for _ in 0..times {
            let answers = self.random.below(within);
            if self.drive(answers).is_some() {
                return true;
            }
        }
        false
    }

    /// Runs until done, or until the process dies after so many answers of the API; then what is in flight is lost.
    pub(super) fn drive(&mut self, answers: usize) -> Option<Conclusion> {
        self.break_off(answers).ok()
    }

    /// As [`Bench::drive`]; a run that ends early says what it knows by then.
    #[expect(clippy::result_large_err, reason = "moved once")]
    pub(super) fn break_off(&mut self, answers: usize) -> Result<Conclusion, Conclusion> {
        let mut planner = self.planner();
        let concurrency = 1 + self.random.below(self.concurrency);
        let mut in_flight: Vec<(Flight, i64)> = Vec::new();
        let mut yielded = HashSet::new();
        let mut answered = 0;
        loop {
            let wants_answer = match planner.next() {
                Next::Ask(question) => {
                    let is_recall = !question.reuse.may_ask();
                    // A part of a long proof that failed may be a proof of its own, and in flight already.
                    let may_recur = question.round != Round::First && !self.lost.is_empty();
                    let is_first = yielded.insert((question.slice, question.round, is_recall));
                    assert!(is_first || may_recur, "twice: {question:?}");
                    if let Some(answer) = self.recorded(&question) {
                        planner.learn(&question, Outcome::Answered(answer));
                    } else if is_recall {
                        planner.learn(&question, Outcome::NotRecorded);
                    } else {
                        let key = (question.slice, question.round);
                        let is_new = self.asked.iter().all(|asked| (asked.slice, asked.round) != key);
                        assert!(is_new || may_recur || self.lost.contains(&key), "asked twice: {question:?}");
                        self.asked.push(question);
                        in_flight.push((Flight::Question(question), self.now));
                        self.now += 1;
                    }
                    in_flight.len() >= concurrency
                }
                Next::List(segment) => {
                    if let Some(tally) = self.pages.recorded(&segment, self.run, self.terms.settling) {
                        planner.learn_listed(&segment, ListOutcome::Listed(tally));
                    } else if segment.reuse.may_ask() {
                        in_flight.push((Flight::Segment(segment), self.now));
                        self.now += 1;
                        let reading = in_flight.iter().filter(|(it, _)| matches!(it, Flight::Segment(_))).count();
                        assert!(reading <= 4, "more than four segments side by side");
                    } else {
                        planner.learn_listed(&segment, ListOutcome::NotRecorded);
                    }
                    in_flight.len() >= concurrency
                }
                Next::Wait => {
                    assert!(!in_flight.is_empty(), "waits for nothing");
                    true
                }
                Next::Done => {
                    assert!(in_flight.is_empty(), "done while answers are due");
                    let (done, total) = planner.progress();
                    assert_eq!(done, total, "done, but not by its own count");
                    let conclusion = planner.conclude();
                    self.keep_inferences(&conclusion);
                    self.keep_evidence(&conclusion);
                    return Ok(conclusion);
                }
            };
            if wants_answer {
                if answered == answers {
                    let lost = in_flight.iter().filter_map(|(flight, _)| flight.question());
                    self.lost.extend(lost.map(|question| (question.slice, question.round)));
                    return Err(planner.conclude());
                }
                answered += 1;
                let (flight, asked_at) = in_flight.swap_remove(self.random.below(in_flight.len()));
                let question = match flight {
                    Flight::Question(question) => question,
                    Flight::Segment(segment) => {
                        let as_of = self.terms.as_of;
                        let outcome =
                            self.pages.ask(&self.world, &self.matrix, &segment, self.run, as_of, asked_at, self.now);
                        planner.learn_listed(&segment, outcome);
                        continue;
                    }
                };
                let outcome = self.answer(&question, asked_at);
                // What got no answer may be needed by a later phase too.
                if !matches!(outcome, Outcome::Answered(_)) {
                    yielded.remove(&(question.slice, question.round, false));
                    self.lost.extend([(question.slice, question.round)]);
                }
                planner.learn(&question, outcome);
                let (done, total) = planner.progress();
                assert!(done <= total);
            }
        }
    }

    /// Later runs find what this one inferred.
    fn keep_inferences(&mut self, conclusion: &Conclusion) {
        for (slice, counts, asked_at) in conclusion.inferences() {
            let question = Question { slice, round: Round::First, reuse: Reuse::Settled };
            let answer = Answer {
                counts,
                asked_at,
                as_of: self.terms.as_of,
                source: AnswerSource::Inference,
                server_at: None,
                proof: Proof::Unproved,
            };
            let settled = self.terms.settling.is_settled(slice.range, answer.reach());
            self.ledger.push(Kept { run: self.run, question, answer, settled, proof: Proof::Unproved });
        }
    }

    fn keep_evidence(&mut self, conclusion: &Conclusion) {
        self.pages.confirm(conclusion, self.run, self.matrix.shape());
        let is_fresh = |note: &Note| conclusion.notes.iter().any(|fresh| fresh.name == note.name);
        self.memory.notes.retain(|note| !is_fresh(note) && !conclusion.revoked_notes.contains(&note.name));
        self.memory.notes.extend(conclusion.notes.iter().cloned());
        for record in self.ledger.iter_mut().filter(|it| conclusion.proved.contains(&it.question.slice.range)) {
            record.proof = Proof::Proved;
        }
    }

    fn answer(&mut self, question: &Question, asked_at: i64) -> Outcome {
        let server_at = self.server_lag.map(|lag| UnixSeconds(self.now - lag));
        match self.world.ask(&question.slice, question.round, server_at.map_or(self.now, |at| at.0)) {
            Err(failure) => {
                self.lost.insert((question.slice, question.round));
                Outcome::Failed(failure)
            }
            Ok(counts) => {
                let asked_at = UnixMicros(asked_at * 1_000_000);
                let answer = Answer {
                    counts,
                    asked_at,
                    as_of: self.terms.as_of,
                    source: AnswerSource::ThisRun,
                    server_at,
                    proof: Proof::Unproved,
                };
                let settled = self.terms.settling.is_settled(question.slice.range, answer.reach());
                self.ledger.push(Kept { run: self.run, question: *question, answer, settled, proof: Proof::Unproved });
                Outcome::Answered(answer)
            }
        }
    }

    fn recorded(&self, question: &Question) -> Option<Answer> {
        let same = |record: &&Kept| record.question.slice == question.slice;
        let own = self
            .ledger
            .iter()
            .find(|record| same(record) && record.run == self.run && record.question.round == question.round)
            .filter(|_| question.reuse.may_ask());
        if let Some(record) = own {
            return Some(record.answer);
        }
        if question.reuse == Reuse::SettledOnly
            && let Some(answer) = self.pages.answer(question, self.run, self.terms.settling, self.matrix.shape())
        {
            return Some(answer);
        }
        let others = self.ledger.iter().filter(same).filter(|record| record.run != self.run);
        let record = others.rev().find(|record| match question.reuse {
            Reuse::Never => false,
            Reuse::Settled | Reuse::SettledOnly => record.settled,
            Reuse::AnyAge | Reuse::AnyAgeOnly => true,
        })?;
        let source = match record.answer.source {
            AnswerSource::Inference => AnswerSource::Inference,
            _ => AnswerSource::EarlierRun,
        };
        Some(Answer { source, proof: record.proof, ..record.answer })
    }
}

/// The rows of a window as (slice, counts).
pub(super) fn rows(conclusion: &Conclusion, window: usize) -> Vec<(Slice, Counts)> {
    let slice = |cell: crate::model::Cell| Slice {
        range: cell.window,
        service: cell.service,
        country: cell.country,
        channel: cell.channel,
        prefix: cell.prefix,
    };
    conclusion.findings(window).map(|finding| (slice(finding.cell), finding.counts)).collect()
}

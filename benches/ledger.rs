//! How fast answers become durable, and how fast a rerun finds them again.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use divan::Bencher;
use divan::counter::ItemsCount;
use tempfile::TempDir;
use verify_rollup::ledger::{AnswerLog, FindAnswer, Ledger, LedgerOptions, NewAnswer, Origin, RunEnd, RunRequest};
use verify_rollup::model::{
    AccountSid, Body, Cell, Channel, Country, Counts, Interval, Matrix, MatrixShape, Question, Rate, Reuse, Round,
    Settling, Slice, UnixSeconds, Window,
};

const DAY: i64 = 86_400;
const NOW: UnixSeconds = UnixSeconds(1_000 * DAY);
/// As many requests as a fast local server is asked at once.
const CONCURRENCY: NonZeroUsize = NonZeroUsize::new(64).expect("not zero");

fn main() {
    divan::main();
}

fn begin(dir: &Path) -> Ledger {
    let origin = Origin { account: AccountSid::ZEROS, origin: "simulator".to_owned() };
    let request = RunRequest {
        job: "bench",
        fingerprint: "bench",
        earlier_fingerprints: &[],
        as_of: None,
        now: NOW.to_datetime(),
        settling: Settling { settle_after: Duration::from_hours(24) },
        interval: Interval::default(),
    };
    let options = LedgerOptions { unacknowledged: CONCURRENCY, lock_wait: LedgerOptions::LOCK_WAIT };
    Ledger::begin_run(dir, &origin, &request, options).expect("the directory is new")
}

/// Days × 250 countries × 5 channels.
fn matrix(days: i64) -> Matrix {
    let day = |n: i64| Window::new(UnixSeconds(n * DAY), UnixSeconds((n + 1) * DAY)).expect("a day is not empty");
    let countries = Some(Country::all().collect());
    let channels = Some(Channel::ALL.to_vec());
    Matrix::new((0..days).map(day).collect(), MatrixShape { countries, channels, ..MatrixShape::default() })
}

fn question(cell: Cell) -> Question {
    let Cell { window: range, service, country, channel, prefix } = cell;
    Question { slice: Slice { range, service, country, channel, prefix }, round: Round::First, reuse: Reuse::Settled }
}

fn record(index: usize, cell: Cell) -> NewAnswer {
    let counts = Counts::new(11, 9).expect("9 of 11");
    let body = Body {
        total_attempts: Some(11),
        total_converted: Some(9),
        total_unconverted: Some(2),
        conversion_rate_percentage: Some(Rate::Text("81.818181818".to_owned())),
        url: Some(Some("https://verify.twilio.com/v2/Attempts/Summary".to_owned())),
    };
    NewAnswer {
        ticket: index as u64,
        question: question(cell),
        asked_at: NOW.to_micros(),
        body,
        counts,
        server_at: None,
    }
}

/// Records every cell, never with more than [`CONCURRENCY`] unacknowledged.
fn fill(ledger: &mut Ledger, matrix: &Matrix) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime without drivers");
    runtime.block_on(async {
        let mut waiting = 0;
        for index in 0..matrix.cells() {
            if waiting == CONCURRENCY.get() {
                waiting -= ledger.committed().await.expect("the disk takes it").len();
            }
            ledger.record(record(index, matrix.cell(index))).expect("within the bound");
            waiting += 1;
        }
        while waiting > 0 {
            waiting -= ledger.committed().await.expect("the disk takes it").len();
        }
    });
}

#[divan::bench(args = [32], sample_count = 10)]
fn record_durably(bencher: Bencher, days: i64) {
    let matrix = matrix(days);
    bencher
        .counter(ItemsCount::new(matrix.cells()))
        .with_inputs(|| TempDir::new().expect("a place for the ledger"))
        .bench_local_values(|dir| {
            let mut ledger = begin(dir.path());
            fill(&mut ledger, &matrix);
            (ledger, dir)
        });
}

#[divan::bench(args = [32, 800], sample_count = 3)]
fn find_in_a_rerun(bencher: Bencher, days: i64) {
    let matrix = matrix(days);
    let dir = TempDir::new().expect("a place for the ledger");
    let mut ledger = begin(dir.path());
    fill(&mut ledger, &matrix);
    ledger.end_run(&RunEnd::Published.into(), NOW.to_datetime()).expect("the disk takes it");
    bencher.counter(ItemsCount::new(matrix.cells())).bench_local(|| {
        let mut ledger = begin(dir.path());
        for index in 0..matrix.cells() {
            let answer = ledger.find(&question(matrix.cell(index))).expect("the ledger is whole");
            assert!(answer.is_some(), "every cell was recorded");
        }
        ledger.end_run(&RunEnd::Published.into(), NOW.to_datetime()).expect("the disk takes it");
    });
}

/// A week is told by its days, beside a history of so many.
#[divan::bench(args = [32, 800], sample_count = 10)]
fn tell_a_week_by_its_days(bencher: Bencher, days: i64) {
    let dir = TempDir::new().expect("a place for the ledger");
    let mut ledger = begin(dir.path());
    fill(&mut ledger, &matrix(days));
    ledger.end_run(&RunEnd::Published.into(), NOW.to_datetime()).expect("the disk takes it");
    let cells = matrix(1);
    let week = Window::new(UnixSeconds((days - 7) * DAY), UnixSeconds(days * DAY)).expect("seven days");
    bencher.counter(ItemsCount::new(cells.cells())).bench_local(|| {
        let mut ledger = begin(dir.path());
        ledger.recall_around(week);
        for index in 0..cells.cells() {
            let answer =
                ledger.find(&question(Cell { window: week, ..cells.cell(index) })).expect("the ledger is whole");
            assert!(answer.is_some(), "its days were recorded");
        }
        ledger.end_run(&RunEnd::Published.into(), NOW.to_datetime()).expect("the disk takes it");
    });
}

//! A job file: checked, then expanded into windows, cells and questions at several instants.

use verify_rollup::job::{Job, Style};
use verify_rollup::model::{Strategy, UnixSeconds};
use verify_rollup::planner::{Plan, Terms};

use super::{START, at};

/// Windows and cells that are walked through; more tell nothing new.
const WALKED: usize = 2000;

/// Parses a job file and uses what comes of it.
///
/// # Panics
/// If a mistake has no place, or windows leave a gap.
pub fn replay(bytes: &[u8]) {
    // Others are refused before they are parsed.
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Job::parse(text, "fuzzed.toml") {
        Ok(job) => {
            // Edges of the calendar that is known, of chrono's, and of the type.
            for instant in [START, 0, -5_364_662_400, 16_725_225_600, 8_210_266_876_799, i64::MIN, i64::MAX] {
                expand(&job, UnixSeconds(instant));
            }
        }
        Err(mistakes) => {
            assert!(!mistakes.list().is_empty());
            for mistake in mistakes.list() {
                assert!(mistake.line() >= 1 && mistake.column() >= 1);
                assert!(!mistake.what().is_empty() && !mistake.remedy().is_empty());
            }
            // The styles differ in colours only, so each text needs one.
            let style = if text.len() % 2 == 0 { Style::Plain } else { Style::Coloured };
            assert!(mistakes.render(style).contains("fuzzed.toml"));
        }
    }
}

fn expand(job: &Job, as_of: UnixSeconds) {
    let windows: Vec<_> = job.windows.windows(as_of).take(WALKED).collect();
    for pair in windows.windows(2) {
        assert_eq!(pair[0].end(), pair[1].start(), "{:?} at {as_of}", job.windows);
    }
    if windows.len() == WALKED {
        return;
    }
    let Ok(matrix) = job.matrix(as_of) else { return };
    assert_eq!(matrix.windows(), windows);
    let terms = Terms {
        strategy: Strategy::DrillDown,
        settling: job.settling(),
        retention: job.source.retention,
        remainder: job.remainder,
        countries: job.countries,
        channels: job.channels,
        ..Terms::new(as_of.min(at(0)))
    };
    let outline = Plan::outline(&matrix, &terms);
    let questions = outline.sure().take(WALKED).chain(outline.possible().take(WALKED));
    let range = matrix.range();
    for question in questions {
        assert!(range.is_some_and(|range| range.contains(question.slice.range)), "{question:?}");
    }
}

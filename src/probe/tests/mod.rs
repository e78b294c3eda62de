//! Probes of accounts whose behaviour is known.

mod account;
mod behaviours;
mod doubts;
mod filters;

use super::{Findings, Probe, Reply, Terms};
use crate::model::{MatrixShape, RawSlice, UnixSeconds, Window};
use account::{Account, service};

/// 2026-11-23T12:34:56Z
const NOW: UnixSeconds = UnixSeconds(1_795_437_296);
const DAY: i64 = 86_400;

fn days_ago(days: i64) -> UnixSeconds {
    NOW.plus_seconds(-days * DAY)
}

/// The week that ended two days ago.
fn week() -> Window {
    Window::new(days_ago(9), days_ago(2)).unwrap()
}

/// A job that names the account's services.
fn shape() -> MatrixShape {
    MatrixShape { services: Some(vec![service(1), service(2)]), ..MatrixShape::default() }
}

/// Asks until nothing is left, and counts the questions.
fn ask(terms: Terms, mut answer: impl FnMut(&RawSlice) -> Reply) -> (Findings, usize) {
    let mut probe = Probe::new(terms);
    let mut asked = 0;
    while let Some((question, _)) = probe.next() {
        asked += 1;
        assert!(asked <= super::script::MOST_QUESTIONS, "too many questions");
        probe.learn(question, answer(&question));
    }
    (probe.conclude(), asked)
}

fn probe_with(range: Option<Window>, answer: impl FnMut(&RawSlice) -> Reply) -> (Findings, usize) {
    ask(Terms { as_of: NOW, range, shape: shape() }, answer)
}

fn probe(account: &Account) -> (Findings, usize) {
    probe_with(Some(week()), |question| account.answer(question))
}

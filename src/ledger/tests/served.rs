//! What only a ledger of a server can meet: others that use it at the same instant, texts that it takes no other way, a
//! later release's tables, its end.

use super::place::{Place, Served};
use super::*;
use crate::model::PostgresUrl;
use crate::postgres::{Login, Session};
use crate::state::StateError;

fn answer_of(ticket: u64, url: &str) -> NewAnswer {
    let mut answer = record(ticket, slice(0), Round::First, 100_000, 7);
    answer.body.url = Some(Some(url.to_owned()));
    answer
}

/// Runs statements as somebody else would.
pub(super) fn meddle(url: &PostgresUrl, statements: &str) {
    Session::open(url, &Login::default()).unwrap().run("meddle", statements).unwrap();
}

pub(super) fn count(url: &PostgresUrl, table: &str) -> i64 {
    let session = Session::open(url, &Login::default()).unwrap();
    let rows = session.query("count", &format!("SELECT count(*) FROM verify_rollup.{table}"), &[]).unwrap();
    rows[0].integer(0).unwrap().unwrap()
}

#[test]
fn runs_that_begin_at_once_make_the_tables_once_and_share_an_origin() {
    let place = Served::default();
    std::thread::scope(|scope| {
        for at in 0..8 {
            let place = &place;
            scope.spawn(move || {
                let fingerprint = format!("job {at}");
                drop(place.begin(&origin(), &RunRequest { fingerprint: &fingerprint, ..request(100_000) }));
            });
        }
    });
    assert_eq!((count(place.url(), "origins"), count(place.url(), "runs")), (1, 8));
}

#[test]
fn runs_of_one_account_that_write_the_same_texts_in_any_order_do_not_stop_each_other() {
    let place = Served::default();
    let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
    std::thread::scope(|scope| {
        for at in 0..4_u64 {
            let place = &place;
            scope.spawn(move || {
                let fingerprint = format!("job {at}");
                let request = RunRequest { fingerprint: &fingerprint, ..request(100_000) };
                let mut ledger = place.begin(&origin(), &request);
                runtime().block_on(async {
                    let answers = (0..40).map(|ticket| {
                        let text = if at % 2 == 0 { ticket } else { 39 - ticket };
                        answer_of(ticket, &format!("https://example.com/{text}"))
                    });
                    write_many(&mut ledger, answers).await;
                });
            });
        }
    });
    assert_eq!((count(place.url(), "answers"), count(place.url(), "texts")), (160, 40));
}

#[tokio::test]
async fn a_url_of_any_length_is_kept_and_one_with_a_nul_is_no_failure() {
    let place = Served::default();
    let mut ledger = place.begin(&origin(), &request(100_000));
    let long = "x".repeat(100_000);
    write(&mut ledger, [answer_of(0, &long), answer_of(1, "a\0b")]).await;
    let urls: Vec<_> = ledger.history(&slice(0)).unwrap().into_iter().map(|past| past.body.url).collect();
    assert_eq!(urls, [Some(Some(long)), Some(Some("a\u{fffd}b".to_owned()))]);
}

#[test]
fn tables_of_a_later_release_are_refused_and_left_alone() {
    let place = Served::default();
    drop(place.begin(&origin(), &request(100_000)));
    meddle(place.url(), "UPDATE verify_rollup.format SET steps = 99");
    let error = place.try_begin(&origin(), &request(100_000), None).unwrap_err();
    assert!(matches!(error, LedgerError::State(StateError::Newer { found: 99, .. })), "{error}");
    assert_eq!(count(place.url(), "runs"), 1);
}

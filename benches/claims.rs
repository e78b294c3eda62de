//! How many requests hosts may start in a second that share a bucket in a database, which keeps every claim on its disk: a
//! claim, and its token given back with the next one.

#[path = "../tests/support/postgres_server.rs"]
mod postgres_server;

use std::num::NonZeroU32;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use divan::Bencher;
use divan::counter::ItemsCount;
use postgres_server::PostgresServer;
use verify_rollup::clock::{Clock, SystemClock};
use verify_rollup::fetch::{BucketRow, Completion, Limit};
use verify_rollup::model::{AccountSid, Encryption, PostgresUrl};
use verify_rollup::postgres::Login;
use verify_rollup::state::StateServer;

/// Of each host in a round.
const CLAIMS: usize = 200;

fn main() {
    divan::main();
}

fn server() -> StateServer {
    static SERVER: OnceLock<PostgresServer> = OnceLock::new();
    let host = SERVER.get_or_init(|| PostgresServer::start_with("fsync = on")).socket().to_owned();
    let (user, database) = ("tests".to_owned(), "postgres".to_owned());
    let url = PostgresUrl { host, port: 5432, user, database, encryption: Encryption::Off, root_certificates: None };
    StateServer::new(&url, &Login::default())
}

/// The bucket of an account under the vendor's limit, which is full again for each round.
fn bucket(account: usize) -> BucketRow {
    let account: AccountSid = format!("AC{account:032x}").parse().expect("an account");
    let limit = Limit::new(NonZeroU32::MAX, None, Duration::from_secs(20));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    BucketRow::open((&server(), None), (account, "https://verify.twilio.com"), limit, clock).expect("a row")
}

fn claim(mut row: BucketRow) {
    for _ in 0..CLAIMS {
        let token = row.claim().expect("the server is there").expect("nothing is used up");
        row.release(token, Completion::Complete);
    }
}

fn round(bencher: Bencher<'_, '_>, hosts: usize, account: impl Fn(usize) -> usize + Sync) {
    bencher
        .counter(ItemsCount::new(hosts * CLAIMS))
        .with_inputs(|| (0..hosts).map(&account).map(bucket))
        .bench_local_values(|rows| {
            std::thread::scope(|scope| rows.for_each(|row| drop(scope.spawn(|| claim(row)))));
        });
}

#[divan::bench(args = [1, 2, 4, 8], sample_count = 5, sample_size = 1)]
fn an_account_each(bencher: Bencher<'_, '_>, hosts: usize) {
    round(bencher, hosts, |host| host + 1);
}

#[divan::bench(args = [2, 4, 8], sample_count = 5, sample_size = 1)]
fn all_of_one_account(bencher: Bencher<'_, '_>, hosts: usize) {
    round(bencher, hosts, |_| 0);
}

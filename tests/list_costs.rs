//! What listed attempts cost, in the table: prices that come late reach every row, and no row loses what the ledger
//! knows.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use support::{Simulated, Workspace, files, summary};
use verify_rollup::clock::{Clock, SystemClock};

/// A state directory whose account may be served anew at the same address, by a list that knows prices or none.
struct Account {
    space: Workspace,
    server: Option<Simulated>,
}

/// `row_key` → provenance, attempts, priced attempts, cost, currency.
type Costs = BTreeMap<String, [String; 5]>;

impl Account {
    fn new(flags: &[&str]) -> Self {
        Self { space: Workspace::new(), server: Some(Self::serve("0", flags)) }
    }

    fn serve(port: &str, flags: &[&str]) -> Simulated {
        let common = ["--seed", "3", "--requests-per-minute", "0", "--port", port];
        Simulated::start(&[&common[..], flags].concat())
    }

    fn server(&self) -> &Simulated {
        self.server.as_ref().unwrap()
    }

    /// The same account a day later, when all prices are known.
    fn serve_prices(&mut self) {
        let port = self.server().url.trim_end_matches('/').rsplit_once(':').unwrap().1.to_owned();
        self.server = None;
        self.server = Some(Self::serve(&port, &[]));
    }

    /// A job over one day, the one that ended two days ago, which settles after so many hours.
    fn job(&self, name: &str, settle_after: &str, countries: &str) -> PathBuf {
        let text = format!(
            "name = \"{name}\"\n[source]\nlist = true\nretention = \"30d\"\nsettle_after = \"{settle_after}\"\n\
             [windows]\nstart = \"{}\"\nend = \"{}\"\n[matrix]\ncountries = {countries}\nchannels = \"all\"\n[output]\n\
             formats = [\"csv\"]\n[limits]\nrequests_per_minute = 0\n",
            end().pred_opt().unwrap(),
            end(),
        );
        self.space.job(&format!("{name}.toml"), &text)
    }

    fn run(&self, job: &std::path::Path, arguments: &[&str]) -> Value {
        summary(self.command(job).args(arguments), 0)
    }

    fn command(&self, job: &std::path::Path) -> Command {
        self.space.run(job, self.server())
    }

    fn costs(&self, name: &str) -> Costs {
        let mut costs = Costs::new();
        for path in files(&self.space.path(&format!("output/{name}/csv"))) {
            let mut reader = csv::Reader::from_path(path).unwrap();
            let headers = reader.headers().unwrap().clone();
            let at = |name: &str| headers.iter().position(|header| header == name).unwrap();
            let columns = ["provenance", "total_attempts", "priced_attempts", "channel_cost", "cost_currency"].map(at);
            for record in reader.records() {
                let record = record.unwrap();
                assert_eq!(&record[at("is_final")], "true");
                costs.insert(record[at("row_key")].to_owned(), columns.map(|at| record[at].to_owned()));
            }
        }
        assert!(!costs.is_empty());
        costs
    }
}

fn end() -> NaiveDate {
    SystemClock.now().date_naive() - Days::new(2)
}

fn is_remainder(key: &str) -> bool {
    key.split('|').nth(3) == Some("ZZ")
}

/// Each row that attempts stand in is listed, and all of these have prices.
#[track_caller]
fn assert_all_priced(costs: &Costs) {
    for (key, [provenance, attempts, priced, cost, currency]) in costs {
        assert_eq!((provenance.as_str(), priced), ("listed", attempts), "{key}");
        let has_cost = cost.parse::<f64>().unwrap() > 0.0 && currency == "USD";
        assert!(has_cost || attempts == "0", "{key}: {cost} {currency}");
    }
    assert!(costs.keys().any(|key| is_remainder(key)) && costs.keys().any(|key| !is_remainder(key)));
}

const COUNTRIES: &str = "[\"US\", \"CO\", \"DE\"]";

/// Before, rows of the remainder kept a cost of nothing that was read before the vendor's prices came: the totals that
/// Summary had confirmed hid it.
#[test]
fn prices_that_come_a_day_late_reach_every_row() {
    let mut account = Account::new(&["--list-flaw", "no-price=1"]);
    let soon = format!("{}T03:00:00Z", end());
    let jobs = [("early", COUNTRIES), ("fewer", "[\"US\", \"CO\"]")]
        .map(|(name, countries)| (name, account.job(name, "2h", countries)));
    for (name, job) in &jobs {
        account.run(job, &["--as-of", &soon]);
        assert!(account.costs(name).values().all(|row| row[0] == "listed" && row[2] == "0" && row[4].is_empty()));
    }

    account.serve_prices();
    let late = account.job("late", "24h", COUNTRIES);
    let read = account.run(&late, &["--strategy", "list"]);
    assert!(read["pages"].as_u64().unwrap() > 0, "what was read before the day had settled is read once more");
    assert_all_priced(&account.costs("late"));
    for (name, job) in &jobs {
        let said = account.run(job, &[]);
        assert_eq!((&said["pages"], &said["requests"]["sent"]), (&json!(0), &json!(0)), "{name}: {said}");
        assert_all_priced(&account.costs(name));
    }
    let again = account.run(&late, &["--strategy", "list"]);
    assert_eq!((&again["pages"], &again["requests"]["sent"]), (&json!(0), &json!(0)), "and no more: {again}");

    // A job that settles later than it did reads what it read too early once more, too.
    let mut account = Account::new(&["--list-flaw", "no-price=1"]);
    account.run(&account.job("kept", "0s", COUNTRIES), &["--as-of", &soon]);
    account.serve_prices();
    let job = account.job("kept", "24h", COUNTRIES);
    assert!(account.run(&job, &[])["pages"].as_u64().unwrap() > 0);
    assert_all_priced(&account.costs("kept"));
}

/// Before, rows that were rebuilt from the ledger, and those of other jobs, had no cost once Summary had been asked the
/// same cells, although the ledger held it.
#[test]
fn no_row_loses_a_cost_that_the_ledger_knows() {
    let account = Account::new(&[]);
    let job = account.job("kept", "24h", COUNTRIES);
    account.run(&job, &["--strategy", "list"]);
    let listed = account.costs("kept");
    assert_all_priced(&listed);
    for strategy in ["drill-down", "exhaustive"] {
        let refreshed = account.run(&job, &["--strategy", strategy, "--refresh"]);
        assert_eq!((&refreshed["pages"], &refreshed["listed_cells"]), (&json!(0), &json!(0)));
        assert_eq!(account.costs("kept"), listed, "{strategy}: no worse row replaces them");

        fs::remove_dir_all(account.space.path("output/kept/csv")).unwrap();
        account.run(&job, &["--strategy", strategy]);
        assert_eq!(account.costs("kept"), listed, "{strategy}: rebuilt");

        // Another job over the day, and one that splits it otherwise.
        for (kind, countries) in [("same", COUNTRIES), ("fewer", "[\"US\", \"CO\"]")] {
            let name = format!("{kind}-{strategy}");
            account.run(&account.job(&name, "24h", countries), &["--strategy", strategy]);
            assert_all_priced(&account.costs(&name));
        }
    }
}

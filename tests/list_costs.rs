//! What listed attempts cost, in the table: prices that come late reach every row, and no row loses what the ledger
//! knows.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use chrono::{Days, NaiveDate};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::gate::{Fate, Gate, say};
use support::{ACCOUNT, Simulated, Workspace, files, summary};
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
             formats = [\"csv\", \"parquet\"]\n[limits]\nrequests_per_minute = 0\n",
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

    /// As both formats tell them.
    fn costs(&self, name: &str) -> Costs {
        let path = |format: &str| files(&self.space.path(&format!("output/{name}/{format}")));
        let costs: Costs = path("csv").iter().flat_map(|path| csv_costs(path)).collect();
        assert!(!costs.is_empty());
        let parquet: Costs = path("parquet").iter().flat_map(|path| parquet_costs(path)).collect();
        assert_eq!(costs, parquet);
        costs
    }

    /// The CSV file of a job's one day, changed together with its checksum in the manifest.
    fn forge(&self, name: &str, change: impl Fn(&str) -> String) {
        let dataset = self.space.path(&format!("output/{name}"));
        let path = files(&dataset.join("csv")).remove(0);
        let text = change(&fs::read_to_string(&path).unwrap());
        fs::write(&path, &text).unwrap();
        let manifest = dataset.join("_manifest.json");
        let mut told: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
        let csv = told["files"].as_array_mut().unwrap().iter_mut().find(|file| file["format"] == "csv").unwrap();
        csv["bytes"] = json!(text.len());
        csv["sha256"] = json!(format!("{:x}", Sha256::digest(&text)));
        fs::write(&manifest, told.to_string()).unwrap();
    }

    /// The kinds and texts of what an audit finds.
    fn audit(&self, job: &std::path::Path) -> Vec<(String, String)> {
        let mut command = self.space.command("audit", job);
        command.env("TWILIO_ACCOUNT_SID", ACCOUNT).args(["--base-url", &self.server().url, "--json"]);
        let found: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
        found["findings"].as_array().unwrap().iter().map(|it| (text(it, "kind"), text(it, "what"))).collect()
    }
}

const COLUMNS: [&str; 5] = ["provenance", "total_attempts", "priced_attempts", "channel_cost", "cost_currency"];

fn csv_costs(path: &std::path::Path) -> Costs {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let headers = reader.headers().unwrap().clone();
    let at = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let records = reader.records().map(Result::unwrap);
    records.map(|it| (it[at("row_key")].to_owned(), COLUMNS.map(|name| it[at(name)].to_owned()))).collect()
}

fn parquet_costs(path: &std::path::Path) -> Costs {
    let file = fs::File::open(path).unwrap();
    let mut costs = Costs::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
        let batch = batch.unwrap();
        let column = |name: &str| batch.column_by_name(name).unwrap();
        assert_eq!(column("channel_cost").data_type(), &DataType::Decimal128(18, 6));
        let text = |name: &str, row: usize| match column(name).data_type() {
            _ if column(name).is_null(row) => String::new(),
            DataType::Utf8 => column(name).as_string::<i32>().value(row).to_owned(),
            DataType::Int64 => column(name).as_primitive::<Int64Type>().value(row).to_string(),
            _ => column(name).as_primitive::<Decimal128Type>().value_as_string(row),
        };
        let row = |row: usize| (text("row_key", row), COLUMNS.map(|name| text(name, row)));
        costs.extend((0..batch.num_rows()).map(row));
    }
    costs
}

/// How a page names a price.
const PRICE: &str = "\"price\":{\"value\":\"";

/// The body that an account answers a request with.
fn page_of(url: &str, head: &str) -> String {
    let mut stream = BufReader::new(TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap());
    stream.get_mut().write_all(head.as_bytes()).unwrap();
    let lines = stream.by_ref().lines().map(Result::unwrap).take_while(|line| !line.is_empty());
    let length = |line: String| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok();
    let mut body = vec![0; lines.filter_map(length).last().unwrap()];
    stream.read_exact(&mut body).unwrap();
    String::from_utf8(body).unwrap()
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
        assert_eq!((&refreshed["pages"], &refreshed["measured_cells"]), (&json!(0), &json!(0)), "{strategy}");
        assert_eq!(account.costs("kept"), listed, "{strategy}: no worse row replaces them");

        for format in ["csv", "parquet"] {
            fs::remove_dir_all(account.space.path("output/kept").join(format)).unwrap();
        }
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

/// What was listed answers for it: neither a page nor a price is missing. Before, questions for its cells were told from
/// what was listed only by the run after the one that put them: it asked nothing, and the table became another.
#[test]
fn a_country_added_beside_listed_totals_has_its_cost_without_a_page() {
    for strategy in ["list", "drill-down", "exhaustive"] {
        let account = Account::new(&[]);
        account.run(&account.job("kept", "24h", "[\"US\", \"CO\"]"), &["--strategy", "list"]);
        let before = account.costs("kept");
        let job = account.job("kept", "24h", COUNTRIES);
        let said = account.run(&job, &["--strategy", strategy]);
        assert_eq!(said["pages"], json!(0), "{strategy}: {said}");
        let after = account.costs("kept");
        assert_all_priced(&after);
        let again = account.run(&job, &["--strategy", strategy]);
        assert_eq!(again["requests"]["sent"], json!(0), "{again}");
        assert_eq!(again["listed_cells"], said["listed_cells"], "{strategy}");
        assert_eq!(account.costs("kept"), after, "{strategy}");
        let of = |costs: &Costs, country: &str| -> i64 {
            let is_it = |key: &&String| key.split('|').nth(3) == Some(country);
            costs.keys().filter(is_it).map(|key| costs[key][1].parse::<i64>().unwrap()).sum()
        };
        let (added, left) = (of(&after, "DE"), of(&after, "ZZ"));
        assert!(added > 0 && left == of(&before, "ZZ") - added, "{strategy}: {added} of {left}");
        assert_eq!(account.audit(&job), [], "{strategy}");
    }
}

/// Before, days that were asked before the list was allowed, and those of which it was refused, stayed without a cost for
/// good, and nothing said so.
#[test]
fn settled_days_that_could_have_a_cost_are_named() {
    let account = Account::new(&[]);
    let job = account.job("late", "24h", COUNTRIES);
    let text = fs::read_to_string(&job).unwrap();
    fs::write(&job, text.replace("list = true", "list = false")).unwrap();
    let said = account.run(&job, &[]);
    assert_eq!(said["windows_without_cost"], json!([]), "the job does not want to know");

    fs::write(&job, text).unwrap();
    let mut windows = account.run(&job, &[])["windows_without_cost"].clone();
    assert_eq!(windows.as_array().unwrap().len(), 1);
    let start = windows[0]["window_start"].take();
    assert_eq!(start.as_str().unwrap()[..10], end().pred_opt().unwrap().to_string());
    let told = String::from_utf8(account.command(&job).output().unwrap().stderr).unwrap();
    let line = told.lines().find(|line| line.contains("no cost")).expect(&told);
    assert!(line.contains("with --refresh --strategy list the run reads"), "{line}");

    let said = account.run(&job, &["--refresh", "--strategy", "list"]);
    assert_eq!(said["windows_without_cost"], json!([]));
    assert_all_priced(&account.costs("late"));
}

/// Prices that are no decimals count as none, and programs are told so.
#[test]
fn odd_prices_are_told_by_run_json() {
    let account = Account::new(&[]);
    let (job, server) = (account.job("odd", "24h", COUNTRIES), account.server().url.clone());
    let gate = Gate::before(account.server(), move |asked| {
        if asked.head.contains("/Attempts/Summary") {
            return Fate::Pass;
        }
        let page = page_of(&server, &asked.head);
        say("200 OK", &["Content-Type: application/json"], &page.replace(PRICE, &format!("{PRICE}about ")))
    });
    let said = summary(account.space.run_at(&job, &gate.url).args(["--strategy", "list"]), 0);
    assert!(said["pages"].as_u64().unwrap() > 0, "{said}");
    let warnings = said["warnings"].to_string();
    assert!(warnings.contains("listed prices do not add up exactly and count as none, such as"), "{warnings}");
    assert!(account.costs("odd").values().all(|row| row[0] == "listed" && row[2] == "0"));
}

/// Before, a cost, its currency and how a row is known could be changed together with the checksum, and the table was
/// called sound.
#[test]
fn an_audit_sees_each_changed_column_that_the_ledger_vouches_for() {
    let account = Account::new(&[]);
    let job = account.job("kept", "24h", COUNTRIES);
    account.run(&job, &["--strategy", "list"]);
    assert_eq!(account.audit(&job), []);
    let sound = fs::read_to_string(&files(&account.space.path("output/kept/csv"))[0]).unwrap();
    let headers: Vec<&str> = sound.lines().next().unwrap().split(',').collect();
    let at = |name: &str| headers.iter().position(|header| *header == name).unwrap();
    let changed = |row: &str, changes: &[(&str, &str)]| {
        let line = sound.lines().find(|line| line.contains(row)).unwrap();
        let mut fields: Vec<&str> = line.split(',').collect();
        for &(column, value) in changes {
            assert_ne!(fields[at(column)], value, "{column}");
            fields[at(column)] = value;
        }
        sound.replace(line, &fields.join(","))
    };
    for row in ["|US|sms|", "|ZZ|sms|"] {
        for changes in [
            &[("channel_cost", "1.000000")][..],
            &[("priced_attempts", "7")],
            &[("cost_currency", "EUR")],
            &[("provenance", "measured")],
            &[("priced_attempts", ""), ("channel_cost", ""), ("cost_currency", "")],
            &[("provenance", "implied"), ("priced_attempts", ""), ("channel_cost", ""), ("cost_currency", "")],
        ] {
            account.forge("kept", |_| changed(row, changes));
            let found = account.audit(&job);
            let is_told = matches!(&found[..], [(kind, what)] if kind == "ledger_differs" && what.contains(row));
            assert!(is_told, "{row} {changes:?}: {found:?}");
        }
    }

    // A run that sees such a file changed puts it right, however dear the row says that it was.
    let path = &files(&account.space.path("output/kept/csv"))[0];
    account.forge("kept", |_| sound.clone());
    let costs = account.costs("kept");
    fs::write(path, changed("|US|sms|", &[("channel_cost", "9999.000000")])).unwrap();
    fs::remove_dir_all(account.space.path("output/kept/parquet")).unwrap();
    let said = account.run(&job, &[]);
    assert!(said["warnings"].to_string().contains("differed from the ledger"), "{said}");
    assert_eq!(account.costs("kept"), costs);
}

//! `[report.prices]`: costs as a user sees them, and price files that are no use.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod support;

use chrono::Days;
use serde_json::Value;
use support::{Workspace, finish, searched, stderr, summary, verify_rollup};
use verify_rollup::clock::{Clock, SystemClock};

const AS_OF: &str = "2026-11-05T00:00:00Z";

const JOB: &str = r#"
name = "costs"
[source]
base_url = "simulator"
retention = "none"
[windows]
start = "2026-10-01"
end = "2026-11-01"
[matrix]
countries = ["US", "CO"]
channels = ["sms", "call"]
[limits]
requests_per_minute = 0
[output]
formats = ["csv"]
[report]
formats = ["md"]
[report.prices]
file = "prices.csv"
"#;

fn cents(text: &Value) -> i64 {
    let (whole, part) = text.as_str().unwrap().split_once('.').unwrap();
    format!("{whole}{part:0<6}").parse().unwrap()
}

/// The object's sums are those of its parts, and what it says of each is attempts times price.
#[test]
fn costs_are_attempts_times_prices_in_every_form() {
    let workspace = Workspace::new();
    workspace
        .job("prices.csv", "country,channel,price,currency\nCO,sms,0.0538,USD\n*,sms,0.0079,USD\nUS,call,0.02,EUR\n");
    let job = workspace.job("costs.toml", JOB);
    let at = workspace.path("");
    finish(workspace.command("run", &job).args(["--as-of", AS_OF]), 0);
    let report = || {
        let mut command = workspace.report(&job);
        command.args(["--month", "2026-10", "--as-of", AS_OF]).current_dir(&at);
        command
    };
    let found = summary(&mut report(), 0);
    let costs = &found["costs"];
    let [eur, usd] = costs["currencies"].as_array().unwrap().as_slice() else { panic!("{costs:#}") };
    assert_eq!((eur["currency"].as_str(), usd["currency"].as_str()), (Some("EUR"), Some("USD")));
    let parts = usd["parts"].as_array().unwrap();
    assert_eq!(parts.len(), 3, "{parts:#?}");
    for part in parts {
        let count = |name: &str| part[name].as_i64().unwrap();
        let price = if part["country"] == "CO" { 53_800 } else { 7_900 };
        assert_eq!(cents(&part["price"]), price);
        assert_eq!(cents(&part["cost"]), price * count("total_attempts"), "{part}");
        let unconverted = count("total_attempts") - count("total_converted");
        assert_eq!(cents(&part["unconverted_cost"]), price * unconverted, "{part}");
        assert_eq!(part["price_country"].as_str(), if part["country"] == "CO" { Some("CO") } else { None });
    }
    for name in ["cost", "unconverted_cost"] {
        assert_eq!(cents(&usd[name]), parts.iter().map(|part| cents(&part[name])).sum::<i64>());
    }
    assert!(parts.is_sorted_by_key(|part| -cents(&part["unconverted_cost"])));
    let unpriced = costs["unpriced"].as_array().unwrap();
    let names: Vec<_> = unpriced.iter().map(|part| (part["country"].as_str(), part["channel"].as_str())).collect();
    assert_eq!(names, [(Some("ZZ"), Some("call")), (Some("CO"), Some("call"))]);
    let all: i64 = [eur, usd].iter().flat_map(|of| of["parts"].as_array().unwrap()).chain(unpriced).map(attempts).sum();
    assert_eq!(all, attempts(&found["totals"]));
    let text = searched(&finish(&mut report(), 0));
    let written = std::fs::read_to_string(workspace.path("output/costs/reports/2026-10.md")).unwrap();
    for (form, text) in [("terminal", &text), ("Markdown", &written)] {
        let plain = text.replace(',', "");
        for cost in [usd["cost"].as_str(), usd["unconverted_cost"].as_str(), eur["cost"].as_str()] {
            assert!(plain.contains(cost.unwrap()), "{form}: {text}");
        }
        assert!(text.contains("no price for Call in Colombia: "), "{form}: {text}");
    }
}

/// Rows with a cost, as another run or tool left them: their amounts come first, and the job's prices for the others.
#[test]
fn costs_of_rows_come_before_the_jobs_prices() {
    let workspace = Workspace::new();
    workspace.job("prices.csv", "country,channel,price,currency\nCO,*,0.02,USD\n");
    let job = workspace.job("costs.toml", JOB);
    let at = workspace.path("");
    finish(workspace.command("run", &job).args(["--as-of", AS_OF]), 0);
    let csv = workspace.path("output/costs/csv/month=2026-10/costs.csv");
    let text = std::fs::read_to_string(&csv).unwrap();
    let mut lines = text.lines();
    let mut priced = format!("{}\n", lines.next().unwrap());
    let mut listed = 0;
    for line in lines {
        let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
        let attempts: i64 = fields[9].parse().unwrap();
        if fields[6] == "US" {
            listed += attempts;
            fields[15] = "listed".to_owned();
            let currency = if attempts > 0 { "USD" } else { "" };
            fields.splice(20.., [attempts.to_string(), format!("{attempts}.000000"), currency.to_owned()]);
        }
        priced += &(fields.join(",") + "\n");
    }
    std::fs::write(&csv, priced).unwrap();
    let mut command = workspace.report(&job);
    let found = summary(command.args(["--month", "2026-10", "--as-of", AS_OF]).current_dir(&at), 0);
    let costs = &found["costs"];
    let parts = costs["currencies"][0]["parts"].as_array().unwrap();
    let of_list: Vec<&Value> = parts.iter().filter(|part| part["source"] == "list").collect();
    assert!(listed > 0 && of_list.iter().all(|part| part["country"] == "US" && part["price"].is_null()), "{parts:#?}");
    assert_eq!(of_list.iter().map(|part| cents(&part["cost"])).sum::<i64>(), listed * 1_000_000);
    assert!(parts.iter().any(|part| part["source"] == "prices" && part["country"] == "CO"));
    let unpriced: i64 = costs["unpriced"].as_array().unwrap().iter().map(attempts).sum();
    assert!(unpriced > 0 && costs["unpriced"][0]["reason"] == "no-price", "{costs:#}");
    assert_eq!(costs["priced_attempts"].as_i64().unwrap() + unpriced, attempts(costs));
    assert!(found["listed_rows"].as_i64().unwrap() > 0);
}

/// Three services, listed and asked for: what the object says of each is what the table's rows say, in sum the total.
#[test]
fn services_cost_what_their_rows_say() {
    let workspace = Workspace::new();
    let services = [
        "VA4f2514c355531b500d8de5efea9cf596",
        "VA00ae47ac1a7fdba50aaf35dcc755e1b9",
        "VA00000000000000000000000000000000",
    ];
    let day = SystemClock.now().date_naive() - Days::new(3);
    let text = format!(
        "name = \"costs\"\n[source]\nbase_url = \"simulator\"\nlist = true\nretention = \"30d\"\n[windows]\n\
         start = \"{day}\"\nend = \"{}\"\n[matrix]\ncountries = \"all\"\nchannels = \"all\"\n\
         services = [{{ sid = \"{}\", name = \"Login\" }}, \"{}\", \"{}\"]\n\
         [limits]\nrequests_per_minute = 0\n[output]\nformats = [\"csv\"]\n",
        day + Days::new(1),
        services[0],
        services[1],
        services[2],
    );
    let job = workspace.job("costs.toml", &text);
    finish(&mut workspace.command("run", &job), 0);
    let found = summary(workspace.report(&job).args(["--day", &day.to_string()]), 0);
    let csv = workspace.path(&format!("output/costs/csv/month={}/costs.csv", day.format("%Y-%m")));
    let table = std::fs::read_to_string(csv).unwrap();
    let of_rows = |service: &str, column: usize| -> i64 {
        let rows = table.lines().map(|line| line.split(',').collect::<Vec<_>>()).filter(|fields| fields[5] == service);
        let numbers = rows.map(|fields| fields[column].to_owned()).filter(|number| !number.is_empty());
        numbers.map(|number| if column == 21 { cents(&number.into()) } else { number.parse().unwrap() }).sum()
    };
    let costs = &found["costs"];
    let said = costs["services"].as_array().unwrap();
    let sids: Vec<_> = said.iter().map(|of| of["service_sid"].as_str().unwrap()).collect();
    assert_eq!(sids, &services[..2], "the third had no attempts: {costs:#}");
    assert_eq!((&said[0]["service_name"], &said[1]["service_name"]), (&"Login".into(), &Value::Null));
    for (of, service) in said.iter().zip(sids) {
        assert_eq!(attempts(of), of_rows(service, 9));
        assert_eq!(of["priced_attempts"], of_rows(service, 20));
        assert_eq!(of["currencies"][0]["total_attempts"], of_rows(service, 20), "one currency: {of:#}");
        assert_eq!(cents(&of["currencies"][0]["cost"]), of_rows(service, 21));
    }
    let total = &costs["currencies"][0];
    for name in ["cost", "unconverted_cost"] {
        assert!(cents(&total[name]) > 0, "{costs:#}");
        assert_eq!(cents(&total[name]), said.iter().map(|of| cents(&of["currencies"][0][name])).sum::<i64>(), "{name}");
    }
    let share: f64 = said.iter().map(|of| of["currencies"][0]["share"].as_f64().unwrap()).sum();
    assert!((share - 1.0).abs() < 1e-9, "{share}");
}

fn attempts(part: &Value) -> i64 {
    part["total_attempts"].as_i64().unwrap()
}

/// Before anything is asked, by every command that reads the job.
#[test]
fn a_price_file_that_is_no_use_is_told_with_its_line() {
    let workspace = Workspace::new();
    let job = workspace.job("costs.toml", JOB);
    let at = workspace.path("");
    let refused = |message: &str| {
        let commands = [workspace.command("run", &job), workspace.command("plan", &job), workspace.report(&job)];
        for mut command in commands {
            let output = finish(command.current_dir(&at), 2);
            assert!(stderr(&output).contains(message), "{command:?}: {}", stderr(&output));
        }
        let output = finish(verify_rollup().arg("check").arg(&job).current_dir(&at), 2);
        assert!(stderr(&output).contains(message), "{}", stderr(&output));
    };
    refused("cannot read the price file prices.csv that [report.prices] names: ");
    for (text, message) in [
        (
            &b"country,channel,price,currency\nCO,sms,0.05,USD\nCO,sms,0.06,USD\n"[..],
            "line 3: CO and sms stand here twice",
        ),
        (b"country,channel,price,currency\nCO,sms,\"0,05\",USD\n", "line 2: `0,05` is no price"),
        (b"CO,sms,0.05,USD\n", "line 1: `CO,sms,0.05,USD` is no head"),
        (b"country,channel,price,currency\nCO,sms,\xff,USD\n", "line 2 is no UTF-8 text"),
        (b"", "line 1: no price"),
    ] {
        std::fs::write(workspace.path("prices.csv"), text).unwrap();
        refused(message);
    }
    assert!(!workspace.path("output").exists());
}

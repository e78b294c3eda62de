//! What the job file, its JSON Schema and the examples of `jobs/` promise each other.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::{Accounts, Endpoint, Job, Range, json_schema};
use crate::model::{Listing, UnixSeconds};

/// Every example, by name.
const EXAMPLES: [(&str, &str); 6] = [
    ("quickstart", include_str!("../../jobs/quickstart.toml")),
    ("daily", include_str!("../../jobs/daily.toml")),
    ("monthly", include_str!("../../jobs/monthly.toml")),
    ("hourly-watch", include_str!("../../jobs/hourly-watch.toml")),
    ("backfill", include_str!("../../jobs/backfill.toml")),
    ("by-prefix", include_str!("../../jobs/by-prefix.toml")),
];

/// 2026-11-03T06:30:00Z
const AS_OF: UnixSeconds = UnixSeconds(1_793_687_400);

fn example(name: &str) -> Job {
    let (_, text) = EXAMPLES.iter().find(|(known, _)| *known == name).unwrap();
    Job::parse(text, name).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn as_json(value: toml::Value) -> Value {
    match value {
        toml::Value::Datetime(time) => json!(time.to_string()),
        toml::Value::Array(values) => values.into_iter().map(as_json).collect(),
        toml::Value::Table(table) => Value::Object(table.into_iter().map(|(k, v)| (k, as_json(v))).collect()),
        other => serde_json::to_value(other).unwrap(),
    }
}

/// Whether a value fits a schema, for the vocabulary that ours uses; patterns and formats are not looked at.
fn fits(value: &Value, schema: &Value, root: &Value) -> bool {
    let Some(schema) = schema.as_object() else { return schema == &json!(true) };
    schema.iter().all(|(keyword, wanted)| match keyword.as_str() {
        "$ref" => fits(value, root.pointer(&wanted.as_str().unwrap()[1..]).unwrap(), root),
        "type" => match wanted.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_i64(),
            "boolean" => value.is_boolean(),
            other => panic!("unexpected type {other}"),
        },
        "properties" => value.as_object().is_none_or(|object| {
            let known = wanted.as_object().unwrap();
            object.iter().all(|(key, value)| known.get(key).is_none_or(|schema| fits(value, schema, root)))
        }),
        "additionalProperties" => {
            assert_eq!(wanted, &json!(false));
            value.as_object().is_none_or(|object| object.keys().all(|key| schema["properties"].get(key).is_some()))
        }
        "required" => value.as_object().is_none_or(|object| {
            wanted.as_array().unwrap().iter().all(|key| object.contains_key(key.as_str().unwrap()))
        }),
        "items" => value.as_array().is_none_or(|values| values.iter().all(|value| fits(value, wanted, root))),
        "minItems" => value.as_array().is_none_or(|values| values.len() as u64 >= wanted.as_u64().unwrap()),
        "uniqueItems" => value
            .as_array()
            .is_none_or(|values| values.iter().map(ToString::to_string).collect::<BTreeSet<_>>().len() == values.len()),
        "enum" => wanted.as_array().unwrap().contains(value),
        "const" => wanted == value,
        "minimum" => value.as_i64().is_none_or(|number| number >= wanted.as_i64().unwrap()),
        "maximum" => value.as_i64().is_none_or(|number| number <= wanted.as_i64().unwrap()),
        "anyOf" => wanted.as_array().unwrap().iter().any(|schema| fits(value, schema, root)),
        "oneOf" => wanted.as_array().unwrap().iter().filter(|schema| fits(value, schema, root)).count() == 1,
        "$schema" | "$defs" | "title" | "description" | "default" | "pattern" | "format" | "minLength"
        | "exclusiveMaximum" => true,
        other => panic!("unexpected keyword {other}"),
    })
}

fn text_fits(text: &str) -> bool {
    let schema = json_schema();
    fits(&as_json(toml::Value::Table(text.parse().unwrap())), &schema, &schema)
}

/// The tables of the schema with their properties, each after those inside it; the top is "".
fn tables(schema: &Value) -> Vec<(String, Map<String, Value>)> {
    fn add(name: &str, table: &Value, root: &Value, found: &mut Vec<(String, Map<String, Value>)>) {
        let properties = table["properties"].as_object().unwrap();
        for (key, property) in properties {
            if let Some(place) = property.get("$ref") {
                let inside = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                add(&inside, root.pointer(&place.as_str().unwrap()[1..]).unwrap(), root, found);
            }
        }
        found.push((name.to_owned(), properties.clone()));
    }
    let mut found = Vec::new();
    add("", schema, schema, &mut found);
    found
}

#[test]
fn every_key_of_the_schema_is_read_and_every_other_is_refused_by_both() {
    let tables = tables(&json_schema());
    assert_eq!(tables.len(), 11);
    let unknown = |text: &str| {
        let mistakes = Job::parse(text, "job.toml").unwrap_err();
        mistakes.list().iter().any(|mistake| mistake.what().starts_with("unknown key"))
    };
    for (table, properties) in &tables {
        let file = |key: &str| match table.as_str() {
            "" => format!("{key} = 1.5\n"),
            table => format!("[{table}]\n{key} = 1.5\n"),
        };
        for key in properties.keys() {
            // No key is a fraction, so each is read only if it is complained of by name.
            let mistakes = Job::parse(&file(key), "job.toml").unwrap_err();
            let read = format!("`{key}` is a fraction");
            assert!(mistakes.list().iter().any(|mistake| mistake.what() == read), "{table}.{key}: {mistakes}");
            assert!(!unknown(&file(key)), "{table}.{key}");
        }
        assert!(unknown(&file("surprise")), "{table}");
        assert!(!text_fits(&file("surprise")), "{table}");
    }
}

#[test]
fn every_known_key_is_in_the_schema() {
    // A key that nothing knows is answered with all that are known.
    for (table, properties) in tables(&json_schema()) {
        let text = if table.is_empty() { "surprise = 1".to_owned() } else { format!("[{table}]\nsurprise = 1") };
        let mistakes = Job::parse(&text, "job.toml").unwrap_err();
        let mistake = mistakes.list().iter().find(|mistake| mistake.what() == "unknown key `surprise`").unwrap();
        let known: BTreeSet<&str> = mistake.remedy().strip_prefix("known here: ").unwrap().split(", ").collect();
        assert_eq!(known, properties.keys().map(String::as_str).collect(), "{table}");
    }
}

#[test]
fn who_is_told_is_read_with_its_mistakes() {
    use super::{NotifyEvent, NotifyForm};
    let text = |notify: &str| format!("name = \"x\"\n[windows]\nrange = \"today\"\n[notify]\n{notify}\n");
    let job = Job::parse(&text("slack = [\"failure\", \"start\"]\nping = \"all\""), "job.toml").unwrap();
    let slack = vec![NotifyEvent::Start, NotifyEvent::Failure];
    assert_eq!(job.notify, [(NotifyForm::Ping, NotifyEvent::ALL.to_vec()), (NotifyForm::Slack, slack)]);
    assert_eq!(Job::parse(&text(""), "job.toml").unwrap().notify, []);
    for (notify, what) in [
        ("json = []", "empty"),
        ("ping = [\"failed\"]", "`failed` is no value of `ping`"),
        ("ping = [\"start\", \"start\"]", "`start` stands here twice"),
        ("url = \"https://x\"", "unknown key `url`"),
    ] {
        let mistakes = Job::parse(&text(notify), "job.toml").unwrap_err();
        assert!(mistakes.to_string().contains(what), "{mistakes}");
    }
}

#[test]
fn accounts_are_a_file_or_tables_with_their_mistakes() {
    let job = |accounts: &str| {
        let text = format!("name = \"x\"\n[windows]\nrange = \"today\"\n{accounts}\n");
        assert_eq!(text_fits(&text), !accounts.contains("# no"), "{accounts}");
        Job::parse(&text, "job.toml")
    };
    let sid = |digit: &str| format!("sid = \"AC{}\"", digit.repeat(32));
    let (a, b) = (sid("a"), sid("b"));
    assert_eq!(job("").unwrap().accounts, None);
    assert_eq!(job("[accounts]\nfile = \"a.csv\"").unwrap().accounts, Some(Accounts::File("a.csv".into())));
    let two =
        job(&format!("[[accounts]]\nname = \"a\"\n{a}\nauth_token_file = \"f\"\n[[accounts]]\nname = \"b\"\n{b}"))
            .unwrap();
    let names: Vec<_> = two.accounts.as_ref().unwrap().list().iter().map(|account| account.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    let token = "0123456789abcdef".repeat(2);
    for (accounts, line, what) in [
        ("[accounts] # no".to_owned(), 4, "`[accounts]` without `file`"),
        ("accounts = 3 # no".to_owned(), 4, "unknown key `accounts`"),
        ("[[accounts]] # no\nname = \"a\"".to_owned(), 4, "an account without `sid`"),
        (
            format!("[[accounts]]\nname = \"a\"\n{a}\nauth_token_variable = \"{token}\""),
            7,
            "looks like the secret itself",
        ),
        (format!("[[accounts]]\nname = \"a\"\n{a}\napi_key = \"SK1\""), 7, "an API key without its secret"),
        (format!("[[accounts]]\nname = \"a\"\n{a}\n[[accounts]]\nname = \"b\"\n{a}"), 9, "stands here twice"),
        (format!("[[accounts]]\nname = \"a\"\n{a}\n[[accounts]]\nname = \"a\"\n{b}"), 8, "two accounts are named `a`"),
    ] {
        let mistakes = job(&accounts).unwrap_err().to_string();
        assert!(mistakes.contains(what) && mistakes.contains(&format!("job.toml:{line}:")), "{accounts}: {mistakes}");
    }
}

#[test]
fn the_defaults_of_the_schema_are_those_of_the_parser() {
    // Without its table there is no report, so there are no defaults to compare.
    let minimal = "name = \"x\"\n[windows]\nrange = \"today\"\n[report]\n";
    let mut written = String::new();
    for (table, properties) in tables(&json_schema()).into_iter().rev() {
        match table.as_str() {
            "" => written.push_str("name = \"x\"\n"),
            "windows" => written.push_str("[windows]\nrange = \"today\"\n"),
            // As a report: it has no defaults, and is wrong without a price.
            "report.prices" => continue,
            table => writeln!(written, "[{table}]").unwrap(),
        }
        for (key, property) in properties {
            if let Some(default) = property.get("default") {
                writeln!(written, "{key} = {default}").unwrap();
            }
        }
    }
    assert_eq!(written.matches(" = ").count(), 40, "{written}");
    assert_eq!(Job::parse(&written, "written").unwrap(), Job::parse(minimal, "minimal").unwrap());
    assert!(text_fits(minimal) && text_fits(&written));
}

#[test]
fn the_schema_wants_a_name_and_one_range() {
    let file = |windows: &str| format!("name = \"x\"\n[windows]\n{windows}");
    for (text, right) in [
        (file("range = \"today\""), true),
        (file("start = 2026-10-01\nend = \"2026-11-01\""), true),
        (file(""), false),
        (file("start = 2026-10-01"), false),
        (file("range = \"today\"\nstart = 2026-10-01"), false),
        ("name = \"x\"".to_owned(), false),
        ("[windows]\nrange = \"today\"".to_owned(), false),
    ] {
        assert_eq!(text_fits(&text), right, "{text}");
        assert_eq!(Job::parse(&text, "job.toml").is_ok(), right, "{text}");
    }
}

#[test]
fn the_examples_are_right_and_say_when_to_run_them() {
    let mut names = BTreeSet::new();
    for (name, text) in EXAMPLES {
        assert!(text_fits(text), "{name}");
        assert!(text.starts_with("# "), "{name}");
        let cron = text
            .lines()
            .find(|line| line.contains(&format!("verify-rollup run jobs/{name}.toml")) && line.contains(" * "));
        let fields: Vec<&str> = cron.unwrap_or_default().trim_start_matches('#').split_whitespace().take(6).collect();
        assert!(fields.len() == 6 && fields[5] == "cd", "{name}: {fields:?}");
        assert!(fields[..5].iter().all(|field| *field == "*" || field.parse::<u8>().is_ok()), "{name}: {fields:?}");
        assert!(names.insert(example(name).name), "{name} shares its dataset");
    }
}

#[test]
fn the_examples_have_the_size_that_they_speak_of() {
    for (name, windows, cells) in [
        ("quickstart", 7, 280),
        ("daily", 28, 1680),
        ("monthly", 31, 1860),
        ("hourly-watch", 48, 576),
        ("backfill", 153, 3672),
        ("by-prefix", 7, 252),
    ] {
        let job = example(name);
        let matrix = job.matrix(AS_OF).unwrap();
        assert_eq!((matrix.windows().len(), matrix.cells()), (windows, cells), "{name}");
        let vendor = job.source.endpoint.origin() == "https://verify.twilio.com";
        assert_eq!(vendor, name != "quickstart", "{name}");
    }
    assert_eq!(example("quickstart").source.endpoint, Endpoint::Simulator);
    assert_eq!(example("daily").channels, Listing::Every);
    assert!(matches!(example("backfill").windows.what, Range::Between { .. }));
}

#[test]
fn daily_and_monthly_ask_for_the_same_slices() {
    let (daily, monthly) = (example("daily"), example("monthly"));
    assert_eq!(daily.shape, monthly.shape);
    assert_eq!((daily.windows.every, daily.windows.timezone), (monthly.windows.every, monthly.windows.timezone));
    assert_eq!(daily.source, monthly.source);
}

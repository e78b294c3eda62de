//! Every key of a job file as a page of tables: the JSON Schema, in the order in which the file's types name the keys.
//!
//! It says nothing that the schema does not, so that page, schema and checks cannot drift apart.

use std::fmt::Write;

use serde_json::Value;

use super::duration;
use super::raw::{self, RawJob};
use super::report::Share;

/// Words that are listed one by one; of more, as the countries are, the meaning has to do.
const MOST_WORDS: usize = 12;

const HEAD: &str = "\
# Every key of a job file

What `verify-rollup check` holds a job file against, table by table; [Job files](JOBS.md) says what to do with them, and
[Recipes](RECIPES.md) has whole ones. This page is what `verify-rollup schema --markdown` prints: it is made from the JSON Schema that
`verify-rollup schema` prints for editors, and a test holds it to that.

A time is a whole number and `ms`, `s`, `m`, `h`, `d` or `w`, in quotes: `\"90s\"`, `\"24h\"`. A percentage is in quotes, too: `\"5%\"`. Paths are
relative to the working directory. A key that is not here is a mistake, and so is an empty list.
";

/// The page, as `docs/JOB_FILE.md` has it.
#[must_use]
pub fn markdown() -> String {
    let schema = raw::json_schema();
    let mut page = HEAD.to_owned();
    section(&mut page, "The top, before the first table", &schema, RawJob::KEYS, "");
    for (name, keys) in raw::TABLES {
        let (table, heading) = resolved(&schema, name);
        section(&mut page, &format!("`[{name}]`"), table, keys, heading);
    }
    page
}

/// A table of the file by its dotted name, and what is said of it.
fn resolved<'a>(schema: &'a Value, name: &str) -> (&'a Value, &'a str) {
    let is_repeated = name.starts_with('[');
    let mut table = schema;
    for key in name.trim_matches(['[', ']']).split('.') {
        let property = &table["properties"][key];
        let forms = property["anyOf"].as_array().map_or(std::slice::from_ref(property), Vec::as_slice);
        let of_form = |form: &'a Value| match form.get("items") {
            Some(items) if is_repeated => items["$ref"].as_str(),
            _ => form["$ref"].as_str(),
        };
        // Of a key that may be either, the table comes first.
        let targets: Vec<_> = forms.iter().filter_map(of_form).collect();
        let target = if is_repeated { targets.last() } else { targets.first() }.copied().unwrap_or_default();
        table = &schema["$defs"][target.trim_start_matches("#/$defs/")];
    }
    (table, table["description"].as_str().unwrap_or_default())
}

fn section(page: &mut String, heading: &str, table: &Value, keys: &[&str], about: &str) {
    let about = if about.is_empty() { String::new() } else { format!("{}\n\n", joined(about)) };
    let _ = write!(page, "\n## {heading}\n\n{about}| key | value | default | meaning |\n| --- | --- | --- | --- |\n");
    for key in keys {
        let property = &table["properties"][key];
        let is_required = table["required"].as_array().is_some_and(|names| names.iter().any(|name| name == key));
        let default = match &property["default"] {
            _ if is_required => "required".to_owned(),
            Value::Null => String::new(),
            value => code(value),
        };
        let meaning = joined(property["description"].as_str().unwrap_or_default());
        let _ = writeln!(page, "| `{key}` | {} | {default} | {meaning} |", cell(&values(property)));
    }
}

/// What may stand behind a key.
fn values(schema: &Value) -> String {
    let list = |name: &str| schema[name].as_array();
    let number = |name: &str| schema[name].as_u64();
    if schema.get("$ref").is_some() {
        return "table".to_owned();
    }
    if let Some(value) = schema.get("const") {
        return code(value);
    }
    if let Some(parts) = list("anyOf") {
        return parts.iter().map(values).collect::<Vec<_>>().join(" or ");
    }
    if let Some(words) = list("enum") {
        let few = || words.iter().map(code).collect::<Vec<_>>().join(", ");
        return if words.len() > MOST_WORDS { "code".to_owned() } else { few() };
    }
    if let Some(items) = schema.get("items") {
        return format!("list of {}", values(items));
    }
    match (schema["type"].as_str(), schema["pattern"].as_str(), schema["format"].as_str()) {
        (Some("boolean"), ..) => "`true`, `false`".to_owned(),
        (Some("integer"), ..) => match (number("minimum"), number("maximum")) {
            (Some(least), Some(most)) if most < u64::from(u32::MAX) => format!("{least} to {most}"),
            (least, _) => format!("from {}", least.unwrap_or_default()),
        },
        (Some("number"), ..) => "number".to_owned(),
        (_, Some(duration::PATTERN), _) => "time".to_owned(),
        (_, Some(Share::PATTERN), _) => "percentage".to_owned(),
        (_, _, Some("date")) => "date".to_owned(),
        (_, _, Some("date-time")) => "RFC 3339".to_owned(),
        _ => "text".to_owned(),
    }
}

/// A value as TOML has it, which for these is as JSON has it.
fn code(value: &Value) -> String {
    format!("`{value}`")
}

/// Lines of a description as one, fit for a cell.
fn joined(text: &str) -> String {
    cell(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

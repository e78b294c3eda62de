use proptest::prelude::*;

use super::*;
use crate::job::Job;

fn mistakes(text: &str) -> Mistakes {
    Job::parse(text, "jobs/may.toml").unwrap_err()
}

#[test]
fn all_mistakes_come_at_once() {
    let text = r#"nme = "may"
name = "May report"

[source]
settle_after = 24
retry_for = "10m"

[windows]
range = "last-28-day"
start = 2026-10-01
timezone = "America/Bogotá"

[matrix]
countries = ["us", "ZZ", "CO", "CO"]
channels = []
destination_prefixes = ["+57", "+57305"]

[limits]
concurrency = 0
"#;
    let expected = r#"13 mistakes in jobs/may.toml

error: unknown key `nme`
 --> jobs/may.toml:1:1
  |
1 | nme = "may"
  | ^^^ did you mean `name`?

error: `May report` is no job name
 --> jobs/may.toml:2:8
  |
2 | name = "May report"
  |        ^^^^^^^^^^^^ write 1 to 64 of a-z, 0-9 and -, beginning with a letter or digit

error: `settle_after` is a whole number
 --> jobs/may.toml:5:16
  |
5 | settle_after = 24
  |                ^^ write a length of time in quotes, such as "90s" or "24h"

error: unknown key `retry_for`
 --> jobs/may.toml:6:1
  |
6 | retry_for = "10m"
  | ^^^^^^^^^ `retry_for` belongs in [limits]

error: `last-28-day` is no range
 --> jobs/may.toml:9:9
  |
9 | range = "last-28-day"
  |         ^^^^^^^^^^^^^ did you mean last-28-days? write today, yesterday, this-week, last-week, this-month, last-month, last-N-hours, last-N-days, last-N-weeks or last-N-months

error: `start` beside `range`
  --> jobs/may.toml:10:9
   |
10 | start = 2026-10-01
   |         ^^^^^^^^^^ keep either range, or start and end

error: `America/Bogotá` is no time zone
  --> jobs/may.toml:11:12
   |
11 | timezone = "America/Bogotá"
   |            ^^^^^^^^^^^^^^^^ did you mean "America/Bogota"?

error: `us` is no ISO 3166-1 alpha-2 code
  --> jobs/may.toml:14:14
   |
14 | countries = ["us", "ZZ", "CO", "CO"]
   |              ^^^^ write "US", United States

error: `ZZ` stands for the remainder and cannot be asked for
  --> jobs/may.toml:14:20
   |
14 | countries = ["us", "ZZ", "CO", "CO"]
   |                    ^^^^ leave it out; `remainder = true` adds its rows

error: `CO` stands here twice
  --> jobs/may.toml:14:32
   |
14 | countries = ["us", "ZZ", "CO", "CO"]
   |                                ^^^^ remove one of them

error: `channels` is empty
  --> jobs/may.toml:15:12
   |
15 | channels = []
   |            ^^ name at least one, or leave the key out

error: `+57305` begins with `+57`, so its attempts would be counted twice
  --> jobs/may.toml:16:32
   |
16 | destination_prefixes = ["+57", "+57305"]
   |                                ^^^^^^^^ keep one of the two

error: `concurrency` is out of range
  --> jobs/may.toml:19:15
   |
19 | concurrency = 0
   |               ^ write a whole number from 1 to 1024
"#;
    assert_eq!(mistakes(text).render(Style::Plain), expected);
}

#[test]
fn a_file_that_is_no_toml_has_one_mistake() {
    let expected = r#"1 mistake in jobs/may.toml

error: not TOML: a text without quotes
 --> jobs/may.toml:2:9
  |
2 | range = today
  |         ^^^^^ write "today"
"#;
    assert_eq!(mistakes("[windows]\nrange = today\nmore = ").render(Style::Plain), expected);
    let expected = r#"1 mistake in jobs/may.toml

error: not TOML: duplicate key
 --> jobs/may.toml:2:1
  |
2 | name = "b"
  | ^^^^ it stands above already
"#;
    assert_eq!(mistakes("name = \"a\"\nname = \"b\"\n").render(Style::Plain), expected);
}

#[test]
fn what_is_missing_is_asked_for() {
    let expected = r#"2 mistakes in jobs/may.toml

error: `name` is missing
 --> jobs/may.toml:1:1
  |
1 | [windows]
  | ^ begin with name = "…": it names the dataset's folder

error: no range of time is given
 --> jobs/may.toml:1:1
  |
1 | [windows]
  | ^^^^^^^^^ add range = "last-month", or start and end
"#;
    assert_eq!(mistakes("[windows]\r\nevery = 'day'\r\n").render(Style::Plain), expected);
    for empty in ["", "\n", "\u{feff}", "# nothing"] {
        assert_eq!(mistakes(empty).list().len(), 2, "{empty:?}");
        assert!(mistakes(empty).to_string().contains("`[windows]` is missing"), "{empty:?}");
    }
}

#[test]
fn colours_change_nothing_but_colours() {
    let mistakes = mistakes("name = 1");
    let coloured = mistakes.render(Style::Coloured);
    assert!(coloured.contains("\u{1b}["));
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    assert_eq!(plain + rest, mistakes.render(Style::Plain));
}

#[test]
fn places_count_characters_from_one() {
    let mistakes = mistakes("name = \"é\"\n[matrix]\ncountries = [\n  \"US\",\n\t\"Österreich\", \"uk\",\n]\n");
    let places: Vec<_> = mistakes.list().iter().map(|mistake| (mistake.line(), mistake.column())).collect();
    assert_eq!(places, [(1, 1), (1, 8), (5, 2), (5, 16)]);
}

#[test]
fn a_password_in_a_url_is_not_shown() {
    let text = "name = \"x\"\n[source]\nbase_url = \"http://AC1:hunter2é@example.com\"\nretention = \"?\"\n";
    let shown = mistakes(text).render(Style::Plain);
    assert!(shown.contains("base_url = ***") && shown.contains("retention = \"?\""), "{shown}");
    assert!(!shown.contains("hunter2") && !format!("{:?}", mistakes(text)).contains("hunter2"), "{shown}");
}

/// A file in which every key stands, to be damaged.
const WHOLE: &str = r#"name = "may"
description = "Grüße"
[source]
base_url = "https://verify.twilio.com"
interval = "[)"
settle_after = "24h"
retention = "30d"
[windows]
start = 2026-10-01
end = "2026-11-01T00:00:00Z"
every = "hour"
timezone = "Europe/Berlin"
[matrix]
countries = ["US", "CO"]
channels = "all"
services = ["VA00000000000000000000000000000000", { sid = "VA00000000000000000000000000000001", name = "Login" }]
destination_prefixes = ["+57305", "+1"]
remainder = true
[limits]
requests_per_minute = 100
burst = 1
concurrency = 16
timeout = "20s"
max_tries = 6
retry_for = "10m"
[plan]
strategy = "exhaustive"
[output]
directory = "output"
formats = ["parquet", "csv"]
partition = "month"
compression = "zstd"
"#;

/// Whatever the text, parsing ends in a job or in mistakes that can be shown, each at a place of the file.
fn survives(text: &str) {
    let Err(mistakes) = Job::parse(text, "x.toml") else { return };
    let lines: Vec<&str> = text.split('\n').collect();
    for mistake in mistakes.list() {
        let line = lines[mistake.line() - 1];
        assert!((1..=line.chars().count() + 1).contains(&mistake.column()), "{mistake:?}");
        assert!(!mistake.what().is_empty() && !mistake.remedy().is_empty());
    }
    assert!(!mistakes.list().is_empty());
    assert_eq!(mistakes.render(Style::Plain).matches(" --> x.toml:").count(), mistakes.list().len(), "{mistakes}");
}

proptest! {
    #[test]
    fn damaged_files_give_mistakes_and_no_panic(
        from in 0..WHOLE.len(),
        length in 0..40usize,
        put in prop_oneof![
            Just(String::new()),
            "[-+0-9a-zA-Z\"'\\[\\]{}=.,#\\\\ \t\r\n\u{0}éÅ\u{1F600}]{0,12}",
            "[\\PC\n]{0,20}",
        ],
    ) {
        let start = WHOLE.floor_char_boundary(from);
        let end = WHOLE.floor_char_boundary((start + length).min(WHOLE.len())).max(start);
        survives(&format!("{}{put}{}", &WHOLE[..start], &WHOLE[end..]));
    }

    #[test]
    fn swapped_values_give_mistakes_and_no_panic(line in 0..32usize, other in 0..32usize) {
        let lines: Vec<&str> = WHOLE.lines().collect();
        let value = lines[other % lines.len()].split_once(" = ").map_or("", |(_, value)| value);
        let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let target = line % lines.len();
        if let Some((key, _)) = lines[target].split_once(" = ") {
            changed[target] = format!("{key} = {value}");
        }
        survives(&changed.join("\r\n"));
    }

    #[test]
    fn any_text_gives_mistakes_and_no_panic(text in "\\PC{0,60}") {
        survives(&text);
    }
}

/// Each mistake showed the whole line, so time and memory grew by the square of a file of one line.
#[test]
fn a_flood_in_one_line_is_told_in_proportion_to_the_file() {
    let line = format!("countries = [{}\"us\"]", "\"ü\", ".repeat(5000));
    let found = mistakes(&format!("name = \"x\"\n[windows]\nrange = \"today\"\n[matrix]\n{line}\n"));
    assert_eq!(found.list().len(), 1000);
    let last = found.list().last().unwrap();
    assert_eq!((last.line(), last.column()), (5, 14 + 999 * 5));

    let shown = found.render(Style::Plain);
    assert!(shown.starts_with("5001 mistakes in jobs/may.toml\n"), "{}", &shown[..100]);
    assert!(shown.ends_with("\n4001 more are not shown\n"));
    assert!(shown.contains(" --> jobs/may.toml:5:5009\n"));
    assert!(shown.len() < 1000 * 700, "{}", shown.len());
    let excerpt = shown.lines().rev().find(|line| line.starts_with("5 |")).unwrap();
    assert!(excerpt.contains("\"ü\", \"ü\"") && excerpt.chars().count() < 250, "{excerpt}");
}

/// Names, values, and the lines in which they stand.
#[test]
fn what_a_terminal_would_obey_is_shown() {
    let text = "\tname = \"a\u{202e}b\" # \u{2066}\n[windows]\nrange = \"today\\u001B[2J\"\n\u{7}";
    let found = Job::parse(&text.replace("\n\u{7}", ""), "a\u{1b}\n.toml").unwrap_err();
    let shown = r#"2 mistakes in a\u{1b}\n.toml

error: `a\u{202e}b` is no job name
 --> a\u{1b}\n.toml:1:9
  |
1 |     name = "a\u{202e}b" # \u{2066}
  |            ^^^^^^^^^^^^ write 1 to 64 of a-z, 0-9 and -, beginning with a letter or digit

error: `today\u{1b}[2J` is no range
 --> a\u{1b}\n.toml:3:9
"#;
    let rendered = found.render(Style::Plain);
    assert!(rendered.starts_with(shown), "{rendered}");
    let found = mistakes(text);
    assert!(found.render(Style::Plain).contains(r"4 | \u{7}"), "{found}");
    // Columns count the file's characters, not those that are shown.
    let found = mistakes("name = \"x\"\n[windows]\n'\u{202e}' = 1\nrange = \"today\"\n'\u{202e}' = 1\n");
    assert_eq!((found.list()[0].line(), found.list()[0].column()), (5, 1), "{found}");
    let found = mistakes("a = \"\u{202e}\u{202e}\"; b\n");
    assert!(found.render(Style::Plain).contains(" --> jobs/may.toml:1:9\n"), "{found}");
}

#[test]
fn a_long_text_is_quoted_by_its_ends() {
    let found = mistakes(&format!("name = \"{}z\"\n[windows]\nrange = \"today\"\n", "ä".repeat(100_000)));
    let what = found.list()[0].what();
    assert!(what.starts_with("`ää") && what.contains("ä … ä") && what.ends_with("äz` is no job name"), "{what}");
    assert!(found.render(Style::Coloured).len() < 10_000);
}

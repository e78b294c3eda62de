//! The job that looks into an attack: the place's messages by destination prefix, finer than what is known of it.
//!
//! It asks whom the dataset was asked of, as the reported job asks: the source's settings, the limits and the output are
//! its own, so that the numbers are parts of the numbers that were reported. Its name tells the block that it divides:
//! a window of other prefixes would replace this one's rows in the dataset.

use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::time::Duration;

use chrono::{Days, NaiveDate};

use super::super::format::channel_name;
use super::super::model::FlagScope;
use super::super::series::is_phone;
use crate::job::{Endpoint, Job, day_start};
use crate::model::{Channel, Country, Prefix, UnixSeconds, calling_code};

/// The longest name of a job.
const LONGEST_NAME: usize = 64;
/// The most digits of a prefix.
const MOST_DIGITS: u32 = 15;
/// Blocks of fewer digits are divided into a hundred parts, longer ones into ten: there numbers end.
const TENTHS_FROM: u32 = 9;

/// The job that was reported, whom its dataset was asked of, and when it is reported.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) struct Asked<'a> {
    pub job: &'a Job,
    /// The dataset's; the command line may have named another one than the job file.
    pub base_url: &'a str,
    pub as_of: UnixSeconds,
}

/// A job file that asks for a place's text messages and calls on some days by the digits that follow its prefix, or its
/// country's calling code; attackers rent blocks of neighbouring numbers. `None` where there is neither, and where
/// numbers have no more digits.
pub(super) fn prefix_job(asked: Asked<'_>, place: &FlagScope, first: NaiveDate, last: NaiveDate) -> Option<String> {
    let Asked { job, .. } = asked;
    let country = place.country.filter(|country| *country != Country::REMAINDER);
    let stem = match place.prefix {
        Some(prefix) => prefix.digits(),
        None => calling_code(country?)?,
    };
    let prefixes = finer(stem)?;
    let channels = channels(job)?;
    let what = channels.as_ref().map_or("Messages".to_owned(), |channels| {
        channels.iter().map(|channel| channel_name(*channel)).collect::<Vec<_>>().join(" and ")
    });
    let whom = match (place.prefix, country) {
        (Some(prefix), _) => format!("numbers {prefix}…"),
        (None, country) => country.map_or("", |country| country.name()).to_owned(),
    };
    let name = name(job, place, country);
    let is_month = first != last && first.format("%Y-%m").to_string() == last.format("%Y-%m").to_string();
    let period = if is_month { format!("--month {}", first.format("%Y-%m")) } else { format!("--day {first}") };
    let mut text = format!(
        "# {what} to {whom} by destination prefix: a block of numbers that hardly converts is where an attack went.\n\
         # Saved as {name}.toml:\n\
         #     verify-rollup run {name}.toml\n\
         #     verify-rollup report {name}.toml {period}\n\
         name = \"{name}\"\n\n"
    );
    source(&mut text, asked);
    let end = day_start(last + Days::new(1), job.windows.timezone);
    // A window that has not ended is not asked: of a day that goes on what is over.
    let end = if end > asked.as_of { asked.as_of.to_string() } else { (last + Days::new(1)).to_string() };
    let _ = writeln!(
        text,
        "[windows]\nstart = \"{first}\"\nend = \"{end}\"\nevery = \"day\"\ntimezone = \"{}\"\n",
        job.windows.timezone
    );
    text.push_str("[matrix]\n");
    if let Some(country) = country {
        let _ = writeln!(text, "countries = [\"{country}\"]");
    }
    if let Some(channels) = channels {
        let _ = writeln!(text, "channels = [{}]", quoted(&channels));
    }
    let services = place.service.map(|service| vec![service]);
    // Numbers of a job by prefix are those of all its services together.
    if let Some(services) = services.or_else(|| job.shape.services.clone().filter(|_| place.prefix.is_some())) {
        let _ = writeln!(text, "services = [{}]", quoted(&services));
    }
    text.push_str("remainder = false\ndestination_prefixes = [\n");
    for ten in prefixes.chunks(10) {
        let _ = writeln!(text, "  {},", quoted(ten));
    }
    text.push_str("]\n\n");
    limits(&mut text, job);
    output(&mut text, job);
    Some(text)
}

/// The prefixes that a block is divided into.
fn finer(stem: u64) -> Option<Vec<Prefix>> {
    let digits = stem.checked_ilog10()? + 1;
    let more = if digits >= TENTHS_FROM { 1 } else { 2 };
    let scale = 10u64.pow(more);
    let all = (0..scale).map(|part| Prefix::from_digits(stem * scale + part));
    all.collect::<Option<Vec<_>>>().filter(|_| digits + more <= MOST_DIGITS)
}

/// Those of the job's channels that go over the phone network: others earn nobody a share of the fee. `Some(None)` where
/// a job by prefix does not split them; `None` where it has none.
#[expect(clippy::option_option, reason = "a list that is left out is not one that is empty")]
fn channels(job: &Job) -> Option<Option<Vec<Channel>>> {
    let mut phone = vec![Channel::Sms, Channel::Call];
    debug_assert!(phone.iter().all(|channel| is_phone(Some(*channel))));
    match &job.shape.channels {
        None if job.shape.prefixes.is_some() => Some(None),
        None => Some(Some(phone)),
        Some(split) => {
            phone.retain(|channel| split.contains(channel));
            (!phone.is_empty()).then_some(Some(phone))
        }
    }
}

/// The job's name, and what is looked into: the country, the block, and the service if it is one's alone.
fn name(job: &Job, place: &FlagScope, country: Option<Country>) -> String {
    let country = country.map_or(String::new(), |country| format!("-{}", country.code().to_lowercase()));
    let mark = format!("{country}-prefixes");
    let block = place.prefix.map_or(String::new(), |prefix| format!("-{}", prefix.digits()));
    let service = place.service.map_or(String::new(), |service| {
        let text = service.to_string().to_lowercase();
        format!("-{}", &text[text.len() - 6..])
    });
    let name = job.name.as_str();
    // The job of a coarser block has such a name itself.
    let stem = place.prefix.and_then(|_| name.rfind(&mark)).map_or(name, |at| &name[..at]);
    let suffix = format!("{service}{mark}{block}");
    let stem: String = stem.chars().take(LONGEST_NAME - suffix.len()).collect();
    format!("{stem}{suffix}")
}

fn source(text: &mut String, Asked { job, base_url, .. }: Asked<'_>) {
    let source = &job.source;
    // A job file's URL may name the same server in other words.
    let base_url = match &source.endpoint {
        Endpoint::Url(url) if source.endpoint.origin() == base_url => url.as_str().trim_end_matches('/'),
        _ => base_url,
    };
    let retention = source.retention.map_or_else(|| "none".to_owned(), length);
    let _ = writeln!(
        text,
        "[source]\nbase_url = {}\ninterval = \"{}\"\nsettle_after = \"{}\"\nattempts_settle = \"{}\"\n\
         retention = \"{retention}\"\n",
        string(base_url),
        source.interval.symbol(),
        length(source.settle_after),
        length(source.attempts_settle),
    );
}

fn limits(text: &mut String, job: &Job) {
    let limits = &job.limits;
    let _ = writeln!(text, "[limits]\nrequests_per_minute = {}", limits.requests_per_minute.map_or(0, NonZeroU32::get));
    if let Some(burst) = limits.burst {
        let _ = writeln!(text, "burst = {burst}");
    }
    let _ = writeln!(
        text,
        "concurrency = {}\ntimeout = \"{}\"\nmax_tries = {}\nretry_for = \"{}\"\n",
        limits.concurrency,
        length(limits.timeout),
        limits.max_tries,
        length(limits.retry_for),
    );
}

fn output(text: &mut String, job: &Job) {
    let output = &job.output;
    text.push_str("[output]\n");
    // A folder that no text names can only come from the command line, and goes there again.
    if let Some(directory) = output.directory.text() {
        let _ = writeln!(text, "directory = {}", string(&directory));
    }
    let _ = writeln!(
        text,
        "formats = [{}]\npartition = \"{}\"\ncompression = \"{}\"",
        quoted(&output.formats),
        output.partition,
        output.compression
    );
}

fn quoted<T: std::fmt::Display>(values: &[T]) -> String {
    values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(", ")
}

/// A text of the job file or the command line, as TOML.
fn string(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// As a job file writes it, in the greatest unit that fits.
fn length(length: Duration) -> String {
    let milliseconds = length.as_millis();
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)];
    let unit = units.into_iter().find(|(_, of)| milliseconds > 0 && milliseconds.is_multiple_of(*of));
    unit.map_or_else(|| format!("{milliseconds}ms"), |(name, of)| format!("{}{name}", milliseconds / of))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ServiceSid;

    fn dates() -> [NaiveDate; 2] {
        ["2026-10-30", "2026-10-31"].map(|date| date.parse().unwrap())
    }

    fn offered(job: &Job, place: &FlagScope) -> Option<String> {
        let base_url = job.source.endpoint.origin();
        let asked = Asked { job, base_url: &base_url, as_of: UnixSeconds(4_000_000_000) };
        prefix_job(asked, place, dates()[0], dates()[1])
    }

    fn parsed(text: &str) -> Job {
        Job::parse(text, "made.toml").unwrap_or_else(|mistakes| panic!("{mistakes}\n{text}"))
    }

    fn parent(name: &str, url: &str, matrix: &str) -> Job {
        parsed(&format!(
            "name = \"{name}\"\n[source]\nbase_url = \"{url}\"\ninterval = \"(]\"\nsettle_after = \"30m\"\n\
             attempts_settle = \"90s\"\nretention = \"none\"\n[windows]\nrange = \"last-month\"\n\
             timezone = \"America/Bogota\"\n[matrix]\n{matrix}\n[limits]\nrequests_per_minute = 30\nburst = 7\n\
             concurrency = 3\ntimeout = \"1500ms\"\nmax_tries = 9\nretry_for = \"1h\"\n\
             [output]\ndirectory = \"a \\\"b\\\" \\\\ c\"\nformats = [\"csv\"]\npartition = \"day\"\n"
        ))
    }

    /// Whatever decides which numbers are asked, and how, is as in the job that was reported.
    #[test]
    fn the_job_is_one_that_check_accepts_and_asks_as_its_parent_does() {
        let long = "a".repeat(64);
        for (name, url) in [("monthly", "simulator"), (long.as_str(), "https://example.test/verify")] {
            let job = parent(name, url, "");
            for country in Country::all() {
                let place =
                    FlagScope { country: Some(country), service: Some(ServiceSid::ZEROS), ..FlagScope::default() };
                let made = parsed(&offered(&job, &place).unwrap());
                assert_eq!((&made.source, &made.limits, &made.output), (&job.source, &job.limits, &job.output));
                assert_eq!(made.windows.timezone, job.windows.timezone);
                assert_eq!(made.shape.cells_per_window(), 200);
                assert_eq!(made.windows.windows(UnixSeconds(4_000_000_000)).count(), 2);
                assert_ne!(made.name, job.name);
            }
        }
    }

    #[test]
    fn a_block_is_divided_until_numbers_have_no_more_digits() {
        let mut job = parent("watch", "simulator", "countries = [\"MG\"]\nchannels = [\"sms\", \"whatsapp\"]");
        let country: Option<Country> = Some("MG".parse().unwrap());
        let mut place = FlagScope { country, ..FlagScope::default() };
        let (mut names, mut digits) = (Vec::new(), Vec::new());
        while let Some(text) = offered(&job, &place) {
            job = parsed(&text);
            assert_eq!(job.shape.channels, Some(vec![Channel::Sms]), "only what the parent asked for");
            let prefixes = job.shape.prefixes.clone().unwrap();
            assert!(place.prefix.is_none_or(|stem| prefixes.iter().all(|prefix| stem.is_start_of(*prefix))));
            place.prefix = prefixes.get(3).copied();
            names.push(job.name.to_string());
            digits.push((prefixes.len(), prefixes[0].to_string().len() - 1));
        }
        assert_eq!(names[..3], ["watch-mg-prefixes", "watch-mg-prefixes-26103", "watch-mg-prefixes-2610303"]);
        assert_eq!(digits, [(100, 5), (100, 7), (100, 9), (10, 10), (10, 11), (10, 12), (10, 13), (10, 14), (10, 15)]);
    }

    #[test]
    fn a_day_that_goes_on_is_asked_up_to_now_and_whom_the_dataset_was_asked_of() {
        let job = parent("watch", "https://example.test", "");
        let place = FlagScope { country: Some("MG".parse().unwrap()), ..FlagScope::default() };
        let as_of = UnixSeconds::from("2026-10-31T18:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
        let asked = Asked { job: &job, base_url: "http://127.0.0.1:4711", as_of };
        let made = parsed(&prefix_job(asked, &place, dates()[0], dates()[1]).unwrap());
        assert_eq!(made.source.endpoint.origin(), "http://127.0.0.1:4711");
        let windows: Vec<_> = made.windows.windows(as_of).collect();
        assert_eq!((windows.len(), windows[1].end()), (2, as_of));
    }

    #[test]
    fn what_has_no_numbers_has_no_prefixes() {
        let job = parent("x", "simulator", "");
        let place = |country| FlagScope { country, ..FlagScope::default() };
        assert_eq!(offered(&job, &place(Some(Country::REMAINDER))), None);
        assert_eq!(offered(&job, &place(None)), None);
        let job = parent("x", "simulator", "channels = [\"email\", \"whatsapp\"]");
        assert_eq!(offered(&job, &place(Some("MG".parse().unwrap()))), None);
    }
}

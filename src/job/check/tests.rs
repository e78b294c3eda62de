use std::time::Duration;

use crate::job::{Endpoint, Job, Mistake, Mistakes, PeriodKind, Range, ReportSettings, Style};
use crate::model::{Channel, Format, Interval, JobStrategy, Listing, Partition, Remainder, UnixSeconds};

fn mistakes(text: &str) -> Mistakes {
    Job::parse(text, "jobs/may.toml").unwrap_err()
}

/// What is wrong with a file of two right lines and one table.
fn wrong(rest: &str) -> Vec<String> {
    let windows = if rest.contains("[windows]") { "" } else { "[windows]\nrange = \"today\"\n" };
    match Job::parse(&format!("name = \"x\"\n{windows}{rest}"), "x.toml") {
        Ok(_) => Vec::new(),
        Err(mistakes) => mistakes.list().iter().map(|mistake| mistake.what().to_owned()).collect(),
    }
}

fn right(rest: &str) -> Job {
    Job::parse(&format!("name = \"x\"\n{rest}"), "x.toml").unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[test]
fn each_kind_of_value_is_checked() {
    let sid = format!("VA{}", "0".repeat(32));
    for (rest, what) in [
        (
            "[source]\nbase_url = \"http://example.com\"",
            "`base_url` is plain http to `example.com`, which would show the secret to the network",
        ),
        ("[source]\ninterval = \"[[\"", "`[[` is no value of `interval`"),
        ("[source]\nsettle_after = \"1500ms\"", "`settle_after` is not a whole number of seconds"),
        ("[source]\nsettle_after = \"none\"", "`none` is no length of time"),
        ("[source]\nretention = \"0d\"", "`retention` is zero: no window could ever be trusted"),
        ("[source]\nretention = \"forever\"", "`forever` is no length of time"),
        ("[windows]\nrange = \"last-0-days\"", "`last-0-days` is no range"),
        ("[windows]\nrange = \"today\"\nevery = \"dya\"", "`dya` is no value of `every`"),
        ("[windows]\nstart = 2026-10-01", "`start` without `end`"),
        ("[windows]\nend = 2026-10-01", "`end` without `start`"),
        (
            "[windows]\nstart = 2026-10-01\nend = 2026-10-01",
            "the end, 2026-10-01T00:00:00Z, is not after the start, 2026-10-01T00:00:00Z",
        ),
        ("[windows]\nstart = 2026-10-01T00:00:00\nend = 2026-10-02", "`2026-10-01T00:00:00` has no offset from UTC"),
        (
            "[windows]\nstart = \"2026-10-01 07:30:00\"\nend = 2026-10-02",
            "`2026-10-01 07:30:00` has no offset from UTC",
        ),
        (
            "[windows]\nstart = 2026-10-01T00:00:00.5Z\nend = 2026-10-02",
            "`2026-10-01T00:00:00.5Z` is not a whole second",
        ),
        ("[windows]\nstart = \"2026-02-29\"\nend = 2026-10-02", "`2026-02-29` is no date or time"),
        ("[windows]\nstart = \"1.10.2026\"\nend = 2026-10-02", "`1.10.2026` is no date or time"),
        ("[windows]\nstart = 07:30:00\nend = 2026-10-02", "`07:30:00` is no date or time"),
        ("[windows]\nstart = 2026-10-01\nend = 20261-10-02", "not TOML: invalid date"),
        ("[windows]\nstart = 2026-10-01\nend = 2126-10-02", "`2126-10-02` is outside the years 2000 to 2099"),
        ("[windows]\nstart = 20261001\nend = 2026-10-02", "`start` is a whole number"),
        ("[matrix]\ncountries = \"US\"", "`countries` is a string"),
        ("[matrix]\ncountries = [\"UK\"]", "`UK` is no ISO 3166-1 alpha-2 code"),
        ("[matrix]\ncountries = [\"all\"]", "`all` is no ISO 3166-1 alpha-2 code"),
        ("[matrix]\nchannels = [\"SMS\"]", "`SMS` is no channel"),
        ("[matrix]\nchannels = [\"sms\", 5]", "`channels` is a whole number"),
        ("[matrix]\nservices = []", "`services` is empty"),
        ("[matrix]\nservices = [\"VA1\"]", "`VA1` is no service SID"),
        ("[matrix]\nservices = [{ name = \"Login\" }]", "a service without `sid`"),
        (&format!("[matrix]\nservices = [\"{sid}\", {{ sid = \"{sid}\" }}]"), &format!("`{sid}` stands here twice")),
        (&format!("[matrix]\nservices = [{{ sid = \"{sid}\", nam = \"x\" }}]"), "unknown key `nam`"),
        ("[matrix]\ndestination_prefixes = [\"57\"]", "`57` is no destination prefix"),
        ("[matrix]\ndestination_prefixes = [\"+1\", \"+1\"]", "`+1` stands here twice"),
        ("[matrix]\nremainder = \"true\"", "`remainder` is a string"),
        ("[limits]\nrequests_per_minute = -1", "`requests_per_minute` is out of range"),
        ("[limits]\nrequests_per_minute = 99999999999999999999", "`requests_per_minute` is out of range"),
        ("[limits]\nburst = 101", "`burst` is above `requests_per_minute`"),
        ("[limits]\nrequests_per_minute = 0\nburst = 1", "`burst` is above `requests_per_minute`"),
        ("[limits]\nburst = 0", "`burst` is out of range"),
        ("[limits]\nconcurrency = 1025", "`concurrency` is out of range"),
        ("[limits]\ntimeout = \"0s\"", "`timeout` is out of range"),
        ("[limits]\nretry_for = \"25h\"", "`retry_for` is out of range"),
        ("[limits]\nmax_tries = 0", "`max_tries` is out of range"),
        ("[limits]\nmax_tries = 2.5", "`max_tries` is a fraction"),
        ("[plan]\nstrategy = \"greedy\"", "`greedy` is no value of `strategy`"),
        ("[output]\nformats = [\"parquet\", \"parquet\"]", "`parquet` stands here twice"),
        ("[output]\nformats = \"csv\"", "`formats` is a string"),
        ("[output]\npartition = \"week\"", "`week` is no value of `partition`"),
        ("[output]\ncompression = \"gzip\"", "`gzip` is no value of `compression`"),
        ("[output]\ndirectory = \"\"", "`directory` is no path"),
        ("[[output]]\ndirectory = \"x\"", "`output` is a list"),
        ("[limit]\nx = 1", "unknown key `limit`"),
    ] {
        assert_eq!(wrong(rest), [what], "{rest}");
    }
}

#[test]
fn codes_are_exact_and_names_fit_a_folder() {
    for name in ["", "-x", "x y", "X", "x_y", "x/y", "..", "é", &"x".repeat(65)] {
        let mistakes = mistakes(&format!("name = \"{name}\"\n[windows]\nrange = \"today\""));
        assert_eq!(mistakes.list()[0].what(), format!("`{name}` is no job name"));
    }
    for name in ["x", "0", "x-", &"x".repeat(64)] {
        assert!(Job::parse(&format!("name = \"{name}\"\n[windows]\nrange = \"today\""), "x").is_ok(), "{name}");
    }
}

#[test]
fn more_than_ten_million_cells_are_too_many() {
    let all = "[matrix]\ncountries = \"all\"\nchannels = \"all\"\n";
    let range = |range: &str| format!("[windows]\nevery = \"hour\"\nrange = \"{range}\"\n{all}");
    assert_eq!(wrong(&range("last-8000-hours")), [""; 0]);
    assert_eq!(wrong(&range("last-8001-hours")), ["8001 windows of 1250 cells are more than 10 million cells"]);
    assert_eq!(wrong(&range("last-333-days")), [""; 0]);
    assert_eq!(wrong(&range("last-334-days")), ["8016 windows of 1250 cells are more than 10 million cells"]);
    let days = "[windows]\nstart = 2000-01-01\nend = 2021-11-27\n";
    assert_eq!(wrong(&format!("{days}{all}")), ["8001 windows of 1250 cells are more than 10 million cells"]);
    assert_eq!(wrong("[windows]\nevery = \"hour\"\nstart = 2000-01-01\nend = 2010-01-01\n"), [""; 0]);
}

#[test]
fn a_matrix_is_counted_before_it_is_built() {
    let mut job = right("[windows]\nevery = \"hour\"\nrange = \"last-80000-hours\"\n");
    let as_of = UnixSeconds(1_790_000_000);
    assert_eq!(job.matrix(as_of).unwrap().cells(), 80_000);
    job.shape = right("[windows]\nrange = \"today\"\n[matrix]\ncountries = \"all\"\nchannels = \"all\"\n").shape;
    let error = job.matrix(as_of).unwrap_err();
    assert_eq!((error.windows, error.cells_per_window), (8001, 1250));
    assert!(
        error.to_string().starts_with("at least 8001 windows of 1250 cells are more than 10000000 cells; "),
        "{error}"
    );
}

#[test]
fn everything_written_is_read() {
    let login = format!("VA{}", "b".repeat(32));
    let other = format!("VA{}", "a".repeat(32));
    let job = right(&format!(
        r#"description = "All of it"
source = {{ base_url = "http://localhost:8080/x/", interval = "(]", settle_after = "1h", retention = "none" }}
[windows]
start = 2026-10-01
end = "2026-11-01T00:00:00-05:00"
timezone = "America/Bogota"
every = "whole"
[matrix]
countries = ["US", "CO"]
channels = "all"
services = [{{ sid = "{login}", name = "Login" }}, "{other}"]
destination_prefixes = ["+57305", "+1"]
remainder = false
[limits]
requests_per_minute = 30
burst = 1
list_has_own_limit = true
concurrency = 0x10
timeout = "500ms"
max_tries = 1
retry_for = "1m"
[plan]
strategy = "exhaustive"
[output]
directory = "/tmp/x"
formats = ["csv", "parquet"]
partition = "none"
compression = "snappy"
"#
    ));
    assert_eq!(job.source.endpoint.origin(), "http://localhost:8080/x");
    assert_eq!((job.source.interval, job.source.retention), (Interval::OpenClosed, None));
    let (start, end) = (UnixSeconds(1_790_830_800), UnixSeconds(1_793_509_200));
    assert_eq!(job.windows.what, Range::Between { start, end });
    assert_eq!(job.shape.countries.as_ref().map(|countries| countries[0].code().to_owned()), Some("CO".to_owned()));
    assert_eq!((job.countries, job.channels, job.remainder), (Listing::Listed, Listing::Every, Remainder::Drop));
    assert_eq!(job.shape.channels, Some(Channel::ALL.to_vec()));
    assert_eq!(job.shape.services.as_ref().map(|services| services[0].to_string()), Some(other));
    assert_eq!(job.service_names, [(login.parse().unwrap(), "Login".to_owned())].into());
    assert_eq!((job.limits.burst.map(u32::from), job.limits.list_has_own_limit), (Some(1), true));
    assert_eq!((job.limits.concurrency.get(), job.limits.timeout), (16, Duration::from_millis(500)));
    assert_eq!(job.strategy, JobStrategy::Exhaustive);
    assert_eq!(job.output.formats, [Format::Parquet, Format::Csv]);
    assert_eq!(job.output.partition, Partition::None);
}

#[test]
fn what_is_left_out_has_its_default() {
    let job = right("[windows]\nrange = \"today\"");
    assert_eq!(job.source.endpoint, Endpoint::parse("https://verify.twilio.com").unwrap());
    assert_eq!(job.source.retention, Some(Duration::from_hours(720)));
    assert_eq!((job.countries, job.channels, job.remainder), (Listing::Unsplit, Listing::Unsplit, Remainder::Keep));
    assert_eq!(job.limits.requests_per_minute.map(u32::from), Some(100));
    assert_eq!((job.limits.burst, job.limits.list_has_own_limit), (None, false));
    assert_eq!(job.strategy, JobStrategy::Auto);
    assert_eq!(job.output.formats, [Format::Parquet]);
}

#[test]
fn pages_alone_need_the_job_s_leave() {
    let file = |source: &str| format!("[windows]\nrange = \"today\"\n[source]\n{source}\n[plan]\nstrategy = \"list\"");
    for source in ["", "list = false"] {
        let mistakes = wrong(&file(source));
        let [mistake] = &mistakes[..] else { panic!("{mistakes:?}") };
        assert!(mistake.contains("does not allow the list"), "{mistake}");
    }
    assert_eq!(wrong(&file("list = 1")).len(), 1, "one mistake is told once");
    let job = right(&file("list = true"));
    assert_eq!((job.strategy, job.source.may_list), (JobStrategy::List, true));
}

#[test]
fn a_burst_shrinks_with_its_limit() {
    let mut limits = right("[windows]\nrange = \"today\"\n[limits]\nburst = 50").limits;
    limits.set_requests_per_minute(20);
    assert_eq!((limits.requests_per_minute.map(u32::from), limits.burst.map(u32::from)), (Some(20), Some(20)));
    limits.set_requests_per_minute(0);
    assert_eq!((limits.requests_per_minute, limits.burst), (None, None));
}

#[test]
fn a_report_has_its_defaults_and_its_limits() {
    let file = |report: &str| format!("name = \"x\"\n[windows]\nrange = \"today\"\n{report}");
    let read = |report: &str| Job::parse(&file(report), "job.toml").unwrap().report;
    assert_eq!(read(""), None);
    assert_eq!(read("[report]\n"), Some(ReportSettings::default()));
    let set = read("[report]\nperiod = \"day\"\n[report.attention]\nhistory = \"4w\"\ndrop = \"7.5%\"\n").unwrap();
    assert_eq!((set.period, set.attention.history), (PeriodKind::Day, Duration::from_hours(28 * 24)));
    assert!((set.attention.drop.fraction() - 0.075).abs() < 1e-12);
    for (report, what) in [
        ("formats = [\"pdf\"]", "`pdf` is no value of `formats`"),
        ("formats = []", "`formats` is empty"),
        ("top_countries = 0", "`top_countries` is out of range"),
        ("[report.attention]\nhistory = \"36h\"", "`history` is no number of days"),
        ("[report.attention]\nhistory = \"400d\"", "`history` is no number of days"),
        ("[report.attention]\nfailed_below = \"61%\"", "`failed_below` is out of range"),
        ("[report.attention]\nfailed_below = \"0%\"", "`failed_below` is out of range"),
        ("[report.attention]\nsilent_below = \"41%\"", "`silent_below` is out of range"),
        ("[report.attention]\ndrop = \"five\"", "`five` is no percentage"),
        ("[report.attention]\nspike_factor = 1", "`spike_factor` is out of range"),
        ("[report.attention]\ntop_countries = 3", "unknown key `top_countries`"),
    ] {
        let mistakes = Job::parse(&file(&format!("[report]\n{report}\n")), "job.toml").unwrap_err();
        let found: Vec<_> = mistakes.list().iter().map(Mistake::what).collect();
        assert_eq!(found, [what], "{report}");
    }
}

/// Amounts pass through no float, quoted or not; each mistake is noted where it stands.
#[test]
fn prices_are_read_exactly_and_their_mistakes_noted() {
    let row = "[[report.prices.list]]\n";
    let set = format!(
        "[windows]\nrange = \"today\"\n{row}country = \"CO\"\nchannel = \"sms\"\nprice = 0.0538\ncurrency = \"USD\"\n\
         {row}price = \"0.1\"\ncurrency = \"EUR\"\n{row}country = \"ZZ\"\nprice = 2\ncurrency = \"USD\"\n"
    );
    let prices = right(&set).report.unwrap().prices.unwrap();
    let price = |country: &str| {
        let part = (crate::model::Country::from_table(country), Some(Channel::Sms));
        let (_, price) = prices.list().unwrap().price(part).unwrap();
        format!("{} {}", price.amount, price.currency)
    };
    assert_eq!(["CO", "US", "ZZ"].map(price), ["0.0538 USD", "0.10 EUR", "2.00 USD"]);
    let file = right("[windows]\nrange = \"today\"\n[report.prices]\nfile = \"a/prices.csv\"\n").report.unwrap().prices;
    assert_eq!(file, Some(crate::job::Prices::File("a/prices.csv".into())));
    for (rest, what) in [
        ("[report.prices]\n".to_owned(), "`[report.prices]` has no prices"),
        ("[report.prices]\nfile = \"\"\n".to_owned(), "`file` is no path"),
        ("[report.prices]\nlist = []\n".to_owned(), "`list` is empty"),
        ("[report.prices]\nlist = \"prices.csv\"\n".to_owned(), "`list` is a string"),
        (
            format!("[report.prices]\nfile = \"p.csv\"\n{row}price = \"1\"\ncurrency = \"USD\"\n"),
            "`file` beside `list`",
        ),
        (format!("{row}currency = \"USD\"\n"), "a price without `price`"),
        (format!("{row}price = \"1\"\n"), "a price without `currency`"),
        (format!("{row}price = \"1,5\"\ncurrency = \"USD\"\n"), "`1,5` is no price"),
        (format!("{row}price = 1e-3\ncurrency = \"USD\"\n"), "`1e-3` is no price"),
        (format!("{row}price = -1\ncurrency = \"USD\"\n"), "`-1` is no price"),
        (format!("{row}price = 1\ncurrency = \"usd\"\n"), "`usd` is no currency"),
        (format!("{row}price = 1\ncurrency = \"USD\"\ncountry = \"uk\"\n"), "`uk` is no country"),
        (format!("{row}price = 1\ncurrency = \"USD\"\nchannel = \"SMS\"\n"), "`SMS` is no channel"),
        (format!("{row}price = 1\ncurrency = \"USD\"\nsum = 1\n"), "unknown key `sum`"),
        (format!("{0}{0}", format!("{row}price = 1\ncurrency = \"USD\"\n")), "* and * stand here twice"),
    ] {
        assert_eq!(wrong(&rest), [what], "{rest}");
    }
}

#[test]
fn a_database_is_named_without_its_password() {
    let file = |output: &str| format!("name = \"a\"\n[windows]\nrange = \"today\"\n[output]\n{output}\n");
    let job = Job::parse(&file("postgres = \"postgres://u@h/d\"\npostgres_table = \"s.t\""), "a.toml").unwrap();
    let output = job.output.postgres.unwrap();
    assert_eq!((output.url.to_string(), output.table.plain()), ("postgres://u@h:5432/d".to_owned(), "s.t".to_owned()));
    for (output, told) in [
        ("postgres = \"postgres://u:hunter2@h/d\"", "PGPASSWORD"),
        ("postgres = \"postgres://u@h/d?password=hunter2\"", "PGPASSWORD"),
        ("postgres = \"postgres://u@h/d?sslmode=prefer#hunter2\"", "no PostgreSQL URL"),
        ("postgres_table = \"t\"", "`postgres_table` without `postgres`"),
        ("postgres = \"postgres://u@h/d\"\npostgres_table = \"T\"", "no table"),
    ] {
        let shown = Job::parse(&file(output), "a.toml").unwrap_err().render(Style::Plain);
        assert!(shown.contains(told) && !shown.contains("hunter2"), "{shown}");
    }
}

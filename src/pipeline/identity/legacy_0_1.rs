//! How release 0.1 identified a run: by the debug print of its structs. Frozen, so that its open runs are taken up.
//!
//! The text is put together from values by the names that things had then. Nothing of ours is printed by `{:?}` here:
//! renaming a struct, field or variant must not change it. Only paths and texts are, whose escapes are the standard
//! library's.

use std::path::Path;
use std::time::Duration;

use url::Host;

use crate::job::{Endpoint, Every, Job, Range, Unit};
use crate::model::{Channel, Interval, JobStrategy, Listing, MatrixShape, Remainder};
use crate::planner::Freshness;

/// What release 0.1 hashed.
#[expect(clippy::unnecessary_debug_formatting, reason = "that release wrote the path so")]
pub(super) fn text(job: &Job, freshness: Freshness, dataset: &Path) -> String {
    let (source, windows) = (&job.source, &job.windows);
    let source = format!(
        "Source {{ endpoint: {}, interval: {}, settle_after: {}, attempts_settle: {}, retention: {} }}",
        endpoint(&source.endpoint),
        interval(source.interval),
        duration(source.settle_after),
        duration(source.attempts_settle),
        option(source.retention.map(duration)),
    );
    let windows = format!(
        "WindowPlan {{ what: {}, every: {}, timezone: {} }}",
        range(windows.what),
        every(windows.every),
        windows.timezone.name()
    );
    let remainder = match job.remainder {
        Remainder::Keep => "Keep",
        Remainder::Drop => "Drop",
    };
    let strategy = match job.strategy {
        JobStrategy::Exhaustive => "Exhaustive",
        // That release read no pages.
        JobStrategy::Auto | JobStrategy::List if job.source.may_list => job.strategy.word(),
        JobStrategy::Auto | JobStrategy::List | JobStrategy::DrillDown => "DrillDown",
    };
    let refresh = match freshness {
        Freshness::Reuse => "false",
        Freshness::Refresh => "true",
    };
    let (name, shape) = (job.name.as_str(), shape(&job.shape));
    let (countries, channels) = (listing(job.countries), listing(job.channels));
    format!(
        "(JobName({name:?}), {source}, {windows}, {shape}, ({countries}, {channels}, {remainder}), {strategy}, \
         {refresh}, {dataset:?})"
    )
}

fn endpoint(endpoint: &Endpoint) -> String {
    let url = match endpoint {
        Endpoint::Simulator => return "Simulator".to_owned(),
        Endpoint::Url(url) => url,
    };
    let host = url.host().map(|host| match host {
        Host::Domain(name) => format!("Domain({name:?})"),
        Host::Ipv4(address) => format!("Ipv4({address})"),
        Host::Ipv6(address) => format!("Ipv6({address})"),
    });
    // A job's URL has no other parts.
    format!(
        "Url(Url {{ scheme: {:?}, cannot_be_a_base: false, username: \"\", password: None, host: {}, port: {}, \
         path: {:?}, query: None, fragment: None }})",
        url.scheme(),
        option(host),
        option(url.port()),
        url.path(),
    )
}

const fn interval(interval: Interval) -> &'static str {
    match interval {
        Interval::ClosedOpen => "ClosedOpen",
        Interval::OpenClosed => "OpenClosed",
        Interval::Closed => "Closed",
        Interval::Open => "Open",
    }
}

/// Jobs have whole seconds only.
fn duration(duration: Duration) -> String {
    if duration.is_zero() { "0ns".to_owned() } else { format!("{}s", duration.as_secs()) }
}

fn range(range: Range) -> String {
    match range {
        Range::Current(of) => format!("Current({})", unit(of)),
        Range::Last { count, unit: of } => format!("Last {{ count: {count}, unit: {} }}", unit(of)),
        Range::Between { start, end } => {
            format!("Between {{ start: UnixSeconds({}), end: UnixSeconds({}) }}", start.0, end.0)
        }
    }
}

const fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Hour => "Hour",
        Unit::Day => "Day",
        Unit::Week => "Week",
        Unit::Month => "Month",
    }
}

const fn every(every: Every) -> &'static str {
    match every {
        Every::Hour => "Hour",
        Every::Day => "Day",
        Every::Week => "Week",
        Every::Month => "Month",
        Every::Whole => "Whole",
    }
}

fn shape(shape: &MatrixShape) -> String {
    let channel = |channel: &Channel| match channel {
        Channel::Call => "Call",
        Channel::Email => "Email",
        Channel::Rbm => "Rbm",
        Channel::Sms => "Sms",
        Channel::Whatsapp => "Whatsapp",
        Channel::Control => "Control",
    };
    format!(
        "MatrixShape {{ services: {}, countries: {}, channels: {}, prefixes: {} }}",
        list(shape.services.as_deref(), ToString::to_string),
        list(shape.countries.as_deref(), |country| country.code().to_owned()),
        list(shape.channels.as_deref(), |value| channel(value).to_owned()),
        list(shape.prefixes.as_deref(), |prefix| format!("Prefix({})", prefix.digits())),
    )
}

const fn listing(listing: Listing) -> &'static str {
    match listing {
        Listing::Unsplit => "Unsplit",
        Listing::Listed => "Listed",
        Listing::Every => "All",
    }
}

fn list<T>(values: Option<&[T]>, text: impl Fn(&T) -> String) -> String {
    option(values.map(|values| format!("[{}]", values.iter().map(text).collect::<Vec<_>>().join(", "))))
}

fn option(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "None".to_owned(), |value| format!("Some({})", value.to_string()))
}

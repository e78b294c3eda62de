//! The job that looks into an attack: the country's messages by destination prefix.

use chrono::{Days, NaiveDate};

use super::super::format::channel_name;
use super::super::model::FlagScope;
use crate::job::{Endpoint, Job};
use crate::model::{Channel, Country, calling_code};

/// The longest name of a job.
const LONGEST_NAME: usize = 64;

/// A job file that asks for one country's text messages and calls on some days by the first two digits after the
/// calling code; attackers rent blocks of neighbouring numbers. `None` without a country.
pub(super) fn prefix_job(job: &Job, place: &FlagScope, first: NaiveDate, last: NaiveDate) -> Option<String> {
    let country = place.country.filter(|country| *country != Country::REMAINDER)?;
    let code = calling_code(country)?;
    let suffix = format!("-{}-prefixes", country.code().to_lowercase());
    let name: String = job.name.as_str().chars().take(LONGEST_NAME - suffix.len()).collect();
    let base_url = match &job.source.endpoint {
        Endpoint::Simulator => "simulator".to_owned(),
        Endpoint::Url(url) => url.as_str().trim_end_matches('/').to_owned(),
    };
    let prefixes: Vec<String> = (0..100).map(|digits| format!("\"+{code}{digits:02}\"")).collect();
    let prefixes: Vec<String> = prefixes.chunks(10).map(|ten| format!("  {},\n", ten.join(", "))).collect();
    let services = place.service.map_or(String::new(), |service| format!("services = [\"{service}\"]\n"));
    let limit = job.limits.requests_per_minute.map_or(0, std::num::NonZeroU32::get);
    let after = last + Days::new(1);
    let channels = [Channel::Sms, Channel::Call];
    let names = channels.map(channel_name).join(" and ");
    let quoted = channels.map(|channel| format!("\"{channel}\"")).join(", ");
    Some(format!(
        "# {names} to {} by destination prefix: a block of numbers that hardly converts is where an attack went.\n\
         name = \"{name}{suffix}\"\n\n\
         [source]\nbase_url = \"{base_url}\"\ninterval = \"{}\"\n\n\
         [windows]\nstart = \"{first}\"\nend = \"{after}\"\nevery = \"day\"\ntimezone = \"{}\"\n\n\
         [matrix]\ncountries = [\"{country}\"]\nchannels = [{quoted}]\n{services}remainder = false\n\
         destination_prefixes = [\n{}]\n\n\
         [limits]\nrequests_per_minute = {limit}\n\n\
         [plan]\nstrategy = \"drill-down\"\n",
        country.name(),
        job.source.interval.symbol(),
        job.windows.timezone,
        prefixes.concat(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_job_is_one_that_check_accepts() {
        let long = "a".repeat(64);
        for (name, url) in [("monthly", "simulator"), (long.as_str(), "https://example.test/verify")] {
            let text = format!(
                "name = \"{name}\"\n[source]\nbase_url = \"{url}\"\ninterval = \"(]\"\n[windows]\n\
                 range = \"last-month\"\n\
                 timezone = \"America/Bogota\"\n[limits]\nrequests_per_minute = 30\n"
            );
            let job = Job::parse(&text, "job.toml").unwrap();
            for country in Country::all() {
                let place = FlagScope {
                    country: Some(country),
                    service: Some(crate::model::ServiceSid::ZEROS),
                    ..FlagScope::default()
                };
                let dates = ["2026-10-30", "2026-10-31"].map(|date| date.parse().unwrap());
                let text = prefix_job(&job, &place, dates[0], dates[1]).unwrap();
                let made = Job::parse(&text, "made.toml").unwrap_or_else(|mistakes| panic!("{mistakes}\n{text}"));
                assert_eq!((made.source, made.limits), (job.source.clone(), job.limits));
                assert_eq!(made.windows.timezone, job.windows.timezone);
                assert_eq!(made.shape.cells_per_window(), 200);
                let windows = made.windows.windows(crate::model::UnixSeconds(4_000_000_000)).count();
                assert_eq!(windows, 2);
                assert_ne!(made.name, job.name);
            }
        }
    }

    #[test]
    fn the_remainder_has_no_prefixes() {
        let job = Job::parse("name = \"x\"\n[windows]\nrange = \"last-month\"\n", "job.toml").unwrap();
        let date = "2026-10-30".parse().unwrap();
        let place = |country| FlagScope { country, ..FlagScope::default() };
        assert_eq!(prefix_job(&job, &place(Some(Country::REMAINDER)), date, date), None);
        assert_eq!(prefix_job(&job, &place(None), date, date), None);
    }
}

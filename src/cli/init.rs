//! `init [NAME]`: writes a job file to start from, and says what comes next. It asks nothing.
//!
//! The text is a sample job's, under another name: what the tests run is what people begin with. A file that is there
//! is never written over.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use super::args::{InitArgs, Template};
use super::exit::{CommandError, Exit};
use super::output::say;

/// A sample job, and what of its text depends on its name.
struct Sample {
    text: &'static str,
    path: &'static str,
    job: &'static str,
    /// How the file is called unless the user says so.
    default_name: &'static str,
    about: &'static str,
}

const DAILY: Sample = Sample {
    text: include_str!("../../jobs/daily.toml"),
    path: "jobs/daily.toml",
    job: "daily-conversion",
    default_name: "daily",
    about: "the last four weeks by day, country and channel, kept up to date",
};

const MONTHLY: Sample = Sample {
    text: include_str!("../../jobs/monthly.toml"),
    path: "jobs/monthly.toml",
    job: "monthly-conversion",
    default_name: "monthly",
    about: "last month by day, country and channel, with its report; it needs a daily job beside it, as it says",
};

const HOURLY: Sample = Sample {
    text: include_str!("../../jobs/hourly-watch.toml"),
    path: "jobs/hourly-watch.toml",
    job: "hourly-watch",
    default_name: "hourly",
    about: "the last two days by hour, country and channel",
};

/// Writes the file, and says so.
pub fn init(arguments: &InitArgs) -> Result<Exit, CommandError> {
    let sample = match arguments.template.chosen() {
        Template::Daily => DAILY,
        Template::Monthly => MONTHLY,
        Template::Hourly => HOURLY,
    };
    let name = arguments.name.as_ref().map_or(sample.default_name, |name| name.as_str());
    let file = format!("{name}.toml");
    write_new(Path::new(&file), &sample.named(name)).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => CommandError::usage(format!(
            "{file} is there already and stays as it is; choose another name: verify-rollup init NAME"
        )),
        _ => CommandError::failed(format!("cannot write the job file {file}: {error}")),
    })?;
    say(&next_steps(&file, sample.about))
}

impl Sample {
    /// The text for a job of that name, in a file of that name in the working directory.
    fn named(&self, name: &str) -> String {
        // The job's name comes first: a path that holds it still begins with `jobs/` then, and is no other's.
        let text = self.text.replace(self.job, name);
        text.replace(self.path, &format!("{name}.toml")).replace("jobs/", "")
    }
}

/// Writes a file that is not there yet: whole, or not at all.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.inspect_err(|_| {
        // It is ours and of no use; if it cannot be removed either, the first error says more.
        let _ = fs::remove_file(path);
    })
}

fn next_steps(file: &str, about: &str) -> String {
    format!(
        "wrote {file}: {about}

Look through it, above all the countries, the channels and the time zone. Then:

  verify-rollup check {file}
  export TWILIO_ACCOUNT_SID=AC… TWILIO_AUTH_TOKEN=…   # or TWILIO_API_KEY and TWILIO_API_SECRET; or lines of .env
  verify-rollup plan {file}   # what it would ask, and how long that takes
  verify-rollup run {file}    # asks, reconciles, publishes below output/

Without an account, on a simulated one:

  verify-rollup run {file} --base-url simulator --requests-per-minute 0 --output simulated
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::Job;

    #[test]
    fn a_template_is_its_sample_under_another_name() {
        for sample in [DAILY, MONTHLY, HOURLY] {
            assert_eq!(Job::parse(sample.text, sample.path).unwrap().name.as_str(), sample.job);
            // Names that hold the sample's own must not be replaced twice.
            for name in ["x", "daily", "hourly-watch-2", "my-monthly-conversion"] {
                let text = sample.named(name);
                let job = Job::parse(&text, "x.toml").unwrap();
                assert_eq!(job.name.as_str(), name);
                assert!(text.contains(&format!("verify-rollup run {name}.toml")), "{text}");
                assert!(!text.contains("jobs/"), "{text}");
                let back = text.replace(&format!("{name}.toml"), sample.path).replace(name, sample.job);
                assert_eq!(back.lines().count(), sample.text.lines().count());
            }
        }
    }
}

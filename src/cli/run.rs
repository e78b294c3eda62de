//! `run JOB`: hands the job to the pipeline, shows its progress, and says what happened.

use std::num::NonZeroU32;

use super::args::{LogFormat, RunArgs, RunFailOn};
use super::exit::{CommandError, Exit};
use super::hooks::hooks;
use super::load::Loaded;
use super::log::about_run;
use super::message::CommandMessage;
use super::metrics::MetricsFile;
use super::notify::Notifier;
use super::outcome::report;
use super::signals::{Signals, runtime};
use crate::clock::{Clock, SystemClock};
use crate::job::{NotifyEvent, PeriodKind, ReportSettings};
use crate::message::tell;
use crate::pipeline::{self, Options, Summary};
use crate::progress::{Display, Progress};
use crate::run::{Event, Observer};
use crate::sink::dataset::{Loss, Rewrite};

/// Executes a job, leaves its metrics, and tells others.
pub fn run(asked: &RunArgs) -> Result<Exit, CommandError> {
    let (loaded, nobody) = Loaded::to_run(&asked.job)?;
    let metrics = asked.metrics_file.as_deref();
    let metrics = metrics.map(|path| MetricsFile::new(path, &loaded.order.job)).transpose()?;
    let targets = loaded.environment.targets(&loaded.order.job.notify);
    let notifier = Notifier::begin(targets, loaded.order.job.name.as_str());
    let mut summary = None;
    let ended = nobody.map_or_else(|| execute(asked, loaded, &mut summary), Err);
    let exit = ended.as_ref().map_or_else(|error| error.exit, |exit| *exit);
    let written = metrics.map_or(Ok(()), |file| file.write(exit, summary.as_ref(), SystemClock.now()));
    let ended = match (ended, written) {
        (Ok(Exit::Success), Err(error)) => Err(error),
        (ended, _) => ended,
    };
    notifier.end(&ended, summary.as_ref());
    ended
}

/// Its summary is left, too, where it came to one.
fn execute(asked: &RunArgs, mut loaded: Loaded, summary: &mut Option<Summary>) -> Result<Exit, CommandError> {
    let arguments = &asked.job;
    let access = loaded.access()?;
    let wants_attention = asked.fail_on.contains(&RunFailOn::Attention)
        || loaded.order.job.notify.iter().any(|(_, events)| events.contains(&NotifyEvent::Attention));
    let by_the_day = ReportSettings { period: PeriodKind::Day, ..ReportSettings::default() };
    loaded.order.options = Options {
        attention: wants_attention.then_some(by_the_day),
        spot_check: asked.spot_check,
        loss: if asked.accept_loss { Loss::Accepted } else { Loss::Told },
        rewrite: if asked.rewrite { Rewrite::All } else { Rewrite::Changed },
        ..loaded.order.options
    };
    loaded.log_in()?;
    let hooks = hooks()?;
    let display = match arguments.log.log_format {
        LogFormat::Json => Display::Events,
        LogFormat::Text if arguments.log.quiet => Display::Lines,
        LogFormat::Text => Display::Automatic,
    };
    let limit = loaded.order.job.limits.requests_per_minute;
    let mut watcher = Watcher(Progress::new(display, limit.map(NonZeroU32::get)));
    runtime()?.block_on(async {
        let signals = Signals::listen_for(asked.stop_after)?;
        let ran = pipeline::run(&loaded.order, access, hooks, &mut watcher, signals.stop.clone()).await?;
        let stopped = signals.received().unwrap_or(Exit::Interrupted);
        let Some(outcome) = ran else {
            tell(&CommandMessage::CommandStopped { exit: stopped as u8 });
            return Ok(stopped);
        };
        *summary = Some(outcome.summary.clone());
        report(outcome, asked, stopped)
    })
}

/// Shows a run, and lets the log say which one it is.
struct Watcher(Progress);

impl Observer for Watcher {
    fn on(&mut self, event: &Event<'_>) {
        if let Event::Began { run_id, .. } = event {
            about_run(&run_id.to_string());
        }
        self.0.on(event);
    }
}

//! `run JOB`: hands the job to the pipeline, shows its progress, and says what happened.

use std::num::NonZeroU32;

use super::accounts;
use super::args::{LogFormat, RunArgs, RunFailOn};
use super::exit::{CommandError, Exit};
use super::hooks::hooks;
use super::load::{Loaded, Whose};
use super::log::about_run;
use super::message::CommandMessage;
use super::metrics::MetricsFile;
use super::notify::Notifier;
use super::outcome::{CameTo, report};
use super::signals::{Signals, runtime};
use crate::clock::{Clock, SystemClock};
use crate::job::{NotifyEvent, PeriodKind, ReportSettings};
use crate::message::tell;
use crate::pipeline::{self, Access, Order};
use crate::progress::{Display, Progress};
use crate::run::{Event, Observer};
use crate::sink::dataset::{Loss, Rewrite};

/// Executes a job, leaves its metrics, and tells others.
pub fn run(asked: &RunArgs) -> Result<Exit, CommandError> {
    let (mut loaded, nobody) = Loaded::to_run(asked)?;
    let metrics = asked.metrics_file.as_deref();
    let metrics = metrics.map(|path| MetricsFile::new(path, &loaded.order.job)).transpose()?;
    let targets = loaded.environment.targets(&loaded.order.job.notify);
    // A secret may come from a pipe: until it has, a signal ends the process.
    let access = nobody.map_or_else(|| prepare(asked, &mut loaded), Err);
    let runtime = runtime()?;
    let signals = runtime.block_on(async { Signals::listen_for(asked.stop_after) })?;
    let notifier = Notifier::begin(targets, loaded.order.job.name.as_str());
    let mut came_to = CameTo::default();
    let ended = access.and_then(|access| match access {
        Some(access) => runtime.block_on(execute(asked, &loaded.order, access, &signals, &mut came_to)),
        None => accounts::run(asked, &mut loaded, &signals, &mut came_to),
    });
    let exit = ended.as_ref().map_or_else(|error| error.exit, |exit| *exit);
    let written = metrics.map_or(Ok(()), |file| file.write(exit, &came_to, SystemClock.now()));
    let CameTo { summary, .. } = came_to;
    let ended = match (ended, written) {
        (Ok(Exit::Success), Err(error)) => Err(error),
        (ended, _) => ended,
    };
    runtime.block_on(notifier.end(&ended, summary.as_ref(), signals.stop));
    // A name that is still being looked up for a notice would be waited for.
    runtime.shutdown_background();
    ended
}

/// Takes what a run needs beside its job; of several accounts none is asked yet.
fn prepare(asked: &RunArgs, loaded: &mut Loaded) -> Result<Option<Access>, CommandError> {
    let access = match loaded.whose {
        Whose::Environment => Some(loaded.access()?),
        Whose::Named(_) => None,
    };
    let wants_attention = asked.fail_on.contains(&RunFailOn::Attention)
        || loaded.order.job.notify.iter().any(|(_, events)| events.contains(&NotifyEvent::Attention));
    let by_the_day = ReportSettings { period: PeriodKind::Day, ..ReportSettings::default() };
    let options = &mut loaded.order.options;
    options.attention = wants_attention.then_some(by_the_day);
    options.spot_check = asked.spot_check;
    options.loss = if asked.accept_loss { Loss::Accepted } else { Loss::Told };
    options.rewrite = if asked.rewrite { Rewrite::All } else { Rewrite::Changed };
    loaded.log_in()?;
    Ok(access)
}

/// Its summary is left, too, where it came to one.
async fn execute(
    asked: &RunArgs,
    order: &Order,
    access: Access,
    signals: &Signals,
    came_to: &mut CameTo,
) -> Result<Exit, CommandError> {
    let arguments = &asked.job;
    let hooks = hooks()?;
    let display = match arguments.log.log_format {
        LogFormat::Json => Display::Events,
        LogFormat::Text if arguments.log.quiet => Display::Lines,
        LogFormat::Text => Display::Automatic,
    };
    let limit = order.job.limits.requests_per_minute;
    let mut watcher = Watcher(Progress::new(display, limit.map(NonZeroU32::get)));
    let ran = Box::pin(pipeline::run(order, access, hooks, &mut watcher, signals.stop.clone())).await?;
    let stopped = signals.received().unwrap_or(Exit::Interrupted);
    let Some(outcome) = ran else {
        tell(&CommandMessage::CommandStopped { exit: stopped as u8 });
        return Ok(stopped);
    };
    came_to.summary = Some(outcome.summary.clone());
    report(outcome, asked, stopped)
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

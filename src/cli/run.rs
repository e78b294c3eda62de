//! `run JOB`: hands the job to the pipeline, shows its progress, and says what happened.

use std::num::NonZeroU32;

use super::args::{LogFormat, RunArgs};
use super::exit::{CommandError, Exit};
use super::hooks::hooks;
use super::load::Loaded;
use super::log::about_run;
use super::message::CommandMessage;
use super::outcome::report;
use super::signals::{Signals, runtime};
use crate::message::tell;
use crate::pipeline::{self, Options};
use crate::progress::{Display, Progress};
use crate::run::{Event, Observer};
use crate::sink::dataset::{Loss, Rewrite};

/// Executes a job.
pub fn run(asked: &RunArgs) -> Result<Exit, CommandError> {
    let arguments = &asked.job;
    let mut loaded = Loaded::new(arguments)?;
    let access = loaded.access()?;
    loaded.order.options = Options {
        spot_check: asked.spot_check,
        loss: if asked.accept_loss { Loss::Accepted } else { Loss::Told },
        rewrite: if asked.rewrite { Rewrite::All } else { Rewrite::Changed },
        ..loaded.order.options
    };
    if loaded.order.job.output.postgres.is_some() {
        loaded.order.options.postgres_login = loaded.environment.postgres_login()?;
    }
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
        report(outcome, arguments, stopped)
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

//! `run JOB`: hands the job to the pipeline, shows its progress, and says what happened.

use std::num::NonZeroU32;

use super::args::RunArgs;
use super::exit::{CommandError, Exit};
use super::hooks::hooks;
use super::load::Loaded;
use super::outcome::report;
use super::signals::{Signals, runtime};
use crate::pipeline::{self, Options};
use crate::progress::{Display, Progress};
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
    let hooks = hooks()?;
    let display = if arguments.log.quiet { Display::Silent } else { Display::Automatic };
    let limit = loaded.order.job.limits.requests_per_minute;
    let mut progress = Progress::new(display, limit.map(NonZeroU32::get));
    runtime()?.block_on(async {
        let signals = Signals::listen()?;
        let ran = pipeline::run(&loaded.order, access, hooks, &mut progress, signals.stop.clone()).await?;
        let stopped = signals.received().unwrap_or(Exit::Interrupted);
        ran.map_or(Ok(stopped), |outcome| report(outcome, arguments, stopped))
    })
}

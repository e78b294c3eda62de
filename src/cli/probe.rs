//! `probe JOB`: asks the account how it behaves, and says what the job file should say of it. Nothing is written but
//! the bucket that all processes of the account share.

mod advice;
mod record;
mod report;
mod text;

use super::args::AskArgs;
use super::conversation::{Break, Conversation, converse};
use super::exit::{CommandError, Exit};
use super::load::Loaded;
use super::message::{CommandMessage, ProbeTopic};
use super::output::{print_json, say};
use crate::clock::{Clock, SystemClock};
use crate::fetch::HttpApi;
use crate::message::tell;
use crate::model::{ApiFailure, FailureKind, UnixSeconds, Window};
use crate::probe::{Probe, Reply, Terms, Topic};
use crate::run::{Asked, Asker};
use advice::Advice;
use report::Report;

/// Probes the account of a job.
pub fn probe(arguments: &AskArgs) -> Result<Exit, CommandError> {
    let loaded = Loaded::to_ask(arguments)?;
    let access = loaded.access()?;
    let Loaded { order, .. } = loaded;
    let as_of = UnixSeconds::from(SystemClock.now());
    let (start, end) = order.job.windows.bounds(as_of);
    let probe = Probe::new(Terms { as_of, range: Window::new(start, end), shape: order.job.shape.clone() });
    let Conversation { ended, tally } = converse(&order, access, probe, ask_all)?;
    let (probe, ended) = match ended {
        Ok(ended) => ended,
        Err(exit) => return Ok(exit),
    };
    let findings = probe.conclude();
    let advice = Advice::new(&order.job, &findings);
    let report = Report { order: &order, as_of, findings, advice, tally, ended };
    if arguments.json {
        print_json(&record::render(&report)?)?;
    } else {
        say(&text::render(&report))?;
    }
    Ok(if report.findings.failures.is_empty() && report.ended.is_none() { Exit::Success } else { Exit::Partial })
}

async fn ask_all(asker: &mut Asker<'_, HttpApi>, probe: &mut Probe) -> Result<(), Break> {
    let mut told = Vec::new();
    while let Some((question, about)) = probe.next() {
        if !told.contains(&about) {
            told.push(about);
            tell(&CommandMessage::ProbeAsks {
                about: match about {
                    Topic::Filters => ProbeTopic::Filters,
                    Topic::History => ProbeTopic::History,
                    Topic::Ends => ProbeTopic::Ends,
                },
            });
        }
        let words = question.to_string();
        let reply = match asker.ask(question).await? {
            Asked::Answered(counts) => {
                tell(&CommandMessage::ProbeAnswered { question: words, attempts: counts.attempts() });
                Reply::Counted(counts.attempts())
            }
            Asked::Failed(ApiFailure { kind: FailureKind::Refused, message }) => {
                tell(&CommandMessage::ProbeRefused { question: words, cause: message.clone() });
                Reply::Refused(message)
            }
            Asked::Failed(ApiFailure { message, .. }) => {
                tell(&CommandMessage::ProbeFailed { question: words, cause: message.clone() });
                Reply::Failed(message)
            }
            Asked::Stopped => return Err(Break::Stopped),
            Asked::GaveUp(give_up) => return Err(Break::GaveUp(give_up)),
        };
        probe.learn(question, reply);
    }
    Ok(())
}

//! `investigate JOB --country MG`: looks into one slice, for the block of numbers that holds what did not convert.
//! Nothing is stored.

mod ask;
mod record;
mod sections;
mod text;

use super::args::{Day, InvestigateArgs, Moment, TextFormat};
use super::conversation::{Conversation, converse};
use super::exit::{CommandError, Exit};
use super::load::Loaded;
use super::output::{print_json, say};
use crate::clock::{Clock, SystemClock};
use crate::job::{day_start, local_date};
use crate::model::{Slice, UnixSeconds, Window};
use ask::{Look, look};

/// Looks, and says what was seen.
pub fn investigate(arguments: &InvestigateArgs) -> Result<Exit, CommandError> {
    let loaded = Loaded::to_ask(&arguments.ask)?;
    let access = loaded.access()?;
    let order = loaded.order;
    let now = UnixSeconds::from(SystemClock.now());
    let slice = Slice {
        country: Some(arguments.country),
        channel: arguments.channel,
        ..Slice::whole(range(arguments, order.job.windows.timezone, now)?)
    };
    let most = arguments.max_requests;
    let Conversation { ended, tally } = converse(&order, access, Look::new(slice), async |asker, seen| {
        look(asker, seen, &order.job.source, most, now).await
    })?;
    let (look, ended) = match ended {
        Ok(ended) => ended,
        Err(exit) => return Ok(exit),
    };
    if look.whole.is_none() && ended.is_none() {
        return Err(CommandError { exit: Exit::Partial, message: look.notes.join("\n") });
    }
    let mut notes = look.notes.clone();
    notes.extend(ended.as_ref().map(|ended| format!("Ended early: {ended}")));
    let seen = sections::Seen { order: &order, look: &look, notes, requests: tally.sent };
    match (arguments.ask.json, arguments.format) {
        (true, _) => print_json(&record::render(&seen)?)?,
        (false, TextFormat::Text) => say(&text::plain(&seen))?,
        (false, TextFormat::Md) => say(&text::markdown(&seen))?,
    };
    Ok(if ended.is_none() && look.whole.is_some() { Exit::Success } else { Exit::Partial })
}

fn range(arguments: &InvestigateArgs, zone: chrono_tz::Tz, now: UnixSeconds) -> Result<Window, CommandError> {
    let instant = |moment| match moment {
        Moment::Date(date) => day_start(date, zone),
        Moment::Instant(time) => UnixSeconds::from(time),
    };
    let today = local_date(now, zone);
    let (start, end) = match (arguments.day, arguments.from, arguments.to) {
        (_, Some(from), Some(to)) => (instant(from), instant(to)),
        (day, _, _) => {
            let date = match day {
                Some(Day::Date(date)) => date,
                Some(Day::Yesterday) | None => today.pred_opt().unwrap_or(today),
            };
            (day_start(date, zone), day_start(date.succ_opt().unwrap_or(date), zone))
        }
    };
    if start >= now {
        return Err(CommandError::usage("nothing of the time that is asked for has passed yet"));
    }
    Window::new(start, end.min(now)).ok_or_else(|| CommandError::usage("--to is not later than --from"))
}

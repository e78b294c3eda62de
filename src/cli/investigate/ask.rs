//! What is asked of the account: the slice, the weeks before it, then its attempts or its prefixes.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::cli::conversation::Break;
use crate::fetch::{HttpApi, NextPage, PageQuestion};
use crate::investigate::{Descent, Tally, Usual};
use crate::job::Source;
use crate::listing::Reading;
use crate::model::{ApiFailure, Counts, PAGE_SIZE, Prefix, RawSlice, Slice, UnixSeconds, Window, calling_code};
use crate::run::{Asked, Asker};

const WEEK: i64 = 7 * 86_400;
/// The weeks before the slice that say what is usual.
const WEEKS: i64 = 4;
/// A list that differs from Summary by more than this part of it shows something else.
const MOST_APART: i64 = 10;
/// The vendor's word on how far the list reaches back: "the last 30 days". An hour less, as it goes on while we read.
const LIST_REACHES: Duration = Duration::from_hours(30 * 24 - 1);

/// What was seen so far.
pub(super) struct Look {
    pub(super) slice: Slice,
    /// What Summary counts of it; `None`: it gave no answer.
    pub(super) whole: Option<Counts>,
    /// The weeks before it that could be asked.
    pub(super) weeks: Vec<Counts>,
    pub(super) found: Found,
    /// What stands in the way of more.
    pub(super) notes: Vec<String>,
}

/// How it was looked, and what came of it.
pub(super) enum Found {
    Nothing,
    Listed { tally: Box<Tally>, pages: u64 },
    ByPrefix(Descent),
}

impl Look {
    pub(super) const fn new(slice: Slice) -> Self {
        Self { slice, whole: None, weeks: Vec::new(), found: Found::Nothing, notes: Vec::new() }
    }

    pub(super) fn usual(&self) -> Usual {
        Usual::of(&self.weeks)
    }
}

/// Looks into a slice with at most so many requests.
pub(super) async fn look(
    asker: &mut Asker<'_, HttpApi>,
    seen: &mut Look,
    source: &Source,
    most: NonZeroU32,
    now: UnixSeconds,
) -> Result<(), Break> {
    let start = seen.slice.range.start();
    let oldest = source.retention.map(|retention| before(now, retention));
    if let Some(oldest) = oldest.filter(|oldest| start < *oldest) {
        seen.notes
            .push(format!("What is older than {oldest} may have expired: of it, few attempts or none mean nothing."));
    }
    let whole = match count(asker, seen.slice, source).await? {
        Ok(counts) => counts,
        Err(failure) => {
            seen.notes.push(format!("Summary does not say what the slice holds: {failure}"));
            return Ok(());
        }
    };
    seen.whole = Some(whole);
    if whole == Counts::ZERO {
        return Ok(());
    }
    for ago in 1..=WEEKS {
        let (from, to) = (start.plus_seconds(-ago * WEEK), start.plus_seconds((1 - ago) * WEEK));
        // Half a week would be none: what has expired counts as if it had never been.
        let Some(week) = Window::new(from, to).filter(|_| oldest.is_none_or(|oldest| oldest <= from)) else { break };
        if asker.tally().sent >= u64::from(most.get()) {
            break;
        }
        match count(asker, Slice { range: week, ..seen.slice }, source).await? {
            Ok(counts) => seen.weeks.push(counts),
            Err(failure) => seen.notes.push(format!("The week from {from} could not be compared: {failure}")),
        }
    }
    if source.may_list && !read(asker, seen, whole, most, now).await? {
        seen.notes.push("Summary was asked by prefix instead of the list.".to_owned());
    }
    if matches!(seen.found, Found::Nothing) {
        descend(asker, seen, whole, source, most).await?;
    }
    Ok(())
}

/// Reads the slice's attempts, if the list has them and they are few enough.
async fn read(
    asker: &mut Asker<'_, HttpApi>,
    seen: &mut Look,
    whole: Counts,
    most: NonZeroU32,
    now: UnixSeconds,
) -> Result<bool, Break> {
    let Slice { range, country, channel, .. } = seen.slice;
    let left = u64::from(most.get()).saturating_sub(asker.tally().sent);
    let expected = u64::try_from(whole.attempts()).unwrap_or(0) / u64::from(PAGE_SIZE) + 1;
    if range.start() < before(now, LIST_REACHES) {
        seen.notes.push("The list reaches back 30 days, and the slice begins earlier.".to_owned());
        return Ok(false);
    }
    if expected > left {
        let needed = asker.tally().sent + expected;
        seen.notes
            .push(format!("The list would take about {needed} requests: see --max-requests, --channel and --day."));
        return Ok(false);
    }
    // A second wider, so that it does not matter which bounds count.
    let (after, end) = (range.start().plus_seconds(-1), range.end().plus_seconds(1));
    let slice = RawSlice { country, channel, ..RawSlice::between(Some(after.into()), Some(end.into())) };
    let (mut reading, mut tally, mut next) = (Reading::expecting(expected), Tally::new(seen.slice), None);
    loop {
        let page = match asker.page(PageQuestion { slice, next }).await? {
            Asked::Answered(page) => page,
            Asked::Failed(ApiFailure { message, .. }) => {
                seen.notes.push(format!("The list gave no page: {message}"));
                return Ok(false);
            }
            Asked::Stopped => return Err(Break::Stopped),
            Asked::GaveUp(give_up) => return Err(Break::GaveUp(give_up)),
        };
        let follows = page.next.as_ref().map(NextPage::fingerprint);
        match reading.take(page.attempts, follows) {
            Ok(fresh) => fresh.iter().for_each(|attempt| tally.add(attempt)),
            Err(error) => {
                seen.notes.push(format!("The list is not to be trusted: {error}."));
                return Ok(false);
            }
        }
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    let (listed, counted) = (tally.counts.attempts(), whole.attempts());
    if tally.counts != whole {
        let (there, here) = (whole.converted(), tally.counts.converted());
        seen.notes.push(format!(
            "Summary counts {counted} attempts, {there} converted; the list holds {listed}, {here} converted."
        ));
    }
    if (listed - counted).abs() * MOST_APART > counted {
        return Ok(false);
    }
    seen.found = Found::Listed { tally: Box::new(tally), pages: reading.pages() };
    Ok(true)
}

/// Asks Summary by prefix.
async fn descend(
    asker: &mut Asker<'_, HttpApi>,
    seen: &mut Look,
    whole: Counts,
    source: &Source,
    most: NonZeroU32,
) -> Result<(), Break> {
    let begin = seen.slice.country.and_then(calling_code).and_then(Prefix::from_digits);
    let left = u64::from(most.get()).saturating_sub(asker.tally().sent);
    let mut descent = Descent::new(whole, seen.usual(), begin, u32::try_from(left).unwrap_or(u32::MAX));
    while let Some(prefix) = descent.next() {
        let counts = count(asker, Slice { prefix: Some(prefix), ..seen.slice }, source).await?;
        if let Err(failure) = &counts {
            seen.notes.push(format!("{prefix} could not be asked: {failure}"));
        }
        descent.learn(prefix, counts.ok());
    }
    seen.found = Found::ByPrefix(descent);
    Ok(())
}

async fn count(asker: &mut Asker<'_, HttpApi>, slice: Slice, source: &Source) -> Result<Result<Counts, String>, Break> {
    match asker.ask(RawSlice::selecting(&slice, source.interval)).await? {
        Asked::Answered(counts) => Ok(Ok(counts)),
        Asked::Failed(ApiFailure { message, .. }) => Ok(Err(message)),
        Asked::Stopped => Err(Break::Stopped),
        Asked::GaveUp(give_up) => Err(Break::GaveUp(give_up)),
    }
}

fn before(now: UnixSeconds, age: Duration) -> UnixSeconds {
    now.plus_seconds(-i64::try_from(age.as_secs()).unwrap_or(i64::MAX))
}

//! A segment of the list while it is read: which page comes next, and what the attempts add up to so far.

use crate::fetch::{NextPage, Page, PageQuestion};
use crate::listing::{Counter, Reading, Untrustworthy};
use crate::model::{NewTally, Prefix, RawSlice, Segment, UnixMicros, UnixSeconds, Window};

/// Reads the pages of a segment, one after the other.
pub(super) struct Reader {
    segment: Segment,
    slice: RawSlice,
    next: Option<NextPage>,
    reading: Reading,
    counter: Counter,
    /// When the first page was asked for, and the server's own time then.
    began: Option<(UnixMicros, Option<UnixSeconds>)>,
}

/// What a page leaves to be done.
pub(super) enum Read {
    /// The next page is to be asked for.
    GoesOn(Box<Reader>),
    /// That was the last one.
    Whole(NewTally),
}

impl Reader {
    /// One that has read nothing. It counts by these windows and prefixes of the job.
    pub(super) fn new(segment: Segment, windows: &[Window], prefixes: &[Prefix]) -> Box<Self> {
        let range = segment.range;
        // A second wider, so that it does not matter which bounds the API counts.
        let (after, before) = (range.start().plus_seconds(-1), range.end().plus_seconds(1));
        Box::new(Self {
            segment,
            slice: RawSlice::between(Some(after.into()), Some(before.into())),
            next: None,
            reading: Reading::expecting(segment.pages()),
            counter: Counter::new(range, windows, prefixes),
            began: None,
        })
    }

    pub(super) const fn segment(&self) -> Segment {
        self.segment
    }

    /// Which page is asked for, from 1.
    pub(super) const fn number(&self) -> u64 {
        self.reading.pages() + 1
    }

    /// Pages that are expected after this one.
    pub(super) fn to_come(&self) -> u64 {
        self.segment.pages().saturating_sub(self.number())
    }

    pub(super) fn question(&self) -> PageQuestion {
        PageQuestion { slice: self.slice, next: self.next.clone() }
    }

    /// Takes in the page that was asked for.
    pub(super) fn take(mut self: Box<Self>, page: Page, asked_at: UnixMicros) -> Result<Read, Untrustworthy> {
        let Page { attempts, next, server_at, .. } = page;
        let (asked_at, server_at) = *self.began.get_or_insert((asked_at, server_at));
        let follows = next.as_ref().map(NextPage::fingerprint);
        for attempt in self.reading.take(attempts, follows)? {
            self.counter.add(&attempt);
        }
        self.next = next;
        if self.next.is_some() {
            return Ok(Read::GoesOn(self));
        }
        let Self { segment, counter, .. } = *self;
        Ok(Read::Whole(NewTally { range: segment.range, asked_at, server_at, rows: counter.finish() }))
    }
}

//! The parameters of the API that a plan uses, their control questions, and what is known of each.

use crate::model::{AnswerSource, Channel, Country, Filter, Prefix, Round, ServiceSid, Slice, UnixSeconds, Window};

use super::layout::{Layout, Place};

const DAY: i64 = 86_400;
/// 2000-01-01T00:00:00Z, before there was an API.
const LONG_AGO: UnixSeconds = UnixSeconds(946_684_800);
/// 2100-01-01T00:00:00Z, after every `as_of` of a clock that is right.
const FAR_AHEAD: UnixSeconds = UnixSeconds(4_102_444_800);

/// One parameter of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parameter {
    After,
    Before,
    Service,
    Country,
    Channel,
    Prefix,
}

impl Parameter {
    pub(super) const fn filter(self) -> Filter {
        match self {
            Self::After | Self::Before => Filter::Date,
            Self::Service => Filter::Service,
            Self::Country => Filter::Country,
            Self::Channel => Filter::Channel,
            Self::Prefix => Filter::Prefix,
        }
    }

    pub(super) const fn narrows(self, place: Place) -> bool {
        match self {
            Self::Country => matches!(place, Place::Cell { .. }),
            Self::Channel => !matches!(place, Place::AllChannels { .. }),
            Self::After | Self::Before | Self::Service | Self::Prefix => true,
        }
    }

    pub(super) const fn is_set(self, slice: &Slice) -> bool {
        match self {
            Self::After | Self::Before => true,
            Self::Service => slice.service.is_some(),
            Self::Country => slice.country.is_some(),
            Self::Channel => slice.channel.is_some(),
            Self::Prefix => slice.prefix.is_some(),
        }
    }

    /// The control question. Its answer shows whether this parameter is ignored, whatever becomes of the others.
    fn control(self, layout: &Layout, range: Window) -> Slice {
        let day = |start: UnixSeconds| Window::new(start, start.plus_seconds(DAY)).unwrap_or(range);
        let whole = Slice::whole(range);
        match self {
            Self::After => Slice::whole(day(layout.as_of().max(range.end()).max(FAR_AHEAD))),
            Self::Before => Slice::whole(day(range.start().min(LONG_AGO).plus_seconds(-DAY))),
            Self::Service => Slice { service: Some(ServiceSid::ZEROS), ..whole },
            Self::Country => Slice { country: Some(Country::REMAINDER), ..whole },
            Self::Channel => Slice { channel: Some(Channel::Control), ..whole },
            Self::Prefix => Slice { prefix: Some(Prefix::CONTROL), ..whole },
        }
    }
}

/// What a control question showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Heeded(AnswerSource),
    Ignored(AnswerSource),
    Unanswered,
}

/// Answers of which runs.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Runs {
    pub(super) now: bool,
    pub(super) earlier: bool,
}

impl Runs {
    pub(super) const fn add(&mut self, source: AnswerSource) {
        match source {
            AnswerSource::ThisRun => self.now = true,
            AnswerSource::EarlierRun => self.earlier = true,
            // The answers that it rests on count for themselves.
            AnswerSource::Inference => {}
        }
    }
}

/// What is known of one parameter.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) parameter: Parameter,
    /// `None` without windows.
    pub(super) control: Option<Slice>,
    /// Whose answers use it.
    pub(super) used: Runs,
    /// Whose answers showed that it is heeded.
    pub(super) seen: Runs,
    /// The last round in which its control was asked.
    pub(super) asked: Option<Round>,
    pub(super) verdict: Option<Verdict>,
    /// Whether that was asked when all cells had been.
    pub(super) is_late: bool,
    /// What its control showed when all else had been asked, if it was asked then.
    pub(super) at_last: Option<Verdict>,
}

impl Standing {
    pub(super) fn new(parameter: Parameter, layout: &Layout) -> Self {
        let control = layout.matrix().range().map(|range| parameter.control(layout, range));
        Self {
            parameter,
            control,
            used: Runs::default(),
            seen: Runs::default(),
            asked: None,
            verdict: None,
            is_late: false,
            at_last: None,
        }
    }

    pub(super) fn is_trusted(&self) -> bool {
        if matches!(self.at_last, Some(Verdict::Ignored(_))) {
            return false;
        }
        let by_control = match self.verdict {
            Some(Verdict::Heeded(AnswerSource::ThisRun)) => true,
            Some(Verdict::Heeded(AnswerSource::EarlierRun | AnswerSource::Inference)) => !self.used.now,
            _ => false,
        };
        by_control || self.seen.now || (!self.used.now && (!self.used.earlier || self.seen.earlier))
    }

    /// Whether this run's control showed that it is ignored: there is no point in asking on.
    pub(super) fn is_ignored(&self) -> bool {
        let is_ignored = |verdict| verdict == Some(Verdict::Ignored(AnswerSource::ThisRun));
        !self.is_trusted() && (is_ignored(self.verdict) || is_ignored(self.at_last))
    }

    pub(super) fn needs_evidence(&self) -> bool {
        self.used.now && !self.seen.now && self.asked.is_none()
    }
}

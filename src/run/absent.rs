//! Bodies without counts: whether they mean zero. Pure.
//!
//! An API may leave out a count of 0, and so answer `{}` to a question without attempts. It may also go blank for a
//! while, and answer `{}` to any question. A question about the future tells the two apart as far as can be told: its
//! answer is known to be zero, so the form that it comes in is a form of zero. Each form is known for itself, and until
//! it is, such a body is no answer.

use crate::fetch::{AskError, Received, ZeroForm};
use crate::model::UnixSeconds;

/// A range that begins so many seconds from now holds nothing yet, by any clock that is roughly right.
const WHOLLY_IN_THE_FUTURE: i64 = 30 * 60;

const LEFT_OUT: i64 = 1;
const NULL: i64 = 2;

/// The forms of bodies without counts that are known to mean zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AbsentCounts {
    left_out: Meaning,
    null: Meaning,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Meaning {
    #[default]
    Unknown,
    Zero,
}

impl AbsentCounts {
    /// The name of the note that keeps them for later runs.
    pub const NOTE: &'static str = "zero-form";

    /// The value of a note that knows each form.
    pub const EVERY_FORM: i64 = LEFT_OUT | NULL;

    /// What a note's value says; what it does not say is unknown.
    #[must_use]
    pub fn from_note(value: i64) -> Self {
        let meaning = |bit| if value & bit == 0 { Meaning::Unknown } else { Meaning::Zero };
        Self { left_out: meaning(LEFT_OUT), null: meaning(NULL) }
    }

    /// The value of a note; `None` while nothing is known.
    #[must_use]
    pub fn note(self) -> Option<i64> {
        let value = [(self.left_out, LEFT_OUT), (self.null, NULL)]
            .into_iter()
            .filter(|(meaning, _)| *meaning == Meaning::Zero)
            .map(|(_, bit)| bit)
            .sum();
        (value != 0).then_some(value)
    }

    /// Passes an answer on if it has counts or its form means zero, which it shows itself where it is about the future.
    ///
    /// `start` is where the question's range begins, `now` the later of the server's and the host's time.
    pub(super) fn admit(
        &mut self,
        received: Received,
        start: Option<UnixSeconds>,
        now: UnixSeconds,
    ) -> Result<Received, AskError> {
        let meaning = match received.zero_form {
            ZeroForm::Given => return Ok(received),
            ZeroForm::LeftOut => &mut self.left_out,
            ZeroForm::Null => &mut self.null,
        };
        if start.is_some_and(|start| start >= now.plus_seconds(WHOLLY_IN_THE_FUTURE)) {
            *meaning = Meaning::Zero;
        }
        match meaning {
            Meaning::Zero => Ok(received),
            Meaning::Unknown => Err(AskError::no_counts()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Body, Counts};

    const NOW: UnixSeconds = UnixSeconds(1_790_000_000);

    fn received(zero_form: ZeroForm) -> Received {
        Received { zero_form, ..Received::new(Body::default(), Counts::ZERO) }
    }

    #[test]
    fn only_the_future_shows_what_a_form_means_and_only_of_that_form() {
        use ZeroForm::{Given, LeftOut, Null};
        for (shown, start, asked, expected) in [
            (LeftOut, Some(1800), LeftOut, Ok(())),
            (LeftOut, Some(i64::MAX - NOW.0), LeftOut, Ok(())),
            (Null, Some(1800), Null, Ok(())),
            (LeftOut, Some(1799), LeftOut, Err(())),
            (LeftOut, Some(0), LeftOut, Err(())),
            (LeftOut, Some(-86_400), LeftOut, Err(())),
            (LeftOut, None, LeftOut, Err(())),
            (LeftOut, Some(1800), Null, Err(())),
            (Null, Some(1800), LeftOut, Err(())),
            (Given, Some(1800), LeftOut, Err(())),
            (LeftOut, Some(0), Given, Ok(())),
        ] {
            let mut absent = AbsentCounts::default();
            let start = start.map(|offset| NOW.plus_seconds(offset));
            let control = absent.admit(received(shown), start, NOW);
            assert_eq!(control.is_ok(), shown == Given || absent.note().is_some(), "{shown:?} {start:?}");
            let admitted = absent.admit(received(asked), Some(UnixSeconds(0)), NOW);
            let refused = admitted.as_ref().err().map(|error| error.message.as_str());
            assert_eq!(admitted.as_ref().map(|_| ()).map_err(|_| ()), expected, "{shown:?} {start:?} {asked:?}");
            assert_eq!(refused, expected.err().map(|()| "HTTP 200, but the body holds no count"));
        }
    }

    #[test]
    fn a_note_says_what_was_known() {
        for value in [1, 2, 3] {
            assert_eq!(AbsentCounts::from_note(value).note(), Some(value));
        }
        assert_eq!(AbsentCounts::from_note(0), AbsentCounts::default());
        assert_eq!(AbsentCounts::default().note(), None);
        let mut known = AbsentCounts::from_note(LEFT_OUT);
        assert!(known.admit(received(ZeroForm::LeftOut), None, NOW).is_ok());
        assert!(known.admit(received(ZeroForm::Null), None, NOW).is_err());
    }
}

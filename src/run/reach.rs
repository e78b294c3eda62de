//! How long a range the API is seen to answer, so that a passing failure is not laid to a range's length.

use std::time::Duration;

use crate::fetch::Span;
use crate::model::Slice;

/// The longest range that was answered with each choice of filters, and the length that no answer has to show.
#[derive(Debug, Default)]
pub(super) struct Reach {
    longest_window: Option<Duration>,
    answered: [Duration; 16],
}

impl Reach {
    /// `longest_window`: what is longer can be asked in parts; `None`: no question is longer.
    pub(super) fn new(longest_window: Option<Duration>) -> Self {
        Self { longest_window, ..Self::default() }
    }

    /// A slice was answered.
    pub(super) fn learn(&mut self, slice: &Slice) {
        let longest = &mut self.answered[filters(slice)];
        *longest = slice.range.length().max(*longest);
    }

    /// Whether a slice may fail for its length: it is longer than any window, and than what was answered with the same
    /// filters or fewer, which is more to count.
    pub(super) fn span(&self, slice: &Slice) -> Span {
        let length = slice.range.length();
        let is_longer = self.longest_window.is_some_and(|longest| length > longest);
        let own = filters(slice);
        let is_answered = (0..16).any(|fewer| fewer & own == fewer && self.answered[fewer] >= length);
        if is_longer && !is_answered { Span::Longer } else { Span::Window }
    }
}

/// Which filters a slice has, as bits.
fn filters(slice: &Slice) -> usize {
    let set = [slice.service.is_some(), slice.country.is_some(), slice.channel.is_some(), slice.prefix.is_some()];
    set.into_iter().rev().fold(0, |bits, is_set| bits << 1 | usize::from(is_set))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Channel, UnixSeconds, Window};

    fn days(count: i64) -> Slice {
        Slice::whole(Window::new(UnixSeconds(0), UnixSeconds(count * 86_400)).unwrap())
    }

    #[test]
    fn a_range_is_too_long_for_no_question_once_it_was_answered_with_fewer_filters() {
        let mut reach = Reach::new(Some(Duration::from_hours(24)));
        let (sms, country) = (Some(Channel::Sms), Some("CO".parse().unwrap()));
        let narrow = Slice { channel: sms, country, ..days(30) };
        assert_eq!([days(1), days(2), narrow].map(|it| reach.span(&it)), [Span::Window, Span::Longer, Span::Longer]);
        reach.learn(&Slice { channel: sms, ..days(30) });
        let others = [narrow, days(30), Slice { country, ..days(30) }, Slice { channel: sms, ..days(31) }];
        assert_eq!(others.map(|it| reach.span(&it)), [Span::Window, Span::Longer, Span::Longer, Span::Longer]);
        assert_eq!(Reach::new(None).span(&days(400)), Span::Window);
    }
}

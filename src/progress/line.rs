//! The line that is shown of a run: all of it in a log, as much as fits beside the bar on a terminal. Pure.
//!
//! No part is ever cut: what does not fit is said in fewer words or left out, the least important first.

use std::time::Duration;

use super::eta::Left;
use super::hindrance::{Reason, Waiting};
use super::view::View;

/// What the bar has at most, and at least if there is one.
const WIDEST_BAR: usize = 32;
const NARROWEST_BAR: usize = 8;
/// The spinner and the space behind it.
const SPINNER: usize = 2;
const FIRST_GAP: &str = "  ";
const GAP: &str = " · ";

/// What one line of a terminal shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// The bar's columns; 0: there is no room for one.
    pub(super) bar: usize,
    /// What stands behind it.
    pub(super) text: String,
}

/// A part of the line, in the order of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Rate,
    Waiting,
    Throttled,
    Retries,
    Failed,
    Left,
}

const IN_ORDER: [Part; 6] = [Part::Rate, Part::Waiting, Part::Throttled, Part::Retries, Part::Failed, Part::Left];

/// What is told rather than what follows; `None` is the bar.
const BY_IMPORTANCE: [Option<Part>; 7] = [
    Some(Part::Waiting),
    Some(Part::Left),
    None,
    Some(Part::Rate),
    Some(Part::Failed),
    Some(Part::Throttled),
    Some(Part::Retries),
];

impl View {
    /// `970/1220`
    fn counts(&self) -> String {
        format!("{}/{}", self.done, self.total)
    }

    /// A part in words, the longest form first; none where there is nothing to tell.
    fn words(&self, part: Part, human: fn(Duration) -> String) -> Vec<String> {
        let count = |number: u64, what: &str| if number > 0 { vec![format!("{number} {what}")] } else { Vec::new() };
        match part {
            Part::Rate => self.per_minute.iter().map(|rate| format!("{rate}/min")).collect(),
            Part::Waiting => self.waiting.iter().flat_map(waiting).collect(),
            Part::Throttled => count(self.tally.throttled, "throttled"),
            Part::Retries => count(self.tally.retries, "retries"),
            Part::Failed => count(self.tally.failed, "failed"),
            Part::Left => match self.left {
                Left::Untold => Vec::new(),
                Left::Unanswered => vec!["no usable answer yet".to_owned(), "no answer yet".to_owned()],
                Left::About(time) => vec![format!("about {} left", human(time)), format!("{} left", human(time))],
                Left::AtMost(time) => vec![format!("at most {} left", human(time)), format!("≤ {}", human(time))],
            },
        }
    }
}

/// `waiting for the limit, 37 s`, `HTTP 503, next try in 8 s`
fn waiting(waiting: &Waiting) -> Vec<String> {
    let seconds = waiting.left.as_secs() + u64::from(waiting.left.subsec_nanos() > 0);
    let cause = waiting.cause.as_deref().unwrap_or("a failure");
    match waiting.what {
        Reason::Limit => vec![format!("waiting for the limit, {seconds} s"), format!("limit: {seconds} s")],
        Reason::Throttled | Reason::Retry => {
            vec![format!("{cause}, next try in {seconds} s"), format!("next try in {seconds} s")]
        }
        Reason::Paused => {
            vec![format!("{cause}, pausing, next try in {seconds} s"), format!("next try in {seconds} s")]
        }
    }
}

/// The whole line, for a log.
pub(super) fn plain(view: &View, human: fn(Duration) -> String) -> String {
    let parts = IN_ORDER.iter().filter_map(|part| view.words(*part, human).into_iter().next());
    std::iter::once(format!("{} answered", view.counts())).chain(parts).collect::<Vec<_>>().join(GAP)
}

/// As much as fits into so many columns, beside the spinner. The last column stays free, as some terminals go on to the
/// next line once it is written.
pub(super) fn layout(view: &View, columns: usize, human: fn(Duration) -> String) -> Layout {
    let room = columns.saturating_sub(1 + SPINNER);
    let mut shown: Vec<(Part, String)> = Vec::new();
    let mut bar = 0;
    if width(&text(view, &shown)) > room {
        return Layout { bar, text: String::new() };
    }
    for item in BY_IMPORTANCE {
        let Some(part) = item else {
            bar = if width(&text(view, &shown)) + NARROWEST_BAR < room { NARROWEST_BAR } else { 0 };
            continue;
        };
        for words in view.words(part, human) {
            shown.push((part, words));
            if beside(bar, &text(view, &shown)) <= room {
                break;
            }
            shown.pop();
        }
    }
    let text = text(view, &shown);
    if bar > 0 {
        bar = (room - 1 - width(&text)).min(WIDEST_BAR);
    }
    Layout { bar, text }
}

fn text(view: &View, shown: &[(Part, String)]) -> String {
    let words = IN_ORDER.iter().flat_map(|part| shown.iter().filter(move |(it, _)| it == part));
    let words: Vec<&str> = words.map(|(_, words)| words.as_str()).collect();
    let gap = if words.is_empty() { "" } else { FIRST_GAP };
    format!("{}{gap}{}", view.counts(), words.join(GAP))
}

/// The columns of a bar, the space behind it, and a text.
fn beside(bar: usize, text: &str) -> usize {
    width(text) + if bar > 0 { bar + 1 } else { 0 }
}

/// The columns of a text: every letter that is used here has one.
fn width(text: &str) -> usize {
    text.chars().count()
}

impl Layout {
    /// The columns that it takes, the spinner's included.
    #[cfg(test)]
    pub(super) fn columns(&self) -> usize {
        SPINNER + beside(self.bar, &self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::bar::human;
    use super::*;
    use crate::run::{Basis, Tally};

    const SECOND: Duration = Duration::from_secs(1);

    fn view() -> View {
        View {
            done: 970,
            total: 1_220,
            basis: Basis::Known,
            per_minute: Some(97),
            waiting: None,
            left: Left::About(150 * SECOND),
            in_flight: 3,
            tally: Tally { sent: 990, answered: 970, retries: 3, throttled: 2, failed: 1, ..Tally::default() },
        }
    }

    fn waiting_for_the_limit() -> View {
        View { waiting: Some(Waiting { what: Reason::Limit, left: 37 * SECOND, cause: None }), ..view() }
    }

    #[test]
    fn a_log_has_the_whole_line() {
        assert_eq!(
            plain(&view(), human),
            "970/1220 answered · 97/min · 2 throttled · 3 retries · 1 failed · about 3 minutes left"
        );
        let plain = plain(&waiting_for_the_limit(), human);
        assert!(plain.starts_with("970/1220 answered · 97/min · waiting for the limit, 37 s · 2 throttled"), "{plain}");
    }

    #[test]
    fn a_terminal_has_what_fits_and_the_most_important_of_it() {
        let shown = |view: &View, columns: usize| {
            let Layout { bar, text } = layout(view, columns, human);
            format!("{bar} {text}")
        };
        for (columns, expected) in [
            (120, "32 970/1220  97/min · 2 throttled · 3 retries · 1 failed · about 3 minutes left"),
            (80, "12 970/1220  97/min · 2 throttled · 1 failed · about 3 minutes left"),
            (40, "0 970/1220  about 3 minutes left"),
            (30, "0 970/1220  3 minutes left"),
            (20, "8 970/1220"),
            (8, "0 "),
        ] {
            assert_eq!(shown(&view(), columns), expected, "{columns} columns");
        }
        for (columns, expected) in [
            (80, "16 970/1220  waiting for the limit, 37 s · about 3 minutes left"),
            (40, "0 970/1220  waiting for the limit, 37 s"),
            (39, "14 970/1220  limit: 37 s"),
        ] {
            assert_eq!(shown(&waiting_for_the_limit(), columns), expected, "{columns} columns");
        }
    }

    #[test]
    fn what_is_waited_for_is_told_with_its_cause() {
        let told = |what, cause: &str| {
            let waiting = Waiting { what, left: Duration::from_millis(7_300), cause: Some(cause.to_owned()) };
            plain(&View { waiting: Some(waiting), ..view() }, human)
        };
        assert!(told(Reason::Retry, "HTTP 503").contains(" · HTTP 503, next try in 8 s · "));
        assert!(told(Reason::Throttled, "HTTP 429").contains(" · HTTP 429, next try in 8 s · "));
        assert!(told(Reason::Paused, "HTTP 503").contains(" · HTTP 503, pausing, next try in 8 s · "));
    }

    fn any_view() -> impl Strategy<Value = View> {
        let reason = prop::sample::select(vec![Reason::Limit, Reason::Throttled, Reason::Paused, Reason::Retry]);
        let waiting = prop::option::of((reason, 0_u64..100_000, prop::option::of("[ -~]{0,60}")));
        let left = (0_u64..4, 0_u64..10_000_000);
        let counts = (0_u64..20_000_000, 0_u64..20_000_000, prop::option::of(0_u64..1_000_000));
        (counts, waiting, left, any::<[u32; 3]>()).prop_map(|((done, more, rate), waiting, (kind, time), numbers)| {
            let [retries, throttled, failed] = numbers.map(|number| u64::from(number >> (number % 32)));
            let time = Duration::from_secs(time);
            View {
                done,
                total: done + more,
                per_minute: rate,
                waiting: waiting.map(|(what, seconds, cause)| Waiting {
                    what,
                    left: Duration::from_secs(seconds),
                    cause,
                }),
                left: [Left::Untold, Left::Unanswered, Left::About(time), Left::AtMost(time)]
                    [usize::try_from(kind).unwrap()],
                tally: Tally { retries, throttled, failed, ..Tally::default() },
                ..view()
            }
        })
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_terminal(view in any_view(), columns in 0_usize..200) {
            let layout = layout(&view, columns, human);
            prop_assert!(layout.columns() < columns.max(SPINNER + 1), "{layout:?} in {columns}");
            prop_assert!(layout.bar == 0 || (NARROWEST_BAR..=WIDEST_BAR).contains(&layout.bar));
            // Words are whole: each part is one that the full line has, in one of its forms.
            let parts: Vec<String> = IN_ORDER.iter().flat_map(|part| view.words(*part, human)).collect();
            let shown = layout.text.strip_prefix(&view.counts()).unwrap_or_default().trim_start_matches(FIRST_GAP);
            let is_whole = |words: &str| words.is_empty() || parts.iter().any(|part| part == words);
            prop_assert!(shown.split(GAP).all(is_whole), "{shown}");
        }
    }
}

//! The bar on a terminal: draws what `line` lays out for the width that the terminal has at that moment.

use std::time::Duration;

use indicatif::{HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::line::{Layout, layout};
use super::view::View;

/// The width of a terminal that does not say its own.
const USUAL_COLUMNS: usize = 80;
const REDRAWN_PER_SECOND: u8 = 8;

/// A duration for people: `2 minutes`.
#[must_use]
pub fn human(time: Duration) -> String {
    HumanDuration(time).to_string()
}

/// A count for people: `3,000`.
pub(super) fn human_count(count: u64) -> String {
    HumanCount(count).to_string()
}

/// The bar.
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// On stderr, which is a terminal.
    pub(super) fn on_stderr() -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(REDRAWN_PER_SECOND);
        let nothing = Layout { bar: 0, text: String::new() };
        // A line above it may have it drawn before there is anything to show.
        Self(ProgressBar::with_draw_target(Some(0), target).with_style(style(&nothing)))
    }

    pub(super) fn draw(&self, view: &View) {
        // Only the style is exchanged without being drawn: text and bar never stand side by side that don't fit.
        self.0.set_style(style(&layout(view, width_of_stderr(), human)));
        self.0.set_length(view.total);
        self.0.set_position(view.done);
        self.0.tick();
    }

    /// Lets something else write a line above it.
    pub(super) fn suspend(&self, write: impl FnOnce()) {
        self.0.suspend(write);
    }

    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

/// The bar of many accounts: what is said stands behind it as it fits.
pub(super) struct AccountsBar(ProgressBar);

impl AccountsBar {
    /// On stderr, which is a terminal.
    pub(super) fn on_stderr() -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(REDRAWN_PER_SECOND);
        let style = ProgressStyle::with_template("{spinner:.cyan} {bar:10.cyan/dim} {wide_msg}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━━─");
        Self(ProgressBar::with_draw_target(Some(0), target).with_style(style))
    }

    pub(super) fn draw(&self, total: u64, done: u64, words: &str) {
        self.0.set_length(total);
        self.0.set_position(done);
        self.0.set_message(words.to_owned());
    }

    /// Lets something else write a line above it.
    pub(super) fn suspend(&self, write: impl FnOnce()) {
        self.0.suspend(write);
    }

    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

fn style(Layout { bar: columns, text }: &Layout) -> ProgressStyle {
    let text = text.replace('{', "{{").replace('}', "}}");
    let template = match columns {
        0 => format!("{{spinner:.cyan}} {text}"),
        _ => format!("{{spinner:.cyan}} {{bar:{columns}.cyan/dim}} {text}"),
    };
    let style = ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars("━━─")
}

/// Asked at every drawing, as the window may be another size by then.
fn width_of_stderr() -> usize {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stderr());
    size.ok().map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0).unwrap_or(USUAL_COLUMNS)
}

//! What is wrong with a job file: every mistake at once, each underlined, with what would be right.
//!
//! Time and memory stay in proportion to the file, whatever is in it: beyond [`MOST_KEPT`] mistakes are only counted,
//! long quotes are cut in their middle, and of a long line its part around the mistake is shown. Characters of the file
//! that a terminal would obey are shown as escapes.

use std::fmt::{self, Write as _};
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use crate::model::printable;

/// Who mends so many mistakes checks the file again anyway.
const MOST_KEPT: usize = 1000;
/// Bytes of a message that are kept.
const LONGEST_TEXT: usize = 2000;
/// Bytes of a line that is shown whole.
const LONGEST_LINE: usize = 2000;
/// Bytes of a longer line that are shown on either side of where a mistake begins.
const AROUND: usize = 100;

/// How mistakes are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Text only.
    Plain,
    /// With the terminal's colours.
    Coloured,
}

/// One mistake of a job file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    span: Range<usize>,
    line: usize,
    column: usize,
    what: String,
    remedy: String,
}

impl Mistake {
    /// The line, from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    /// The character within the line, from 1.
    #[must_use]
    pub const fn column(&self) -> usize {
        self.column
    }

    /// What is wrong.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// What would be right.
    #[must_use]
    pub fn remedy(&self) -> &str {
        &self.remedy
    }
}

/// All mistakes of one job file, at least one, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes {
    file: String,
    text: String,
    list: Vec<Mistake>,
    /// How many there are beyond the list.
    more: usize,
}

impl Mistakes {
    /// The name of the file, as it was given.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Each of them; of a file with more than a thousand, the first thousand that were found.
    #[must_use]
    pub fn list(&self) -> &[Mistake] {
        &self.list
    }

    /// A header such as `3 mistakes in jobs/may.toml`, then each mistake with its place, its line underlined, and what
    /// would be right. Ends with a newline.
    #[must_use]
    pub fn render(&self, style: Style) -> String {
        let renderer = match style {
            Style::Plain => Renderer::plain(),
            Style::Coloured => Renderer::styled(),
        };
        let mut shown = format!("{}\n", self.header());
        for mistake in &self.list {
            // The line alone, or a part of it: the cost of a mistake then doesn't grow with the file.
            let excerpt = excerpt_around(&self.text, mistake.span.start);
            let line = excerpt.range();
            let before = seen(&self.text[line.start..mistake.span.start]);
            let is_whole = matches!(excerpt, Excerpt::Line(_)) && before.len() == mistake.span.start - line.start;
            let end = mistake.span.end.min(line.end);
            let marked = seen(&self.text[mistake.span.start..end]);
            let underlined = before.len()..before.len() + marked.len();
            let source = format!("{before}{marked}{}", seen(&self.text[end..line.end]));
            let snippet = Snippet::source(source)
                .line_start(mistake.line)
                .annotation(AnnotationKind::Primary.span(underlined).label(mistake.remedy.as_str()));
            let title = Level::ERROR.primary_title(mistake.what.as_str());
            let report = if is_whole {
                title.element(snippet.path(self.file.as_str()))
            } else {
                // A snippet would count columns as it shows them.
                let place = Origin::path(self.file.as_str()).line(mistake.line).char_column(mistake.column);
                title.element(place).element(snippet)
            };
            shown.push('\n');
            shown.push_str(&renderer.render(&[report]));
            shown.push('\n');
        }
        if self.more > 0 {
            let _ = write!(shown, "\n{} more are not shown\n", self.more);
        }
        shown
    }

    fn header(&self) -> String {
        match self.list.len() + self.more {
            1 => format!("1 mistake in {}", self.file),
            count => format!("{count} mistakes in {}", self.file),
        }
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(Style::Plain).trim_end())
    }
}

impl std::error::Error for Mistakes {}

/// Mistakes while they are being collected.
#[derive(Debug, Default)]
pub(super) struct Findings {
    found: Vec<(Range<usize>, String, String)>,
    /// How many were found beyond these.
    more: usize,
    hidden: Vec<Range<usize>>,
}

impl Findings {
    /// Notes that the text at `span` is wrong; `remedy` says what would be right.
    pub(super) fn add(&mut self, span: Range<usize>, what: impl Into<String>, remedy: impl Into<String>) {
        if self.found.len() == MOST_KEPT {
            self.more += 1;
            return;
        }
        self.found.push((span, shorten(&printable(&what.into())), shorten(&printable(&remedy.into()))));
    }

    /// Notes that the text at `span` must not be shown.
    pub(super) fn hide(&mut self, span: Range<usize>) {
        self.hidden.push(span);
    }

    /// `Err` with all of them if there are any.
    pub(super) fn into_result(self, text: &str, file: &str) -> Result<(), Mistakes> {
        if self.found.is_empty() {
            return Ok(());
        }
        let mut found = self.found;
        found.sort_by_key(|(span, ..)| span.start);
        let (mut line, mut column, mut counted) = (1, 1, 0);
        let list = found.into_iter().map(|(span, what, remedy)| {
            let span = on_characters(text, span);
            let passed = &text[counted..span.start];
            line += passed.matches('\n').count();
            column = match passed.rsplit_once('\n') {
                Some((_, last)) => 1 + last.chars().count(),
                None => column + passed.chars().count(),
            };
            counted = span.start;
            Mistake { span, line, column, what, remedy }
        });
        let list = list.collect();
        // Asterisks byte by byte, so that places stay where they are.
        let mut shown = text.to_owned();
        for span in self.hidden {
            let span = on_characters(text, span);
            shown.replace_range(span.clone(), &"*".repeat(span.len()));
        }
        Err(Mistakes { file: printable(file).into_owned(), list, text: shown, more: self.more })
    }
}

/// The span moved to where characters of the text begin.
fn on_characters(text: &str, span: Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start);
    start..text.ceil_char_boundary(span.end.max(start))
}

/// A part of a line as it is shown; of tabs the renderer makes spaces.
fn seen(text: &str) -> String {
    text.split('\t').map(printable).collect::<Vec<_>>().join("\t")
}

/// A text's beginning and end, where all of it is too long to be told.
fn shorten(text: &str) -> String {
    if text.len() <= LONGEST_TEXT {
        return text.to_owned();
    }
    let head = text.floor_char_boundary(LONGEST_TEXT / 2);
    let tail = text.ceil_char_boundary(text.len() - LONGEST_TEXT / 2);
    format!("{} … {}", &text[..head], &text[tail..])
}

/// What is shown of the line that holds a position: without the newline, and the carriage return before one.
enum Excerpt {
    Line(Range<usize>),
    Part(Range<usize>),
}

impl Excerpt {
    fn range(&self) -> Range<usize> {
        let (Self::Line(range) | Self::Part(range)) = self;
        range.clone()
    }
}

fn excerpt_around(text: &str, position: usize) -> Excerpt {
    // No further than a line that is shown whole can reach.
    let from = text.floor_char_boundary(position.saturating_sub(LONGEST_LINE));
    let to = text.ceil_char_boundary((position + LONGEST_LINE).min(text.len()));
    let newline_before = text[from..position].rfind('\n').map(|newline| from + newline + 1);
    let newline_after = text[position..to].find('\n').map(|newline| position + newline);
    let start = newline_before.or((from == 0).then_some(0));
    let end = newline_after.or((to == text.len()).then_some(to));
    let end = end.map(|end| if text[position..end].ends_with('\r') { end - 1 } else { end });
    match (start, end) {
        (Some(start), Some(end)) if end - start <= LONGEST_LINE => Excerpt::Line(start..end),
        (start, end) => {
            let near = text.floor_char_boundary(position.saturating_sub(AROUND));
            let far = text.ceil_char_boundary((position + AROUND).min(text.len()));
            Excerpt::Part(start.map_or(near, |start| start.max(near))..end.map_or(far, |end| end.min(far)))
        }
    }
}

#[cfg(test)]
mod tests;

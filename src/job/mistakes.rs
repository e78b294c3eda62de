//! What is wrong with a job file: every mistake at once, each underlined, with what would be right.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

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
}

impl Mistakes {
    /// The name of the file, as it was given.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Each of them.
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
            // The line alone: the cost of a mistake then doesn't grow with the file.
            let line = line_around(&self.text, mistake.span.start);
            let underlined = mistake.span.start - line.start..mistake.span.end.min(line.end) - line.start;
            let snippet = Snippet::source(&self.text[line])
                .line_start(mistake.line)
                .path(self.file.as_str())
                .annotation(AnnotationKind::Primary.span(underlined).label(mistake.remedy.as_str()));
            let report = [Level::ERROR.primary_title(mistake.what.as_str()).element(snippet)];
            shown.push('\n');
            shown.push_str(&renderer.render(&report));
            shown.push('\n');
        }
        shown
    }

    fn header(&self) -> String {
        match self.list.len() {
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
    hidden: Vec<Range<usize>>,
}

impl Findings {
    /// Notes that the text at `span` is wrong; `remedy` says what would be right.
    pub(super) fn add(&mut self, span: Range<usize>, what: impl Into<String>, remedy: impl Into<String>) {
        self.found.push((span, what.into(), remedy.into()));
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
        let (mut line, mut counted) = (1, 0);
        let list = found.into_iter().map(|(span, what, remedy)| {
            let span = on_characters(text, span);
            line += text[counted..span.start].matches('\n').count();
            counted = span.start;
            let column = text[line_around(text, span.start).start..span.start].chars().count() + 1;
            Mistake { span, line, column, what, remedy }
        });
        let list = list.collect();
        // Asterisks byte by byte, so that places stay where they are.
        let mut shown = text.to_owned();
        for span in self.hidden {
            let span = on_characters(text, span);
            shown.replace_range(span.clone(), &"*".repeat(span.len()));
        }
        Err(Mistakes { file: file.to_owned(), list, text: shown })
    }
}

/// The span moved to where characters of the text begin.
fn on_characters(text: &str, span: Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start);
    start..text.ceil_char_boundary(span.end.max(start))
}

/// The line that holds a position, without the newline, and without the carriage return before one.
fn line_around(text: &str, position: usize) -> Range<usize> {
    let start = text[..position].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[position..].find('\n').map_or(text.len(), |newline| position + newline);
    let end = if text[position..end].ends_with('\r') { end - 1 } else { end };
    start..end
}

#[cfg(test)]
mod tests;

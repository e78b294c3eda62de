//! The frame of each part of the page.

use maud::{Markup, html as template};

/// A section with its heading and a sentence in grey below it.
pub(super) fn section(id: &str, title: &str, lede: &str, content: &Markup) -> Markup {
    template! {
        section id=(id) aria-labelledby={ (id) "-title" } {
            h2 id={ (id) "-title" } { (title) }
            @if !lede.is_empty() { p.lede { (lede) } }
            (content)
        }
    }
}

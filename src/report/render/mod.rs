//! A report in the forms that people read: a summary for the terminal, Markdown for chat and e-mail.
//!
//! Each form is a function of the [`Report`](super::Report) alone.

mod markdown;
mod terminal;

pub use markdown::markdown;
pub use terminal::terminal;

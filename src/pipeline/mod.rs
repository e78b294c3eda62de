//! A job from lock to report, without a command line: what `run`, tests and other programs call.
//!
//! [`run()`] takes an [`Order`], asks what it needs, publishes, and returns an [`RunOutcome`]; progress goes to an
//! observer, messages to `tracing`. It prints nothing, reads no argument and no variable, and ends no process.
//!
//! The way of a run: lock the dataset (`lock`), hold the state directory (`hold`), open the ledger (`setup`,
//! `identity`), put right what was damaged (`repair`) and take over what the ledger lost (`adopt`), plan and ask
//! (`run`, `account`), publish (`publish`), report (`report`), sum up (`outcome`, `summary`).
//!
//! Others only look: what the next run would ask (`foresight`), how the job stands (`standing`), whether the dataset is
//! sound (`audit`).

//! # Example
//! ```
//! use verify_rollup::job::{Job, Style};
//! use verify_rollup::model::AccountSid;
//! use verify_rollup::pipeline::{self, Access, Ended, Hooks, Options, Order};
//! use verify_rollup::run::{Silent, Stop};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let text = format!(
//!     r#"
//!     name = "day"
//!     [source]
//!     base_url = "simulator"
//!     retention = "none"
//!     [windows]
//!     start = "2026-10-10"
//!     end = "2026-10-11"
//!     [matrix]
//!     channels = "all"
//!     [output]
//!     directory = "{}"
//!     "#,
//!     folder.path().display()
//! );
//! let job = Job::parse(&text, "day.toml").map_err(|mistakes| mistakes.render(Style::Plain))?;
//! let order = Order::new(job, AccountSid::ZEROS, folder.path().join("state"), Options::default());
//! // Whoever holds the sender may stop the run.
//! let (_sender, stop) = tokio::sync::watch::channel(Stop::Go);
//! let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! let outcome = runtime.block_on(pipeline::run(&order, Access::Simulator, Hooks::default(), &mut Silent, stop))?;
//! let outcome = outcome.expect("nobody stopped it");
//! assert_eq!(outcome.ended, Ended::Complete);
//! assert_eq!(outcome.summary.rows, 5);
//! # Ok(())
//! # }
//! ```

mod account;
mod accounts_report;
mod adopt;
mod attention;
mod audit;
mod by_country;
mod context;
mod failure;
mod forecast;
mod foresight;
mod hold;
mod hooks;
mod identity;
mod known_rows;
mod lock;
mod memory;
mod message;
mod mirror;
mod named_file;
mod order;
mod outcome;
mod postgres;
mod publish;
pub mod reach;
mod repair;
mod report;
mod run;
mod setup;
mod shared;
mod standing;
pub mod summary;
mod together;

pub use account::{Access, Limiters, simulated_account};
pub use accounts_report::{Together as AccountsToReport, report_accounts};
pub use audit::Audit;
pub use by_country::ByCountry;
pub use failure::{Cause, Failure, chain};
pub use forecast::{Forecast, Grounds, Requests};
pub use foresight::Foresight;
pub use hold::{HeldState, Holder, look};
pub use hooks::Hooks;
pub use message::PipelineMessage;
pub use mirror::Look;
pub use named_file::{NamedFileError, read_named_files};
pub use order::{AccountsOfJob, Options, Order};
pub use outcome::{Ended, RunOutcome, hopeless};
pub use report::{WriteError, Written, write, write_accounts};
pub use run::run;
#[cfg(test)]
pub use setup::terms;
pub use shared::Shared;
pub use standing::{Standing, Unread, WindowState};
pub use summary::{Status, Summary};
pub use together::Together;

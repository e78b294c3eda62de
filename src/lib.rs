//! `verify-rollup` turns a Twilio Verify account into a reconciled, warehouse-ready table of verification attempts and
//! conversion rates.
//!
//! ```text
//! job file ─► job ─► planner ─► run ─► rollup ─► sink ─► files ─► report
//!                       ▲         │
//!                       └─outcomes┤
//!                     ledger ◄────┤
//!                     fetch  ◄────┘      (simulator: the same API, in process)
//! ```
//!
//! Data flows one way: lower rooms never import higher ones, and no files import each other in a circle
//! (`tests/layers.rs` and `tests/circles.rs` keep the rules):
//!
//! - [`model`]: the shared words. It imports nothing of ours.
//! - [`job`]: the job file, its mistakes, calendars; it ends in a [`model::Matrix`]. [`planner`]: what to ask, and what
//!   the answers imply. `probe`: how an account behaves where the API's documentation is silent. [`rollup`]: rows,
//!   rates, the schema. `recall`: what recorded answers say together. These five import `model` only
//!   (the planner draws its samples by [`splitmix64`]): no I/O, no clock.
//! - [`state`]: the state: a directory and the one machine that holds it at a time, or a database that hosts share.
//! - [`fetch`]: one HTTP try, the token bucket, what a failure means. [`ledger`]: what has been answered.
//!   [`simulator`]: an account with a known truth. [`sink`]: tables and the dataset on disk. They don't know one
//!   another.
//! - `report`: what a period's rows say, and what in them deserves attention: pure, from rows that are handed to it;
//!   its page, charts and workbook.
//! - `message`: an event that is told, in words for people and in fields for programs.
//! - [`run`]: the loop that owns planner, ledger and limiter. `progress`: its events, shown. [`pipeline`]: a
//!   job from lock to report. [`cli`]: arguments in, words and an exit code out.
//! - `notify`: who is told how a run goes.
//! - [`clock`]: the one place that reads clocks; everything else is handed one. [`splitmix64`]: numbers that look
//!   random and never change, for [`planner`] and [`simulator`].
//!
//! The rules of the house: an answer is durable before it counts; a request takes a token before its first byte; what
//! could not be learnt is named and never becomes a zero; a window is published when its sums hold; files appear whole;
//! secrets are in one header and nowhere else; only `main` returns an exit code.
//!
//! # Reading a job
//!
//! [`job::Job::parse`] gives a job in which everything fits, or all mistakes at once. Nothing is asked for that:
//!
//! ```
//! use verify_rollup::job::{Job, Style};
//! use verify_rollup::model::UnixSeconds;
//!
//! let text = r#"
//!     name = "week"
//!     [windows]
//!     range = "last-7-days"
//!     [matrix]
//!     countries = ["US", "CO"]
//!     channels = "all"
//! "#;
//! let job = Job::parse(text, "week.toml").expect("a job without mistakes");
//! let matrix = job.matrix(UnixSeconds(1_793_836_800)).expect("few cells");
//! assert_eq!((matrix.windows().len(), matrix.cells()), (7, 7 * 2 * 5));
//!
//! let mistakes = Job::parse(&text.replace("CO", "co"), "week.toml").expect_err("codes are exact");
//! assert!(mistakes.render(Style::Plain).contains("write \"CO\", Colombia"));
//! ```
//!
//! # Simulating an account
//!
//! [`simulator::Server`] answers as the real account would, on loopback, and knows what is true:
//!
//! ```
//! use std::sync::Arc;
//!
//! use verify_rollup::clock::{Clock, SystemClock};
//! use verify_rollup::model::{Channel, Slice, UnixSeconds, Window};
//! use verify_rollup::simulator::{Server, Settings};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let settings = Settings { seed: 7, ..Settings::default() };
//! let server = Server::bind(0, settings, Arc::new(SystemClock)).await?.spawn();
//! println!("ask http://{}/v2/Attempts/Summary", server.address());
//!
//! let day = Window::new(UnixSeconds(1_790_812_800), UnixSeconds(1_790_899_200)).expect("it ends after its start");
//! let (service, country, prefix) = (None, None, None);
//! let slice = Slice { range: day, service, country, channel: Some(Channel::Sms), prefix };
//! assert!(server.world().truth(&slice, SystemClock.now()).attempts() > 0);
//! server.stop().await;
//! # Ok(())
//! # }
//! ```

pub mod accounts;
pub mod cli;
pub mod clock;
pub mod fetch;
mod investigate;
pub mod job;
pub mod ledger;
pub mod listing;
mod message;
pub mod model;
mod notify;
pub mod pipeline;
pub mod planner;
pub mod postgres;
mod probe;
mod progress;
mod recall;
mod report;
pub mod rollup;
pub mod run;
pub mod simulator;
pub mod sink;
pub mod splitmix64;
pub mod state;
pub mod store;

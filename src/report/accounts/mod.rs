//! The report over many accounts: each account's own report in short (`digest`), and what all of them say together.
//!
//! One account's report is made after the other, and of each only a digest is kept. Ranked are the accounts; held against
//! each other are their rates, at the same mix of countries and channels (`peers`); and what deserves attention in one
//! of them is told only if it is no chance among the places of all of them (`discoveries`). Whoever has three thousand
//! reports that are each wrong once in twenty months would else be told of a hundred and fifty things that are none.
//!
//! What an account's report refuses, the report over all names beside the account; it is no reason to tell nothing.

mod change;
mod digest;
mod discoveries;
mod model;
mod peers;
pub mod said;

mod total;

pub use digest::Digest;
pub use model::{AccountFlag, AccountLine, AccountsReport, Peers, Unreported, WhyUnreported};
pub use total::{Asked, total};

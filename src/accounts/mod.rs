//! A job over many accounts: which of them (`roster`), whose turn it is (`turns`), who works on it (`crew`), and what it
//! all comes to (`record`, `total`).
//!
//! Each account is a run of its own ([`crate::pipeline::run()`]): its own bucket, its own run in the ledger, its own
//! dataset. So accounts share nothing but the machine, none waits for another's limit, and what is wrong with one stops
//! that one alone. As many are worked on at once as the job says, each on a thread of its own, and what is kept of one
//! that is done is one small record: memory does not grow with what accounts hold, and hardly with how many there are.
//!
//! Whose last complete run is the longest ago comes first, or where hosts share a state, whose last turn: runs that are cut
//! short by the clock get round to everybody.

mod crew;
mod message;
mod record;
mod roster;
mod step;
mod total;
mod turns;

pub use crew::{Crew, Watch};
pub use message::AccountsMessage;
pub use record::{AccountRecord, AccountStatus};
pub use roster::{Shard, ShardError, UnknownAccounts, select};
pub use step::TurnStep;
pub use total::{AccountsSummary, total};
pub use turns::{Turn, Turns};

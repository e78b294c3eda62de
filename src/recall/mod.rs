//! What recorded answers say, alone and together: which of them may stand for a question, and what follows from several
//! where none is about its slice (pure).
//!
//! The ledger looks answers up and hands them here. [`ReusePolicy`] chooses among those to the same slice; [`Sums`]
//! tells a range from others that share its ends; [`Links`] says beforehand which ranges are worth reading for that, so
//! that a question costs what its own neighbourhood holds, however long the account's history is.
//!
//! Refused: sums over any dimension but time, sums of answers that were not settled, and anything from answers that
//! contradict each other.

mod neighbourhood;
mod policy;
mod recorded;
mod sums;
mod timeline;
mod window;

pub use neighbourhood::{Links, Neighbourhood};
pub use policy::ReusePolicy;
pub use recorded::{Filters, Recorded};
pub use sums::{Gathering, Sums};
pub use window::{Known, Remainders, window_findings};
